"""Every piece of state that the page keeps of a visitor.

An item's name is the key of the control that shows it, with a number behind it once the page itself
has given it a value. Beside these, the controls of the look inside whose key holds the shape of the
network (``layer 10``, ``unit 10``) are forgotten with that shape.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from components.drawing.charts.loss import SCALES
from components.settings.atlases import OWN, SHIPPED
from components.settings.outline import CHALLENGES, NUMBERS, OUTLINE, PAGES
from components.settings.state.runs import COMPARABLE, CURES, FAMILY, GROUPS, MANY, NONE, counts
from components.words.text import LANGUAGES
from models import ACTIVATIONS, INITIALIZERS, Experiment
from models.experiment import CLIPS, LEARNING_RATES, MOMENTA, ORDERS, RANGES, REALS
from models.initializers import BIASES
from models.norms import NO_NORM, NORMS
from models.optimizers import OPTIMIZERS
from models.outputs import OUTPUTS
from models.own_weights import Start, start_from_json
from models.sweep import FIGURES, Axis, parse_axis
from models.tasks import TASKS, XOR

MEMBERS = ("sigmoid", "tanh", "relu", "leaky_relu", "maxout", "elu")  # the lecture's six
STEPS = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
NETWORKS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
RATES = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
         0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # fmt: skip
GAINS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5,
         1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)  # fmt: skip
DECAYS = (0.0, 0.00001, 0.0001, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
LIMITS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 100.0)  # 0: none
USUAL = {"steps": STEPS, "learning_rate": RATES, "gain": GAINS, "weight_decay": DECAYS,
         "clip": LIMITS}  # fmt: skip
"""What a slider offers of a number that may also be typed."""
REAL_RANGES = REALS | {
    "momentum": MOMENTA,
    "learning_rate": (1e-9, LEARNING_RATES[1]),
    "clip": (0.0, CLIPS[1]),
}
FLAGS = ("skip", "unit_gradient", *GROUPS["mistakes"])
NESTEROV_LEAST = 0.001  # momentum: it needs some
GATES = tuple(name for name in TASKS if not name.endswith("_centred"))
CODINGS = ("", "_centred")  # of a gate's inputs: 0 and 1, or -1 and 1
MOST_POINTS = max(task.points for task in TASKS.values())
MOST_LINKED = 100  # of one's own weights: a longer link gets lost on its way
SLOPES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
ALPHAS = (0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 5.0)
RATES_TRIED = (0.001, 0.01, 0.1, 1.0)  # of which each of many runs has its best
RATE_CHOICES = ("same", "best")
SIZES = ("usual", "large")  # of type and charts
SIZED = ("depth", "width")
VIEWS = ("typical", "best", "worst", "number")
EDGES = ("weight", "gradient")
ROOM = re.compile("[A-Z0-9]{4,8}")  # a class's code
VISITOR = re.compile("[0-9a-f]{32}")  # who somebody is to a class
LAB, LESSON, ATLAS, MINE = "lab", "lesson", "atlas", "mine"
MAPS = (*SHIPPED, OWN)
AXIS_PLACES = ("x", "y", "z")  # of a map of one's own; the third is one map a value
CELL_NETWORKS = (4, 8, 16, 32, 64)
CELL_VALUE = re.compile(r"[a-z0-9_.+-]{1,24}")  # of an axis, as one types it
PRESENT = ("off", "on", "notes")  # on: at the projector; notes: on its lecturer's second screen
PANELS = ("network", "chain", "health", "points")
TYPED = (*SIZED, *USUAL)
"""The controls that are set by a slider and by a number."""
WRITTEN = ("hidden", "start", "compare_hidden", "compare_start")
"""The controls into which one writes a text."""

LABELS: dict[str, dict[Any, str]] = {
    "lang": LANGUAGES,
    "activation": {name: phi.label for name, phi in ACTIVATIONS.items()},
    "compare": {NONE: "–", FAMILY: "all", CURES: CURES}
    | {name: phi.label for name, phi in ACTIVATIONS.items()},
    "init": {name: initializer.label for name, initializer in INITIALIZERS.items()},
    "optimizer": {name: descent.label for name, descent in OPTIMIZERS.items()},
    "networks": {value: f"{value}" for value in NETWORKS},
    "dtype": {"float32": "float32", "float64": "float64"},
    "slope": {value: f"{value:g}" for value in SLOPES},
    "alpha": {value: f"{value:g}" for value in ALPHAS},
    "output": {name: output.label for name, output in OUTPUTS.items()},
    "data": {name: task.label for name, task in TASKS.items()},
    "bias": {name: name for name in BIASES},
    "order": {name: name for name in ORDERS},
    "norm": {NO_NORM: "–"} | {name: norm.label for name, norm in NORMS.items()},
    **{name: {False: "off", True: "on"} for name in FLAGS},
}
"""What the options of a control are called, as the field writes them; a link may hold these."""
LABELS |= {f"compare_{name}": LABELS[name] for name in COMPARABLE if name in LABELS}


def _never(values: Mapping[str, Any]) -> bool:
    return False


def _always(values: Mapping[str, Any]) -> bool:
    return True


def _of_family(values: Mapping[str, Any]) -> bool:
    return values["compare"] == FAMILY


def _of_many(values: Mapping[str, Any]) -> bool:
    return values["compare"] in MANY


def _in_no_link(text: str) -> Any:
    raise ValueError(text)


def _as_text(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    return f"{value}"


def _is_any(value: Any) -> bool:
    return True


@dataclass(frozen=True)
class Item:
    """One piece of state.

    Attributes:
        name: what the code calls it, and the key of its control.
        default: what it is before anybody touches it.
        writer: who may write it, beside the link on a visitor's first run.
        read: what a text in a link means; raises a ``ValueError`` for what is not possible. What
            has no parameters is in no link.
        options: what else than by ``read`` tells its possible values. None: any.
        title: the key of the sentence that names it.
        parameters: its names in a link: the one that is written, then those of older links.
        page: in whose links it is written; empty: in all.
        bears: whether what is shown depends on it, by all values: then a link that has to hold
            for good names it, even at its default.
        write: a value as it stands in a link.
        is_short: whether a value has room in a link.
        is_settled: whether its default can never change: links from before there was such a control
            mean it, so that one that has to hold for good need not name it.
    """

    name: str
    default: Any
    writer: str
    read: Callable[[str], Any] = _in_no_link
    title: str = ""
    parameters: tuple[str, ...] = ()
    options: Collection[Any] | None = None
    page: str = LAB
    bears: Callable[[Mapping[str, Any]], bool] = _never
    write: Callable[[Any], str] = _as_text
    is_short: Callable[[Any], bool] = _is_any
    is_settled: bool = False

    def is_possible(self, value: Any) -> bool:
        """Whether its control can mean this: a browser may answer in another language's labels."""
        if self.options is not None:
            return value in self.options
        try:
            kept = self.kept(value)
            return not self.parameters or kept == self.read(self.write(kept))
        except (ValueError, KeyError, OverflowError):
            return False

    def kept(self, value: Any) -> Any:
        """A control's value as it is kept: a list in the options' order, and unchangeable."""
        return self.read(self.write(tuple(value))) if isinstance(value, list) else value


