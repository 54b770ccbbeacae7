"""What a map shows, as figures with their intervals: computed, and only what its cells carry.

A share counts as above or below one half where its 95 % interval lies wholly there, and two shares
as different where their intervals do not meet. Refused cells say nothing, and a map that is not
complete tells nothing: of a series that breaks off one would say that it ends there.
"""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from models.sweep.atlas import Atlas
from models.sweep.plan import Cell
from models.sweep.theory import THEORIES, predictions

MOST = 3  # findings of one map
MOST_COMPARED = 24  # cells that are compared with theory
DEEP = 6  # hidden layers from which the factor of many is compared with that of infinitely many
NOTABLE = math.log(1.05)  # a departure from theory that is worth a sentence
TRAINED = 10  # steps, the least of which networks can have learned: XOR takes dozens at any rate
UNTRAINED = ("dying", "diverging", "departure")  # findings that hold before that
_ONE = 1e-3  # relative, within which two gains are one
FEW = 3  # cells, fewer of which do not make two series alike

Where = tuple[tuple[str, Any], ...]
"""Values of axes, by name, in the sweep's order."""


@dataclass(frozen=True)
class Finding:
    """One thing that a map shows.

    Attributes:
        key: one of ``FINDINGS``, or of what these tell apart.
        numbers: what is to be said, by name; see the function of the key.
    """

    key: str
    numbers: Mapping[str, Any]


@dataclass(frozen=True)
class Crossing:
    """Where a share passes one half, along an axis, in one series of cells.

    Attributes:
        where: which series: the other axes' values.
        above: the last value at which the share is above one half; None: at no value.
        below: the first value at which it is below; None: at no value.
    """

    where: Where
    above: Any
    below: Any


def findings(atlas: Atlas) -> tuple[Finding, ...]:
    """The first three that a complete map shows, of ``FINDINGS``; fewer if it carries no more."""
    known = _known(atlas)
    if known.empty or not atlas.is_complete:
        return ()
    steps = [cell.experiment.steps for cell in atlas.sweep.cells() if cell.experiment is not None]
    names = FINDINGS if max(steps) >= TRAINED else UNTRAINED
    told = (FINDINGS[name](atlas, known) for name in names)
    return tuple(itertools.islice((each for each in told if each is not None), MOST))


def _known(atlas: Atlas) -> pd.DataFrame:
    """The rows that say something."""
    table = atlas.table
    return table[table["done"] & (table["refused"] == "") & table["solved"].notna()]


def _where(names: Sequence[str], row: Mapping[str, Any] | pd.Series) -> Where:
    return tuple((name, _plain(row[name])) for name in names)


def _plain(value: Any) -> Any:
    """A table's value as Python has it."""
    return value.item() if hasattr(value, "item") else value


def _series(known: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[Where, pd.DataFrame]]:
    """The rows that share the values of these axes, in the table's order."""
    if not names:
        yield (), known
        return
    for _, rows in known.groupby(list(names), sort=False):
        yield _where(names, rows.iloc[0]), rows


def _others(atlas: Atlas, *names: str) -> list[str]:
    return [name for name in atlas.sweep.names if name not in names]


def crossings(atlas: Atlas, axis: str, figure: str, rises: bool = False) -> list[Crossing]:
    """Where a share falls below one half as an axis of numbers grows, or rises above it.

    One of each series that has one: none where no cell's share is told from one half, or where one
    is below it between two that are above. Before a share falls it may have risen, as over no
    hidden layer. Of a share that rises "last" and "first" are told from the axis' far end, and
    there it has to stay above.
    """
    found = []
    for where, rows in _series(_known(atlas), _others(atlas, axis)):
        ordered = rows.sort_values(axis, ascending=not rises)
        values = [_plain(value) for value in ordered[axis]]
        above = [place for place, low in enumerate(ordered[f"{figure}_low"]) if low > 0.5]
        below = [place for place, high in enumerate(ordered[f"{figure}_high"]) if high < 0.5]
        if above:
            if any((rises or above[0] < place) and place < above[-1] for place in below):
                continue
            below = [place for place in below if place > above[-1]]
        if not (above or below):
            continue
        last = values[above[-1]] if above else None
        found.append(Crossing(where, last, values[below[0]] if below else None))
    return found


