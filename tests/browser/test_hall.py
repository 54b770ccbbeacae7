"""The hall's launcher, end to end on this machine: nginx, two processes, and one that is killed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from components.pages.lesson.scenes import SCENES
from components.serving.hall import HallError, nginx_program
from components.words.text import text
from tests.browser.conftest import ROOT, wait_for
from tests.browser.lab import Lab
from tests.processes import children

PATIENCE = 90.0
OPEN = "01"  # a connection that stands, in /proc/net/tcp


@dataclass
class Running:
    """A hall that runs."""

    address: str
    process: subprocess.Popen
    ports: list[int]
    store: Path
    log: Path

    def app(self, port: int) -> int | None:
        """The number of the app's process at a port."""
        for child in children(self.process.pid):
            try:
                command = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            except FileNotFoundError:  # it has ended meanwhile
                continue
            if b"uvicorn" in command and f"{port}".encode() in command:
                return child
        return None

    def connected(self) -> list[int]:
        """The port of every connection that an app's process has with nginx."""
        lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
        rows = (line.split() for line in lines)
        ports = [int(row[1].split(":")[1], 16) for row in rows if row[3] == OPEN]
        return [port for port in ports if port in self.ports]


def free_ports(count: int) -> list[int]:
    """Ports that follow each other."""
    for _ in range(50):
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            start = first.getsockname()[1]
        ports = list(range(start, start + count))
        if ports[-1] < 65_536 and not any(map(answers, ports)):
            return ports
    raise AssertionError("no free ports")


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def hall(browser, tmp_path_factory, finished_runs) -> Iterator[Running]:
    if sys.platform != "linux":
        pytest.skip("who is connected is read from /proc")
    try:
        nginx_program()
    except HallError as error:
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up(f"{error}")
    port, *ports = free_ports(3)
    log = tmp_path_factory.mktemp("hall") / "log"
    command = [
        sys.executable,
        "-m",
        "components.serving.hall",
        "--processes",
        "2",
        "--port",
        f"{port}",
    ]
    command += ["--first-port", f"{ports[0]}", "--store", str(finished_runs)]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        for each in (*ports, port):
            wait_for(f"http://127.0.0.1:{each}/_stcore/health", process, log)
        yield Running(f"http://localhost:{port}/", process, ports, finished_runs, log)
    finally:
        began, running = time.monotonic(), children(process.pid)
        process.terminate()
        process.wait(timeout=20)
    assert time.monotonic() - began < 15
    until(lambda: not any(Path(f"/proc/{each}/exe").exists() for each in running))
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture
def lab(hall, browser) -> Iterator[Lab]:
    context = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE * 1_000)
    yield Lab(context.new_page(), hall.address)
    context.close()


def fetch(address: str, **headers: str):
    try:
        return urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=10)
    except urllib.error.HTTPError as error:
        return error


def test_whoever_loses_a_process_comes_back_to_the_same_setting_and_panel(hall, lab):
    lab.open("?depth=4&width=6&inside=points&seed=77&scale=accuracy")
    setting, link = lab.setting, lab.page.url
    expect(lab.page.locator(".vgl-views")).to_have_count(2)
    answers_since: list = []

    def hear(frame) -> None:
        answers_since.append(frame)

    lab.page.on("websocket", lambda socket: socket.on("framereceived", hear))
    busy = max(hall.ports, key=hall.connected().count)
    lost = hall.app(busy)
    os.kill(lost, signal.SIGKILL)
    until(lambda: hall.app(busy) not in (None, lost))
    # The page says that it is connecting, then it is drawn anew from what it knows.
    until(lambda: answers_since or lab.page.wait_for_timeout(50))
    lab.finished()
    assert lab.setting == setting
    assert lab.page.url == link
    expect(lab.page.locator(".vgl-views")).to_have_count(2)
    lab.slider("depth").press("ArrowRight")
    lab.shows(depth=5)  # it can be moved


class Visitor(Lab):
    """One of several, each with a browser's own cookies."""

    def __init__(self, hall: Running, page: Page):
        super().__init__(page, hall.address)
        self.hall = hall

    def forget(self) -> None:
        """Leave, and be somebody new to nginx; what was loaded need not be loaded again."""
        before = len(self.hall.connected())
        self.page.goto("about:blank")
        self.page.context.clear_cookies()
        until(lambda: len(self.hall.connected()) < before)

    def came_to(self, link: str) -> int:
        """The process that a link is opened by, by its port."""
        before = self.hall.connected()
        self.page.goto(link)
        until(lambda: len(self.hall.connected()) > len(before))
        expect(self.page.locator(".vgl-question").first).to_be_visible()
        after = self.hall.connected()
        return next(port for port in self.hall.ports if after.count(port) > before.count(port))


