"""What the tests of the look inside share: the page's section, and the runs behind it."""

import functools
import re
from types import SimpleNamespace

import pandas as pd

from components.drawing.charts.style import Style
from components.drawing.network import DECADES
from components.drawing.plane import scale_words
from components.words.numbers import number
from components.words.text import Text
from models import Experiment, History, train_together
from models.passes import Pass, network_pass
from tests.components.drawing.test_network import Block, read
from tests.components.page import Page, plain

STYLE = Style("en", False, ("relu", "sigmoid"))

SMALL = {"depth": 3, "width": 5}


def prose(page: Page) -> str:
    """All that the section says: its HTML without tags, and every caption."""
    title, end = page.words("inside.title"), page.words("print.title")
    captions = " ".join(caption.value for caption in page.app.caption)
    return plain(page.html.split(title)[1].split(end)[0]) + " " + captions


def said(words: Text, sentence: str) -> str:
    """One of the sentences that depend on no run."""
    return words(sentence, share=number(10**-DECADES, 1), **scale_words([Experiment()]))


def open_panel(page: Page) -> str | None:
    return page.control("inside").value


def keys(page: Page, start: str) -> list[str]:
    """Keys of the controls that begin so."""
    kinds = ("selectbox", "slider", "select_slider", "button_group")
    found = [widget.key or "" for kind in kinds for widget in page.app.get(kind)]
    return [key for key in found if key.startswith(start)]


def key(page: Page, start: str) -> str:
    (found,) = keys(page, start)
    return found


@functools.cache
def run(*experiments) -> list[History]:
    return train_together(experiments)


def histories(page: Page) -> list[History]:
    """What the page shows, trained once more."""
    return run(*page.experiments)


def chosen(page: Page) -> int:
    """The network in view, as it stands beside its control."""
    (about,) = [text.value for text in page.app.markdown if "vgl-in-view" in text.value]
    kind = page.kept("view") if page.experiments[0].networks > 1 else "number"
    sentence = page.words(f"in_view.{kind}_of", name=r"[^:]*", network="@", seed=r"-?\d+")
    pattern = sentence.replace("(", r"\(").replace(")", r"\)").replace("@", r"(\d+)")
    return int(re.search(pattern, about)[1])


def passes(page: Page, frame: int = 0, place: int | None = None) -> list[Pass]:
    """The shown network's pass in each run."""
    shown = chosen(page) if place is None else place
    runs = histories(page)
    frame %= len(runs[0].frame_steps)
    return [network_pass(history, shown, slice(frame, frame + 1)) for history in runs]


def drawings_of(page: Page) -> list[dict[str, pd.DataFrame]]:
    """The tables of each chart of the section, in order."""
    each = [
        Page.tables(SimpleNamespace(charts=lambda chart=chart: [chart])) for chart in page.charts()
    ]
    return [tables for tables in each if tables.keys() & {"products", "cells"}]


def networks(page: Page) -> list[Block]:
    """The networks that can be tried on, in order."""
    parts = [node for node in page.app.get("bidi_component") if node.key.startswith("network ")]
    return [read(part.proto.bytes) for part in parts]
