"""Documents ↔ domain types, and the collections of `dualwatch_intake` with their indexes."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from struct import Struct
from typing import Any, Final

import msgspec
from bson import MaxKey
from cramjam import DecompressionError, lz4
from pymongo import ASCENDING, IndexModel, UpdateOne

from contracts.topics import partition_of
from contracts.vocabulary import Clock
from services.chassis.outbox import Outbox
from services.intake.domain.chain import Entry
from services.intake.domain.decision import Claim, Decision, Known, Row
from services.intake.domain.jurisdictions import Calendar, Jurisdiction
from services.intake.domain.tree import STATES_MAX, Placed

CLAIMS: Final = "claims"
ENTRIES: Final = "entries"
STREAMS: Final = "streams"
VERDICTS: Final = "verdicts"
QUARANTINE: Final = "quarantine"
QUARANTINE_COMMANDS: Final = "quarantine_commands"
"""Commands that carried an Idempotency-Key, with their first answers."""
JURISDICTIONS: Final = "jurisdictions"
REQUESTS: Final = "requests"
DEPLOYMENT: Final = "deployment"
PROGRESS: Final = "progress"
LEADS: Final = "leads"
"""Project → the unit that leads it, for judging what bounded publishers state."""
PRINCIPALS: Final = "principals"
PRINCIPAL_LOG: Final = "principal_log"
"""Only ever added to."""
KEY_USES: Final = "key_uses"
ACCOUNTS: Final = "accounts"
"""Principals who have a password: its argon2id hash."""
SIGN_IN_TRIES: Final = "sign_in_tries"
"""How often somebody has tried to sign in of late, by name and by address, both hashed."""
ORGANISATIONS: Final = "organisations"
"""Where organisations stand, as their home partitions know it."""

RECEIPTS_KEPT: Final = dt.timedelta(days=30)
"""How long verdicts and requests are kept."""
ENTRIES_PER_DOCUMENT_MAX: Final = 1_000
BYTES_PER_DOCUMENT_MAX: Final = 8 * 1024 * 1024
"""Half of what MongoDB allows; an event has at most 64 KiB."""
_SURELY_SMALL: Final = 100
"""So many entries cannot come near BYTES_PER_DOCUMENT_MAX."""

Document = dict[str, Any]

# The hot documents hold their many small values packed: a third of the work of BSON, for the
# driver and for mongod. The original bytes of events come out of them as they went in.
_CLAIM: Final = Struct("<16s16sQQQ")
_NO_REQUEST: Final = bytes(16)
_pack: Final = msgspec.msgpack.Encoder().encode
_unpack_entries: Final = msgspec.msgpack.Decoder(list[Entry]).decode
_unpack_rows: Final = msgspec.msgpack.Decoder(list[Row]).decode


class DamagedError(Exception):
    """A stored document cannot be read: somebody has written in it."""


_EXPIRES: Final = IndexModel("at", expireAfterSeconds=int(RECEIPTS_KEPT.total_seconds()))

INDEXES: Final[Mapping[str, list[IndexModel]]] = {
    CLAIMS: [],
    ENTRIES: [IndexModel([("p", ASCENDING), ("a", ASCENDING)])],
    # For many at once: MongoDB 6 reads a clustered collection whole to find a list of ids.
    STREAMS: [IndexModel([("_id", ASCENDING), ("p", ASCENDING)])],
    VERDICTS: [IndexModel("r"), _EXPIRES],
    QUARANTINE: [
        IndexModel([("first_seen", ASCENDING), ("_id", ASCENDING)]),
        # The backlog by reason, and what is on its way.
        IndexModel([("state", ASCENDING), ("verdict", ASCENDING), ("first_seen", ASCENDING)]),
    ],
    QUARANTINE_COMMANDS: [_EXPIRES],
    **Outbox.INDEXES,
    JURISDICTIONS: [IndexModel("_id.p")],
    REQUESTS: [_EXPIRES],
    DEPLOYMENT: [],
    PROGRESS: [],
    LEADS: [],
    PRINCIPALS: [IndexModel("unpublished", sparse=True), IndexModel("bound", sparse=True)],
    PRINCIPAL_LOG: [IndexModel([("principal", ASCENDING), ("_id", ASCENDING)])],
    KEY_USES: [],
    ACCOUNTS: [],
    SIGN_IN_TRIES: [IndexModel("ends", expireAfterSeconds=0)],
    ORGANISATIONS: [IndexModel([("j", ASCENDING), ("position", ASCENDING)])],
}


_DAYS: Final = ("spoken", "heard")
"""What a jurisdiction's state holds by publisher."""
CLUSTERED: Final = (CLAIMS, ENTRIES, STREAMS)
"""Collections that grow for ever and are read by id: kept in its order."""


