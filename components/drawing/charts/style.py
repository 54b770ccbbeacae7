"""What all charts share: one colour for each run, type sizes, axes."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import altair as alt

from components.words.numbers import SUPERSCRIPT
from components.words.text import Text, text
from models import ACTIVATIONS

LABEL_SIZE = 13
TITLE_SIZE = 14
PADDING = 12  # pixels between the first and last layer and the plot's edges
ENLARGED = 1.55  # times as large are type and lines for the last row: 13 pixels become 20
LINEAR_STEPS = 5  # of a symlog axis: the kept steps stand about equally far apart, as in the replay
PLACE = "round(position * datum.last)"  # a Vega expression: which logged step ``position`` is at

# From low to high: dark blue, grey, yellow: no activation's colour, and told apart in any kind of
# colour vision.
RAMP = ("#00224e", "#7c7b78", "#fee838")

# Okabe & Ito's colour-blind-safe hues, darkened on white and lightened on black until a line has
# a contrast of 3:1. The lecture's six activations have one each; others borrow, and turn neutral
# where they would meet the owner of their colour.
_LIGHT = {
    "blue": "#0072B2",
    "green": "#00805D",
    "vermillion": "#D55E00",
    "orange": "#B07500",
    "purple": "#B5578B",
    "sky": "#2E95CF",
    "neutral": "#5B6472",
}
# The same where they are read: deep enough for small type (4.5:1) on paper and on a quiet ground.
_LIGHT_INKS = _LIGHT | {
    "green": "#007D5B",
    "vermillion": "#B55000",
    "orange": "#976500",
    "purple": "#A85181",
    "sky": "#2474A1",
}
_DARK = {
    "blue": "#4FA8E8",
    "green": "#2FC39B",
    "vermillion": "#FF8340",
    "orange": "#F0B32E",
    "purple": "#E08FBF",
    "sky": "#9AD7FF",
    "neutral": "#B4BCC9",
}
_HUES = {
    "sigmoid": "blue",
    "tanh": "green",
    "relu": "vermillion",
    "leaky_relu": "orange",
    "maxout": "purple",
    "elu": "sky",
    "identity": "neutral",
    "softplus": "purple",
    "selu": "sky",
    "gelu": "orange",
    "silu": "green",
    "mish": "purple",
}
_DASHES = ([1, 0], [7, 4], [2, 3])
_SPARE = ("neutral", *dict.fromkeys(_HUES.values()))  # for who finds its own hue taken, in turn
# Of many runs' points, as Vega calls them, and as they are written beside a name.
_MARKS = {
    "circle": "●", "square": "■", "triangle-up": "▲", "diamond": "◆", "cross": "✚",
    "triangle-down": "▼", "triangle-right": "►", "triangle-left": "◄",
}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How what is shown looks, and in which words: everything but what it shows.

    Attributes:
        language: ``ko`` or ``en``.
        dark: whether the page is dark.
        activations: a key of ``ACTIVATIONS`` for each run: the chosen one first.
        called: what each run is called; by default by its activation.
        large: whether it is to be read from the last row: see ``enlarged``.
        same: of each run the place of the one whose line is its own, too; by default its own.
    """

    language: str
    dark: bool
    activations: tuple[str, ...]
    called: tuple[str, ...] = ()
    large: bool = False
    same: tuple[int, ...] = ()

    @property
    def scale(self) -> float:
        """How many times as large as usual it is; expressions in pixels need it."""
        return ENLARGED if self.large else 1.0

    @property
    def words(self) -> Text:
        """The sentences of the language."""
        return text(self.language)

    @property
    def colors(self) -> list[str]:
        """One colour a run: its activation's, or a free one where another run has a better claim.

        The claim to a hue goes by the activation that owns it, then by the order of the runs.
        """
        palette = _DARK if self.dark else _LIGHT
        return [palette[hue] for hue, _ in self._lines()]

    @property
    def inks(self) -> list[str]:
        """One colour a run for what is written: its own, deep enough to be read."""
        palette = _DARK if self.dark else _LIGHT_INKS
        return [palette[hue] for hue, _ in self._lines()]

    @property
    def dashes(self) -> list[list[int]]:
        """One dash pattern a run, in pixels: of those that share a colour, only one is solid."""
        return [_DASHES[min(earlier, len(_DASHES) - 1)] for _, earlier in self._lines()]

    @property
    def marks(self) -> list[str]:
        """One sign a run for its points, as it is written beside a name: two lines have two."""
        signs = list(_MARKS.values())
        return [signs[sorted({*self._drawn()}).index(at) % len(signs)] for at in self._drawn()]

    def _drawn(self) -> tuple[int, ...]:
        """Of each run the place of the one whose line is drawn for it."""
        return self.same or tuple(range(len(self.activations)))

    def _lines(self) -> list[tuple[str, int]]:
        """Each run's hue, and how many runs with a better claim to it have it as well."""
        lines: dict[int, tuple[str, int]] = {}
        taken = Counter[str]()
        drawn = self._drawn()
        for place in sorted({*drawn}, key=lambda at: (not self._owns(at), at)):
            # The own one where it is free, then a free one, then one that fewest have.
            hue = min((_HUES[self.activations[place]], *_SPARE), key=taken.__getitem__)
            lines[place] = hue, taken[hue]
            taken[hue] += 1
        return [lines[place] for place in drawn]

    def _owns(self, place: int) -> bool:
        """Whether the run is of the activation that its hue is given to first."""
        activation = self.activations[place]
        return next(name for name, hue in _HUES.items() if hue == _HUES[activation]) == activation

    @property
    def names(self) -> list[str]:
        """One name a run."""
        return list(self.called or (ACTIVATIONS[name].label for name in self.activations))

    @property
    def quiet(self) -> str:
        """The colour of what should stay in the background."""
        return (_DARK if self.dark else _LIGHT)["neutral"]

    @property
    def ink(self) -> str:
        """The colour of writing: the theme's."""
        return "#EEF1F6" if self.dark else "#1B2330"

    @property
    def paper(self) -> str:
        """The colour that is drawn on: the theme's."""
        return "#10151E" if self.dark else "#FFFFFF"

    def color(self, legend: alt.Legend | None = None) -> alt.Color:
        """The colour channel: the field ``arm`` holds the run's name."""
        scale = alt.Scale(domain=self.names, range=self.colors)
        return alt.Color("arm", type="nominal", scale=scale, legend=legend)

    def dash(self) -> alt.StrokeDash:
        """The dash pattern of many runs' lines, by the same field."""
        scale = alt.Scale(domain=self.names, range=self.dashes)
        return alt.StrokeDash("arm", type="nominal", scale=scale, legend=None)

    def shape(self) -> alt.Shape:
        """The shape of many runs' points, by the same field."""
        shapes = {sign: shape for shape, sign in _MARKS.items()}
        scale = alt.Scale(domain=self.names, range=[shapes[sign] for sign in self.marks])
        return alt.Shape("arm", type="nominal", scale=scale, legend=None)


