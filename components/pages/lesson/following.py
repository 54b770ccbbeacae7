"""How a class's phones follow their lecturer: each asks the server now and then, without a run.

A run of the page costs many times as much as such an answer, and a class is 300 phones.
"""

import asyncio
from pathlib import Path

import streamlit as st
from cachetools import TTLCache
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from components.pages.lesson.rooms import ROOMS, shared_rooms
from components.settings.state.items import ROOM

LOOKS = 3_000, 15_000  # milliseconds between a phone's; and where it has to draw its page for them
TURNS = 300, 3_000  # of a lecturer's screen, which another one of theirs may turn
KNOWN_SECONDS = 0.2  # that what was said of a class is said again
NONE = "none"  # said of a class that there is not

_JS = Path(__file__).with_name("following.js")
_known: TTLCache[str, str | None] = TTLCache(ROOMS, KNOWN_SECONDS)


async def _place(request: Request) -> Response:
    """Where a class is; 503: it cannot be told now."""
    code = request.path_params["code"]
    if not ROOM.fullmatch(code):
        return PlainTextResponse(NONE)
    if code not in _known:
        _known[code] = await asyncio.to_thread(_look, code)
    place = _known.get(code)
    headers = {"Cache-Control": "no-store"}
    return PlainTextResponse(place or "", 200 if place else 503, headers)


def _look(code: str) -> str | None:
    room, surely = shared_rooms().look(code)
    return room.turned_to if room else NONE if surely else None


ROUTES = [Route("/class/{code}", _place)]
"""What the server answers beside the page."""


def follow(code: str, place: str, between: tuple[int, int]) -> None:
    """Have the browser draw the page anew once the class is at another place.

    Args:
        code: of the class.
        place: where it is now: what a member sees of it, or all that a lecturer's screen does.
        between: milliseconds between two looks, and between two where each draws the page.
    """
    component = st.components.v2.component("following", js=_JS.read_text(encoding="utf-8"))
    with st.container(key="following"):
        component(
            data={"code": code, "place": place, "between": between[0], "seldom": between[1]},
            key="follow",
            height="content",
            on_moved_change=lambda: None,  # that the page is drawn anew is all that it is for
        )
