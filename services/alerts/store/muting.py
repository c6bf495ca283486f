"""Has the beginning and the end of a suppression told on the alerts it is about, at once.

Should the process die in the middle, the next assessment or opened day does what is left: what is
muted follows from alerts, rules and suppressions, whoever asks.
"""

import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from contracts.events.alerts import AlertState
from contracts.vocabulary import Aspect, Severity
from services.alerts.domain.alert import Alert
from services.alerts.domain.case import Case
from services.alerts.domain.judging import SEVERITY_ORDER
from services.alerts.domain.noise import Noise, muted, settle
from services.alerts.domain.rules import Rule
from services.alerts.domain.suppressions import Suppression
from services.alerts.domain.telling import Because
from services.alerts.store.batch import Batch
from services.alerts.store.documents import Document, alert_of
from services.alerts.store.suppressions import SuppressionStore
from services.alerts.store.writing import AlertStore, ConflictError
from services.chassis import clock
from services.chassis.mongo import Mongo, Session

PAGE: Final = 200
"""Most alerts looked at in one transaction."""
PAGES_MAX: Final = 5_000
"""Most pages of one suppression: a million alerts."""
SHOWN_MAX: Final = 50
"""Most alerts that a preview shows."""
TRIES_MAX: Final = 10
"""How often a page is decided again because somebody changed an alert meanwhile."""

RulesOf = Callable[[str, str | None, dt.date], Iterable[Rule]]
"""Rules in force for a jurisdiction's department (null: for none) on a day."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a suppression would hit now."""

    total: int
    by_severity: dict[str, int]
    alerts: list[Alert]
    """The first of them."""


class Muting:
    """Finds and changes what suppressions are about."""

    def __init__(
        self, mongo: Mongo, store: AlertStore, kept: SuppressionStore, rules: RulesOf
    ) -> None:
        """Settle alerts by these rules and what is kept."""
        self._alerts = mongo.db["alerts"]
        self._jurisdictions = mongo.db["jurisdictions"]
        self._store = store
        self._kept = kept
        self._rules = rules

    async def preview(self, made: Suppression) -> Preview:
        """Tell which open alerts a suppression would hit."""
        query = hit_query(made)
        steps: list[Document] = [
            {"$match": query},
            {"$group": {"_id": "$severity", "n": {"$sum": 1}}},
        ]
        found = Counter({item["_id"]: item["n"] async for item in self._alerts.aggregate(steps)})
        cursor = self._alerts.find(query).sort([("raised_as_of", -1), ("_id", 1)])
        shown = await cursor.limit(SHOWN_MAX).to_list(SHOWN_MAX)
        by_severity = {severity.value: found[severity.value] for severity in SEVERITY_ORDER}
        return Preview(found.total(), by_severity, [alert_of(item) for item in shown])

    async def tell(self, made: Suppression, day: dt.date, cause: str) -> int:
        """Mute what a suppression hits, or what it has muted and does not any more; count them."""
        told = 0
        hit = hit_query(made) if made.ended_on is None else _muted_query(made)
        async for page in self._pages(hit):
            told += await self._settle(made.jurisdiction, page, day, cause)
        return told

    async def _pages(self, query: Document) -> AsyncIterator[dict[str, Case]]:
        after = ""
        wanted = {"case": 1, "project": 1, "fiscal_year": 1}
        for _ in range(PAGES_MAX):
            chosen = {"$and": [query, {"_id": {"$gt": after}}]}
            found = await self._alerts.find(chosen, wanted).sort("_id", 1).limit(PAGE).to_list(PAGE)
            if found:
                yield {item["case"]: Case(item["project"], item["fiscal_year"]) for item in found}
            if len(found) < PAGE:
                return
            after = found[-1]["_id"]

    async def _settle(
        self, jurisdiction: str, page: dict[str, Case], day: dt.date, cause: str
    ) -> int:
        for tries_left in reversed(range(TRIES_MAX)):
            held = await self._kept.lasting({jurisdiction: day})
            known = await self._jurisdictions.find_one({"_id": jurisdiction}, {"opened": 1})
            noise = Noise(held[jurisdiction], (known or {}).get("opened", 0))
            batch = Batch(0, None, await self._store.cases_by_id(page))
            because = Because(cause, None, clock.now_ms(), 0)
            for name, case in sorted(batch.cases.items()):
                rules = self._rules(jurisdiction, case.department, day)
                settled = settle(case.alerts, rules, case.returns, noise, day)
                after = replace(case, alerts=muted(case.alerts, settled))
                batch.change(name, after, settled, because)
            try:
                if batch.told:
                    await self._store.write(batch, _always)
            except ConflictError:
                if not tries_left:
                    raise
            else:
                await self._store.teller.relay_told(batch.told)
                return len(batch.told)
        return 0


async def _always(_session: Session) -> None:
    """Nothing has to be held: versions guard what is written."""


def _muted_query(made: Suppression) -> Document:
    return {
        "jurisdiction": made.jurisdiction,
        "state": AlertState.OPEN.value,
        "work.mute.suppression": made.suppression,
    }


def hit_query(made: Suppression) -> Document:
    """Select the open alerts that a suppression hits: the same that `Suppression.hits` says."""
    parts: list[Document] = [
        {"jurisdiction": made.jurisdiction, "state": AlertState.OPEN.value},
        _matched(made),
    ]
    if made.within is not None:
        codes = list(made.within)
        streams = [f"{made.jurisdiction}/{code}" for code in codes]
        grave = {"aspect": Aspect.COMPLIANCE.value, "severity": Severity.RED.value}
        parts += [
            {
                "$or": [
                    {"lead_unit": {"$in": codes}},
                    {"lead_unit": None, "department": {"$in": codes}},
                    {"lead_unit": None, "department": None, "project": {"$in": streams}},
                ]
            },
            {"$nor": [grave]},
        ]
    return {"$and": parts}


def _matched(made: Suppression) -> Document:
    matcher = made.matcher
    most = SEVERITY_ORDER.index(matcher.severity_at_most)
    query: Document = {"severity": {"$in": [one.value for one in SEVERITY_ORDER[: most + 1]]}}
    if matcher.rule is not None:
        query["rule"] = matcher.rule
    if matcher.aspect is not None:
        query["aspect"] = matcher.aspect.value
    if matcher.scope is not None:
        query["scope"] = matcher.scope.value
    if matcher.project is not None:
        query["project"] = f"{made.jurisdiction}/{matcher.project}"
    if matcher.organisation is not None:
        named = sorted({matcher.organisation, *made.below})
        query["$or"] = [{"lead_unit": {"$in": named}}, {"department": {"$in": named}}]
    return query
