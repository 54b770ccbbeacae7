"""The replay as an animated GIF: how the network in view came to its answers, in a few seconds."""

import io
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

from components.drawing.charts.style import RAMP
from components.drawing.plane import target_name
from components.drawing.replay.surfaces import (
    UNKNOWN,
    Surfaces,
    grid_side,
    logits_of,
    packed_type,
)
from components.drawing.svg import AFTER_SPACES, BEFORE_VALUES, LINE, wrapped
from components.export.source import Source
from components.words.numbers import number, whole
from components.words.text import Text, text
from models import Experiment, History
from models.diagnostics import lost_fate

FRAMES = 60
MILLISECONDS = 90  # a frame
LAST_MILLISECONDS = 2_500
SIDE = 420  # pixels of a surface
MOST_BYTES = 3_000_000
SHADES = (48, 24, 12)  # of the ramp: the fewer, the smaller is the file
STILL_SHADES = 160
SOFT = 8  # shades from the paper to the colour of what is written
_GAP, _HEAD, _LINE, _FOOT = 40, 96, 52, 20
_SETTING, _LINK = 17, 14  # sizes of what stands below
_STEP = 210  # pixels that the largest step takes


def animation(source: Source, histories: Sequence[History], network: int) -> bytes:
    """A GIF of the surfaces of a kept network, from the first frame to the last.

    Args:
        source: what it is of.
        histories: runs that have ended.
        network: whose parameters every run kept.

    Raises:
        ValueError: the network's parameters were not kept.
    """
    surfaces = _surfaces(histories, network, slice(None))
    for shades in SHADES:
        scene = _Scene(source, histories, network, shades)
        frames = [scene.frame(surfaces, place) for place in _places(surfaces.shape[1])]
        encoded = _encode(frames)
        if len(encoded) <= MOST_BYTES:
            break
    return encoded


def last_frame(source: Source, histories: Sequence[History], network: int) -> bytes:
    """The picture that the animation ends with, as PNG.

    Raises:
        ValueError: the network's parameters were not kept.
    """
    count = len(histories[0].frame_steps)
    surfaces = _surfaces(histories, network, slice(count - 1, count))
    buffer = io.BytesIO()
    _Scene(source, histories, network, STILL_SHADES).frame(surfaces, -1).save(buffer, "PNG")
    return buffer.getvalue()


def _surfaces(histories: Sequence[History], network: int, frames: slice) -> np.ndarray:
    """[arm, frame] as the replay has them."""
    side = grid_side(histories)
    packed = Surfaces(network, side).pack(histories, frames)
    return np.frombuffer(packed, packed_type(side)).reshape(len(histories), -1)


def _places(count: int) -> list[int]:
    """Which frames are shown: as the replay plays them, evenly, at most ``FRAMES``."""
    return sorted({*np.linspace(0, count - 1, min(count, FRAMES)).round().astype(int).tolist()})


def _encode(frames: Sequence[Image.Image]) -> bytes:
    buffer = io.BytesIO()
    pauses = [MILLISECONDS] * (len(frames) - 1) + [LAST_MILLISECONDS]
    first, *others = frames
    first.save(
        buffer,
        "GIF",
        save_all=True,
        append_images=others,
        duration=pauses if others else LAST_MILLISECONDS,
        loop=0,
        optimize=False,
        disposal=1,
    )
    return buffer.getvalue()


