"""What the page remembers of a visitor, in one table.

``items`` is the table, ``link`` reads and writes an address by it, ``session`` is where the values
are: nothing else touches ``st.session_state`` or ``st.query_params``.
"""

from components.settings.state.items import (
    COMPARABLE,
    CURES,
    DEFAULTS,
    FAMILY,
    ITEMS,
    LABELS,
    MANY,
    NONE,
    Item,
    guess_item,
)
from components.settings.state.link import Problem, nearest
from components.settings.state.session import (
    control,
    get,
    get_all,
    is_linked,
    is_moved,
    link_problems,
    link_to,
    link_to_keep,
    link_to_set,
    put,
    put_all,
    put_anew,
    start,
    update_link,
    update_link_of_part,
)

__all__ = [
    "COMPARABLE",
    "CURES",
    "DEFAULTS",
    "FAMILY",
    "ITEMS",
    "LABELS",
    "MANY",
    "NONE",
    "Item",
    "Problem",
    "control",
    "get",
    "get_all",
    "guess_item",
    "is_linked",
    "is_moved",
    "link_problems",
    "link_to",
    "link_to_keep",
    "link_to_set",
    "nearest",
    "put",
    "put_all",
    "put_anew",
    "start",
    "update_link",
    "update_link_of_part",
]
