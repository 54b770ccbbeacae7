"""Theory's edges on a map, against closed forms and what the papers and FACTS say."""

import math
from dataclasses import replace

import pytest

from models import INITIALIZERS, Experiment
from models.sweep import FIGURES, Sweep, parse_axis
from models.sweep.theory import THEORIES, predictions, theory_lines, why_no_theory
from models.theory import dead_probability


def sweep(*axes: str, **fields) -> Sweep:
    return Sweep(Experiment(**fields), tuple(map(parse_axis, axes)))


def line(name: str, *axes: str, figure: str = "solved", **fields) -> dict:
    """The points of the one line of this name."""
    (found,) = (each for each in theory_lines(sweep(*axes, **fields), figure) if each.name == name)
    return dict(found.points)


@pytest.mark.parametrize("depths", ["depth=0:12", "depth=3"])
def test_a_network_is_trainable_up_to_six_depth_scales(depths):
    points = line("trainable", depths, "init=pytorch,xavier_normal", activation="sigmoid")
    # The factors a layer sqrt(chi): .139 at ten layers of five, .2361 (Schoenholz et al. 2017).
    assert points["xavier_normal"] == pytest.approx(-6 / math.log(0.2361**2), rel=1e-3)
    assert points["pytorch"] == pytest.approx(-6 / math.log(0.139**2), rel=0.01)


def test_the_order_of_the_axes_does_not_matter_to_a_line():
    axes = ("depth=1:9", "gain=0.5:1.5/5")
    (one, *_), (other, *_) = (
        theory_lines(sweep(*order, activation="tanh"), "solved") for order in (axes, axes[::-1])
    )
    assert (one.along, one.across) == (other.along, other.across) == ("depth", "gain")
    assert one.points == other.points


@pytest.mark.parametrize(("name", "weights"), [("he", 2.0), ("xavier", 1.0)])
@pytest.mark.parametrize("init", sorted(set(INITIALIZERS) - {"zeros", "uniform01"}))
def test_at_hes_and_xaviers_gain_the_weights_have_their_variance(name, weights, init):
    gain = line(name, "gain=0.1:10/9", init=init, width=12, gain=3.0)[None]
    drawn = replace(Experiment(init=init, width=12), gain=gain).distribution
    assert 12 * drawn.variance(12, 12) == pytest.approx(weights, rel=1e-12)


def test_the_critical_gain_of_tanh_without_biases_is_where_the_weights_variance_is_one():
    points = line("critical", "gain=0.1:10/9", "width=3:48/5", activation="tanh")
    for width, gain in points.items():  # of U(-1, 1) n Var(W) is n / 3
        assert gain == pytest.approx(math.sqrt(3 / width), rel=1e-6)
    widths = line("critical", "depth=1:9", "width=1:16", activation="relu")
    assert set(widths.values()) == {6.0}
    biased = theory_lines(sweep("width=1:9", init="lab"), "solved")
    assert not biased, "biases that do not change with the width: no closed form"


def test_gain_says_nothing_of_depth_zero():
    points = line("he", "gain=0.1:10/9", "depth=0:2")
    assert math.isnan(points[0])
    assert points[1] == points[2] > 0


def test_half_of_all_inputs_are_dead_at_the_edge():
    points = line("dying", "width=1:6", "depth=1:50", figure="born_dead", activation="relu")
    for width, depth in points.items():
        below, above = (
            dead_probability([width] * round_(depth)) for round_ in (math.floor, math.ceil)
        )
        assert below <= 0.5 <= above
    widths = line("dying", "width=1:6", figure="born_dead", activation="relu", depth=10)
    width = widths[None]
    assert 1 - (1 - 2**-width) ** 10 == pytest.approx(0.5)


def test_a_relu_input_dies_as_lu_et_al_say():
    asked = sweep("depth=9:10", "width=5", activation="relu")
    (told,) = predictions(asked, "born_dead")
    assert told.name == "dying"
    assert told.values == pytest.approx((0.2485, 0.2720), abs=1e-4)
    # Of the networks all of whose points are dead there are fewer: .137 and .160.
    (one,) = predictions(asked, "born_dead", (1,))
    assert one.values == told.values[1:]


def test_a_sigmoids_quarter_and_what_the_weights_make_of_it():
    asked = sweep("depth=0:4", init="xavier_normal")
    factors = {each.name: each.values[-1] for each in predictions(asked, "factor")}
    assert factors == pytest.approx({"quarter": 0.25, "mean_field": 0.2361}, abs=1e-4)
    ratios = {each.name: each.values for each in predictions(asked, "ratio")}
    assert ratios["quarter"][1:] == pytest.approx([4.0**-depth for depth in range(1, 5)])
    assert math.isnan(ratios["quarter"][0])
    edge = line("quarter", "depth=0:4", figure="ratio")[None]
    assert 0.25**edge == pytest.approx(0.01)


def test_a_map_of_three_axes_has_a_line_for_each_value_of_the_third():
    asked = sweep("depth=1:9", "init=lecture,he_normal", "activation=sigmoid,tanh,relu")
    lines = theory_lines(asked, "solved")
    assert [dict(each.where)["activation"] for each in lines] == ["sigmoid", "tanh"], "not of ReLU"
    turned = theory_lines(asked, "solved", ("depth", "activation"))
    assert [dict(each.where)["init"] for each in turned] == ["lecture", "he_normal"]
    assert math.isnan(dict(turned[0].points)["relu"])


def test_networks_with_batch_norm_have_yangs_factor_and_no_depth_scale():
    axes = ("depth=1:9", "norm=none,batch,layer")
    assert math.isnan(line("trainable", *axes)["batch"])
    asked = sweep(*axes, activation="relu")
    told = {each.name: each.values[:3] for each in predictions(asked, "factor")}
    assert [math.isnan(value) for value in told["batch_norm"]] == [True, False, True]
    assert told["batch_norm"][1] > 1


@pytest.mark.parametrize(
    ("axes", "fields", "why"),
    [
        (("learning_rate=0.1:1/3", "optimizer=sgd,adam"), {}, "axes"),
        (("depth=1:9", "batch=2:4"), {"norm": "layer"}, "networks"),
        (("depth=1:9", "batch=2:4"), {"activation": "relu"}, "networks"),
        (("depth=1:9", "batch=2:4"), {}, ""),
    ],
)
def test_a_map_without_a_line_says_why(axes, fields, why):
    assert why_no_theory(sweep(*axes, **fields), "solved") == why


def test_every_theory_is_seen_on_some_map():
    seen = set()
    for activation in ("sigmoid", "relu"):
        for norm in ("none", "batch"):
            asked = sweep("depth=1:2", "gain=1,2", activation=activation, norm=norm)
            for figure in FIGURES:
                seen |= {each.name for each in theory_lines(asked, figure)}
    assert seen == set(THEORIES)
    assert {figure for each in THEORIES.values() for figure in each.figures} == set(FIGURES)