class _Scene:
    """Draws frames in one palette: the ramp's shades, then a few for each colour of writing."""

    def __init__(self, source: Source, histories: Sequence[History], network: int, shades: int):
        self._words, self._shades = writable(source.words), shades
        style = replace(source.style, language=self._words.language)
        self.source, self.histories, self.network = replace(source, style=style), histories, network
        inks = dict.fromkeys([style.ink, style.quiet, *style.inks])
        solid = dict.fromkeys([style.paper, *inks, RAMP[0], RAMP[-1], "#FFFFFF"])
        colors = [*_between(RAMP, shades), *(ImageColor.getrgb(color) for color in solid)]
        self._solid = {color: shades + place for place, color in enumerate(solid)}
        self._soft = {}  # where each colour's way from the paper begins
        for ink in inks:
            self._soft[ink] = len(colors)
            colors += _between((style.paper, ink), SOFT)
        self._palette = np.array(colors, np.uint8).tobytes()
        self._width = _GAP + len(histories) * (SIDE + _GAP)
        self._foot = self._below()
        below = sum(LINE * size for _, size, _ in self._foot)
        self._height = _HEAD + SIDE + _LINE + int(below) + _FOOT
        self._still = self._draw_still()

    def frame(self, surfaces: np.ndarray, place: int) -> Image.Image:
        """The picture at one frame."""
        ink, image, words = self.source.style.ink, self._still.copy(), self._words
        step = f"{words('charts.step')} {whole(self.histories[0].frame_steps[place])}"
        above = 30 if len(self.histories) > 1 else 74  # one run leaves no room beside the title
        self._write(image, self._width - _GAP, above, step, ink, 24, "rm")
        pen = ImageDraw.Draw(image)
        for arm, history in enumerate(self.histories):
            left = _GAP + arm * (SIDE + _GAP)
            self._paint(image, surfaces[arm, place], left)
            self._points(pen, history.experiment, left)
            loss = history.loss[history.frame_places[place], self.network]
            fate = lost_fate(history.experiment)
            told = words(f"fate.{fate}")
            if np.isfinite(loss):
                told = words("replay.loss", loss=_loss(loss))
            self._write(image, left + SIDE, _HEAD + SIDE + 16, told, ink, 18, "ra")
        return image

    def _draw_still(self) -> Image.Image:
        """All that stays: title, names, axes, link."""
        style = self.source.style
        image = Image.new("P", (self._width, self._height), self._solid[style.paper])
        image.putpalette(self._palette)
        seed = self.histories[0].experiment.seed + self.network
        which = self._words("export.which", network=self.network, seed=seed)
        title = f"{self.source.title} · {which}"
        room = self._width - 2 * _GAP - (_STEP if len(self.histories) > 1 else 0)
        wide = font(24, self._words.language).getlength(title)
        size = int(24 * min(1.0, room / wide))
        self._write(image, _GAP, 30, title, style.ink, size, "lm")
        for arm, (name, ink) in enumerate(zip(style.names, style.inks, strict=True)):
            left = _GAP + arm * (SIDE + _GAP)
            room = SIDE if len(self.histories) > 1 else SIDE - _STEP
            self._write(image, left, 74, self._fitting(name, 24, room), ink, 24, "lm")
            low, high = self.histories[arm].experiment.task.window
            axes = f"x1, x2: {low:g} … {high:g}".replace("-", "−")
            self._write(image, left, _HEAD + SIDE + 16, axes, style.quiet, 18, "la")
        y: float = _HEAD + SIDE + _LINE
        for said, size, ink in self._foot:
            self._write(image, _GAP, int(y), said, ink, size, "la")
            y += LINE * size
        return image

    def _below(self) -> list[tuple[str, int, str]]:
        """Lines that stand below, their sizes and colours: the setting and the link, both whole."""
        source, room = self.source, self._width - 2 * _GAP
        setting = source.line([history.experiment for history in self.histories])
        lines = []
        for said, size, ink, cut in (
            (setting, _SETTING, source.style.ink, AFTER_SPACES),
            (source.link, _LINK, source.style.quiet, BEFORE_VALUES),
        ):
            wide = font(size, self._words.language).getlength
            lines += [(part.rstrip(), size, ink) for part in wrapped(said, wide, room, cut)]
        return lines

    def _fitting(self, said: str, size: int, room: int) -> str:
        """As much of it as there is room for, in pixels."""
        wide, length = font(size, self._words.language).getlength, len(said)
        while wide(_shortened(said, length)) > room and length > 1:
            length -= 1
        return _shortened(said, length)

    def _write(
        self, image: Image.Image, x: int, y: int, said: str, ink: str, size: int, anchor: str
    ) -> None:
        """Write on paper, with soft edges, as far as there is room."""
        letters = font(size, self._words.language)
        left, top, right, bottom = letters.getbbox(said, anchor=anchor)
        cover = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
        ImageDraw.Draw(cover).text((-left, -top), said, 255, letters, anchor=anchor)
        levels = np.rint(np.asarray(cover) * ((SOFT - 1) / 255)).astype(np.uint8)
        tile = Image.fromarray(levels + np.uint8(self._soft[ink]), "P")
        image.paste(tile, (int(x + left), int(y + top)))

    def _paint(self, image: Image.Image, surface: np.ndarray, left: int) -> None:
        """A surface as the replay draws it: logits are interpolated, then become colours."""
        logits = logits_of(surface)
        fine = Image.fromarray(logits[::-1].copy()).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        shares = 1 / (1 + np.exp(-np.asarray(fine)))
        shades = np.rint(shares * (self._shades - 1)).astype(np.uint8)
        if (surface["cells"] == UNKNOWN).any():
            shades[:] = self._solid[self.source.style.quiet]
        image.paste(Image.fromarray(shades, "P"), (left, _HEAD))

    def _points(self, pen: ImageDraw.ImageDraw, experiment: Experiment, left: int) -> None:
        pen.fontmode = "1"  # their ground is none of those that writing has soft edges on
        radius = 15
        low, high = experiment.task.window
        for first, second, label in experiment.task.labelled_points():
            x = left + (first - low) / (high - low) * SIDE
            y = _HEAD + SIDE - (second - low) / (high - low) * SIDE
            inside, outside = (RAMP[-1], RAMP[0]) if label else (RAMP[0], "#FFFFFF")
            box = (x - radius, y - radius, x + radius, y + radius)
            pen.ellipse(box, self._solid[inside], self._solid[outside], 3)
            said = target_name(experiment.output_layer, label)
            letters = font(18 if len(said) == 1 else 14, "en")
            pen.text((x, y), said, self._solid[outside], letters, anchor="mm")


