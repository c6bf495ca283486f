"""Documents ↔ domain types.

An alert's document carries its `version` (compare-and-set: people's commands will write it too)
and `latest`, true for the newest occurrence of its key.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, replace
from functools import lru_cache
from typing import Any, Final

from contracts.events.alerts import AlertState
from contracts.vocabulary import Aspect, ClosingGround, PriorityListKind, Severity
from services.alerts.domain.alert import Alert, Circumstances, RuleStamp
from services.alerts.domain.case import Case, Waiting, Watermark
from services.alerts.domain.facts import Scope
from services.alerts.domain.judging import Key, measured
from services.alerts.domain.work import NO_WORK, Work

Document = dict[str, Any]

STAMPS_MAX: Final = 2_000
"""Rules' stamps remembered: there is one for each version of a rule."""
LOOK: Final = 0
"""`wake` of an alert that the next opened day is to look at."""


UNFINISHED: Final[Document] = {
    "work.closing.ground": {"$ne": ClosingGround.UNFOUNDED.value},
    "work.withdrawn": {"$ne": True},
}
"""Selects alerts whose measures are still to be carried out, as `Work.unfinished` says."""


def case_id(project: str, fiscal_year: int) -> str:
    """Return the id of a project and fiscal year."""
    return f"{fiscal_year}:{project}"


def organisation_case_id(organisation: str, fiscal_year: int) -> str:
    """Return the id of a unit or department and year: all its projects together."""
    return f"organisation:{case_id(organisation, fiscal_year)}"


def kept_case_id(project: str, fiscal_year: int) -> str:
    """Return the id of what is kept apart of a project and year: no assessment judges it."""
    return f"quarantine:{case_id(project, fiscal_year)}"


def papers_case_id(organisation: str, fiscal_year: int) -> str:
    """Return the id of what an organisation has to hand in of a year."""
    return f"papers:{case_id(organisation, fiscal_year)}"


CASE_ID_OF: Final = {
    Scope.PAPERS: papers_case_id,
    Scope.QUARANTINE: kept_case_id,
    Scope.UNIT: organisation_case_id,
    Scope.DEPARTMENT: organisation_case_id,
}
"""Scopes whose alerts are not their project's: other things judge them."""


def open_key(alert: Alert) -> str:
    """Return what at most one open alert may have: rule, scope, project, subject, year."""
    words = (alert.key.rule, alert.key.scope, alert.where.project, alert.key.subject)
    text = "\0".join((*words, str(alert.where.fiscal_year)))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def alert_document(alert: Alert, *, latest: bool) -> Document:
    """Write an alert."""
    return {
        "_id": alert.id,
        "key": open_key(alert),
        "case": case_of_alert(alert),
        "jurisdiction": alert.where.jurisdiction,
        "latest": latest,
        "version": alert.version,
        "state": alert.state.value,
        "severity": alert.severity.value,
        "rule": alert.key.rule,
        "scope": alert.key.scope,
        "subject": alert.key.subject,
        "occurrence": alert.occurrence,
        "pack": alert.stamp.pack,
        "pack_version": alert.stamp.pack_version,
        "aspect": alert.stamp.aspect.value,
        "article": alert.stamp.article,
        "title_zh": alert.stamp.title_zh,
        "title_en": alert.stamp.title_en,
        "rule_severity": alert.stamp.severity and alert.stamp.severity.value,
        "project": alert.where.project,
        "project_name": alert.where.project_name,
        "fiscal_year": alert.where.fiscal_year,
        "department": alert.where.department,
        "lead_unit": alert.where.lead_unit,
        "raised_as_of": alert.raised_as_of.isoformat(),
        "as_of": alert.where.as_of.isoformat(),
        "facts": [[fact.name, fact.value] for fact in alert.facts],
        "assignee": alert.work.assignee,
        "level": alert.work.level.value,
        "muted": alert.work.muted,
        "wake": LOOK if latest and _awake(alert) else None,
        "work": None if alert.work == NO_WORK else _kept(alert.work),
    }


def _kept(work: Work) -> Document:
    """Write what was done with an alert as it is kept: what says nothing is left out.

    A part that a release adds is then known to the alerts alone that use it: the release before it
    reads all others, while both run and after going back.
    """
    return work.model_dump(mode="json", exclude_defaults=True)


def _awake(alert: Alert) -> bool:
    """Say whether an opened day looks at it: at what stands, and at measures, which outlive it.

    Whatever changes it, the next day looks at it, and says when to look again.
    """
    return alert.state is AlertState.OPEN or bool(alert.work.unfinished)


def work_item(work: Work) -> Document:
    """Write what was done with an alert, as the HTTP API tells it: every part of it."""
    return work.model_dump(mode="json")


