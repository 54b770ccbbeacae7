"""The health panel: its maps hold the run's figures."""

import numpy as np

from components.drawing.charts.health import MEASURES, cell_frame
from models.diagnostics import layer_health
from tests.components.page import Page
from tests.components.panels.inside.looking import (
    SMALL,
    STYLE,
    chosen,
    drawings_of,
    histories,
    prose,
)


def test_the_maps_hold_the_networks_health():
    page = Page(**SMALL, inside="health")
    healths = [layer_health(history, chosen(page)) for history in histories(page)]
    shown = drawings_of(page)
    assert len(shown) == len(MEASURES)
    for measure, tables in zip(MEASURES, shown, strict=True):
        expected = cell_frame(healths, measure, STYLE)
        assert tables["cells"].step.tolist() == expected.step.tolist()
        np.testing.assert_allclose(tables["cells"].value, expected.value, rtol=1e-6)
        assert ("guide" in tables) == (measure == "update")
    assert page.words("health.update_between") not in prose(page)
    page.set("optimizer", "adam")
    assert page.words("health.update_between") in prose(page)


def test_maxout_has_no_saturated_units_but_the_other_run_has():
    page = Page(**SMALL, activation="maxout", compare="none", inside="health")
    maxout, caption = page.words("health.maxout"), page.words("health.saturated_caption")
    assert prose(page).count(maxout) == 1
    assert caption not in prose(page)
    assert page.words("health.nothing") not in prose(page)
    assert len(drawings_of(page)) == 4
    page.set("compare", "relu")
    assert f"{caption} {maxout}" in prose(page)
    assert len(drawings_of(page)) == 5
    assert set(drawings_of(page)[1]["cells"].arm) == {"ReLU"}


def test_norms_have_maps_of_their_own_and_words_say_what_skips_and_clipping_change():
    remedies = {"norm": "layer", "skip": True, "clip": 0.5}
    page = Page(**SMALL, **remedies, compare="none", inside="health")
    (health,) = (layer_health(history, chosen(page)) for history in histories(page))
    *_, deviation, scale = drawings_of(page)
    assert len(drawings_of(page)) == len(MEASURES) + 2
    assert set(deviation["cells"].layer) == {1, 2, 3}
    np.testing.assert_allclose(scale["cells"].value[:3], health.scale[0, :3], rtol=1e-6)
    clipped = page.words("inside.clip", clip="0.50")
    for said in ("health.after_norm", "health.dead_skip", "health.update_between"):
        assert page.words(said) in prose(page)
    assert clipped in prose(page)
