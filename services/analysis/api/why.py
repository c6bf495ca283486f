"""Why a figure is what it is: the entries that make it, summing exactly to it."""

import asyncio
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query

from contracts.record import format_cut
from services.analysis.api.asking import AskedProject, asked_project
from services.analysis.domain import (
    FIGURES,
    Entry,
    Explanation,
    Jurisdiction,
    UnknownFigureError,
    explain,
)
from services.analysis.store.events import read_event
from services.analysis.store.reading import Reader
from services.analysis.store.states import KeptEntry
from services.chassis.mongo import Progress
from services.chassis.problems import Problem, ProblemError
from services.chassis.segments import Segment

ENTRIES_MAX: Final = 200_000
"""Most entries of one project that an answer is made from."""
PAGE_DEFAULT: Final = 1_000
PAGE_MAX: Final = 10_000

After = Annotated[int, Query(ge=0, le=ENTRIES_MAX, description="Entries to leave out: `next`.")]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]


def add_routes(router: APIRouter, reader: Reader, progress: Progress) -> None:
    """Add the routes."""
    ask = asked_project(reader, progress)

    @router.get("/projects/{project}/why/{figure}")
    async def why(
        asked: Annotated[AskedProject, Depends(ask)],
        figure: Segment,
        after: After = 0,
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """Give the entries that make a figure, by date; `sum` is over all of them."""
        found, jurisdiction, cut, day, year = asked
        project = found.project.head.project
        packed = await reader.entries(project, asked.position, ENTRIES_MAX)
        if packed is None:
            raise _too_many()
        # Thousands of entries take a while: other answers go out meanwhile.
        explanation = await asyncio.to_thread(_explain, jurisdiction, packed, year, figure, day)
        entries = explanation.entries
        more = after + limit < len(entries)
        return {
            "project_id": project,
            "fiscal_year": year,
            "as_of": day.isoformat(),
            "figure": explanation.figure,
            "value": explanation.value,
            "sum": explanation.sum,
            "entries": msgspec.to_builtins(entries[after : after + limit]),
            "entries_total": len(entries),
            "next": after + limit if more else None,
            "position": asked.position,
            "cut": format_cut(cut),
            "incomplete": found.project.incomplete,
        }


def _explain(
    jurisdiction: Jurisdiction,
    packed: Sequence[KeptEntry],
    fiscal_year: int,
    figure: str,
    day: dt.date,
) -> Explanation:
    try:
        return explain(jurisdiction, _entries(packed), fiscal_year, figure, day)
    except UnknownFigureError as error:
        raise ProblemError(
            Problem(
                404,
                "unknown_figure",
                "Not found",
                f"There is no figure {figure!r}.",
                pointer="/figure",
                hint=f"Figures are {', '.join(FIGURES)} and indicator:<id>.",
            )
        ) from error


def _entries(packed: Sequence[KeptEntry]) -> Iterator[Entry]:
    for entry in packed:
        event = read_event(entry.raw, entry.event_type)
        yield Entry(entry.sequence, entry.position, entry.recorded_ms, event)


def _too_many() -> ProblemError:
    return ProblemError(
        Problem(
            422,
            "too_many_entries",
            "Too many entries",
            f"The project has more than {ENTRIES_MAX} entries.",
            hint="Ask the ledger itself: intake's /v1/ledger/{project}.",
        )
    )