def moment(ms: int) -> dt.datetime:
    """Turn milliseconds since 1970 into an instant, as MongoDB's expiry needs it."""
    return dt.datetime.fromtimestamp(ms / 1_000, dt.UTC)


def whole_stream(stream: str, above: int = 0) -> Document:
    """Select the entry documents of a stream that may hold a sequence above `above`."""
    first = above - ENTRIES_PER_DOCUMENT_MAX
    return {"_id": {"$gte": {"s": stream, "n": first}, "$lte": {"s": stream, "n": MaxKey()}}}


def stream_range(low: str | None, high: str | None) -> Document:
    """Select the entry documents of all streams above `low` up to `high`; null is no bound."""
    bounds: Document = {}
    if low is not None:
        bounds["$gt"] = {"s": low, "n": MaxKey()}
    if high is not None:
        bounds["$lte"] = {"s": high, "n": MaxKey()}
    return {"_id": bounds} if bounds else {}


def claim_documents(decision: Decision) -> list[Document]:
    """Write claims; the key is the id, so that a second one cannot be.

    A document's claim names the claim of the event that is recorded on it. In the order of the
    keys: a batch then walks the tree once instead of jumping about in it.
    """
    claims: list[Document] = [
        {
            "_id": key,
            "v": _CLAIM.pack(
                claim.content,
                claim.request or _NO_REQUEST,
                claim.index,
                claim.sequence,
                claim.position,
            ),
        }
        for key, claim in decision.claims.items()
    ]
    claims.extend({"_id": key, "v": holder} for key, holder in decision.documents.items())
    claims.sort(key=itemgetter("_id"))
    return claims


def known_of(documents: Iterable[Mapping[str, Any]]) -> Known:
    """Read claims."""
    claims: dict[bytes, Claim] = {}
    recorded: set[bytes] = set()
    for found in documents:
        key, value = found["_id"], found["v"]
        if len(value) == _CLAIM.size:
            content, request, index, sequence, position = _CLAIM.unpack(value)
            claims[key] = Claim(
                content, position, sequence, None if request == _NO_REQUEST else request, index
            )
        else:
            recorded.add(key)
    return Known(claims, recorded)


def entry_documents(entries: Mapping[str, Sequence[Entry]], partition: int) -> list[Document]:
    """Write a batch's entries: one document per stream, more only where it would be too large."""
    return [
        {
            "_id": {"s": stream, "n": chunk[0][0]},
            "p": partition,
            "a": chunk[0][1],
            "z": chunk[-1][1],
            "e": pack_entries(chunk),
        }
        for stream, found in entries.items()
        for chunk in _chunks(found)
    ]


def pack_entries(entries: Sequence[Entry]) -> bytes:
    """Pack entries into bytes.

    Entries of one stream are much alike: half a microsecond of compression saves mongod several,
    for it writes every byte three times (journal, oplog, collection), and it keeps a batch small
    in its cache until the commit.
    """
    return bytes(lz4.compress_block(_pack(entries)))


