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

from components.pages.lesson.rooms import ROOMS, Room, shared_rooms
from components.settings import state
from components.settings.state.items import ROOM

BETWEEN_LOOKS = 3_000  # milliseconds, of a phone
KNOWN_SECONDS = 0.5  # that what was said of a class is said again
COOKIE, COOKIE_SECONDS = "vgl_visitor", 86_400
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
    return room.place if room else NONE if surely else None


ROUTES = [Route("/class/{code}", _place)]
"""What the server answers beside the page."""


def follow(room: Room | None, visitor: str) -> None:
    """Have the browser draw the page anew once the class is at another place than it is now.

    Args:
        room: the class as it is now; None: this visitor leads it.
        visitor: who this is, which the browser keeps for a day: whoever comes back to a class has
            no second guess in it, and a lecturer's screen is the lecturer's again.
    """
    component = st.components.v2.component("following", js=_JS.read_text(encoding="utf-8"))
    with st.container(key="following"):
        component(
            data={
                "code": state.get("room"),
                "place": room and room.place,
                "visitor": f"{COOKIE}={visitor}; max-age={COOKIE_SECONDS}; path=/; samesite=lax",
                "between": BETWEEN_LOOKS,
            },
            key="follow",
            height="content",
            on_moved_change=lambda: None,  # that the page is drawn anew is all that it is for
        )
