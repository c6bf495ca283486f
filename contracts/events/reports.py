"""What reporting assembles: campaigns, the way of papers, what is due: the topic `reports`.

Alerts reminds from these events; whoever reads the topic outside follows a campaign (Art. 12).
"""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.envelope import Data, Part
from contracts.vocabulary import (
    BusinessDate,
    Code,
    Dueness,
    FiscalYear,
    Identifier,
    Name,
    PaperKind,
    PaperState,
    Text,
)

REASONS_MAX = 200
HASH_PATTERN = r"^[0-9a-f]{64}$"


class ReportFact(Data):
    """What every event of a campaign tells.

    `date` is the jurisdiction's last opened day.
    """

    campaign: Identifier
    """Campaign id, unique within its jurisdiction."""
    campaign_name: Name
    """What people call it, such as 2026年1-6月绩效运行监控."""
    fiscal_year: FiscalYear
    """Year that is monitored."""
    cursor: int
    """Gapless number in the jurisdiction's feed of reports."""


class CampaignFact(ReportFact):
    """How a campaign stands after an event (Art. 12)."""

    period_from: BusinessDate
    """First day of the period, usually the year's first."""
    cut_off: BusinessDate
    """Figures are as of this day, usually 30 June."""
    unit_due: BusinessDate
    """Forms are due at departments."""
    department_due: BusinessDate
    """Reports are due at the bureau: 31 July, if nothing else is said."""
    bureau_due: BusinessDate
    """The bureau's own summary is due."""
    forms: Annotated[int, Field(strict=True, ge=0)]
    """How many forms it asks for."""
    reports: Annotated[int, Field(strict=True, ge=0)]
    """How many departments' reports."""
    by: Identifier
    """Principal who did it."""


class CampaignOpened(CampaignFact):
    """Units and departments may fill in and hand in."""

    TYPE: ClassVar[str] = "campaign.opened"

    cut: Code
    """Cut of the ledger at which the forms' money was read."""


class CampaignChanged(CampaignFact):
    """Name or due dates were changed (Art. 12: the bureau may adjust time and frequency)."""

    TYPE: ClassVar[str] = "campaign.changed"


class CampaignClosed(CampaignFact):
    """Nothing more is taken in; what was handed in stays readable."""

    TYPE: ClassVar[str] = "campaign.closed"


class ReturnReason(Part):
    """Why a field is returned."""

    field: Annotated[str, Field(min_length=1, max_length=500)]
    """JSON pointer into the declaration; `/` for the paper as a whole."""
    reason: Annotated[Text, Field(min_length=1, pattern=r"\S")]
    """In words."""


class PaperFact(ReportFact):
    """How a paper stands after a step."""

    paper: Identifier
    """Paper id."""
    kind: PaperKind
    """Form or report."""
    project: Identifier | None = None
    """Project of a form; null for a report."""
    unit: Identifier | None = None
    """Unit that fills in the form; null for a report."""
    department: Identifier | None = None
    """Competent department; null if nobody has registered one."""
    version: Annotated[int, Field(strict=True, ge=1)]
    """Number of this change of the paper, from 1."""
    edition: Annotated[int, Field(strict=True, ge=0)]
    """Frozen editions so far; 0 before the first submission."""
    state: PaperState
    """In whose hands it is after the step."""
    by: Identifier
    """Principal who did it."""
    note: Text = ""
    """In words."""


class PaperSubmitted(PaperFact):
    """An edition was frozen and goes on its way 提交."""

    TYPE: ClassVar[str] = "paper.submitted"

    sha256: Annotated[str, Field(pattern=HASH_PATTERN)]
    """Hash of the frozen edition."""
    late: bool
    """Whether its due date was over."""


class PaperPassed(PaperFact):
    """Somebody on its way has looked at it and lets it go on 审核通过."""

    TYPE: ClassVar[str] = "paper.passed"


class PaperReturned(PaperFact):
    """It goes back to whoever fills it in 退回."""

    TYPE: ClassVar[str] = "paper.returned"

    reasons: Annotated[tuple[ReturnReason, ...], Field(min_length=1, max_length=REASONS_MAX)]
    """Why, field by field."""


