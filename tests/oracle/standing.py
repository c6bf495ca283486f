"""What a project is at a date, and what bears on all its figures."""

import datetime as dt
from typing import Any, Final

from tests.oracle.assessment import Assessment
from tests.oracle.dates import fiscal_year_of
from tests.oracle.facts import Fact, Jurisdiction
from tests.oracle.pairing import pairing
from tests.oracle.report import UNDECIDED
from tests.oracle.silence import LIMIT, is_frozen, last_payment, silent_at
from tests.oracle.state import Span

DEFAULT_MODE: Final = "allotment"


def standing(found: Assessment) -> dict[str, Any]:
    """State it as the contract does; what the log does not tell is undecided."""
    setting, registration, year = found.setting, found.registration, found.book.year
    span = found.states.at(setting.as_of)
    closing = setting.closing(year.year)
    return {
        "project_class": registration.get("project_class"),
        "control_mode": registration.get("control_mode", DEFAULT_MODE),
        "new_this_year": is_new(found),
        "state": span.state,
        "state_since": _since(span),
        "priority": lists_of(found),
        "frozen": frozen(found),
        "late_facts": sum(is_late(fact, setting.jurisdiction) for fact in found.facts),
        "closed_version": closing.data.get("version", 1) if closing else None,
        "facts_after_closing": _came_after(found, closing),
        **pairing(found),
        "reprojected": False,
    }


def lists_of(found: Assessment) -> list[str]:
    """Give the kinds of priority lists that a project stands on."""
    department = found.registration.get("department")
    return found.setting.priority(found.project.subject, found.book.year.year, department)


def frozen(found: Assessment) -> object:
    """Whether its publisher is silent; without the ledger nobody knows who that is."""
    setting, year = found.setting, found.book.year.year
    paid = last_payment(found.project, year)
    if setting.parameters[LIMIT] is not None and paid is not None and paid.publisher is None:
        return UNDECIDED
    silent = silent_at(setting.jurisdiction, setting.as_of)
    return is_frozen(found.project, year, silent)


def _since(span: Span) -> str | None:
    return span.start.isoformat() if span.change else None


def is_new(found: Assessment) -> bool:
    """Whether the year is the first one of a project that was registered as new."""
    registration = found.registration
    if not registration.get("new_this_year"):
        return False
    said_of = registration.get("start_year")
    if said_of is None:
        said_on = dt.date.fromisoformat(registration["date"])
        said_of = fiscal_year_of(said_on, found.setting.jurisdiction.first_day).year
    return bool(said_of == found.book.year.year)


def is_late(fact: Fact, jurisdiction: Jurisdiction) -> bool:
    """Whether a later day than its own had been opened when a fact came."""
    return fact.epoch > 0 and jurisdiction.days[fact.epoch - 1] > fact.date


def _came_after(found: Assessment, closing: Fact | None) -> object:
    """Whether facts of the year came after its closing; of one and the same day nobody knows."""
    if closing is None:
        return False
    if any(fact.epoch > closing.epoch for fact in found.facts):
        return True
    return UNDECIDED if any(fact.epoch == closing.epoch for fact in found.facts) else False
