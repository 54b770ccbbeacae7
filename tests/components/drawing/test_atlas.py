"""The map: what its colours and borders say, theory over it, and what its charts are made of."""

import altair as alt
import numpy as np
import pytest

from components.drawing.charts.atlas import (
    DIVERGING,
    Mapped,
    along,
    border_frame,
    cell_frame,
    chosen_frame,
    map_chart,
    profile_chart,
    profile_domain,
    profile_frame,
    refused_frame,
    scale_of,
    theory_frame,
)
from components.drawing.charts.style import Style
from components.panels.atlas.place import mapped_of
from components.panels.atlas.theory import theory_tables
from components.settings.atlases import shipped
from components.words.text import text
from models import Experiment
from models.diagnostics.statistics import wilson_interval
from models.sweep import FIGURES, Atlas, Sweep, parse_axis

NETWORKS = 64
STYLE = Style("en", False, (), ())


def made(solved: dict[int, int], *axes: str, figure: str = "solved", **base) -> Mapped:
    """A map of which by a cell's index so many networks solve it."""
    sweep = Sweep(Experiment(networks=NETWORKS, **base), tuple(map(parse_axis, axes)))
    rows = {}
    for index, count in solved.items():
        low, high = wilson_interval(count, NETWORKS)
        rows[index] = {"networks": NETWORKS, "solved": count, "solved_low": low,
                       "solved_high": high, "ratio": 10.0 ** (count / 32 - 1)}  # fmt: skip
    return mapped_of(STYLE, Atlas.of(sweep, rows), figure)


def test_a_line_is_drawn_only_where_cells_are_surely_on_unlike_sides_of_one_half():
    sure = made({0: 64, 1: 0, 2: 64, 3: 64}, "depth=1:2", "gain=1,2")
    borders = border_frame(sure, 0)
    assert borders[["x", "y", "x2", "y2"]].values.tolist() == [
        [0.5, 0.5, 0.5, 1.5],
        [-0.5, 0.5, 0.5, 0.5],
    ]
    assert borders["sure"].all()
    unsure = border_frame(made({0: 64, 1: 33, 2: 64, 3: 64}, "depth=1:2", "gain=1,2"), 0)
    assert len(unsure) == 2
    assert not unsure["sure"].any()
    alike = made({0: 36, 1: 28, 2: 30, 3: 34}, "depth=1:2", "gain=1,2")
    assert border_frame(alike, 0).empty, "told apart from one half nowhere"


def test_cells_that_are_not_computed_are_blank_and_impossible_ones_are_told():
    mapped = made({0: 64}, "batch=1,4", "norm=none,batch")
    cells, refused = cell_frame(mapped, 0), refused_frame(mapped, 0)
    assert cells["index"].tolist() == [0]
    assert cells["value"].tolist() == ["64 of 64 (94% – 100%)"]
    assert refused[["x", "y"]].values.tolist() == [[0, 1]], "one point has no spread"
    assert set(refused["value"]) == {text("en")("atlas.refused")}


def test_a_ratios_colours_are_centred_at_one():
    mapped = made({0: 0, 1: 32, 2: 64}, "depth=1:3", "gain=1", figure="ratio")
    scale = scale_of(mapped)
    assert scale.color(1.0) == DIVERGING[len(DIVERGING) // 2]
    assert scale.color(0.1) == DIVERGING[0]
    assert scale.color(1e-9) == DIVERGING[0]
    assert scale.color(10.0) == DIVERGING[-1]
    assert scale.color(np.nan) is None


@pytest.mark.parametrize(
    ("axis", "value", "place"),
    [
        ("depth=0:20:5", 7.5, 1.5),
        ("depth=0:20:5", 30, 6.0),
        ("gain=0.25,1,4", 2.0, 1.5),
        ("gain=4,1,0.25", 2.0, 0.5),
        ("gain=0.25,1,4", np.inf, np.inf),
    ],
)
def test_a_value_stands_among_those_of_its_axis(axis, value, place):
    assert along(parse_axis(axis), value) == pytest.approx(place)


def test_a_line_of_theory_ends_at_the_maps_edge():
    mapped = made({}, "depth=1:3", "gain=1,2")
    rows = [(-5, 0, 5, 0, 0, "across"), (0, 9, 1, 9, 0, "above"), (0, 0, 0, np.inf, 0, "endless")]
    drawn = theory_frame(rows, mapped)
    assert drawn[["x", "y", "name"]].values.tolist() == [[-0.5, 0, "across"], [2.5, 0, "across"]]
    bent = [(0, 0, 1, 1, 0, "one"), (1, 1, 2, 1, 0, "one"), (1, 1, 1, 0, 1, "other")]
    assert theory_frame(bent, mapped)["chain"].tolist() == [0, 0, 0, 1, 1]


def test_the_critical_gain_is_drawn_where_wide_networks_have_it():
    mapped = mapped_of(STYLE, shipped("start"), "solved")
    (table,) = theory_tables(text("en"), mapped)
    critical = table[table["name"] == text("en")("atlas.theories.critical")]
    gains = mapped.axes[0].values
    near = np.interp(critical["x"], range(len(gains)), gains)
    assert len(critical)
    assert near == pytest.approx(np.ones(len(near)), abs=0.02), "of tanh, with LeCun's weights"


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figures_map_and_lines_are_what_vega_lite_can_draw(figure):
    mapped = mapped_of(Style("ko", True, (), ()), shipped("depth"), figure)
    x, y = mapped.names[:2]
    spec = map_chart(mapped.style, x, y, figure).to_dict()
    cells = spec["layer"][0]
    assert cells["data"]["name"] == "cells"
    assert cells["encoding"]["fill"]["field"] == "color"
    assert [tip["field"] for tip in cells["encoding"]["tooltip"]] == ["at", "value", "networks"]
    assert {layer["data"]["name"] for layer in spec["layer"]} == {
        "cells", "refused", "borders", "theory", "chosen",
    }  # fmt: skip
    (click,) = [each for each in spec["params"] if each["name"] == "cell"]
    assert click["select"]["fields"] == ["index"]
    if figure != "cause":
        lines = profile_chart(mapped.style, x, figure, *profile_domain(mapped))
        assert isinstance(lines, alt.LayerChart)
        assert "profile" in str(lines.to_dict())


def test_a_row_and_a_column_are_those_of_the_cell_in_view():
    mapped = made({i: 8 * i for i in range(6)}, "depth=1:3", "gain=1,2")
    row = profile_frame(mapped, (1, 1, 0), 0, ["" for _ in range(6)])
    column = profile_frame(mapped, (1, 1, 0), 1, ["" for _ in range(6)])
    assert (64 * row["value"]).tolist() == [8, 24, 40]
    assert (64 * column["value"]).tolist() == [16, 24]
    assert row[row["here"]]["at"].tolist() == [1]
    assert chosen_frame(mapped, (1, 1, 0), 0)["what"].tolist() == ["line", "line", "cell"]
