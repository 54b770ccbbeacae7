"""What is taken away: seconds and memory of each file. ``python tests/benchmarks/take_away.py``.

First one after the other, as one visitor asks for them; then many at once, each of a run of its
own, as a hall does. Memory is this process's and its children's together (Linux only).
"""

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from components.export import pictures
from components.export.source import Source
from components.panels import take_away
from components.panels.sidebar import first_choice
from components.panels.take_away import Taken
from components.runs import shared_runs
from components.settings.choice import Choice
from components.settings.naming import style_of
from components.settings.state import FAMILY
from components.words.text import text
from models import Experiment

MAKERS = {
    "program": take_away._network_program,
    "program of all": take_away._ensemble_program,
    "notebook": take_away._notebook,
    "notebook of both": take_away._both_notebook,
    "CSV": take_away._csv,
    "Parquet": take_away._parquet,
    "weights": take_away._weights,
    "GIF": take_away._animation,
    "report, cold": take_away._report,
    "report": take_away._report,
}


def resident() -> float:
    """Megabytes that this process and its children hold."""
    total = 0
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in path.read_text().splitlines())
        except OSError:  # it has just ended
            continue
        if f"{os.getpid()}" in (fields["Pid"].strip(), fields["PPid"].strip()):
            total += int(fields.get("VmRSS", "0").split()[0])
    return total / 1024


def picture(kind: str, place: int) -> Callable[[Taken], bytes]:
    """What makes one of the pictures."""

    def make(taken: Taken) -> bytes:
        charts = take_away._slides(taken, taken.histories())
        return pictures.draw([charts[place]], kind)[0]

    return make


def taken_of(choice: Choice) -> Taken:
    """As one who looks at this choice takes it."""
    style = style_of(text("ko"), False, choice.experiments)
    source = Source(style, f"https://lab.example/?seed={choice.experiment.seed}")
    return Taken(shared_runs(), "benchmark", choice, source, 0, 0, "linear")


def one_by_one(name: str, choice: Choice) -> None:
    """Each file once, and how long it took."""
    taken = taken_of(choice)
    taken.histories()
    charts = take_away._slides(taken, taken.histories())
    makers = MAKERS | {"everything": take_away._everything}
    for place, chart in enumerate(charts):
        called = f"{chart.name} {chart.moment}".strip()
        makers |= {f"{called} {kind}": picture(kind, place) for kind in ("svg", "png")}
    print(f"\n{name:<44} {'s':>6} {'kB':>7}")
    for label, make in makers.items():
        if choice.many and label == "GIF":
            continue
        began = time.perf_counter()
        made = take_away._in_turn(make, taken)
        print(f"  {label:<42} {time.perf_counter() - began:6.2f} {len(made) / 1000:7.0f}")


def all_at_once(clients: int) -> None:
    """So many who each ask for another file of another run; prints the largest memory."""
    choice = first_choice()
    seeds = [taken_of(choice.changed(seed=seed)) for seed in range(clients)]
    for taken in seeds:
        taken.histories()
    makers = [*MAKERS.values(), picture("png", 0), picture("svg", 2)]
    before, largest, done = resident(), 0.0, threading.Event()

    def watch() -> None:
        nonlocal largest
        while not done.wait(0.02):
            largest = max(largest, resident())

    watching = threading.Thread(target=watch)
    watching.start()
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        jobs = [
            pool.submit(take_away._in_turn, makers[place % len(makers)], taken)
            for place, taken in enumerate(seeds)
        ]
        sizes = [len(job.result()) for job in jobs]
    seconds = time.perf_counter() - began
    done.set()
    watching.join()
    print(
        f"\n{clients} at once: {seconds:.1f} s, {sum(sizes) / 1e6:.0f} MB of files; "
        f"resident {before:.0f} MB before, {largest:.0f} at most, {resident():.0f} after"
    )


def main() -> None:
    """Measure both, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=40)
    arguments = parser.parse_args()
    one_by_one("first screen", first_choice())
    members = ("sigmoid", "tanh", "relu", "leaky_relu", "maxout", "elu")
    first, *others = (Experiment(activation=member) for member in members)
    one_by_one("family", Choice(first, tuple(others), many=FAMILY))
    wide = Experiment(activation="relu", depth=50, width=128, networks=8, init="he_normal")
    one_by_one("50 x 128", Choice(wide, (replace(wide, activation="sigmoid"),)))
    all_at_once(min(max(arguments.clients, 1), 300))


if __name__ == "__main__":
    main()
