"""All that can be taken away, in one file with a list of what is in it."""

import datetime
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from components.export.report import versions
from components.export.source import Source
from models import Experiment

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Piece:
    """A file of the bundle.

    Attributes:
        name: of the file, with its folder.
        what: what it is, in the page's language.
        content: its bytes.
    """

    name: str
    what: str
    content: bytes


def bundle(source: Source, experiments: Sequence[Experiment], pieces: Iterable[Piece]) -> bytes:
    """A zip of the files, and of a manifest that says what each is and what all are of.

    Its ``files`` have ``name, what, bytes, sha256``; its ``runs`` the settings, as
    ``Experiment(**setting)`` reads them.
    """
    buffer, listed = io.BytesIO(), []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for piece in pieces:
            archive.writestr(piece.name, piece.content)
            digest = hashlib.sha256(piece.content).hexdigest()
            size = len(piece.content)
            listed.append({"name": piece.name, "what": piece.what, "bytes": size, "sha256": digest})
        manifest = _manifest(source, experiments) | {"files": listed}
        archive.writestr(MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return buffer.getvalue()


def _manifest(source: Source, experiments: Sequence[Experiment]) -> dict:
    runs = zip(source.style.names, experiments, strict=True)
    return {
        "title": source.title,
        "setting": source.line(experiments),
        "link": source.link,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": versions(),
        "runs": [{"run": name, "setting": vars(experiment)} for name, experiment in runs],
    }