def entries_of(document: Mapping[str, Any]) -> list[Entry]:
    """Read the entries of a document; DamagedError if they cannot be read."""
    try:
        return _unpack_entries(bytes(lz4.decompress_block(document["e"])))
    except (msgspec.MsgspecError, DecompressionError) as error:
        raise DamagedError(str(error)) from error


def _chunks(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    if len(entries) <= _SURELY_SMALL:
        yield entries
        return
    chunk: list[Entry] = []
    size = 0
    for entry in entries:
        size += len(entry[5])
        if len(chunk) == ENTRIES_PER_DOCUMENT_MAX or (chunk and size > BYTES_PER_DOCUMENT_MAX):
            yield chunk
            chunk, size = [], len(entry[5])
        chunk.append(entry)
    yield chunk


def new_heads(decision: Decision, partition: int) -> list[Document]:
    """Write the heads of streams that begin with this batch."""
    return [
        {"_id": stream, "n": head[0], "h": head[1], "p": partition}
        for stream, head in decision.heads.items()
        if decision.entries[stream][0][0] == 1
    ]


def moved_heads(decision: Decision, partition: int) -> list[Document]:
    """Write the heads of streams that go on, as statements of the command `update`."""
    return [
        {
            "q": {"_id": stream},
            "u": {"_id": stream, "n": head[0], "h": head[1], "p": partition},
        }
        for stream, head in decision.heads.items()
        if decision.entries[stream][0][0] > 1
    ]


def verdict_documents(decision: Decision, partition: int, at: dt.datetime) -> list[Document]:
    """Write what became of each request's events in this partition."""
    return [
        {"r": request, "p": partition, "v": _pack(rows), "at": at}
        for request, rows in decision.verdicts.items()
    ]


def rows_of(document: Mapping[str, Any]) -> list[Row]:
    """Read verdicts."""
    return _unpack_rows(document["v"])


def organisation_update(found: Placed) -> UpdateOne:
    """Keep one more state of an organisation, the last STATES_MAX of them."""
    state = msgspec.to_builtins(found.state)
    return UpdateOne(
        {"_id": {"j": found.jurisdiction, "o": found.organisation}},
        {
            "$set": {"j": found.jurisdiction, "position": found.position},
            "$push": {"states": {"$each": [state], "$slice": -STATES_MAX}},
        },
        upsert=True,
    )


def jurisdiction_document(
    jurisdiction: Jurisdiction, partition: int, partitions: int
) -> tuple[Document, Document]:
    """Write one partition's state of a jurisdiction: its key and the whole document."""
    key = {"_id": {"j": jurisdiction.code, "p": partition}}
    home = partition == partition_of(jurisdiction.code, partitions)
    document = msgspec.to_builtins(jurisdiction)
    for name in _DAYS:
        # As pairs: a publisher may be called what no key of a document may.
        document[name] = [[publisher, day] for publisher, day in document[name].items()]
    return key, {**key, "home": home, **document}


def knows_silence(document: Mapping[str, Any]) -> bool:
    """Whether a state was written by a release that knows who was heard."""
    return "hears" in document


def _days(document: Mapping[str, Any], name: str) -> dict[str, dt.date]:
    return {publisher: dt.date.fromisoformat(day) for publisher, day in document.get(name, ())}


def jurisdiction_of(document: Mapping[str, Any]) -> Jurisdiction:
    """Read a jurisdiction's state."""
    return Jurisdiction(
        code=document["code"],
        name=document["name"],
        fiscal_year_start=document["fiscal_year_start"],
        time_zone=document["time_zone"],
        currency=document["currency"],
        clock=Clock(document["clock"]),
        parent=document["parent"],
        today=None if document["today"] is None else dt.date.fromisoformat(document["today"]),
        working_day=document["working_day"],
        calendars=msgspec.convert(document.get("calendars", ()), tuple[Calendar, ...]),
        spoken=_days(document, "spoken"),
        heard=_days(document, "heard"),
        hears=document.get("hears", False),
    )
