"""Content-Encoding: gzip, expanded while it streams in and never beyond what is taken anyway."""

import zlib
from typing import Final

GZIP: Final = frozenset({"gzip", "x-gzip"})
IDENTITY: Final = frozenset({"", "identity"})
ACCEPTED: Final = "gzip"
"""What an answer's `Accept-Encoding` names when a coding was not taken."""
RATIO_MAX: Final = 200
"""Most bytes out of one byte in; facts reach 20 to 60, a bomb a thousand."""
RATIO_FREE_BYTES: Final = 256 * 1024
"""So much may come out whatever the ratio: short repetitive bodies are no bombs."""
MEMBERS_MAX: Final = 1_000
"""Most gzip members in one body."""
_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16


class RefusedError(Exception):
    """The body cannot be taken."""


class TooLargeError(RefusedError):
    """More comes out than one request may hold."""


class BombError(RefusedError):
    """Far more comes out than went in."""


class BrokenError(RefusedError):
    """It is no gzip, or not all of it."""


class Plain:
    """A body that is taken as it comes."""

    def __init__(self, bytes_max: int) -> None:
        """`bytes_max` is the most that is taken."""
        self._left = bytes_max
        self._chunks: list[bytes] = []

    def feed(self, chunk: bytes) -> int:
        """Take a piece and give how much it holds; TooLargeError if it is too much."""
        self._left -= len(chunk)
        if self._left < 0:
            self._chunks.clear()
            raise TooLargeError
        self._chunks.append(chunk)
        return len(chunk)

    def finish(self) -> bytes:
        """Give the whole body."""
        return b"".join(self._chunks)


class Gunzip:
    """A body that is expanded piece by piece, within bounds of size and ratio."""

    def __init__(self, bytes_max: int) -> None:
        """`bytes_max` is the most that is taken, expanded."""
        self._plain = Plain(bytes_max)
        self._bytes_max = bytes_max
        self._inflate = zlib.decompressobj(_GZIP_WINDOW)
        self._members = 1
        self._in = self._out = 0

    def feed(self, chunk: bytes) -> int:
        """Take a piece of what was sent and give how much came out of it.

        Raises as soon as it is too much or broken.
        """
        before = self._out
        self._in += len(chunk)
        while chunk:
            if self._inflate.eof:
                self._next_member()
            try:
                # One byte more than may come: enough to see that it is too much.
                piece = self._inflate.decompress(chunk, self._bytes_max - self._out + 1)
            except zlib.error as error:
                raise BrokenError from error
            self._out += len(piece)
            if self._out > max(RATIO_FREE_BYTES, RATIO_MAX * self._in):
                raise BombError
            self._plain.feed(piece)
            chunk = self._inflate.unconsumed_tail or self._inflate.unused_data
        return self._out - before

    def finish(self) -> bytes:
        """Give the whole body; BrokenError if it is cut off."""
        if not self._inflate.eof:
            raise BrokenError
        return self._plain.finish()

    def _next_member(self) -> None:
        self._members += 1
        if self._members > MEMBERS_MAX:
            raise BrokenError
        self._inflate = zlib.decompressobj(_GZIP_WINDOW)
