"""Numbers are written by one rule: what stands there is the number, rounded, in every setting."""

import math
import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from components.words.numbers import (
    duration,
    latex,
    number,
    percent,
    power_of_ten,
    probability,
    rounded,
    short,
    whole,
)
from components.words.text import LANGUAGES, text

PLAINLY = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")
FINITE = st.floats(allow_nan=False, allow_infinity=False)
USUAL = st.floats(-1e6, 1e6) | st.floats(-1, 1) | st.floats(-1e-2, 1e-2)
DIGITS = st.integers(1, 6)
DECIMALS = st.integers(0, 6)


def read(written: str) -> tuple[Decimal, Decimal]:
    """The value of a number as it is written, and the worth of its last digit."""
    form = re.fullmatch(r"([-−]?[\d,]+(?:\.\d+)?)(?:(?:×10|e)([−⁻⁰¹²³⁴⁵⁶⁷⁸⁹\d]+))?", written)
    assert form, written
    mantissa, power = form[1].translate(PLAINLY).replace(",", ""), form[2] or "0"
    _, _, decimals = mantissa.partition(".")
    ten = Decimal(10) ** int(power.translate(PLAINLY))
    return Decimal(mantissa) * ten, ten / 10 ** len(decimals)


def value_of(written: str) -> Decimal:
    return read(written)[0]


def check(value: float, written: str) -> None:
    """It is the nearest that can be written with these digits; there is no negative zero."""
    shown, unit = read(written)
    assert abs(Decimal(value) - shown) <= unit / 2
    assert written[0] not in "-−" or shown < 0
    assert "," not in written or re.match(r"−?\d{1,3}(,\d{3})+(?!\d)", written)


# The rule


@given(FINITE | USUAL, DIGITS)
@example(9.996, 3)
@example(999.96, 4)
@example(0.00099999, 2)
@example(99_999.9, 2)
@example(-5e-324, 3)
def test_a_number_is_written_within_half_of_its_last_digit(value, digits):
    written = number(value, digits)
    check(value, written)
    mantissa = re.sub("×.*|[−,]", "", written)
    significant = mantissa.replace(".", "").lstrip("0")
    assert len(significant) == digits or "." not in mantissa


@given(FINITE | USUAL, DECIMALS)
@example(-0.00001, 4)
@example(0.99996, 4)
@example(99_999.999_999, 4)
def test_so_many_decimals_are_written_as_asked_for(value, decimals):
    written = number(value, decimals=decimals)
    check(value, written)
    if abs(value) < 99_000:
        assert len(written.partition(".")[2]) == decimals
    if abs(value) >= 1e5:
        assert re.fullmatch(r"−?\d\.\d×10[⁰¹²³⁴⁵⁶⁷⁸⁹]+", written)


@given(FINITE | USUAL, DIGITS)
def test_it_is_written_out_unless_it_is_very_small_or_very_large(value, digits):
    figure = rounded(value, digits)
    shown = abs(value_of(number(value, digits)))
    assert (figure.exponent is None) == (shown == 0 or Decimal("1e-3") <= shown < 10**5)


@given(FINITE | USUAL, FINITE | USUAL, DIGITS)
@example(99_499.0, 99_501.0, 2)
@example(0.00099949, 0.00099951, 3)
def test_a_larger_number_is_not_written_smaller(first, second, digits):
    low, high = sorted([first, second])
    for write in (
        lambda value: number(value, digits),
        lambda value: number(value, decimals=digits),
        short,
        whole,
    ):
        assert value_of(write(low)) <= value_of(write(high)), write


@given(st.floats(1e-300, 1e300), DIGITS)
def test_rounding_over_a_power_of_ten_is_seen_before_the_digits_are_chosen(value, digits):
    """What rounds to 10 is written as 10 is."""
    figure = rounded(value, digits)
    if set(figure.digits) <= set("01.") and figure.digits.count("1") == 1:
        assert figure == rounded(float(value_of(number(value, digits))), digits)


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (9.996, 3, "10.0"),
        (9.994, 3, "9.99"),
        (999.96, 4, "1,000"),
        (999.94, 4, "999.9"),
        (0.0009996, 3, "0.00100"),
        (0.0009994, 3, "9.99×10⁻⁴"),
        (99_949, 3, "99,949"),
        (99_951, 3, "1.00×10⁵"),
    ],
)
def test_around_a_power_of_ten(value, digits, written):
    assert number(value, digits) == written
    assert number(-value, digits) == f"−{written}"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_known_is_a_dash(value):
    writers = (number, whole, short, percent, probability)
    assert {write(value) for write in writers} == {"–"}
    assert number(value, decimals=4) == percent(value, digits=2) == "–"
    assert latex(value) == r"\text{–}"


# In a sentence


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (-0.0, "0"),
        (0.31, "0.31"),
        (0.0012, "0.0012"),
        (-0.5, "−0.50"),
        (3.64, "3.6"),
        (12, "12"),
        (94_999, "94,999"),
        (99_999, "1.0×10⁵"),
        (9.96, "10"),
        (1e-3, "0.0010"),
        (4.94e-5, "4.9×10⁻⁵"),
        (9.996e-5, "1.0×10⁻⁴"),
        (-3.21e-7, "−3.2×10⁻⁷"),
        (1e-40, "1.0×10⁻⁴⁰"),
        (1.21e-308, "1.2×10⁻³⁰⁸"),
        (5e-324, "4.9×10⁻³²⁴"),
        (1.7e308, "1.7×10³⁰⁸"),
    ],
)
def test_numbers(value, written):
    assert number(value) == written


