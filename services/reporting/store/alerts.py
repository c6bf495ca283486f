"""Alerts as reporting keeps them: the latest state of each, and how it was worked on.

Bounded: one document per alert, with its last explanation, at most MEASURES_MAX measures, its last
review; what was said in between stays in the alerts' own feed.
"""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from pymongo import IndexModel, ReplaceOne

from contracts.envelope import AnyEvent
from contracts.events.alerts import (
    MEASURES_MAX,
    AlertCleared,
    AlertClosed,
    AlertExplained,
    AlertFact,
    AlertMeasurePlanned,
    AlertMeasureTaken,
    AlertReviewed,
    AlertState,
    AlertStep,
    AlertUrged,
)
from contracts.vocabulary import CauseArea, ClosingGround, ReasonType, ReviewOutcome, Severity
from services.chassis.mongo import Document, Mongo, Session
from services.reporting.domain import RelatedAlert
from services.reporting.domain.correcting import AlertLine, AlertWork, MeasureLine

COLLECTION: Final = "alerts"
LEFT_OUT: Final = frozenset({"quarantine", "papers"})
"""Scopes of alerts that are no deviation of a project: what waits in the quarantine is the data
desk's, and papers that are due are reporting's own."""
ALERTS_PER_FORM_MAX: Final = 200
ALERTS_PER_YEAR_MAX: Final = 1_000_000
"""Most alerts of a jurisdiction's year that are counted."""
PAGE: Final = 500
GRAVEST_FIRST: Final = tuple(
    {"state": state, "severity": severity.value}
    for state in (AlertState.OPEN.value, {"$ne": AlertState.OPEN.value})
    for severity in (Severity.RED, Severity.YELLOW, Severity.INFO)
)
"""Those that stand before those that do not, the gravest of each first."""
INDEXES: Final[dict[str, list[IndexModel]]] = {
    COLLECTION: [
        IndexModel([("project", 1), ("fiscal_year", 1)]),
        IndexModel([("jurisdiction", 1), ("department", 1), ("fiscal_year", 1)]),
        IndexModel([("jurisdiction", 1), ("fiscal_year", 1), ("_id", 1)]),
    ],
}


class AlertBook:
    """Keeps alerts and reads them."""

    def __init__(self, mongo: Mongo) -> None:
        """Create the collection before the first use."""
        self._alerts = mongo.db[COLLECTION]

    async def keep(self, session: Session, events: Sequence[AnyEvent]) -> None:
        """Keep what events tell; events of one alert come in order."""
        told = [
            (event, event.data)
            for event in events
            if isinstance(event.data, AlertFact) and event.data.scope not in LEFT_OUT
        ]
        if not told:
            return
        names = sorted({data.alert for _, data in told})
        found = self._alerts.find({"_id": {"$in": names}}, session=session)
        known: dict[str, Document] = {document["_id"]: document async for document in found}
        for event, data in told:
            known[data.alert] = folded(known.get(data.alert), event, data)
        writes = [ReplaceOne({"_id": name}, known[name], upsert=True) for name in names]
        await self._alerts.bulk_write(writes, session=session)

    async def of_project(
        self, project: str, fiscal_year: int, as_of: dt.date
    ) -> list[RelatedAlert]:
        """Return a project's open alerts that were raised by a date, worked on later or not."""
        query = {
            "project": project,
            "fiscal_year": fiscal_year,
            "state": AlertState.OPEN.value,
            # Not the day of the last change: a step that people take is dated the day they take it.
            "raised_on": {"$lte": as_of.isoformat()},
        }
        found = self._alerts.find(query).sort("_id", 1).limit(ALERTS_PER_FORM_MAX)
        return [_related(document) async for document in found]

    async def open_by_rule(
        self,
        jurisdiction: str,
        department: str,
        fiscal_year: int,
        within: AbstractSet[str] | None = None,
    ) -> dict[str, int]:
        """Count a department's open alerts by rule."""
        match: dict[str, Any] = {
            "jurisdiction": jurisdiction,
            "department": department,
            "fiscal_year": fiscal_year,
            "state": AlertState.OPEN.value,
            **_seen_by(within),
        }
        stages: list[dict[str, Any]] = [
            {"$match": match},
            {"$group": {"_id": "$rule", "count": {"$sum": 1}}},
        ]
        return {
            document["_id"]: document["count"] async for document in self._alerts.aggregate(stages)
        }

    async def of_department(
        self,
        jurisdiction: str,
        department: str,
        fiscal_year: int,
        until: dt.date,
        within: AbstractSet[str] | None = None,
    ) -> AsyncIterator[AlertLine]:
        """Give a department's alerts that were raised by a day, page by page, the gravest first."""
        query = {
            "jurisdiction": jurisdiction,
            "department": department,
            "fiscal_year": fiscal_year,
            "raised_on": {"$lte": until.isoformat()},
            **_seen_by(within),
        }
        for chosen in GRAVEST_FIRST:
            found = self._alerts.find({**query, **chosen}).sort("_id", 1)
            async for document in found.limit(ALERTS_PER_YEAR_MAX).batch_size(PAGE):
                yield alert_line(document)

    async def work(
        self,
        jurisdiction: str,
        fiscal_year: int,
        until: dt.date,
        day: dt.date,
        within: AbstractSet[str] | None = None,
    ) -> dict[str, AlertWork]:
        """Count how alerts were worked on by department, those raised by `until`, as of `day`."""
        query = {
            "jurisdiction": jurisdiction,
            "fiscal_year": fiscal_year,
            "raised_on": {"$lte": until.isoformat()},
            **_seen_by(within),
        }
        counts: dict[str, AlertWork] = {}
        found = self._alerts.find(query).limit(ALERTS_PER_YEAR_MAX).batch_size(PAGE)
        async for document in found:
            line = alert_line(document)
            counts.setdefault(line.department or "", AlertWork()).add(line, day)
        return counts


