"""The page without a browser: what a visitor is shown, and what the controls make of it."""

import json
import re
import time
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pandas as pd
import pyarrow
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, Widget

import models
from components.words.text import Text, text
from models import Experiment

SCRIPT = Path(__file__).parents[2] / "streamlit_app.py"
PATIENCE = 300.0  # seconds, of a run on a busy machine


class Page:
    """One visitor's page, opened by a link.

    Args:
        settle: whether to look again until the run is done.
        link: the parameters of the link.
    """

    def __init__(self, settle: bool = True, **link: object):
        self.app = AppTest.from_file(str(SCRIPT), default_timeout=90)
        self.link = {"lang": "English", "steps": "100", "networks": "4"}
        self.link |= {key: str(value) for key, value in link.items()}
        self.app.query_params.update(self.link)
        self.words: Text = text("ko" if self.link["lang"] in ("한국어", "ko") else "en")
        self.look(settle)

    def look(self, settle: bool = True) -> "Page":
        """Run the page, until its run is done."""
        deadline = time.monotonic() + PATIENCE
        self.app.run()
        while settle and not self.settled:
            assert time.monotonic() < deadline, f"the run never finished: {self.status}"
            if self.trying:
                time.sleep(0.1)  # else the page's own runs take the trainer its time
            self.app.run()
        return self

    def set(self, control: str, value: object, settle: bool = True) -> "Page":
        """Move a control, whichever kind it is."""
        self.control(control).set_value(value)
        return self.look(settle)

    def control(self, name: str) -> Widget:
        """A control, whichever kind it is and however often the page gave it a value."""
        if name.startswith("compare_") and not self.app.session_state["differs"]:
            self.app.session_state["differs"] = True
            self.look(settle=False)
        for kind in (
            "selectbox",
            "slider",
            "select_slider",
            "number_input",
            "button_group",
            "toggle",
            "multiselect",
            "text_input",
            "text_area",
            "file_uploader",
        ):
            for widget in self.app.get(kind):
                if re.fullmatch(rf"{name}( \d+)?", widget.key or ""):
                    return widget
        raise AssertionError(f"there is no control {name}")

    def kept(self, name: str) -> object:
        """The value of an item of the page's state, whether its control is drawn or not."""
        return self.app.session_state["memory"].kept[name]

    def click(self, key: str, settle: bool = True) -> "Page":
        """Press a button."""
        self.button(key).click()
        return self.look(settle)

    def button(self, key: str) -> Button:
        """The button of this key, or the one whose key goes on with what it is about."""
        found = [each for each in self.app.button if f"{each.key} ".startswith(f"{key} ")]
        return next((each for each in found if each.key == key), found[0])

    def explained(self, chart: str) -> str:
        """What stands behind a chart's caption, once it is opened."""
        before = [caption.value for caption in self.app.caption]
        self.app.session_state[f"how {chart}"] = True
        after = [caption.value for caption in self.look().app.caption]
        (found,) = set(after) - set(before)
        self.app.session_state[f"how {chart}"] = False
        self.look()
        return found

    @property
    def settled(self) -> bool:
        """Nothing more will come."""
        if self.app.error or self.app.exception or self.offers:
            return True
        done = re.escape(self.words("run.done", steps="@")).replace("@", r"[\d,]+")
        return re.fullmatch(done, self.status) is not None and not self.trying

    @property
    def trying(self) -> bool:
        """Whether the effect of a remedy is still being computed."""
        said = re.escape(self.words("remedy.computing", names="@", change="@")).replace("@", ".+")
        return any(re.fullmatch(said, caption.value) for caption in self.app.caption)

    @property
    def offers(self) -> list[str]:
        """Keys of the buttons that offer a setting which fits."""
        return [b.key for b in self.app.button if (b.key or "").startswith(("use ", "go "))]

    @property
    def html(self) -> str:
        """What is drawn as HTML, but the style sheet."""
        bodies = [node.proto.body for node in self.app.get("html")]
        return "\n".join(body for body in bodies if "<style>" not in body)

    @property
    def prose(self) -> str:
        """The same without its tags."""
        return plain(self.html)

    @property
    def status(self) -> str:
        """How far the run is, in words; empty if nothing is trained."""
        found = re.search(r'role="status">(.*?)</span>', self.html)
        return plain(found[1]) if found else ""

    @property
    def setting(self) -> str:
        """The header's line: the setting in words."""
        return plain(re.search(r"</h1><p>(.*?)</p>", self.html)[1])

    @property
    def verdict(self) -> str:
        """The sentence with the numbers."""
        return plain(re.search(r'<(p|div) class="vgl-verdict">(.*?)</\1>', self.html)[2])

    @property
    def warnings(self) -> list[str]:
        """Warnings, as shown."""
        return [warning.value for warning in self.app.warning]

    @property
    def errors(self) -> list[str]:
        """Errors, as shown."""
        return [error.value for error in self.app.error]

    @property
    def experiments(self) -> list[Experiment]:
        """What the page says one would run to get the same: its Python code, carried out."""
        asked = []

        def train(experiment: Experiment) -> SimpleNamespace:
            asked.append(experiment)
            return SimpleNamespace(
                solved=np.zeros(1), weight_gradient_norm=np.zeros((1, experiment.layers, 1))
            )

        with patch.object(models, "train", train), patch("builtins.print"):
            exec(self.app.code[0].value, {})
        return asked

    def everything(self) -> str:
        """All that is sent to the browser, readable: text, labels, options, help, alt texts."""
        nodes = [*self.app.main, *self.app.sidebar]
        protos = [node.proto for node in nodes if getattr(node, "proto", None) is not None]
        sent = [str(proto) for proto in protos if not hasattr(proto, "datasets")]
        sent += [json.dumps(json.loads(c.spec), ensure_ascii=False) + c.alt for c in self.charts()]
        escaped = re.sub(r"((?:\\\d{3})+)", _octal, "\n".join(sent))
        return re.sub(r"<style>.*?</style>", "", escaped, flags=re.DOTALL)

    def charts(self) -> list:
        """The charts' messages."""
        return [node.proto for node in self.app.get("vega_lite_chart")]

    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables behind the charts by name (``curves`` are the loss's)."""
        return {
            data.name: pyarrow.ipc.open_stream(data.data.data).read_pandas()
            for chart in self.charts()
            for data in chart.datasets
        }


def plain(html: str) -> str:
    """Text without tags, as it is read."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", html))).strip()


def _octal(found: re.Match) -> str:
    """Protocol buffers print letters beyond ASCII as the octal numbers of their UTF-8 bytes."""
    return bytes(int(byte, 8) for byte in found[1].split("\\")[1:]).decode("utf-8", "replace")
