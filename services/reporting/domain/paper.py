"""A paper on its way: a monitoring form or a department's report (Art. 5, 6, 12, 15).

Pure: who may do what with it when, and what it is afterwards. Each step makes a new version; each
submission freezes an edition, which stays as it is whatever comes later.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from contracts.events.reports import ReturnReason
from contracts.vocabulary import Light, PaperKind, PaperState, Role
from services.reporting.domain.declaration import (
    FIELDS_MAX,
    Declaration,
    DraftField,
    declaration_of,
)

DISPUTES_MAX: Final = 50
EDITIONS_MAX: Final = 50

WAY: Final[Mapping[PaperKind, tuple[PaperState, ...]]] = {
    PaperKind.FORM: (
        PaperState.FILLING,
        PaperState.UNIT_APPROVAL,
        PaperState.DEPARTMENT_REVIEW,
        PaperState.COUNTERPART_REVIEW,
        PaperState.PERFORMANCE_REVIEW,
        PaperState.ACCEPTED,
    ),
    PaperKind.REPORT: (
        PaperState.FILLING,
        PaperState.COUNTERPART_REVIEW,
        PaperState.PERFORMANCE_REVIEW,
        PaperState.ACCEPTED,
    ),
}
"""From hand to hand (Art. 6, 12(4); domain-rules 21: content first, then final acceptance)."""

FILLERS: Final[Mapping[PaperKind, frozenset[Role]]] = {
    PaperKind.FORM: frozenset({Role.UNIT_FILLER, Role.UNIT_APPROVER}),
    PaperKind.REPORT: frozenset({Role.DEPARTMENT_REVIEWER}),
}
"""Who fills in and hands in."""

APPROVERS: Final[Mapping[PaperState, frozenset[Role]]] = {
    PaperState.UNIT_APPROVAL: frozenset({Role.UNIT_APPROVER}),
    PaperState.DEPARTMENT_REVIEW: frozenset({Role.DEPARTMENT_REVIEWER}),
    PaperState.COUNTERPART_REVIEW: frozenset({Role.COUNTERPART_DIVISION}),
    PaperState.PERFORMANCE_REVIEW: frozenset({Role.PERFORMANCE_DIVISION}),
}
"""Who looks at it in each state: lets it pass, or returns it."""

SETTLERS: Final = frozenset({Role.DATA_DESK})
"""Who answers disputes."""

BUREAU: Final = frozenset({Role.PERFORMANCE_DIVISION})
"""Who enters what came on paper, and reopens what was accepted."""


class Refusal(StrEnum):
    """Why a step cannot be done."""

    NOT_IN_YOUR_HANDS = "not_in_your_hands"
    """The paper is in a state in which somebody else acts."""
    NOT_FILLING = "not_filling"
    """It was handed in: it is changed only after a return, a withdrawal or a reopening."""
    CAMPAIGN_NOT_OPEN = "campaign_not_open"
    """The campaign takes nothing in yet, or any more."""
    OWN_SUBMISSION = "own_submission"
    """Whoever handed it in does not approve it: four eyes."""
    REASONS_REQUIRED = "reasons_required"
    """A return says why."""
    NOT_ACCEPTED = "not_accepted"
    """Only what was accepted is reopened; before, it is returned."""
    ALREADY_LOOKED_AT = "already_looked_at"
    """Somebody has let it pass: it cannot be withdrawn any more."""
    SCAN_REQUIRED = "scan_required"
    """What came on paper is entered with its scan."""
    RECEIVED_OUTSIDE = "received_outside"
    """What came on paper was received before the campaign was opened, or is yet to be."""
    UNKNOWN_EDITION = "unknown_edition"
    """There is no such frozen edition."""
    TOO_MANY = "too_many"
    """It has as many of these as it may have."""
    UNKNOWN_DISPUTE = "unknown_dispute"
    """Nothing is disputed there."""
    INCOMPLETE = "incomplete"
    """Something that must be there is missing; `gaps` says what."""


class RefusedError(Exception):
    """A step cannot be done; nothing was changed."""

    def __init__(self, code: Refusal, pointer: str | None = None) -> None:
        """Name the reason, and what of the request it is about."""
        super().__init__(code)
        self.code = code
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Dispute:
    """A figure that its unit holds for wrong (domain-rules 20): printed, answered by the desk."""

    field: str
    """JSON pointer of the figure within the form."""
    reason: str
    by: str
    on: dt.date
    """Last opened day."""
    answer: str | None = None
    """What the data desk says; null while it is open."""
    corrected: bool | None = None
    """Whether the figure was wrong and is corrected in the ledger."""
    answered_by: str | None = None
    answered_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """A sealed scan bound to an edition (domain-rules 23)."""

    edition: int
    sha256: str
    """Hash of the edition."""
    scan: str
    """SHA-256 of the scan among the project's evidence."""
    by: str
    on: dt.date


