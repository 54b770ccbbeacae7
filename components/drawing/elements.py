"""What all panels draw with: headings, names in their colour, charts."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

import altair as alt
import pyarrow as pa
import streamlit as st
from markupsafe import Markup

from components.drawing.charts.style import Style, enlarged
from components.drawing.markup import element, joined
from components.words.text import Text


def section(text: str) -> None:
    """The heading of a part of the page."""
    st.html(element("h2", text, class_="vgl-title vgl-section"))


def title(text: object, level: int = 2) -> None:
    """The heading of a chart."""
    st.html(_title(text, level))


def _title(text: object, level: int) -> Markup:
    return element(f"h{level}", text, class_="vgl-title")


def headed(
    words: Text,
    text: str,
    key: str,
    sentences: Callable[[], Sequence[str]] = tuple,
    numbers: Callable[[], Sequence[Markup]] = tuple,
    level: int = 2,
    more: Callable[[], object] = tuple,
) -> None:
    """The heading of a chart, and behind a quiet sign what else there is to know of it.

    Args:
        words: the language.
        text: the heading.
        key: tells it from the page's others.
        sentences: how to read the chart.
        numbers: its tables. Both are made when they are asked for.
        level: of the heading.
        more: draws what else there is, such as what can be taken away.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.html(_title(text, level), width="content")
        with st.popover(
            words("how.label", title=text),
            type="tertiary",
            icon=":material/help:",
            on_change="rerun",
            key=f"how {key}",
        ) as sign:
            if sign.open:
                if said := sentences():
                    st.caption("\n\n".join(said))
                if tables := numbers():
                    st.html(element("b", words("numbers.title")) + joined(tables))
                more()


def named(style: Style, place: int) -> Markup:
    """An activation's name in its colour."""
    return element("b", style.names[place], style=f"color:{style.inks[place]}")


def line(style: Style, place: int, text: str) -> Markup:
    """A line about one run: it begins with the activation's name."""
    return element("p", named(style, place), " · ", text, class_="vgl-print")


def networks_in_words(words: Text, n: int) -> str:
    """How many networks."""
    return words("count.networks", n=n)


def plain(typed: str, length: int = 40) -> str:
    """What a visitor typed, cut short and without anything that Markdown would act on.

    A colon, which it does act on, is written as the sign of a ratio.
    """
    typed = typed.replace(":", "∶")
    kept = "".join(c if c.isalnum() or c in ".-+, _;[]=/∶" else "·" for c in typed[:length])
    kept = re.sub(r"(?<=www)\.", "·", kept, flags=re.IGNORECASE)  # it would become a link
    return re.sub(r"[_\[\]]", r"\\\g<0>", kept.strip(" =") or "·") + (
        "…" if len(typed) > length else ""
    )


@lru_cache(maxsize=512)
def spec_of(build: Callable[..., alt.TopLevelMixin], style: Style, *options: object) -> dict:
    """What ``build(style, *options)`` draws, without its data: built once.

    Altair's own check of it takes as long again and is left to the tests.
    """
    spec = build(style, *options).to_dict(validate=False)
    spec.pop("$schema")
    return enlarged(spec) if style.large else spec


Height = Literal["content", "stretch"]
"""A chart's own, or what its container leaves."""


def chart(
    spec: dict,
    tables: Mapping[str, pa.Table],
    *,
    key: str,
    alt: str,
    canvas: bool = False,
    height: Height = "content",
    select: str = "",
) -> list[dict]:
    """Draw a chart with its tables; on a canvas if it has very many marks: ten times faster.

    Returns:
        What is selected by the chart's point selection ``select``, if there is one.
    """
    settings = {"usermeta": {"embedOptions": {"renderer": "canvas"}}} if canvas else {}
    drawn = spec | settings | {"datasets": dict(tables)}
    if not select:
        st.vega_lite_chart(spec=drawn, key=key, alt=alt, width="stretch", height=height)
        return []
    event = st.vega_lite_chart(
        spec=drawn, key=key, alt=alt, width="stretch", height=height,
        on_select="rerun", selection_mode=select,
    )  # fmt: skip
    return list(event.selection.get(select) or [])
