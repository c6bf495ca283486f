"""One project as a row: what lists, totals and pages show of it."""

import datetime as dt
from typing import Any

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import fen_to_wire
from services.analysis.domain import Jurisdiction, assess
from services.analysis.store.reading import Found
from services.analysis.store.states import Year
from services.chassis.identity import Principal


def registered(found: Found, day: dt.date) -> bool:
    """Tell whether a project was registered by the day."""
    first = found.project.head.registered_on
    return first is not None and first <= day.toordinal()


def sees(asking: Principal, found: Found) -> bool:
    """Tell whether a project is in somebody's scope: by who leads it now, as of whatever day."""
    return asking.sees(found.project.head.project, *lead_of(found))


def lead_of(found: Found) -> tuple[str | None, str | None]:
    """Return the lead unit and department of a project's latest registration."""
    latest = found.project.head.registration()
    return (latest.lead_unit, latest.department) if latest else (None, None)


def measure(
    found: Found, jurisdiction: Jurisdiction, year: Year, day: dt.date, position: int
) -> AssessmentMade:
    """Assess a project as of a day, as far as its partition is folded."""
    return assess(
        jurisdiction,
        found.project.head,
        year.state,
        day,
        settled=False,
        ledger_position=position,
    )


def row_of(found: Found, data: AssessmentMade) -> dict[str, Any]:
    """Write an assessment as a row."""
    money, execution, attainment = data.execution.money, data.execution, data.attainment
    expected = execution.expected_spent
    return {
        "project_id": found.project.head.project,
        "project_name": data.project_name,
        "department": data.department,
        "lead_unit": data.lead_unit,
        "fiscal_year": data.fiscal_year,
        "as_of": data.date.isoformat(),
        "adjusted_budget": fen_to_wire(money.adjusted_budget),
        "original_budget": fen_to_wire(money.components.original),
        "disbursed": fen_to_wire(money.disbursed),
        "spent": fen_to_wire(money.spent),
        "execution_rate_bp": money.execution_rate_bp,
        "expected_spent": None if expected is None else fen_to_wire(expected),
        "expected_rate_bp": execution.expected_rate_bp,
        "ratio_bp": execution.ratio_bp,
        "expected_basis": execution.expected_basis,
        "attainment_rate_bp": attainment.attainment_rate_bp,
        "indicators": len(attainment.indicators),
        "judged": attainment.judged,
        "execution_light": execution.light,
        "attainment_light": attainment.light,
        "light": data.light,
        "quadrant": data.quadrant,
        "findings": data.findings_total,
        "incomplete": found.project.incomplete,
        "sequence": data.stream_sequence,
        "position": data.ledger_position,
    }