def _loss(loss: float) -> str:
    """A loss in letters that every font has: raised digits are in few."""
    said = number(loss, decimals=4)
    return f"{loss:.1e}" if "×" in said else said


def _shortened(said: str, length: int) -> str:
    """The whole text, or so many letters of it."""
    return said if len(said) <= length else said[: length - 1] + "…"


def _between(stops: Sequence[str], count: int) -> list[tuple[int, ...]]:
    """So many colours, evenly along the way from stop to stop."""
    channels = np.array([ImageColor.getrgb(color) for color in stops])
    way = np.linspace(0, len(stops) - 1, count)
    mixed = [np.interp(way, range(len(stops)), channel) for channel in channels.T]
    return [tuple(color) for color in np.rint(np.stack(mixed, axis=1)).astype(int).tolist()]


def writable(words: Text) -> Text:
    """The language, or English where this machine has no letters for it."""
    return words if words.language == "en" or _font_file(words.language) else text("en")


@cache
def font(size: int, language: str) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Letters of a size for a language; Pillow's own where the machine has none."""
    path = _font_file(language)
    return ImageFont.truetype(path, size) if path else ImageFont.load_default(size)


@cache
def _font_file(language: str) -> str | None:
    """Where this machine keeps a font with the letters of a language; None: it has none."""
    program = shutil.which("fc-match")
    if program is None:
        return None
    command = [program, "-f", "%{lang}\t%{file}", f"sans-serif:lang={language}"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=10).stdout
    languages, _, path = found.partition("\t")
    return path if path and language in languages.split("|") else None
