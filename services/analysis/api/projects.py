"""Lists of projects as of a date: chosen, ordered, page by page or as a file."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from contracts.envelope import SUBJECT_LENGTH_MAX
from contracts.record import format_cut
from contracts.vocabulary import NAME_LENGTH_MAX
from services.analysis.api import export
from services.analysis.api.answers import written
from services.analysis.api.asking import Ask, AskedWhole, AsKnownAt, asked_whole
from services.analysis.api.filters import Filtered, SortBy, ordered
from services.analysis.api.listing import FILE_PAGE, Listing
from services.analysis.api.ordering import Chosen, Order, TokenError
from services.analysis.api.problems import foreign_token
from services.analysis.api.rows import FIELDS, Row, chosen_fields, shown, sparse
from services.analysis.api.tables import Tables
from services.analysis.api.trees import settled
from services.analysis.store.rowstate import RowState
from services.analysis.store.tables import TableReader
from services.chassis.mongo import Progress

PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 500
FIELDS_LENGTH_MAX: Final = 2_000
TOKEN_LENGTH_MAX: Final = 8 * (SUBJECT_LENGTH_MAX + NAME_LENGTH_MAX)
"""An escaped character takes six, and base64 a third more."""

After = Annotated[str | None, Query(max_length=TOKEN_LENGTH_MAX, description="As `next` gave.")]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="Most rows of a page.")]
InOrder = Annotated[Order, Query(description="Which end comes first; null comes last.")]
Fields = Annotated[
    str | None,
    Query(
        max_length=FIELDS_LENGTH_MAX,
        description="Only these fields of each row, separated by commas.",
    ),
]
Format = Annotated[
    Literal["json", "csv"],
    Query(alias="format", description="`csv`: a file of all pages (RFC 4180, UTF-8)."),
]


def add_routes(router: APIRouter, reader: TableReader, progress: Progress, tables: Tables) -> None:
    """Add the routes."""
    ask = asked_whole(reader, progress)

    @router.get("/projects", response_model=None)
    async def projects(  # noqa: PLR0913 - one parameter for each of the query's
        find: Annotated[Ask, Depends(ask)],
        filters: Filtered,
        *,
        sort: SortBy = None,
        order: InOrder = Order.ASCENDING,
        after: After = None,
        limit: Limit = PAGE_DEFAULT,
        fields: Fields = None,
        file: Format = "json",
        as_known_at: AsKnownAt = None,
    ) -> Response:
        """List the projects registered by the day, or with facts of the year, page by page.

        One without facts of the year is listed too, with nothing to judge: coverage is seen.
        With any filter but `department`, or `sort`, `total` says how many there are on all pages.
        Filters by unit, account and function choose projects that have such a line; their figures
        are those of the whole project.
        """
        whole = await find(as_known_at=as_known_at)
        names = chosen_fields(fields)
        if filters.plain and sort is None and as_known_at is None:
            listing = Listing(reader, whole, filters.chosen.department)
            if file == "csv":
                return _file(whole, names, listing.pages())
            found = await listing.page(after, limit)
            return written({**_asked(whole), **found, "items": sparse(found["items"], names)})
        chosen = ordered(await settled(reader, whole, filters), sort, order)
        table = await tables.asked(whole, whole.known_at)
        matching = [row for row in table.seen_by(whole.asking) if chosen.matches(row)]
        if file == "csv":
            rows, _ = chosen.page(matching, None, len(matching))
            return _file(whole, names, _pages(rows), format_cut(table.cut))
        items, following = _page(chosen, matching, after, limit)
        answer = {
            **_asked(whole),
            "position": format_cut(table.cut),
            "exact": table.exact,
            "items": sparse([shown(row) for row in items], names),
            "next": following,
            "total": len(matching),
        }
        return written(answer)


def _page(
    chosen: Chosen, matching: list[RowState], after: str | None, limit: int
) -> tuple[list[RowState], str | None]:
    try:
        return chosen.page(matching, after, limit)
    except TokenError as error:
        raise foreign_token() from error


def _asked(whole: AskedWhole) -> dict[str, Any]:
    return {"fiscal_year": whole.year, "as_of": whole.day.isoformat()}


async def _pages(rows: Sequence[RowState]) -> AsyncIterator[list[Row]]:
    for first in range(0, len(rows), FILE_PAGE):
        yield [shown(row) for row in rows[first : first + FILE_PAGE]]
        await asyncio.sleep(0)


def _file(
    whole: AskedWhole,
    names: Sequence[str] | None,
    pages: AsyncIterator[list[Row]],
    position: str | None = None,
) -> Response:
    name = f"projects-{whole.year}-{whole.day.isoformat()}"
    # Read page by page from the store there is no one position; each row names its own.
    headers = {} if position is None else {"Dualwatch-Position": position}
    return export.answer(name, names or FIELDS, pages, headers)
