"""The network's panel: its values are the run's, and what is not drawn is said."""

import re

import numpy as np
import pytest

from components.charts.network import edge_frame, node_frame
from components.numbers import probability
from components.panels.inside.choices import END
from models.datasets import XOR_INPUTS
from tests.components.inside.looking import SMALL, drawings_of, histories, key, passes, prose
from tests.components.page import Page


def check_network(page: Page, frame: int, point: int, by: str = "gradient") -> None:
    """Both runs' drawings hold the values of this step at this point."""
    shown = drawings_of(page)
    assert len(shown) == 2
    for tables, one in zip(shown, passes(page, frame), strict=True):
        for name, expected in {
            "nodes": node_frame(one, 0, point),
            "edges": edge_frame(one, 0, point, by),
        }.items():
            assert tables[name].name.tolist() == expected.name.tolist()
            for column in ("value",) if name == "nodes" else ("weight", "gradient", "size"):
                np.testing.assert_allclose(tables[name][column], expected[column], rtol=1e-6)
        assert tables["nodes"].value.tolist()[:2] == XOR_INPUTS[point].tolist()
        answer = page.words("network.answer", p=probability(one.hypothesis[0, point]))
        assert answer in prose(page)


def test_the_network_is_drawn_at_the_step_the_point_and_by_what_is_chosen():
    page = Page(**SMALL, inside="network")
    check_network(page, 0, 1)
    steps = histories(page)[0].frame_steps.tolist()
    slider = page.app.select_slider(key=key(page, "steps "))
    assert slider.options == [*(f"{step:,}" for step in steps[:-1]), page.words("inside.end")]
    page.set(key(page, "steps "), steps[7])
    check_network(page, 7, 1)
    page.set("point", 3)
    check_network(page, 7, 3)
    page.set("edges", "weight")
    check_network(page, 7, 3, "weight")
    assert page.words("network.caption_weight") in prose(page)
    page.set("view", "number").set("view_number", 0).set(key(page, "steps "), END)
    check_network(page, -1, 3, "weight")


@pytest.mark.parametrize(
    ("link", "sentences"),
    [
        ({"depth": 12, "width": 16}, {}),
        ({"depth": 13, "width": 16}, {"left_out": {"count": 2, "depth": 13}}),
        ({"depth": 50, "width": 2}, {"left_out": {"count": 39, "depth": 50}}),
        ({"depth": 2, "width": 17}, {"units_left_out": {"count": 16, "width": 17}}),
        ({"depth": 0, "width": 17}, {}),
        ({"depth": 1, "compare": "maxout"}, {"maxout": {}}),
    ],
    ids=str,
)
def test_what_a_network_is_drawn_without_is_said(link, sentences):
    page = Page(**link, inside="network")
    for name in ("left_out", "units_left_out", "maxout"):
        sentence = page.words(f"network.{name}", **{"count": 0, "depth": 0, "width": 0})
        if name in sentences:
            assert page.words(f"network.{name}", **sentences[name]) in prose(page)
        else:
            assert re.sub(r"^[\d ]+of the \d+", "", sentence) not in prose(page)
