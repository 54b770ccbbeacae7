"""One fate for each network: against networks made by hand, autograd, and what is known of runs."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from models import Experiment, train
from models.diagnostics import FATES, answer_off, fate_counts, fates, network_like, short_way
from models.optimizers import OPTIMIZERS
from models.outputs import OUTPUTS
from models.tasks import XOR
from tests.components.histories import made

STEPS = (0, 10, 50, 80, 90, 95, 100)
PLATEAUS = OUTPUTS["sigmoid"].plateaus(XOR)
FLAT = {name: [height] * len(STEPS) for name, height in PLATEAUS.items()}


def one(loss: list[float], right: float = 0.5, gradient: float = 1e-4, **fields) -> str:
    """The fate of a network with this loss, accuracy and gradient of each layer at the end."""
    dead = fields.pop("dead", False)
    experiment = Experiment(depth=2, networks=1, steps=STEPS[-1], **fields)
    table = np.array(loss, float)[:, None]
    history = made(
        experiment,
        STEPS,
        loss=table,
        accuracy=np.where(np.isnan(table), np.nan, right),
        weight_gradient_norm=np.full((len(STEPS), experiment.layers, 1), gradient),
        diverged=np.isnan(table[-1]),
        dead=np.full(table.shape, dead),
    )
    (fate,) = fates(history)
    assert fate_counts(history) == {fate: 1}
    return fate


@pytest.mark.parametrize("name", PLATEAUS)
def test_a_loss_that_stays_at_a_plateau_rests_there(name):
    height = PLATEAUS[name]
    assert one(FLAT[name]) == name
    assert one([1, 1, 1, 1, height, height, height]) == name, "the last tenth counts"
    assert one([1, 1, 1, 1, 1, height, height]) == "learning", "and all of it"
    for near, rests in ((0.004, True), (0.006, False)):
        for side in (-1, 1):
            loss = [height + side * near] * len(STEPS)
            assert (one(loss) == name) == rests


def test_who_only_passes_a_plateau_is_learning():
    height = PLATEAUS["constant"]
    assert one([1, 0.9, 0.8, 0.75, height + 0.02, height + 0.01, height]) == "learning"
    # A step of rate 0.1 lowers the loss by 0.1 * 3 * gradient^2, a hundred of them by 30 times it.
    still, moving = (0.9 * np.sqrt(0.005 / 30), 1.1 * np.sqrt(0.005 / 30))
    assert one(FLAT["constant"], gradient=still) == "constant"
    assert one(FLAT["constant"], gradient=moving) == "learning"
    assert one(FLAT["constant"], gradient=still, optimizer="momentum") == "learning"
    assert one(FLAT["constant"], gradient=moving, optimizer="adam") == "constant"


def test_the_order_in_which_fates_count():
    low, height = [0.1] * len(STEPS), FLAT["two_apart"]
    assert one(low, right=1) == "solved"
    assert one(low, right=0.75) == "learning"
    assert one(height, right=1) == "two_apart", "right by a hair"
    assert one(height, dead=True) == "dead"
    assert one(low, right=1, dead=True) == "solved"
    assert one([0.7, 0.7, *[np.nan] * 5], dead=True) == "diverged"


def autograd_dead(history, frame: int, network: int) -> bool:
    """Whether some hidden layer's pre-activations get no gradient at all, by autograd."""
    x, pre_activations = XOR.inputs.double(), []
    *hidden, (w, b) = history.parameters(frame, network)
    for weight, bias in hidden:
        z = x @ torch.as_tensor(weight.copy()) + torch.as_tensor(bias.copy())
        pre_activations.append(z.requires_grad_() if z.is_leaf else z)
        z.retain_grad()
        x = torch.relu(z)
    logits = (x @ torch.as_tensor(w.copy()) + torch.as_tensor(b.copy()))[:, 0]
    functional.binary_cross_entropy_with_logits(logits, XOR.labels.double()).backward()
    return any(not z.grad.any() for z in pre_activations)


