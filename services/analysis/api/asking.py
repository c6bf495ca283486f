"""What the routes' questions have in common: parameters, defaults, what is unknown."""

import datetime as dt
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Query

from contracts.envelope import SUBJECT_LENGTH_MAX
from contracts.record import parse_cut
from contracts.vocabulary import FISCAL_YEAR_MAX, FISCAL_YEAR_MIN, ID_LENGTH_MAX, BusinessDate
from services.analysis.api.known import copies_then, copy_then, known_cut, then
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
    Query(
        description="Count what is dated by this day; if left out, the last opened day, of what "
        "was known at a cut the last one opened by then."
    ),
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


def asked_day(as_of: dt.date | None, today: dt.date | None, *, then: bool = False) -> dt.date:
    """Return the day to answer for; `then`: `today` is that of a cut."""
    day = as_of or today
    if day is None:
        raise no_day_opened(then=then)
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
    cuts: Sequence[list[int]] = (),
) -> tuple[Jurisdiction, dt.date, int]:
    """Return a jurisdiction, the day and the year to answer for; 404 if there is none.

    None for the caller: what is out of scope is answered like what does not exist. Of what was
    known at cuts the day is the last that was opened by one of them, so that the same question
    has the same answer for ever.
    """
    copies = (await reader.jurisdictions(code)).get(code)
    if not copies or not asking.may_enter(code):
        raise unknown_jurisdiction(code)
    today = today_of(copies)
    if cuts and as_of is None:
        days = [today_of(await copies_then(reader, code, cut)) for cut in cuts]
        today = max((day for day in days if day is not None), default=None)
    day = asked_day(as_of, today, then=bool(cuts))
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
    cuts: dict[str, list[int]] = field(default_factory=dict)
    """What was known then is asked for: cuts, by the parameters that name them."""

    @property
    def known_at(self) -> list[int] | None:
        """The cut at which what is asked for was known; None: now."""
        return self.cuts.get("as_known_at")

    @property
    def known_last(self) -> list[int] | None:
        """The last of the cuts that were named; None: none was, what is known now counts."""
        return next(reversed(self.cuts.values()), None)

    @property
    def code(self) -> str:
        """Its code."""
        return self.jurisdiction.jurisdiction


Ask = Callable[..., Coroutine[Any, Any, AskedWhole]]
"""Finds what was asked about: not before all that was asked is known to be in order.

Cuts and moments at which something was known are given by the parameters that name them.
"""


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
        async def find(**moments: str | None) -> AskedWhole:
            await waited(progress, at_least, wait)
            cuts = {
                name: await known_cut(reader, progress, text, name)
                for name, text in moments.items()
                if text is not None
            }
            known, day, year = await known_jurisdiction(
                reader, asking, jurisdiction, as_of, fiscal_year, list(cuts.values())
            )
            wanted = None if at_least is None else parse_cut(at_least)
            return AskedWhole(asking, known, day, year, wanted, cuts)

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
        known = found.jurisdiction
        if as_known_at is not None:
            cut = await known_cut(reader, progress, as_known_at)
            copy = await copy_then(reader, known.jurisdiction, found.partition, cut)
            if copy is None:
                raise unknown_project(project)
            known = copy
        day = asked_day(as_of, known.today, then=as_known_at is not None)
        year = asked_year(known, fiscal_year, day)
        if as_known_at is not None:
            found = await _then(reader, project, known.jurisdiction, year, cut)
        return AskedProject(found, known, cut, day, year)

    return ask


async def _then(
    reader: Reader, project: str, jurisdiction: str, year: int, cut: list[int]
) -> Found:
    """Return a project as it was known at a cut; 404 if nothing was."""
    page = await then(reader, Asked(jurisdiction, year, project=project), cut, None, 1)
    if not page.items:
        raise unknown_project(project)
    return page.items[0]
