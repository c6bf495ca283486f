"""The mark in every file: what it was made of, for programs; printed beside it, for people.

A workbook carries it as a custom property, a Word file as keywords, a PDF likewise. It proves
nothing by itself: whoever checks a file makes it again from what the mark names, and compares.
"""

import io
import re
import zipfile
import zlib
from dataclasses import asdict, dataclass, fields
from typing import Final
from urllib.parse import parse_qsl, urlencode

PROPERTY: Final = "dualwatch"
"""Name of the custom property of a workbook."""
PREFIX: Final = "dualwatch:1?"
LENGTH_MAX: Final = 4_000
PART_BYTES_MAX: Final = 1024 * 1024
"""Largest part of a container that is read for its mark."""
_PARTS: Final = ("docProps/custom.xml", "docProps/core.xml")
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
)
"""What a container that is none, or a broken one, raises."""
_FOUND: Final = re.compile(rf"{re.escape(PREFIX)}([A-Za-z0-9_.~%&;=+-]{{1,{LENGTH_MAX}}})")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a file was made of."""

    code: str = ""
    """校验码: of the content."""
    format: str = ""
    """xlsx, pdf, docx."""
    layout: str = ""
    """Of a form: city or national."""
    template: str = ""
    paper: str = ""
    """Paper whose edition it is; empty for a form that somebody asked for by itself."""
    edition: int = 0
    fonts: str = ""
    """Digest of the fonts that a PDF was set in: with others it looks otherwise."""

    def text(self) -> str:
        """Write it."""
        given = {name: value for name, value in asdict(self).items() if value}
        return PREFIX + urlencode(given)


def mark_of(
    *,
    code: str,
    format: str,  # noqa: A002 - the mark's own word
    template: str,
    paper: str | None = None,
    edition: int = 0,
    layout: str = "",
    fonts: str = "",
) -> str:
    """Write the mark of a file."""
    return Mark(code, format, layout, template, paper or "", edition, fonts).text()


def mark_in(content: bytes) -> Mark | None:
    """Read the mark of a file; None if it has none that can be read."""
    text = _pdf_text(content) if content.startswith(b"%PDF") else _zip_text(content)
    found = _FOUND.search(text.replace("&amp;", "&"))
    return None if found is None else _parsed(found.group(1))


def _parsed(text: str) -> Mark | None:
    known = {field.name for field in fields(Mark)}
    given = {name: value for name, value in parse_qsl(text) if name in known}
    number = given.pop("edition", "0")
    if not number.isascii() or not number.isdigit() or len(number) > 4:  # noqa: PLR2004
        return None
    return Mark(**given, edition=int(number))


def _zip_text(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sizes = {part.filename: part.file_size for part in archive.infolist()}
            parts = [p for p in _PARTS if 0 < sizes.get(p, 0) <= PART_BYTES_MAX]
            return "\n".join(archive.read(part).decode("utf-8", "replace") for part in parts)
    except _BROKEN:
        return ""


def _pdf_text(content: bytes) -> str:
    """Read a PDF's metadata, which PDF/A keeps as plain XML."""
    start = content.rfind(b"<x:xmpmeta")
    end = content.find(b"</x:xmpmeta>", start)
    return content[start:end].decode("utf-8", "replace") if 0 <= start < end else ""
