"""Whole assessments of a scope as of a date and at a cut: what forms are filled from."""

import asyncio
import datetime as dt
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from contracts.envelope import SUBJECT_LENGTH_MAX
from contracts.record import format_cut
from services.analysis.api.asking import (
    CUT_LENGTH_MAX,
    AsKnownAt,
    AsOf,
    AtLeast,
    Year,
    known_jurisdiction,
    waited,
)
from services.analysis.api.known import known_cut, then
from services.analysis.api.problems import unknown_project
from services.analysis.api.project import ASSESSMENT
from services.analysis.api.rows import measure, registered, sees
from services.analysis.api.trees import below, tree
from services.analysis.domain import Jurisdiction
from services.analysis.store.reading import Asked, Page
from services.analysis.store.tables import TableReader
from services.chassis.cuts import Wait
from services.chassis.identity import Caller, Principal
from services.chassis.mongo import Progress

PAGE_DEFAULT: Final = 50
PAGE_MAX: Final = 200
ROUNDS_MAX: Final = 20
"""Most pages of projects looked through for one page of those that count."""

Scope = Annotated[
    str,
    Query(
        min_length=1,
        max_length=SUBJECT_LENGTH_MAX,
        description="`<jurisdiction>`, `<jurisdiction>/<project>`, or "
        "`<jurisdiction>/<organisation>`: all projects led from within its subtree.",
    ),
]
At = Annotated[
    str | None,
    Query(max_length=CUT_LENGTH_MAX, description="The same as `as_known_at`, a cut alone."),
]


def add_routes(router: APIRouter, reader: TableReader, progress: Progress) -> None:
    """Add the route."""

    @router.get("/assessments")
    async def assessments(  # noqa: PLR0913 - one parameter for each of the query's
        *,
        asking: Caller,
        scope: Scope,
        fiscal_year: Year = None,
        as_of: AsOf = None,
        at: At = None,
        as_known_at: AsKnownAt = None,
        after: Annotated[
            str | None, Query(max_length=SUBJECT_LENGTH_MAX, description="As `next` gave.")
        ] = None,
        limit: Annotated[
            int, Query(ge=1, le=PAGE_MAX, description="Most of a page.")
        ] = PAGE_DEFAULT,
        at_least: AtLeast = None,
        wait: Wait = 0,
    ) -> dict[str, Any]:
        """Give whole assessments, by project id, page by page, all at one cut.

        The first page names the cut; ask for the others with `at` set to it, and all pages are
        of one moment, however long it takes and whatever comes meanwhile: without `as_of` as of
        the last day that had been opened by then.
        """
        await waited(progress, at_least, wait)
        code, _, name = scope.partition("/")
        moment, cuts = at or as_known_at, list[list[int]]()
        if moment is not None:
            cuts = [await known_cut(reader, progress, moment, "at" if at else "as_known_at")]
        known, day, year = await known_jurisdiction(reader, asking, code, as_of, fiscal_year, cuts)
        asked = Asked(code, year)
        if name:
            known_at = cuts[0] if cuts else None
            asked = await _narrowed(reader, asking, asked, scope, day, known_at)
        if cuts:
            (cut,) = cuts
        else:
            async with reader.moment() as present:
                cut = present.cut
        pages = Pages(reader, asking, known, asked, day, cut, now=moment is None)
        items, following = await pages.next(after, limit)
        return {
            "scope": scope,
            "fiscal_year": year,
            "as_of": day.isoformat(),
            "cut": format_cut(pages.cut),
            "items": items,
            "next": following,
        }


async def _narrowed(
    reader: TableReader,
    asking: Principal,
    asked: Asked,
    scope: str,
    day: dt.date,
    cut: list[int] | None,
) -> Asked:
    """Ask for one project, or for an organisation's subtree by the tree of the day.

    `cut`: the tree as it was known then; None: as it is known now.
    """
    found, _ = await reader.project(scope)
    if found is not None:
        if not sees(asking, found):
            raise unknown_project(scope)
        return replace(asked, project=scope)
    within = below(await tree(reader, asked.jurisdiction, day, cut), scope.partition("/")[2])
    if not within or (asking.narrow and not within & asking.within):
        raise unknown_project(scope)
    return replace(asked, within=within)


class Pages:
    """Assessments of what was asked for, page by page."""

    def __init__(
        self,
        reader: TableReader,
        asking: Principal,
        jurisdiction: Jurisdiction,
        asked: Asked,
        day: dt.date,
        cut: list[int],
        *,
        now: bool,
    ) -> None:
        """`now`: the first page may be read as it is stored, and tells the cut."""
        self.cut = cut
        self._now = now
        self._asking = asking
        self._reader = reader
        self._jurisdiction = jurisdiction
        self._asked = asked
        self._day = day

    async def next(self, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
        """Return the next assessments, and where the page after them begins."""
        items: list[dict[str, Any]] = []
        for _ in range(ROUNDS_MAX):
            page = await self._page(after, limit - len(items))
            seen = await self._seen(page)
            for found, state in zip(page.items, page.years, strict=True):
                if found.project.head.project not in seen:
                    continue
                if state is None and not registered(found, self._day):
                    continue
                year = state or found.project.year(self._asked.fiscal_year)
                known = found.jurisdiction or self._jurisdiction
                position = page.cut[found.partition]
                data = measure(found, known, year, self._day, position)
                items.append(
                    {
                        "project_id": found.project.head.project,
                        "position": position,
                        "incomplete": found.project.incomplete,
                        "assessment": ASSESSMENT.dump_python(data, mode="json"),
                    }
                )
                await asyncio.sleep(0)
            after = page.after
            if after is None or len(items) >= limit:
                break
        return items, after

    async def _page(self, after: str | None, limit: int) -> Page:
        if self._now:
            # What follows is of the same moment, so that the answer names one cut.
            self._now = False
            page = await self._reader.page(self._asked, after, limit)
            self.cut = page.cut
            return page
        return await then(self._reader, self._asked, self.cut, after, limit)

    async def _seen(self, page: Page) -> set[str]:
        """Name the projects that may be seen: by who leads them now, whatever they were then."""
        names = [found.project.head.project for found in page.items]
        if not self._asking.narrow:
            return set(names)
        leads = await self._reader.leads(names)
        return {name for name in names if name in leads and self._asking.sees(name, *leads[name])}
