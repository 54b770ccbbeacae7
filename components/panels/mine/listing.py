"""A program line by line, each with how it was understood; and what is not in it."""

from collections import defaultdict
from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from components.drawing.elements import section
from components.drawing.markup import element, joined
from components.settings.naming import value_name
from components.settings.state import ITEMS
from components.words.text import Text
from models.reading import Assumed, Found, Reading

KINDS = ("wrong", "refused", "unread", "found")
"""How a line was understood, the most important first; a line of none is silent."""
SIGNS = {"wrong": "✗", "refused": "!", "unread": "?", "found": "✓"}
MISTAKEN = ("not_python", "shape_mismatch", "dtype_mismatch", "stops")  # refusals


def listing(words: Text, reading: Reading) -> None:
    """The program with its lines' numbers, what each was read as, and what the colours say."""
    kinds = kinds_of(reading)
    section(words("mine.listing"))
    used = [kind for kind in KINDS if kind in kinds.values()]
    if used:
        st.html(element("div", *(_sign(words, kind) for kind in used), class_="vgl-key vgl-read"))
    st.html(_lines(words, reading, kinds))


def kinds_of(reading: Reading) -> dict[int, str]:
    """By line one of ``KINDS``."""
    kinds = {found.line: "found" for found in reading.found if found.line}
    kinds |= {unread.line: "unread" for unread in reading.unread}
    if reading.refusal and reading.refusal.line:
        kinds[reading.refusal.line] = "wrong" if reading.refusal.name in MISTAKEN else "refused"
    kinds |= {mistake.line: "wrong" for mistake in reading.mistakes}
    return kinds


def _sign(words: Text, kind: str) -> Markup:
    return element("span", element("i", SIGNS[kind], class_=f"vgl-{kind}"), words(f"mine.{kind}"))


def _lines(words: Text, reading: Reading, kinds: dict[int, str]) -> Markup:
    notes: dict[int, list[str]] = defaultdict(list)
    for found in reading.found:
        notes[found.line].append(setting(words, found))
    wrong: dict[int, list[str]] = defaultdict(list)
    for mistake in reading.mistakes:
        name = mistake.name
        said = words(f"mine.mistakes.{name}")
        wrong[mistake.line].append(said[0].upper() + said[1:])
    rows = []
    for number, text in enumerate(reading.lines, start=1):
        kind = kinds.get(number, "")
        rows.append(_row(words, number, text, kind, notes[number]))
        rows += [_said(each) for each in wrong[number]]
    table = element("table", element("tbody", *rows), class_="vgl-listing")
    label = words("mine.listing")
    return element("div", table, class_="vgl-scroll", tabindex=0, role="region", aria_label=label)


def _row(words: Text, number: int, text: str, kind: str, notes: Sequence[str]) -> Markup:
    """A line: its number, how it was understood, its text, what it was read as."""
    sign = element("span", SIGNS[kind], title=words(f"mine.{kind}")) if kind else ""
    note = element("small", " · ".join(notes)) if notes else ""
    code = element("code", text or " ")
    return element(
        "tr",
        element("th", number, scope="row"),
        element("td", sign),
        element("td", code, " ", note),
        class_=f"vgl-{kind}" if kind else None,
    )


def _said(sentence: str) -> Markup:
    """What is wrong with the line above."""
    return element("tr", element("td"), element("td"), element("td", sentence), class_="vgl-said")


def setting(words: Text, read: Found | Assumed) -> str:
    """A setting and its value, as the sidebar calls them."""
    field = read.field
    name = words(f"controls.{field}" if field in ITEMS else f"mine.fields.{field}")
    return name if read.value is True else f"{name} {_value(words, field, read.value)}"


def _value(words: Text, field: str, value: object) -> str:
    if field in ITEMS and ITEMS[field].is_possible(value):
        return value_name(words, ITEMS[field], value)
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def assumptions(words: Text, assumed: Sequence[Assumed]) -> None:
    """What the program does not say, or not so, and why it is taken to be this."""
    if not assumed:
        return
    section(words("mine.assumed"))
    rows = (
        element("li", element("b", setting(words, each)), " — ", _why(words, each))
        for each in assumed
    )
    st.html(element("ul", joined(rows), class_="vgl-assumed"))


def _why(words: Text, assumed: Assumed) -> str:
    why = assumed.why
    return words(f"mine.why.{why}")