@pytest.mark.parametrize(
    ("loss", "written"),
    [
        (0, "0.0000"),
        (math.log(2), "0.6931"),
        (-1e-5, "0.0000"),
        (12.34567, "12.3457"),
        (4.2e30, "4.2×10³⁰"),
    ],
)
def test_four_decimals_as_the_lecture_prints_them(loss, written):
    assert number(loss, decimals=4) == written


@given(st.integers(-(10**15), 10**15))
def test_a_count_has_all_its_digits(count):
    written = whole(count)
    assert value_of(written) == count
    check(count, written)


@given(st.integers(-330, 330))
def test_powers_of_ten(power):
    assert read(f"1×{power_of_ten(power)}")[0] == Decimal(10) ** power


# In a formula, in a circle


@given(FINITE | USUAL, DIGITS)
def test_a_formula_shows_the_digits_of_the_sentence(value, digits):
    written = latex(value, digits)
    spoken = re.sub(r"\\cdot 10\^\{(-?\d+)\}", lambda m: f"×{power_of_ten(int(m[1]))}", written)
    assert spoken.replace("{,}", ",").replace("-", "−") == number(value, digits)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (-0.0, "0"),
        (0.5, "0.500"),
        (-0.25, "-0.250"),
        (1, "1.00"),
        (31.41, "31.4"),
        (1_234.4, "1{,}234"),
        (99_949, "99{,}949"),
        (99_999, r"1.00\cdot 10^{5}"),
        (0.9996, "1.00"),
        (0.001, "0.00100"),
        (0.0009994, r"9.99\cdot 10^{-4}"),
        (-3.21e-7, r"-3.21\cdot 10^{-7}"),
        (6.5e21, r"6.50\cdot 10^{21}"),
    ],
)
def test_numbers_in_latex(value, written):
    assert latex(value) == written


@given(FINITE | USUAL)
@example(-0.004)
@example(0.0996)
@example(-999.6)
def test_a_circle_shows_a_number_rounded_to_what_fits(value):
    written = short(value)
    check(value, written)
    assert len(written.lstrip("−")) <= (4 if 1e-9 <= abs(value) < 1e9 or value == 0 else 6)
    digits = [
        digits for digits in (1, 2, 3) if value_of(number(value, digits)) == value_of(written)
    ]
    assert digits or abs(value) >= 100, "rounded as in a sentence"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (1, "1.00"),
        (0.314, "0.31"),
        (-0.314, "−0.31"),
        (3.146, "3.15"),
        (-12.34, "−12.3"),
        (123.4, "123"),
        (999.6, "1e3"),
        (0.0456, "0.05"),
        (-0.003, "−3e−3"),
        (3.4e-9, "3e−9"),
        (-8.2e7, "−8e7"),
    ],
)
def test_numbers_in_a_circle(value, written):
    assert short(value) == written


# Shares and probabilities


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.5, "50%"),
        (63 / 64, "98%"),
        (0.004, "0.4%"),
        (2e-7, "2×10⁻⁵%"),
        (float("nan"), "–"),
    ],
)
def test_percents(share, written):
    assert percent(share) == written


@given(st.floats(0, 1), st.floats(0, 1))
@example(255 / 256, 3_999 / 4_000)
@example(1 / 4_000, 0.99996)
def test_a_percent_says_all_only_of_all_and_none_only_of_none(first, second):
    low, high = sorted([first, second])
    for share in (low, high):
        written = percent(share)
        shown, unit = read(written.removesuffix("%"))
        assert (shown == 0, shown == 100) == (share == 0, share == 1)
        cut = Decimal("0.1") if share > 0.999 else 0
        assert abs(Decimal(100 * share) - shown) <= max(unit / 2, cut)
    assert value_of(percent(low)[:-1]) <= value_of(percent(high)[:-1])


@given(st.floats(0, 1), DIGITS)
def test_a_percent_with_digits_is_the_number_with_a_sign(share, digits):
    assert percent(share, digits=digits) == f"{number(100 * share, digits)}%"


@given(st.floats(0, 1) | st.floats(0.4999, 0.5001))
@example(math.nextafter(0.5, 0))
@example(math.nextafter(0.5, 1))
@example(0.5)
def test_a_probability_shows_its_side_of_one_half(p):
    written = probability(p)
    check(p, written)
    assert (float(written) > 0.5, float(written) < 0.5) == (p > 0.5, p < 0.5)
    assert len(written) >= len("0.1234")
    if abs(p - 0.5) > 1e-4:
        assert written == f"{p:.4f}"


@pytest.mark.parametrize(
    ("answer", "written"), [(-0.3, "−0.3000"), (1234.5, "1,234.5000"), (-2e5, "−2.0×10⁵")]
)
def test_an_answer_that_is_no_probability_is_written_too(answer, written):
    assert probability(answer) == written


# Spans of time


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("seconds", "unit", "n"),
    [
        (0, "seconds", 1),
        (0.4, "seconds", 1),
        (12.6, "seconds", 13),
        (89, "seconds", 89),
        (91, "minutes", 2),
        (600, "minutes", 10),
    ],
)
def test_durations(language, seconds, unit, n):
    words = text(language)
    assert duration(seconds, words) == words(f"time.{unit}", n=n)