def alike(series: Sequence[Crossing], rises: bool) -> list[tuple[Crossing, ...]]:
    """The series that end alike together, those that reach least first."""
    ends: dict[tuple[Any, Any], list[Crossing]] = {}
    for one in sorted(series, key=lambda one: _reach(one, rises)):
        ends.setdefault((one.above, None if one.above is None else one.below), []).append(one)
    return [tuple(group) for group in ends.values()]


def furthest(series: Sequence[Crossing], axis: str, rises: bool) -> list[Crossing]:
    """Of each value of an axis the series that reaches furthest, as one of that value alone."""
    best: dict[Any, Crossing] = {}
    for one in sorted(series, key=lambda one: _reach(one, rises)):
        best[dict(one.where)[axis]] = one
    values = dict.fromkeys(dict(one.where)[axis] for one in series)
    return [Crossing(((axis, value),), best[value].above, best[value].below) for value in values]


def _reach(one: Crossing, rises: bool) -> tuple[float, float]:
    sign = -1 if rises else 1
    if one.above is None:
        return -math.inf, 0
    return sign * one.above, math.inf if one.below is None else sign * one.below


def _everywhere(atlas: Atlas, known: pd.DataFrame) -> Finding | None:
    """At every cell more than half of the networks solve it: how many ``cells``."""
    if not (known["solved_low"] > 0.5).all():
        return None
    return Finding("everywhere", {"cells": len(known), "networks": int(known["networks"].iloc[0])})


def _nowhere(atlas: Atlas, known: pd.DataFrame) -> Finding | None:
    """At every cell fewer than half do: how many ``cells``, and the most that do at any."""
    if not (known["solved_high"] < 0.5).all():
        return None
    most, networks = int(known["solved"].max()), int(known["networks"].iloc[0])
    return Finding("nowhere", {"cells": len(known), "most": most, "networks": networks})


REMEDIES = {"norm": "none", "skip": False, "unit_gradient": False}
"""Axes of a remedy, and the value that is none."""


def _remedy(atlas: Atlas, known: pd.DataFrame) -> Finding | None:
    """How much deeper than without it more than half solve it with a remedy, where it is surely.

    ``axis`` and ``value``: which; ``where``: the values of a third axis; ``plain`` and ``treated``:
    the ``Crossing`` without and with it. The one that is carried furthest.
    """
    if "depth" not in atlas.sweep.names:
        return None
    at = {crossing.where: crossing for crossing in crossings(atlas, "depth", "solved")}
    best: tuple[float, Finding] | None = None
    for axis, none in REMEDIES.items():
        for where, treated in at.items():
            value = dict(where).get(axis, none)
            plain = at.get(tuple((name, none if name == axis else v) for name, v in where))
            if value == none or plain is None or plain.below is None or treated.above is None:
                continue
            gained = treated.above - plain.below
            if gained >= 0 and (best is None or gained > best[0]):
                rest = tuple(pair for pair in where if pair[0] != axis)
                numbers = {"axis": axis, "value": value, "where": rest,
                           "plain": plain, "treated": treated}  # fmt: skip
                best = gained, Finding("remedy", numbers)
    return best[1] if best else None


def _passing(key: str, figure: str, *axes: tuple[str, bool]) -> Callable[..., Finding | None]:
    """A finding of where the share of ``figure`` passes one half along the first of the axes.

    Only where it passes it in some series, or one series is above it and another one below.
    """

    def find(atlas: Atlas, known: pd.DataFrame) -> Finding | None:
        """``axis``; ``rises``; ``end``: the last value of the axis to which a share can reach;
        ``series``: its ``Crossing``, in the table's order, and of other shares than the solved one
        only where it is above; ``others``: how many are not told.
        """
        for axis, rises in axes:
            if axis in atlas.sweep.names:
                series = crossings(atlas, axis, figure, rises)
                kinds = {(one.above is None, one.below is None) for one in series}
                if (False, False) in kinds or len(kinds) == 2:
                    shown = [one for one in series if one.above is not None or figure == "solved"]
                    others = sum(1 for _ in _series(known, _others(atlas, axis))) - len(shown)
                    end = _plain(known[axis].min() if rises else known[axis].max())
                    numbers = {"axis": axis, "rises": rises, "end": end, "series": tuple(shown)}
                    return Finding(key, numbers | {"others": others})
        return None

    return find


