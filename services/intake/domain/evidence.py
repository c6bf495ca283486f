"""Evidence files 佐证材料 (domain-rules 22): what a file is, told by its bytes; what it is called.

Nothing is opened or unpacked. A file is what both its first and its last bytes say, so that one
that two programs would read as two things is refused.
"""

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

HEAD_BYTES: Final = 4_096
"""First bytes that are looked at."""
TAIL_BYTES: Final = 256 * 1024
"""Last bytes that are looked at: the table of contents of an Office file stands there."""
NAME_LENGTH_MAX: Final = 200
NAME_DEFAULT: Final = "evidence"

_ZIP: Final = b"PK\x03\x04"
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_BYTES: Final = 22
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PNG_END: Final = b"IEND\xaeB\x60\x82"
_PDF_END_BYTES: Final = 2_048
_FIRST_OF_OFFICE: Final = (b"[Content_Types].xml", b"_rels/", b"docProps/", b"word/", b"xl/")
_FIRST_OF_OFFICE_TOO: Final = (b"ppt/", b"customXml/")
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_MACROS: Final = b"vbaProject.bin"
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
_ANY: Final = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_SAME: Final = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/tif": "image/tiff"}

EXTENSIONS: Final = {
    "application/pdf": ("pdf",),
    f"{_OFFICE}wordprocessingml.document": ("docx",),
    f"{_OFFICE}spreadsheetml.sheet": ("xlsx",),
    f"{_OFFICE}presentationml.presentation": ("pptx",),
    "application/msword": ("doc", "wps"),
    "application/vnd.ms-excel": ("xls", "et"),
    "application/vnd.ms-powerpoint": ("ppt", "dps"),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/tiff": ("tif", "tiff"),
    "image/webp": ("webp",),
}
"""Media types that are taken, with the extensions that their names may have."""


class Edges(NamedTuple):
    """What is kept of a file while it streams through."""

    head: bytes
    tail: bytes
    size: int


class Why(StrEnum):
    """Why a file is not taken."""

    UNKNOWN_TYPE = "unknown_type"
    OTHER_TYPE = "other_type"
    """Than it is said to be."""
    OTHER_NAME = "other_name"
    """Its extension is another type's."""
    TWO_TYPES = "two_types"
    """Two programs would read two things."""
    MACROS = "macros"
    EMPTY = "empty"


class NotTakenError(Exception):
    """A file that is not taken."""

    def __init__(self, why: Why) -> None:
        """Remember why."""
        super().__init__(why)
        self.why = why


def media_type_of(edges: Edges, claimed: str, name: str) -> str:
    """Tell a file's type by its bytes; NotTakenError if it is none that is taken, or another."""
    claimed = _SAME.get(claimed, claimed)
    found = _sniffed(edges, claimed)
    if found is None:
        raise NotTakenError(Why.UNKNOWN_TYPE)
    if claimed not in _ANY and claimed != found:
        raise NotTakenError(Why.OTHER_TYPE)
    _, dot, extension = name.rpartition(".")
    if dot and extension.lower() not in EXTENSIONS[found]:
        raise NotTakenError(Why.OTHER_NAME)
    return found


def _sniffed(edges: Edges, claimed: str) -> str | None:
    if edges.head.startswith(_ZIP):
        return _office(edges)
    if _ZIP_END in edges.tail[-_PDF_END_BYTES * 32 :]:
        raise NotTakenError(Why.TWO_TYPES)
    if edges.head.startswith(_OLE):
        return _old_office(edges, claimed)
    return next((kind for kind, holds in _PLAIN.items() if holds(edges)), None)


def _office(edges: Edges) -> str | None:
    """Tell an Office file by the names in its table of contents; it is not unpacked."""
    end = edges.tail.rfind(_ZIP_END)
    if end < 0:
        return None
    comment = int.from_bytes(edges.tail[end + 20 : end + 22], "little")
    if end + _ZIP_END_BYTES + comment != len(edges.tail):
        raise NotTakenError(Why.TWO_TYPES)
    if not edges.head[30:].startswith((*_FIRST_OF_OFFICE, *_FIRST_OF_OFFICE_TOO)):
        return None
    if _MACROS in edges.tail:
        raise NotTakenError(Why.MACROS)
    parts = {
        b"word/document.xml": "wordprocessingml.document",
        b"xl/workbook.xml": "spreadsheetml.sheet",
        b"ppt/presentation.xml": "presentationml.presentation",
    }
    found = [kind for part, kind in parts.items() if part in edges.tail]
    return _OFFICE + found[0] if len(found) == 1 else None


def _old_office(edges: Edges, claimed: str) -> str | None:
    """Tell a file of the old Office: streams have names in UTF-16."""
    streams = {
        "WordDocument": "application/msword",
        "Workbook": "application/vnd.ms-excel",
        "PowerPoint Document": "application/vnd.ms-powerpoint",
    }
    both = edges.head + edges.tail
    found = [kind for name, kind in streams.items() if name.encode("utf-16-le") in both]
    if len(found) == 1:
        return found[0]
    return claimed if claimed in streams.values() and not found else None


def _webp(edges: Edges) -> bool:
    size = int.from_bytes(edges.head[4:8], "little")
    return edges.head[:4] == b"RIFF" and edges.head[8:12] == b"WEBP" and size + 8 == edges.size


_PLAIN: Final[dict[str, Callable[[Edges], bool]]] = {
    "application/pdf": lambda edges: (
        edges.head.startswith(b"%PDF-") and b"%%EOF" in edges.tail[-_PDF_END_BYTES:]
    ),
    "image/png": lambda edges: (
        edges.head.startswith(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
        and edges.tail.endswith(_PNG_END)
    ),
    "image/jpeg": lambda edges: (
        edges.head.startswith(b"\xff\xd8\xff") and edges.tail.endswith(b"\xff\xd9")
    ),
    "image/gif": lambda edges: (
        edges.head.startswith((b"GIF87a", b"GIF89a")) and edges.tail.endswith(b"\x3b")
    ),
    "image/tiff": lambda edges: edges.head.startswith((b"II*\x00", b"MM\x00*")),
    "image/webp": _webp,
}


def plain_name(name: str) -> str:
    """Make a file's name one that is only a name: no folders, no control characters."""
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    text = _CONTROL.sub("", text).replace("\\", "/").rpartition("/")[2]
    text = text.strip(" .").replace('"', "").replace(":", "")
    if len(text) > NAME_LENGTH_MAX:
        stem, dot, extension = text.rpartition(".")
        short = NAME_LENGTH_MAX - len(extension) - 1
        text = f"{stem[:short]}.{extension}" if dot and short > 0 else text[:NAME_LENGTH_MAX]
    return text or NAME_DEFAULT
