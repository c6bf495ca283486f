"""What the data desk decides about what is kept apart, and what the ledger's owner answers.

An order travels with the entry's event on `submissions`, so that its stream's owner, and nobody
else, enters it and closes the entry in one transaction. The same order twice is one.
"""

import hashlib
from enum import StrEnum
from typing import Final

import msgspec

from services.intake.domain.verdicts import Verdict

REQUEST_BYTES: Final = 16
NOTE_LENGTH_MAX: Final = 1_000
OVERRIDABLE: Final = frozenset({Verdict.CONFLICT, Verdict.DOCUMENT_REPEATED, Verdict.UNAUTHORISED})
"""What a person may release although the ledger refuses it."""
NEEDS_OVERRIDE: Final = frozenset({Verdict.CONFLICT, Verdict.DOCUMENT_REPEATED})
"""What would be refused again for the same reason, unless it was fixed."""


class State(StrEnum):
    """Where an entry of the quarantine stands."""

    OPEN = "open"
    """Somebody has to look at it."""
    RELEASING = "releasing"
    """A release is on its way to the ledger's owner."""
    DISCARDING = "discarding"
    """A discard is on its way to the owner."""
    RELEASED = "released"
    """It is in the ledger."""
    DISCARDED = "discarded"
    """It will not be in the ledger."""


class Act(StrEnum):
    """What can be ordered."""

    RELEASE = "release"
    DISCARD = "discard"


class Order(msgspec.Struct, frozen=True, gc=False):
    """What a person has decided about one entry."""

    entry: str
    """Quarantine id."""
    attempt: int
    """Number of the order for this entry, from 1."""
    act: Act
    by: str
    """Principal."""
    override: bool = False
    """Whether it is entered although the ledger refuses it, for a reason of `OVERRIDABLE`."""
    derived: bool = False
    """Whether it is entered under the id that derives from the entry."""
    note: str = ""
    """Why."""

    @property
    def request(self) -> bytes:
        """Id under which its outcome is announced."""
        text = f"{self.entry}\x00{self.attempt}".encode()
        return hashlib.blake2b(text, digest_size=REQUEST_BYTES, person=b"order").digest()

    def to_bytes(self) -> bytes:
        """Write it as a record's header."""
        return msgspec.json.encode(self)

    @classmethod
    def from_bytes(cls, value: bytes) -> "Order":
        """Read a header; msgspec.MsgspecError if it is none."""
        return msgspec.json.decode(value, type=cls)


class Outcome(msgspec.Struct, frozen=True):
    """What the owner has done with an order."""

    order: Order
    verdict: Verdict | None
    """Accepted, duplicate (it is in the ledger), why it was refused; null: discarded."""
    sequence: int | None = None
    position: int | None = None
    problem: bytes | None = None
    """Why it was refused again."""

    @property
    def state(self) -> State:
        """Where the entry stands now."""
        if self.order.act is Act.DISCARD:
            return State.DISCARDED
        return State.OPEN if self.problem is not None else State.RELEASED
