"""The sentences: both languages say the same things, and figures are written as one writes them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

import components
from components.charts.loss import SCALES
from components.panels.printout import VIEWS
from components.sidebar import DEFAULTS, PRESETS
from components.text import LANGUAGES, Text, duration, number, percent, text
from models.predicted import CAVEATS
from models.theory import PLATEAUS

SECTIONS = [name for name, entry in text("en")._entries.items() if isinstance(entry, dict)]
DOTTED = re.compile(rf"({'|'.join(SECTIONS)})\.[a-z_0-9.]+")
HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


def entries(words: Text) -> dict[str, str]:
    """Dotted key to sentence."""

    def walk(entry: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
        for key, value in entry.items():
            if isinstance(value, dict):
                yield from walk(value, f"{prefix}{key}.")
            else:
                yield prefix + key, value

    return dict(walk(words._entries, ""))


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def sources() -> Iterator[ast.Module]:
    for path in sorted(Path(components.__file__).parent.rglob("*.py")):
        yield ast.parse(path.read_text(encoding="utf-8"))


def constant_keys() -> set[str]:
    """Every whole string in the code that reads like a key."""
    return {
        node.value
        for tree in sources()
        for node in whole_strings(tree)
        if DOTTED.fullmatch(node.value)
        and not node.value.endswith((".css", ".html", ".js", ".toml"))
    }


def whole_strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """All string constants but the pieces of f-strings."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
        elif isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from whole_strings(part)
        else:
            yield from whole_strings(node)


def sections_used() -> set[str]:
    """The arguments of ``words.section(...)``."""
    return {
        node.args[0].value
        for tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", None) == "section"
        and isinstance(node.args[0], ast.Constant)
    }


def composed_keys() -> set[str]:
    """Every f-string in the code that reads like a key, as a pattern."""
    patterns = set()
    for tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(part.value) if isinstance(part, ast.Constant) else "[a-z_0-9.]+"
                    for part in node.values
                ]
                patterns.add("".join(parts))
    return {pattern for pattern in patterns if re.match(rf"({'|'.join(SECTIONS)})\\\.", pattern)}


def calls() -> Iterator[tuple[str, set[str]]]:
    """Each ``words("key", a=..., b=...)`` with a literal key: the key and ``a, b``."""
    for tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) == "words":
                given = {keyword.arg for keyword in node.keywords}
                for part in whole_strings(ast.Expr(node.args[0])):
                    if DOTTED.fullmatch(part.value):
                        yield part.value, given


def called(node: ast.Call) -> str | None:
    """The name of what is called: ``words`` of ``words(...)`` and of ``style.words(...)``."""
    return getattr(node.func, "id", getattr(node.func, "attr", None))


def test_both_languages_have_the_same_keys_and_placeholders():
    korean, english = entries(text("ko")), entries(text("en"))
    assert korean.keys() == english.keys()
    for key, sentence in english.items():
        assert placeholders(korean[key]) == placeholders(sentence), key
        assert sentence.strip(), key
        assert korean[key].strip(), key


def test_each_language_is_written_in_its_own_letters():
    korean, english = entries(text("ko")), entries(text("en"))
    assert {key for key, sentence in english.items() if HANGUL.search(sentence)} == set()
    unwritten = {
        key
        for key, sentence in korean.items()
        if re.search("[A-Za-z]{2}", re.sub(r"{\w+}", "", sentence)) and not HANGUL.search(sentence)
    }
    assert unwritten == set(), "these read as English in Korean"


def test_every_key_in_the_code_has_its_sentence():
    known = entries(text("en")).keys()
    keys = constant_keys()
    assert keys <= known
    assert len(keys) > 40, "the code's keys are found"


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("controls", DEFAULTS),
        ("help", DEFAULTS),
        ("presets", PRESETS),
        ("charts.scale_", SCALES),
        ("print", VIEWS),
        ("plateaus", PLATEAUS),
        ("theory", CAVEATS),
    ],
)
def test_every_composed_key_has_its_sentence(prefix, names):
    known = entries(text("en")).keys()
    prefix = prefix if prefix.endswith("_") else f"{prefix}."
    assert {f"{prefix}{name}" for name in names} <= known


def test_every_sentence_is_used():
    patterns = composed_keys()
    assert r"controls\.[a-z_0-9.]+" in patterns, "the code's composed keys are found"
    constants, sections = constant_keys(), sections_used()
    variants = {f"{key}{end}" for key in constants for end in ("_flat", "_one")}
    unused = {
        key
        for key in entries(text("en"))
        if "." in key
        and key.split(".")[0] not in sections
        and key not in constants | variants
        and not any(re.fullmatch(pattern, key) for pattern in patterns)
    }
    assert unused == set()


def test_every_call_fills_the_placeholders_of_its_sentence():
    english = entries(text("en"))
    found = list(calls())
    assert len(found) > 30
    for key, given in found:
        assert placeholders(english[key]) <= given, key


def test_a_missing_sentence_or_value_is_an_error():
    with pytest.raises(KeyError):
        text("en")("verdict.nothing")
    with pytest.raises(KeyError):
        text("en")("verdict.second", name="ReLU")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (-0.0, "0"),
        (float("nan"), "–"),
        (float("inf"), "–"),
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


@pytest.mark.parametrize(("solved", "networks"), [(255, 256), (1, 256), (3999, 4000)])
def test_a_percent_says_all_only_of_all_and_none_only_of_none(solved, networks):
    assert percent(solved / networks) not in ("0%", "100%")


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
