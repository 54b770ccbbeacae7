"""What the tests of the page share."""

import functools
import logging

import hypothesis
import pytest
from streamlit.components.v2 import manifest_scanner

from components.panels import remedies
from components.runs import shared
from components.serving.store import ADDRESS

# The same examples on every machine, however slow: what fails, fails for everybody.
hypothesis.settings.register_profile("lab", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("lab")

# AppTest looks through all that is installed for every page it opens, which takes longer than the
# page; nothing is installed meanwhile.
manifest_scanner.scan_component_manifests = functools.cache(
    manifest_scanner.scan_component_manifests
)


@pytest.fixture
def served_as_trained(monkeypatch, finished_runs):
    """A server that a test starts need not train what all of them do first."""
    monkeypatch.setenv(ADDRESS, str(finished_runs))


@pytest.fixture(autouse=True)
def no_remedy_is_tried(monkeypatch):
    """What only a remedy's own tests look at need not be trained for all others."""
    monkeypatch.setattr(remedies, "TRYING_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def earlier_tests_are_no_crowd(monkeypatch):
    """Many a test's sessions were here a moment ago."""
    monkeypatch.setattr(shared, "PRESENT_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def nothing_failed(caplog, request):
    """The page turns its own errors into a sentence: no test is to overlook one."""
    yield
    if request.node.get_closest_marker("fails"):
        return
    records = [*caplog.get_records("setup"), *caplog.get_records("call")]
    failed = [
        r for r in records if r.name == "components.panels.guard" and r.levelno >= logging.ERROR
    ]
    assert not failed, failed[0].exc_text or failed[0].getMessage()
