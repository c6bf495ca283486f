"""What is told of a paper's steps (topic `reports`)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from contracts.events.reports import (
    DisputeSettled,
    FigureDisputed,
    PaperDelegated,
    PaperEntered,
    PaperFact,
    PaperPassed,
    PaperReopened,
    PaperReturned,
    PaperSealed,
    PaperSubmitted,
    PaperWithdrawn,
)
from contracts.vocabulary import PaperStepKind
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.campaign_events import event_id, stamp
from services.reporting.domain.paper import Acting, Paper
from services.reporting.domain.telling import Told

EVENTS: Final[Mapping[PaperStepKind, type[PaperFact]]] = {
    PaperStepKind.SUBMITTED: PaperSubmitted,
    PaperStepKind.PASSED: PaperPassed,
    PaperStepKind.RETURNED: PaperReturned,
    PaperStepKind.WITHDRAWN: PaperWithdrawn,
    PaperStepKind.REOPENED: PaperReopened,
    PaperStepKind.DELEGATED: PaperDelegated,
    PaperStepKind.ENTERED: PaperEntered,
    PaperStepKind.SEALED: PaperSealed,
    PaperStepKind.DISPUTED: FigureDisputed,
    PaperStepKind.SETTLED: DisputeSettled,
}
"""The event of each step."""


def paper_told(
    kind: PaperStepKind,
    campaign: Campaign,
    after: Paper,
    acting: Acting,
    at: dt.datetime,
    *,
    note: str = "",
    more: Mapping[str, Any] | None = None,
    correlation_id: str | None = None,
) -> Told:
    """Tell a step; `more` is what its event says besides what all say."""
    event = EVENTS[kind]

    def fact(cursor: int) -> PaperFact:
        return event.model_validate(
            {
                **stamp(campaign, acting.day),
                "cursor": cursor,
                "paper": after.id,
                "kind": after.kind,
                "project": after.project,
                "unit": after.unit,
                "department": after.department,
                "version": after.version,
                "edition": after.edition,
                "state": after.state,
                "by": acting.by,
                "note": note,
                **(more or {}),
            }
        )

    name = event_id(event.event_type(), after.id, str(after.version))
    subject = after.project or after.jurisdiction
    return Told(after.jurisdiction, subject, name, fact, at, correlation_id)
