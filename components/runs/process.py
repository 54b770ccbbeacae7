"""Training in a Python of its own: what is drawn for those who wait takes no time from it.

The other process holds trainers and does what it is told through its standard input, a request
after the other; it ends with it. A trainer here stands for one there: it keeps what was recorded so
far, and is sent only what is new. Both sides speak pickle, and only with each other.
"""

import contextlib
import pickle
import signal
import subprocess
import sys
import threading
import traceback
import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, Any

import torch

from components.runs.stored import networks_kept
from components.serving.memory import limit_hoarding, return_memory
from models import Experiment, History, Trainer
from models.recorder import Record, Recorders
from models.trainer import Pace

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0  # of an answer, beyond the time that was asked for
STOP_SECONDS = 2.0

START = f"from {__name__} import main; main()"


class LostTrainerError(RuntimeError):
    """The process in which a trainer lived is gone, and the trainer with it.

    Attributes:
        asked: whether it ended over what this trainer was told to do; else it was gone before.
    """

    def __init__(self, message: str, asked: bool):
        super().__init__(message)
        self.asked = asked


@dataclass(frozen=True)
class TrainerState:
    """How a trainer stands after what it was told to do.

    Attributes:
        pace: how far it is, and how fast.
        target: steps it is to reach.
        next_log: the next step at which everything is recorded.
        seconds: spent training.
        nbytes: of its networks and of measuring them.
        records: what is new, one an experiment.
    """

    pace: Pace
    target: int
    next_log: int
    seconds: float
    nbytes: int
    records: list[Record]


