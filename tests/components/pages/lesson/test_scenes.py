"""The lesson's claims, against runs of their own; no sentence holds a result of its own."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from components.pages.lesson.programs import by_hand, by_torch
from components.pages.lesson.scenes import SCENES, Run, Scene, typical, typical_at_start
from components.runs import shared_runs
from components.settings.challenges import CHALLENGES
from components.settings.outline import CHALLENGES as NAMES
from components.settings.outline import OUTLINE
from components.words.numbers import SUPERSCRIPT, number, percent
from components.words.text import text
from models import ACTIVATIONS, Experiment, History, initial_parameters
from models.diagnostics import fate_counts
from models.tasks import XOR
from tests.components.words.test_text import entries

LN2 = math.log(2)
PATIENCE = 300.0  # seconds, of a run on a busy machine


@pytest.fixture(scope="module")
def trained() -> dict[str, list[Run]]:
    """Every scene's runs, as the page's trainer makes them."""
    visit = shared_runs().visit("test")
    return {
        scene.name: [visit.watch(run, wait=PATIENCE).histories for run in scene.runs]
        for scene in SCENES
    }


def scene(name: str) -> Scene:
    return next(each for each in SCENES if each.name == name)


def said(name: str, trained) -> dict[str, str]:
    return scene(name).said(text("en"), trained[name])


def real(shown: str) -> float:
    """The value of a figure as it is shown: 4.9×10⁻⁵."""
    mantissa, _, power = shown.partition("×10")
    raised = {each: chr(plain) for plain, each in SUPERSCRIPT.items()}
    return float(mantissa.replace("−", "-")) * 10.0 ** int(power.translate(raised) or 0)


def test_the_scenes_are_the_lectures_in_its_order():
    assert [each.name for each in SCENES] == list(OUTLINE)
    assert [each.number for each in SCENES] == list(range(1, 10))
    assert tuple(CHALLENGES) == NAMES


@pytest.mark.parametrize("name", OUTLINE)
def test_what_happens_is_one_of_the_answers(name, trained):
    right = scene(name).right(trained[name])
    assert right
    assert set(right) < set(scene(name).answers)


def test_one_neuron_rests_at_ln_2(trained):
    (history,) = trained["neuron"][0]
    assert history.experiment.depth == 0
    assert scene("neuron").right(trained["neuron"]) == ("stops",)
    assert not history.solved.any()
    assert np.allclose(history.loss[-1], LN2, atol=1e-3)
    assert said("neuron", trained)["loss"] == said("neuron", trained)["ln2"] == "0.6931"


def test_the_exercises_net_learns(trained):
    (history,) = trained["deep"][0]
    assert list(history.experiment.sizes) == [2, 10, 10, 10, 1]
    assert scene("deep").right(trained["deep"]) == ("learns",)
    assert history.accuracy[-1, typical(trained["deep"][0])] == 1
    assert said("deep", trained)["accuracy"] == "1.00"


def test_nine_hidden_layers_of_sigmoids_do_not(trained):
    (history,) = trained["deeper"][0]
    assert (history.experiment.depth, history.experiment.activation) == (9, "sigmoid")
    assert scene("deeper").right(trained["deeper"]) == ("stops",)
    assert not history.solved.any()
    assert np.median(history.accuracy[-1]) == 0.5
    assert np.allclose(np.median(history.loss[-1]), LN2, atol=1e-3)


def test_the_chain_rules_factors_are_autograds(trained):
    """The table's network, differentiated by torch: its gradients and its slopes."""
    run = trained["chain"][0]
    experiment, network = run[0].experiment, typical_at_start(run)
    h = XOR.inputs
    weights, slopes = [], []
    for W, b in initial_parameters(experiment):
        W = W[network].double().requires_grad_()
        z = h @ W + b[network].double().reshape(1, -1)
        h = torch.sigmoid(z)
        weights.append(W)
        slopes.append((h * (1 - h)).detach())
    labels = XOR.labels.unsqueeze(1)
    nn.functional.binary_cross_entropy(h, labels).backward()
    assert max(float(slope.max()) for slope in slopes) <= 0.25
    norms = np.array([float(W.grad.norm()) for W in weights])
    assert np.allclose(run[0].weight_gradient_norm[0, :, network], norms, rtol=1e-6)
    figures = said("chain", trained)
    assert figures["most"] == "0.25"
    assert float(figures["slope_high"]) <= 0.25
    assert 0 < float(figures["slope_low"]) <= float(figures["slope_high"])
    assert scene("chain").right(trained["chain"]) == ("hardly",)
    assert figures["network"] == f"{network}"
    assert figures["ratio"] == number(norms[0] / norms[-1], 3)
    # It adds up: both factors make what is left of the signal, and that and the inputs the ratio.
    value = {name: real(figures[name]) for name in ("activation", "weights", "signal", "inputs")}
    assert value["activation"] * value["weights"] == pytest.approx(value["signal"], rel=0.1)
    assert value["signal"] * value["inputs"] == pytest.approx(norms[0] / norms[-1], rel=0.1)
    assert scene("chain").setting()["bound"] == number(0.25**9)


