"""What intake keeps apart, and what becomes of it: the topic `quarantine`.

An entry is opened by a refusal and closed by a release or by being discarded; one that is released
and refused again is entered once more. Its content stays in intake: an entry only says whose, of
what and why.
"""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from contracts.envelope import SUBJECT_LENGTH_MAX, Data
from contracts.vocabulary import Code, FiscalYear, Identifier, Text

NOBODY = "-"
"""Stands for a jurisdiction that cannot be read in what was refused."""


class RefusalKind(StrEnum):
    """Why something is kept apart (domain-rules 4; intake's verdicts)."""

    CONFLICT = "conflict"
    """The same source and id with other content is in the ledger."""
    DOCUMENT_REPEATED = "document_repeated"
    """Another fact is recorded on the same document (domain-rules 4)."""
    INVALID = "invalid"
    """Not what the contracts or the jurisdiction demand."""
    UNAUTHORISED = "unauthorised"
    """The publisher may not state it."""
    UNKNOWN_JURISDICTION = "unknown_jurisdiction"
    """Nobody has registered the jurisdiction."""


class QuarantineFact(Data):
    """What every event of an entry tells.

    `date` is the last day that its jurisdiction had opened, else the day (UTC) it was refused on.
    """

    entry: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    """Id of the entry, derived from publisher and bytes."""
    change: Annotated[int, Field(ge=1)]
    """Number of this change of the entry, from 1: an older one says nothing new."""
    reason: RefusalKind
    """Why it is kept apart."""
    code: Code
    """Code of the problem (RFC 9457)."""
    publisher: Identifier
    """Who stated it."""
    door: Code
    """http, kafka, clock."""
    jurisdiction: Identifier | None = None
    """Tenant that it names; null if it cannot be read."""
    about: Annotated[str, Field(max_length=SUBJECT_LENGTH_MAX)] | None = None
    """Its subject, as far as it can be read."""
    stated: Annotated[str, Field(max_length=SUBJECT_LENGTH_MAX)] | None = None
    """Its type, as far as it can be read."""
    fiscal_year: FiscalYear
    """Year that it names; else that of `date`."""


class QuarantineEntered(QuarantineFact):
    """Something was refused and is kept apart, or a release was refused with another reason."""

    TYPE: ClassVar[str] = "quarantine.entered"


class QuarantineReleased(QuarantineFact):
    """An entry is in the ledger now."""

    TYPE: ClassVar[str] = "quarantine.released"

    by: Identifier
    """Principal who released it."""
    override: bool = False
    """Whether it was released although the ledger refuses it (architecture 3)."""
    note: Text = ""
    """Why, in the words of who did it."""


class QuarantineDiscarded(QuarantineFact):
    """An entry will not be in the ledger."""

    TYPE: ClassVar[str] = "quarantine.discarded"

    by: Identifier
    """Principal who discarded it."""
    note: Text
    """Why, in the words of who did it."""


QUARANTINE_EVENTS: tuple[type[Data], ...] = (
    QuarantineEntered,
    QuarantineReleased,
    QuarantineDiscarded,
)
