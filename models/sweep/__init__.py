"""Sweeps: networks trained at every cell of a map of up to three fields of ``Experiment``.

A ``Sweep`` says which cells, an ``Atlas`` holds what became of their networks; ``python -m
models.sweep`` makes one on all cores of a machine, or on several.
"""

from models.sweep.atlas import Atlas
from models.sweep.axes import AXES, Axis, SweepError, parse_axis
from models.sweep.figures import FIGURES, Figure, cell_figures
from models.sweep.plan import CELLS, Cell, Sweep

__all__ = [
    "AXES",
    "CELLS",
    "FIGURES",
    "Atlas",
    "Axis",
    "Cell",
    "Figure",
    "Sweep",
    "SweepError",
    "cell_figures",
    "parse_axis",
]
