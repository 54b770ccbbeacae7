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
