"""What one batch of submissions comes to, by hand: numbers, chains, claims and verdicts."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from struct import Struct as Packing
from typing import Any, Final

import msgspec

from tests.bench.limit_store import Document
from tests.bench.limit_target import Published

FIRST_HASH: Final = bytes(32)
HASH_BYTES: Final = 16
ACCEPTED, DUPLICATE, CONFLICT, REPEATED = range(4)
CLAIM_LAYOUT: Final = Packing("<16s16sHBQQ")
"""Content hash (its first HASH_BYTES), request, index within it, partition, sequence, position."""
VERDICT_LAYOUT: Final = Packing("<HBQQ")
"""Index within the request, verdict, sequence, position."""


class Paper(msgspec.Struct, gc=False):
    """The document of a fact: the part of its key that the fact states."""

    kind: str
    number: str
    line: str | None = None


class Data(msgspec.Struct, gc=False):
    """What of a fact's data the ledger looks at."""

    fiscal_year: int = 0
    document: Paper | None = None


class Event(msgspec.Struct, gc=False):
    """What of an event the ledger looks at."""

    id: str
    source: str
    type: str
    subject: str
    data: Data


parse = msgspec.json.Decoder(Event).decode
pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder().decode
sha256 = hashlib.sha256
blake2b = hashlib.blake2b
CLAIM = CLAIM_LAYOUT.pack
VERDICT = VERDICT_LAYOUT.pack

Keys = tuple[bytes, bytes | None]
"""What an event claims: its id, and its document if it has one."""


@dataclass(slots=True)
class Head:
    """Where a stream ends."""

    sequence: int
    hash: bytes


NEW: Final = Head(0, FIRST_HASH)


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of the partition before a batch."""

    partition: int
    position: int
    heads: Mapping[str, Head]


@dataclass(slots=True)
class Stream:
    """What one batch adds to one stream."""

    head: Head
    first: int
    entries: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    """Position, publisher, the event as it was sent."""


@dataclass(slots=True)
class Batch:
    """All that one transaction writes, and what is published after it."""

    offset: int
    """Of its first record."""
    position: int
    recorded_ms: int
    claims: dict[bytes, bytes] = field(default_factory=dict)
    """By id key, what was recorded; by document key, the id key of what was recorded on it."""
    streams: dict[str, Stream] = field(default_factory=dict)
    verdicts: dict[bytes, list[bytes]] = field(default_factory=dict)
    refused: list[Document] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)


def decide(
    records: Sequence[Any],
    events: Sequence[Event],
    keys: Sequence[Keys],
    known: Mapping[bytes, bytes],
    before: Before,
) -> Batch:
    """Judge every record in order; `known` are claims that are in the store."""
    position, partition, now = before.position, before.partition, time.time_ns() // 1_000_000
    batch = Batch(records[0].offset, position, now)
    claims, verdicts = batch.claims, batch.verdicts
    for record, event, (id_key, paper_key) in zip(records, events, keys, strict=True):
        headers, value = dict(record.headers), record.value
        request = headers["request"]
        taken = id_key in claims or paper_key in claims
        if taken or (known and (id_key in known or paper_key in known)):
            verdict = _refuse(batch, record, headers, id_key, known)
        else:
            position += 1
            stream = batch.streams.get(event.subject) or _open(batch, event.subject, before)
            head = stream.head
            head.sequence = sequence = head.sequence + 1
            content = sha256(value).digest()
            head.hash = sha256(head.hash + content).digest()
            stream.entries.append((position, headers["publisher"], value))
            index = int(headers["index"])
            # The layout keeps the first half of the content hash.
            claims[id_key] = CLAIM(content, request, index, partition, sequence, position)
            if paper_key is not None:
                claims[paper_key] = id_key
            mark = f"{position} {sequence} {now} {position} {event.type}".encode()
            batch.published.append((record.key, value, mark))
            verdict = VERDICT(index, ACCEPTED, sequence, position)
        verdicts.setdefault(request, []).append(verdict)
    batch.position = position
    return batch


def _open(batch: Batch, subject: str, before: Before) -> Stream:
    head = before.heads.get(subject, NEW)
    # A copy: what is held in memory moves only after the commit.
    stream = Stream(Head(head.sequence, head.hash), head.sequence + 1)
    batch.streams[subject] = stream
    return stream


def keys_of(event: Event) -> Keys:
    """Hash what an event claims."""
    identity = f"{event.source}\0{event.id}".encode()
    paper = event.data.document
    if paper is None:
        return _hash(identity), None
    jurisdiction = event.subject.partition("/")[0]
    line = "" if paper.line is None else f"\0{paper.line}"
    # No source is empty, so what begins with a NUL is no event's identity.
    document = f"\0{paper.kind}\0{jurisdiction}\0{event.data.fiscal_year}\0{paper.number}{line}"
    return _hash(identity), _hash(document.encode())


def _hash(value: bytes) -> bytes:
    return blake2b(value, digest_size=HASH_BYTES).digest()


def _refuse(
    batch: Batch,
    record: Any,
    headers: dict[str, bytes],
    id_key: bytes,
    known: Mapping[bytes, bytes],
) -> bytes:
    claim = batch.claims.get(id_key) or known.get(id_key)
    index = int(headers["index"])
    verdict, sequence, position = REPEATED, 0, 0
    if claim is not None:
        content, *origin, _, sequence, position = CLAIM_LAYOUT.unpack(claim)
        verdict = CONFLICT
        if content == sha256(record.value).digest()[:HASH_BYTES]:
            # The same record again, not only the same event, gets the same answer again.
            verdict = ACCEPTED if origin == [headers["request"], index] else DUPLICATE
    if verdict >= CONFLICT:
        refusal = _hash(headers["publisher"] + record.value)
        seen = {"$inc": {"times": 1}, "$set": {"why": verdict, "bytes": record.value}}
        batch.refused.append({"q": {"_id": refusal}, "u": seen, "upsert": True})
    return VERDICT(index, verdict, sequence, position)