def test_dead_is_what_autograd_says():
    experiment = Experiment(
        activation="relu", depth=5, width=3, networks=8, steps=500, dtype="float64", seed=4
    )
    history = train(experiment)
    for frame in (0, -1):
        logged = np.flatnonzero(history.steps == history.frame_steps[frame])[0]
        expected = [autograd_dead(history, frame, network) for network in range(8)]
        assert history.dead[logged].tolist() == expected
    assert 0 < history.dead[-1].sum() < 8


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {"constant": 64}),  # nine sigmoid layers
        ({"activation": "relu", "learning_rate": 5.0, "depth": 3}, {"dead": 64}),
        ({"activation": "maxout"}, {"diverged": 64}),
        ({"activation": "maxout", "learning_rate": 0.001}, {"solved": 64}),
        ({"depth": 0}, {"constant": 64}),
    ],
    ids=str,
)
def test_what_becomes_of_runs_that_are_known(fields, expected):
    assert fate_counts(train(Experiment(**fields))) == expected


def test_every_network_has_one_fate():
    history = train(Experiment(activation="elu", networks=48))
    counts = fate_counts(history)
    assert sum(counts.values()) == 48
    assert counts["solved"] == history.solved.sum()
    assert counts["diverged"] == history.diverged.sum()
    assert list(counts) == [fate for fate in FATES if fate in counts]
    assert len(counts) > 3


def test_a_view_of_an_earlier_step_has_the_fates_of_then():
    experiment = Experiment(activation="relu", depth=9, networks=32, steps=200)
    history = train(replace(experiment, steps=1_000)).until(200)
    assert fates(history).tolist() == fates(train(experiment)).tolist()
    assert "dead" in fate_counts(history)


def test_most_like_a_network_is_the_nearest_loss_of_those_that_met_its_fate():
    loss = np.array([[0.7, 0.02, 0.30, 0.12, 0.11, np.nan, np.nan, 0.9]])
    history = made(
        Experiment(networks=8, steps=100),
        STEPS,
        loss=np.repeat(loss, len(STEPS), axis=0),
        accuracy=np.where(loss < 0.31, 1.0, 0.5) * np.ones((len(STEPS), 1)),
        diverged=np.isnan(loss[0]),
    )
    assert fates(history).tolist()[1:7] == ["solved"] * 4 + ["diverged"] * 2
    assert network_like(history, 3, [0, 1, 2, 4]) == 4
    assert network_like(history, 3, [0, 1, 2]) == 1, "0.10 away rather than 0.18"
    assert network_like(history, 2, [2, 3]) == 2, "itself"
    assert network_like(history, 6, [0, 5]) == 5, "without a loss they are alike"
    assert network_like(history, 6, [0, 1, 7]) is None
    assert network_like(history, 1, []) is None


def test_a_loss_without_a_value_is_a_fate_of_its_own():
    """A linear answer leaves 0..1, where the logarithm ends, though no number has grown large."""
    fields = {"activation": "tanh", "depth": 3, "networks": 16, "steps": 50}
    lost = train(Experiment(output="linear", **fields))
    assert fate_counts(lost) == {"undefined": 16}
    last = [np.abs(np.concatenate([w.ravel() for w, _ in lost.parameters(-1, network)])).max()
            for network in lost.kept]  # fmt: skip
    assert max(last) < 100, "nothing has grown without bound"
    assert lost.undefined.tolist() == lost.diverged.tolist()
    grown = train(Experiment(output="squared", learning_rate=1000.0, **fields))
    assert grown.diverged.any()
    assert not grown.undefined.any()
    assert "undefined" not in fate_counts(grown)


def wrong_and_flat(history) -> np.ndarray:
    """[E] by torch: some point is wrong, and at each that is the unit has hardly any slope left."""
    task, output = history.experiment.task, history.experiment.output
    unit = {"sigmoid_squared": torch.sigmoid, "tanh_squared": torch.tanh}[output]
    low, high = history.experiment.output_layer.targets
    answers = torch.tensor(history.hypothesis[-1])
    z = (torch.logit(answers) if low == 0 else torch.atanh(answers)).requires_grad_()
    unit(z).sum().backward()
    wrong = (answers > (low + high) / 2) != task.labels.bool()[:, None]
    slope = z.grad / (1 / 4 if low == 0 else 1)
    return (wrong.any(dim=0) & (torch.where(wrong, slope, 0).amax(dim=0) < 0.01)).numpy()


