"""One server and one browser for this folder's tests, in each of the processes that run them."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from components.serving.store import ADDRESS
from tests.browser.lab import Lab

ROOT = Path(__file__).parents[2]
PATIENCE = 60_000  # milliseconds
START_SECONDS = 300.0  # of a server, beside all else that a busy machine does
MOST_TABS = 6  # kept for the next visitors
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up(f"none of {', '.join(BROWSERS)} is installed")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def server(browser, tmp_path_factory, finished_runs) -> Iterator[str]:
    """The address of the app, served as a visitor gets it; started only if there is a browser."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    command += ["--server.headless", "true", "--server.port", f"{port}"]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {ADDRESS: str(finished_runs)},
        )
    address = f"http://localhost:{port}/"
    try:
        wait_for(f"{address}_stcore/health", process, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
    for wrong in ("Traceback", "missing ScriptRunContext"):
        assert wrong not in log.read_text(), log.read_text()


def wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the server never answered: {log.read_text()}")


@pytest.fixture(scope="package")
def contexts(browser) -> Iterator[Callable[..., BrowserContext]]:
    """Visitors of one kind share a context, so that only the first one loads Streamlit's files."""
    opened: dict[str, BrowserContext] = {}

    def context(**options) -> BrowserContext:
        options = {"locale": "en-US", "viewport": {"width": 1440, "height": 900}} | options
        if repr(options) not in opened:
            opened[repr(options)] = browser.new_context(**options)
            opened[repr(options)].set_default_timeout(PATIENCE)
        return opened[repr(options)]

    yield context
    for each in opened.values():
        each.close()


@pytest.fixture(scope="package")
def tabs() -> list[Page]:
    """Tabs that tests have left as new ones: Streamlit's programs are compiled there already."""
    return []


def visits(contexts, server: str, tabs: list[Page]) -> Iterator[Callable[..., Lab]]:
    opened: list[Lab] = []

    def visit(link: str = "", *, ready: bool = True, **options) -> Lab:
        context = contexts(**options)
        left = next((page for page in tabs if page.context == context), None)
        if left:
            tabs.remove(left)
        opened.append(Lab(left or context.new_page(), server))
        opened[-1].open(link, ready=ready)
        return opened[-1]

    yield visit
    for lab in opened:
        lab.leave()
        if not lab.page.is_closed():
            tabs.append(lab.page)
    while len(tabs) > MOST_TABS:
        tabs.pop(0).close()


@pytest.fixture
def visit(contexts, server, tabs) -> Iterator[Callable[..., Lab]]:
    """``visit(link, **context)`` opens the lab as another visitor, and waits until it is drawn."""
    yield from visits(contexts, server, tabs)


@pytest.fixture(scope="module")
def open_lab(contexts, server, tabs) -> Iterator[Callable[..., Lab]]:
    """The same for a page that several of a module's tests look at."""
    yield from visits(contexts, server, tabs)
