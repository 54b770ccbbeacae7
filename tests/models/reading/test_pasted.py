"""What is pasted where a program is asked for: programs as pages show them, and what is none."""

import json

import pytest

from models.reading import read_program
from models.reading.pasted import MOST_BYTES
from tests.models.reading.running import FOLDER

PROGRAM = (FOLDER / "torch_sequential_sigmoid.py").read_text(encoding="utf-8")
LINES = PROGRAM.split("\n")


def console() -> str:
    """The program as a console shows it, with what it prints."""
    shown, inside = [], False
    for line in LINES:
        inside = inside and (line.startswith((" ", ")")) or not line)
        shown.append(f"{'...' if inside else '>>>'} {line}")
        inside = inside or line.endswith((":", "("))
    return "\n".join([*shown, "0 0.6931", "1000 0.25"])


def notebook() -> str:
    """The program as a notebook's file."""
    cells = [
        {"cell_type": "markdown", "source": ["# XOR (for a start"]},
        {"cell_type": "code", "source": ["!pip install torch\n", "%matplotlib inline\n"]},
        {"cell_type": "code", "source": [f"{line}\n" for line in LINES]},
    ]
    return json.dumps({"cells": cells, "nbformat": 4})


SHOWN = {
    "a console": console(),
    "a notebook": notebook(),
    "a page": "```python\n" + PROGRAM + "\n```\n",
    "a cell with commands": "%%time\n!pip install torch\n" + PROGRAM,
    "an indented block": "\n".join(f"    {line}" if line else "" for line in LINES),
    "another machine": "\ufeff" + PROGRAM.replace("\n", "\r\n"),
    "odd spaces": PROGRAM.replace("    ", "\u00a0\u00a0\u00a0\u00a0"),
    "bytes": PROGRAM.encode(),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_program_is_read_however_it_is_shown(name):
    reading = read_program(SHOWN[name])
    assert reading.refusal is None
    assert reading.experiment == read_program(PROGRAM).experiment
    steps = next(each for each in reading.found if each.field == "steps")
    assert "range(10001)" in reading.text.split("\n")[steps.line - 1]


TRACE = """Traceback (most recent call last):
  File "xor.py", line 12, in <module>
    loss.backward()
RuntimeError: Found dtype Long but expected Float
"""
NONE = {
    "nothing": ("", "empty", {}),
    "blanks": (" \n\t\n", "empty", {}),
    "too much": ("x = 1\n" * 20_000, "too_long", {"bytes": 120_000, "most": MOST_BYTES}),
    "letters of three bytes": ("가" * 22_000, "too_long", {"bytes": 66_000, "most": MOST_BYTES}),
    "a file that is no text": (b"\x89PNG\r\n\xff", "not_text", {}),
    "a zero": ("x = 1\0", "not_text", {}),
    "half a letter": ("x = '\ud800'", "not_text", {}),
    "an error message": (
        TRACE, "stack_trace", {"error": "RuntimeError: Found dtype Long but expected Float"},
    ),
    "Java": (
        "public class Xor {\n  public static void main(String[] a) { }\n}\n",
        "other_language", {"language": "Java"},
    ),
    "C++": (
        "#include <vector>\nint main() { return 0; }\n", "other_language", {"language": "C++"},
    ),
    "JavaScript": (
        "const model = tf.sequential();\nmodel.add(tf.layers.dense({units: 4}));\n",
        "other_language", {"language": "JavaScript"},
    ),
    "a shell": ("$ pip install torch\n$ python xor.py\n", "other_language", {"language": "shell"}),
    "Korean": ("왜 학습이 안 되나요?", "not_python", None),
    "Python without a network": ("print(sum(range(10)))\n", "no_network", None),
}  # fmt: skip


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_program_is_called_what_it_is(name):
    text, refusal, values = NONE[name]
    reading = read_program(text)
    assert reading.experiment is None
    assert reading.refusal.name == refusal
    assert values is None or dict(reading.refusal.values) == values


def test_an_error_of_syntax_has_its_line():
    broken = PROGRAM.replace("loss.backward()", "loss.backward(").replace(
        "cost.backward()", "cost.backward("
    )
    refusal = read_program(broken).refusal
    assert refusal.name == "not_python"
    assert "backward(" in LINES[refusal.line - 1]
    assert refusal.values["message"] == "'(' was never closed"
