"""How far facts have come: the pipeline's distances, observed once per batch by its two ends.

A batch of thousands costs as much as one of one: its oldest and its newest fact are observed, which
bound all others. Clocks of two machines may differ, so no distance is below zero.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import msgspec
from prometheus_client import Histogram

from contracts.record import CORRELATION_HEADER, TRACE_HEADER
from services.chassis import clock, metrics

ENDS: Final = 2
TRACE_WORD: Final = 1
"""The trace's id among the words of a `traceparent` (W3C Trace Context)."""
TRACE_WORDS: Final = 4

T = TypeVar("T")


class _Traced(msgspec.Struct, gc=False):
    """What an event says of the request that brought it."""

    correlationid: str | None = None
    traceparent: str | None = None


_traced: Final = msgspec.json.Decoder(_Traced).decode


def exemplar_of(event: bytes) -> dict[str, str] | None:
    """Make the exemplar of an event; None if it names no request, or cannot be read."""
    try:
        found = _traced(event)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return metrics.exemplar(found.correlationid, trace_of(found.traceparent))


def trace_of(traceparent: str | None) -> str | None:
    """Return the id of a trace (W3C Trace Context); None if it is none."""
    words = (traceparent or "").split("-")
    return words[TRACE_WORD] if len(words) == TRACE_WORDS else None


def exemplar_in(headers: Iterable[tuple[str, bytes]]) -> dict[str, str] | None:
    """Make the exemplar of what the headers of a record say of the request that brought it."""
    found = dict(headers)
    trace = found.get(TRACE_HEADER, b"").decode(errors="replace")
    correlation = found.get(CORRELATION_HEADER, b"").decode(errors="replace")
    return metrics.exemplar(correlation, trace_of(trace))


def ends(batch: Sequence[T]) -> Sequence[T]:
    """Return the first and the last of a batch; all of one that has no more."""
    return batch if len(batch) <= ENDS else (batch[0], batch[-1])


def observe(of: Histogram, ends: Iterable[tuple[int, dict[str, str] | None]]) -> None:
    """Observe how long ago each of these moments was, in ms since 1970, with its exemplar."""
    now = clock.now_ms()
    for since_ms, exemplar in ends:
        of.observe(max(0, now - since_ms) / 1_000, exemplar)
