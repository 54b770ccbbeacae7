"""The network's panel: what it sends is the run's, and what is not drawn is said."""

import re

import numpy as np
import pytest

from components.panels.inside.choices import END
from tests.components.page import Page
from tests.components.panels.inside.looking import SMALL, histories, key, networks, passes, prose


def check_network(page: Page, frame: int, point: int, by: str = "gradient") -> None:
    """Both networks are those of this step, and show this point."""
    for block, one in zip(networks(page), passes(page, frame), strict=True):
        assert (block.header["point"], block.header["by"]) == (point, by)
        for layer, (weight, bias) in enumerate(block.layers):
            np.testing.assert_array_equal(weight, one.weights[layer][0])
            np.testing.assert_array_equal(bias, one.biases[layer][0])


def test_the_network_is_that_of_the_step_the_point_and_what_is_chosen():
    page = Page(**SMALL, inside="network")
    check_network(page, 0, 1)
    assert [block.header["name"] for block in networks(page)] == ["ReLU", "Sigmoid"]
    steps = histories(page)[0].frame_steps.tolist()
    slider = page.app.select_slider(key=key(page, "step "))
    assert slider.options == [*(f"{step:,}" for step in steps[:-1]), page.words("inside.end")]
    page.set(key(page, "step "), steps[7])
    check_network(page, 7, 1)
    page.set("point", 3)
    check_network(page, 7, 3)
    page.set("edges", "weight")
    check_network(page, 7, 3, "weight")
    assert page.words("network.caption_weight") in prose(page)
    page.set("view", "number").set("view_number", 0).set(key(page, "step "), END)
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
        ({"norm": "batch", "clip": 1.0}, {"norm_batch_tried": {}, "trained_clip": {}}),
        ({"depth": 2, "norm": "layer", "skip": "True"}, {"norm_layer": {}, "skip_gradient": {}}),
        ({"depth": 1, "skip": "True", "unit_gradient": "True"}, {"trained_unit": {}}),
    ],
    ids=str,
)
def test_what_a_network_is_drawn_without_is_said(link, sentences):
    page = Page(**link, inside="network")
    marks = ("norm_batch_tried", "norm_layer", "skip_gradient", "trained_clip", "trained_unit")
    for name in ("left_out", "units_left_out", "maxout", *marks):
        sentence = page.words(f"network.{name}", **{"count": 0, "depth": 0, "width": 0})
        if name in sentences:
            assert page.words(f"network.{name}", **sentences[name]) in prose(page)
        else:
            assert re.sub(r"^[\d ]+of the \d+", "", sentence) not in prose(page)
