"""The replay's bytes, taken apart by a reader of their own: the layout is that of ``replay.js``."""

import json
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from components.drawing import replay
from components.drawing.charts.style import RAMP, Style
from components.drawing.replay import Surfaces, grid_side, pack
from components.drawing.replay import surfaces as grids
from components.panels.overview import gradient as gradient_cell
from components.words.numbers import number
from components.words.text import LANGUAGES, text
from models import Experiment, History, train, train_together
from models.diagnostics import flat_rest, solved_since
from models.history import LOG_DENSITY, recorded_steps
from models.recorder import frame_density
from tests.components.histories import made
from tests.models.test_passes import DIVERGING, history_of, surface_of

STYLE = Style("en", False, ("relu", "sigmoid"))
ALONE = Style("en", False, ("relu",))
SMALL = Experiment(activation="relu", depth=2, width=4, init="lab", steps=30, networks=3)
UNKNOWN = 255


@dataclass(frozen=True)
class Block:
    """What a browser makes of the bytes."""

    header: dict
    surfaces: np.ndarray  # [arm, frame, row, column] bytes
    reaches: np.ndarray  # [arm, frame]

    @property
    def axis(self) -> np.ndarray:
        """Both inputs at the cells' middles."""
        plane, side = self.header["arms"][0]["plane"], self.header["side"]
        low, high = plane["low"], plane["high"]
        return low + (high - low) * (np.arange(side) + 0.5) / side

    def logits(self) -> np.ndarray:
        """The surfaces' values, where they are known."""
        reach = np.arcsinh(self.reaches.astype(float))[..., None, None]
        return np.sinh((self.surfaces / 127.0 - 1) * reach)


def read(block: bytes) -> Block:
    """The bytes by their description."""
    (length,) = struct.unpack_from("<I", block)
    header = json.loads(block[4 : 4 + length].decode("utf-8"))
    arms, frames, side = len(header["arms"]), len(header["steps"]), header["side"]
    kind = np.dtype([("reach", "<f4"), ("cells", "u1", (side, side))])
    found = np.frombuffer(block, kind, offset=4 + length).reshape(arms, frames)
    return Block(header, found["cells"], found["reach"])


def block_of(style: Style, histories: Sequence[History], network: int) -> bytes:
    """The replay of a run that nobody has looked at before."""
    return pack(style, histories, Surfaces(network, grid_side(histories)))


def pair(**changes) -> list[History]:
    experiment = replace(SMALL, **changes)
    return [train(replace(experiment, activation=name)) for name in STYLE.activations]


def test_the_header_says_what_is_shown():
    histories = pair(steps=300)
    header = read(block_of(STYLE, histories, 1)).header
    frames, logged = histories[0].frame_steps.tolist(), histories[0].steps.tolist()
    assert header["steps"] == frames
    assert header["names"] == [f"{step}" for step in frames]
    assert header["logged"] == len(logged) > len(frames)
    assert [logged[place] for place in header["places"]] == frames, "the charts' places"
    assert [arm["name"] for arm in header["arms"]] == ["ReLU", "Sigmoid"]
    assert [arm["ink"] for arm in header["arms"]] == STYLE.inks
    assert header["ramp"] == list(RAMP)
    for arm in header["arms"]:
        points = [[0, 0, 0, "0"], [0, 1, 1, "1"], [1, 0, 1, "1"], [1, 1, 0, "0"]]
        assert arm["plane"] == {
            **{"low": -0.5, "high": 1.5, "marks": [[0, "0"], [1, "1"]]},
            "points": points,
        }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_is_in_the_language_and_holds_what_the_browser_asks_for(language):
    header = read(block_of(Style(language, True, ("relu",)), pair()[:1], 0)).header
    assert header["text"] == text(language).section("replay")
    script = replay._JS
    asked = set(re.findall(r"\btext\.(\w+)", script))
    assert asked == header["text"].keys()


def test_the_browser_is_sent_its_numbers_written():
    assert not re.search(r"\bto(Fixed|Precision|Exponential|LocaleString)\b", replay._JS)


