"""The charts: their tables hold the history's figures, and their drawings use just those tables."""

import ast
import colorsys
import itertools
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
import pytest
import torch

from components.drawing.charts import activation, chain, gradient, loss
from components.drawing.charts.ends import NAME_HEIGHT, broken_name
from components.drawing.charts.style import LINEAR_STEPS, Style, power_of_ten_labels
from components.drawing.theory import expected
from components.words.text import LANGUAGES, Text, text
from models import ACTIVATIONS, Experiment, train
from models.history import recorded_steps
from models.predicted import predicted_gradient
from models.recorder import frame_density
from tests.components.histories import made
from tests.models.reference import activation_module

STYLE = Style("en", False, ("relu", "sigmoid"))
STYLES = [
    Style(language, dark, arms)
    for language in LANGUAGES
    for dark in (False, True)
    for arms in (("relu", "sigmoid"), ("maxout",))
]


def look(runs: list) -> Style:
    """The style of a page that shows these histories or experiments."""
    experiments = [getattr(run, "experiment", run) for run in runs]
    return Style("en", False, tuple(experiment.activation for experiment in experiments))


def pair(**changes) -> list:
    """Two histories of random figures: ReLU's and sigmoid's."""
    experiment = Experiment(**({"activation": "relu", "depth": 3, "networks": 9} | changes))
    steps = [0, 1, 2, 5, 10]
    return [made(e, steps) for e in (experiment, experiment.with_activation("sigmoid"))]


def tables(histories: list) -> dict[str, dict[str, pd.DataFrame]]:
    """Every chart's tables by chart."""
    networks = [0] * len(histories)
    drawn = activation.curve_frame([history.experiment for history in histories], look(histories))
    curves = {
        f"loss {scale}": {
            "curves": loss.curve_frame(histories, networks, scale, look(histories)),
            "plateaus": loss.plateau_frame(histories, networks, STYLE),
            "steps": gradient.step_frame(histories),
        }
        for scale in loss.SCALES
    }
    return curves | {
        "activation": {"functions": drawn, "names": activation.name_frame(drawn)},
        "fallen": {"fallen": activation.pre_activation_frame(histories, look(histories))},
        "gradient": {
            "summary": gradient.summary_frame(histories, look(histories)),
            "single": gradient.single_frame(histories, networks, look(histories)),
            "theory": gradient.theory_frame(histories, look(histories)),
            "steps": gradient.step_frame(histories),
        },
    }


def charts(style: Style) -> dict[str, alt.TopLevelMixin]:
    """Every chart by the same names."""
    return {
        f"loss {scale}": loss.loss_chart(style, scale, usual=False) for scale in loss.SCALES
    } | {
        "loss linear": loss.loss_chart(style, "linear", usual=True),
        "activation": activation.curve_chart(style),
        "fallen": activation.pre_activation_chart(style),
        "gradient": gradient.gradient_chart(style),
    }


def layers(spec: dict, data: str | None = None, computed: frozenset = frozenset()):
    """Each drawn layer of a spec: its table, its encoding, the columns its transforms add."""
    data = spec.get("data", {}).get("name", data)
    added = {t["as"] for t in spec.get("transform", []) if "calculate" in t}
    computed |= added
    if "layer" in spec:
        for layer in spec["layer"]:
            yield from layers(layer, data, computed)
    else:
        yield data, spec["encoding"], computed


def fields(encoding: dict) -> set[str]:
    channels = itertools.chain.from_iterable(
        channel if isinstance(channel, list) else [channel] for channel in encoding.values()
    )
    return {channel["field"] for channel in channels if "field" in channel}


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_specs_are_valid_and_draw_columns_that_exist(style):
    given = tables(pair())
    for name, chart in charts(style).items():
        spec = chart.to_dict()  # Altair validates it against Vega-Lite's schema
        drawn = list(layers(spec))
        assert {data for data, _, _ in drawn} <= given[name].keys(), name
        for data, encoding, computed in drawn:
            missing = fields(encoding) - set(given[name][data].columns) - computed
            assert not missing, f"{name}: {data} has no {missing}"


@pytest.mark.parametrize("name", charts(STYLE))
def test_every_table_that_is_sent_is_drawn(name):
    drawn = {data for data, _, _ in layers(charts(STYLE)[name].to_dict())}
    sent = tables(pair())[name].keys()
    assert drawn == (sent - {"plateaus"} if name == "loss accuracy" else sent)


