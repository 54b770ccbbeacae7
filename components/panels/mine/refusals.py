"""What is said where a text is no program that the lab can train."""

from collections.abc import Mapping

from markupsafe import Markup

from components.drawing.markup import element, joined
from components.settings.state import ITEMS
from components.words.numbers import UNKNOWN, whole
from components.words.text import Text
from models.reading import Refusal

MOST_LETTERS = 60  # of what is quoted from the program
PLACES = ("bytes", "most", "message", "language", "error", "field", "value", "inputs", "names",
          "name", "loss", "argument", "found", "wanted")  # fmt: skip
"""What a refusal may tell beside its name."""
INSTEAD = {
    **dict.fromkeys(("empty", "not_text", "no_network", "no_training", "no_data",
                     "not_understood"), "paste"),
    **dict.fromkeys(("not_python", "shape_mismatch", "dtype_mismatch", "stops",
                     "some_parameters"), "correct"),
    "stack_trace": "program",
    "other_language": "language",
    "several_trainings": "one",
    **dict.fromkeys(("too_long", "too_complex", "too_large"), "smaller"),
    **dict.fromkeys(("image_input", "other_inputs", "other_data"), "gate"),
}  # fmt: skip
"""What the lab can do instead; of all others, train what is nearest."""


def refusal_in_words(words: Text, refusal: Refusal) -> Markup:
    """What it is, with its line, and what the lab can do instead."""
    name = refusal.name
    told = dict.fromkeys(PLACES, UNKNOWN) | _values(words, refusal.values)
    what = words(f"mine.refusals.{name}", **told)
    at = [element("b", words("mine.line", line=refusal.line)), " "] if refusal.line else []
    said = element("p", *at, what)
    other = INSTEAD.get(name, "nearest")
    instead = element("p", words(f"mine.instead.{other}"))
    return element("div", joined((said, instead)), class_="vgl-verdict vgl-mine", role="status")


def _values(words: Text, values: Mapping[str, object]) -> dict[str, str]:
    """What the reader noted, as it stands in a sentence; it may be from the program."""
    told = {name: _short(value) for name, value in values.items()}
    field = told.get("field")
    return told | {"field": words(f"controls.{field}")} if field in ITEMS else told


def _short(value: object) -> str:
    if isinstance(value, int):
        return whole(value)
    said = ", ".join(map(str, value)) if isinstance(value, tuple | list) else f"{value}"
    said = said or UNKNOWN
    return said if len(said) <= MOST_LETTERS else said[: MOST_LETTERS - 1] + "…"
