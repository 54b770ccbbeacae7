"""What the page remembers of a visitor, in one table.

``items`` is the table, ``link`` reads and writes an address by it, ``session`` is where the values
are: nothing else touches ``st.session_state`` or ``st.query_params``.
"""

from components.state.items import (
    COMPARABLE,
    DEFAULTS,
    FAMILY,
    ITEMS,
    LABELS,
    NONE,
    Item,
    guess_item,
)
from components.state.link import Problem
from components.state.session import (
    get,
    get_all,
    key,
    link_problems,
    link_to,
    link_to_this,
    put,
    put_all,
    start,
    update_link,
    update_link_of_part,
)

__all__ = [
    "COMPARABLE",
    "DEFAULTS",
    "FAMILY",
    "ITEMS",
    "LABELS",
    "NONE",
    "Item",
    "Problem",
    "get",
    "get_all",
    "guess_item",
    "key",
    "link_problems",
    "link_to",
    "link_to_this",
    "put",
    "put_all",
    "start",
    "update_link",
    "update_link_of_part",
]