def _best_gain(atlas: Atlas, known: pd.DataFrame) -> Finding | None:
    """The gain at which most networks solve it, at the largest depth at which gains differ.

    ``where``: the other axes' values; ``gain``; ``solved`` of ``networks``, ``low``, ``high``;
    ``least``, ``most``: between which all gains lie that are not told from it; ``critical``:
    theory's, None where there is none; ``within``: whether that lies between these, None if
    it lies so near that no cell tells.
    """
    names = _others(atlas, "gain")
    if "gain" not in atlas.sweep.names:
        return None
    groups = list(_series(known, names))
    groups.sort(key=lambda group: -dict(group[0]).get("depth", 0))
    count = len(next(axis for axis in atlas.sweep.axes if axis.name == "gain").values)
    for where, rows in groups:
        best = rows.loc[(rows["solved"] / rows["networks"]).idxmax()]
        near = rows[rows["solved_high"] >= best["solved_low"]]
        if len(rows) < count or len(near) == len(rows):
            continue
        least, most = float(near["gain"].min()), float(near["gain"].max())
        if rows["gain"].between(least, most).sum() > len(near):
            continue  # one between them is told from it
        said = THEORIES["critical"].edges["gain"]
        experiment = atlas.sweep.cells()[int(best.name)].experiment
        critical = None if experiment is None else said(experiment)
        numbers = {"where": where, "gain": float(best["gain"]), **_share(best),
                   "least": least, "most": most, "critical": critical,
                   "within": _within(critical, least, most, rows["gain"])}  # fmt: skip
        return Finding("best_gain", numbers)
    return None


def _within(value: float | None, least: float, most: float, tried: pd.Series) -> bool | None:
    """Whether a value lies between two of those tried; None: none of the others parts it off."""
    if value is None:
        return None
    value = next((gain for gain in tried if math.isclose(gain, value, rel_tol=_ONE)), value)
    if least <= value <= most:
        return True
    parting = tried.between(value, least) if value < least else tried.between(most, value)
    return False if (parting & ~tried.between(least, most)).any() else None


def _share(row: pd.Series) -> dict[str, Any]:
    """A cell's share of networks that solve it, with its interval."""
    return {
        "solved": int(row["solved"]),
        "networks": int(row["networks"]),
        "low": float(row["solved_low"]),
        "high": float(row["solved_high"]),
    }


def _departure(atlas: Atlas, known: pd.DataFrame) -> Finding | None:
    """By how much the median factor a layer departs from theory's, in the deepest networks.

    ``theory``: its name; of ``cells`` of one ``depth``, ``outside``: how many of their intervals do
    not hold theory's value; of the one that is furthest from it ``where``, ``factor``, ``low``,
    ``high``, ``predicted`` and ``quotient``, of the first by the last; ``width``. If it is within
    all of them: ``agreement``, likewise.
    """
    sweep, cells = atlas.sweep, atlas.sweep.cells()
    rows = known[(known[["factor_low", "factor_high"]] > 0).all(axis=1)]
    rows = rows[rows["factor_high"] < math.inf]
    depths = {index: _depth(cells[int(index)]) for index in rows.index}
    deepest = max(depths.values(), default=0)
    rows = rows[[depths[index] == deepest for index in rows.index]]
    if deepest < DEEP or len(rows) > MOST_COMPARED:
        return None
    asked, names = tuple(map(int, rows.index)), ("mean_field", "batch_norm")
    told = {each.name: each.values for each in predictions(sweep, "factor", asked)}
    compared = []
    for place, index in enumerate(asked):
        said = {name: told[name][place] for name in names if name in told}
        for name, predicted in said.items():
            if predicted > 0:
                compared.append((name, rows.loc[index], predicted))
    if not compared:
        return None
    outside = [each for each in compared if not _holds(each[1], "factor", each[2])]
    name, row, predicted = max(
        outside or compared, key=lambda each: abs(math.log(each[1]["factor"] / each[2]))
    )
    factor = float(row["factor"])
    numbers = {
        "theory": name, "depth": deepest, "cells": len(compared), "outside": len(outside),
        "where": _where(sweep.names, row), "factor": factor,
        "low": float(row["factor_low"]), "high": float(row["factor_high"]),
        "predicted": predicted, "quotient": factor / predicted,
        "width": dict(_where(sweep.names, row)).get("width", sweep.base.width),
    }  # fmt: skip
    if not outside:
        return Finding("agreement", numbers)
    return Finding("departure", numbers) if abs(math.log(factor / predicted)) > NOTABLE else None


