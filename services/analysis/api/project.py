"""One project: where it stands, its years side by side, and its work beside the two monitors."""

import datetime as dt
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import TypeAdapter

from contracts.events.analysis import AssessmentMade
from contracts.record import format_cut
from services.analysis.api.answers import written
from services.analysis.api.asking import AskedProject, asked_project
from services.analysis.api.rows import measure, shown, state_of
from services.analysis.domain import ProjectHead, ProjectYear, fiscal_year_bounds
from services.analysis.domain.extended.items import items as extended_items
from services.analysis.domain.standing import successors_at
from services.analysis.store.tables import TableReader
from services.chassis.mongo import Progress

ASSESSMENT: Final = TypeAdapter(AssessmentMade)


def add_routes(router: APIRouter, reader: TableReader, progress: Progress) -> None:
    """Add the routes."""
    ask = asked_project(reader, progress)

    @router.get("/projects/{project}", response_model=None)
    async def project_row(asked: Annotated[AskedProject, Depends(ask)]) -> Response:
        """Tell where one project stands: its row, its successors, and the whole assessment."""
        year = asked.found.project.year(asked.year)
        data = measure(asked.found, asked.jurisdiction, year, asked.day, asked.position)
        assessment = msgspec.Raw(ASSESSMENT.dump_json(data))
        row = shown(state_of(asked.found, data, asked.day))
        successors = successors_at(asked.found.project.head, asked.day.toordinal())
        cut = format_cut(asked.cut)
        known = {"cut": cut, "successors": successors, "left_out": _left_out(asked)}
        return written({**row, **known, "assessment": assessment})

    @router.get("/projects/{project}/years")
    async def years(asked: Annotated[AskedProject, Depends(ask)]) -> dict[str, Any]:
        """Give a row for each fiscal year with facts, the latest first: prior years beside this.

        Each stands at its own last day, or at the day asked for if that is earlier.
        """
        items = []
        for fiscal_year in sorted(asked.found.project.years, reverse=True):
            first, last = fiscal_year_bounds(asked.jurisdiction, fiscal_year)
            if first > asked.day and fiscal_year != asked.year:
                continue
            items.append(_year(asked, fiscal_year, min(last, asked.day)))
        return {**head_of(asked), "items": items}

    @router.get("/projects/{project}/extended")
    async def extended(asked: Annotated[AskedProject, Depends(ask)]) -> dict[str, Any]:
        """List milestones, checks, problems, plan changes, assets and measures (Art. 7, 8, 10)."""
        year = asked.found.project.year(asked.year)
        data = measure(asked.found, asked.jurisdiction, year, asked.day, asked.position)
        listed = extended_items(year.state, asked.day.toordinal())
        return {
            **head_of(asked),
            "counts": data.extended.model_dump(mode="json"),
            **msgspec.to_builtins(listed),
        }


def head_of(asked: AskedProject) -> dict[str, Any]:
    """Say what an answer about a project is about, and where it stands."""
    return {
        "project_id": asked.found.project.head.project,
        "fiscal_year": asked.year,
        "as_of": asked.day.isoformat(),
        "position": asked.position,
        "cut": format_cut(asked.cut),
        "incomplete": asked.found.project.incomplete,
        "left_out": _left_out(asked),
    }


def _left_out(asked: AskedProject) -> dict[str, int] | None:
    """Say from which entry on entries are left out of a year, and how many; None: none are.

    `of_project`: how many of them are true of all years; the year itself is full otherwise.
    """
    project = asked.found.project
    year, head = project.years.get(asked.year), project.head
    known: list[ProjectHead | ProjectYear] = [head]
    if year is not None:
        known.append(year.state)
    full = [state for state in known if state.left_out]
    if not full:
        return None
    return {
        "from_sequence": min(state.left_out_from for state in full),
        "entries": sum(state.left_out for state in full),
        "of_project": head.left_out,
    }


def _year(asked: AskedProject, fiscal_year: int, day: dt.date) -> dict[str, Any]:
    year = asked.found.project.year(fiscal_year)
    data = measure(asked.found, asked.jurisdiction, year, day, asked.position)
    return shown(state_of(asked.found, data, day))
