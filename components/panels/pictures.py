"""Charts as pictures for slides: where they are offered, and those of the first screen."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from components.drawing.charts.style import Style
from components.export.pictures import Picture, draw
from components.export.source import Source
from components.panels.address import address_of_this
from models import History

MIMES = {"svg": "image/svg+xml", "png": "image/png"}


def offer_pictures(
    style: Style,
    key: str,
    pictures: Callable[[Source], Sequence[Picture]],
    histories: Sequence[History] = (),
) -> None:
    """Buttons that draw a chart as it is now and hand it over.

    Args:
        style: the page's.
        key: tells the chart from the page's others.
        pictures: the chart, of one step or of two.
        histories: the runs in it; as long as one goes on its pictures are not offered.
    """
    words = style.words
    if not all(history.finished for history in histories):
        st.caption(words("take.later"))
        return
    with st.container(horizontal=True, gap="small", key=f"offered {key}"):
        offered = pictures(large_source(style))
        for picture in offered:
            which = words(f"numbers.{picture.moment}") if picture.moment else picture.title
            offer(picture, key, which if len(offered) > 1 else "")


def offer(
    picture: Picture, key: str, which: str = "", make: Callable[[str], bytes] | None = None
) -> None:
    """A button a kind of file.

    Args:
        picture: what is offered.
        key: where.
        which: what tells it from another that is offered beside it.
        make: draws it as a file of a kind; by default from the picture, which then stays in memory
            as long as the button is there.
    """
    make = make or partial(_one, picture)
    for kind, mime in MIMES.items():
        st.download_button(
            f"{kind.upper()} ({which})" if which else kind.upper(),
            partial(make, kind),
            picture.file_name(kind),
            mime,
            on_click="ignore",
            icon=":material/image:",
            key=f"offer {key} {picture.name} {picture.moment} {kind}",
        )


def _one(picture: Picture, kind: str) -> bytes:
    return draw([picture], kind)[0]


def large_source(style: Style) -> Source:
    """What is taken away for a projector says that it is from here."""
    words = style.words
    return Source(replace(style, large=True), address_of_this(words))
