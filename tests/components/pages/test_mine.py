"""The page of one's own program as a visitor meets it, without a browser."""

import re
import time
from pathlib import Path

import pytest
from streamlit.util import calc_hash

from components.pages import mine
from components.panels.mine import trying
from components.panels.mine.listing import setting
from components.panels.mine.refusals import refusal_in_words
from components.runs import policy, polling
from components.settings.samples import SAMPLES, sample
from components.words.text import LANGUAGES, text
from models.reading import Refusal, read_program
from models.reading.answers import counted
from models.reading.reading import REFUSALS
from tests.components.page import PATIENCE, Page, plain

PROGRAMS = Path(__file__).parents[2] / "models" / "reading" / "programs"
COUNT = 8  # networks
HOSTILE = '<img src=x onerror="alert(1)"> **bold** [a](https://b.example) `c`'
ONE_LAYER = """
import torch
from torch import nn
X = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
Y = torch.tensor([[0.], [1.], [1.], [0.]])
model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())
loss_function = nn.BCELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
for epoch in range(400):
    optimizer.zero_grad()
    loss = loss_function(model(X), Y)
    loss.backward()
    optimizer.step()
"""


TWO_UNITS = """
import numpy as np
from tensorflow import keras
x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])
model = keras.Sequential([
    keras.layers.Dense(2, activation="relu", input_dim=2),
    keras.layers.Dense(1, activation="sigmoid"),
])
model.compile(loss="mse", optimizer="adam")
model.fit(x, y, epochs=1000)
"""


class Mine(Page):
    """One visitor's page of a program."""

    def __init__(self, **link: object):
        self._opened = False
        super().__init__(False, **{"steps": "", "networks": "", **link})

    def look(self, settle: bool = False) -> "Mine":
        if not self._opened:  # the address ends in /mine: AppTest knows pages by file alone
            self._opened = True
            for name in ("steps", "networks"):
                del self.app.query_params[name]
            self.app._page_hash = calc_hash("mine")
        return super().look(False)

    def ask(self, program: str) -> "Mine":
        """Paste a program, and wait for the answer."""
        self.set("program", program)
        return self.wait()

    def wait(self) -> "Mine":
        deadline = time.monotonic() + PATIENCE
        while 'role="progressbar"' in self.html:
            assert time.monotonic() < deadline
            self.look()
        assert not self.app.exception
        return self

    @property
    def verdict(self) -> str:
        """The answer, or why there is none."""
        return plain(re.search(r'<div class="vgl-verdict vgl-mine".*?>(.*?)</div>', self.html)[1])

    @property
    def to_lab(self) -> dict[str, str]:
        """The parameters of the way to the lab at the program's setting."""
        label = self.words("mine.open")
        found = [node.proto for node in self.app.get("page_link")]
        (link,) = [each.query_string for each in found if each.label == label]
        return dict(pair.split("=") for pair in link.split("&"))


@pytest.fixture(autouse=True)
def few_networks(monkeypatch):
    monkeypatch.setattr(trying, "COUNTS", (COUNT,))


