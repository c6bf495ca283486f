"""Where projects stand as of a date: measured from the stored state when it is asked."""

import asyncio
import datetime as dt
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import TypeAdapter

from contracts.envelope import SUBJECT_LENGTH_MAX
from contracts.events.analysis import AssessmentMade
from contracts.record import format_cut
from contracts.vocabulary import fen_to_wire
from services.analysis.api.asking import (
    AsOf,
    AtLeast,
    Department,
    JurisdictionCode,
    Year,
    asked_day,
    asked_year,
    known_project,
    today_of,
    unknown_jurisdiction,
)
from services.analysis.domain import Jurisdiction, assess
from services.analysis.store.reading import Found, Reader
from services.analysis.store.states import Year as YearState
from services.chassis.cuts import Wait, wait_until_reached
from services.chassis.mongo import Progress
from services.chassis.segments import Segment

PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 500
ROUNDS_MAX: Final = 20
"""Most pages of projects looked through for one page of those that count."""

After = Annotated[str | None, Query(max_length=SUBJECT_LENGTH_MAX, description="As `next` gave.")]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]

_ASSESSMENT: Final = TypeAdapter(AssessmentMade)


def add_routes(router: APIRouter, reader: Reader, progress: Progress) -> None:
    """Add the routes."""

    @router.get("/projects")
    async def projects(
        *,
        jurisdiction: JurisdictionCode,
        fiscal_year: Year = None,
        as_of: AsOf = None,
        department: Department = None,
        after: After = None,
        limit: Limit = PAGE_DEFAULT,
        at_least: AtLeast = None,
        wait: Wait = 0,
    ) -> dict[str, Any]:
        """List the projects registered by the day, or with facts of the year, page by page.

        One without facts of the year is listed too, with nothing to judge: coverage is seen.
        """
        position = await wait_until_reached(progress, at_least, wait)
        copies = (await reader.jurisdictions()).get(jurisdiction)
        if not copies:
            raise unknown_jurisdiction(jurisdiction)
        day = asked_day(as_of, today_of(copies))
        year = asked_year(copies[0], fiscal_year, day)
        items: list[dict[str, Any]] = []
        for _ in range(ROUNDS_MAX):
            page = await reader.page(jurisdiction, year, department, after, limit - len(items))
            position = format_cut(page.cut)
            for found, state in zip(page.items, page.years, strict=True):
                if state is None and not _registered(found, day):
                    continue
                asked = state or found.project.year(year)
                items.append(_row(found, found.jurisdiction or copies[0], asked, day, page.cut)[0])
            after = page.after
            if after is None or len(items) == limit:
                break
            await asyncio.sleep(0)
        return {
            "position": position,
            "fiscal_year": year,
            "as_of": day.isoformat(),
            "items": items,
            "next": after,
        }

    @router.get("/projects/{project}")
    async def project_row(
        *,
        project: Segment,
        fiscal_year: Year = None,
        as_of: AsOf = None,
        at_least: AtLeast = None,
        wait: Wait = 0,
    ) -> dict[str, Any]:
        """Tell where one project stands: its row, and the whole assessment."""
        await wait_until_reached(progress, at_least, wait)
        found, jurisdiction, cut = await known_project(reader, project)
        day = asked_day(as_of, jurisdiction.today)
        year = found.project.year(asked_year(jurisdiction, fiscal_year, day))
        row, data = _row(found, jurisdiction, year, day, cut)
        assessment = _ASSESSMENT.dump_python(data, mode="json")
        return {**row, "cut": format_cut(cut), "assessment": assessment}


def _registered(found: Found, day: dt.date) -> bool:
    return any(known.day <= day.toordinal() for known in found.project.head.registrations)


def _row(
    found: Found, jurisdiction: Jurisdiction, year: YearState, day: dt.date, cut: list[int]
) -> tuple[dict[str, Any], AssessmentMade]:
    head, position = found.project.head, cut[found.partition]
    data = assess(jurisdiction, head, year.state, day, settled=False, ledger_position=position)
    money, execution, attainment = data.execution.money, data.execution, data.attainment
    row = {
        "project_id": head.project,
        "project_name": data.project_name,
        "department": data.department,
        "lead_unit": data.lead_unit,
        "fiscal_year": data.fiscal_year,
        "as_of": day.isoformat(),
        "adjusted_budget": fen_to_wire(money.adjusted_budget),
        "original_budget": fen_to_wire(money.components.original),
        "disbursed": fen_to_wire(money.disbursed),
        "spent": fen_to_wire(money.spent),
        "execution_rate_bp": money.execution_rate_bp,
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
        "position": position,
    }
    return row, data
