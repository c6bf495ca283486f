"""The days that a jurisdiction opened: figures can be asked for as of each of them."""

import datetime as dt
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from services.analysis.api.asking import (
    AsOf,
    AtLeast,
    JurisdictionCode,
    Year,
    known_jurisdiction,
    today_of,
    waited,
)
from services.analysis.domain.calendar import fiscal_calendar
from services.analysis.store.reading import Reader
from services.chassis.cuts import Wait
from services.chassis.identity import Caller
from services.chassis.mongo import Progress

DAYS_MAX: Final = 400
"""Most days of one answer, the latest: more than a year's."""

Limit = Annotated[int, Query(ge=1, le=DAYS_MAX, description="Most days, the latest.")]


def add_routes(router: APIRouter, reader: Reader, progress: Progress) -> None:
    """Add the route."""

    @router.get("/days")
    async def days(
        *,
        asking: Caller,
        jurisdiction: JurisdictionCode,
        fiscal_year: Year = None,
        as_of: AsOf = None,
        limit: Limit = DAYS_MAX,
        at_least: AtLeast = None,
        wait: Wait = 0,
    ) -> dict[str, Any]:
        """List the days of a fiscal year that every partition has opened, the earliest first.

        `left` says how many earlier ones the limit left out.
        """
        await waited(progress, at_least, wait)
        known, _, year = await known_jurisdiction(reader, asking, jurisdiction, as_of, fiscal_year)
        copies = (await reader.jurisdictions(jurisdiction))[jurisdiction]
        today, calendar = today_of(copies), fiscal_calendar(year, known.start_month)
        first, last = calendar.first.toordinal(), calendar.last.toordinal()
        reached = min(last, today.toordinal()) if today is not None else first - 1
        found = [one.day for one in known.openings if first <= one.day <= reached]
        return {
            "jurisdiction": jurisdiction,
            "fiscal_year": year,
            "today": None if today is None else today.isoformat(),
            "items": [iso(day) for day in found[-limit:]],
            "left": max(0, len(found) - limit),
        }


def iso(day: int) -> str:
    """Write a proleptic ordinal as an ISO date."""
    return dt.date.fromordinal(day).isoformat()
