"""A project's year month by month: what was to be spent, what was disbursed and spent."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from contracts.record import format_cut
from contracts.vocabulary import fen_to_wire
from services.analysis.api.asking import AskedProject, asked_project
from services.analysis.api.rows import measure
from services.analysis.domain.calendar import MONTHS, fiscal_calendar
from services.analysis.store.reading import Reader
from services.chassis.mongo import Progress


def add_routes(router: APIRouter, reader: Reader, progress: Progress) -> None:
    """Add the routes."""
    ask = asked_project(reader, progress)

    @router.get("/projects/{project}/months")
    async def months(asked: Annotated[AskedProject, Depends(ask)]) -> dict[str, Any]:
        """Tell the figures at each month's end, cumulative from the year's first day.

        Actual figures stop at the day (its month counts up to it); what is expected of later
        months follows from the facts dated by the day, and may change with new ones.
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
    ends = [dt.date.fromordinal(start - 1) for start in calendar.starts[1:]] + [calendar.last]
    for month in range(MONTHS):
        end = ends[month]
        begun = dt.date.fromordinal(calendar.starts[month]) <= day
        at_end = measure(found, jurisdiction, year, end, position).execution
        upto = measure(found, jurisdiction, year, min(end, day), position).execution
        yield {
            "month": month + 1,
            "end": end.isoformat(),
            "complete": end <= day,
            "expected_spent": _wire(at_end.expected_spent),
            "adjusted_budget": fen_to_wire(upto.money.adjusted_budget) if begun else None,
            "disbursed": fen_to_wire(upto.money.disbursed) if begun else None,
            "spent": fen_to_wire(upto.money.spent) if begun else None,
        }


def _wire(fen: int | None) -> str | None:
    return None if fen is None else fen_to_wire(fen)
