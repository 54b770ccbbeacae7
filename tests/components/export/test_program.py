"""Exported programs, run by a process that knows nothing of us, print what the lab shows."""

import ast
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from components.drawing.charts.gradient import median_norms
from components.export import figures
from components.export.program import ensemble_program, network_program
from models import ACTIVATIONS, Experiment, History, train
from models.initializers import INITIALIZERS
from models.optimizers import OPTIMIZERS
from models.outputs import OUTPUTS
from models.tasks import TASKS
from models.trainer import train_together
from tests.components.export.programs import Printed, claims, run, source_of

SMALL = Experiment(depth=3, width=5, steps=120, networks=5, seed=11, dtype="float64")
RATES = {"sgd": 0.1, "momentum": 0.05, "nesterov": 0.05, "rmsprop": 0.01, "adam": 0.01}
OWN = (
    (((0.5, -1e-05, 1.0), (0.25, 2.0, -0.75)), (0.0, 1.0, 0.1)),
    (((1.0,), (-0.25,), (0.75,)), (0.125,)),
)
EXACT = 1e-5  # relative, of a run in float64
FIRST_SCREEN = [Experiment(activation=name) for name in ("sigmoid", "relu")]
TELLING = (26, 43)  # networks: rounding decides the fate of the one, and the gradients of the other


def settings() -> dict[str, Experiment]:
    """Every activation, initialisation, optimizer, output and task, and what is extraordinary.

    Programs are put together of parts: each part is run, not each with each.
    """
    kinds = {
        f"{activation} {optimizer}": replace(
            SMALL,
            activation=activation,
            optimizer=optimizer,
            learning_rate=RATES[optimizer],
            init="he_normal",
            data=data,
        )
        for activation, optimizer, data in zip(ACTIVATIONS, itertools.cycle(OPTIMIZERS), TASKS)
    }
    # A linear network rests after some hundred steps: its gradients are rounding alone.
    kinds |= {name: replace(kinds[name], steps=40) for name in kinds if "identity" in name}
    kinds |= {
        f"{activation} from {init}": replace(SMALL, activation=activation, init=init)
        for activation, init in zip(itertools.cycle(("tanh", "maxout")), INITIALIZERS)
    }
    kinds |= {
        "a slope of its own": replace(SMALL, activation="leaky_relu", activation_parameter=0.3),
        "an alpha of its own": replace(SMALL, activation="elu", activation_parameter=2.5),
        "no hidden layer": replace(SMALL, depth=0),
        "no hidden layer, Maxout": replace(SMALL, depth=0, activation="maxout"),
        "one step": replace(SMALL, steps=1),
        "deep": replace(SMALL, depth=12, width=10, init="lecture"),
        "never a number": replace(SMALL, activation="relu", output="relu", init="lecture"),
        "diverging": replace(SMALL, activation="relu", learning_rate=1000.0, output="squared"),
        "one point at a time": replace(SMALL, hidden=(5, 10, 5), output="softmax", batch=1,
                                       order="shuffled", optimizer="adam", learning_rate=0.01),
        "three points in turn": replace(SMALL, data="xor_centred", output="tanh_squared", batch=3,
                                        optimizer="nesterov", momentum=0.5, weight_decay=0.01,
                                        init="pytorch", gain=0.5, activation="tanh"),
        "unequal Maxout layers": replace(SMALL, activation="maxout", hidden=(4, 2), batch=3,
                                         order="shuffled", output="softmax", init="xavier_uniform",
                                         gain=1.5, bias="as_weights", weight_decay=0.001),
        "orthogonal biases": replace(SMALL, init="orthogonal", gain=2.0, bias="as_weights",
                                     optimizer="rmsprop", momentum=0.5, learning_rate=0.01,
                                     batch=2, output="sigmoid_squared", activation="tanh"),
        "biases at zero": replace(SMALL, init="lab", bias="zeros", optimizer="adam",
                                  learning_rate=0.01, weight_decay=0.1, activation="tanh"),
        "weights of one's own": replace(SMALL, hidden=(3,), networks=1, start=OWN, batch=2,
                                        order="shuffled", output="relu_squared",
                                        activation="tanh"),
        "batch norm and skips": replace(SMALL, norm="batch", skip=True, clip=0.1, steps=60),
        "batch norm, shuffled Maxout of the inputs' width": replace(
            SMALL, norm="batch", skip=True, activation="maxout", hidden=(2, 2, 4, 4), batch=2,
            order="shuffled", init="he_normal", weight_decay=0.01, steps=60,
        ),
        "layer norm, even gradients": replace(SMALL, norm="layer", unit_gradient=True, clip=0.5,
                                              init="lab", learning_rate=0.01, batch=3),
        "skips alone": replace(SMALL, skip=True, hidden=(4, 4, 3, 3), activation="tanh", batch=1,
                               order="shuffled", optimizer="adam", learning_rate=0.01),
        "even gradients alone": replace(SMALL, depth=9, unit_gradient=True, learning_rate=0.01),
        "clipped momentum": replace(SMALL, activation="relu", init="lecture", width=10, clip=1.0,
                                optimizer="momentum", learning_rate=0.01),
        "nothing arrives": replace(SMALL, init="zeros", activation="relu", unit_gradient=True,
                                   steps=20),
        "own weights, layer norm": replace(SMALL, hidden=(3,), networks=1, start=OWN, norm="layer",
                                           activation="tanh"),
        "no zero_grad, clipped": replace(SMALL, accumulate=True, clip=0.5, learning_rate=0.01),
        "no zero_grad, in batches": replace(SMALL, accumulate=True, batch=3, order="shuffled",
                                            optimizer="adam", learning_rate=0.01),
        "labels broadcast": replace(SMALL, broadcast=True, output="sigmoid_squared"),
        "labels broadcast, shuffled": replace(SMALL, broadcast=True, output="squared", batch=2,
                                              order="shuffled", accumulate=True,
                                              learning_rate=0.001, data="or"),
        "out of range, broadcast": replace(SMALL, broadcast=True, batch=3,
                                           output="sigmoid_squared_signed"),
        "large": replace(SMALL, depth=50, width=128, steps=3, networks=2, init="he_normal",
                         activation="relu"),
    }  # fmt: skip
    had = {kind.output for kind in kinds.values()}
    rest = [output for output in OUTPUTS if output not in had]
    return kinds | {f"{output} output": replace(SMALL, output=output) for output in rest}


