"""JSONL: one CloudEvent per line, passed on byte for byte."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

LINE_BYTES_MAX: Final = 8 * 1024 * 1024
"""Longest line that is read; intake takes no event near it."""

_BOM: Final = b"\xef\xbb\xbf"
_BLANK: Final = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank."""

    number: int
    """Its number in the file, from 1."""
    raw: bytes
    """Its bytes without outer white space."""
    complete: bool = True
    """False if it was longer than LINE_BYTES_MAX and is cut."""


def read_jsonl(stream: BinaryIO) -> Iterator[Line]:
    """Read a file line by line; memory is bounded by the longest line taken."""
    number = 0
    while piece := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        complete = len(piece) <= LINE_BYTES_MAX
        rest = piece
        while not rest.endswith(b"\n") and len(rest) > LINE_BYTES_MAX:
            rest = stream.readline(LINE_BYTES_MAX + 1)
        raw = piece.removeprefix(_BOM if number == 1 else b"").strip(_BLANK)
        if raw:
            yield Line(number, raw, complete)
