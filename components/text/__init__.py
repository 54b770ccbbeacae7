"""Every sentence on screen, in Korean and English, under the same keys."""

import math
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = {"ko": "한국어", "en": "English"}
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Text:
    """The sentences of one language: ``text("verdict.one", name="ReLU", ...)``."""

    def __init__(self, language: str):
        path = Path(__file__).with_name(f"{language}.toml")
        self.language = language
        self._entries = tomllib.loads(path.read_text(encoding="utf-8"))

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence at a dotted key, with its values put in.

        Raises:
            KeyError: there is no such sentence, or a value is missing.
        """
        entry: Any = self.section(key)
        return entry.format(**values) if values else entry

    def section(self, key: str) -> Any:
        """What stands at a dotted key: a sentence, or all sentences under it."""
        entry: Any = self._entries
        for part in key.split("."):
            entry = entry[part]
        return entry


@cache
def text(language: str) -> Text:
    """The sentences of a language (``ko`` or ``en``), read once."""
    return Text(language)


def number(value: float, digits: int = 2) -> str:
    """A figure as one writes it: 0.31, −12, 4.9×10⁻⁵; a dash for what is not known."""
    if not math.isfinite(value):
        return "–"
    if value < 0:
        return "−" + number(-value, digits)
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if -3 <= int(exponent) < 5:
        return f"{value:,.{max(0, digits - 1 - int(exponent))}f}"
    return f"{mantissa}×10{str(int(exponent)).translate(SUPERSCRIPT)}"


def percent(share: float) -> str:
    """A share in percent; what is not none or all is not rounded to 0% or 100%."""
    if not math.isfinite(share):
        return "–"
    if 0 < share < 0.01:
        return f"{number(share * 100, 1)}%"
    if 0.99 < share < 1:
        return f"{min(share * 100, 99.9):.1f}%"
    return f"{share * 100:.0f}%"


def duration(seconds: float, sentences: Text) -> str:
    """A span of time, rounded as one says it."""
    if seconds < 90:
        return sentences("time.seconds", n=max(1, round(seconds)))
    return sentences("time.minutes", n=round(seconds / 60))