def _depth(cell: Cell) -> int:
    return 0 if cell.experiment is None else cell.experiment.depth


def _holds(row: pd.Series, figure: str, value: float) -> bool:
    return bool(row[f"{figure}_low"] <= value <= row[f"{figure}_high"])


def _commonest_cause(atlas: Atlas, known: pd.DataFrame) -> Finding | None:
    """What most fail for at most of the cells where fewer than half solve it.

    ``cause``: a key of ``CAUSES``; ``cells`` of ``failing``: at how many of them it is that.
    """
    failing = known[(known["solved_high"] < 0.5) & (known["cause"] != "")]
    ranked = Counter(failing["cause"]).most_common(2)
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return None
    cause, cells = ranked[0]
    return Finding("commonest_cause", {"cause": cause, "cells": cells, "failing": len(failing)})


def _indistinct(atlas: Atlas, known: pd.DataFrame) -> Finding | None:
    """Two values of an axis of choices that no cell tells apart, though others are told apart.

    ``axis``, ``first`` and ``second``; at ``cells``, by ``networks`` each.
    """
    for axis in atlas.sweep.axes:
        if axis.kind.is_number or len(atlas.sweep.axes) == 1:
            continue
        others = _others(atlas, axis.name)
        by_value = {value: known[known[axis.name] == value].set_index(others)
                    for value in axis.values}  # fmt: skip
        pairs = itertools.combinations(by_value.items(), 2)
        for (first, one), (second, other) in pairs:
            both = one.add_suffix("_one").join(other.add_suffix("_other"), how="inner")
            if len(both) >= FEW and _alike(both) and _varies(one.loc[both.index]):
                networks = int(known["networks"].iloc[0])
                numbers = {"axis": axis.name, "first": first, "second": second,
                           "cells": len(both), "networks": networks}  # fmt: skip
                return Finding("indistinct", numbers)
    return None


def _alike(both: pd.DataFrame) -> bool:
    apart = (both["solved_low_one"] > both["solved_high_other"]) | (
        both["solved_low_other"] > both["solved_high_one"]
    )
    return not apart.any()


def _varies(rows: pd.DataFrame) -> bool:
    """Whether two of its cells are told apart."""
    return bool(rows["solved_low"].max() > rows["solved_high"].min())


def _best_cell(atlas: Atlas, known: pd.DataFrame) -> Finding | None:
    """The cell at which most networks solve it.

    ``where``; ``solved`` of ``networks``, ``low``, ``high``; ``near``: how many others are not told
    from it.
    """
    if not _varies(known):
        return None
    best = known.loc[(known["solved"] / known["networks"]).idxmax()]
    near = int((known["solved_high"] >= best["solved_low"]).sum()) - 1
    where = _where(atlas.sweep.names, best)
    return Finding("best_cell", {"where": where, **_share(best), "near": near})


def _counts(atlas: Atlas, known: pd.DataFrame) -> Finding | None:
    """At how many ``cells`` more than half solve it, ``above``, and fewer, ``below``; of the others
    that is not told. None where it is one and the same of all.
    """
    above, below = (known["solved_low"] > 0.5).sum(), (known["solved_high"] < 0.5).sum()
    if len(known) in (above, below):
        return None
    return Finding("counts", {"cells": len(known), "above": int(above), "below": int(below)})


FINDINGS: dict[str, Callable[[Atlas, pd.DataFrame], Finding | None]] = {
    "everywhere": _everywhere,
    "remedy": _remedy,
    "half": _passing("half", "solved", ("depth", False), ("width", True)),
    "best_gain": _best_gain,
    "dying": _passing("dying", "born_dead", ("depth", True), ("width", False)),
    "diverging": _passing(
        "diverging", "diverged", ("learning_rate", True), ("gain", True), ("depth", True)
    ),
    "nowhere": _nowhere,
    "departure": _departure,
    "commonest_cause": _commonest_cause,
    "indistinct": _indistinct,
    "best_cell": _best_cell,
    "counts": _counts,
}
"""By name, the most telling first."""