_IN_PIXELS = {
    "fontSize", "labelFontSize", "titleFontSize", "strokeWidth", "dx", "dy", "limit", "height",
    "minExtent", "maxExtent", "labelSeparation", "labelLimit", "titlePadding", "labelPadding",
}  # fmt: skip


def _fitting(title: str, along: str) -> alt.ExprRef:
    """A Vega expression: a title's size, smaller than usual where the plot's side is too short.

    A letter of an alphabet is about half as wide as high, one of Hangul as wide.
    """
    letters = sum(0.47 if ord(each) < 0x1100 else 0.95 for each in title)
    return alt.ExprRef(f"min({TITLE_SIZE:g}, {along} / {max(letters, 1):.3g})")


def enlarged(spec: Any) -> Any:
    """A chart's description with all that is given in pixels as much larger as its type."""
    if isinstance(spec, list):
        return [enlarged(part) for part in spec]
    if not isinstance(spec, dict):
        return spec
    fitting = spec.get("titleFontSize")
    if isinstance(fitting, dict):  # of an axis: what fits it still has to fit
        rest = fitting["expr"].removeprefix(f"min({TITLE_SIZE:g},")
        spec = spec | {"titleFontSize": {"expr": f"min({TITLE_SIZE * ENLARGED:g},{rest}"}}
    return {
        name: part * ENLARGED
        if name in _IN_PIXELS and isinstance(part, int | float)
        else part * ENLARGED**2
        if name in ("size", "symbolSize") and isinstance(part, int | float)  # its area
        else _grown(part)
        if name in ("strokeDash", "strokeWidth")
        else enlarged(part)
        for name, part in spec.items()
    }