LITERAL = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
HOSTILE = " 'a' \"b\" \\"


def expressions(spec: object):
    """Every Vega expression in a spec."""
    if isinstance(spec, list):
        for part in spec:
            yield from expressions(part)
    elif isinstance(spec, dict):
        for key, value in spec.items():
            if key in ("calculate", "filter", "labelExpr", "expr", "test") and value is not None:
                yield value
            yield from expressions(value)


SPOKEN = {
    "activation": ["activation", "value"],
    "fallen": ["z", "activation", "share"],
    "loss linear": ["step", "loss", "activation", "view"],
    "loss accuracy": ["step", "accuracy", "view"],
    "gradient": [
        *("layer", "gradient", "slider", "layer_short", "median", "step"),
        *("theory.name", "theory.measured", "theory.caveats"),
    ],
}


def said(spec: object) -> set[str]:
    """All that a chart says itself: titles, the name of its slider, texts in its expressions."""
    if isinstance(spec, list):
        return set().union(*map(said, spec))
    if not isinstance(spec, dict):
        return set()
    own = {value for key, value in spec.items() if key == "title" and value}
    if "bind" in spec:
        own.add(spec["bind"]["name"])
    for key in {"calculate", "labelExpr"} & spec.keys():
        own |= {ast.literal_eval(literal).strip() for literal in LITERAL.findall(spec[key])}
    return own | said(list(spec.values()))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SPOKEN)
def test_charts_speak_the_language(name, language):
    style = Style(language, False, ("relu", "sigmoid"))
    spoken = said(charts(style)[name].to_dict())
    for title in SPOKEN[name]:
        key = title if "." in title else f"charts.{title}"
        own, foreign = (text(each)(key) for each in (language, other(language)))
        assert own in spoken, title
        assert foreign not in spoken, title


def other(language: str) -> str:
    """The language that is not looked at."""
    return next(each for each in LANGUAGES if each != language)


@pytest.mark.parametrize("name", [*charts(STYLE), "product"])
def test_a_sentence_may_hold_quotes_and_backslashes(name, monkeypatch):
    """An expression, cut into its literals: nothing of a sentence is left outside of them."""
    say = Text.__call__
    monkeypatch.setattr(Text, "__call__", lambda *key, **values: say(*key, **values) + HOSTILE)
    drawn = chain.product_chart(STYLE) if name == "product" else charts(STYLE)[name]
    found = list(expressions(drawn.to_dict()))
    for expression in found:
        assert not re.search(r"""['"\\]|\b[ab]\b""", LITERAL.sub("", expression)), expression
    said = [ast.literal_eval(each) for e in found for each in LITERAL.findall(e)]
    spoken = any(HOSTILE in each for each in said)
    assert spoken == (name in ("gradient", "product")), "these put sentences into expressions"


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_curves_are_the_function_and_its_derivative(name):
    experiment = Experiment(activation=name)
    frame = activation.curve_frame([experiment], look([experiment]))
    assert set(frame.arm) == {ACTIVATIONS[name].label}
    assert set(frame.second) == ({1.0, -1.0} if name == "maxout" else {0.0})
    for second, part in frame.groupby("second"):
        z = torch.tensor(part[part.line == "f"].z.to_numpy(), requires_grad=True)
        points = z[:, None]
        if name == "maxout":
            points = torch.cat([points, torch.full_like(points, second)], dim=1)
        value = activation_module(experiment)(points)[:, 0]
        np.testing.assert_allclose(
            part[part.line == "f"].value, value.detach().numpy(), rtol=1e-12, atol=1e-15
        )
        (expected,) = torch.autograd.grad(value.sum(), z)
        slopes = part[part.line == "slope"].set_index("z").value
        smooth = [
            (at, slope)
            for at, slope in zip(z.tolist(), expected.tolist(), strict=True)
            if abs(at - second) > 1e-9  # at a kink there is no derivative to compare with
        ]
        for at, slope in smooth:
            assert slopes[at] == pytest.approx(slope, rel=1e-9, abs=1e-12)
        assert len(smooth) > 60


