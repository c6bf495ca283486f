"""A project's year month by month: what was to be spent, what was disbursed and spent."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter

from contracts.record import format_cut
from contracts.vocabulary import fen_to_wire
from services.analysis.api.asking import (
    AsOf,
    AtLeast,
    Year,
    asked_day,
    asked_year,
    known_project,
)
from services.analysis.api.rows import measure
from services.analysis.domain import Jurisdiction
from services.analysis.domain.calendar import MONTHS, fiscal_calendar
from services.analysis.store.reading import Found, Reader
from services.chassis.cuts import Wait, wait_until_reached
from services.chassis.mongo import Progress
from services.chassis.segments import Segment


def add_routes(router: APIRouter, reader: Reader, progress: Progress) -> None:
    """Add the routes."""

    @router.get("/projects/{project}/months")
    async def months(
        *,
        project: Segment,
        fiscal_year: Year = None,
        as_of: AsOf = None,
        at_least: AtLeast = None,
        wait: Wait = 0,
    ) -> dict[str, Any]:
        """Tell the figures at each month's end, cumulative from the year's first day.

        Actual figures stop at the day (its month counts up to it); what is expected of later
        months follows from the facts dated by the day, and may change with new ones.
        """
        await wait_until_reached(progress, at_least, wait)
        found, jurisdiction, cut = await known_project(reader, project)
        day = asked_day(as_of, jurisdiction.today)
        year = asked_year(jurisdiction, fiscal_year, day)
        items = []
        for month in _months(found, jurisdiction, year, day, cut[found.partition]):
            items.append(month)
            await asyncio.sleep(0)
        return {
            "project_id": project,
            "fiscal_year": year,
            "as_of": day.isoformat(),
            "cut": format_cut(cut),
            "items": items,
        }


def _months(
    found: Found, jurisdiction: Jurisdiction, fiscal_year: int, day: dt.date, position: int
) -> Iterator[dict[str, Any]]:
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
