"""Running exported programs as a stranger would: in another process that knows nothing of us."""

import ast
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from components.export.source import Source
from components.settings.naming import style_of
from components.words.text import text
from models import Experiment

_RUN = """
import contextlib, runpy, sys
import torch
torch.set_num_threads(1)
for path in sys.argv[1:]:
    with open(path + ".out", "w") as output, contextlib.redirect_stdout(output):
        runpy.run_path(path)
"""


@dataclass(frozen=True)
class Printed:
    """What a program printed."""

    text: str

    def number(self, name: str) -> float:
        """The figure on the last line that begins with a name."""
        return float(re.findall(rf"^{re.escape(name)} (\S+)$", self.text, re.MULTILINE)[-1])

    def gradients(self, layers: int, kind: str = "gradient") -> np.ndarray:
        """Each layer's."""
        return np.array([self.number(f"layer {layer} {kind}") for layer in range(1, layers + 1)])

    def keeps(self, claim: "Claim") -> bool:
        """Whether it printed the figure, to the digits that the program's first lines promise."""
        return abs(self.number(claim.name) - claim.value) <= 1.001 * claim.unit


@dataclass(frozen=True)
class Claim:
    """A figure that a program says that it prints; ``unit``: one in its last digit."""

    name: str
    value: float
    unit: float


def claims(program: str, place: int = 0) -> list[Claim]:
    """What the first block of figures in a program's first lines says, or the second.

    Figures that rounding decides are not promised; a run that diverged has none.
    """
    said = ast.get_docstring(ast.parse(program), clean=False)
    blocks = re.findall(r"(?:^    .+\n)+", said, re.MULTILINE)
    lines = re.findall(r"^    (.+?) ([\d.e+-]+)$", blocks[place], re.MULTILINE)
    return [Claim(name, float(value), _unit(value)) for name, value in lines]


def _unit(value: str) -> float:
    mantissa, _, exponent = value.partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def source_of(
    *experiments: Experiment, language: str = "en", names: tuple[str, ...] = ()
) -> Source:
    """Where an export of runs says it is from; ``names`` in place of the page's."""
    style = style_of(text(language), False, experiments if not names else experiments[:1])
    if names:
        style = replace(style, called=names, activations=tuple(e.activation for e in experiments))
    return Source(style, "https://lab.example/?depth=3")


def run(folder: Path, programs: Sequence[str]) -> list[Printed]:
    """What each of them prints, one after the other in a process of their own."""
    paths = [folder / f"program{place}.py" for place in range(len(programs))]
    for path, program in zip(paths, programs, strict=True):
        path.write_text(program, encoding="utf-8")
    command = [sys.executable, "-I", "-c", _RUN, *map(str, paths)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [Printed(Path(f"{path}.out").read_text(encoding="utf-8")) for path in paths]
