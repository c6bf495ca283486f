"""Who owes papers, and what is told of it: reminders day by day, urgings by people. Pure.

Forms are owed by their unit, reports by their department (Art. 6, 12(4)).
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.events.reports import PapersReminded, PapersUrged, ReportFact
from contracts.vocabulary import Dueness, PaperKind
from services.reporting.domain.campaign import Campaign, CampaignState, Dues
from services.reporting.domain.campaign_events import Because, event_id, stamp
from services.reporting.domain.telling import Told

REMINDER: Final = "reminding"
"""Who reminds where no person does."""


@dataclass(frozen=True, slots=True)
class Owing:
    """What an organisation has to hand in of one kind."""

    organisation: str
    kind: PaperKind
    missing: int
    """Of what is asked, not handed in, or given back."""
    asked: int


@dataclass(frozen=True, slots=True)
class Reminded:
    """What an organisation was reminded of last."""

    dueness: Dueness
    due: dt.date
    version: int


def to_tell(
    owing: Owing, before: Reminded | None, due: dt.date, *, marked: bool, ended: bool
) -> bool:
    """Whether an organisation is told how its papers stand.

    Of what is missing on the days that are `marked`, and when the due date was moved since; once,
    if it was reminded, when nothing is missing any more or the campaign has `ended`.
    """
    reminding = before is not None and before.dueness is not Dueness.DONE
    if ended or not owing.missing:
        return reminding
    return marked or (before is not None and reminding and before.due != due)


def due_of(dues: Dues, kind: PaperKind) -> dt.date:
    """Tell the day on which papers of a kind are due."""
    return dues.unit if kind is PaperKind.FORM else dues.department


def dueness_of(campaign: Campaign, owing: Owing, day: dt.date) -> Dueness:
    """Tell how papers stand to the day they are due on; nobody owes a closed campaign."""
    due = due_of(campaign.dues, owing.kind)
    if not owing.missing or campaign.state is CampaignState.CLOSED:
        return Dueness.DONE
    return Dueness.OVERDUE if day > due else Dueness.COMING


def urged_told(campaign: Campaign, owing: Owing, note: str, because: Because) -> Told:
    """Tell that an organisation is urged 催办; once a day it is the same event."""
    due = due_of(campaign.dues, owing.kind)
    more = {"due_on": due, "missing": owing.missing, "note": note, "by": because.by}
    return _told(PapersUrged, campaign, owing, because, more)


def reminded_told(
    campaign: Campaign, owing: Owing, because: Because, before: Reminded | None
) -> Told:
    """Tell how an organisation's papers stand on a day; `before`: what it was reminded of last."""
    due = due_of(campaign.dues, owing.kind)
    dueness = dueness_of(campaign, owing, because.day)
    more = {
        "due_on": due,
        "days_left": (due - because.day).days,
        "missing": owing.missing,
        "asked": owing.asked,
        "dueness": dueness,
    }
    # A due date may be moved twice on a day, and papers be all in twice, given back and urged in
    # between: what is told of each is an event of its own.
    words = str(campaign.version), str(0 if before is None else before.version)
    return _told(PapersReminded, campaign, owing, because, more, *words)


def _told(
    kind: type[PapersUrged | PapersReminded],
    campaign: Campaign,
    owing: Owing,
    because: Because,
    more: Mapping[str, Any],
    *words: str,
) -> Told:
    told = {
        **stamp(campaign, because.day),
        "organisation": owing.organisation,
        "kind": owing.kind,
        **more,
    }

    def fact(cursor: int) -> ReportFact:
        return kind.model_validate({**told, "cursor": cursor})

    name = event_id(
        kind.event_type(),
        campaign.key,
        owing.kind.value,
        owing.organisation,
        because.day.isoformat(),
        str(more.get("dueness", "")),
        str(owing.missing),
        *words,
    )
    return Told(
        campaign.jurisdiction, campaign.jurisdiction, name, fact, because.at, because.correlation_id
    )
