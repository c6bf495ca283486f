"""What the ledger knows before a batch, and what a batch comes to."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec

from services.intake.domain.admission import subject_of
from services.intake.domain.chain import Entry, Head
from services.intake.domain.jurisdictions import Jurisdiction
from services.intake.domain.orders import Outcome
from services.intake.domain.scopes import Scopes
from services.intake.domain.submissions import CLAIM_BYTES, KEPT_BYTES_MAX, Candidate, Context, Copy
from services.intake.domain.tree import Placed
from services.intake.domain.verdicts import Verdict

COPY_MARK: Final = "\x1f"
"""Parts a jurisdiction's stream from the partition that copies it; subjects cannot hold it."""

Row = tuple[int, str, int | None, int | None, str | None]
"""A verdict: index in the request, verdict, sequence, position, quarantine id."""

Published = tuple[bytes, bytes, bytes]
"""A record for the topic `ledger`: key, value, mark."""


class Claim(msgspec.Struct, frozen=True, gc=False):
    """The entry that holds a (source, id)."""

    content: bytes
    position: int
    sequence: int
    request: bytes | None
    index: int


class Known(msgspec.Struct, frozen=True):
    """Claims that are in the store already, among those a batch makes."""

    claims: Mapping[bytes, Claim] = {}
    """By the key of (source, id)."""
    documents: Collection[bytes] = ()
    """Document keys."""

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self.claims or self.documents)


class Quarantined(msgspec.Struct, frozen=True):
    """An event that was refused, with everything a person needs to judge it."""

    quarantine_id: str
    verdict: Verdict
    problem: bytes
    """RFC 9457 members, JSON."""
    candidate: Candidate

    @property
    def kept(self) -> bytes:
        """The original bytes, cut if they are very many."""
        return self.candidate.raw[:KEPT_BYTES_MAX]

    @property
    def jurisdiction(self) -> str | None:
        """The tenant that the event names, as far as it can be read."""
        subject = self.candidate.subject or subject_of(self.candidate.raw) or ""
        return subject.partition("/")[0] or None


class OutgoingCopy(msgspec.Struct, frozen=True):
    """A jurisdiction fact that the other partitions must get."""

    subject: str
    raw: bytes
    publisher: str
    copy: Copy


class Before(msgspec.Struct, frozen=True):
    """What the owner of a partition knows before a batch."""

    partition: int
    position: int
    """Last position given out."""
    heads: Mapping[str, Head]
    """Heads of (at least) the batch's streams; a stream without one has no entry."""
    jurisdictions: Mapping[str, Jurisdiction]
    copies: Mapping[int, int]
    """Home partition → position there of the last copy entered here."""
    facts: int
    """Position of the last jurisdiction fact whose home is here."""
    scopes: Scopes | None = None
    """Bounds of (at least) the batch's publishers; None: none of them has any."""
    leads: Mapping[str, str] = {}
    """Project → lead unit, of (at least) the projects that bounded publishers speak of."""


class Decision:
    """What a batch comes to; built by `decide`, then only read."""

    def __init__(self, before: Before) -> None:
        """Begin with nothing decided."""
        self.position = before.position
        self.entries: dict[str, list[Entry]] = {}
        self.published: list[Published] = []
        self.contexts: dict[int, Context] = {}
        """By what entries are found again, by their place in `published`; most have nothing."""
        self.claims: dict[bytes, Claim] = {}
        self.documents: dict[bytes, bytes] = {}
        self.verdicts: dict[bytes, list[Row]] = {}
        self.quarantine: list[Quarantined] = []
        self.orders: list[Outcome] = []
        """What became of entries that the data desk has decided about."""
        self.told: list[Any] = []
        """Records for the topic `quarantine`, as the store has numbered them."""
        self.copies: list[OutgoingCopy] = []
        self.heads: dict[str, Head] = {}
        self.jurisdictions: dict[str, Jurisdiction] = {}
        self.entered_copies: dict[int, int] = dict(before.copies)
        self.facts = before.facts
        self.counts: dict[str, int] = {}
        self.leads: dict[str, str] = {}
        """Projects whose lead unit is named by this batch."""
        self.organisations: list[Placed] = []
        """Where jurisdiction facts of this home put organisations."""


def stream_of(candidate: Candidate, partition: int) -> str:
    """Name the stream of the ledger that a candidate belongs to in this partition."""
    if candidate.copy is None:
        return candidate.subject
    return f"{candidate.subject}{COPY_MARK}{partition}"


def quarantine_id(publisher: str, raw: bytes) -> str:
    """Derive the id under which refused bytes of a publisher are kept: the same for the same."""
    text = publisher.encode() + b"\x00" + raw[:KEPT_BYTES_MAX]
    return hashlib.blake2b(text, digest_size=CLAIM_BYTES, person=b"quarantine").hexdigest()