def test_maxout_is_drawn_as_no_function_of_one_variable():
    pair = [Experiment(activation=name) for name in ("maxout", "relu")]
    frame = activation.curve_frame(pair, look(pair)).query("line == 'f'")
    relu = frame[frame.arm == "ReLU"].set_index("z").value
    for _, curve in frame[frame.arm == "Maxout"].groupby("second"):
        assert (curve.set_index("z").value - relu).abs().max() >= 1
    spec = activation.curve_chart(look(pair)).to_dict()
    (encoding,) = [encoding for data, encoding, _ in layers(spec) if data == "functions"]
    assert encoding["detail"]["field"] == "second", "its curves are lines of their own"


def test_every_arm_has_its_curves():
    pair = [Experiment(activation=name) for name in ("elu", "selu")]
    frame = activation.curve_frame(pair, look(pair))
    assert {*zip(frame.arm, frame.line, strict=True)} == {
        (arm, line) for arm in ("ELU", "SELU") for line in ("f", "slope")
    }


PLOT = 300.0, 147.0  # pixels of the plot on a screen of 1440 x 900, the steepest case


def boxes(names: pd.DataFrame) -> dict[str, tuple[float, float, float, float]]:
    """Left, top, right and bottom of each name in pixels; letters taken as wide as they come."""
    found = {}
    for row in names.itertuples():
        x, y = pixels(row.z, row.value)
        wide = 8.0 * len(row.name)
        top = {"beside": 2 + NAME_HEIGHT * row.row, "above": y - 17, "below": y + 5}[row.spot]
        left = x + 8 if row.spot == "beside" else x - wide
        found[row.name] = (left, top, left + wide, top + 13)
    return found


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Leaky ReLU", ["Leaky ReLU"]),
        ("batch norm + skip", ["batch norm", "+ skip"]),
        ("배치 정규화 + 스킵", ["배치 정규화", "+ 스킵"]),
        ("He normal, Adam, rate 0.01", ["He normal,", "Adam, rate 0.01"]),
    ],
)
def test_a_long_name_has_two_lines(name, lines):
    assert broken_name(name) == lines


def pixels(z: float, value: float) -> tuple[float, float]:
    """Where a point of the curves is drawn."""
    low, high = activation.SHOWN
    x = (z + activation.LIMIT) / (2 * activation.LIMIT) * PLOT[0]
    return x, (high - value) / (high - low) * PLOT[1]


SMALL = 106.0, 20.0  # pixels of a plot of the family's at 1280 x 720, and of its letters


@pytest.mark.parametrize("arm", ACTIVATIONS)
def test_a_function_alone_in_a_small_plot_keeps_its_two_names_apart(arm):
    alone = [Experiment(activation=arm)]
    names = activation.name_frame(activation.curve_frame(alone, look(alone)))
    (low, high), (height, letters) = activation.SHOWN, SMALL
    tops = []
    for row in names.itertuples():
        y = (high - row.value) / (high - low) * height
        tops.append({"beside": 2, "above": y - 4 - letters, "below": y + 5}[row.spot])
    assert abs(tops[0] - tops[1]) >= letters


