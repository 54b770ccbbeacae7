"""Whatever is pasted, there is a reading: an experiment, or the reason why there is none."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.reading import read_program
from models.reading.evaluation import Machine
from models.reading.pasted import MOST_BYTES
from models.reading.program import TABLE
from models.reading.reading import REFUSALS, Reading
from tests.models.reading.running import FOLDER

PROGRAMS = sorted(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
TOKENS = sorted(set(re.findall(r"\w+|[^\w\s]", "\n".join(PROGRAMS))))
DATA = "import torch\nimport torch.nn as nn\nx = torch.zeros(4, 2)\n"
W = "w = torch.ones(2, 2, requires_grad=True)\n"


def is_one_or_the_other(reading: Reading) -> bool:
    """Whether there is an experiment or a refusal whose name is known."""
    if reading.refusal is None:
        return reading.experiment is not None
    return reading.experiment is None and reading.refusal.name in REFUSALS


@given(st.text(max_size=300))
def test_any_text_is_read(text):
    assert is_one_or_the_other(read_program(text))


@given(st.text(st.sampled_from(" \n\t()[]{}:=.,*+-'\"#\\@xif0for"), max_size=300))
def test_any_text_like_a_program_is_read(text):
    assert is_one_or_the_other(read_program(text))


@given(st.binary(max_size=200))
def test_any_bytes_are_read(given_bytes):
    assert is_one_or_the_other(read_program(given_bytes))


@st.composite
def _changed(draw) -> str:
    """A program of the corpus with lines and tokens in the wrong places."""
    lines = draw(st.sampled_from(PROGRAMS)).split("\n")
    for _ in range(draw(st.integers(1, 4))):
        place, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        kind = draw(st.sampled_from(["drop", "twice", "swap", "token"]))
        if kind == "drop":
            lines[place] = ""
        elif kind == "twice":
            lines.insert(place, lines[place])
        elif kind == "swap":
            lines[place], lines[other] = lines[other], lines[place]
        else:
            found = list(re.finditer(r"\w+|[^\w\s]", lines[place]))
            if found:
                of = draw(st.sampled_from(found))
                token = draw(st.sampled_from(TOKENS))
                lines[place] = lines[place][: of.start()] + token + lines[place][of.end() :]
    return "\n".join(lines)


@settings(deadline=None)
@given(_changed())
def test_any_program_with_an_error_in_it_is_read(text):
    assert is_one_or_the_other(read_program(text))


HOSTILE = {
    "brackets": "(" * MOST_BYTES,
    "lists": "[" * (MOST_BYTES // 2) + "]" * (MOST_BYTES // 2),
    "braces": "{" * MOST_BYTES,
    "deep lists": ("x=" + "[" * 55 + "]" * 55 + "\n") * 100,
    "signs": "x=" + "-" * 11_000 + "1",
    "not": "x=" + "not " * 11_000 + "1",
    "sums": "x=" + "1+" * 5_900 + "1",
    "attributes": "x=a" + ".b" * 5_900,
    "calls": "x=a" + "()" * 5_900,
    "lambdas": "x=" + "lambda:" * 5_900 + "1",
    "names": "a=" * 5_900 + "1",
    "either": "x=" + "1 if 1 else " * 2_900 + "1",
    "ifs": "".join(" " * i + "if x:\n" for i in range(95)) + " " * 95 + "pass",
    "powers": "x = 9**9**9\ny = x**x\n" * 500,
    "shifts": "x = 1 << 10**9\n" * 500,
    "products": "x = 10**200\n" + "x = x * x\n" * 1_000,
    "long lists": "x = [0] * 10**9\ny = 'a' * 10**10\n" * 500,
    "doubled": "x = 'a'\ny = [1]\nz = (1,)\n" + "x = x + x\ny = y + y\nz = (z, z)\n" * 500,
    "ranges": "for i in range(10**12):\n  x = [j for j in range(10**12)]\n" * 100,
    "endless": "while True:\n  pass\n" * 500,
    "nested loops": "".join("  " * i + f"for x{i} in range(500):\n" for i in range(18))
    + "  " * 18
    + "pass",
    "comprehensions": "x = [[[k for k in range(500)] for j in range(500)] for i in range(500)]",
    "recursion": "def f(n):\n  return f(n - 1) + f(n - 2)\nf(9)\nf = lambda x: x(x)\nf(f)\n",
    "classes of themselves": "class A(A):\n  pass\nclass B:\n  def __init__(self):\n"
    "    self.b = B()\nB()\n",
    "lists of themselves": "a = []\na.append(a)\nb = [a, a]\nc = a == b\n"
    "for d in a:\n  a.append(b)\n",
    "generators of themselves": "def g():\n  while True:\n    yield from g()\n"
    "for x in g():\n  pass\n",
    "large arrays": "import numpy as np\nx = np.ones((400, 400))\ny = np.ones((10**5, 10**5))\n"
    "z = np.ones((30000, 1)) * np.ones((1, 30000))\nz = np.tile(x, (10**4, 10**4))\n"
    + "x = x @ x\n"
    * 500,
    "long sums": DATA + W + "x = x @ w\n" + "x = x + x\n" * 1_500 + "x.mean().backward()\n",
    "long chains": DATA + W + "x = torch.tanh(x @ w) + x\n" * 500 + "x.mean().backward()\n",
    "many layers": DATA + "m = nn.Sequential(*[nn.Linear(2, 2) for i in range(4000)])\n"
    "m(x).mean().backward()\n",
    "large layers": DATA + "m = nn.Linear(10**9, 10**9)\nm(x).mean().backward()\n",
    "a module in itself": DATA + "m = nn.Sequential()\nm.add_module('a', m)\n"
    "m.apply(lambda each: each.apply(m.apply))\nm(x).mean().backward()\n",
    "doubles": "a = (1,)\nb = (1,)\n" + "a = (a, a)\nb = (b, b)\n" * 60 + "c = a == b\n"
    "x = [0] * 4096\n"
    + "x = [x] * 4096\n"
    * 9
    + "c = x == [x]\nimport torch\ny = torch.tensor(x)\n"
    "for z in x:\n  pass\n",
    "products of draws": DATA
    + "y = torch.rand(2, 2)\n"
    + "y = y * y\n" * 99
    + "z = nn.Parameter(y)\nF.elsewhere(y)\n(x @ z).mean().backward()\n",
    "classes of classes": "class A:\n  pass\n"
    + "class A(A, A, A):\n  pass\n" * 200
    + "A().x\n" * 500,
    "many names": "".join(f"a{i} = {i}\n" for i in range(1_500)) + "if b:\n  c\n" * 1_400,
    "a long function": "def f():\n" + "  x = 1\n" * 1_000 + "  yield 1\n" + "f()\n" * 1_500,
    "prints": "x = '{:>1000000000}'.format(1)\ny = f'{1:>1000000000}'\nz = '%1000000000d' % 1\n",
    "digits": "x = " + "9" * 60_000,
    "nothing": "\n" * MOST_BYTES,
    "prompts": ">>> x = 1\n" * 2_900,
    "a notebook": '{"cells":' + "[" * 60_000,
    "its own evaluation": "exec('import os')\n__import__('os').system('x')\neval('1')\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_programs_are_read_in_bounded_work(name, monkeypatch):
    """No more is done than is allowed, and nothing asks Python for a recursion it has not."""
    work = []
    ended = Machine.spend

    def spend(self, line, amount=1):
        work.append(amount)
        ended(self, line, amount)

    monkeypatch.setattr(Machine, "spend", spend)
    reading = read_program(HOSTILE[name][:MOST_BYTES])
    assert reading.experiment is None
    assert is_one_or_the_other(reading)
    assert sum(work[:-1]) <= Machine(TABLE, "").work


def test_more_than_is_read_is_not_looked_at():
    reading = read_program("x" * (MOST_BYTES + 1))
    assert reading.refusal.name == "too_long"
    assert reading.refusal.values == {"bytes": MOST_BYTES + 1, "most": MOST_BYTES}
    assert read_program("#" * MOST_BYTES).refusal.name != "too_long"
