"""HTTP: the two priority lists 重点监控清单: rules nominate, owners decide (domain-rules 19)."""

import datetime as dt
from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from contracts.vocabulary import OrganisationKind, PriorityListKind, Role
from services.alerts.api.deciding import opened, taken
from services.alerts.api.decision_problems import (
    foreign_project,
    misfit,
    no_department,
    out_of_scope,
)
from services.alerts.api.parameters import Name, Year
from services.alerts.domain.decisions import PriorityListForm, Taken, body_hash, list_event
from services.alerts.domain.layers import RuleBook
from services.alerts.store.decisions import DecisionStore, RepeatedError, Whose
from services.alerts.store.documents import Document
from services.alerts.store.reading import scope_query
from services.chassis.identity import Caller, Principal
from services.chassis.refusals import key_reused
from services.chassis.requests import KEY_HEADER, body_of, described, parsed

LISTS_MAX: Final = 500
"""Most lists of one answer: some of a year and jurisdiction."""
NOMINATING_MAX: Final = 5_000
"""Most alerts that nominations are made from."""
ALERTS_SHOWN_MAX: Final = 20
"""Most alerts that one nomination names."""

BUREAU: Final = frozenset({Role.PERFORMANCE_DIVISION, Role.COUNTERPART_DIVISION})
"""Who decides the bureau's list (domain-rules 19)."""


def nominating(book: RuleBook, kind: PriorityListKind) -> frozenset[str]:
    """Return the rules that nominate to a list anywhere, whatever layer states them."""
    stated = [pack.rules for pack in book.shipped]
    stated += [layer.rules for layer in book.published.layers.values()]
    return frozenset(rule.id for rules in stated for rule in rules if rule.nominates is kind)


def as_led(
    alerts: Iterable[Document], led: Mapping[str, Whose], asking: Principal
) -> list[Document]:
    """Return alerts with who leads their projects now: an alert keeps who did at its last change.

    By that its project's rules and lists are another's, once it has changed its department. Whose
    project it is no more is told neither who has it nor whether that one lists it.
    """
    present = [
        {**alert, "lead_unit": now.lead_unit, "department": now.department}
        if (now := led.get(alert["case"]))
        else alert
        for alert in alerts
    ]
    return [
        alert
        for alert in present
        if asking.sees(alert["project"], alert["lead_unit"], alert["department"])
    ]


def nominated(
    alerts: Iterable[Document],
    book: RuleBook,
    kind: PriorityListKind,
    days: Mapping[str, dt.date],
) -> list[Document]:
    """Return the alerts whose rule, as it is in force for their department, nominates."""
    found: list[Document] = []
    for alert in alerts:
        day = days.get(alert["jurisdiction"]) or dt.date.fromisoformat(alert["as_of"])
        rules = book.at(alert["jurisdiction"], alert["department"], day).rules
        if any(rule.id == alert["rule"] and rule.nominates is kind for rule in rules):
            found.append(alert)
    return found


def add_routes(
    router: APIRouter, store: DecisionStore, book_in_force: Callable[[], RuleBook]
) -> None:
    """Add the routes of those who read."""

    @router.get("/priority-lists")
    async def lists(
        *,
        asking: Caller,
        jurisdiction: Name = None,
        fiscal_year: Year = None,
        kind: PriorityListKind | None = None,
    ) -> dict[str, Any]:
        """List the lists that hold, as the ledger has them."""
        bound = sorted(asking.jurisdictions) if asking.jurisdictions is not None else None
        filters = {"jurisdiction": jurisdiction, "fiscal_year": fiscal_year, "kind": kind}
        wanted = {name: value for name, value in filters.items() if value is not None}
        found = [
            await _told(store, asking, document)
            for document in await store.lists(wanted, bound, LISTS_MAX)
            if _may_see(asking, document)
        ]
        return {"items": found, "next": None}

    @router.get("/priority-lists/nominations")
    async def nominations(
        *,
        asking: Caller,
        kind: PriorityListKind,
        jurisdiction: Name = None,
        fiscal_year: Year = None,
    ) -> dict[str, Any]:
        """List projects that open alerts nominate to a list, most alerts first."""
        book = book_in_force()
        rules = sorted(nominating(book, kind))
        wanted: Document = {"rule": {"$in": rules}, "state": "open"}
        if jurisdiction is not None:
            wanted["jurisdiction"] = jurisdiction
        if fiscal_year is not None:
            wanted["fiscal_year"] = fiscal_year
        found = await store.alerts({"$and": [wanted, scope_query(asking)]}, NOMINATING_MAX)
        days = await store.days({alert["jurisdiction"] for alert in found})
        led = await store.led(alert["case"] for alert in found)
        alerts = nominated(as_led(found, led, asking), book, kind, days)
        bound = sorted(asking.jurisdictions) if asking.jurisdictions is not None else None
        listed = {
            (document["organisation"], document["fiscal_year"], _subject(document, entry))
            for document in await store.lists({"kind": kind}, bound, LISTS_MAX)
            for entry in document["projects"]
        }
        return {"items": _nominations(alerts, kind, listed), "next": None}


