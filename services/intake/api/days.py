"""Opening days of a jurisdiction with a manual clock."""

import datetime as dt
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.vocabulary import CODE_LENGTH_MAX, BusinessDate, Clock
from services.chassis.identity import Caller
from services.chassis.problems import Problem, ProblemError, not_found
from services.intake.api import bodies
from services.intake.api.answers import answer, receipt_of
from services.intake.domain.days import DAYS_MAX, days_to_open, working_day
from services.intake.domain.jurisdictions import DAY, Jurisdiction
from services.intake.domain.verdicts import Verdict
from services.intake.store.days import Days
from services.intake.store.reading import Reader
from services.intake.store.settling import Settling

SETTLE_SECONDS_DEFAULT: Final = 30.0
"""How long opening days waits for all partitions, unless `Prefer: wait=N` says otherwise."""


class OpenDay(BaseModel):
    """Which day to open."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    jurisdiction: Annotated[str, Field(min_length=1, max_length=CODE_LENGTH_MAX)]
    """Code of the jurisdiction."""
    date: BusinessDate
    """The day, in the jurisdiction's time zone."""
    jump: Annotated[bool, Field(strict=True)] = False
    """Open this day alone; otherwise the days missed since the last one are opened before it."""


def calendar_router(reader: Reader) -> APIRouter:
    """Make the route that everybody may ask who has a key."""
    routes = APIRouter(tags=["days"])

    @routes.get("/v1/days")
    async def calendar(
        asking: Caller,
        jurisdiction: Annotated[str, Query(min_length=1, max_length=CODE_LENGTH_MAX)],
        until: BusinessDate | None = None,
        jump: Annotated[bool, Query(description="As if `until` alone were opened.")] = False,  # noqa: FBT002 - a query parameter
    ) -> Response:
        """Show the last opened day, the calendars in force, and what opening `until` would open.

        Without `until` the day after the last one. Nothing is opened.
        """
        known = None
        if asking.may_enter(jurisdiction):
            known = await reader.jurisdiction(jurisdiction)
        if known is None:
            what, what_zh = f"Nobody has registered {jurisdiction}.", f"{jurisdiction} 未登记。"
            raise not_found(code="unknown_jurisdiction", what=what, what_zh=what_zh)
        return answer(_calendar(known, until, jump=jump))

    return routes


def _calendar(known: Jurisdiction, until: dt.date | None, *, jump: bool) -> dict[str, Any]:
    wanted = until or (known.today + DAY if known.today else None)
    dates: list[dt.date] = []
    if wanted is not None and (known.today is None or wanted > known.today):
        dates = days_to_open(known.today, wanted, jump=jump)
    return {
        "jurisdiction": known.code,
        "clock": known.clock,
        "time_zone": known.time_zone,
        "today": known.today,
        "working_day": known.working_day,
        "calendars": known.calendars,
        "opens_total": len(dates),
        "opens": [
            {"date": date, "working_day": working_day(date, known.calendars)}
            for date in dates[:DAYS_MAX]
        ],
    }


def router(reader: Reader, settling: Settling, days: Days) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(tags=["days"])

    @routes.post("/v1/days")
    async def open_days(wanted: OpenDay, request: Request, asking: Caller) -> Response:
        """Open a day, and the missed ones before it; opening it again changes nothing."""
        known = None
        if asking.may_enter(wanted.jurisdiction) and not asking.narrow:
            known = await reader.jurisdiction(wanted.jurisdiction)
        jurisdiction = _manual(wanted, known)
        dates = days_to_open(jurisdiction.today, wanted.date, jump=wanted.jump)
        if len(dates) > DAYS_MAX:
            raise _too_many(len(dates))
        submitted = await days.submit(jurisdiction, dates, jump=wanted.jump)
        seconds = bodies.wait_seconds(request) or SETTLE_SECONDS_DEFAULT
        settled = await settling.wait(submitted, seconds)
        receipt = await receipt_of(reader, submitted, settled, {})
        verdicts = [result.verdict for result in receipt.results]
        return answer(
            {
                "jurisdiction": wanted.jurisdiction,
                "opened": _dates(dates, verdicts, Verdict.ACCEPTED),
                "duplicate": _dates(dates, verdicts, Verdict.DUPLICATE),
                "results": receipt.results,
                "counts": receipt.counts,
                "position": receipt.position,
            },
            202 if receipt.counts.pending else 200,
        )

    return routes


def _manual(wanted: OpenDay, jurisdiction: Jurisdiction | None) -> Jurisdiction:
    if jurisdiction is None:
        raise ProblemError(
            Problem(
                422,
                "unknown_jurisdiction",
                "The jurisdiction is not registered",
                f"Nobody has registered {wanted.jurisdiction}.",
                pointer="/jurisdiction",
                hint="Publish dualwatch.jurisdiction.registered.v1 for it first.",
                extra=_zh("财政区划未登记"),
            )
        )
    if jurisdiction.clock is Clock.LIVE:
        raise ProblemError(
            Problem(
                409,
                "clock_is_live",
                "The jurisdiction's days open by themselves",
                f"{jurisdiction.code} has a live clock: intake opens its days at midnight.",
                pointer="/jurisdiction",
                hint="Only days of a jurisdiction with a manual clock are opened by hand.",
                extra=_zh("该财政区划使用实时时钟,由系统自动开日"),
            )
        )
    return jurisdiction


def _too_many(number: int) -> ProblemError:
    return ProblemError(
        Problem(
            422,
            "too_many_days",
            "Too many days were missed",
            f"{number} days would be opened, at most {DAYS_MAX} are at once.",
            pointer="/date",
            hint="Open them in several steps, or the one day alone with jump.",
            extra=_zh("一次开日天数过多"),
        )
    )


def _zh(title: str) -> dict[str, Any]:
    return {"title_zh": title}


def _dates(dates: list[dt.date], verdicts: list[Verdict], wanted: Verdict) -> list[dt.date]:
    return [date for date, verdict in zip(dates, verdicts, strict=True) if verdict is wanted]