def test_the_chain_rules_network_is_the_nearest_to_the_medians(trained):
    """No other that the table could show is nearer in the chart, whose axis is logarithmic."""
    (history,) = trained["chain"][0]
    heights = np.log10(history.weight_gradient_norm[0])
    away = {
        network: math.dist(heights[:, network], np.median(heights, axis=1))
        for network in history.kept.tolist()
    }
    shown = int(said("chain", trained)["network"])
    assert len(away) > 1
    assert away[shown] == min(away.values())


def test_relu_learns_from_the_same_weights_and_not_with_a_linear_last_layer(trained):
    (relu, sigmoid), (again, linear), (entropy, squared) = trained["relu"]
    starts = (initial_parameters(history.experiment) for history in (relu, sigmoid))
    for (W, b), (same_W, same_b) in zip(*starts, strict=True):
        assert torch.equal(W, same_W)
        assert torch.equal(b, same_b)
    assert scene("relu").right(trained["relu"]) == ("learns",)
    assert sigmoid.solved.sum() == 0
    assert np.array_equal(relu.loss, again.loss)
    assert linear.experiment.output == "linear"
    assert np.isnan(linear.loss[-1]).all()
    figures = said("relu", trained)
    assert figures["solved"] == f"{relu.solved.sum()}"
    assert figures["linear"] == figures["sigmoid"] == "0"
    for key, history in (("ratio", relu), ("ratio_sigmoid", sigmoid)):
        norms = history.weight_gradient_norm[0]
        assert figures[key] == number(float(np.nanmedian(norms[0] / norms[-1])))
    assert 0 < real(figures["slope_low"]) < real(figures["slope_high"]) < 1, "some units are off"
    for (W, b), (same_W, same_b) in zip(
        *(initial_parameters(history.experiment) for history in (entropy, squared)), strict=True
    ):
        assert torch.equal(W, same_W)
        assert torch.equal(b, same_b)
    assert entropy.solved.sum() > squared.solved.sum() > 0


def test_relu_does_not_always_learn(trained):
    run = trained["seeds"][0]
    solved = {(h.experiment.width, h.experiment.init): int(h.solved.sum()) for h in run}
    assert scene("seeds").right(trained["seeds"]) == ("half",)
    assert 20 < solved[5, "lecture"] < 44
    assert solved[5, "pytorch"] < 6
    assert solved[10, "he_normal"] > 60
    assert solved[10, "pytorch"] < 32
    figures = said("seeds", trained)
    dead = (run[0].weight_gradient_norm[0] == 0).any(axis=0).sum()
    assert figures["dead"] == f"{dead}" != "0"
    expected = float(figures["expected"].rstrip("%")) / 100
    assert abs(dead / 64 - expected) < 4 * math.sqrt(expected * (1 - expected) / 64)
    assert figures["others"].count(":") == 5


