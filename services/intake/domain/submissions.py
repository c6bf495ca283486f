"""A submission: an admitted (or refused) event on its way to its ledger partition."""

import hashlib
from typing import Final

import msgspec
from pydantic import ValidationError

from contracts.codec import JURISDICTION_TYPES, adapter
from services.intake.domain.orders import Act, Order
from services.intake.domain.texts import shorten
from services.intake.domain.verdicts import Refusal

CLAIM_BYTES: Final = 16
KEPT_BYTES_MAX: Final = 256 * 1024
"""Most bytes of a refused event that are carried on and kept; the rest is cut and said so."""


Context = tuple[tuple[str, bytes], ...]
"""Headers that go on with an event to the topic `ledger`."""


class Copy(msgspec.Struct, frozen=True, gc=False):
    """Where the home partition entered the jurisdiction fact that this submission copies."""

    home: int
    """Its home partition."""
    position: int
    """Its position there."""
    sequence: int
    """Its sequence, the same in every partition."""
    previous: int
    """Position there of the fact before it, of any jurisdiction: a lost copy is noticed."""

    def to_bytes(self) -> bytes:
        """Write it as the header's value."""
        return f"{self.home} {self.position} {self.sequence} {self.previous}".encode()

    @classmethod
    def from_bytes(cls, value: bytes) -> "Copy":
        """Read a header's value; ValueError if it is none."""
        home, position, sequence, previous = map(int, value.split(b" "))
        return cls(home, position, sequence, previous)


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where a submission came in."""

    publisher: str
    """Who stated it."""
    door: str
    """http, kafka, clock or ledger (what owners state themselves)."""
    request: bytes | None
    """Id of its request; null at the Kafka door."""
    index: int
    """Its place in the request; at the Kafka door a number made of partition and offset."""
    received_ms: int
    """When the door took it, milliseconds since 1970."""
    size: int
    """Bytes of the event as sent."""
    context: Context = ()
    """By what it is found again, as it stands on records: correlation id and trace."""


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A submission as the ledger judges it: what it needs to know, and the exact bytes."""

    raw: bytes
    origin: Origin
    event_type: str = ""
    subject: str = ""
    jurisdiction: str = ""
    key: bytes = b""
    """Claim on (source, id)."""
    content: bytes = b""
    """Hash of the bytes."""
    document: bytes | None = None
    """Claim on the document key (domain-rules 4)."""
    currency: str | None = None
    jurisdiction_fact: bool = False
    copy: Copy | None = None
    refusal: bytes | None = None
    """The problem, JSON, if it was refused at the door (or cannot be read here)."""
    order: "Order | None" = None
    """What the data desk has decided, if it comes out of the quarantine."""


class _Document(msgspec.Struct, gc=False):
    kind: str
    number: str
    line: str | None = None


class _Data(msgspec.Struct, gc=False):
    fiscal_year: int = 0
    currency: str | None = None
    document: _Document | None = None


class _Slim(msgspec.Struct, gc=False):
    """The few fields the ledger looks at; admission has checked all of them."""

    id: str
    source: str
    type: str
    subject: str
    data: _Data


_slim = msgspec.json.Decoder(_Slim).decode
_blake2b = hashlib.blake2b


def refused(raw: bytes, origin: Origin, problem: bytes) -> Candidate:
    """Make the candidate of an event that the door refused: it can only be quarantined."""
    return Candidate(raw=raw, origin=origin, refusal=problem)


def admitted(raw: bytes, origin: Origin, copy: Copy | None = None) -> Candidate:
    """Read what the ledger needs of an admitted event; one that cannot be read is refused."""
    try:
        slim = _slim(raw)
        is_fact = slim.type in JURISDICTION_TYPES
        if is_fact:
            adapter(slim.type).validate_json(raw)
    except (msgspec.MsgspecError, ValidationError, UnicodeDecodeError) as error:
        return refused(raw, origin, _unreadable(error))
    data = slim.data
    jurisdiction, slash, _ = slim.subject.partition("/")
    document = data.document
    return Candidate(
        raw,
        origin,
        slim.type,
        slim.subject,
        jurisdiction,
        # Neither holds control characters, so the NUL parts them whatever they are.
        _blake2b(f"{slim.source}\x00{slim.id}".encode(), digest_size=CLAIM_BYTES).digest(),
        _blake2b(raw, digest_size=CLAIM_BYTES).digest(),
        None if document is None else _document_key(jurisdiction, data.fiscal_year, document),
        data.currency if slash else None,
        is_fact,
        copy,
    )


def ordered(raw: bytes, origin: Origin, order: bytes) -> Candidate:
    """Read an entry of the quarantine that somebody has decided about."""
    try:
        decided = Order.from_bytes(order)
    except msgspec.MsgspecError as error:
        return refused(raw, origin, _unreadable(error))
    discarded = decided.act is Act.DISCARD
    found = Candidate(raw, origin) if discarded else admitted(raw, origin)
    return msgspec.structs.replace(found, order=decided)


def copied(raw: bytes, origin: Origin, where: bytes) -> Candidate:
    """Read a jurisdiction fact that its home partition has copied here."""
    try:
        return admitted(raw, origin, Copy.from_bytes(where))
    except ValueError as error:
        return refused(raw, origin, _unreadable(error))


def _document_key(jurisdiction: str, fiscal_year: int, document: _Document) -> bytes:
    # A line that is not named is not the same as a line called by the empty name.
    line = "" if document.line is None else f"\x00{document.line}"
    # The NUL in front keeps it apart from the key of any (source, id).
    text = f"\x00{document.kind}\x00{jurisdiction}\x00{fiscal_year}\x00{document.number}{line}"
    return _blake2b(text.encode(), digest_size=CLAIM_BYTES).digest()


def unreadable(error: Exception) -> Refusal:
    """Refuse a record that no door of ours wrote: it must not stop the partition."""
    message = shorten(str(error))
    return Refusal(
        "not_an_event", f"not an admitted event: {message}", f"不是已受理的事件:{message}"
    )


def _unreadable(error: Exception) -> bytes:
    return msgspec.json.encode(unreadable(error).problem())
