"""Opening days of a jurisdiction with a manual clock."""

import datetime as dt
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.vocabulary import CODE_LENGTH_MAX, BusinessDate, Clock
from services.chassis.identity import Caller
from services.chassis.problems import Problem, ProblemError
from services.intake.api import bodies
from services.intake.api.answers import answer, receipt_of
from services.intake.domain.days import DAYS_MAX, days_to_open
from services.intake.domain.jurisdictions import Jurisdiction
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
