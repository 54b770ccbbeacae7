"""Answers that no browser sends, made by hand: they end in nothing, and the page goes on."""

import asyncio
import math
from collections.abc import Iterator

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.state.session_state import SessionState, WStates
from streamlit.testing.v1 import AppTest

from components.serving.inside import answers
from components.settings import state
from models import Experiment
from tests.benchmarks.clients import visit
from tests.benchmarks.server import serve
from tests.components.page import SCRIPT, Page
from tests.components.pages.lesson.test_lesson import Lesson

PICKED = '[{{"event": "picked", "value": {}}}]'  # of the bar of fates
PARTS = ("{}", "[1]", "5", '"x"', '"0"', '"7 solved"', '"-1 solved"', '"0 nothing"')
ROWS = '{{"selection": {{"rows": {}, "columns": [], "cells": []}}}}'  # of the family's table
PLACES = ("5", "[99]", "[-1]", '["a"]', "[0.5]", "[[0]]", "{}")
NUMBERS = (math.nan, math.inf, -math.inf, -1.0, 1e300, 2.0**63)
WRONG: dict[str, tuple] = {
    "string_value": (
        "",
        "x",
        "\0",
        "9" * 400,
        '{"selection": 5}',
        "[" * 3_000,
        *map(ROWS.format, PLACES),
    ),
    "double_value": NUMBERS,
    "int_value": (-1, 2**62),  # of a number, too
    "bool_value": (True,),
    "trigger_value": (True,),
    "bytes_value": (b"\xff\0",),
    "json_value": ("x", '"x"', "5", "[]", '{"picked": [1]}'),
    "json_trigger_value": ("x", "5", '[{"event": ["x"]}]', *map(PICKED.format, PARTS)),
    "double_array_value": ((), *((number,) for number in NUMBERS), (3.0, 4.0)),
    "int_array_value": ((), (2**62,)),
    "string_array_value": ((), ("x",), ("", "9" * 400)),
    "file_uploader_state_value": ("x", "9" * 400),
}
"""By the field of Streamlit's protocol: what no control, or none of another kind, can mean."""
CLICKS = ("bool_value", "trigger_value")  # every value of these is one that a browser sends
PAGES = {
    "network": lambda: Page(inside="network").set("depth", 5),
    "chain": lambda: Page(inside="chain", compare="relu", compare_depth=3),
    "family": lambda: Page(compare="family", depth=2, width=3),
    "scene": lambda: Lesson(scene=2),
}


@pytest.fixture(autouse=True)
def as_the_server_does(monkeypatch):
    for part, name in ((WStates, "set_widget_from_proto"), (SessionState, "register_widget")):
        monkeypatch.setattr(part, name, getattr(part, name))  # given back afterwards
    answers.ignore_the_impossible()
    answers._tell.cache_clear()


def answer(control: str, field: str, value: object) -> WidgetState:
    made = WidgetState(id=control)
    if field == "file_uploader_state_value":  # a file that nobody has sent
        made.file_uploader_state_value.uploaded_file_info.add(file_id=value, name="x.json", size=1)
    elif isinstance(value, tuple):
        getattr(made, field).SetInParent()
        getattr(made, field).data.extend(value)
    else:
        setattr(made, field, value)
    return made


def controls(page: Page) -> dict[str, str]:
    """Every control that was drawn, and the field that its answers stand in."""
    known = page.app._session_state._state._new_widget_state.widget_metadata
    return {name: control.value_type for name, control in known.items()}


def messages(drawn: dict[str, str]) -> Iterator[WidgetStates]:
    """First one a field, which all controls of other kinds answer; then each control's own kind."""
    for field, (value, *_) in WRONG.items():
        yield WidgetStates(
            widgets=[answer(name, field, value) for name, own in drawn.items() if own != field]
        )
    for turn in range(max(map(len, WRONG.values()))):
        own = {name: WRONG[field] for name, field in drawn.items() if field not in CLICKS}
        yield WidgetStates(
            widgets=[
                answer(name, drawn[name], values[turn % len(values)])
                for name, values in own.items()
            ]
        )


@pytest.mark.parametrize("opened", PAGES.values(), ids=PAGES)
def test_answers_that_mean_nothing_change_nothing(opened, caplog):
    page = opened()
    before, drawn = {name: page.kept(name) for name in state.ITEMS}, controls(page)
    sent = 0
    for message in messages(drawn):
        page.app._run(message)
        assert not page.app.exception
        assert page.errors == []
        sent += len(message.widgets)
    assert sent > 200
    changed = {name for name in before if page.kept(name) != before[name]}
    # An empty choice is one, and any text is text.
    assert changed <= {"line", "inside", "members", "accepted", "hidden text", "start text"}
    assert "Traceback" not in caplog.text
    told = [record for record in caplog.records if record.name == answers.__name__]
    assert 0 < len(told) <= len(set(drawn.values())), "once a kind"


def test_an_answer_that_is_there_before_its_control_is_looked_at_then():
    page = Page()
    for message in messages(controls(page)):
        newcomer = AppTest.from_file(str(SCRIPT), default_timeout=90)
        newcomer.query_params.update(page.link)
        newcomer._run(message)
        assert not newcomer.exception
        assert not newcomer.error
        assert newcomer.session_state["memory"].kept["depth"] == Experiment.depth


def test_a_whole_number_that_a_browser_sends_counts():
    page = Page()
    number = page.control("depth number").id
    page.app._run(WidgetStates(widgets=[WidgetState(id=number, int_value=4)]))
    assert page.experiments[0].depth == 4


@pytest.mark.usefixtures("served_as_trained")
def test_over_the_wire_too_and_the_log_stays_short():
    """By the protocol, faster than the page is drawn; then a real move."""

    async def send(port: int) -> list[str]:
        async with visit(port, "steps=100&networks=4") as client:
            await client.settle(30)
            for message in messages(dict(client.controls)):
                await client.rerun(forged=message.widgets)
            await client.settle(30)
            await client.move("depth", "3")
            await client.settle(30)
            return client.problems

    with serve() as server:
        assert asyncio.run(send(server.port)) == []
        assert server.failures() == 0
