"""The replay as a GIF: its frames are the networks' answers, and it is small."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageColor

from components.drawing.charts.style import RAMP
from components.export import animation as module
from components.export.animation import (
    FRAMES,
    LAST_MILLISECONDS,
    MILLISECONDS,
    MOST_BYTES,
    SIDE,
    animation,
    last_frame,
)
from components.export.source import Source
from components.settings.naming import style_of
from components.words.text import text
from models import Experiment, History
from models.passes import decision_surface
from models.tasks import XOR
from models.trainer import train_together

RUNS = [Experiment(activation=name, depth=3, width=8, steps=2_000, networks=3, init="he_normal")
        for name in ("tanh", "relu")]  # fmt: skip


@pytest.fixture(scope="module")
def histories() -> list[History]:
    return train_together(RUNS)


def source_of(experiments, language: str = "en", dark: bool = False) -> Source:
    return Source(style_of(text(language), dark, experiments), "https://lab.example/?depth=3")


def colors_of(shares: np.ndarray) -> np.ndarray:
    """[..., 3] what a probability's colour is on the page."""
    stops = np.array([ImageColor.getrgb(color) for color in RAMP])
    place = shares * (len(stops) - 1)
    return np.stack([np.interp(place, range(len(stops)), channel) for channel in stops.T], axis=-1)


def check_surfaces(image: Image.Image, histories: list[History], frame: int, network: int) -> None:
    """The colours are those of the hypothesis there, which the network is asked for directly."""
    pixels = np.asarray(image.convert("RGB")).astype(float)
    cells = 20
    for arm, history in enumerate(histories):
        left = 40 + arm * (SIDE + 40)
        at = (np.arange(cells) + 0.5) * (SIDE / cells)
        rows = 96 + SIDE - 1 - at.astype(int)
        found = pixels[np.ix_(rows, left + at.astype(int))]
        part = replace(history, frame_steps=history.frame_steps[[frame]],
                       frames=(history.frames[frame],))  # fmt: skip
        asked = decision_surface(part, network, *XOR.window, cells)[0]
        off = np.abs(found - colors_of(asked)).max(axis=-1)
        assert np.median(off) < 8, "shades of the ramp"
        assert np.mean(off > 60) < 0.1, "but for the points and steep borders"


def test_its_frames_are_the_networks_answers(histories):
    movie = Image.open(io.BytesIO(animation(source_of(RUNS), histories, 1)))
    count = len(histories[0].frame_steps)
    assert movie.n_frames == min(count, FRAMES) > 30
    for frame, place in ((0, 0), (movie.n_frames - 1, count - 1)):
        movie.seek(frame)
        check_surfaces(movie, histories, place, 1)
    check_surfaces(Image.open(io.BytesIO(last_frame(source_of(RUNS), histories, 1))), histories,
                   count - 1, 1)  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("count", [1, 2])
def test_it_says_which_network_of_which_setting_it_is(histories, language, count, monkeypatch):
    """Whole and within its edges, however narrow it is."""
    written = []
    write = module._Scene._write

    def noted(scene, image, x, y, said, ink, size, anchor) -> None:
        letters = module.font(size, language)
        left, _, right, bottom = letters.getbbox(said, anchor=anchor)
        assert x + left >= 0
        assert x + right <= image.width
        assert y + bottom <= image.height
        written.append(said)
        write(scene, image, x, y, said, ink, size, anchor)

    monkeypatch.setattr(module._Scene, "_write", noted)
    source = source_of(RUNS[:count], language)
    link = f"https://lab.example/?{'&'.join(f'value{n}={n}' for n in range(20))}"
    source = replace(source, link=link)
    last_frame(source, histories[:count], 1)
    assert link in "".join(written)
    assert source.line(RUNS[:count]) in " ".join(written)
    which = text(language)("export.which", network=1, seed=1)
    assert any(said.endswith(which) for said in written)


def test_it_plays_for_some_seconds_over_and_over(histories):
    raw = animation(source_of(RUNS, "ko", dark=True), histories, 0)
    assert len(raw) < MOST_BYTES
    movie = Image.open(io.BytesIO(raw))
    durations = []
    for frame in range(movie.n_frames):
        movie.seek(frame)
        durations.append(movie.info["duration"])
    assert durations[:-1] == [MILLISECONDS] * (movie.n_frames - 1)
    assert durations[-1] == LAST_MILLISECONDS
    assert movie.info["loop"] == 0
    assert 3_000 < sum(durations) < 9_000


def test_where_it_would_be_too_large_it_has_fewer_shades(histories, monkeypatch):
    whole = animation(source_of(RUNS), histories, 0)
    monkeypatch.setattr(module, "MOST_BYTES", int(len(whole) * 0.8))
    assert len(animation(source_of(RUNS), histories, 0)) <= len(whole) * 0.8


def test_without_korean_letters_it_is_in_english(histories, monkeypatch):
    english = animation(source_of(RUNS), histories, 0)
    korean = animation(source_of(RUNS, "ko"), histories, 0)
    assert korean != english
    monkeypatch.setattr(module, "_font_file", lambda language: None)
    module.font.cache_clear()
    try:
        plain = animation(source_of(RUNS), histories, 0)
        assert animation(source_of(RUNS, "ko"), histories, 0) == plain
    finally:
        module.font.cache_clear()


def test_a_network_that_diverged_or_was_not_kept():
    wild = Experiment(activation="relu", depth=2, width=4, steps=60, networks=12, output="squared",
                      learning_rate=1000.0)  # fmt: skip
    runs = train_together([wild])
    assert runs[0].diverged[0]
    movie = Image.open(io.BytesIO(animation(source_of([wild]), runs, 0)))
    movie.seek(movie.n_frames - 1)
    middle = np.asarray(movie.convert("RGB"))[96 + SIDE // 2, 40 + SIDE // 2]
    assert tuple(middle) == ImageColor.getrgb(source_of([wild]).style.quiet)
    with pytest.raises(ValueError):
        animation(source_of([wild]), runs, 11)
