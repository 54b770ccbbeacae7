"""What this host gives: memory and processors, as far as its limits can be read.

A machine shows all that it has; what a process may take of it is often less. On Linux the limits
are those of its control groups (version 1 or 2, its own and all above), those of the process, and
what is free now. What a provider cuts down without a limit that can be read has to be told it:
``LAB_MEMORY``, in megabytes. Elsewhere nothing but that is known.
"""

import logging
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path

MEMORY = "LAB_MEMORY"
"""The environment's variable that says how many megabytes there are."""

MEMORY_LIMITS = ("memory.max", "memory.limit_in_bytes")
"""The file of a control group's limit, in version 2 and in version 1."""

_ROOT = Path("/")
_log = logging.getLogger(__name__)


def memory(root: Path = _ROOT) -> float:
    """Bytes that this process and those it starts may hold in all; infinite: no limit is known.

    Args:
        root: where ``proc`` and ``sys`` are.
    """
    limits = [_told()]
    if sys.platform == "linux":
        limits += [_group_memory(root), _free_memory(root), _process_memory(root)]
    return min(limits)


def processors(root: Path = _ROOT) -> float:
    """Processors that this process may use at a time: whole ones, or a control group's share."""
    affinity = getattr(os, "sched_getaffinity", None)
    count = float(len(affinity(0)) if affinity else os.cpu_count() or 1)
    if sys.platform != "linux":
        return count
    for group in control_groups("cpu", root):
        older = (_text(group / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
        quota, period = map(_number, _text(group / "cpu.max").split() or older)
        if quota > 0 and period < math.inf:  # -1 or "max": there is no quota
            count = min(count, quota / period)
    return count


def control_groups(controller: str, root: Path = _ROOT) -> Iterator[Path]:
    """The control groups of this process, its own first, up to the topmost that it sees.

    A container may see its own group as the topmost, whatever path the system has for it.
    """
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        for mount in _mounts(root, controller if controllers else None):
            group = mount / path.strip("/")
            yield from (each for each in (group, *group.parents) if each.is_relative_to(mount))


def _told() -> float:
    told = os.environ.get(MEMORY)
    try:
        return float(told or math.inf) * 2**20
    except ValueError:
        _log.warning("%s is no number of megabytes: %r", MEMORY, told)
        return math.inf


def _group_memory(root: Path) -> float:
    """The least limit of the control groups."""
    files = (group / name for group in control_groups("memory", root) for name in MEMORY_LIMITS)
    return min(map(_number, map(_text, files)), default=math.inf)


def _free_memory(root: Path) -> float:
    """What the machine has free, with what this process holds already."""
    return _field(root, "meminfo", "MemAvailable") + _field(root, "self/status", "VmRSS", 0.0)


def _process_memory(root: Path) -> float:
    """What the limits of the process's address space and data leave beside what lies idle there."""
    import resource  # only where there is one

    limits = []
    for limit, held in ((resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData")):
        most = resource.getrlimit(limit)[0]
        if most != resource.RLIM_INFINITY:
            used = [_field(root, "self/status", name, 0.0) for name in (held, "VmRSS")]
            limits.append(most - max(0.0, used[0] - used[1]))
    return min(limits, default=math.inf)


def _mounts(root: Path, controller: str | None) -> Iterator[Path]:
    """Where the control groups of a controller are mounted; None: those of version 2."""
    for line in _text(root / "proc/self/mounts").splitlines():
        _, point, kind, options = line.split()[:4]
        older = kind == "cgroup" and controller in options.split(",")
        if (kind == "cgroup2") if controller is None else older:
            yield root / point.lstrip("/")


def _field(root: Path, name: str, field: str, unknown: float = math.inf) -> float:
    """Bytes that a file of ``proc`` names in kilobytes."""
    for line in _text(root / "proc" / name).splitlines():
        key, _, value = line.partition(":")
        if key == field:
            return _number(value.split()[0]) * 1024
    return unknown


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _number(text: str) -> float:
    """A number; infinite where there is none, as ``max`` says."""
    try:
        return float(text)
    except ValueError:
        return math.inf
