"""A log that cannot be filled: the first lines of a kind, and how many were left out."""

import logging

from components.serving.seldom import LINES, SECONDS, Seldom
from tests.components.waiting import Clock


def test_of_each_kind_a_few_lines_a_minute_are_written_and_the_others_counted(caplog):
    clock, log = Clock(), logging.getLogger("tests.seldom")
    log.addFilter(Seldom(clock))
    for count in range(1_000):
        log.warning("it failed: %s", count)
    log.warning("something else: %s", "%s")
    assert len(caplog.messages) == LINES + 1
    assert caplog.messages[-1] == "something else: %s"
    clock.now += SECONDS
    log.warning("it failed: %s", "again")
    left_out = 1_000 - LINES
    assert caplog.messages[-1] == f"it failed: again (and {left_out} more like it, before this one)"
    log.warning("it failed: %s", "once more")
    assert caplog.messages[-1] == "it failed: once more"
