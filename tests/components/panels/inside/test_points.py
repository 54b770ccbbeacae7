"""The points' panel: each layer's spread is the run's, and what is left out is counted."""

import re

import pytest

from components.words.numbers import number
from models.diagnostics import norm_views, points_views
from tests.components.page import Page
from tests.components.panels.inside.looking import SMALL, histories, key, passes, prose


def test_the_points_are_seen_at_the_end_or_at_the_step_that_is_chosen():
    page = Page(**SMALL, inside="points")
    for frame in (-1, 0, 5):
        if frame >= 0:
            page.set(key(page, "step "), histories(page)[0].frame_steps.tolist()[frame])
        shown = re.findall(r"spread ([^<]*)</figcaption>", page.html)
        views = [view for one in passes(page, frame) for view in points_views(one, 0)]
        assert shown == [f"{number(100 * view.spread)}%" for view in views]


@pytest.mark.parametrize(("depth", "counted"), [(11, False), (12, True), (50, True)])
def test_layers_whose_points_are_left_out_are_counted(depth, counted):
    page = Page(depth=depth, width=2, inside="points")
    sentence = page.words("points.left_out", count=12, all=depth + 1)
    assert (sentence in prose(page)) is counted
    assert page.html.count("<figure>") == 2 * min(12, depth + 1)


def test_a_norm_shows_the_points_before_and_after_it():
    page = Page(**SMALL, norm="batch", compare="none", inside="points")
    (one,) = passes(page, -1)
    (_, given, made), shown = (
        re.split(f"{page.words('points.given')}</b>|{page.words('points.made')}</b>", page.html),
        norm_views(one, 0),
    )
    for html, views in (
        (given, [each.given for each in shown]),
        (made, [each.made for each in shown]),
    ):
        spreads = re.findall(r"<b>(layer \d)</b>spread ([^<]*)</figcaption>", html)
        assert spreads == [
            (f"layer {layer}", f"{number(100 * view.spread)}%")
            for layer, view in enumerate(views, 1)
        ]
    assert page.words("points.norm_batch") in prose(page)
