"""The hall's parts that need no proxy and no browser."""

import os
import sys
from pathlib import Path

import pytest

from components.serving.hall import COMPRESSED, MOST_ENDS, Hall, HallError, _Kept, configuration
from components.serving.hall import compress_static as compress
from components.serving.hall.__main__ import main


def test_the_configuration_is_filled_in():
    hall = Hall(port=8_123, processes=3, first_port=9_100, store="")
    text = configuration(hall, Path("/static files"), Path("/tmp/hall"))
    lines = [line.strip() for line in text.splitlines() if not line.strip().startswith("#")]
    assert "listen 8123;" in lines
    assert [line.split()[1] for line in lines if line.startswith("server 127")] == [
        "127.0.0.1:9100",
        "127.0.0.1:9101",
        "127.0.0.1:9102",
    ]
    assert "@" not in "".join(lines)


def test_a_process_is_started_again_but_one_that_keeps_ending_closes_the_hall():
    kept, started = _Kept([sys.executable, "-c", "raise SystemExit(3)"], dict(os.environ)), set()
    with pytest.raises(HallError, match=r"keeps ending \(3\)"):
        while True:
            started.add(kept.process.pid)
            kept.process.wait(30)
            kept.look()
    assert len(started) == MOST_ENDS + 1


def test_what_is_worth_it_is_compressed_once(tmp_path):
    compress(tmp_path / "static")
    files = [path for path in (tmp_path / "static").rglob("*") if path.is_file()]
    packed = {path.with_suffix("") for path in files if path.suffix == ".gz"}
    plain = [path for path in files if path.suffix in COMPRESSED and path.stat().st_size >= 1_024]
    assert packed == set(plain)
    assert (tmp_path / "static" / "index.html.gz").exists()


@pytest.mark.parametrize("wrong", [["--processes", "0"], ["--processes", "many"], ["--port", "x"]])
def test_what_cannot_be_served_is_refused(monkeypatch, capsys, wrong):
    monkeypatch.setattr(sys, "argv", ["hall", *wrong])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_without_nginx_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["hall"])
    monkeypatch.setattr("components.serving.hall.shutil.which", lambda *_, **__: None)
    with pytest.raises(SystemExit, match="apt install nginx-light"):
        main()
