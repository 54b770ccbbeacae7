"""Train one job after the other, each in a process of its own, and print what it really took.

Reads a list of lists of experiments (their fields, as JSON) from the standard input and prints for
each the growth of the resident memory in bytes: at its peak, and once the job is at rest.
"""

import json
import os
import sys

import torch

from components.runs import Job
from components.serving.memory import limit_hoarding, return_memory
from models import Experiment


def resident(what: str) -> int:
    """``VmRSS`` (now) or ``VmHWM`` (the most so far), in bytes."""
    with open("/proc/self/status", encoding="ascii") as lines:
        fields = dict(line.split(":", 1) for line in lines)
    return int(fields[what].split()[0]) * 1024


def train(experiments: list[Experiment]) -> Job:
    """Train as the worker does: in slices, publishing after each."""
    job, steps = Job(experiments), experiments[0].steps
    while job.owes(steps):
        job.train_slice(steps)
    return job


def measure(experiments: list[Experiment]) -> dict[str, int]:
    """What the job takes of a process that has trained before."""
    train([Experiment(steps=20, depth=2, activation=e.activation) for e in experiments])
    return_memory()
    # A forked process copies what it touches: a second small job shows what is left of that.
    train([Experiment(steps=20, depth=3, activation=e.activation) for e in experiments])
    before = resident("VmRSS")
    job = train(experiments)
    peak = resident("VmHWM")
    job.rest()
    return_memory()
    return {"peak": peak - before, "rest": resident("VmRSS") - before, "said": job.nbytes}


def main() -> None:
    limit_hoarding()
    torch.set_num_threads(1)
    for fields in json.load(sys.stdin):
        experiments = [Experiment(**values) for values in fields]
        if pid := os.fork():
            os.waitpid(pid, 0)
        else:
            print(json.dumps(measure(experiments)), flush=True)
            os._exit(0)


if __name__ == "__main__":
    main()
