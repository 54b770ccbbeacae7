"""What a visitor has done in the lesson, kept by the browser alone.

So it is there again after a reload of the lab, whose link does not hold it, or in a new tab. In a
class and at a projector nothing of it is read or written.
"""

import contextlib
from urllib.parse import parse_qsl, urlencode

from components.panels.cookies import LESSON, cookie, keep_cookies
from components.settings import state
from components.settings.outline import NUMBERS
from components.settings.state import ITEMS, guess_item

KEPT = ("scene", *map(guess_item, NUMBERS), "seen", "met")
PARAMETERS = {ITEMS[name].parameters[0]: name for name in KEPT}


def remember(others: dict[str, str]) -> None:
    """Have the browser keep what was done, and ``others``; before that take up what it has kept."""
    if state.get("room") is None and state.get("present") == "off":
        _recall()
        others = others | {LESSON: _progress()}
    keep_cookies(others)


def _progress() -> str:
    """What is to be kept; empty: nothing was done."""
    said = {
        parameter: ITEMS[name].write(state.get(name))
        for parameter, name in PARAMETERS.items()
        if state.get(name) != ITEMS[name].default
    }
    return urlencode(said)


def _recall() -> None:
    """Once a visit, take up what the browser has kept, where the link does not say otherwise."""
    if state.get("recalled"):
        return
    state.put("recalled", True)
    for parameter, written in parse_qsl(cookie(LESSON)):
        name = PARAMETERS.get(parameter)
        if name is None or state.is_linked(name) or state.get(name) != ITEMS[name].default:
            continue
        with contextlib.suppress(ValueError, KeyError, OverflowError):  # anybody may write there
            state.put(name, ITEMS[name].read(written))
