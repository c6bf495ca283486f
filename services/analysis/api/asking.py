"""What the routes' questions have in common: parameters, defaults, what is unknown."""

import datetime as dt
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Query

from contracts.envelope import SUBJECT_LENGTH_MAX
from contracts.record import parse_cut
from contracts.vocabulary import FISCAL_YEAR_MAX, FISCAL_YEAR_MIN, ID_LENGTH_MAX, BusinessDate
from services.analysis.api.known import known_cut, then
from services.analysis.api.problems import (
    no_day_opened,
    no_such_fiscal_year,
    unknown_jurisdiction,
    unknown_project,
)
from services.analysis.api.rows import sees
from services.analysis.domain import Jurisdiction, current_fiscal_year
from services.analysis.store.reading import Asked, Found, Reader
from services.chassis.cuts import Wait, wait_until_reached
from services.chassis.identity import Caller, Principal
from services.chassis.mongo import Progress
from services.chassis.segments import Segment

CUT_LENGTH_MAX: Final = 4_000

AtLeast = Annotated[
    str | None,
    Query(max_length=CUT_LENGTH_MAX, description="Answer at this ledger position or later."),
]
AsOf = Annotated[
    BusinessDate | None,
    Query(description="Count what is dated by this day; the jurisdiction's today if left out."),
]
AsKnownAt = Annotated[
    str | None,
    Query(
        max_length=CUT_LENGTH_MAX,
        description="Answer with what was known then: a cut such as 12-40-7-0, or a moment "
        "(RFC 3339) by which entries were recorded. The answer names the cut.",
    ),
]
Year = Annotated[
    int | None,
    Query(
        ge=FISCAL_YEAR_MIN,
        le=FISCAL_YEAR_MAX,
        description="Named by the calendar year it begins in; the one of `as_of` if left out.",
    ),
]
JurisdictionCode = Annotated[
    str, Query(min_length=1, max_length=SUBJECT_LENGTH_MAX, description="Its code.")
]
Department = Annotated[
    str | None,
    Query(min_length=1, max_length=ID_LENGTH_MAX, description="As the registration names it."),
]


async def waited(progress: Progress, at_least: str | None, wait_seconds: float) -> None:
    """Wait until the ledger is folded as far as was asked, if it was."""
    if at_least is not None:
        await wait_until_reached(progress, at_least, wait_seconds)


def today_of(copies: Sequence[Jurisdiction]) -> dt.date | None:
    """Return the last day that every partition which knows the jurisdiction has opened."""
    days = [copy.today for copy in copies]
    return min((day for day in days if day is not None), default=None) if all(days) else None


def asked_day(as_of: dt.date | None, today: dt.date | None) -> dt.date:
    """Return the day to answer for."""
    day = as_of or today
    if day is None:
        raise no_day_opened()
    return day


def asked_year(jurisdiction: Jurisdiction, fiscal_year: int | None, day: dt.date) -> int:
    """Return the fiscal year to answer for."""
    year = current_fiscal_year(jurisdiction, day) if fiscal_year is None else fiscal_year
    if not FISCAL_YEAR_MIN <= year <= FISCAL_YEAR_MAX:
        raise no_such_fiscal_year(day, year)
    return year


async def known_jurisdiction(
    reader: Reader,
    asking: Principal,
    code: str,
    as_of: dt.date | None,
    fiscal_year: int | None,
) -> tuple[Jurisdiction, dt.date, int]:
    """Return a jurisdiction, the day and the year to answer for; 404 if there is none.

    None for the caller: what is out of scope is answered like what does not exist.
    """
    copies = (await reader.jurisdictions(code)).get(code)
    if not copies or not asking.may_enter(code):
        raise unknown_jurisdiction(code)
    day = asked_day(as_of, today_of(copies))
    return copies[0], day, asked_year(copies[0], fiscal_year, day)


@dataclass(frozen=True)
class AskedWhole:
    """A jurisdiction that was asked about, with the day and the year to answer for."""

    asking: Principal
    jurisdiction: Jurisdiction
    day: dt.date
    year: int
    at_least: list[int] | None
    """Ledger position to answer at, at least."""

    @property
    def code(self) -> str:
        """Its code."""
        return self.jurisdiction.jurisdiction


Ask = Callable[[], Coroutine[Any, Any, AskedWhole]]
"""Finds what was asked about: not before all that was asked is known to be in order."""


def asked_whole(reader: Reader, progress: Progress) -> Callable[..., Coroutine[Any, Any, Ask]]:
    """Make the dependency of the routes about a jurisdiction; 404 if there is none to see."""

    # A coroutine although nothing is awaited: a function would be run in a thread of its own.
    async def ask(
        *,
        asking: Caller,
        jurisdiction: JurisdictionCode,
        fiscal_year: Year = None,
        as_of: AsOf = None,
        at_least: AtLeast = None,
        wait: Wait = 0,
    ) -> Ask:
        async def find() -> AskedWhole:
            await waited(progress, at_least, wait)
            known, day, year = await known_jurisdiction(
                reader, asking, jurisdiction, as_of, fiscal_year
            )
            wanted = None if at_least is None else parse_cut(at_least)
            return AskedWhole(asking, known, day, year, wanted)

        return find

    return ask


class AskedProject(NamedTuple):
    """A project that was asked about, with the day and the year to answer for."""

    found: Found
    jurisdiction: Jurisdiction
    cut: list[int]
    """Ledger position that the answer is made at."""
    day: dt.date
    year: int

    @property
    def position(self) -> int:
        """Position on the project's own partition."""
        return self.cut[self.found.partition]


Asking = Callable[..., Coroutine[Any, Any, AskedProject]]


def asked_project(reader: Reader, progress: Progress) -> Asking:
    """Make the dependency of the routes about one project; 404 if there is none to see."""

    async def ask(
        *,
        asking: Caller,
        project: Segment,
        fiscal_year: Year = None,
        as_of: AsOf = None,
        as_known_at: AsKnownAt = None,
        at_least: AtLeast = None,
        wait: Wait = 0,
    ) -> AskedProject:
        await waited(progress, at_least, wait)
        found, cut = await reader.project(project)
        if found is None or found.jurisdiction is None or not sees(asking, found):
            raise unknown_project(project)
        day = asked_day(as_of, found.jurisdiction.today)
        year = asked_year(found.jurisdiction, fiscal_year, day)
        asked = AskedProject(found, found.jurisdiction, cut, day, year)
        if as_known_at is None:
            return asked
        return await _then(reader, asked, await known_cut(reader, progress, as_known_at))

    return ask


async def _then(reader: Reader, asked: AskedProject, cut: list[int]) -> AskedProject:
    """Ask about a project as it was known at a cut; 404 if nothing was."""
    name = asked.found.project.head.project
    wanted = Asked(asked.jurisdiction.jurisdiction, asked.year, project=name)
    page = await then(reader, wanted, cut, None, 1)
    if not page.items:
        raise unknown_project(name)
    found = page.items[0]
    known = found.jurisdiction or asked.jurisdiction
    return asked._replace(found=found, jurisdiction=known, cut=cut)
