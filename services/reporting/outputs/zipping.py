"""A zip made in pieces: each piece is whole by itself, so that a bundle goes on where it stopped.

Parts follow each other; the directory comes last. Files are stored as they are: workbooks, Word
files and PDF are packed already. Dates are fixed, so the same files are the same bytes.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

NAME_BYTES_MAX: Final = 400
ENTRIES_MAX: Final = 60_000
"""Fewer than the 65,535 that a zip without extensions can count."""
SIZE_MAX: Final = 4_000_000_000
"""Less than the 4 GiB that a zip without extensions can address."""
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_VERSION: Final = 20
_UTF8: Final = 0x0800
_STORED: Final = 0
_TIME: Final = 0
_DAY: Final = 33
"""1 January 1980, the first day that a zip can write."""


class ZipTooLargeError(Exception):
    """The bundle would be larger than a zip can be."""


@dataclass(frozen=True, slots=True)
class ZipPart:
    """A piece of a zip, and what the directory says of it."""

    content: bytes
    directory: bytes
    entries: int


def zip_part(files: Sequence[tuple[str, bytes]], offset: int) -> ZipPart:
    """Write files as they stand in a zip, beginning at `offset`."""
    content, directory = bytearray(), bytearray()
    for name, data in files:
        where = offset + len(content)
        if where + len(data) > SIZE_MAX:
            raise ZipTooLargeError
        raw = name.encode()[:NAME_BYTES_MAX]
        check, size = zlib.crc32(data), len(data)
        told = (_UTF8, _STORED, _TIME, _DAY, check, size, size, len(raw), 0)
        content += _LOCAL.pack(b"PK\x03\x04", _VERSION, *told) + raw + data
        head = (b"PK\x01\x02", _VERSION, _VERSION, *told, 0, 0, 0, 0, where)
        directory += _CENTRAL.pack(*head) + raw
    return ZipPart(bytes(content), bytes(directory), len(files))


def zip_end(directories: Sequence[bytes], entries: int, offset: int) -> bytes:
    """Write the directory, which begins at `offset`, and the end."""
    if entries > ENTRIES_MAX:
        raise ZipTooLargeError
    directory = b"".join(directories)
    end = _END.pack(b"PK\x05\x06", 0, 0, entries, entries, len(directory), offset, 0)
    return directory + end