def as_read(program: str):
    return counted(read_program(program).experiment, COUNT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_opens_with_what_one_gets(language):
    page = Mine(lang=language)
    assert not page.app.exception
    assert page.words("mine.welcome.lead") in page.prose
    assert set(page.app.query_params) <= {"lang"}


def test_a_run_of_the_answer_that_was_dropped_meanwhile_is_waited_for(monkeypatch):
    monkeypatch.setattr(policy, "CACHE_BYTES", 1)
    monkeypatch.setattr(polling, "LAST_SECONDS", 0.0)
    page = Mine(lang="en").click("sample deep").wait()
    arms = set(page.tables()["curves"]["arm"])
    assert arms == {page.words("mine.as_it_is"), page.words("mine.with_change")}
    assert page.words("atlas.cause.vanished") in page.verdict


def test_what_only_needs_more_steps_had_too_few():
    page = Mine(lang="en").ask(ONE_LAYER.replace("range(400)", "range(15)"))
    cause = page.words("atlas.cause.few_steps")
    assert page.verdict.startswith(page.words("mine.cause", cause=cause))
    assert "for epoch in range(150):" in page.html


def test_what_helps_though_it_mends_no_cause_is_said_to_and_no_cause_is_told():
    page = Mine(lang="en").ask(TWO_UNITS)
    few = page.words("verdict.few_steps", steps="1,000", stops="@").split("@")[0]
    assert few not in page.verdict
    helped = page.words("mine.helped", change="@", solved=COUNT, count=COUNT).split("@")[0]
    assert f"{helped}width 10" in page.verdict
    assert page.words("mine.no_cause") in page.verdict
    assert "<code>    keras.layers.Dense(10, " in page.html


@pytest.mark.parametrize(
    ("name", "language", "cause"),
    [
        ("deep", "en", "atlas.cause.vanished"),
        ("labels", "ko", "mine.mistakes.broadcast_labels"),
        ("lines", "en", "mine.mistakes.no_activation"),
    ],
)
def test_a_sample_is_answered_by_one_press(name, language, cause):
    page = Mine(lang=language).click(f"sample {name}").wait()
    assert page.kept("program") == sample(name)
    assert page.words(cause) in page.verdict
    assert f"{COUNT}" in page.verdict
    curves = page.tables()["curves"]
    ends = curves.groupby("arm")["middle"].last()
    as_it_is, mended = (ends[page.words(f"mine.{arm}")] for arm in ("as_it_is", "with_change"))
    assert mended < as_it_is / 2
    assert "<ins>" in page.html
    assert len(page.app.get("download_button")) == 1
    assert not page.app.exception


def test_every_sample_fails_for_another_reason():
    readings = [read_program(sample(name)) for name in SAMPLES]
    assert len({tuple(each.name for each in reading.mistakes) for reading in readings}) == 3
    assert all(reading.experiment and not reading.unread for reading in readings)


def test_what_was_pasted_is_in_no_link_and_the_lab_opens_at_exactly_its_setting():
    page = Mine().ask(ONE_LAYER)
    assert set(page.app.query_params) <= {"lang"}
    link = page.to_lab
    assert not {"program", "asked"} & link.keys()
    lab = Page(**{"steps": "1000", "networks": "64"} | link)
    assert lab.experiments == [as_read(ONE_LAYER)]


def test_a_program_that_learns_is_said_to():
    page = Mine().ask(ONE_LAYER)
    task = as_read(ONE_LAYER).task.label
    said = page.words("mine.learns", solved="@", count=COUNT, task=task).split("@")
    assert said[0] in page.verdict
    assert said[1] in page.verdict
    assert "<ins>" not in page.html


def test_a_mistake_that_does_not_keep_it_from_learning_is_told_and_mended_all_the_same():
    page = Mine().ask((PROGRAMS / "torch_mistake_double_sigmoid.py").read_text("utf-8"))
    assert page.words("mine.still_wrong") in page.verdict
    assert page.words("mine.mistakes.double_sigmoid") in page.verdict
    assert page.html.count("<ins>") == 1


def test_what_takes_no_step_is_not_trained_but_mended():
    page = Mine().ask(ONE_LAYER.replace("    optimizer.step()\n", ""))
    assert page.words("mine.untrained_still") in page.verdict
    assert page.words("mine.mistakes.no_step") in page.verdict
    assert list(page.tables()["curves"]["arm"].unique()) == [page.words("mine.with_change")]


@pytest.mark.parametrize("broken", [HOSTILE, f"{ONE_LAYER}\n# {HOSTILE}", f"x = '''{HOSTILE}'''"])
def test_what_was_pasted_is_shown_as_text(broken):
    page = Mine().ask(broken)
    assert "<img" not in page.html.lower()
    assert "&lt;img src=x onerror=" in page.html
    others = [*page.app.markdown, *page.app.caption, *page.app.warning, *page.app.error]
    assert not any("onerror" in each.value for each in others)


@pytest.mark.parametrize("sign", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028"])
def test_lines_are_counted_as_python_does(sign):
    """Other signs than a newline end no line of a program, whatever ``splitlines`` says."""
    label = "Y = torch.tensor([[0.], [1.], [1.], [0.]])"
    program = ONE_LAYER.replace("import torch\n", f"import torch  # a{sign}b\n")
    program = program.replace(label, "Y = torch.tensor([0., 1., 1., 0.])")
    reading = read_program(program.replace("nn.BCELoss", "nn.MSELoss"))
    ((name, line),) = [(each.name, each.line) for each in reading.mistakes]
    assert name == "broadcast_labels"
    assert reading.lines[line - 1].startswith("Y = ")


def test_an_error_in_the_program_is_told_with_its_line():
    page = Mine().ask("import torch\nx = (\nmodel = 3\n")
    assert page.words("mine.instead.correct") in page.verdict
    assert page.words("mine.line", line=2) in page.verdict
    assert 'class="vgl-wrong"' in page.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_is_read_of_a_program_is_named(language):
    words = text(language)
    readings = [read_program(path.read_text("utf-8")) for path in sorted(PROGRAMS.glob("*.py"))]
    said = [setting(words, each) for r in readings for each in (*r.found, *r.assumed)]
    assert len(said) > 500
    assert not [each for each in said if "_" in each or "None" in each]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", REFUSALS)
def test_every_refusal_says_what_it_is_and_what_the_lab_can_do(name, language):
    """Also where the reader has noted nothing of what its sentence tells."""
    said = refusal_in_words(text(language), Refusal(name, 3, {"name": ["<b>"]}))
    assert said.count("<p>") == 2
    assert "<b>&lt;" not in said.replace("&lt;b&gt;", "")


def test_what_takes_too_long_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(trying, "MAX_SECONDS", 1e-9)
    page = Mine().ask(ONE_LAYER.replace("0.05", "0.06"))  # what is trained costs nothing any more
    assert page.words("mine.too_long", count=mine.COUNTS[-1]) in page.verdict
    assert page.charts() == []
    assert page.to_lab


def test_a_program_is_forgotten_once_the_field_is_empty():
    page = Mine().ask(ONE_LAYER)
    page.set("program", "")
    assert "torch" not in page.html
    assert page.words("mine.welcome.lead") in page.prose