@pytest.mark.parametrize("output", ["sigmoid_squared", "tanh_squared"])
def test_saturated_wrong_answers_are_no_plateau_and_still_learn_nothing(output):
    """One of four wrong has a loss of 1/4, too, but the answers are not alike."""
    history = train(Experiment("tanh", 1, output=output, init="lab", gain=5.0, networks=32))
    found, flat = fates(history), wrong_and_flat(history)
    rests = found == "elsewhere"
    assert not (rests & ~flat).any()
    assert rests.sum() > 0.9 * flat.sum() > 8, "those that still move are learning"
    apart = np.ptp(history.hypothesis[-1], axis=0) > 0.9
    height = history.experiment.plateaus["constant"]
    assert (apart & (np.abs(history.loss[-1] - height) < 0.005)).any()
    assert "constant" not in found[apart]
    longer = train(replace(history.experiment, steps=2_000))
    assert (longer.accuracy[-1] <= history.accuracy[-1])[rests].all()


def test_what_weight_decay_holds_rests_though_on_no_plateau():
    held = Experiment("tanh", 1, init="xavier_normal", weight_decay=0.025, networks=8, steps=10_000)
    history = train(held)
    rests = fates(history) == "elsewhere"
    assert rests.any()
    assert (np.abs(history.loss[-1] - PLATEAUS["one_apart"]) > 0.005)[rests].all()
    later = train(replace(held, steps=20_000))
    np.testing.assert_allclose(later.loss[-1][rests], history.loss[-1][rests], atol=1e-3)
    assert "elsewhere" not in fates(train(replace(held, steps=1_000))), "not yet"


def test_an_answer_may_be_dead_itself():
    history = train(Experiment("relu", 1, output="relu_squared", networks=32, steps=200))
    off = answer_off(history)
    assert 0 < off.sum() < 32
    assert (history.loss[-1][off] == 0.5).all(), "of four answers of 0 two are right"
    assert set(fates(history)[off]) == {"dead"}
    other = train(Experiment("relu", 1, output="squared", init="zeros", networks=2, steps=1))
    assert (other.hypothesis[0] == 0).all()
    assert not answer_off(other.until(0)).any(), "a linear answer of 0 is not off"


@pytest.mark.parametrize("data", ["and", "xnor", "or_centred"])
def test_networks_that_answer_alike_rest_on_the_plateau_of_their_own_labels(data):
    for output in ("sigmoid", "squared", "tanh_squared"):
        experiment = Experiment(data=data, output=output, networks=4, steps=2_000)
        history, labels = train(experiment), experiment.output_layer.target(experiment.task.labels)
        assert set(fates(history)) == {"constant"}
        share = experiment.task.labels.mean().item()
        spread = labels.var(correction=0).item()
        entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
        expected = entropy if output == "sigmoid" else spread
        np.testing.assert_allclose(history.loss[-1], expected, atol=1e-3)


def test_adams_steps_must_have_led_far_enough_to_see_it_rest():
    """Few of Keras's default ones move no weight far; in more of them most networks solve it."""
    early = Experiment(
        depth=1, width=2, networks=32, optimizer="adam", learning_rate=0.001, steps=200
    )
    history = train(early)
    assert (np.ptp(history.loss[history.steps >= 180], axis=0) < 0.005).mean() > 0.5
    assert short_way(history) == pytest.approx(0.2)
    assert set(fates(history)) <= {"learning", "solved"}
    later = train(replace(early, steps=10_000))
    assert short_way(later) is None
    assert later.solved.mean() > 0.5
    for other in ("sgd", "rmsprop"):
        assert short_way(train(replace(early, optimizer=other))) is None
    assert one(FLAT["constant"], optimizer="adam", learning_rate=0.001) == "learning"
    assert one(FLAT["constant"], optimizer="adam", learning_rate=0.01) == "constant"


@pytest.mark.parametrize("steps", [10, 300])
@pytest.mark.parametrize("name", [name for name, each in OPTIMIZERS.items() if each.even])
def test_an_even_step_is_about_as_long_as_the_rate(name, steps):
    """Of PyTorch's own, on XOR; RMSprop's first ones are ten times as long."""
    torch.manual_seed(0)
    layers = [torch.nn.Linear(2, 10), torch.nn.Sigmoid(), torch.nn.Linear(10, 1)]
    network, labels = torch.nn.Sequential(*layers), torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    start = torch.nn.utils.parameters_to_vector(network.parameters()).detach().clone()
    descent = {"adam": torch.optim.Adam}[name](network.parameters(), lr=0.001)
    for _ in range(steps):
        descent.zero_grad()
        answers = network(XOR.inputs.float())
        functional.binary_cross_entropy_with_logits(answers, labels).backward()
        descent.step()
    way = torch.nn.utils.parameters_to_vector(network.parameters()).detach() - start
    assert 0.5 < float(way.abs().max()) / (0.001 * steps) < 2