def alert_of(document: Document) -> Alert:
    """Read an alert."""
    return Alert(
        id=document["_id"],
        key=Key(document["rule"], document["scope"], document["subject"]),
        occurrence=document["occurrence"],
        version=document["version"],
        state=AlertState(document["state"]),
        severity=Severity(document["severity"]),
        stamp=_stamp(
            document["pack"],
            document["pack_version"],
            document["aspect"],
            document["article"],
            document["title_zh"],
            document["title_en"],
            severity=document.get("rule_severity"),
        ),
        where=Circumstances(
            project=document["project"],
            project_name=document["project_name"],
            fiscal_year=document["fiscal_year"],
            as_of=dt.date.fromisoformat(document["as_of"]),
            department=document["department"],
            lead_unit=document["lead_unit"],
        ),
        raised_as_of=dt.date.fromisoformat(document["raised_as_of"]),
        facts=tuple([measured(name, value) for name, value in document["facts"]]),
        work=work_of(document.get("work")),
    )


@lru_cache(STAMPS_MAX)
def _stamp(*words: str, severity: str | None) -> RuleStamp:
    pack, pack_version, aspect, article, title_zh, title_en = words
    return RuleStamp(
        pack,
        pack_version,
        Aspect(aspect),
        article,
        title_zh,
        title_en,
        None if severity is None else Severity(severity),
    )


def work_of(item: Document | None) -> Work:
    """Read what was done with an alert; of alerts that nobody has touched nothing is kept."""
    return Work.model_validate_json(json.dumps(item)) if item else NO_WORK


def case_of_alert(alert: Alert) -> str:
    """Return the id of the case that an alert belongs to."""
    made = CASE_ID_OF.get(Scope(alert.key.scope), case_id)
    return made(alert.where.project, alert.where.fiscal_year)


def listed_item(alert: Alert, frozen: Collection[str]) -> Document:
    """Write an alert as lists tell it, with whether it stands still; `frozen`: ids of those."""
    return {**alert_item(alert), "frozen": alert.id in frozen}


def alert_item(alert: Alert) -> Document:
    """Write an alert as the HTTP API tells it."""
    return {
        "alert_id": alert.id,
        "rule_id": alert.key.rule,
        "pack": alert.stamp.pack,
        "pack_version": alert.stamp.pack_version,
        "project_id": alert.where.project,
        "project_name": alert.where.project_name,
        "department": alert.where.department,
        "lead_unit": alert.where.lead_unit,
        "scope": alert.key.scope,
        "scope_subject": alert.key.subject,
        "fiscal_year": alert.where.fiscal_year,
        "occurrence": alert.occurrence,
        "severity": alert.severity.value,
        "aspect": alert.stamp.aspect.value,
        "article": alert.stamp.article,
        "title_zh": alert.stamp.title_zh,
        "title_en": alert.stamp.title_en,
        "state": alert.state.value,
        "raised_as_of": alert.raised_as_of.isoformat(),
        "as_of": alert.where.as_of.isoformat(),
        "facts": [{"name": fact.name, "value": fact.value} for fact in alert.facts],
        "version": alert.version,
        "muted": alert.work.muted,
        "work": work_item(alert.work),
    }


def waiting_items(case: Case) -> list[Document]:
    """Write deviations that wait for their rule's days."""
    return [
        {
            "rule": key.rule,
            "scope": key.scope,
            "subject": key.subject,
            "days": found.days,
            "last": found.last.isoformat(),
        }
        for key, found in case.waiting.items()
    ]


def waiting_of(items: Iterable[Document]) -> dict[Key, Waiting]:
    """Read deviations that wait."""
    return {
        Key(item["rule"], item["scope"], item["subject"]): Waiting(
            item["days"], dt.date.fromisoformat(item["last"])
        )
        for item in items
    }


def returns_items(case: Case) -> list[Document]:
    """Write when deviations returned."""
    return [
        {"rule": key.rule, "scope": key.scope, "subject": key.subject, "days": list(days)}
        for key, days in case.returns.items()
    ]


def case_item(case: Case) -> Document:
    """Write what is known of a project and year beside its alerts."""
    item: Document = {
        "waiting": waiting_items(case),
        "returns": returns_items(case),
        "priority": [kind.value for kind in case.priority],
        "frozen": [
            {"rule": key.rule, "scope": key.scope, "subject": key.subject}
            for key in sorted(case.frozen)
        ],
    }
    if case.stands is not None:
        item |= {
            "project": case.project,
            "jurisdiction": case.stands.jurisdiction,
            "fiscal_year": case.fiscal_year,
            "project_name": case.stands.project_name,
            "lead_unit": case.stands.lead_unit,
            "department": case.stands.department,
        }
    if case.row is not None:
        item["row"] = {
            "day": case.row.day.isoformat(),
            "months_completed": case.row.months_completed,
            "months_completed_before": case.row.months_completed_before,
            **asdict(case.row.sums),
            "units": [
                {"unit": share.unit, "leads": share.leads, **asdict(share.sums)}
                for share in case.row.units
            ],
        }
    return item


def case_of(case: Case, item: Document) -> Case:
    """Read it; `case` has the project and its alerts. An organisation's has no assessment."""
    judged = None
    if "position" in item:
        judged = Watermark(item["position"], dt.date.fromisoformat(item["as_of"]))
    return replace(
        case,
        judged=judged,
        waiting=waiting_of(item.get("waiting", ())),
        returns={
            Key(found["rule"], found["scope"], found["subject"]): tuple(found["days"])
            for found in item.get("returns", ())
        },
        priority=tuple(PriorityListKind(kind) for kind in item.get("priority", ())),
    )