class PartlyImpossibleError(ValueError):
    """Of a list's values some are not possible.

    Attributes:
        values: those that are.
        wrong: the others, as they stand in the link.
    """

    def __init__(self, values: tuple, wrong: list[str]):
        super().__init__(", ".join(wrong))
        self.values, self.wrong = values, wrong


def one_of(options: Mapping[Any, str]) -> Callable[[str], Any]:
    """Reads one of some values: by itself, by its label, or as the same number."""
    by_text = {f"{value}".casefold(): value for value in options}
    by_text |= {label.casefold(): value for value, label in options.items()}
    numbers = {float(value): value for value in options if isinstance(value, int | float)}

    def read(text: str) -> Any:
        found = by_text.get(text.strip().casefold())
        return numbers[_number(text)] if found is None else found

    return read


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """Reads a whole number of a range."""

    def read(text: str) -> int:
        value = _number(text)
        if not low <= value <= high or value != int(value):
            raise ValueError(text)
        return int(value)

    return read


def real_number(low: float, high: float) -> Callable[[str], float]:
    """Reads a number of a range."""

    def read(text: str) -> float:
        value = _number(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return read


def range_of(name: str, optimizer: str) -> tuple[float, float]:
    """The least and the largest number to type into a control, beside a run's optimizer."""
    low, high = REAL_RANGES.get(name) or RANGES[name]
    return (NESTEROV_LEAST if (name, optimizer) == ("momentum", "nesterov") else low), high


def read_widths(text: str) -> tuple[int, ...]:
    """Reads the units of each hidden layer, with commas or spaces between them."""
    read_width, (_, deepest) = whole_number(*RANGES["width"]), RANGES["depth"]
    widths = tuple(map(read_width, re.split(r"\s*,\s*|\s+", text.strip())))
    if len(widths) > deepest:
        raise ValueError(text)
    return widths


def write_start(start: Start) -> str:
    """Weights of one's own as they stand in a link."""
    return json.dumps(start, separators=(",", ":")).replace(".0,", ",").replace(".0]", "]")


def numbers_of(start: Start) -> int:
    """How many weights and biases there are."""
    return sum((len(weight) + 1) * len(bias) for weight, bias in start)


def _is_short(start: Start) -> bool:
    return numbers_of(start) <= MOST_LINKED


def some_of(options: Mapping[Any, str]) -> Callable[[str], tuple]:
    """Reads some of these values, with commas between them, in the options' order."""
    read_one = one_of(options)

    def read(text: str) -> tuple:
        found, wrong = set(), []
        for part in filter(str.strip, text.split(",")):
            try:
                found.add(read_one(part))
            except (ValueError, KeyError):
                wrong.append(part)
        values = tuple(option for option in options if option in found)
        if wrong:
            raise PartlyImpossibleError(values, wrong)
        return values

    return read


def _room(text: str) -> str:
    """Reads a class's code, in capitals or not."""
    code = text.strip().upper()
    if not ROOM.fullmatch(code):
        raise ValueError(text)
    return code


def _key(text: str) -> str:
    """Reads what a lecturer's second screen says to be the lecturer's."""
    if not VISITOR.fullmatch(text):
        raise ValueError(text)
    return text


def _number(text: str) -> float:
    """A number as one types it; ``float`` also reads other scripts' digits and underscores."""
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    return float(text)


def read_cell(text: str) -> tuple[str, ...]:
    """Reads the axes' values of a map's cell, with commas between them, as one types them."""
    values = tuple(part.strip().lower() for part in text.split(","))
    if len(values) > len(AXIS_PLACES) or not all(map(CELL_VALUE.fullmatch, values)):
        raise ValueError(text)
    return values


def _axis(text: str) -> Axis | None:
    """Reads an axis, or that there is none."""
    return None if text.strip().casefold() == "none" else parse_axis(text)


def _axis_text(axis: Axis | None) -> str:
    return axis.text if isinstance(axis, Axis) else f"{axis}".lower()


_SIDEBAR = "sidebar, presets, reset, offers"


def _control(name: str, default: Any, *formerly: str) -> Item:
    """A control of the sidebar: in the link by its own name."""
    return Item(name, default, _SIDEBAR, _reader(name), f"controls.{name}", (name, *formerly),
                bears=partial(counts, name), is_settled=name in _LATER,
                **_WRITERS.get(name, {}))  # fmt: skip


def _second(name: str) -> Item:
    """A second run's own value of a control; None: the first run's."""
    title, name_of_own = f"controls.{name}", f"compare_{name}"
    return Item(name_of_own, None, _SIDEBAR, _reader(name), title, (name_of_own,),
                bears=partial(counts, name_of_own), **_WRITERS.get(name, {}))  # fmt: skip


_READERS = {
    "hidden": read_widths,
    "start": start_from_json,
    "batch": whole_number(1, MOST_POINTS),
    "optimizer": one_of(LABELS["optimizer"] | {"momentum": "Momentum 0.9"}),  # once its label
}
_READERS |= {name: real_number(*ends) for name, ends in REAL_RANGES.items()}
_LATER = ("data", "gain", "bias", "weight_decay", *GROUPS["remedies"],
          *GROUPS["mistakes"])  # fmt: skip
"""The controls that came after links were given away."""
_WRITERS: dict[str, dict[str, Any]] = {
    "start": {"write": write_start, "is_short": _is_short},
    **{name: {"write": LABELS[name].__getitem__} for name in FLAGS},
}


def _reader(name: str) -> Callable[[str], Any]:
    if name in _READERS:
        return _READERS[name]
    return one_of(LABELS[name]) if name in LABELS else whole_number(*RANGES[name])


def _choice(
    name: str,
    options: tuple[str, ...],
    default: Any,
    writer: str,
    title: str,
    bears: Callable[[Mapping[str, Any]], bool] = _always,
) -> Item:
    """A choice between words that are named in the page's language: in the link by themselves."""
    read = one_of({option: option for option in options})
    return Item(name, default, writer, read, title, (name,), bears=bears)


_one_panel = one_of({panel: panel for panel in PANELS})


def _panel(text: str) -> str | None:
    """Reads the open panel; the replay was one until it came to the first screen."""
    return None if text.strip().casefold() == "replay" else _one_panel(text)


CONTROLS = (
    _control("activation", "relu"),
    _control("compare", "sigmoid"),
    _control("depth", Experiment.depth),
    _control("width", Experiment.width),
    _control("init", Experiment.init),
    _control("optimizer", Experiment.optimizer),
    _control("learning_rate", Experiment.learning_rate, "rate"),
    _control("steps", Experiment.steps),
    _control("networks", Experiment.networks),
    _control("seed", Experiment.seed),
    _control("dtype", Experiment.dtype),
    _control("slope", 0.1),
    _control("alpha", 1.0),
    _control("output", Experiment.output),
    _control("data", Experiment.data),
    _control("hidden", Experiment.hidden),
    _control("gain", Experiment.gain),
    _control("bias", Experiment.bias),
    _control("start", Experiment.start),
    _control("momentum", Experiment.momentum),  # None: the optimizer's own
    _control("batch", Experiment.batch),
    _control("order", Experiment.order),
    _control("weight_decay", Experiment.weight_decay),
    _control("norm", Experiment.norm),
    _control("skip", Experiment.skip),
    _control("clip", 0.0),  # none
    _control("unit_gradient", Experiment.unit_gradient),
    _control("accumulate", Experiment.accumulate),
    _control("broadcast", Experiment.broadcast),
    *(_second(name) for name in COMPARABLE),
    Item("members", MEMBERS, _SIDEBAR, some_of(LABELS["activation"]), "controls.members",
         ("members",), bears=_of_family),
    _choice("rates", RATE_CHOICES, RATE_CHOICES[0], _SIDEBAR, "controls.rates", _of_many),
)  # fmt: skip
DEFAULTS = {item.name: item.default for item in CONTROLS}
"""What the sidebar says before anybody touches it."""


def guess_item(number: int) -> str:
    """The name of the item that holds the guess in a scene, counted from 1."""
    return f"guess {number}"


def _guess(number: int, answers: tuple[str, ...]) -> Item:
    """What a visitor guessed in a scene; None: nothing yet."""
    read = one_of({answer: answer for answer in answers})
    return Item(guess_item(number), None, "lesson", read, "lesson.guess", (f"guess{number}",),
                page=LESSON)  # fmt: skip


_LESSON_ITEMS = (
    Item("scene", 1, "lesson", whole_number(1, len(NUMBERS)), "lesson.scene", ("scene",),
         page=LESSON, bears=_always),
    *(_guess(number, answers) for number, answers in enumerate(OUTLINE.values(), start=1)),
    # The scenes whose runs were shown.
    Item("seen", (), "lesson", some_of({number: f"{number}" for number in NUMBERS}),
         "lesson.seen", ("seen",), page=LESSON),
    Item("room", None, "lesson", _room, "lesson.room", ("room",), page=LESSON),
    Item("present", "off", "lesson", one_of({way: way for way in PRESENT}), "lesson.present",
         ("present",), page=LESSON),
    # By which a lecturer's second screen is known; it is in the link only until it was read.
    Item("key", None, "lesson", _key, "lesson.key", ("key",), page=LESSON),
    # What a presenter has turned to; None: a scene's first page.
    Item("page", None, "lesson", one_of({page: page for page in PAGES}), "lesson.page.title",
         ("page",), page=LESSON),
    # Where this lecturer's screen and the class were at one last: scene, outcomes, page.
    Item("kept", None, "lesson", page=LESSON),
    # The challenges whose goal was reached.
    Item("met", (), "lab", some_of({name: name for name in CHALLENGES}), "challenge.heading",
         ("met",), page=LESSON),
    # The challenge that was seen not to be reached yet.
    Item("tried", None, "lab", page=LESSON),
    # Whether this visit has taken up what the browser kept of an earlier one.
    Item("recalled", False, "lesson", page=LESSON),
    # The scene of the latest guess, and what became of it.
    Item("counted", None, "lesson", page=LESSON),
    # Who this is to a class, as the browser that comes back says.
    Item("visitor", None, "lesson", page=LESSON),
    # When the latest guesses were sent.
    Item("voted", (), "lesson", page=LESSON),
    # The class that this visitor started; and the code of no class that one came with, or typed.
    Item("started", None, "lesson", page=LESSON),
    Item("no_class", None, "lesson", page=LESSON),
)  # fmt: skip


def is_axis(item: Item) -> bool:
    """Whether it is an axis of a map of one's own."""
    return item.read is _axis


def _own_axis(place: str, usual: str) -> Item:
    """An axis of a map of one's own."""
    return Item(f"axis {place}", _axis(usual), "own map", _axis, f"atlas.axis_{place}", (place,),
                page=ATLAS, write=_axis_text)  # fmt: skip


_ATLAS_ITEMS = (
    Item("map", MAPS[0], "atlas", one_of({name: name for name in MAPS}), "atlas.map", ("map",),
         page=ATLAS, bears=_always),
    Item("figure", "solved", "atlas", one_of({name: name for name in FIGURES}), "atlas.figure",
         ("figure",), page=ATLAS, bears=_always),
    # The cell that is looked at, by its axes' values; None: the usual one.
    Item("cell", None, "atlas", read_cell, "atlas.cell", ("cell",), page=ATLAS),
    # The same, an axis a control; and what was clicked last, which a chart keeps saying.
    *(Item(f"cell {place}", None, "atlas", page=ATLAS) for place in AXIS_PLACES),
    Item("clicked", None, "atlas", page=ATLAS),
    Item("mapped", None, "atlas", page=ATLAS),  # the map that was drawn last
    _own_axis("x", "depth=1:20"),
    _own_axis("y", "init=lecture,xavier_normal,he_normal"),
    _own_axis("z", "none"),
    Item("cell_networks", 16, "own map", one_of({n: f"{n}" for n in CELL_NETWORKS}),
         "atlas.cell_networks", ("cell_networks",), page=ATLAS),
    # Whether a map of one's own is being filled in.
    Item("fill", "off", "own map", one_of({way: way for way in ("off", "on")}), "atlas.fill",
         ("fill",), page=ATLAS),
    # An axis' parts, a control each.
    *(Item(f"axis {place} {part}", None, "own map", page=ATLAS)
      for place in AXIS_PLACES for part in ("name", "low", "high", "count", "values")),
)  # fmt: skip

# None has parameters: what somebody pastes is in no link.
_MINE_ITEMS = (
    # The program, as it stands in its field.
    Item("program", "", "mine", page=MINE),
    # What the latest program was read as, and what is to be trained for it.
    Item("asked", None, "mine", page=MINE),
    # A program and a remedy, and the first with the second.
    Item("rewritten", None, "mine", page=MINE),
)

_IN_VIEW = "network in view, fate bar, look inside"
_VIEW_NUMBERS = whole_number(0, RANGES["networks"][1] - 1)
ITEMS = {
    item.name: item
    for item in (
        # None: the browser's own language.
        Item("lang", None, "sidebar", one_of(LANGUAGES), "language", ("lang",), page=""),
        *CONTROLS,
        Item("size", SIZES[0], "sidebar", one_of({size: size for size in SIZES}), "controls.size",
             ("size",), page=""),
        # The number beside a slider, which is the same value.
        *(Item(f"{name} number", DEFAULTS[name], "sidebar") for name in TYPED),
        # A gate and how its inputs are coded: together, what is to be learned.
        Item("gate", GATES[0], "sidebar", options=GATES),
        Item("coding", CODINGS[0], "sidebar", options=CODINGS),
        # What was written into a field, be it possible or not.
        *(Item(f"{name} text", "", "sidebar") for name in WRITTEN),
        *(Item(f"{name} file", None, "sidebar") for name in WRITTEN if name.endswith("start")),
        _choice("scale", SCALES, SCALES[0], "loss chart", "charts.scale"),
        _choice("view", VIEWS, VIEWS[0], _IN_VIEW, "in_view.label"),
        Item("view_number", 0, _IN_VIEW, _VIEW_NUMBERS, "in_view.number", ("network",),
             bears=lambda values: values["view"] == "number"),
        Item("held", None, "network in view"),  # what was asked for, and the network it is
        Item("inside", None, "look inside", _panel, "inside.title", ("inside",)),
        # Gradients are what the lab is about.
        Item("edges", "gradient", "network panel", options=EDGES),
        Item("point", 1, "network panel, chain panel", options=range(XOR.points)),
        Item("step look", None, "network panel, chain panel"),
        # The step that its slider was drawn with, and that step's place on it.
        Item("drawn look", (None, None), "network panel, chain panel"),
        Item("step points", None, "points panel"),
        Item("drawn points", (None, None), "points panel"),
        Item("preset", None, "presets"),
        Item("accepted", None, "offers"),
        Item("session", None, "lab, lesson, atlas, mine"),
        Item("line", None, "lab"),  # what was asked for, and when, or when it was drawn last
        Item("few", None, "lab"),  # what takes so long that its first few networks come first
        Item("few_shown", None, "lab"),  # the same, once they were
        Item("pictured", False, "lab"),  # whether there is a picture to look at while waiting
        Item("challenge", None, "lesson, lab", one_of({name: name for name in CHALLENGES}),
             "challenge.title", ("challenge",)),
        *_LESSON_ITEMS,
        *_ATLAS_ITEMS,
        *_MINE_ITEMS,
    )
}  # fmt: skip
