"""What is made of finished runs: once for all, never of unfinished ones, and bounded."""

import pandas as pd
import pyarrow as pa
import pytest

from components.drawing import made
from components.drawing.charts.style import Style
from components.drawing.made import OWN_BYTES, Shelf, once, size_of
from models import Experiment, Trainer, train

RUN = Experiment(activation="tanh", depth=1, width=2, steps=50, networks=2)
STYLE = Style("en", False, ("tanh",))


@pytest.fixture(autouse=True)
def shelf(monkeypatch) -> Shelf:
    shelf = Shelf(1 << 20)
    monkeypatch.setattr(made, "shelf", shelf)
    return shelf


def test_of_a_finished_run_it_is_made_once_for_each_style_and_option():
    asked = []

    def make(style, histories, *options):
        words = style.words
        asked.append((words.language, *options))
        return [words("page.title"), histories[0].loss[-1, 0], options]

    first, again = [train(RUN)], [train(RUN)]
    korean = Style("ko", False, ("tanh",))
    for style, options in ((STYLE, ()), (STYLE, (1,)), (STYLE, (2,)), (korean, ())):
        value = once(make, style, first, *options)
        assert once(make, style, again, *options) is value
    assert asked == [("en",), ("en", 1), ("en", 2), ("ko",)]
    once(make, STYLE, [train(RUN.with_activation("relu"))])
    assert len(asked) == 5


def test_of_a_run_that_goes_on_it_is_made_each_time():
    trainer, asked = Trainer([RUN]), []
    for _ in range(2):
        trainer.advance(0.0)
        once(lambda *_: asked.append(1), STYLE, trainer.histories())
    assert len(asked) == 2


def test_what_was_looked_at_longest_ago_is_dropped_first():
    shelf, size = Shelf(3 * (OWN_BYTES + 1_000)), b"x" * 1_000
    for name in "abc":
        shelf.get(name, lambda: size)
    shelf.get("a", lambda: pytest.fail("it is there"))
    shelf.get("d", lambda: size)
    made_again = []
    for name in "acd":
        shelf.get(name, lambda: pytest.fail("it is there"))
    shelf.get("b", lambda: made_again.append(1) or size)
    assert made_again
    shelf.get("too large", lambda: b"x" * 10_000)
    shelf.get("too large", lambda: made_again.append(2) or b"")
    assert made_again == [1, 2]


def test_it_may_be_so_many_values_however_large():
    shelf = Shelf(2, lambda value: 1)
    for number in range(3):
        shelf.put(f"{number}", 10 * number)
    assert [shelf.look(f"{number}") for number in range(3)] == [None, 10, 20]
    shelf.put("2", 21)
    assert shelf.look("2") == 21


def test_sizes_are_those_of_the_bytes_within():
    table = pa.table({"x": [1.0, 2.0, 3.0]})
    frame = pd.DataFrame({"x": [1.0, 2.0]})
    assert size_of(b"abc") == size_of("abc") == 3
    assert size_of({"one": table, "two": [b"abc", ("de",)]}) == table.nbytes + 5
    assert size_of(frame) == frame.memory_usage(deep=True).sum()
    assert size_of(7) == 0