class TrainerProcess:
    """The other process, started when it is first needed, and again where it was lost.

    One thread at a time may use it.

    Attributes:
        usable: whether it is worth asking; one that never answered is not started again.

    Args:
        patience: seconds without an answer after which it is taken for hung, and ended.
    """

    def __init__(self, patience: float = PATIENCE_SECONDS):
        self.usable = True
        self._patience = patience
        self._answered = False  # the one that runs now
        self._process: subprocess.Popen | None = None
        self._forgotten: deque[int] = deque()  # trainers that nobody holds any more
        self._numbers = count()

    def trainer(self, experiments: Sequence[Experiment]) -> "RemoteTrainer":
        """A new trainer there; as ``Trainer``."""
        if self._process is None or self._process.poll() is not None:
            try:
                self._start()
            except OSError as error:
                self.usable = False
                raise LostTrainerError(f"no trainer's process: {error}", asked=False) from error
        return RemoteTrainer(self, next(self._numbers), experiments)

    @property
    def number(self) -> int | None:
        """Of the process; None while there is none."""
        return self._process.pid if self._process else None

    def ask(self, number: int | None, seconds: float, *request: Any) -> Any:
        """Have something done that takes about so many seconds, by the process of that number.

        Raises:
            LostTrainerError: it is gone, or hung.
            BaseException: what went wrong there.
        """
        process = self._process
        if process is None or process.pid != number:
            raise LostTrainerError("the trainer's process was started anew", asked=False)
        forget = [self._forgotten.popleft() for _ in range(len(self._forgotten))]
        hung = threading.Event()
        watchdog = threading.Timer(seconds + self._patience, _end, (process, hung))
        watchdog.daemon = True
        watchdog.start()
        try:
            requests, answers = _pipes(process)
            _send(requests, (forget, *request))
            answer, error = pickle.load(answers)
        except (OSError, EOFError, pickle.UnpicklingError) as broken:
            self._give_up(process)
            self.usable = self._answered
            how = "did not answer" if hung.is_set() else f"ended ({process.returncode})"
            raise LostTrainerError(f"the trainer's process {how}", asked=True) from broken
        finally:
            watchdog.cancel()
        self._answered = True
        if error is not None:
            raise error
        return answer

    def forget(self, number: int) -> None:
        """Let a trainer go with the next request; any thread may call this, at any time."""
        self._forgotten.append(number)

    def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        requests, answers = _pipes(process)
        try:
            requests.close()  # it ends by itself, once it has done what it is doing
            process.wait(STOP_SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
        answers.close()

    def _start(self) -> None:
        self._forgotten.clear()
        self._answered = False
        self._process = subprocess.Popen(
            [sys.executable, "-c", START],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def _give_up(self, process: subprocess.Popen) -> None:
        process.kill()
        process.wait()
        for stream in _pipes(process):
            with contextlib.suppress(OSError):  # what was still to be sent finds nobody
                stream.close()
        if self._process is process:
            self._process = None


class RemoteTrainer:
    """Stands here for a ``Trainer`` of the other process, and does as one.

    ``advance`` and ``extend`` may raise ``LostTrainerError``, as may making it.
    """

    def __init__(
        self,
        process: TrainerProcess,
        number: int,
        experiments: Sequence[Experiment],
    ):
        keep = networks_kept(experiments)
        self.experiments = list(experiments)
        self._process, self._home, self._number = process, process.number, number
        self._recorders = Recorders(experiments, keep)
        self._resting = False
        self._state: TrainerState
        self._tell(0.0, "make", list(experiments), keep)
        weakref.finalize(self, process.forget, number)

    @property
    def pace(self) -> Pace:
        """How far it is, and how fast."""
        return self._state.pace

    @property
    def step(self) -> int:
        """Steps done."""
        return self.pace.step

    @property
    def target(self) -> int:
        """Steps to be reached."""
        return self._state.target

    @property
    def next_log(self) -> int:
        """The next step at which everything is recorded."""
        return self._state.next_log

    @property
    def seconds(self) -> float:
        """Spent training."""
        return self._state.seconds

    @property
    def nbytes(self) -> int:
        """Memory of its networks and of measuring them, in the other process."""
        return self._state.nbytes

    @property
    def finished(self) -> bool:
        """Whether the target is reached."""
        return self.step >= self.target

    def seconds_until(self, steps: int) -> float | None:
        """Estimated time until so many steps are done; None before the first are measured."""
        return self.pace.seconds_until(steps)

    def advance(self, seconds: float) -> None:
        """Train towards the target for about so many seconds."""
        self._resting = False
        self._tell(seconds, "advance", seconds)

    def extend(self, steps: int) -> None:
        """Move the target."""
        self._tell(0.0, "extend", steps)

    def rest(self) -> None:
        """Free what a run that is not trained does not need, if it is still there."""
        if not self._resting:
            self._resting = True
            with contextlib.suppress(LostTrainerError):
                self._tell(0.0, "rest")

    def records(self, since: Sequence[tuple[int, int]]) -> list[Record]:
        """What is new since each experiment had so many log points and frames."""
        return self._recorders.records(since)

    def histories(self) -> list[History]:
        """What is known so far, one history an experiment."""
        return self._recorders.histories(self.target, self.seconds)

    def _tell(self, seconds: float, action: str, *arguments: Any) -> None:
        known = self._recorders.known
        request = action, self._number, known, arguments
        self._state = self._process.ask(self._home, seconds, *request)
        self._recorders.expect(self._state.target)
        self._recorders.add(self._state.records)


def _send(stream: IO[bytes], message: Any) -> None:
    pickle.dump(message, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()


def _end(process: subprocess.Popen, hung: threading.Event) -> None:
    hung.set()
    process.kill()


def _pipes(process: subprocess.Popen) -> tuple[IO[bytes], IO[bytes]]:
    """Where a process takes requests, and where it answers."""
    assert process.stdin is not None and process.stdout is not None
    return process.stdin, process.stdout


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Do what is asked for, until nothing more is: the other process's whole life."""
    trainers: dict[int, Trainer] = {}
    while True:
        try:
            forget, action, number, known, arguments = pickle.load(requests)
        except EOFError:
            return
        for gone in forget:
            trainers.pop(gone, None)
        try:
            if action == "make":
                trainers[number] = Trainer(*arguments)
            else:
                getattr(trainers[number], action)(*arguments)
            if forget or action == "rest":
                return_memory()
            answer: tuple[TrainerState | None, BaseException | None]
            answer = _state_of(trainers[number], known), None
        except BaseException as error:  # it is the asker's to deal with
            error.add_note("".join(traceback.format_exception(error)))
            answer = None, _sendable(error)
        try:
            _send(answers, answer)
        except BrokenPipeError:  # whoever asked is gone
            return


def _state_of(trainer: Trainer, known: list[tuple[int, int]]) -> TrainerState:
    return TrainerState(
        trainer.pace,
        trainer.target,
        trainer.next_log,
        trainer.seconds,
        trainer.nbytes,
        trainer.records(known),
    )


def _sendable(error: BaseException) -> BaseException:
    """The error, or one that says the same where it cannot be sent."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def main() -> None:
    """Serve the process that started this one."""
    # An interruption by hand reaches this process, too, but it is the server's to end it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_hoarding()
    torch.set_num_threads(1)
    answers, sys.stdout = sys.stdout.buffer, sys.stderr  # what prints must not speak in between
    serve(sys.stdin.buffer, answers)
