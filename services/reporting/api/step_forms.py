"""What people say with a step of a paper."""

from typing import Annotated, Final, Literal

from pydantic import Field

from contracts.envelope import Part
from contracts.events.evidence import Evidence
from contracts.events.reports import REASONS_MAX, ReturnReason
from contracts.vocabulary import BusinessDate, Identifier, Text
from services.reporting.domain.paper import EDITIONS_MAX

PAPERS_MAX: Final = 200
"""Most papers of one bulk request."""
PAPER_ID_MAX: Final = 300

Words = Annotated[Text, Field(min_length=1, pattern=r"\S")]
Pointer = Annotated[str, Field(min_length=1, max_length=500)]


class NoteForm(Part):
    """A step that may be explained."""

    note: Text = ""


class NothingForm(Part):
    """A step that says all by its address."""


class ReasonedForm(Part):
    """A step that must be explained."""

    note: Words


class ReturnForm(Part):
    """A return, with reasons per field."""

    reasons: Annotated[tuple[ReturnReason, ...], Field(max_length=REASONS_MAX)] = ()
    """Field (JSON pointer into the declaration, `/` for the whole) and why."""
    note: Text = ""


class DelegateForm(Part):
    """Who is to fill it in."""

    to: Identifier | None = None
    """A principal, `me`; null: nobody in particular."""
    note: Text = ""


class DisputeForm(Part):
    """A figure that is held for wrong (domain-rules 20)."""

    field: Pointer
    """JSON pointer of the figure within the form, such as /funding/total/spent."""
    reason: Words


class SettleForm(Part):
    """What the data desk says of a dispute."""

    field: Pointer
    answer: Words
    corrected: bool
    """Whether the figure was wrong and is corrected in the ledger."""


class SealForm(Part):
    """A sealed scan 盖章件 of a frozen edition (domain-rules 23)."""

    edition: Annotated[int, Field(strict=True, ge=1, le=EDITIONS_MAX)]
    scan: Evidence


class EnterForm(Part):
    """What came on paper 线下报送, entered by the bureau."""

    scan: Evidence | None = None
    received_on: BusinessDate | None = None
    """Day on which it was received: the day it was handed in; null: today."""
    note: Text = ""


class BulkForm(Part):
    """One step of many papers."""

    step: Literal["approve", "return"]
    papers: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=PAPER_ID_MAX)], ...],
        Field(min_length=1, max_length=PAPERS_MAX),
    ]
    """Their ids; one that is named twice is done once."""
    note: Text = ""
    reasons: Annotated[tuple[ReturnReason, ...], Field(max_length=REASONS_MAX)] = ()