def _seen_by(within: AbstractSet[str] | None) -> dict[str, Any]:
    if within is None:
        return {}
    codes = sorted(within)
    return {
        "$or": [
            {"lead_unit": {"$in": codes}},
            {"lead_unit": None, "department": {"$in": codes}},
        ]
    }


def folded(known: Mapping[str, Any] | None, event: AnyEvent, data: AlertFact) -> Document:
    """Fold an event into an alert's document: the latest state, and how it was worked on."""
    before = known or {}
    document: Document = {
        "_id": data.alert,
        "jurisdiction": event.jurisdiction,
        "project": event.subject,
        "department": data.department,
        "lead_unit": data.lead_unit,
        "fiscal_year": data.fiscal_year,
        "rule": data.rule,
        "pack": data.pack,
        "severity": data.severity.value,
        "title_zh": data.title_zh,
        "state": state_after(data),
        "as_of": data.date.isoformat(),
        "cursor": data.cursor,
        "raised_on": before.get("raised_on") or data.date.isoformat(),
    }
    kept = ("explanation", "measures", "review", "returns", "closing", "urged")
    document |= {name: before[name] for name in kept if name in before}
    return document | _worked(document, data)


def state_after(data: AlertFact) -> str:
    """Return the state after an event: steps say it, the data's own events by what they are."""
    if isinstance(data, AlertStep):
        return data.state.value
    return (AlertState.CLEARED if isinstance(data, AlertCleared) else AlertState.OPEN).value


def _worked(document: Mapping[str, Any], data: AlertFact) -> Document:
    match data:
        case AlertExplained(detail=stated):
            return {
                "explanation": {
                    "areas": [area.value for area in stated.areas],
                    "reason": stated.reason.value,
                    "objective": stated.objective,
                    "text": stated.text,
                }
            }
        case AlertMeasurePlanned() | AlertMeasureTaken():
            return {"measures": _measures(document.get("measures", []), data)}
        case AlertReviewed(detail=said):
            returned = said.outcome is ReviewOutcome.RETURNED
            return {
                "review": {"outcome": said.outcome.value, "note": said.note},
                "returns": document.get("returns", 0) + returned,
            }
        case AlertClosed(detail=closed):
            return {"closing": closed.ground.value}
        case AlertUrged():
            return {"urged": document.get("urged", 0) + 1}
        case _:
            return {}


def _measures(
    known: Sequence[Document], data: AlertMeasurePlanned | AlertMeasureTaken
) -> list[Document]:
    name = data.detail.measure
    found = {item["measure"]: dict(item) for item in known}
    if isinstance(data, AlertMeasurePlanned):
        plan = data.detail
        found[name] = {
            "measure": name,
            "text": plan.text,
            "owner": plan.owner,
            "due": plan.due.isoformat(),
        }
    elif name in found:
        done = data.detail
        found[name] |= {"taken_on": done.taken_on.isoformat(), "note": done.note}
    return list(found.values())[:MEASURES_MAX]


def alert_line(document: Mapping[str, Any]) -> AlertLine:
    """Read an alert; one that was kept before its work was is without."""
    stated = document.get("explanation") or {}
    review = document.get("review") or {}
    reason, closing = stated.get("reason"), document.get("closing")
    return AlertLine(
        alert=document["_id"],
        project=document["project"],
        rule=document["rule"],
        title_zh=document["title_zh"],
        severity=document["severity"],
        state=document["state"],
        raised_on=dt.date.fromisoformat(document.get("raised_on") or document["as_of"]),
        as_of=dt.date.fromisoformat(document["as_of"]),
        department=document["department"],
        lead_unit=document["lead_unit"],
        areas=tuple(CauseArea(area) for area in stated.get("areas", ())),
        reason_type=ReasonType(reason) if reason else None,
        objective=stated.get("objective"),
        explanation=stated.get("text", ""),
        measures=tuple(map(_measure_line, document.get("measures", ()))),
        review=ReviewOutcome(review["outcome"]) if review else None,
        returns=document.get("returns", 0),
        review_note=review.get("note", ""),
        closing=ClosingGround(closing) if closing else None,
        urged=document.get("urged", 0),
    )


def _measure_line(item: Mapping[str, Any]) -> MeasureLine:
    taken = item.get("taken_on")
    return MeasureLine(
        measure=item["measure"],
        text=item["text"],
        owner=item["owner"],
        due=dt.date.fromisoformat(item["due"]),
        taken_on=dt.date.fromisoformat(taken) if taken else None,
        note=item.get("note", ""),
    )


def _related(document: Mapping[str, Any]) -> RelatedAlert:
    line = alert_line(document)
    return RelatedAlert(
        alert_id=line.alert,
        rule_id=line.rule,
        title_zh=line.title_zh,
        severity=line.severity,
        state=line.state,
        as_of=line.raised_on,
        measures=tuple(map(measure_words, line.measures)),
    )


def measure_words(measure: MeasureLine) -> str:
    """Write a measure as a form prints it: what, until when, whether it was done."""
    done = f"已于{measure.taken_on}落实" if measure.taken_on else "尚未落实"
    return f"{measure.text}(期限{measure.due},{done})"
