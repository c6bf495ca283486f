"""Compressed record batches within a bound: aiokafka expands them whole, whatever comes out.

A megabyte on the wire can be thirty gigabytes in memory, and the broker lets it pass. Whoever may
write to a topic could so kill its readers, again and again, at the same record.
"""

import weakref
import zlib
from collections.abc import Callable
from typing import Any, Final

import cramjam
from aiokafka import codec
from aiokafka.record import default_records
from aiokafka.record._crecords import default_records as compiled

EXPANDED_BYTES_MAX: Final = 64 * 1024 * 1024
"""Most bytes out of one batch; producers collect a megabyte or so."""
LZ4_RATIO_MAX: Final = 255
GZIP_RATIO_MAX: Final = 1_032
"""More these formats cannot do: what is small enough needs no watching."""
ROOM_BYTES_MIN: Final = 64 * 1024
USUAL_RATIO: Final = 16
GROWTH: Final = 8
"""Room that is tried first, and how it grows: few batches need a second try."""
KEPT_BYTES: Final = 2 * 1024 * 1024
"""Length of a room that is used again: what producers collect fits in."""
KEPT_FROM: Final = 4 * 1024
"""Shorter payloads (bytes) are not worth a room."""
KEPT_MAX: Final = 4
"""Most rooms that wait for the next batch."""
_kept: Final[list[bytearray]] = []
_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16


class ExpandsTooMuchError(Exception):
    """More would come out of a batch than may."""


def install() -> None:
    """Let aiokafka's consumers of this process expand batches through this module."""
    for module in (compiled, default_records):
        module.gzip_decode = _gzip
        module.lz4_decode = _lz4
        module.zstd_decode = _zstd
        module.snappy_decode = _snappy


def _gzip(payload: Any) -> bytes:
    if len(payload) * GZIP_RATIO_MAX <= EXPANDED_BYTES_MAX:
        return bytes(codec.gzip_decode(payload))
    found = bytearray()
    left = bytes(payload)
    while left:
        inflate = zlib.decompressobj(_GZIP_WINDOW)
        found += inflate.decompress(left, EXPANDED_BYTES_MAX - len(found) + 1)
        if len(found) > EXPANDED_BYTES_MAX:
            raise ExpandsTooMuchError
        left = inflate.unused_data
    return bytes(found)


def _lz4(payload: Any) -> bytes | memoryview:
    room = _into_kept(cramjam.lz4.decompress_into, payload)
    if room is not None:
        return room
    if len(payload) * LZ4_RATIO_MAX <= EXPANDED_BYTES_MAX:
        return bytes(codec.lz4_decode(payload))
    return _into(cramjam.lz4.decompress_into, payload)


def _zstd(payload: Any) -> bytes | memoryview:
    room = _into_kept(cramjam.zstd.decompress_into, payload)
    return _into(cramjam.zstd.decompress_into, payload) if room is None else room


def _snappy(payload: Any) -> bytes:
    data = bytes(payload)
    # Its blocks say how long they are; the stream format has a header and lengths between them.
    if codec._detect_xerial_stream(data):  # noqa: SLF001 - the same test as its reader's
        length, at = 0, 16
        while at < len(data):
            size = int.from_bytes(data[at : at + 4], "big")
            length += cramjam.snappy.decompress_raw_len(data[at + 4 : at + 4 + size])
            at += 4 + size
    else:
        length = cramjam.snappy.decompress_raw_len(data)
    if length > EXPANDED_BYTES_MAX:
        raise ExpandsTooMuchError
    return bytes(codec.snappy_decode(data))


def _into_kept(expand: Callable[[Any, bytearray], int], payload: Any) -> memoryview | None:
    """Expand into a room that was used before; None if that is not worth it, or not enough.

    Fresh memory costs more than what is written to it: the system clears it page by page. A batch
    copies its records out, and once it is gone nobody looks into the room any more.
    """
    fits = KEPT_FROM <= len(payload) <= KEPT_BYTES // USUAL_RATIO
    if not fits or KEPT_BYTES > EXPANDED_BYTES_MAX:
        return None
    room = _kept.pop() if _kept else bytearray(KEPT_BYTES)
    try:
        found = memoryview(room)[: expand(bytes(payload), room)]
    except cramjam.DecompressionError:
        _keep(room)
        return None
    weakref.finalize(found, _keep, room)
    return found


def _keep(room: bytearray) -> None:
    if len(_kept) < KEPT_MAX:
        _kept.append(room)


def _into(expand: Callable[[Any, bytearray], int], payload: Any) -> bytes:
    """Expand into room that grows until it is enough, or more than may be."""
    data = bytes(payload)
    size = min(max(ROOM_BYTES_MIN, USUAL_RATIO * len(data)), EXPANDED_BYTES_MAX)
    while True:
        room = bytearray(size)
        try:
            return bytes(memoryview(room)[: expand(data, room)])
        except cramjam.DecompressionError as error:
            if size == EXPANDED_BYTES_MAX:
                raise ExpandsTooMuchError from error
        size = min(GROWTH * size, EXPANDED_BYTES_MAX)