@pytest.fixture(scope="module", autouse=True)
def patient() -> Iterator[None]:
    """However busy the machine is, programs say what they print."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "SECONDS", 600.0)
        yield


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> dict[str, tuple[History, Printed, Printed]]:
    """By setting: the lab's run, what one network's program printed, and what all networks' did."""
    histories = {name: train(experiment) for name, experiment in settings().items()}
    single = {
        name: network_program(source_of(history.experiment), [history], 2 % len(history.solved))
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
        assert "finite number at step" in said.text
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
    norms = [history.weight_gradient_norm[-1].ravel() for history in histories]
    assert np.nanmin(np.concatenate(norms)) < 1e-8


@pytest.fixture(scope="module")
def first_screen(tmp_path_factory) -> dict[str, tuple[str, Printed]]:
    """Programs of the first screen, and what each printed: both runs' networks, and all of them."""
    histories = train_together(FIRST_SCREEN)
    source = source_of(*FIRST_SCREEN)
    programs = {
        f"both {network}": network_program(source, histories, network) for network in TELLING
    }
    for history in histories:
        name = f"all {history.experiment.activation}"
        programs[name] = ensemble_program(source_of(history.experiment), history)
    lines = run(tmp_path_factory.mktemp("first"), list(programs.values()))
    return dict(zip(programs, zip(programs.values(), lines, strict=True), strict=True))


@pytest.mark.parametrize("network", TELLING)
def test_the_first_screens_programs_print_what_they_claim(first_screen, network):
    program, said = first_screen[f"both {network}"]
    promised = claims(program)
    assert all(map(said.keeps, promised))
    named = {claim.name for claim in promised}
    for run_name in ("Sigmoid end", "ReLU end"):
        assert {f"{run_name} loss", f"{run_name} accuracy"} <= named
    assert any(claim.unit < 1e-6 * abs(claim.value) for claim in promised), "to many digits"


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_the_first_screens_networks_are_counted_as_is_claimed(first_screen, activation):
    program, said = first_screen[f"all {activation}"]
    (line,) = [line for line in said.text.splitlines() if re.fullmatch(r"solved \d+ of 64", line)]
    assert f"    {line}\n" in program
    assert all(map(said.keeps, claims(program)))
    assert len(claims(program)) == 1 + FIRST_SCREEN[0].layers


def test_a_program_shows_the_pages_figures_beside_its_own():
    """Of a network whose fate float32 decides they differ, and that is said."""
    history = train(FIRST_SCREEN[1])
    source = source_of(FIRST_SCREEN[1])
    program = network_program(source, [history], 26)
    own, page = ({claim.name: claim.value for claim in claims(program, place)} for place in (0, 1))
    assert page["loss"] == pytest.approx(history.loss[-1, 26], rel=1e-3)
    assert page["accuracy"] == history.accuracy[-1, 26]
    exact = train(replace(FIRST_SCREEN[1], dtype="float64", networks=1, seed=26))
    assert own["loss"] == pytest.approx(exact.loss[-1, 0], rel=1e-7)
    assert source.words("program.why").split()[0] in program


def test_without_the_time_to_train_it_again_only_the_page_is_quoted(monkeypatch):
    monkeypatch.setattr(figures, "SECONDS", 0.0)
    history = train(replace(SMALL, dtype="float32"))
    source = source_of(history.experiment)
    for program in (network_program(source, [history], 1), ensemble_program(source, history)):
        said = " ".join(ast.get_docstring(ast.parse(program)).split())
        assert source.words("program.too_long", seconds="0") in said
        assert source.words("program.page", dtype="float32") in said
        assert source.words("program.exact")[:40] not in said


NAMES = ("this one", "that one")


def pairs() -> dict[str, list[Experiment]]:
    """Two runs that differ in this or that."""
    first = replace(SMALL, steps=30)
    return {
        "activation": [first, replace(first, activation="leaky_relu")],
        "Maxout beside another": [first, replace(first, activation="maxout", init="he_normal")],
        "initial weights": [first, replace(first, init="orthogonal")],
        "literal losses": [replace(first, output="linear"), replace(first, output="relu")],
        "points, targets and batches": [
            replace(first, init="lab"),
            replace(first, init="lab", data="and_centred", output="softmax", batch=3,
                    order="shuffled"),
        ],
        "weights of one's own": [
            replace(first, hidden=(3,), networks=1, start=OWN),
            replace(first, hidden=(3,), networks=1, output="tanh_squared", batch=2),
        ],
        "Maxout's scale": [
            replace(first, activation="maxout"),
            replace(first, activation="maxout", gain=0.5, bias="as_weights", hidden=(4, 2)),
        ],
        "norm, skip and clip beside none": [
            replace(first, norm="batch", skip=True, clip=0.1),
            replace(first, unit_gradient=True, learning_rate=0.01),
        ],
        "norm beside norm, both with skips": [
            replace(first, norm="layer", skip=True, clip=0.1, init="lab"),
            replace(first, norm="batch", skip=True, clip=0.2, activation="maxout", init="lab"),
        ],
        "a mistake and without it": [
            replace(first, accumulate=True, learning_rate=0.01),
            replace(first, learning_rate=0.01),
        ],
        "mistakes of many kinds": [
            replace(first, output="squared", broadcast=True, batch=3, accumulate=True),
            replace(first, output="sigmoid_twice"),
        ],
        "targets of two kinds": [
            replace(first, output="tanh_squared_unit"),
            replace(first, output="sigmoid_squared_signed"),
        ],
        "size and descent": [
            replace(first, depth=0),
            replace(first, width=3, optimizer="adam", learning_rate=0.012345),
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def side_by_side(tmp_path_factory) -> dict[str, tuple[list[History], str, Printed]]:
    histories = {name: train_together(of) for name, of in pairs().items()}
    programs = [
        network_program(source_of(*pairs()[name], names=NAMES), of, len(of[0].solved) - 1)
        for name, of in histories.items()
    ]
    lines = run(tmp_path_factory.mktemp("pairs"), programs)
    return dict(zip(histories, zip(histories.values(), programs, lines, strict=True), strict=True))


@pytest.mark.parametrize("name", pairs())
def test_two_runs_side_by_side_print_both(side_by_side, name):
    histories, program, said = side_by_side[name]
    network = len(histories[0].solved) - 1
    for run_name, history in zip(NAMES, histories, strict=True):
        for when, place in (("start", 0), ("end", -1)):
            shown = history.weight_gradient_norm[place, :, network]
            label = f"{run_name} {when}"
            if when == "end" and history.diverged[network]:
                assert not np.isfinite(said.number(f"{label} loss"))
                continue
            layers = range(1, history.experiment.layers + 1)
            found = [said.number(f"{label} layer {layer} gradient") for layer in layers]
            if not np.isnan(shown).any():
                assert close(said.number(f"{label} loss"), history.loss[place, network], EXACT)
                assert close(np.array(found), shown, EXACT)
    assert all(map(said.keeps, claims(program)))


@pytest.mark.parametrize(
    "name",
    [
        "relu nesterov",
        "maxout adam",
        "never a number",
        "tanh from orthogonal",
        "one point at a time",
        "weights of one's own",
        "batch norm and skips",
        "layer norm, even gradients",
        "skips alone",
    ],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_program_is_plain_well_written_and_in_the_pages_language(tmp_path, name, language):
    history = train(replace(settings()[name], steps=1))
    source = source_of(history.experiment, language=language)
    for kind, program in enumerate(
        (network_program(source, [history], 0), ensemble_program(source, history))
    ):
        tree = ast.parse(program)
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        modules = {getattr(node, "module", None) or node.names[0].name for node in imports}
        assert modules <= {"math", "torch"}
        assert source.link in ast.get_docstring(tree)
        assert source.words("program.network") in program or kind
        assert "expand_as" not in program
        assert ".eval()" not in program
        by_points = history.experiment.norm == "batch"
        assert ("eval()" in program) == by_points, "it is said why it is not called"
        assert source.words("program.logged") not in program or name == "never a number"
        path = tmp_path / f"{kind}.py"
        path.write_text(program, encoding="utf-8")
        checks = ["--isolated", "--line-length", "160"]
        for command in (["format", "--check"], ["check", "--select", "E,F,W,I"]):
            ruff = [sys.executable, "-m", "ruff", *command, *checks, str(path)]
            assert subprocess.run(ruff).returncode == 0


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_a_program_is_about_as_long_as_the_exercise(activation):
    history = train(replace(SMALL, activation=activation, steps=1))
    program = network_program(source_of(history.experiment), [history], 0)
    body = program.split('"""', 2)[2]
    code = [line for line in body.splitlines() if line.strip() and not line.startswith("#")]
    assert len(code) <= 60
