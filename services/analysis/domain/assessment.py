"""Both monitors side by side, at a date (Art. 2)."""

import datetime as dt
from typing import Final

from contracts.events.analysis import (
    FINDINGS_MAX,
    AssessmentMade,
    Attainment,
    Execution,
    Forecast,
)
from contracts.vocabulary import Light, Quadrant
from services.analysis.domain.attainment.judging import worst
from services.analysis.domain.attainment.monitor import attainment
from services.analysis.domain.earned_value.year import earned_value
from services.analysis.domain.execution.monitor import execution
from services.analysis.domain.extended.counts import extended
from services.analysis.domain.findings.compliance import findings
from services.analysis.domain.forecasting.forecast import forecast
from services.analysis.domain.snapshot import snapshot
from services.analysis.domain.standing import project_standing
from services.analysis.domain.state import Jurisdiction, Known, ProjectHead, ProjectYear
from services.analysis.domain.unchecked import unchecked

BEHIND: Final = (Light.RED, Light.YELLOW)


def assess(
    jurisdiction: Jurisdiction,
    head: ProjectHead,
    year: ProjectYear,
    as_of: dt.date,
    *,
    settled: bool,
    ledger_position: int,
    reprojected: bool = False,
) -> AssessmentMade:
    """Say where a project stands at a date in a year, counting only facts dated by then.

    `settled`: the state at an opened day, in which no finding is provisional (17b).
    `reprojected`: it is said anew because the projection was rebuilt.
    Built without validation, for speed; it is valid by construction.
    """
    now = snapshot(jurisdiction, head, year, as_of)
    calendar, known, day = now.calendar, now.known, now.day
    monitor_1 = execution(now)
    monitor_2 = attainment(now)
    monitor_1 = foreseen(monitor_1, forecast(now, monitor_1, monitor_2))
    found = findings(now)
    settled_position = None if settled else jurisdiction.opened_position
    before = jurisdiction.previous_day if settled else None
    return unchecked(
        AssessmentMade,
        date=as_of,
        fiscal_year=year.fiscal_year,
        **named(year, known, day),
        stream_sequence=head.sequence,
        ledger_position=ledger_position,
        fiscal_year_start=calendar.first,
        fiscal_year_end=calendar.last,
        months_completed=calendar.completed(day),
        months_completed_before=calendar.completed(before.toordinal()) if before else 0,
        settled=settled,
        execution=monitor_1,
        attainment=monitor_2,
        light=worst((monitor_1.light, monitor_2.light)),
        quadrant=quadrant(monitor_1.light, monitor_2.light),
        money_ahead_bp=money_ahead(monitor_1, monitor_2),
        findings=tuple(
            finding.fact(settled_position=settled_position) for finding in found[:FINDINGS_MAX]
        ),
        findings_total=len(found),
        earned_value=earned_value(now, monitor_1, monitor_2),
        extended=extended(year, day),
        standing=project_standing(now, reprojected=reprojected),
    )


def named(year: ProjectYear, known: Known | None, day: int) -> dict[str, str | None]:
    """Return what the project is called at a date, whose it is, and what it is for."""
    goal = goal_at(year, day)
    if known is None:
        return {"project_name": None, "lead_unit": None, "department": None, "goal": goal}
    return {
        "project_name": known.name,
        "lead_unit": known.lead_unit,
        "department": known.department,
        "goal": goal or known.goal,
    }


def foreseen(money: Execution, outlook: Forecast | None) -> Execution:
    """Put a forecast to the figures that it was made from."""
    return money if outlook is None else money.model_copy(update={"forecast": outlook})


def money_ahead(money: Execution, results: Attainment) -> int | None:
    """Return how far spending is ahead of results: the difference of the two published rates.

    Not available without an indicator of what money buys directly (domain-rules 15).
    """
    rate, attained = money.money.execution_rate_bp, results.attainment_rate_bp
    if rate is None or attained is None or results.effect_rate_bp is None:
        return None
    return rate - attained


def goal_at(year: ProjectYear, as_of: int) -> str:
    """Return the year's overall target in words at a date; empty if none was stated."""
    found = ""
    for goal in year.goals:
        if goal.day <= as_of:
            found = goal.text
    return found


def quadrant(execution_light: Light | None, attainment_light: Light | None) -> Quadrant | None:
    """Set the two monitors against each other; null unless both are judged (Art. 2)."""
    if execution_light is None or attainment_light is None:
        return None
    money_behind = execution_light in BEHIND
    results_behind = attainment_light in BEHIND
    if money_behind:
        return Quadrant.BOTH_BEHIND if results_behind else Quadrant.MONEY_BEHIND
    return Quadrant.RESULTS_BEHIND if results_behind else Quadrant.ON_TRACK