@pytest.mark.parametrize("network", [0, 2])
def test_losses_and_right_answers_are_the_runs(network):
    histories = pair(steps=300)
    places = histories[0].frame_places
    assert len(places) < len(histories[0].steps)
    block = read(block_of(STYLE, histories, network))
    for arm, history in enumerate(histories):
        written = [number(loss, decimals=4) for loss in history.loss[places, network]]
        assert block.header["arms"][arm]["losses"] == written
        right = 4 * history.accuracy[places, network]
        assert block.header["arms"][arm]["right"] == right.tolist()
    assert len({tuple(arm["right"]) for arm in block.header["arms"]}) == 2


@pytest.mark.parametrize(
    "changes",
    [{}, {"init": "lecture", "depth": 4}, {"depth": 0}, {"dtype": "float64", "optimizer": "adam"}],
    ids=str,
)
def test_surfaces_are_the_networks_answers_at_the_cells_middles(changes):
    histories = pair(**changes)
    block = read(block_of(STYLE, histories, 2))
    side, steepest = block.header["side"], block.header["steepest"]
    thin = slice(side // 9, None, side // 4)
    compared = []
    for arm, history in enumerate(histories):
        for frame in (0, len(history.frame_steps) - 1):
            p = surface_of(history, frame, 2, block.axis[thin])
            expected = np.clip(np.log(p / (1 - p)), -steepest, steepest)
            found = block.logits()[arm, frame, thin, thin]
            # Half of a byte's step; float32 leaves 1 - p few digits where p is nearly 1.
            half = np.arcsinh(steepest) / 254 * np.sqrt(1 + expected**2)
            assert (np.abs(found - expected) <= 1.05 * half + 5e-3).all()
            compared.append(expected)
    assert np.abs(np.array(compared)).max() < steepest, "nothing is cut off here"
    assert np.std(compared) > 0.05
    asymmetry = np.abs(compared - np.swapaxes(compared, 1, 2)).max()
    assert asymmetry > 3 * steepest / 254, "first and second input are told apart"


def test_the_border_of_a_nearly_flat_surface_is_kept_and_what_rounding_left_is_not():
    experiment = replace(SMALL, depth=0, networks=1)
    for slope, drawn in ((3e-3, True), (1e-5, False)):
        history = history_of(experiment, [[([[slope], [-slope]], [0.0])]])
        block = read(block_of(ALONE, [history], 0))
        columns, rows = np.meshgrid(block.axis, block.axis)
        found = block.logits()[0, 0]
        if drawn:
            apart = np.abs(columns - rows) > 1e-9
            np.testing.assert_array_equal((found > 0)[apart], (columns > rows)[apart])
            np.testing.assert_allclose(found, slope * (columns - rows), atol=1e-4)
        else:
            assert not found.any()


def test_steep_answers_are_cut_where_they_all_look_alike():
    experiment = replace(SMALL, depth=0, networks=1)
    history = history_of(experiment, [[([[30.0], [-30.0]], [0.0])]])
    block = read(block_of(ALONE, [history], 0))
    columns, rows = np.meshgrid(block.axis, block.axis)
    logits = np.clip(30 * (columns - rows), -10, 10)
    expected = 127 * (1 + np.arcsinh(logits) / np.arcsinh(10))
    np.testing.assert_allclose(block.surfaces[0, 0], expected, atol=0.6)
    assert (block.surfaces.min(), block.surfaces.max()) == (0, 254)


def test_answers_beyond_0_and_1_are_cut_too():
    experiment = replace(SMALL, depth=0, networks=1, output="squared")
    history = history_of(experiment, [[([[30.0], [-30.0]], [0.5])]])
    block = read(block_of(ALONE, [history], 0))
    columns, rows = np.meshgrid(block.axis, block.axis)
    expected = np.where(columns > rows, 254, np.where(columns < rows, 0, 127))
    apart = np.abs(columns - rows) > 1 / 30
    np.testing.assert_array_equal(block.surfaces[0, 0][apart], expected[apart])


@pytest.mark.parametrize(
    ("output", "hypothesis"),
    [("tanh_squared", np.tanh), ("sigmoid_squared", lambda z: 1 / (1 + np.exp(-z)))],
)
def test_a_run_has_its_own_plane_and_is_as_bright_as_its_answer_is_near_its_target(
    output, hypothesis
):
    experiment = replace(SMALL, data="or_centred", depth=0, networks=1, output=output)
    history = history_of(experiment, [[([[0.5], [-0.75]], [0.25])]])
    pair = [train(replace(SMALL, networks=1, steps=1)).until(0), history]
    block = read(block_of(STYLE, pair, 0))
    xor, centred = (arm["plane"] for arm in block.header["arms"])
    assert ((xor["low"], xor["high"]), (centred["low"], centred["high"])) == ((-0.5, 1.5), (-2, 2))
    assert [point[2:] for point in centred["points"]][:2] == [
        [0, "−1" if output == "tanh_squared" else "0"],
        [1, "1"],
    ]
    side = block.header["side"]
    axis = -2 + 4 * (np.arange(side) + 0.5) / side
    columns, rows = np.meshgrid(axis, axis)
    h = hypothesis(0.5 * columns - 0.75 * rows + 0.25)
    low, high = experiment.output_layer.targets
    share = (h - low) / (high - low)
    reach = np.arcsinh(block.reaches[1])
    expected = 127 * (1 + np.arcsinh(np.log(share / (1 - share))) / reach)
    np.testing.assert_allclose(block.surfaces[1, 0], expected, atol=0.6)


def test_a_run_that_diverged_has_nothing_to_show_from_then_on():
    history = train(DIVERGING)
    lost = []
    for network in history.kept:
        block = read(block_of(ALONE, [history], network))
        gone = np.isnan(history.loss[history.frame_places, network])
        written = block.header["arms"][0]["losses"]
        assert [loss is None for loss in written] == gone.tolist()
        unknown = block.surfaces[0] == UNKNOWN
        assert unknown[gone].all()
        losses = history.loss[history.frame_places, network]
        assert not unknown[losses < 1e20].any(), "well within float32"
        assert not any(np.array(block.header["arms"][0]["right"])[gone])
        lost.append(int(gone.sum()))
    assert min(lost) == 0 < max(lost)


def test_one_run_alone_is_one_arm():
    histories = pair()
    alone, both = read(block_of(ALONE, histories[:1], 1)), read(block_of(STYLE, histories, 1))
    assert [arm["name"] for arm in alone.header["arms"]] == ["ReLU"]
    assert alone.header["arms"] == both.header["arms"][:1]
    np.testing.assert_array_equal(alone.surfaces, both.surfaces[:1])


# How much travels


def long(experiment: Experiment) -> History:
    """A run with as many steps and frames as training leaves, and random parameters."""
    history = made(experiment, recorded_steps(experiment.steps, LOG_DENSITY))
    frames = np.array(recorded_steps(experiment.steps, frame_density(experiment)))
    random = np.random.default_rng(0)
    shape = (len(frames), 1, experiment.parameter_count)
    parameters = random.normal(size=shape).astype(np.float32)
    return replace(history, frame_steps=frames, frames=parameters)


@pytest.mark.parametrize(
    ("steps", "depth"), [(1_000, 9), (10_000, 9), (200_000, 9), (1_000, 50), (200_000, 50)]
)
def test_a_replay_stays_small(steps, depth):
    first = Experiment(activation="relu", depth=depth, steps=steps, networks=1)
    histories = [long(first), long(first.with_activation("sigmoid"))]
    packed = block_of(STYLE, histories, 0)
    block = read(packed)
    assert len(packed) < 300_000
    assert block.header["steps"] == histories[0].frame_steps.tolist()
    assert block.surfaces.size > 100_000, "and as fine as that allows"
    assert block.header["arms"][1]["losses"][-1] == number(histories[1].loss[-1, 0], decimals=4)


@pytest.mark.parametrize("steps", [1, 100, 1_000, 20_000, 200_000])
@pytest.mark.parametrize("shape", [(0, 1), (1, 1), (9, 10), (50, 10), (12, 64), (50, 128)])
def test_the_grid_is_as_fine_as_what_travels_and_what_it_takes_allow(shape, steps):
    depth, width = shape
    experiment = Experiment(activation="maxout", depth=depth, width=width, steps=steps, networks=1)
    frames = np.array(recorded_steps(steps, frame_density(experiment)))
    history = replace(made(experiment, [0, steps]), frame_steps=frames)
    sides = [grid_side([history] * runs) for runs in (1, 2)]
    assert sides[0] >= sides[1]
    for runs, side in enumerate(sides, 1):
        assert grids.SMALLEST_SIDE <= side <= grids.LARGEST_SIDE

        def fits(side: int, surfaces: int = runs * len(frames)) -> bool:
            cells = surfaces * side**2
            work = cells * experiment.parameter_count
            return cells <= grids.SURFACE_BYTES and work <= grids.MOST_WORK

        assert fits(side) or side == grids.SMALLEST_SIDE
        assert not fits(side + 1) or side == grids.LARGEST_SIDE


def test_the_grid_follows_the_larger_of_two_networks():
    plain = made(Experiment(activation="relu", depth=20, width=50), [0, 1])
    frames = np.arange(100)
    one, other = (
        replace(history, frame_steps=frames)
        for history in (plain, made(plain.experiment.with_activation("maxout"), [0, 1]))
    )
    assert grid_side([one, other]) == grid_side([other, one]) < grid_side([one, one])


# A run that grows


@pytest.fixture
def computed(monkeypatch) -> list[int]:
    """How many frames each call for surfaces computed."""
    counts, compute = [], grids.decision_surface

    def counted(history: History, *args) -> np.ndarray:
        counts.append(len(history.frame_steps))
        return compute(history, *args)

    monkeypatch.setattr(grids, "decision_surface", counted)
    return counts


def stages(histories: Sequence[History], looks: int) -> list[list[History]]:
    """The runs as so many looks would find them, on the way to all of their steps."""
    steps = histories[0].steps
    places = np.linspace(0, len(steps) - 1, looks).round().astype(int)
    return [
        [replace(history.until(step), experiment=history.experiment) for history in histories]
        for step in steps[places].tolist()
    ]


def test_while_a_run_goes_on_its_last_frame_alone_travels():
    histories = pair(steps=2_000)
    packed = block_of(STYLE, histories, 1)
    whole = read(packed)
    for grown in stages(histories, 6)[:-1]:
        small = block_of(STYLE, grown, 1)
        block, frame = read(small), len(grown[0].frame_steps) - 1
        assert len(small) < len(packed) / 10
        for name in ("steps", "names", "places"):
            assert block.header[name] == [whole.header[name][frame]]
        assert block.header["logged"] == len(grown[0].steps)
        for arm, then in zip(block.header["arms"], whole.header["arms"], strict=True):
            for name in ("losses", "right"):
                assert arm[name] == [then[name][frame]]
        np.testing.assert_array_equal(block.surfaces[:, 0], whole.surfaces[:, frame])


@pytest.mark.parametrize("changes", [{"steps": 2_000}, {"steps": 300, "depth": 0}], ids=str)
def test_what_was_computed_while_a_run_grew_is_not_computed_again(computed, changes):
    histories = pair(**changes)
    surfaces, seen = Surfaces(1, grid_side(histories)), set()
    *looks, whole = stages(histories, 12)
    for grown in looks:
        seen.add(grown[0].frame_steps[-1])
        pack(STYLE, grown, surfaces)
        assert computed == [1] * (2 * len(seen)), "of both runs the frame that is new"
    assert len(seen) > 4, "it grew little by little"
    computed.clear()
    block = pack(STYLE, whole, surfaces)
    assert computed == [len(whole[0].frame_steps) - len(seen)] * 2, "the frames in between"
    assert block == block_of(STYLE, histories, 1)
    computed.clear()
    assert pack(STYLE, looks[4], surfaces)
    assert pack(STYLE, whole, surfaces) == block
    assert computed == [], "what is known stays known"


@pytest.mark.parametrize("steps", [1, 30, 2_000, 20_000])
@pytest.mark.parametrize("shape", [(0, 1), (9, 10), (20, 64)])
def test_the_grid_stays_the_same_while_a_run_grows(steps, shape):
    depth, width = shape
    experiment = Experiment(activation="relu", depth=depth, width=width, steps=steps, networks=1)
    frames = np.array(recorded_steps(steps, frame_density(experiment)))
    whole = replace(made(experiment, [0, steps]), frame_steps=frames)
    parts = [replace(whole, frame_steps=frames[:count]) for count in range(1, len(frames) + 1)]
    assert {grid_side([part, part]) for part in parts} == {grid_side([whole, whole])}


def test_a_run_with_more_frames_than_its_steps_leave_still_fits():
    experiment = replace(SMALL, steps=100)
    frames = np.arange(101)
    crowded = replace(made(experiment, [0, 100]), frame_steps=frames)
    assert len(frames) > len(recorded_steps(100, frame_density(experiment)))
    assert 2 * len(frames) * grid_side([crowded, crowded]) ** 2 <= grids.SURFACE_BYTES


# Which run it is


def run_of(style: Style, histories: Sequence[History], network: int = 0) -> str:
    return read(block_of(style, histories, network)).header["run"]


def test_a_run_is_the_same_while_it_grows_and_in_any_words_and_colours():
    histories = pair(steps=200)
    run = run_of(STYLE, histories)
    for steps in (0, 50):
        assert run_of(STYLE, [history.until(steps) for history in histories]) == run
    assert run_of(Style("ko", True, STYLE.activations), histories) == run


@pytest.mark.parametrize("change", [{"seed": 1}, {"depth": 3}, {"learning_rate": 0.2}], ids=str)
def test_another_setting_is_another_run(change):
    histories, others = pair(), pair(**change)
    assert run_of(STYLE, histories) != run_of(STYLE, others)
    assert run_of(ALONE, histories[:1]) != run_of(STYLE, histories)
    assert run_of(ALONE, histories[:1]) != run_of(ALONE, histories[1:])


def test_another_network_is_one_of_the_same_run():
    histories = pair()
    assert run_of(STYLE, histories, 0) == run_of(STYLE, histories, 1)


def test_without_surfaces_there_are_the_charts_steps_and_what_is_said_instead():
    histories = pair()
    drawn, block = block_of(STYLE, histories, 0), pack(STYLE, histories, None, "none")
    header = read(block).header
    assert (header["arms"], header["notice"], read(drawn).header["notice"]) == ([], "none", "")
    for name in ("run", "steps", "places", "logged"):
        assert header[name] == read(drawn).header[name]
    assert len(block) < 20_000 < len(drawn)


def test_a_run_that_has_only_begun_can_be_packed():
    history = train(SMALL).until(0)
    block = read(block_of(ALONE, [history], 0))
    assert (block.header["steps"], block.header["places"], block.header["logged"]) == ([0], [0], 1)
    assert block.surfaces.shape[:2] == (1, 1)
    assert block.header["arms"][0]["losses"] == [number(history.loss[0, 0], decimals=4)]


def test_a_network_that_was_not_kept_has_no_replay():
    history = made(replace(SMALL, networks=9), [0, 1])
    with pytest.raises(ValueError, match="network 5"):
        block_of(ALONE, [history], 5)


def test_the_page_is_told_from_which_step_on_gradients_are_small_and_why():
    relu = Experiment(activation="relu", networks=8)
    pair = train_together([relu, replace(relu, activation="sigmoid")])
    late = read(block_of(STYLE, pair, 0)).header["late"]
    assert late == max(solved_since(pair[0]), flat_rest(pair[1]).since)
    assert pair[0].steps[late] < 500
    said = gradient_cell._late(STYLE, tuple(pair))
    sentences = [
        STYLE.words("captions.late_solved", name=STYLE.names[0], task="XOR"),
        STYLE.words("captions.late_rests", name=STYLE.names[1], height="0.693"),
    ]
    assert said == STYLE.words("captions.late", each=" ".join(sentences))
    early = train_together([replace(each.experiment, steps=5) for each in pair])
    assert gradient_cell._late(STYLE, tuple(early)) == ""
    header = read(block_of(STYLE, early, 0)).header
    assert header["late"] == header["logged"], "that is never"
