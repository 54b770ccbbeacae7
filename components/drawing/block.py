"""One block of bytes for a component in the browser: a JSON header, then arrays as they are."""

import json
import re
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
CONTROLS = _HERE / "controls"  # the buttons of what is played: their sheet and script
_BETWEEN_MODULES = re.compile(r"^(?:import [^;]*;\n|export (?!default))", re.MULTILINE)


def packed(header: dict[str, Any], *parts: bytes) -> bytes:
    """The header's length (uint32, little-endian), the header, the parts; ``block.js`` reads it."""
    text = json.dumps(header, ensure_ascii=False).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *parts])


def scripts(*paths: Path) -> str:
    """A script of a component that is sent a block: what all of them share, then its own files."""
    return joined(_HERE / "block.js", _HERE / "surface.js", *paths)


def joined(*paths: Path) -> str:
    """Modules as one script, in this order.

    Streamlit takes one text, which cannot import: what a module has from those before it is there.
    """
    modules = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    return _BETWEEN_MODULES.sub("", modules)
