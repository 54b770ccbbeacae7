"""What all panels draw with: headings, names in their colour, charts."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

import altair as alt
import pyarrow as pa
import streamlit as st

from components.drawing.charts.style import Style, enlarged
from components.words.text import Text


def section(text: str) -> None:
    """The heading of a part of the page."""
    st.html(f'<h2 class="vgl-title vgl-section">{text}</h2>')


def title(text: str, level: int = 2) -> None:
    """The heading of a chart."""
    st.html(f'<h{level} class="vgl-title">{text}</h{level}>')


def headed(
    words: Text,
    text: str,
    key: str,
    sentences: Callable[[], Sequence[str]] = tuple,
    numbers: Callable[[], Sequence[str]] = tuple,
    level: int = 2,
    more: Callable[[], object] = tuple,
) -> None:
    """The heading of a chart, and behind a quiet sign what else there is to know of it.

    Args:
        words: the language.
        text: the heading.
        key: tells it from the page's others.
        sentences: how to read the chart.
        numbers: its tables, as HTML. Both are made when they are asked for.
        level: of the heading.
        more: draws what else there is, such as what can be taken away.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.html(f'<h{level} class="vgl-title">{text}</h{level}>', width="content")
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
                    st.html(f"<b>{words('numbers.title')}</b>{''.join(tables)}")
                more()


def named(style: Style, place: int) -> str:
    """An activation's name in its colour."""
    return f'<b style="color:{style.inks[place]}">{html.escape(style.names[place])}</b>'


def line(style: Style, place: int, text: str) -> str:
    """A line about one run: it begins with the activation's name."""
    return f'<p class="vgl-print">{named(style, place)} · {text}</p>'


def networks_in_words(words: Text, n: int) -> str:
    """How many networks."""
    return words("count.networks", n=n)


def plain(typed: str, length: int = 40) -> str:
    """What a visitor typed, cut short and without anything that Markdown would act on."""
    kept = "".join(c if c.isalnum() or c in ".-+, _;[]" else "·" for c in typed[:length])
    kept = re.sub(r"(?<=www)\.", "·", kept, flags=re.IGNORECASE)  # it would become a link
    return re.sub(r"[_\[\]]", r"\\\g<0>", kept.strip() or "·") + (
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
