"""When what was recorded: a recorded time resolves exactly to a cut (architecture 4).

One document for each batch that folds entries: {_id: {n, ms, p}}, where `ms` is the first
recorded time in it and `p` the batch's last position, and in `steps` the last position for each
recorded time. Recorded times of one partition hardly ever run backwards (two hosts' clocks); where
they do, the latest so far counts, so that a time stands for everything before the first entry that
was recorded after it.
"""

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec
from bson.binary import Binary

from services.analysis.store.states import Step
from services.chassis.mongo import Document

MS_MAX: Final = 2**53
"""Beyond any recorded time."""

_PACK: Final = msgspec.msgpack.Encoder()
_UNPACK: Final = msgspec.msgpack.Decoder(list[Step])


class Recorded(Protocol):
    """An entry, as far as time goes."""

    position: int
    recorded_ms: int


def steps_of(entries: Sequence[Recorded], latest_ms: int) -> list[Step]:
    """Return the steps of a run of entries; `latest_ms`: the latest recorded time before it.

    The last step's time is the latest after it.
    """
    steps: list[Step] = []
    last: Recorded | None = None
    for entry in entries:
        if entry.recorded_ms > latest_ms:
            if last is not None:
                steps.append((latest_ms, last.position))
            latest_ms = entry.recorded_ms
        last = entry
    if last is not None:
        steps.append((latest_ms, last.position))
    return steps


def moment_document(partition: int, steps: Sequence[Step]) -> Document:
    """Write the steps of a batch."""
    key = {"n": partition, "ms": steps[0][0], "p": steps[-1][1]}
    return {"_id": key, "steps": Binary(_PACK.encode(steps))}


def last_by(partition: int, recorded_ms: int) -> Document:
    """Select the documents of a partition that begin by a recorded time; the last one tells."""
    return {
        "_id": {
            "$gte": {"n": partition, "ms": 0, "p": 0},
            "$lt": {"n": partition, "ms": min(recorded_ms, MS_MAX) + 1, "p": 0},
        }
    }


def position_by(document: Document | None, recorded_ms: int) -> int:
    """Return the last position recorded by a time, of the last document that begins by it."""
    if document is None:
        return 0
    found = 0
    for ms, position in _UNPACK.decode(document["steps"]):
        if ms > recorded_ms:
            break
        found = position
    return found