class PaperWithdrawn(PaperFact):
    """Whoever filled it in takes it back 撤回."""

    TYPE: ClassVar[str] = "paper.withdrawn"


class PaperReopened(PaperFact):
    """After acceptance a new edition is begun 更正."""

    TYPE: ClassVar[str] = "paper.reopened"


class PaperDelegated(PaperFact):
    """Somebody else is to fill it in 转办."""

    TYPE: ClassVar[str] = "paper.delegated"

    to: Identifier | None = None
    """Principal; null: nobody in particular."""


class PaperEntered(PaperFact):
    """The bureau entered what came on paper 线下报送, and froze it, with its scan."""

    TYPE: ClassVar[str] = "paper.entered"
    VERSION: ClassVar[int] = 2

    sha256: Annotated[str, Field(pattern=HASH_PATTERN)]
    """Hash of the frozen edition."""
    scan: Annotated[str, Field(pattern=HASH_PATTERN)] | None = None
    """SHA-256 of the scan of what came on paper, kept as evidence; null: told by an earlier
    release, which did not keep it with the step."""
    received_on: BusinessDate | None = None
    """Day on which the paper was received: the day it was handed in; null: that of the step."""


class PaperSealed(PaperFact):
    """A sealed scan 盖章件 was bound to a frozen edition (domain-rules 23)."""

    TYPE: ClassVar[str] = "paper.sealed"

    sha256: Annotated[str, Field(pattern=HASH_PATTERN)]
    """Hash of the frozen edition."""
    scan: Annotated[str, Field(pattern=HASH_PATTERN)]
    """SHA-256 of the scan, kept as evidence."""


class FigureDisputed(PaperFact):
    """A figure is disputed before the data desk (domain-rules 20)."""

    TYPE: ClassVar[str] = "figure.disputed"

    field: Annotated[str, Field(min_length=1, max_length=500)]
    """JSON pointer of the figure within the form."""


class DisputeSettled(PaperFact):
    """The data desk has answered a dispute."""

    TYPE: ClassVar[str] = "dispute.settled"

    field: Annotated[str, Field(min_length=1, max_length=500)]
    """JSON pointer of the figure."""
    corrected: bool
    """Whether the figure was wrong and is corrected in the ledger."""


class PapersReminded(ReportFact):
    """An organisation is reminded of what it has to hand in: 14, 7, 3, 0 days before, and after.

    Alerts reminds from it; `dueness` done ends the reminding.
    """

    TYPE: ClassVar[str] = "papers.reminded"

    organisation: Identifier
    """Unit (forms) or department (report and its units' forms) that is to hand in."""
    kind: PaperKind
    """What is missing."""
    due_on: BusinessDate
    """Day it is due on."""
    days_left: int
    """Calendar days until then; negative: days it is overdue."""
    missing: Annotated[int, Field(strict=True, ge=0)]
    """How many papers are missing."""
    asked: Annotated[int, Field(strict=True, ge=0)]
    """How many are asked for."""
    dueness: Dueness
    """How they stand."""


class PapersUrged(ReportFact):
    """What is missing is urged 催办, at most once a day and organisation (domain-rules 23)."""

    TYPE: ClassVar[str] = "papers.urged"

    organisation: Identifier
    """Who is urged."""
    kind: PaperKind
    """What is missing."""
    due_on: BusinessDate
    """Day it was due on."""
    missing: Annotated[int, Field(strict=True, ge=0)]
    """How many papers are missing."""
    note: Text = ""
    """In words."""
    by: Identifier
    """Principal who urges."""


REPORT_EVENTS = (
    CampaignOpened,
    CampaignChanged,
    CampaignClosed,
    PaperSubmitted,
    PaperPassed,
    PaperReturned,
    PaperWithdrawn,
    PaperReopened,
    PaperDelegated,
    PaperEntered,
    PaperSealed,
    FigureDisputed,
    DisputeSettled,
    PapersReminded,
    PapersUrged,
)
"""Every type of the topic `reports`."""
