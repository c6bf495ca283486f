"""IATI activity files, versions 1 and 2, as events (mapping: docs/iati.md).

The two versions differ in their code lists and in where words stand (`<narrative>` or the
element itself); both are understood everywhere, so that files that mix them are read too.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from contracts.envelope import Data
from contracts.events import intake as facts
from contracts.vocabulary import (
    FISCAL_YEAR_MAX,
    FISCAL_YEAR_MIN,
    ID_LENGTH_MAX,
    Clock,
    OrganisationKind,
)
from services.intake.files.activity import UNDATED, Activity, Day, EventWriter, read_day
from services.intake.files.iati_money import (
    is_mapped,
    map_budgets,
    map_plans,
    map_transaction,
)
from services.intake.files.iati_results import map_result
from services.intake.files.options import ImportOptions
from services.intake.files.values import FiscalCalendar, one_line, plain_text, read_date
from services.intake.files.xml import (
    Element,
    UnreadableFileError,
    attribute,
    first_words,
    parse,
    words,
)

ROOT: Final = "iati-activities"
STARTED: Final = ("2", "start-actual", "1", "start-planned")
"""Kinds of activity-date that say when it begins, best first (version 2, version 1)."""
ENDED: Final = ("4", "end-actual", "3", "end-planned")
OBJECTIVES: Final = "2"
"""IATI description type 2: objectives."""
PARENT: Final = "1"
"""IATI related-activity type 1."""


def map_iati(
    raw: bytes, options: ImportOptions, left_out: Counter[str] | None = None
) -> Iterator[bytes]:
    """Map an IATI file: jurisdiction, organisation, projects, then their facts in file order.

    UnreadableFileError before the first event if the file is no IATI activity file. Elements
    of kinds that have no word here are counted in `left_out`.
    """
    root = parse(raw)
    if root.tag != ROOT:
        msg = f"the root element is {root.tag!s}, not {ROOT}: no IATI activity file"
        raise UnreadableFileError(msg)
    activities = _activities(root, options)
    yield from _heads(activities, options)
    for activity in activities:
        yield _project(activity)
    for activity in activities:
        yield from _facts(activity, Counter() if left_out is None else left_out)


def _activities(root: Element, options: ImportOptions) -> list[Activity]:
    writers: dict[str, EventWriter] = {}
    calendar = FiscalCalendar(options.start_month)
    currency = options.currency or _first_currency(root)
    found = []
    for element in root.findall("iati-activity"):
        unit = _reporting_organisation(element) or options.jurisdiction
        jurisdiction = options.jurisdiction or unit
        if not unit or not jurisdiction:
            msg = "an activity names no reporting organisation: say which jurisdiction it is"
            raise UnreadableFileError(msg)
        code = one_line(words(element.find("iati-identifier")), ID_LENGTH_MAX * 2)
        writer = writers.setdefault(jurisdiction, EventWriter(jurisdiction))
        found.append(Activity(element, code, unit, writer, calendar, currency))
    if not found:
        msg = "the file holds no activity"
        raise UnreadableFileError(msg)
    return found


def _reporting_organisation(element: Element) -> str:
    organisation = element.find("reporting-org")
    return attribute(organisation, "ref") or one_line(words(organisation), ID_LENGTH_MAX)


def _first_currency(root: Element) -> str:
    for element in root.iter("iati-activity", "value"):
        name = "currency" if element.tag == "value" else "default-currency"
        if currency := attribute(element, name):
            return currency
    msg = "the file names no currency: say which one its amounts are in"
    raise UnreadableFileError(msg)


def _heads(activities: list[Activity], options: ImportOptions) -> Iterator[bytes]:
    """State the jurisdictions and organisations of the file, each once."""
    jurisdictions: dict[str, Activity] = {}
    organisations: dict[tuple[str, str], Activity] = {}
    for activity in activities:
        jurisdictions.setdefault(activity.writer.jurisdiction, activity)
        organisations.setdefault((activity.writer.jurisdiction, activity.unit), activity)
    for jurisdiction, activity in jurisdictions.items():
        data = {
            "date": UNDATED.isoformat(),
            "name": jurisdiction if options.jurisdiction else _organisation_name(activity),
            "fiscal_year_start": options.fiscal_year_start,
            "time_zone": options.time_zone,
            "currency": activity.currency,
            "clock": Clock.MANUAL,
        }
        yield _head(activity, facts.JurisdictionRegistered, data)
    for activity in organisations.values():
        data = {
            "date": UNDATED.isoformat(),
            "organisation": activity.unit,
            "name": _organisation_name(activity),
            "kind": OrganisationKind.DEPARTMENT,
        }
        yield _head(activity, facts.OrganisationRegistered, data)


def _head(activity: Activity, fact: type[Data], data: dict[str, Any]) -> bytes:
    writer = activity.writer
    # The content is the whole statement: said again in other words it is another fact.
    return writer.write(
        fact.event_type(), writer.jurisdiction, [fact.TYPE, *map(str, data.values())], data
    )


def _organisation_name(activity: Activity) -> str:
    return one_line(words(activity.element.find("reporting-org"))) or activity.unit


def _project(activity: Activity) -> bytes:
    element = activity.element
    start, end = _activity_date(element, STARTED), _activity_date(element, ENDED)
    data = {
        "date": start.wire if start else _first_day(element).isoformat(),
        "name": one_line(first_words(element, "title")) or activity.code,
        "lead_unit": activity.unit,
        "department": activity.unit,
        **_place(element),
        "start_year": _year(activity, start),
        "end_year": _year(activity, end),
        "goal": plain_text(_goal(element)) or None,
    }
    content = activity.row("project", [data])
    return activity.write(facts.ProjectRegistered.event_type(), content, data)


def _activity_date(element: Element, kinds: tuple[str, ...]) -> Day | None:
    given = {attribute(found, "type"): found for found in element.findall("activity-date")}
    return next((read_day(given[kind]) for kind in kinds if kind in given), None)


def _first_day(element: Element) -> dt.date:
    """Return the first day anything of the activity is dated; it was there by then."""
    days = (
        read_date(attribute(found, "iso-date") or "")
        for found in element.iter("period-start", "transaction-date")
    )
    return min((day for day in days if day), default=UNDATED)


def _year(activity: Activity, day: Day | None) -> int | str | None:
    if day is None:
        return None
    year = activity.fiscal_year(day)
    if year is None:
        return day.raw
    return year if FISCAL_YEAR_MIN <= year <= FISCAL_YEAR_MAX else None


def _place(element: Element) -> dict[str, Any]:
    """Return the level and, below the first one, the parent: the standard assumes level 1."""
    hierarchy = attribute(element, "hierarchy") or "1"
    level: int | str = int(hierarchy) if hierarchy.isdecimal() else hierarchy
    parents = [
        ref
        for related in element.findall("related-activity")
        if attribute(related, "type") == PARENT and (ref := attribute(related, "ref"))
    ]
    return {"parent_project": parents[0] if parents and level != 1 else None, "level": level}


def _goal(element: Element) -> str:
    descriptions = element.findall("description")
    objectives = [found for found in descriptions if attribute(found, "type") == OBJECTIVES]
    return next((text for found in objectives + descriptions if (text := words(found))), "")


def _facts(activity: Activity, left_out: Counter[str]) -> Iterator[bytes]:
    children = list(activity.element)
    budgets = map_budgets(activity, [child for child in children if child.tag == "budget"])
    planned = [child for child in children if child.tag == "planned-disbursement"]
    for child in children:
        if child.tag == "budget":
            yield from next(budgets)
        elif child.tag == "planned-disbursement":
            # All plans stand where the first of their elements stands.
            yield from map_plans(activity, planned)
            planned = []
        elif child.tag == "transaction" and is_mapped(child):
            yield map_transaction(activity, child)
        elif child.tag == "transaction":
            kind = attribute(child.find("transaction-type"), "code")
            left_out[f"transaction of type {kind}"] += 1
        elif child.tag == "result":
            yield from map_result(activity, child)