@dataclass(frozen=True, slots=True)
class Paper:
    """A form or a report as it stands."""

    id: str
    """`<jurisdiction>/<campaign>/form/<project code>` or `…/report/<department>`."""
    kind: PaperKind
    jurisdiction: str
    campaign: str
    """Id of the campaign within the jurisdiction."""
    fiscal_year: int
    due: dt.date
    """Last day that is in time."""
    project: str | None = None
    """Subject of a form."""
    project_name: str | None = None
    unit: str | None = None
    """Unit that fills in the form."""
    department: str | None = None
    state: PaperState = PaperState.FILLING
    version: int = 1
    """Number of its last change."""
    edition: int = 0
    """Frozen editions so far."""
    draft: Mapping[str, DraftField] = field(default_factory=dict)
    """Fields by JSON pointer."""
    assignee: str | None = None
    """Principal who is to fill it in; null: whoever may."""
    submitted_by: str | None = None
    """Who froze the last edition."""
    submitted_on: dt.date | None = None
    """Last opened day when the *first* edition that was not withdrawn was handed in; of what came
    on paper, the day it was received. In time or late by it."""
    returned: tuple[ReturnReason, ...] = ()
    """Why it was returned last; empty once it is handed in again."""
    answered: tuple[ReturnReason, ...] = ()
    """What the last edition was returned for before it: stands again if that is withdrawn."""
    handed: tuple[int, ...] = ()
    """Editions that were handed in and not withdrawn, the first one first."""
    disputes: tuple[Dispute, ...] = ()
    seals: tuple[Seal, ...] = ()
    entered: bool = False
    """Whether the last edition was entered by the bureau from paper 代录."""
    changed_on: dt.date | None = None
    """Last opened day at its last change."""
    light: Light | None = None
    """Of the project, at the campaign's cut; null for a report."""
    accepted: int = 0
    """Last accepted edition; 0: none was."""
    sha256: str | None = None
    """Hash of the last frozen edition."""

    @property
    def values(self) -> dict[str, Any]:
        """The draft's values by pointer, without those that were cleared."""
        return {pointer: f.value for pointer, f in self.draft.items() if f.value is not None}

    @property
    def declaration(self) -> Declaration:
        """What is declared so far; FieldFault for what cannot be read."""
        return declaration_of(self.values)

    @property
    def counted(self) -> int:
        """Edition that reports add up; 0: none.

        What was accepted holds until a correction of it is; else what was handed in last.
        """
        return self.accepted or (self.handed[-1] if self.handed else 0)

    @property
    def late(self) -> bool:
        """Whether it was handed in after its due date."""
        return self.submitted_on is not None and self.submitted_on > self.due

    def overdue(self, today: dt.date | None) -> bool:
        """Whether it was not handed in, or withdrawn again, and its due date is over."""
        return self.submitted_on is None and today is not None and today > self.due


@dataclass(frozen=True, slots=True)
class Acting:
    """Who does a step, and when."""

    by: str
    """Principal."""
    roles: frozenset[Role]
    day: dt.date
    """Last opened day of the jurisdiction."""
    campaign_open: bool = True
    campaign_opened_on: dt.date | None = None
    """Last opened day when the campaign was opened: nothing was received before."""


def form_id(campaign_key: str, project: str) -> str:
    """Name the form of a project in a campaign."""
    return f"{campaign_key}/form/{project.split('/', 1)[1]}"


def report_id(campaign_key: str, department: str) -> str:
    """Name the report of a department in a campaign."""
    return f"{campaign_key}/report/{department}"