def add_deciding_routes(router: APIRouter, store: DecisionStore) -> None:
    """Add the route of those who decide."""

    @router.post(
        "/priority-lists",
        status_code=201,
        openapi_extra=described(PriorityListForm, KEY_HEADER),
    )
    async def publish(asking: Caller, request: Request, response: Response) -> dict[str, Any]:
        """Decide a list: it replaces the one before once the ledger has it.

        200 with the first answer if the same request was made before.
        """
        decided = taken(asking, request)
        form = parsed(PriorityListForm, await body_of(request))
        if not _may_decide(asking, form):
            raise out_of_scope(pointer="/organisation")
        await opened(store, form.jurisdiction, form.decided_on, "/decided_on")
        try:
            event = list_event(form, decided)
        except ValidationError as error:
            raise misfit(error.errors()[0]["msg"]) from error
        if not await store.decided(event.id):
            # What was decided then stays decided, whoever's the projects are by now.
            await _of_its_own(store, asking, form)
        try:
            document, new = await store.publish_list(_document(form, decided, event.id), event)
        except RepeatedError as error:
            raise key_reused() from error
        if not new:
            response.status_code = 200
        return _decided(document)


def _may_decide(asking: Principal, form: PriorityListForm) -> bool:
    """Whether a list is the caller's to decide: the bureau's by its divisions, else its own.

    A division looks at a department's list; it is the department's people who decide it.
    """
    if not asking.may_enter(form.jurisdiction):
        return False
    if form.kind is PriorityListKind.BUREAU:
        return not asking.narrow and bool(asking.roles & BUREAU)
    mine = not asking.narrow or form.organisation in asking.within
    return mine and Role.DEPARTMENT_REVIEWER in asking.roles


async def _of_its_own(store: DecisionStore, asking: Principal, form: PriorityListForm) -> None:
    """Check that a department's list is a department's, and of its own projects.

    Who sees the whole jurisdiction may list projects that were never judged; who sees a part is
    told the same of them as of another's.
    """
    if form.organisation is None:
        return
    kind = await store.kind(form.jurisdiction, form.organisation)
    if kind not in {None, OrganisationKind.DEPARTMENT}:
        raise no_department(form.organisation)
    names = [listed.project for listed in form.projects]
    known = await store.departments(form.jurisdiction, form.fiscal_year, names)
    for place, name in enumerate(names):
        mine = known[name] == form.organisation if name in known else not asking.narrow
        if not mine:
            raise foreign_project(name, form.organisation, f"/projects/{place}/project")


def _may_see(asking: Principal, document: Document) -> bool:
    return not asking.narrow or document["organisation"] in {None, *asking.within}


def _subject(document: Document, entry: Document) -> str:
    return f"{document['jurisdiction']}/{entry['project']}"


def _nominations(
    alerts: Iterable[Document],
    kind: PriorityListKind,
    listed: Container[tuple[str | None, int, str]],
) -> list[dict[str, Any]]:
    """Put alerts together by project; `listed`: whose list of which year names which project."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for alert in alerts:
        # Another department's list that names it says nothing about it.
        owner = alert["department"] if kind is PriorityListKind.DEPARTMENT else None
        key = (alert["project"], alert["fiscal_year"])
        item = found.setdefault(
            key,
            {
                "project_id": alert["project"],
                "project_name": alert["project_name"],
                "fiscal_year": alert["fiscal_year"],
                "lead_unit": alert["lead_unit"],
                "department": alert["department"],
                "listed": (owner, alert["fiscal_year"], alert["project"]) in listed,
                "alerts_total": 0,
                "alerts": [],
            },
        )
        item["alerts_total"] += 1
        if len(item["alerts"]) < ALERTS_SHOWN_MAX:
            names = ("rule", "severity", "title_zh", "title_en", "raised_as_of")
            item["alerts"].append({"alert_id": alert["_id"], **{n: alert[n] for n in names}})
    return sorted(found.values(), key=lambda item: (-item["alerts_total"], item["project_id"]))


def _document(form: PriorityListForm, decided: Taken, name: str) -> Document:
    return {
        "_id": name,
        "body_hash": body_hash(form),
        "by": decided.by,
        "at_ms": round(decided.at.timestamp() * 1000),
        **form.model_dump(mode="json"),
    }


def _decided(document: Document) -> dict[str, Any]:
    hidden = {"_id", "body_hash", "at_ms"}
    told = {name: value for name, value in document.items() if name not in hidden}
    return {"priority_list": document["_id"], **told, "recorded_ms": document["at_ms"]}


async def _told(store: DecisionStore, asking: Principal, document: Document) -> dict[str, Any]:
    """Tell a list to somebody: all of it is published (Art. 11), a reason is its project's.

    Who sees a part of the jurisdiction gets the reasons of the projects that he sees. Of a
    department's list those that were last judged as another's are `foreign`: it does not hold for
    them. Who sees a part is told the same of those that were never judged.
    """
    item = {name: value for name, value in document.items() if name != "_id"}
    names = [entry["project"] for entry in item["projects"]]
    place = document["jurisdiction"], document["fiscal_year"]
    foreign = frozenset[str]()
    if document["organisation"] is not None:
        owners = await store.departments(*place, names)
        own = document["organisation"]
        unknown = None if asking.narrow else own
        foreign = frozenset(name for name in names if owners.get(name, unknown) != own)
    hidden = frozenset[str]()
    if asking.narrow:
        hidden = frozenset(names) - await store.seen(*place, names, scope_query(asking))
    item["projects"] = [
        {
            **entry,
            "reason": "" if entry["project"] in hidden else entry["reason"],
            "foreign": entry["project"] in foreign,
        }
        for entry in item["projects"]
    ]
    return item
