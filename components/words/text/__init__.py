"""Every sentence on screen, in Korean and English, under the same keys."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from components.words.text import numbers, particles

LANGUAGES = {"ko": "한국어", "en": "English"}
_RESOLVED = {"ko": particles.resolved, "en": numbers.resolved}


class Text:
    """The sentences of one language: ``text("verdict.one", name="ReLU", ...)``."""

    def __init__(self, language: str):
        path = Path(__file__).with_name(f"{language}.toml")
        self.language = language
        self._resolved = _RESOLVED[language]
        self._entries = tomllib.loads(path.read_text(encoding="utf-8"))

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence at a dotted key, with its values put in.

        Where one of them is HTML (markupsafe's), so is the sentence: all else in it is escaped.

        Raises:
            KeyError: there is no such sentence, or a value is missing.
        """
        entry: Any = self.section(key)
        if any(isinstance(value, Markup) for value in values.values()):
            return Markup(self._resolved(Markup.escape(entry).format(**values)))
        return self._resolved(entry.format(**values) if values else entry)

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
