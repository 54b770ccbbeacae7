"""Many runs at once: their page, their charts, the names beside their lines."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.drawing.charts import family
from components.drawing.charts.ends import MARGIN, NAME_HEIGHT, PLOT_HEIGHT, apart
from components.drawing.charts.style import Style
from components.panels import family as panel
from components.settings.state.items import RATES_TRIED
from components.words.numbers import percent, whole
from models import ACTIVATIONS, train, train_together
from models.diagnostics import best, standing
from tests.components.page import Page

SIX = ["ReLU", "Sigmoid", "tanh", "Leaky ReLU", "Maxout", "ELU"]


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(compare="family", depth=3, width=6, networks=8, steps=200)


def table(page: Page) -> pd.DataFrame:
    """As it is shown, each name without the sign of its line."""
    (frame,) = page.app.dataframe
    return frame.value.assign(name=[name.split(" ", 1)[1] for name in frame.value["name"]])


def test_every_row_is_what_a_run_alone_would_give(page):
    rows = table(page)
    assert rows["name"].tolist() == SIX
    for (_, row), experiment in zip(rows.iterrows(), page.experiments, strict=True):
        one = standing(train(experiment))
        assert row.solved == round(100 * one.share)
        assert row.interval == f"{percent(one.low)} – {percent(one.high)}"
        assert row.ratio == pytest.approx(one.ratio, rel=1e-3)
        assert row.shrink == pytest.approx(one.shrink, rel=1e-3)
        assert row.parameters == experiment.parameter_count
        assert row.rate == experiment.learning_rate
        assert row.time > 0
        assert pd.isna(row.steps) if np.isinf(one.steps) else row.steps == one.steps


def test_the_verdict_names_who_solves_most_and_who_never(page):
    standings = dict(zip(SIX, map(standing, train_together(page.experiments)), strict=True))
    most = max(one.solved for one in standings.values())
    done = whole(page.experiments[0].steps)
    never = page.words("many.never_family", task="XOR", names="", steps=done).strip(" .")
    best_ones, _, rest = page.verdict.partition(never)
    assert f"{most} of 8" in best_ones
    for name, one in standings.items():
        assert (f" {name}" in best_ones) == (one.solved == most)
        assert (f"{name} (" in rest) == (one.solved == 0)


def test_charts_show_every_member(page):
    tables = page.tables()
    for name, names in (("standings", SIX), ("losses", SIX), ("gradients", SIX[::-1])):
        assert tables[name].arm.drop_duplicates().tolist() == names
    histories = train_together(page.experiments)
    for arm, history in zip(SIX, histories, strict=True):
        losses = tables["losses"][tables["losses"].arm == arm]
        np.testing.assert_allclose(losses.middle.iloc[-1], np.median(history.loss[-1]), rtol=1e-3)
        gradients = tables["gradients"][tables["gradients"].arm == arm]
        norms = np.median(history.weight_gradient_norm[0], axis=1)
        np.testing.assert_allclose(gradients.norm, norms, rtol=1e-5)


def test_at_its_best_rate_each_member_stands_beside_itself_at_the_labs():
    page = Page(
        compare="family", rates="best", members="maxout,elu", depth=3, width=6, networks=8,
        steps=200,
    )  # fmt: skip
    experiments = page.experiments
    rates = {0.1, *RATES_TRIED}
    assert len(experiments) == 3 * len(rates)
    histories = train_together(experiments)
    rows = table(page)
    for name in ("relu", "maxout", "elu"):
        runs = [h for h in histories if h.experiment.activation == name]
        assert {h.experiment.learning_rate for h in runs} == rates
        winner = best(runs).experiment.learning_rate
        shown = rows[rows["name"] == ACTIVATIONS[name].label].rate.tolist()
        assert shown == ([0.1] if winner == 0.1 else [0.1, winner])
        point = page.tables()["standings"].set_index("arm").loc[ACTIVATIONS[name].label]
        assert point.rate == f"{winner:g}"
        assert point.share == best(runs).solved.mean()


CURED = [
    "Sigmoid", "ReLU", "He normal", "Adam, rate 0.01", "batch norm", "layer norm", "skip",
    "batch norm + skip", "clip 1", "depth 2",
]  # fmt: skip


def test_a_network_in_trouble_stands_beside_each_remedy():
    page = Page(compare="cures", activation="sigmoid", depth=5, width=6, networks=8, steps=200)
    experiments, rows, chart = page.experiments, table(page), page.tables()["gradients"]
    assert rows["name"].tolist() == CURED
    assert {"ratio", "ratio_end", "time"} <= {*rows} and "shrink" not in rows
    norms = {}
    for (_, row), name, experiment in zip(rows.iterrows(), CURED, experiments, strict=True):
        alone = train(experiment)
        assert row.rate == experiment.learning_rate
        assert row.solved == round(100 * alone.solved.mean())
        for figure, place in (("ratio", 0), ("ratio_end", -1)):
            if place and alone.solved.mean() < 0.5:
                assert pd.isna(row[figure]), "it says nothing where nothing is learned"
                continue
            ends = alone.weight_gradient_norm[place][[0, -1]]
            ratio = np.median(np.divide(*ends[:, ends[1] > 0]))  # of those that are not dead
            assert row[figure] == pytest.approx(ratio, rel=1e-3), (name, figure)
        norms[name] = np.median(alone.weight_gradient_norm[0], axis=1)
        drawn = "Sigmoid" if name in ("Adam, rate 0.01", "clip 1") else name
        np.testing.assert_allclose(chart[chart.arm == drawn].norm, norms[name], rtol=1e-4)
    assert set(chart.arm) == {*CURED} - {"Adam, rate 0.01", "clip 1"}, "one line for one gradient"
    captions = " ".join(caption.value for caption in page.app.caption)
    said = page.words("cures.one_gradient", name="Sigmoid", names="Adam, rate 0.01 · clip 1")
    alike = [name for name in CURED if np.array_equal(norms[name], norms["Sigmoid"])]
    assert alike == ["Sigmoid", "Adam, rate 0.01", "clip 1"]
    assert said in captions
    assert page.words("cures.other_weights", names="He normal · depth 2") in captions
    assert (
        f"{page.words('many.each_rate')} {page.words('many.most_cures', **most(rows))}"
        in page.verdict
    )


def test_in_large_type_the_table_leaves_the_time_out():
    page = Page(compare="cures", activation="sigmoid", depth=3, width=4, networks=4, steps=50,
                size="large")  # fmt: skip
    rows = table(page)
    assert "time" not in rows and {"interval", "rate", "ratio_end"} <= {*rows}


def most(rows: pd.DataFrame) -> dict[str, object]:
    """Who solves it most often, as the verdict says it."""
    solved = (rows.solved * 8 / 100).round().astype(int)
    names = ", ".join(rows["name"][solved == solved.max()])
    return {"task": "XOR", "names": names, "solved": solved.max(), "count": 8}


def test_a_line_has_the_names_of_all_that_it_is_drawn_for():
    called = ("Sigmoid", "batch norm + skip", "clip 1")
    style = Style("en", False, ("sigmoid",) * 3, called, same=(0, 1, 0))
    assert style.marks[0] == style.marks[2] != style.marks[1]
    assert style.colors[0] == style.colors[2] != style.colors[1]
    lines = pd.DataFrame({"arm": called[:2], "layer": [2, 1], "log": [-3.0, -1.0]})
    names = family.name_frame(lines, "layer", "log", -4.0, 0.0, style)
    names = names.sort_values("level", ascending=False)
    assert names.text.tolist() == ["batch norm", "+ skip", "Sigmoid", "= clip 1"]
    assert names["first"].tolist() == [True, False, True, False]


def test_lines_of_one_colour_are_dashed_apart():
    style = Style("en", False, ("sigmoid", "relu", *["sigmoid"] * 8))
    lines = [*zip(style.colors, map(tuple, style.dashes), strict=True)]
    assert len(set(lines)) == len(lines)
    assert lines[0][1] == lines[1][1], "the owners' are solid"


def test_a_step_is_timed_only_once_training_is_over(page, monkeypatch):
    histories = train_together(page.experiments)
    timed = []
    monkeypatch.setattr(
        panel, "seconds_per_step", lambda runs: timed.append(runs) or list(range(len(runs)))
    )
    going_on = replace(histories[0], experiment=replace(histories[0].experiment, steps=1_000))
    assert panel._times([going_on, *histories[1:]]) == [None] * len(SIX)
    assert timed == []
    assert panel._times(histories) == pytest.approx([1e6 * place / 8 for place in range(6)])
    assert timed == [page.experiments], "all at one moment"


@pytest.mark.parametrize("link", [
    {"depth": 0}, {"init": "zeros"}, {"networks": 1}, {"learning_rate": "10", "depth": 5},
    {"members": ""}, {"members": "relu"}, {"members": "mish,selu,gelu,identity,silu,softplus"},
])  # fmt: skip
def test_odd_families_are_shown(link):
    page = Page(compare="family", **{"depth": 2, "width": 3} | link)
    assert not page.errors
    assert len(table(page)) == len(page.experiments)
    assert page.verdict


levels = st.lists(st.floats(-2, 3), min_size=1, max_size=12)


@settings(max_examples=300)
@given(levels)
def test_names_beside_lines_stand_apart_inside_and_in_order(values):
    values = np.clip(values, 0, 1)
    pixels = apart(values, 0.0, 1.0) * PLOT_HEIGHT
    order = np.argsort(values, kind="stable")
    assert (np.diff(pixels[order]) >= NAME_HEIGHT - 1e-6).all()
    assert pixels.min() >= MARGIN - 1e-6
    assert pixels.max() <= PLOT_HEIGHT - MARGIN + 1e-6


def test_names_that_do_not_meet_stand_at_their_lines():
    assert apart([0.9, 0.1, 0.5], 0.0, 1.0) == pytest.approx([0.9, 0.1, 0.5])
    pair = apart([0.5, 0.5], 0.0, 1.0)
    assert pair.mean() == pytest.approx(0.5)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_charts_are_valid(language, dark):
    style = Style(language, dark, ("sigmoid", "relu", "maxout"))
    for chart in (
        family.share_chart(style, "XOR"),
        family.losses_chart(style),
        family.gradients_chart(style, -8.0, 0.0),
    ):
        assert chart.to_dict()["layer"]