@pytest.mark.parametrize(
    "arms", [*((a,) for a in ACTIVATIONS), *itertools.combinations(ACTIVATIONS, 2)]
)
def test_each_line_is_named_where_it_ends_and_no_name_covers_anything(arms):
    experiments = [Experiment(activation=arm) for arm in arms]
    curves = activation.curve_frame(experiments, look(experiments))
    names = activation.name_frame(curves)
    labels = [ACTIVATIONS[arm].label for arm in arms]
    assert sorted(names.name) == sorted(f"{label}{dash}" for label in labels for dash in ("", "′"))
    placed = boxes(names)
    for (one, a), (other, b) in itertools.combinations(placed.items(), 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{one} and {other} overlap"
    points = [pixels(z, value) for z, value in zip(curves.z, curves.value, strict=True)]
    for name, (left, top, right, bottom) in placed.items():
        assert min(left, top) >= 0, name
        assert (right <= PLOT[0], bottom <= PLOT[1]) == (True, True), name
        covered = [(x, y) for x, y in points if left < x < right and top < y < bottom]
        assert not covered, f"{name} covers a line"
    for row in names.itertuples():
        end = curves[curves.name == row.name].iloc[-1]
        assert row.value == end.value
        assert abs(row.z - end.z) < 0.6, "beside its own end"


def test_parameter_bends_the_curve():
    experiment = Experiment(activation="leaky_relu", activation_parameter=0.3)
    frame = activation.curve_frame([experiment], look([experiment]))
    at_minus_3 = frame[np.isclose(frame.z, -3)].set_index("line").value
    assert at_minus_3.to_dict() == pytest.approx({"f": -0.9, "slope": 0.3})


def test_pre_activations_are_shares_and_the_tails_are_counted():
    experiment = Experiment(activation="tanh", depth=2, networks=3)
    edges = made(experiment, [0, 1]).pre_activation_edges
    counts = np.zeros((2, len(edges) + 1, 3), int)
    counts[0, np.searchsorted(edges, 0.1)] = [1, 2, 3]
    counts[1, 0] = 5  # below the lowest edge
    counts[1, -1] = 15  # above the highest
    histories = [made(experiment, [0, 1], pre_activation_counts=counts)]
    frame = activation.pre_activation_frame(histories, look(histories))
    start = frame[(frame.when == "start") & (frame.share > 0)]
    assert start[["low", "high", "share"]].to_numpy().tolist() == [[0, 0.25, 1]]
    end = frame[(frame.when == "end") & (frame.share > 0)]
    assert end[["low", "high", "share"]].to_numpy().tolist() == [
        [-activation.LIMIT, -activation.LIMIT + 0.25, 0.25],
        [activation.LIMIT - 0.25, activation.LIMIT, 0.75],
    ]


def test_loss_curves_are_numpys_quantiles():
    histories = pair()
    histories[0].loss[:, [2, 5]] = np.nan  # two networks diverged
    frame = loss.curve_frame(histories, [3, 4], "linear", look(histories))
    for history, network in zip(histories, (3, 4), strict=True):
        part = frame[frame.arm == history.experiment.phi.label]
        assert part.step.tolist() == history.steps.tolist()
        for column, share in {"low": 0.25, "middle": 0.5, "high": 0.75}.items():
            # A diverged network is worse than any other; what is beyond the frame is cut off.
            ranked = np.where(np.isnan(history.loss), 1e9, history.loss)
            expected = np.quantile(ranked, share, axis=1).clip(max=100 * loss.LARGEST_LOSS)
            np.testing.assert_allclose(part[column], expected, rtol=1e-12)
        assert part["view"].tolist() == history.loss[:, network].tolist()


def test_log_scale_leaves_out_what_it_cannot_show():
    histories = pair()
    histories[0].loss[-1] = 0
    linear = loss.curve_frame(histories, [0, 0], "linear", look(histories))
    frame = loss.curve_frame(histories, [0, 0], "log", look(histories))
    columns = ["low", "middle", "high", "view"]
    assert (frame[columns] > 0).all(axis=None)
    kept = linear[linear.step < 10][columns]
    assert kept.index.size == 8, "the start is there as well"
    pd.testing.assert_frame_equal(frame[frame.step < 10][columns], kept)


def step_channels(spec: dict) -> list[dict]:
    """How each layer that has steps puts them from left to right."""
    channels = [encoding.get("x", {}) for _, encoding, _ in layers(spec)]
    return [channel for channel in channels if channel.get("field") == "step"]


@pytest.mark.parametrize("scale", loss.SCALES)
def test_steps_are_spread_as_in_the_replay(scale):
    """Early steps take most of the axis; the replay's strip shows a run's kept steps evenly."""
    spec = loss.loss_chart(STYLE, scale, usual=True).to_dict()
    assert len(step_channels(spec)) >= 3
    for channel in step_channels(spec):
        assert channel["scale"] == {"constant": LINEAR_STEPS, "nice": False, "type": "symlog"}
    for steps in (100, 1_000, 200_000):
        kept = np.array(recorded_steps(steps, frame_density(Experiment(steps=steps))))
        drawn = np.log1p(kept / LINEAR_STEPS) / np.log1p(steps / LINEAR_STEPS)
        np.testing.assert_allclose(drawn, np.linspace(0, 1, len(kept)), atol=0.06)


def test_steps_are_numbered_by_powers_of_ten():
    spec = loss.loss_chart(STYLE, "linear", usual=True).to_dict()
    ticks = step_channels(spec)[0]["axis"]
    assert ticks["values"] == [0, 1, 10, 100, 1_000, 10_000, 100_000]
    assert ticks["format"] == ",d"
    assert ticks["labelOverlap"] == "greedy"


def test_accuracy_is_the_mean_and_a_diverged_network_is_wrong():
    histories = pair(networks=2)
    histories[0].accuracy[:] = [1, np.nan]
    frame = loss.curve_frame(histories, [0, 1], "accuracy", look(histories))
    assert frame[frame.arm == "ReLU"].middle.tolist() == [0.5] * 5
    sigmoid = frame[frame.arm == "Sigmoid"]
    np.testing.assert_allclose(sigmoid.middle, histories[1].accuracy.mean(axis=1))
    assert sigmoid["view"].tolist() == histories[1].accuracy[:, 1].tolist()


def sat_on(history, network: int, style: Style = STYLE) -> pd.DataFrame:
    """The plateaus that are drawn."""
    frame = loss.plateau_frame([history], [network], style)
    return frame[frame.seen]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dead_sigmoid_run_names_ln_2(language):
    style = Style(language, False, ("sigmoid",))
    history = train(Experiment(activation="sigmoid", depth=6, steps=200, networks=3))
    frame = sat_on(history, 0, style)
    assert frame.height.tolist() == pytest.approx([np.log(2)])
    assert frame.label.tolist() == [style.words("plateaus.constant", height="0.6931")]


def test_a_run_that_only_passes_a_height_has_no_plateau():
    falling = np.repeat(np.linspace(2, 0, 101)[:, None], 4, axis=1)
    assert sat_on(made(Experiment(networks=4), range(101), loss=falling), 0).empty


def test_the_network_in_view_names_its_own_plateau():
    solved = np.full((101, 5), 0.01)
    solved[:, 3] = np.log(2) / 2  # two points told apart, for good
    history = made(Experiment(networks=5), range(101), loss=solved)
    assert sat_on(history, 0).empty
    assert sat_on(history, 3).height.tolist() == pytest.approx([0.3465736])


def test_each_run_rests_on_its_own_losss_plateaus():
    level = np.full((101, 2), 0.25)
    histories = [
        made(Experiment(networks=2, output=output), range(101), loss=level)
        for output in ("sigmoid", "squared")
    ]
    frame = loss.plateau_frame(histories, [0, 0], STYLE)
    assert len(frame) == 6, "three of each"
    assert frame[frame.seen].height.tolist() == [0.25]


@pytest.mark.parametrize(
    ("high", "usual"), [(0, True), (1, True), (50, False), (101, False)], ids=str
)
def test_the_usual_axis_is_left_when_the_median_lies_beyond_it(high, usual):
    """A first jump may be cut off, a run that stays high may not."""
    values = np.full((101, 5), 0.5)
    values[:high] = 3.0
    values[:, 0] = 9.0  # one network is not the median
    assert loss.is_usual([made(Experiment(networks=5), range(101), loss=values)]) is usual


@pytest.mark.parametrize("end", [np.nan, np.inf])
def test_a_run_without_a_finite_end_does_not_press_the_other_one_flat(end):
    learns, lost, high = np.full((101, 2), 0.5), np.full((101, 2), 8.0), np.full((101, 2), 8.0)
    lost[5:] = end
    learns, lost, high = (
        made(Experiment(networks=2), range(101), loss=values) for values in (learns, lost, high)
    )
    assert loss.is_usual([learns, lost])
    assert loss.is_usual([lost, learns])
    assert not loss.is_usual([learns, high]), "a finite end is shown"
    assert not loss.is_usual([lost]), "alone it has the axis to itself"


def test_a_usual_axis_ends_where_it_says():
    spec = loss.loss_chart(STYLE, "linear", usual=True).to_dict()
    assert heights(spec) == [[0, loss.USUAL_LOSS]] * 7
    wide = loss.loss_chart(STYLE, "linear", usual=False).to_dict()
    assert heights(wide) == [[0, loss.LARGEST_LOSS]] * 7


def heights(spec: dict) -> list:
    """The vertical domains of all layers but the names beside the plot and the step's line."""
    channels = [encoding.get("y", {}) for _, encoding, _ in layers(spec)]
    return [channel["scale"]["domain"] for channel in channels if "field" in channel]


def log10(norms: np.ndarray) -> np.ndarray:
    """log10, NaN for an exact zero."""
    return np.log10(norms, where=norms > 0, out=np.full(norms.shape, np.nan))


@pytest.mark.filterwarnings("ignore:All-NaN slice")
def test_gradient_columns_are_log_quantiles_and_zeros_are_empty():
    histories = pair(networks=12, dtype="float64")
    histories[1].weight_gradient_norm[2, 1] = 0
    histories[1].weight_gradient_norm[4, 3, :7] = 0
    histories[1].weight_gradient_norm[3, 2] = 1e-120  # float32 would make it 0
    frame = gradient.summary_frame(histories, look(histories))
    for history in histories:
        part = frame[frame.arm == history.experiment.phi.label].sort_values("layer")
        assert part.layer.tolist() == [1, 2, 3, 4]
        for name, share in {"a": 0.25, "m": 0.5, "b": 0.75}.items():
            logs = np.nanquantile(log10(history.weight_gradient_norm), share, axis=2)
            for t in range(len(history.steps)):
                np.testing.assert_allclose(part[f"{name}{t}"], logs[t], rtol=1e-6, atol=1e-6)
    sigmoid = frame[frame.arm == "Sigmoid"].set_index("layer")
    assert np.isnan(sigmoid.m2[2]), "all networks are zero here"
    assert np.isfinite(sigmoid.m4[4]), "here only some are"
    assert sigmoid.m3[3] == pytest.approx(-120)
    assert (frame["last"] == 4).all()


def test_a_gradient_that_falls_below_what_its_numbers_hold_is_not_drawn():
    begun, fallen = pair()
    begun.weight_gradient_norm[:, 2] = 1e-50  # so small from the start: that is what is to be seen
    fallen.weight_gradient_norm[4, 2] = 1e-50
    frame = gradient.summary_frame([begun, fallen], look([begun, fallen])).set_index("layer")
    assert frame[frame.arm == "ReLU"].m4[3] == pytest.approx(-50)
    assert np.isnan(frame[frame.arm == "Sigmoid"].m4[3])
    assert np.isfinite(frame[frame.arm == "Sigmoid"].m3[3])
    assert [*map(gradient.is_cut, (begun, fallen))] == [False, True]


def test_gradient_axis_stands_still_and_holds_every_step():
    histories = pair()
    frame = gradient.summary_frame(histories, look(histories))
    values = frame[[c for c in frame if re.fullmatch(r"[mab]\d+", c)]].to_numpy()
    assert frame.floor.nunique() == frame.ceiling.nunique() == 1
    assert frame.floor[0] <= values.min()
    assert frame.ceiling[0] >= values.max()
    assert frame.floor[0] > values.min() - 1.001
    assert frame.ceiling[0] < values.max() + 1.001


def test_gradient_that_is_zero_everywhere_still_has_an_axis():
    history = made(Experiment(networks=2), [0, 1], weight_gradient_norm=np.zeros((2, 10, 2)))
    frame = gradient.summary_frame([history], look([history]))
    assert frame[["m0", "m1", "a0", "b1"]].isna().all(axis=None)
    assert np.isfinite([*frame.floor, *frame.ceiling]).all()
    assert (frame.floor < frame.ceiling).all()


def test_single_networks_are_themselves_and_hold_the_one_in_view():
    histories = pair(networks=40)
    histories[0].weight_gradient_norm[1, 2, 30] = 0
    frame = gradient.single_frame(histories, [30, 2], look(histories))
    for history, in_view in zip(histories, (30, 2), strict=True):
        part = frame[frame.arm == history.experiment.phi.label]
        assert set(part[part["view"]].network) == {in_view}
        assert set(part.network) == {in_view, *range(gradient.SINGLE_NETWORKS)}
        for row in part.itertuples():
            norms = history.weight_gradient_norm[:, row.layer - 1, row.network]
            drawn = [getattr(row, f"v{t}") for t in range(5)]
            np.testing.assert_allclose(drawn, log10(norms), rtol=1e-6, atol=1e-6)


def test_single_networks_stay_few_where_the_run_is_large():
    experiment = Experiment(activation="relu", depth=50, networks=256)
    steps = list(range(420))  # what 200,000 steps leave
    norms = np.full((len(steps), 51, 256), 1e-3)
    histories = [
        made(e, steps, weight_gradient_norm=norms)
        for e in (experiment, experiment.with_activation("sigmoid"))
    ]
    frame = gradient.single_frame(histories, [255, 100], look(histories))
    assert set(frame[frame["view"]].network) == {255, 100}
    assert frame.memory_usage().sum() < 600_000


def test_the_theory_has_the_predicted_profile_and_ends_at_the_measured_median():
    histories = pair(depth=6, networks=9)
    histories[1].weight_gradient_norm[0, -1] = np.arange(1, 10) * 1e-3
    frame = gradient.theory_frame(histories, look(histories))
    for history in histories:
        part = frame[frame.arm == history.experiment.phi.label]
        assert part.layer.tolist() == [1, 2, 3, 4, 5, 6, 7]
        medians = np.median(history.weight_gradient_norm[0], axis=1)
        expected_norms = predicted_gradient(history.experiment) * medians[-1]
        np.testing.assert_allclose(part.norm, expected_norms, rtol=1e-9)
        np.testing.assert_allclose(part.log, np.log10(expected_norms), rtol=1e-9)
        np.testing.assert_allclose(part.measured, medians, rtol=1e-9)
    assert frame[frame.arm == "Sigmoid"].norm.iloc[-1] == pytest.approx(5e-3)
    assert frame["first"].sum() == 1, "the lines are named once"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_theory_says_where_it_may_be_off(language):
    style = Style(language, False, ("tanh",))
    narrow = made(Experiment(activation="tanh", depth=2, init="lecture"), [0, 1])
    words = style.words
    reasons = [words(f"theory.{name}", width=10) for name in ("narrow", "uniform_first_layer")]
    assert set(gradient.theory_frame([narrow], style).caveats) == {", ".join(reasons)}
    wide = made(Experiment(activation="tanh", depth=2, width=64, init="lecun_normal"), [0, 1])
    assert set(gradient.theory_frame([wide], style).caveats) == {"–"}


@pytest.mark.parametrize(
    "changes", [{"init": "zeros"}, {"depth": 0}, {"output": "linear"}], ids=str
)
def test_where_nothing_is_predicted_there_is_no_theory(changes):
    history = made(Experiment(**changes), [0, 1])
    frame = gradient.theory_frame([history], look([history]))
    assert frame.empty
    assert {"arm", "layer", "log", "caveats", "first"} <= set(frame)
    both = [history, made(Experiment(activation="tanh"), [0, 1])]
    assert set(gradient.theory_frame(both, look(both)).arm) == {"tanh"}


def test_the_axis_has_room_for_the_theory():
    experiment = Experiment(activation="sigmoid", depth=20, width=64, init="xavier_normal")
    norms = np.ones((2, 21, experiment.networks))
    history = made(experiment, [0, 1], weight_gradient_norm=norms)
    lowest = gradient.theory_frame([history], look([history])).log.min()
    assert lowest < -8
    assert gradient.summary_frame([history], look([history])).floor[0] <= lowest


def test_the_theory_is_of_the_start_and_drawn_only_there():
    def theory(spec: dict) -> list[dict]:
        named = spec.get("data", {}).get("name") == "theory"
        inner = [layer for part in spec.get("layer", []) for layer in theory(part)]
        return [spec] if named else inner

    found = theory(gradient.gradient_chart(STYLE).to_dict())
    assert len(found) == 4, "line, its targets, its name and the name's halo"
    for layer in found:
        assert layer["transform"][0]["filter"] == f"{gradient.PLACE} == 0"


def test_what_theory_expects_is_computed_once_for_all_seeds():
    experiment = Experiment(activation="tanh", depth=3, width=7)
    other_seed = replace(experiment, seed=5, networks=3, steps=10, learning_rate=0.5)
    assert expected(experiment) is expected(other_seed)
    for changes in ({"depth": 4}, {"width": 8}, {"init": "lab"}, {"activation": "elu"}):
        assert expected(replace(experiment, **changes)) is not expected(experiment)
    leaky = Experiment(activation="leaky_relu", activation_parameter=0.5)
    assert expected(leaky).shrink != expected(replace(leaky, activation_parameter=0.1)).shrink


def test_the_slider_knows_its_steps():
    histories = pair()
    frame = gradient.step_frame(histories)
    assert frame.place.tolist() == [0, 1, 2, 3, 4]
    assert frame.step.tolist() == histories[0].steps.tolist()
    assert (frame["last"] == 4).all()


PAIRS = list(itertools.permutations(ACTIVATIONS, 2))


@pytest.mark.parametrize("dark", [False, True])
def test_two_activations_never_share_a_colour(dark):
    same = [arms for arms in PAIRS if len({*Style("en", dark, arms).colors}) < 2]
    assert same == []


@pytest.mark.parametrize("dark", [False, True])
def test_an_activation_keeps_its_colour_whatever_it_is_compared_with(dark):
    """The lecture's six have a colour of their own; it does not depend on the other one."""
    for name in ("sigmoid", "tanh", "relu", "leaky_relu", "maxout", "elu"):
        alone = Style("en", dark, (name,)).colors[0]
        for other in ACTIVATIONS.keys() - {name}:
            assert Style("en", dark, (name, other)).colors[0] == alone, other
            assert Style("en", dark, (other, name)).colors[1] == alone, other


@pytest.mark.parametrize("dark", [False, True])
def test_lines_stand_out_from_the_page(dark):
    config = Path(__file__).parents[3] / ".streamlit" / "config.toml"
    theme = tomllib.loads(config.read_text())["theme"]["dark" if dark else "light"]
    for name in ACTIVATIONS:
        style = Style("en", dark, (name,))
        for color in (*style.colors, style.quiet):
            assert contrast(color, theme["backgroundColor"]) >= 3, name
        for ground in ("backgroundColor", "secondaryBackgroundColor"):
            assert contrast(style.inks[0], theme[ground]) >= 4.5, "read, not only seen"
        hues = [colorsys.rgb_to_hls(*_channels(each))[0] for each in (*style.inks, *style.colors)]
        assert abs(hues[0] - hues[1]) < 0.02, "its own colour, only deeper"


def _channels(color: str) -> list[float]:
    return [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def contrast(first: str, second: str) -> float:
    """WCAG's contrast ratio of two colours."""

    def luminance(color: str) -> float:
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(color)
        ]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_names_and_colours_reach_the_legend():
    scale = STYLE.color().to_dict()["scale"]
    assert scale["domain"] == ["ReLU", "Sigmoid"]
    assert scale["range"] == STYLE.colors


@pytest.mark.parametrize(
    ("value", "written"), [("-3", "10⁻³"), ("0", "10⁰"), ("12", "10¹²"), ("-40", "10⁻⁴⁰")]
)
def test_axis_writes_powers_of_ten_with_superscripts(value, written):
    """The Vega expression, carried out in Python: its replacements one after the other."""
    text = value.replace("-", "−")  # as Vega writes a minus
    for pattern, new in re.findall(r"(?:regexp\('(.)', 'g'\)|'−'), '(.)'\)", power_of_ten_labels()):
        text = text.replace(pattern or "−", new)
    assert "10" + text == written


def test_gradients_that_begin_beyond_all_others_are_drawn_and_later_ones_are_not():
    """At 50 layers of 128 they begin at 1e32; elsewhere one that grows so is on its way out."""
    style = Style("en", False, ("relu", "sigmoid"))
    norms = np.full((2, 3, 10, 4), 0.5)
    norms[0, 0] = 2e32
    norms[:, 1] = 1e30
    norms[0, 1], norms[0, 2] = 3e33, np.nan
    runs = [
        made(Experiment(activation=name, networks=4, steps=2), (0, 1, 2), weight_gradient_norm=each)
        for name, each in zip(style.activations, norms, strict=True)
    ]
    table = gradient.summary_frame(runs, style)
    relu, sigmoid = (table[table["arm"] == name] for name in style.names)
    np.testing.assert_allclose(relu["m0"], np.log10(2e32), rtol=1e-6)
    assert relu["m1"].isna().all(), "more than it began with"
    np.testing.assert_allclose(sigmoid["m0"], np.log10(0.5), rtol=1e-6)
    assert sigmoid["m1"].isna().all(), "a norm that grows so large squashes all others"
    assert gradient.has_lines(runs[:1])


def test_a_quarter_of_squared_error_need_not_be_four_equal_answers():
    """One point of four surely wrong costs as much: no plateau is named for that."""
    flat = Experiment("tanh", 1, output="sigmoid_squared", init="lab", gain=5.0, networks=32)
    history = train(flat)
    height = flat.plateaus["constant"]
    (network, *_) = np.flatnonzero(np.abs(history.loss[-1] - height) < 1e-3)
    frame = loss.plateau_frame([history], [network], STYLE)
    assert not frame[frame["height"] == height]["seen"].any()
    alike = train(Experiment(output="sigmoid_squared", networks=4))
    frame = loss.plateau_frame([alike], [0], STYLE)
    assert frame[frame["height"] == height]["seen"].all()
    assert not loss.in_nats([alike, train(Experiment(networks=4, steps=1))])
