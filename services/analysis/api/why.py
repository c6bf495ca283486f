"""Why a project's figure is what it is: the entries that make it, summing exactly to it."""

import asyncio
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query

from contracts.vocabulary import ID_LENGTH_MAX
from services.analysis.api.asking import AskedProject, asked_project
from services.analysis.api.entries import ENTRIES_MAX, read_entries
from services.analysis.api.problems import unknown_figure
from services.analysis.api.project import head_of
from services.analysis.domain import DERIVED, FIGURES, UnknownFigureError, explain
from services.analysis.store.reading import Reader
from services.chassis.mongo import Progress
from services.chassis.segments import Segment

PAGE_DEFAULT: Final = 1_000
PAGE_MAX: Final = 10_000

After = Annotated[int, Query(ge=0, le=ENTRIES_MAX, description="Entries to leave out: `next`.")]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="Most entries of a page.")]
Line = Annotated[
    str | None,
    Query(
        max_length=ID_LENGTH_MAX,
        description="The figure of this funding line alone; empty: of money that names none.",
    ),
]


def add_routes(router: APIRouter, reader: Reader, progress: Progress) -> None:
    """Add the routes."""
    ask = asked_project(reader, progress)

    @router.get("/projects/{project}/why/{figure}")
    async def why(
        asked: Annotated[AskedProject, Depends(ask)],
        figure: Segment,
        *,
        line: Line = None,
        after: After = 0,
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """Give the entries that make a figure, by date; `sum` is over all of them and the parts.

        Figures: every money figure and component, of the project or one line; `expected_spent`
        and `forecast` and `attainment_rate_bp` with the parts that make them; `indicator:<id>`
        with what took its results back; `finding:<kind>:<subject>`. An entry is
        `late` if it came after its day had ended.
        """
        project = asked.found.project.head.project
        entries = await read_entries(reader, project, asked.cut)
        try:
            explanation = await asyncio.to_thread(
                explain, asked.jurisdiction, entries.items, asked.year, figure, asked.day, line
            )
        except UnknownFigureError as error:
            raise unknown_figure(figure, (*FIGURES, *DERIVED)) from error
        found = explanation.entries
        more = after + limit < len(found)
        return {
            **head_of(asked),
            "line": line,
            "figure": explanation.figure,
            "value": explanation.value,
            "sum": explanation.sum,
            "entries": msgspec.to_builtins(found[after : after + limit]),
            "entries_total": len(found),
            "parts": msgspec.to_builtins(explanation.parts),
            "next": after + limit if more else None,
        }