def _grown(part: Any) -> Any:
    """A length or a dash, or each of a channel that has one for a condition or a range."""
    if isinstance(part, int | float):
        return part * ENLARGED
    if isinstance(part, list):
        return [_grown(each) for each in part]
    if not isinstance(part, dict):
        return part
    chosen = ("value", "condition", "scale", "range")
    return {n: _grown(each) if n in chosen else enlarged({n: each})[n] for n, each in part.items()}


def axis(title: str, along: str = "width", **options) -> alt.Axis:
    """An axis with type that the last row can read, and quiet lines.

    ``along`` is the side that its title runs along, a Vega expression of pixels.
    """
    return alt.Axis(
        title=title,
        labelFontSize=LABEL_SIZE,
        titleFontSize=_fitting(title, along),
        titleFontWeight="normal",
        gridOpacity=0.5,
        domain=False,
        **options,
    )


def flush_axis(title: str, **options) -> alt.Axis:
    """A vertical axis whose labels stay within the plot, so that plots in a row share edges."""
    return axis(title, along="height", labelFlush=True, **options)


def layer_channel(style: Style) -> alt.X:
    """Layers from left to right, from the field ``layer``."""
    return alt.X(
        "layer",
        type="quantitative",
        scale=alt.Scale(nice=False, zero=False, padding=PADDING),
        axis=axis(
            style.words("charts.layer"),
            along="(width + 60)",  # room beside the plot, for the other axis and the names
            labelExpr="datum.value < 1 ? '' : format(datum.value, 'd')",  # there is no layer 0
            tickMinStep=1,
            tickCount=10,
        ),
    )


def steps_scale() -> alt.Scale:
    """Steps from left to right: evenly at first, then by powers of ten."""
    return alt.Scale(type="symlog", constant=LINEAR_STEPS, nice=False)


def position(name: str = "") -> alt.Parameter:
    """Which step a chart shows: from the first logged one, 0, to the last, 1; set by a slider."""
    bind = alt.binding_range(min=0, max=1, step=0.002, name=name)
    return alt.param(name="position", value=0, bind=bind)


def tip(field: str, title: str, **options) -> alt.Tooltip:
    """A number's line in a tooltip; ``options`` such as its format."""
    return alt.Tooltip(field, type="quantitative", title=title, **options)


def name_tip(field: str, title: str) -> alt.Tooltip:
    """A name's line in a tooltip."""
    return alt.Tooltip(field, type="nominal", title=title)


def quoted(text: str) -> str:
    """A text as a literal of Vega's expressions, whatever quotes or backslashes are in it."""
    return json.dumps(text, ensure_ascii=False)


def power_of_ten_labels() -> str:
    """A Vega expression that writes an axis value ``-3`` as 10⁻³."""
    label = "format(datum.value, 'd')"
    label = f"replace({label}, '−', '-')"
    for plain, raised in SUPERSCRIPT.items():
        label = f"replace({label}, regexp('{chr(plain)}', 'g'), '{chr(raised)}')"
    return f"'10' + {label}"