def may_fill(paper: Paper, acting: Acting) -> None:
    """Refuse whoever may not fill it in now."""
    if not acting.campaign_open:
        raise RefusedError(Refusal.CAMPAIGN_NOT_OPEN)
    if paper.state is not PaperState.FILLING:
        raise RefusedError(Refusal.NOT_FILLING)
    if not acting.roles & (FILLERS[paper.kind] | BUREAU):
        raise RefusedError(Refusal.NOT_IN_YOUR_HANDS)


def save(paper: Paper, acting: Acting, fields: Mapping[str, DraftField]) -> Paper:
    """Save fields of the draft, each as its next version."""
    may_fill(paper, acting)
    draft = {**paper.draft, **fields}
    if len(draft) > FIELDS_MAX:
        raise RefusedError(Refusal.TOO_MANY, "/fields")
    return _after(paper, acting, draft=draft)


def submit(paper: Paper, acting: Acting) -> Paper:
    """Hand it in: its next edition is frozen and goes on its way.

    An approver's own submission of a form still needs another approver's eyes.
    """
    may_fill(paper, acting)
    if not acting.roles & FILLERS[paper.kind]:
        raise RefusedError(Refusal.NOT_IN_YOUR_HANDS)
    if paper.edition >= EDITIONS_MAX:
        raise RefusedError(Refusal.TOO_MANY)
    return _frozen(paper, acting, following(paper), acting.day, entered=False)


def enter(
    paper: Paper, acting: Acting, scan: str | None, received_on: dt.date | None = None
) -> Paper:
    """Enter for its unit what came on paper 线下报送, handed in on the day it was received.

    It bears the seals of those below the bureau, and goes on as what their department hands in:
    content is reviewed first (rule 21). The scan is bound to the edition once that is frozen: see
    `hashed`.
    """
    may_fill(paper, acting)
    if not acting.roles & BUREAU:
        raise RefusedError(Refusal.NOT_IN_YOUR_HANDS)
    if scan is None:
        raise RefusedError(Refusal.SCAN_REQUIRED, "/scan")
    if paper.edition >= EDITIONS_MAX:
        raise RefusedError(Refusal.TOO_MANY)
    day = received_on or acting.day
    if not (acting.campaign_opened_on or day) <= day <= acting.day:
        raise RefusedError(Refusal.RECEIVED_OUTSIDE, "/received_on")
    return _frozen(paper, acting, PaperState.COUNTERPART_REVIEW, day, entered=True)


def hashed(paper: Paper, acting: Acting, sha256: str, scan: str | None) -> Paper:
    """Keep the hash of the edition that a step froze; what it was entered from is bound to it."""
    found = replace(paper, sha256=sha256)
    if scan is None:
        return found
    return _sealed(found, Seal(paper.edition, sha256, scan, acting.by, acting.day))


def let_pass(paper: Paper, acting: Acting) -> Paper:
    """Let it go on to the next who has to look at it; after the last, it is accepted."""
    _may_look(paper, acting)
    if paper.submitted_by == acting.by:
        raise RefusedError(Refusal.OWN_SUBMISSION)
    state = following(paper)
    accepted = paper.edition if state is PaperState.ACCEPTED else paper.accepted
    return _after(paper, acting, state=state, accepted=accepted)


def give_back(paper: Paper, acting: Acting, reasons: tuple[ReturnReason, ...]) -> Paper:
    """Return it to whoever fills it in, with reasons per field."""
    _may_look(paper, acting)
    if not reasons:
        raise RefusedError(Refusal.REASONS_REQUIRED, "/reasons")
    return _after(paper, acting, state=PaperState.FILLING, returned=reasons)


def withdraw(paper: Paper, acting: Acting) -> Paper:
    """Take it back before anybody has let it pass: as if it had not been handed in."""
    if not acting.campaign_open:
        raise RefusedError(Refusal.CAMPAIGN_NOT_OPEN)
    if paper.state is PaperState.FILLING or not acting.roles & FILLERS[paper.kind]:
        raise RefusedError(Refusal.NOT_IN_YOUR_HANDS)
    if paper.state is not WAY[paper.kind][1] or paper.entered:
        raise RefusedError(Refusal.ALREADY_LOOKED_AT)
    handed = paper.handed[:-1]
    return _after(
        paper,
        acting,
        state=PaperState.FILLING,
        handed=handed,
        submitted_on=paper.submitted_on if handed else None,
        returned=paper.answered,
        answered=(),
    )


