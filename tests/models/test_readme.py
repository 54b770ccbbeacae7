"""What the README says of scripting, run as it stands there."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

from models.experiment import CHOICES, RANGES

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SCRIPTING = README.split("\n## Scripting\n")[1].split("\n## ")[0]
SAID = re.compile(r"^(?P<code>\S.*?) +# (?P<said>\[[A-Z, ]+\]|\{.*?\})", re.MULTILINE)


@pytest.fixture(scope="module")
def names() -> dict:
    """What is known after its programs have run, one after the other."""
    known: dict = {}
    for block in re.findall(r"```python\n(.*?)```", SCRIPTING, re.DOTALL):
        exec(block, known)
    return known


def test_the_programs_give_what_is_said_beside_them(names):
    said = [(m["code"], m["said"]) for m in SAID.finditer(SCRIPTING)]
    assert len(said) > 6
    letters: dict[str, int] = {}
    for code, answer in said:
        value = eval(code, names)
        if answer.startswith("{"):
            assert value == ast.literal_eval(answer), code
            continue
        for each in value if isinstance(value, tuple) else (value,):
            shape = np.shape(each)
            wanted = answer.strip("[]").split(", ")
            assert len(shape) == len(wanted), code
            for letter, length in zip(wanted, shape, strict=True):
                assert letters.setdefault(letter, length) == length, f"{letter} of {code}"


@pytest.mark.parametrize("field", CHOICES)
def test_the_table_names_every_value(field):
    cell = re.search(rf"^\| `{field}` \| (.*) \|$", SCRIPTING, re.MULTILINE)[1]
    named = {word for part in re.findall(r"`([^`]+)`", cell) for word in part.split()}
    assert named == set(CHOICES[field])


def test_the_table_names_every_range():
    row = re.search(r"^\| `depth`, .*$", SCRIPTING, re.MULTILINE)[0]
    fields, ranges = row.strip("| ").split(" | ")
    told = [part.replace(",", "") for part in ranges.split(", ")]
    for field, text in zip(fields.replace("`", "").split(", "), told, strict=True):
        low, high = RANGES[field]
        assert text == f"{low} to {high}"
