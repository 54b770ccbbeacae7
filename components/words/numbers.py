"""How a number is written, wherever one is.

``rounded`` decides alone which digits are shown and when a power of ten stands beside them; the
other functions only set its answer as text, as LaTeX, in percent, in the width of a circle.
"""

import math
from dataclasses import dataclass

from components.words.text import Text

UNKNOWN = "–"
PLAIN = range(-3, 5)  # powers of ten of the first digit for which a number is written out
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Figure:
    """A number as it is shown: ``± digits``, times ten to the ``exponent`` unless that is None."""

    negative: bool
    digits: str
    exponent: int | None = None

    @property
    def minus(self) -> str:
        """The sign, if one is shown."""
        return "−" if self.negative else ""

    @property
    def grouped(self) -> str:
        """The digits, thousands apart: 12,345."""
        whole, point, decimals = self.digits.partition(".")
        return f"{int(whole):,}{point}{decimals}"


def rounded(
    value: float, digits: int = 2, *, decimals: int | None = None, plain: range = PLAIN
) -> Figure | None:
    """The one rule: round first, then see how large the rounded number is.

    Args:
        value: any number.
        digits: significant ones; a whole part that is written out keeps all of its own.
        decimals: so many after the point instead, however small the number is.
        plain: powers of ten of the first digit for which a number is written out.

    Returns:
        None where the number is not known: infinite or not a number.
    """
    if not math.isfinite(value):
        return None
    size, negative = abs(value), value < 0
    mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
    power = int(exponent)
    if power >= plain.stop or (power < plain.start and decimals is None):
        return Figure(negative, mantissa, power)
    if decimals is None:
        decimals = max(0, digits - 1 - power) if size else 0
    shown = f"{size:.{decimals}f}"
    return Figure(negative and float(shown) > 0, shown)


def number(value: float, digits: int = 2, *, decimals: int | None = None) -> str:
    """A number in a sentence: 0.31, −12, 94,999, 4.9×10⁻⁵; a dash for what is not known."""
    return _text(rounded(value, digits, decimals=decimals))


def whole(value: float) -> str:
    """A count, written out however large it is: 200,000."""
    return _text(rounded(value, decimals=0, plain=range(400)))


def _text(figure: Figure | None) -> str:
    if figure is None:
        return UNKNOWN
    if figure.exponent is None:
        return figure.minus + figure.grouped
    return f"{figure.minus}{figure.digits}×{power_of_ten(figure.exponent)}"


def latex(value: float, digits: int = 3) -> str:
    """A number in a formula."""
    figure = rounded(value, digits)
    if figure is None:
        return rf"\text{{{UNKNOWN}}}"
    minus = "-" if figure.negative else ""
    if figure.exponent is None:
        return minus + figure.grouped.replace(",", "{,}")
    return rf"{minus}{figure.digits}\cdot 10^{{{figure.exponent}}}"


def short(value: float) -> str:
    """A number in a circle: as many of three digits as there is room for, 0.31, 12.3, 5e−9.

    What ``numbers.js`` writes into circles in the browser is held to this.
    """
    written = UNKNOWN
    for digits in (3, 2, 1):
        figure = rounded(value, digits, plain=range(-2, 3))
        if figure is None:
            break
        power = "" if figure.exponent is None else f"e{figure.exponent}".replace("-", "−")
        written = figure.minus + figure.digits + power
        if len(figure.digits + power) <= 4:
            break
    return written


def percent(share: float, digits: int | None = None) -> str:
    """A share in percent: whole ones, or as many ``digits`` as given.

    In whole ones, what is not none or all is not rounded to 0% or 100%.
    """
    if not math.isfinite(share):
        return UNKNOWN
    hundredths = 100 * share
    if digits is not None:
        return f"{number(hundredths, digits)}%"
    if 0 < share < 0.01:
        return f"{number(hundredths, 1)}%"
    if 0.99 < share < 1:
        return f"{number(min(hundredths, 99.9), decimals=1)}%"
    return f"{number(hundredths, decimals=0)}%"


def probability(p: float, middle: float = 0.5) -> str:
    """Four decimals, as the lecture prints them, or as many as show its side of the middle."""
    for decimals in range(4, 18):
        if p == middle or not math.isfinite(p) or float(f"{p:.{decimals}f}") != middle:
            break
    return number(p, decimals=decimals)


def power_of_ten(exponent: int) -> str:
    """10⁻³."""
    return f"10{str(exponent).translate(SUPERSCRIPT)}"


def duration(seconds: float, words: Text) -> str:
    """A span of time, rounded as one says it."""
    if seconds < 90:
        return words("time.seconds", n=max(1, round(seconds)))
    return words("time.minutes", n=round(seconds / 60))
