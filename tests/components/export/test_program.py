"""Exported programs, run by a process that knows nothing of us, print what the lab shows."""

import ast
import itertools
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from components.charts.gradient import median_norms
from components.export.program import ensemble_program, network_program
from models import ACTIVATIONS, Experiment, History, train
from models.initializers import INITIALIZERS
from models.optimizers import OPTIMIZERS
from models.outputs import OUTPUTS
from tests.components.export.programs import Printed, run, source_of

SMALL = Experiment(depth=3, width=5, steps=300, networks=5, seed=11, dtype="float64")
RATES = {"sgd": 0.1, "momentum": 0.05, "adam": 0.01}
EXACT = 1e-5  # relative, of a run in float64
ROUNDED_LOSS, ROUNDED_GRADIENT = 0.01, 1.5  # in float32, for nine in ten networks


def settings() -> dict[str, Experiment]:
    """Every activation, initialisation and optimizer, outputs, and what is out of the ordinary."""
    kinds = {
        f"{activation} {optimizer}": replace(
            SMALL,
            activation=activation,
            optimizer=optimizer,
            learning_rate=RATES[optimizer],
            init="he_normal",
        )
        for activation, optimizer in itertools.product(ACTIVATIONS, OPTIMIZERS)
    }
    # A linear network rests after some hundred steps: its gradients are rounding alone.
    kinds |= {name: replace(kinds[name], steps=40) for name in kinds if "identity" in name}
    kinds |= {
        f"{activation} from {init}": replace(SMALL, activation=activation, init=init)
        for activation, init in itertools.product(("tanh", "maxout"), INITIALIZERS)
    }
    kinds |= {f"{output} output": replace(SMALL, init="lab", output=output) for output in OUTPUTS}
    return kinds | {
        "a slope of its own": replace(SMALL, activation="leaky_relu", activation_parameter=0.3),
        "an alpha of its own": replace(SMALL, activation="elu", activation_parameter=2.5),
        "no hidden layer": replace(SMALL, depth=0),
        "no hidden layer, Maxout": replace(SMALL, depth=0, activation="maxout"),
        "one step": replace(SMALL, steps=1),
        "deep": replace(SMALL, depth=12, width=10, init="lecture"),
        "never a number": replace(SMALL, activation="relu", output="relu", init="lecture"),
        "diverging": replace(SMALL, activation="relu", learning_rate=1000.0, output="squared"),
        "large": replace(SMALL, depth=50, width=128, steps=3, networks=2, init="he_normal",
                         activation="relu"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> dict[str, tuple[History, Printed, Printed]]:
    """By setting: the lab's run, what one network's program printed, and what all networks' did."""
    histories = {name: train(experiment) for name, experiment in settings().items()}
    single = {
        name: network_program(source_of(history.experiment), history, 2 % len(history.solved))
        for name, history in histories.items()
    }
    every = {
        name: ensemble_program(source_of(history.experiment), history)
        for name, history in histories.items()
    }
    lines = run(tmp_path_factory.mktemp("programs"), [*single.values(), *every.values()])
    return {
        name: (history, lines[place], lines[place + len(histories)])
        for place, (name, history) in enumerate(histories.items())
    }


def close(found: np.ndarray | float, shown: np.ndarray | float, within: float) -> bool:
    return bool(np.allclose(found, shown, rtol=within, atol=0, equal_nan=True))


@pytest.mark.parametrize("name", settings())
def test_one_networks_program_prints_what_the_lab_shows(printed, name):
    history, said, _ = printed[name]
    network = 2 % len(history.solved)
    if history.diverged[network]:
        assert not np.isfinite(said.number("loss"))
        return
    gradients = history.weight_gradient_norm[-1, :, network]
    assert close(said.number("loss"), history.loss[-1, network], EXACT)
    assert said.number("accuracy") == history.accuracy[-1, network]
    assert close(said.gradients(history.experiment.layers), gradients, EXACT)


@pytest.mark.parametrize("name", settings())
def test_all_networks_program_counts_those_that_solve_it(printed, name):
    history, _, said = printed[name]
    assert f"solved {history.solved.sum()} of {len(history.solved)}\n" in said.text
    medians = said.gradients(history.experiment.layers, "median gradient")
    assert close(medians, median_norms(history, -1), EXACT)


def test_the_settings_are_worth_it(printed):
    """Something is solved, something not; something diverges and something vanishes."""
    histories = [history for history, _, _ in printed.values()]
    assert any(history.solved.any() for history in histories)
    assert not all(history.solved.all() for history in histories)
    assert any(history.diverged[2 % len(history.solved)] for history in histories)
    assert min(np.nanmin(h.weight_gradient_norm[-1]) for h in histories) < 1e-8


def test_in_float32_it_agrees_as_far_as_it_is_said(tmp_path):
    kinds = [
        replace(SMALL, dtype="float32", activation=activation, init=init, steps=1_000, width=10,
                optimizer=optimizer, learning_rate=RATES[optimizer], depth=depth)
        for activation, init in (("sigmoid", "lab"), ("tanh", "lecture"), ("relu", "he_normal"))
        for depth in (3, 9)
        for optimizer in OPTIMIZERS
    ]  # fmt: skip
    histories = [train(experiment) for experiment in kinds]
    programs = [network_program(source_of(h.experiment), h, 0) for h in histories]
    agree = []
    for history, said in zip(histories, run(tmp_path, programs), strict=True):
        shown = history.weight_gradient_norm[-1, :, 0]
        factor = np.exp(np.abs(np.log(said.gradients(history.experiment.layers) / shown)).max())
        loss = close(said.number("loss"), history.loss[-1, 0], ROUNDED_LOSS)
        agree.append(loss and factor < ROUNDED_GRADIENT)
        assert said.number("accuracy") == history.accuracy[-1, 0]
    assert np.mean(agree) > 0.7, "nine in ten, but rounding differs between processors"


@pytest.mark.parametrize("name", ["tanh sgd", "maxout adam", "relu output", "tanh from orthogonal"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_program_is_plain_well_written_and_in_the_pages_language(tmp_path, name, language):
    history = train(replace(settings()[name], steps=1))
    source = source_of(history.experiment, language)
    for kind, program in enumerate(
        (network_program(source, history, 0), ensemble_program(source, history))
    ):
        tree = ast.parse(program)
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        modules = {getattr(node, "module", None) or node.names[0].name for node in imports}
        assert modules <= {"copy", "math", "torch"}
        assert source.link in ast.get_docstring(tree)
        assert source.words("program.loss") in program
        path = tmp_path / f"{kind}.py"
        path.write_text(program, encoding="utf-8")
        checks = ["--isolated", "--line-length", "160"]
        for command in (["format", "--check"], ["check", "--select", "E,F,W,I"]):
            ruff = [sys.executable, "-m", "ruff", *command, *checks, str(path)]
            assert subprocess.run(ruff).returncode == 0


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_a_program_is_about_as_long_as_the_exercise(activation):
    history = train(replace(SMALL, activation=activation, steps=1))
    program = network_program(source_of(history.experiment), history, 0)
    body = program.split('"""', 2)[2]
    code = [line for line in body.splitlines() if line.strip() and not line.startswith("#")]
    assert len(code) <= 60
