"""What the command says: before it begins, and to what is wrong."""

import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest

from models.sweep import Atlas
from models.sweep.__main__ import main
from models.sweep.executors import InTurn
from models.sweep.run import Row, Task

SMALL = ["--over", "depth=1:2", "--over", "batch=1,4", "--set", "norm=batch", "--set", "steps=5",
         "--networks", "4", "--processes", "1"]  # fmt: skip


def test_it_says_what_it_will_take_and_asked_again_computes_nothing(tmp_path, capfd):
    out = tmp_path / "a.parquet"
    assert main([*SMALL, "--out", str(out)]) == 0
    said = capfd.readouterr()
    assert "4 cells (2 of them not possible), 4 networks each; about 1 s on 1 worker" in said.out
    assert "4 of 4 cells" in said.err and "a minute" in said.err
    assert Atlas.read(out).is_complete
    before = out.stat()
    assert main([*SMALL, "--out", str(out)]) == 0
    assert capfd.readouterr().out == f"{out} is there already\n"
    assert (out.stat().st_ino, out.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_stopped_it_says_how_to_go_on_and_does(tmp_path, capfd, monkeypatch):
    out = tmp_path / "a.parquet"

    def stop(self: InTurn, tasks: Sequence[Task]) -> Iterator[tuple[int, list[Row]]]:
        yield from islice(results(self, tasks), 1)
        raise KeyboardInterrupt

    results = InTurn.results
    with monkeypatch.context() as early:
        early.setattr(InTurn, "results", stop)
        assert main([*SMALL, "--out", str(out)]) == 130
    said = capfd.readouterr().err
    assert f"the same command goes on from here ({out}.journal)" in said.splitlines()[-1]
    assert main([*SMALL, "--out", str(out)]) == 0
    assert "3 of 4 cells" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == [out]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (["--over", "deepness=1:3"], "there is no axis 'deepness'"),
        (["--over", "gain=2:1"], "is empty"),
        (["--over", "depth=3"], "two axes have one field"),
        (["--set", "learning_rate=fast"], "learning_rate = 'fast' is not possible"),
        (["--set", "activation=swish"], "activation = 'swish' is not possible"),
        (["--set", "deepness=3"], "there is no field 'deepness'"),
        (["--set", "start=1"], "there is no field 'start'"),
        (["--set", "depth=3"], "it is an axis"),
        (["--set", "seed=3"], "an option of its own"),
        (["--set", "hidden=3-x"], "hidden = (3.0, 'x') is not possible"),
        (["--networks", "1000"], "networks = 1000.0 is not possible"),
        (["--networks", "many"], "networks = 'many' is not possible"),
        (["--dask", "nowhere"], "no Dask scheduler answers at nowhere"),
        (["--dask", f"tcp://127.0.0.1:{free_port()}"], "no Dask scheduler answers at tcp"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_writes_nothing(changed, said, tmp_path, capfd):
    if "--dask" in changed:
        pytest.importorskip("distributed")
    assert main([*SMALL, "--out", str(tmp_path / "a.parquet"), *changed]) == 2
    told = capfd.readouterr().err
    assert said in told and told.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_an_output_that_cannot_be_written_is_said_before_anything_is_computed(tmp_path, capfd):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for out in ("none/a.parquet", "file/a.parquet", "folder"):
        assert main([*SMALL, "--out", str(tmp_path / out)]) == 2
        told = capfd.readouterr()
        assert "cannot be written or read" in told.err and told.err.count("\n") == 1
        assert not told.out
    foreign = tmp_path / "a.parquet"
    foreign.write_text("mine")
    assert main([*SMALL, "--out", str(foreign)]) == 2
    assert "is not an atlas" in capfd.readouterr().err
    assert foreign.read_text() == "mine"


def test_without_dask_and_tqdm_it_says_what_to_install_or_does_without(tmp_path):
    program = "import sys; sys.modules['distributed'] = sys.modules['tqdm'] = None\n"
    program += "from models.sweep.__main__ import main; sys.exit(main(sys.argv[1:]))"
    out = tmp_path / "a.parquet"

    def run(*more: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-c", program, *SMALL, "--out", str(out), *more],
            cwd=Path(__file__).parents[3], capture_output=True, text=True,
        )  # fmt: skip

    refused = run("--dask", "tcp://127.0.0.1:1")
    assert (refused.returncode, out.exists()) == (2, False)
    assert refused.stderr == '--dask needs Dask: pip install "dask[distributed]"\n'
    done = run()
    assert done.returncode == 0 and out.exists()
    assert done.stderr.splitlines()[-1].startswith("4 of 4 cells, ")