def reopen(paper: Paper, acting: Acting) -> Paper:
    """Begin a new edition of what was accepted 更正; the accepted one holds until it is."""
    if paper.state is not PaperState.ACCEPTED:
        raise RefusedError(Refusal.NOT_ACCEPTED)
    if not acting.campaign_open:
        raise RefusedError(Refusal.CAMPAIGN_NOT_OPEN)
    if not acting.roles & (BUREAU | FILLERS[paper.kind]):
        raise RefusedError(Refusal.NOT_IN_YOUR_HANDS)
    return _after(paper, acting, state=PaperState.FILLING)


def delegate(paper: Paper, acting: Acting, to: str | None) -> Paper:
    """Say who is to fill it in."""
    may_fill(paper, acting)
    return _after(paper, acting, assignee=to)


def seal(paper: Paper, acting: Acting, sealed: Seal) -> Paper:
    """Bind a sealed scan to a frozen edition; a later scan of it replaces the one before."""
    if not 1 <= sealed.edition <= paper.edition:
        raise RefusedError(Refusal.UNKNOWN_EDITION, "/edition")
    if not acting.roles & (FILLERS[paper.kind] | BUREAU):
        raise RefusedError(Refusal.NOT_IN_YOUR_HANDS)
    return _after(_sealed(paper, sealed), acting)


def dispute(paper: Paper, acting: Acting, disputed: Dispute) -> Paper:
    """Dispute a figure; disputing it again replaces an open dispute."""
    may_fill(paper, acting)
    others = tuple(
        found
        for found in paper.disputes
        if found.field != disputed.field or found.answer is not None
    )
    if len(others) >= DISPUTES_MAX:
        raise RefusedError(Refusal.TOO_MANY)
    return _after(paper, acting, disputes=(*others, disputed))


def settle(paper: Paper, acting: Acting, where: str, answer: str, *, corrected: bool) -> Paper:
    """Answer the open dispute of a figure."""
    found = next((d for d in paper.disputes if d.field == where and d.answer is None), None)
    if found is None:
        raise RefusedError(Refusal.UNKNOWN_DISPUTE, "/field")
    answered = replace(
        found,
        answer=answer,
        corrected=corrected,
        answered_by=acting.by,
        answered_on=acting.day,
    )
    others = tuple(d for d in paper.disputes if d is not found)
    return _after(paper, acting, disputes=(*others, answered))


def following(paper: Paper) -> PaperState:
    """Tell in whose hands it is after this state."""
    way = WAY[paper.kind]
    return way[way.index(paper.state) + 1]


def waits_for(paper: Paper) -> frozenset[Role]:
    """Tell the roles of those whose turn it is; nobody's once it is accepted."""
    if paper.state is PaperState.FILLING:
        return FILLERS[paper.kind]
    return APPROVERS.get(paper.state, frozenset())


def _may_look(paper: Paper, acting: Acting) -> None:
    if not acting.campaign_open:
        raise RefusedError(Refusal.CAMPAIGN_NOT_OPEN)
    if not acting.roles & APPROVERS.get(paper.state, frozenset()):
        raise RefusedError(Refusal.NOT_IN_YOUR_HANDS)


def _sealed(paper: Paper, sealed: Seal) -> Paper:
    others = tuple(found for found in paper.seals if found.edition != sealed.edition)
    return replace(paper, seals=(*others, sealed))


def _frozen(
    paper: Paper, acting: Acting, state: PaperState, handed_in_on: dt.date, *, entered: bool
) -> Paper:
    return _after(
        paper,
        acting,
        state=state,
        edition=paper.edition + 1,
        submitted_by=acting.by,
        submitted_on=paper.submitted_on or handed_in_on,
        returned=(),
        answered=paper.returned,
        handed=(*paper.handed, paper.edition + 1),
        entered=entered,
    )


def _after(paper: Paper, acting: Acting, **changes: object) -> Paper:
    return replace(paper, version=paper.version + 1, changed_on=acting.day, **changes)  # type: ignore[arg-type]
