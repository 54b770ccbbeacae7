"""What the server answers a phone that asks where its class is."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import Response

from components.pages.lesson import following
from components.pages.lesson.rooms import Rooms
from components.serving.store import StoreError
from tests.components.pages.lesson.screens import turn


@pytest.fixture
def classes(monkeypatch) -> Rooms:
    own = Rooms()
    monkeypatch.setattr(following, "shared_rooms", lambda: own)
    monkeypatch.setattr(following, "_known", {})
    return own


def ask(code: str) -> Response:
    (route,) = following.ROUTES
    request = Request({"type": "http", "path_params": {"code": code}})
    return asyncio.run(route.endpoint(request))


def test_another_scene_and_an_outcome_are_another_place(classes, monkeypatch):
    code, places = classes.open("lecturer"), []
    for shown, scene in (((), 1), ((1,), 1), ((1,), 2)):
        turn(classes, code, "lecturer", shown, scene)
        following._known.clear()
        places.append(ask(code).body)
    assert len(set(places)) == 3
    turn(classes, code, "lecturer", (1,), 3)
    assert ask(code).body == places[-1], "what was found is said for a moment"


@pytest.mark.parametrize("code", ["NONE5", "", "<b>", "../..", "A" * 5_000])
def test_of_no_class_that_is_said(classes, code):
    answer = ask(code)
    assert (answer.status_code, answer.body.decode()) == (200, following.NONE)


def test_of_a_class_that_cannot_be_reached_nothing_is_said(classes, monkeypatch):
    code = classes.open("lecturer")

    def fails(*_: object) -> None:
        raise StoreError("gone")

    monkeypatch.setattr(classes._store, "get", fails)
    monkeypatch.setattr(classes, "_own", Rooms()._own)
    assert ask(code).status_code == 503