@contextmanager
def visitor(hall: Running, browser) -> Iterator[Visitor]:
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(PATIENCE * 1_000)
    visitor = Visitor(hall, context.new_page())
    yield visitor
    visitor.forget()  # or the next one would be counted with it
    context.close()


def test_a_class_guesses_and_follows_on_whichever_process_its_phones_are(hall, browser):
    words = text("en")
    with visitor(hall, browser) as projector, visitor(hall, browser) as phone:
        process = projector.came_to(f"{hall.address}lesson?scene=2")
        projector.page.get_by_role("button", name=words("lesson.class_start")).click()
        address = projector.page.locator(".vgl-class-link code").inner_text()
        for _ in range(8):
            if phone.came_to(address) != process:
                break
            phone.forget()
        else:
            raise AssertionError("all phones came to one process")
        expect(phone.page.locator(".vgl-head")).to_contain_text(f"2 of {len(SCENES)}")
        learns = phone.page.get_by_text(words("answers.learns"))
        phone.page.get_by_test_id("stRadio").filter(has=learns).locator(learns).click()
        expect(phone.page.get_by_text(words("lesson.class_sent"))).to_be_visible()
        for page in ("look", "question", "answer"):
            projector.page.keyboard.press("ArrowRight")
            place = projector.page.locator(".vgl-place")
            expect(place).to_contain_text(words(f"lesson.page.{page}"))
            if page == "question":
                one = words("lesson.class_guesses_one")
                expect(projector.page.locator(".vgl-tally")).to_contain_text(one)
        expect(phone.page.locator(".vgl-outcome")).to_have_text(words("lesson.right"))
        code = parse_qs(urlparse(address).query)["room"][0]
        assert fetch(f"{hall.address}class/{code}").read() == b"2 True answer", "past nginx"


@pytest.mark.slow
def test_what_one_process_trained_the_other_one_shows(hall, browser):
    ports, kept = set(), set(hall.store.glob("*.kept"))
    for _ in range(8):
        with visitor(hall, browser) as one:
            before = hall.connected()
            one.open("?depth=3&width=4&seed=4321&steps=2000")
            after = hall.connected()
            ports |= {port for port in hall.ports if after.count(port) > before.count(port)}
        if len(ports) == 2:
            break
    assert ports == set(hall.ports)
    new = set(hall.store.glob("*.kept")) - kept
    assert len(new) >= 1
    names = [path.name for path in new]
    assert len(names) == len(set(names))


def test_static_files_come_from_nginx_compressed_and_for_good(hall):
    page = fetch(hall.address)
    assert page.headers["Cache-Control"] == "no-cache"
    script = page.read().decode().split('src="./', 1)[1].split('"', 1)[0]
    file = fetch(hall.address + script, **{"Accept-Encoding": "gzip"})
    assert file.headers["Server"] == "nginx"
    assert file.headers["Content-Encoding"] == "gzip"
    assert "immutable" in file.headers["Cache-Control"]
    small = len(file.read())
    assert small < 0.5 * len(fetch(hall.address + script).read())
    assert fetch(f"{hall.address}static/js/none.js").status == 404
    assert fetch(f"{hall.address}lesson").read() == fetch(hall.address).read()


def test_a_browser_is_given_its_process_once(hall):
    first = fetch(hall.address).headers["Set-Cookie"]
    name, value = first.split(";")[0].split("=")
    assert name == "hall"
    assert "HttpOnly" in first
    again = fetch(hall.address, Cookie=f"hall={value}").headers["Set-Cookie"]
    assert again.startswith(f"hall={value};")
    assert fetch(hall.address).headers["Set-Cookie"].split(";")[0] != f"hall={value}"


def test_streamlits_own_protections_stay_on(hall):
    """A page of somebody else's cannot open a connection in a visitor's name."""
    request = (
        "GET /_stcore/stream HTTP/1.1\r\nHost: lab.example\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://{origin}\r\n\r\n"
    )
    port = int(hall.address.rsplit(":", 1)[1].strip("/"))
    answered = {}
    for origin in ("lab.example", "evil.example"):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(request.format(origin=origin).encode())
            answered[origin] = connection.recv(4_096).split()[1]
    assert answered == {"lab.example": b"101", "evil.example": b"403"}


@pytest.mark.parametrize("taken", ["the link's", "a process's"])
def test_a_port_that_is_taken_is_said_and_nothing_is_left(taken):
    port, *ports = free_ports(2)
    with socket.socket() as other:
        other.bind(("0.0.0.0", port if taken == "the link's" else ports[0]))
        other.listen()
        command = [sys.executable, "-m", "components.serving.hall", "--processes", "1"]
        command += ["--port", f"{port}", "--first-port", f"{ports[0]}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    number = port if taken == "the link's" else ports[0]
    assert said.startswith(f"port {number} cannot be used")