def overlap(one: int, other: int) -> bool:
    """Whether Wilson's 95 % intervals of two shares of 64 do."""
    z, n = 1.959964, 64

    def ends(count: int) -> tuple[float, float]:
        middle = (count / n + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * math.sqrt(count / n * (1 - count / n) / n + (z / (2 * n)) ** 2)
        return middle - half, middle + half

    return max(ends(one)[0], ends(other)[0]) <= min(ends(one)[1], ends(other)[1])


def test_the_family_is_trained_on_the_same_weights(trained):
    run = trained["family"][0]
    members = [history.experiment.activation for history in run]
    assert set(members) == {"sigmoid", "tanh", "relu", "leaky_relu", "maxout", "elu"}
    assert len({(h.experiment.seed, h.experiment.init, h.experiment.depth) for h in run}) == 1
    solved = {h.experiment.activation: int(h.solved.sum()) for h in run}
    best = max(OUTLINE["family"], key=solved.get)
    right = {name for name in OUTLINE["family"] if overlap(solved[name], solved[best])}
    assert set(scene("family").right(trained["family"])) == right
    assert said("family", trained)["alike"].startswith(ACTIVATIONS["tanh"].label)
    maxout = run[members.index("maxout")]
    assert said("family", trained)["diverged"] == f"{fate_counts(maxout)['diverged']}"


def test_adam_moves_a_layer_that_descent_does_not(trained):
    descent, adam = trained["adam"][0]
    assert (descent.experiment.optimizer, adam.experiment.optimizer) == ("sgd", "adam")
    assert scene("adam").right(trained["adam"]) == ("learns",)
    assert np.array_equal(descent.weight_gradient_norm[0], adam.weight_gradient_norm[0])
    network = typical(trained["adam"][0])
    (W, _), *_ = initial_parameters(descent.experiment)
    norm = float(W[network].double().norm())
    moved = 0.1 * descent.weight_gradient_norm[0, 0, network] / norm
    figures = said("adam", trained)
    assert figures["moved_descent"] == number(moved)
    # Adam's first step is the rate in each weight, whatever the gradient.
    step = adam.experiment.learning_rate * math.sqrt(W[network].numel()) / norm
    assert float(figures["moved"]) == pytest.approx(step, rel=0.5)
    assert float(figures["moved"]) > 1e4 * moved


@pytest.fixture(scope="module")
def remedied(trained) -> dict[tuple, History]:
    """The runs of the last scene by what they are: activation, depth, norm, skip."""
    *runs, _ = trained["helps"]
    runs = [history for run in runs for history in run]
    fields = ("activation", "depth", "norm", "skip")
    return {tuple(getattr(h.experiment, field) for field in fields): h for h in runs}


def test_batch_norm_lets_sigmoids_learn_and_a_skip_alone_only_after_long(trained, remedied):
    solved = {key: int(history.solved.sum()) for key, history in remedied.items()}
    assert scene("helps").right(trained["helps"]) == ("norm",)
    assert solved["sigmoid", 9, "none", False] == 0
    assert solved["sigmoid", 9, "batch", False] > 60
    assert 5 < solved["sigmoid", 9, "none", True] < 28
    assert solved["sigmoid", 9, "batch", True] > 60
    figures = said("helps", trained)
    for norm, skip, name in WAYS:
        assert figures[name] == f"{solved['sigmoid', 9, norm, skip]}"
        assert figures[f"relu_{name}"] == f"{solved['relu', 9, norm, skip]}"
    # It helps as well, but takes longer.
    *_, (patient,) = trained["helps"]
    assert patient.experiment.skip and patient.experiment.steps == 10_000
    assert patient.solved.all()
    assert figures["patient"] == f"{patient.experiment.networks}"
    # Fifty layers learn though hardly any gradient arrives: without skips they do not.
    both, alone = (remedied["sigmoid", 50, "batch", skip] for skip in (True, False))
    assert both.solved.all()
    assert figures["deep_both"] == f"{both.experiment.networks}"
    assert real(figures["deep_ratio"]) < 1e-9
    assert alone.diverged.sum() > 10
    assert figures["deep_diverged"] == f"{alone.diverged.sum()}"


def test_a_skip_alone_harms_relu_and_batch_norm_alone_lets_the_gradient_explode(trained, remedied):
    figures = said("helps", trained)
    assert int(figures["relu_skip"]) < 10 < 50 < int(figures["relu_plain"])
    longer = remedied["relu", 20, "none", True]
    assert figures["diverged"] == f"{fate_counts(longer)['diverged']}"
    assert longer.diverged.sum() > 60
    for name, skip in (("exploded", False), ("held", True)):
        norms = remedied["relu", 50, "batch", skip].weight_gradient_norm[0]
        assert figures[name] == number(float(np.median(norms[0] / norms[-1])))
    assert real(figures["exploded"]) > 1e6
    assert 0.5 < real(figures["held"]) < 2


WAYS = [("none", False, "plain"), ("batch", False, "norm"),
        ("none", True, "skip"), ("batch", True, "both")]  # fmt: skip


@pytest.mark.parametrize(("norm", "skip", "name"), WAYS)
def test_what_becomes_of_the_signal_is_torchs(norm, skip, name, trained, remedied):
    """How far the points spread at the last hidden layer, and how much the signal has grown."""

    def outputs(activation: str, network: int) -> list[np.ndarray]:
        h, found = XOR.inputs, []
        run = remedied[activation, 9, norm, skip]
        for layer, (W, b) in enumerate(initial_parameters(run.experiment)[:-1]):
            z = h @ W[network].double() + b[network].double().reshape(1, -1)
            if norm == "batch":
                z = nn.functional.batch_norm(z, None, None, training=True)
            out = getattr(torch, activation)(z)
            h = out + h if skip and layer else out
            found.append(h.numpy())
        return found

    kept = remedied["sigmoid", 9, norm, skip].kept
    last = [outputs("sigmoid", network)[-1] for network in kept]
    spread = [np.linalg.norm(h - h.mean(axis=0)) / np.linalg.norm(h) for h in last]
    figures = said("helps", trained)
    assert figures[f"spread_{name}"] == percent(float(np.median(spread)), digits=2)
    if norm == "none":
        relu = [outputs("relu", network) for network in remedied["relu", 9, norm, skip].kept]
        grown = [np.linalg.norm(h[-1]) / np.linalg.norm(h[0]) for h in relu]
        assert figures[f"grown_{name}"] == number(float(np.median(grown)))


@pytest.mark.parametrize(
    ("norm", "skip", "right"),
    [(8, 8, "either"), (0, 3, "neither"), (4, 3, "norm"), (3, 4, "skip")],
)
def test_enough_alone_is_what_half_of_the_networks_need_nothing_else_for(norm, skip, right):
    def history(solved: int) -> SimpleNamespace:
        return SimpleNamespace(solved=np.arange(8) < solved)

    run = ((history(0), history(norm)), (history(skip), history(8)))
    assert scene("helps").right(run) == (right,)


RUNS_SAY = [
    key for key in entries(text("en")) if re.fullmatch(r"lesson\.\w+\.(why|not|question)", key)
]
# The loss's name, the intervals' level, a paper's year.
NO_RESULTS = r"ln 2|95 ?%|2016"


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("key", RUNS_SAY)
def test_numbers_in_sentences_come_from_the_run(language, key):
    sentence = re.sub(r"{\w+}", "", entries(text(language))[key])
    sentence = re.sub(NO_RESULTS, "", sentence)
    # Of what is left only what a function's value or slope is by definition.
    assert not re.search(r"\d{2,}|\d\.\d|[2-9]", sentence), sentence


def test_both_programs_are_the_same_network():
    experiment = scene("deep").runs[0][0]
    torch.manual_seed(0)
    names = {
        "torch": torch, "nn": nn, "normal": torch.randn, "sigmoid": torch.sigmoid,
        "mean": lambda values: values.float().mean(), "log": torch.log,
        "X": XOR.inputs.float(),
        "Y": XOR.labels.float().unsqueeze(1),
    }  # fmt: skip
    by_hands = dict(names)
    exec(by_hand(experiment), by_hands)
    assert [tuple(by_hands[f"W{layer}"].shape) for layer in range(1, 5)] == [
        (2, 10), (10, 10), (10, 10), (10, 1),
    ]  # fmt: skip
    program = by_torch(experiment)
    whole = dict(names)
    exec(program, whole)
    model = whole["model"]
    assert sum(p.numel() for p in model.parameters()) == experiment.parameter_count
    with torch.no_grad():
        for layer, linear in enumerate(model[::2], start=1):
            linear.weight.copy_(by_hands[f"W{layer}"].T)
            linear.bias.copy_(by_hands[f"b{layer}"])
    again = dict(names, model=model)
    exec(program[program.index("descent =") :], again)
    assert torch.allclose(again["hypothesis"], by_hands["hypothesis"], atol=1e-6)
    assert torch.allclose(again["cost"], by_hands["cost"], atol=1e-6)
    assert isinstance(experiment, Experiment)
    assert again["descent"].param_groups[0]["lr"] == experiment.learning_rate
