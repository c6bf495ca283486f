"""Where projects stand as of a date: measured from the stored state when it is asked."""

import asyncio
import datetime as dt
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import TypeAdapter

from contracts.envelope import SUBJECT_LENGTH_MAX
from contracts.events.analysis import AssessmentMade
from contracts.record import format_cut, parse_cut
from contracts.vocabulary import NAME_LENGTH_MAX, Light
from services.analysis.api.asking import (
    AskedProject,
    AsOf,
    AtLeast,
    Department,
    JurisdictionCode,
    Year,
    asked_project,
    known_jurisdiction,
)
from services.analysis.api.ordering import Chosen, Order, Sort, TokenError
from services.analysis.api.rows import measure, registered, row_of
from services.analysis.api.table import Tables
from services.analysis.domain import Jurisdiction
from services.analysis.store.reading import Asked, Reader
from services.chassis.cuts import Wait, wait_until_reached
from services.chassis.identity import Caller
from services.chassis.mongo import Progress
from services.chassis.problems import Problem, ProblemError

PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 500
ROUNDS_MAX: Final = 20
"""Most pages of projects looked through for one page of those that count."""
SEARCH_LENGTH_MAX: Final = 200
TOKEN_LENGTH_MAX: Final = 8 * (SUBJECT_LENGTH_MAX + NAME_LENGTH_MAX)
"""An escaped character takes six, and base64 a third more."""

After = Annotated[str | None, Query(max_length=TOKEN_LENGTH_MAX, description="As `next` gave.")]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]
ByLight = Annotated[
    Light | Literal["none"] | None, Query(description="`none`: nothing to judge yet.")
]
Search = Annotated[
    str | None, Query(max_length=SEARCH_LENGTH_MAX, description="Part of a name or id.")
]
SortBy = Annotated[Sort | None, Query(description="By id if left out.")]

_ASSESSMENT: Final = TypeAdapter(AssessmentMade)


def add_routes(router: APIRouter, reader: Reader, progress: Progress, tables: Tables) -> None:
    """Add the routes."""

    @router.get("/projects")
    async def projects(  # noqa: PLR0913 - one parameter for each of the query's
        *,
        asking: Caller,
        jurisdiction: JurisdictionCode,
        fiscal_year: Year = None,
        as_of: AsOf = None,
        department: Department = None,
        light: ByLight = None,
        search: Search = None,
        sort: SortBy = None,
        order: Order = Order.ASCENDING,
        after: After = None,
        limit: Limit = PAGE_DEFAULT,
        at_least: AtLeast = None,
        wait: Wait = 0,
    ) -> dict[str, Any]:
        """List the projects registered by the day, or with facts of the year, page by page.

        One without facts of the year is listed too, with nothing to judge: coverage is seen.
        With `light`, `search` or `sort`, `total` says how many there are on all pages.
        """
        position = await wait_until_reached(progress, at_least, wait)
        known, day, year = await known_jurisdiction(
            reader, asking, jurisdiction, as_of, fiscal_year
        )
        head = {"position": position, "fiscal_year": year, "as_of": day.isoformat()}
        if light is None and search is None and sort is None:
            within = asking.within if asking.narrow else None
            asked = Asked(known.jurisdiction, year, department, within)
            return head | await _listed(reader, known, day, asked, after, limit)
        chosen = Chosen(
            department, None if light is None else str(light), search, sort or Sort.PROJECT, order
        )
        wanted = None if at_least is None else parse_cut(at_least)
        table = await tables.table(known, year, day, wanted)
        matching = [row for row in table.seen_by(asking) if chosen.matches(row)]
        try:
            items, following = chosen.page(matching, after, limit)
        except TokenError as error:
            raise _foreign_token() from error
        head["position"] = format_cut(table.cut)
        return head | {"items": items, "next": following, "total": len(matching)}

    ask = asked_project(reader, progress)

    @router.get("/projects/{project}")
    async def project_row(asked: Annotated[AskedProject, Depends(ask)]) -> dict[str, Any]:
        """Tell where one project stands: its row, and the whole assessment."""
        found, jurisdiction, cut, day, fiscal_year = asked
        year = found.project.year(fiscal_year)
        data = measure(found, jurisdiction, year, day, asked.position)
        assessment = _ASSESSMENT.dump_python(data, mode="json")
        return {**row_of(found, data), "cut": format_cut(cut), "assessment": assessment}


async def _listed(
    reader: Reader,
    jurisdiction: Jurisdiction,
    day: dt.date,
    asked: Asked,
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """List by id, straight from the store, however many projects there are."""
    position = ""
    items: list[dict[str, Any]] = []
    for _ in range(ROUNDS_MAX):
        page = await reader.page(asked, after, limit - len(items))
        position = format_cut(page.cut)
        for found, state in zip(page.items, page.years, strict=True):
            if state is None and not registered(found, day):
                continue
            year = state or found.project.year(asked.fiscal_year)
            known = found.jurisdiction or jurisdiction
            data = measure(found, known, year, day, page.cut[found.partition])
            items.append(row_of(found, data))
        after = page.after
        if after is None or len(items) == limit:
            break
        await asyncio.sleep(0)
    return {"position": position, "items": items, "next": after}


def _foreign_token() -> ProblemError:
    return ProblemError(
        Problem(
            422,
            "invalid_parameter",
            "A parameter of the request is wrong",
            "query parameter after: is not a page token that this service gave for this order",
            pointer="/after",
            hint="Begin with the first page.",
        )
    )
