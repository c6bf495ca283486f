"""A project's year month by month: what was to be spent, what was disbursed and spent."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from contracts.events.analysis import AssessmentMade
from contracts.record import format_cut
from contracts.vocabulary import fen_to_wire
from services.analysis.api.asking import AskedProject, asked_project
from services.analysis.api.rows import measure, wire
from services.analysis.domain.calendar import MONTHS, fiscal_calendar
from services.analysis.domain.execution.standard import expected_spending
from services.analysis.domain.snapshot import snapshot
from services.analysis.store.reading import Reader
from services.chassis.mongo import Progress


def add_routes(router: APIRouter, reader: Reader, progress: Progress) -> None:
    """Add the routes."""
    ask = asked_project(reader, progress)

    @router.get("/projects/{project}/months")
    async def months(asked: Annotated[AskedProject, Depends(ask)]) -> dict[str, Any]:
        """Tell the figures at each month's end, cumulative from the year's first day.

        Actual figures stop at the day (its month counts up to it); what is expected of later
        months follows from the facts dated by the day, and may change with new ones, as does
        `planned_spent`, which says it of every month. The forecast stands at the year's end.
        """
        items = []
        for month in _months(asked):
            items.append(month)
            await asyncio.sleep(0)
        return {
            "project_id": asked.found.project.head.project,
            "fiscal_year": asked.year,
            "as_of": asked.day.isoformat(),
            "cut": format_cut(asked.cut),
            "items": items,
        }


def _months(asked: AskedProject) -> Iterator[dict[str, Any]]:
    found, jurisdiction, _, day, fiscal_year = asked
    position = asked.position
    calendar = fiscal_calendar(fiscal_year, jurisdiction.start_month)
    year = found.project.year(fiscal_year)
    now = snapshot(jurisdiction, found.project.head, year.state, day)
    outlook = measure(found, jurisdiction, year, day, position).execution.forecast
    for month, end in enumerate(map(dt.date.fromordinal, calendar.ends)):
        begun = dt.date.fromordinal(calendar.starts[month]) <= day
        upto = measure(found, jurisdiction, year, min(end, day), position) if begun else None
        ahead = expected_spending(now, end.toordinal())
        planned = ahead.fen if ahead is not None else None
        last = month == MONTHS - 1 and outlook is not None
        yield {
            "month": month + 1,
            "end": end.isoformat(),
            "complete": end <= day,
            # Of a month that has ended: as it was expected then.
            "expected_spent": wire(
                upto.execution.expected_spent if upto is not None and end <= day else planned
            ),
            "planned_spent": wire(planned),
            **_actual(upto),
            "forecast": wire(outlook.point) if last and outlook else None,
            "forecast_low": wire(outlook.low) if last and outlook else None,
            "forecast_high": wire(outlook.high) if last and outlook else None,
        }


def _actual(data: AssessmentMade | None) -> dict[str, Any]:
    """Write what was reached by a month's end, or by the day within it; null after the day."""
    if data is None:
        names = ("adjusted_budget", "disbursed", "spent", "execution_rate_bp")
        return dict.fromkeys((*names, "attainment_rate_bp", "light"))
    money = data.execution.money
    return {
        "adjusted_budget": fen_to_wire(money.adjusted_budget),
        "disbursed": fen_to_wire(money.disbursed),
        "spent": fen_to_wire(money.spent),
        "execution_rate_bp": money.execution_rate_bp,
        "attainment_rate_bp": data.attainment.attainment_rate_bp,
        "light": data.light,
    }
