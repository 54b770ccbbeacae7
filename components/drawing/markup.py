"""HTML and SVG from pieces: all that is put into an element is escaped, unless it is one itself.

That is markupsafe's ``Markup``: adding to it, joining and formatting it escape, f-strings do not.
"""

from collections.abc import Iterable

from markupsafe import Markup

_VOID = ("img", "meta")  # of HTML: have no end


def element(name: str, /, *content: object, **attributes: object) -> Markup:
    """An element with text, which is escaped, and other elements in it.

    Attributes have underscores for hyphens, and one behind a name that Python has taken, such as
    ``class_``; of ``text_anchor=None`` nothing is written.
    """
    written = joined(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _short(value))
        for key, value in attributes.items()
        if value is not None
    )
    inside = Markup("") if name in _VOID else joined(content) + Markup(f"</{name}>")
    return Markup(f"<{name}{written}>{inside}")


def joined(parts: Iterable[object], between: object = "") -> Markup:
    """Texts and elements behind each other."""
    return Markup.escape(between).join(parts)  # type: ignore[arg-type]


def row(head: object, cells: Iterable[object]) -> Markup:
    """A row of a table, headed by its first cell."""
    return element("tr", element("th", head, scope="row"), *(element("td", each) for each in cells))


def table(
    heads: Iterable[object], rows: Iterable[Markup], foot: object = "", **attributes: object
) -> Markup:
    """A table under its heads; over the names of its rows nothing may stand, an empty text."""
    cells = (element("th", one, scope="col") if one else element("td") for one in heads)
    head = element("thead", element("tr", *cells))
    return element("table", head, element("tbody", *rows), foot, **attributes)


def _short(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value}"
