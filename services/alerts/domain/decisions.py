"""Decisions that people take here and the ledger keeps: dispositions, priority lists (Art. 14, 7).

Dualwatch records them, it does not stop payment (domain-rules 18). A decision becomes a fact of
intake's ledger; analysis measures by that fact alone.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from contracts.codec import new_event
from contracts.envelope import AnyEvent
from contracts.events.evidence import EvidenceFiles
from contracts.events.intake import (
    Decision,
    DispositionDecided,
    ListedProject,
    PriorityListPublished,
)
from contracts.events.intake.decisions import LISTED_MAX
from contracts.vocabulary import (
    Amount,
    BusinessDate,
    FiscalYear,
    Identifier,
    Measure,
    PriorityListKind,
    Text,
)
from services.alerts.domain.telling import SOURCE

ID_BYTES: Final = 16


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class DispositionForm(_Form):
    """A classified measure 分类处置 as somebody records it."""

    jurisdiction: Identifier
    """Whose project it is [mof_div_code]."""
    project: Identifier
    """Its code within the jurisdiction [pro_code]."""
    fiscal_year: FiscalYear
    """Year it concerns."""
    measure: Measure
    """What is decided (Art. 14(1), 14(2))."""
    objective_grounds: bool
    """Whether on objective grounds (Art. 14(1)); else Art. 14(2)."""
    ground: Text = Field(min_length=1)
    """Ground, in words."""
    decision: Decision
    """Deciding body and document number."""
    decided_on: BusinessDate
    """Day of the decision; not after the last day opened."""
    amount: Amount | None = None
    """Money it concerns; null: none is named."""
    line: Identifier | None = None
    """Funding line it concerns; null: the whole project."""
    effective_from: BusinessDate | None = None
    """First day of its effect; null: the day of the decision."""
    alert: Identifier | None = None
    """Alert that it answers."""
    evidence: EvidenceFiles = ()
    """The decision itself and what it rests on."""

    @property
    def subject(self) -> str:
        """The project's stream."""
        return f"{self.jurisdiction}/{self.project}"


class PriorityListForm(_Form):
    """A priority list 重点监控清单 as its owner decides it; it replaces the one before."""

    jurisdiction: Identifier
    """Whose list it is [mof_div_code]."""
    kind: PriorityListKind
    """The bureau's or a department's."""
    organisation: Identifier | None = None
    """Department whose list it is; null exactly if it is the bureau's."""
    fiscal_year: FiscalYear
    """Year it holds for."""
    decided_on: BusinessDate
    """Day from which it holds; not after the last day opened."""
    projects: tuple[ListedProject, ...] = Field(max_length=LISTED_MAX)
    """The projects, each once."""
    decision: Decision | None = None
    """Who decided it, on what paper."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Who takes a decision, by which request, when."""

    by: str
    """Principal."""
    request: str
    """Its `Idempotency-Key`: the same request makes the same fact."""
    at: dt.datetime
    """When it came in, wall clock."""


def decision_id(kind: str, taken: Taken) -> str:
    """Derive a decision's id from who asked and by which request."""
    words = f"{kind}\0{taken.by}\0{taken.request}"
    return hashlib.blake2b(words.encode(), digest_size=ID_BYTES).hexdigest()


def body_hash(form: BaseModel) -> str:
    """Hash what was asked: the same request may be repeated, but not with other words."""
    return hashlib.sha256(form.model_dump_json().encode()).hexdigest()


def disposition_event(form: DispositionForm, taken: Taken) -> AnyEvent:
    """Make the fact of a disposition."""
    name = decision_id("disposition", taken)
    words = form.model_dump(
        mode="json", exclude={"jurisdiction", "project", "decided_on"}, exclude_none=True
    )
    data = DispositionDecided.model_validate(
        {**words, "date": form.decided_on, "disposition": name}
    )
    return new_event(data, event_id=name, source=SOURCE, subject=form.subject, time=taken.at)


def list_event(form: PriorityListForm, taken: Taken) -> AnyEvent:
    """Make the fact of a priority list; ValueError if kind, organisation and projects misfit."""
    name = decision_id("priority_list", taken)
    data = PriorityListPublished(
        date=form.decided_on,
        fiscal_year=form.fiscal_year,
        priority_list=name,
        kind=form.kind,
        organisation=form.organisation,
        projects=form.projects,
        decision=form.decision,
    )
    return new_event(data, event_id=name, source=SOURCE, subject=form.jurisdiction, time=taken.at)
