"""How far analysis is, and which jurisdictions it knows."""

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from fastapi import APIRouter

from contracts.record import format_cut, parse_cut, reached
from services.analysis.api.asking import AtLeast, today_of
from services.analysis.api.problems import invalid_cut
from services.analysis.domain import Jurisdiction
from services.analysis.domain.measures import parameters_at
from services.analysis.domain.standing import silent_days
from services.analysis.store.reading import Position, Reader
from services.chassis import clock
from services.chassis.cuts import Wait
from services.chassis.identity import Caller
from services.chassis.problems import Problem, ProblemError

POLL_SECONDS: Final = 0.02

DaysOf = Callable[[Jurisdiction], Mapping[str, int]]
"""Publisher → ordinal of a day, as one partition knows it."""
HEARD: Final[DaysOf] = attrgetter("publishers")
VOUCHERS: Final[DaysOf] = attrgetter("vouchers")


def add_routes(router: APIRouter, reader: Reader) -> None:
    """Add the routes."""

    @router.get("/position")
    async def position(at_least: AtLeast = None, wait: Wait = 0) -> dict[str, Any]:
        """Tell how far we are; with `at_least`, once all up to there is folded *and* assessed."""
        wanted = None if at_least is None else _cut(at_least)
        deadline = clock.monotonic() + wait
        while True:
            found = await _position(reader, wanted)
            if wanted is None or _is_there(found, wanted):
                return _document(found)
            if clock.monotonic() >= deadline:
                raise _not_reached(found)
            await asyncio.sleep(POLL_SECONDS)

    @router.get("/jurisdictions")
    async def jurisdictions(asking: Caller) -> dict[str, Any]:
        """List one's jurisdictions with their fiscal year, time zone, currency and today.

        `publishers` names, by source, the last opened day on which its facts arrived, and
        `publishers_silent` how many opened days have ended since; from `silent_publisher_days` of
        them on (null: never) its projects are frozen (domain-rules 17f). `voucher_dates` is the
        latest day that a payment it stated is dated (24). Who is bound to organisations is not told
        of publishers. `forgotten` says, by kind, how many facts went or were not taken in, since
        more are stated than can be kept.
        """
        items = []
        for code, copies in (await reader.jurisdictions()).items():
            if not asking.may_enter(code):
                continue
            known, today = copies[0], today_of(copies)
            items.append(
                {
                    "jurisdiction": code,
                    "name": known.name,
                    "fiscal_year_start": f"{known.start_month:02d}-01",
                    "time_zone": known.time_zone,
                    "currency": known.currency,
                    "today": today.isoformat() if today else None,
                    "forgotten": dict(sorted(known.forgotten.items())),
                    **_publishers(copies, today, told=not asking.narrow),
                }
            )
        return {"items": items, "next": None}


def _publishers(
    copies: Sequence[Jurisdiction], today: dt.date | None, *, told: bool
) -> dict[str, Any]:
    """Tell when each was heard of last, how long ago that is, and how long is too long."""
    known, day = copies[0], today.toordinal() if today else 0
    heard, vouchers = (_latest(copies, HEARD), _latest(copies, VOUCHERS)) if told else ({}, {})
    return {
        "publishers": _dates(heard),
        "publishers_silent": {
            source: silent_days(known, last, day) for source, last in heard.items()
        },
        "silent_publisher_days": parameters_at(known, day).silent_publisher_days,
        "voucher_dates": _dates(vouchers),
    }


def _dates(days: Mapping[str, int]) -> dict[str, str]:
    return {source: dt.date.fromordinal(day).isoformat() for source, day in days.items()}


def _latest(copies: Sequence[Jurisdiction], days: DaysOf) -> dict[str, int]:
    """Tell the latest day of each publisher: every partition knows of its own projects."""
    last: dict[str, int] = {}
    for copy in copies:
        for source, day in days(copy).items():
            last[source] = max(day, last.get(source, day))
    return dict(sorted(last.items()))


async def _position(reader: Reader, wanted: list[int] | None) -> Position:
    if wanted is not None and len(wanted) != reader.partitions:
        msg = f"the cut names {len(wanted)} partitions, this deployment has {reader.partitions}"
        raise _invalid(msg)
    return await reader.position(wanted)


def _cut(text: str) -> list[int]:
    try:
        return parse_cut(text)
    except ValueError as error:
        raise _invalid(str(error)) from error


def _is_there(found: Position, wanted: list[int]) -> bool:
    return found.due == 0 and reached(found.ledger, wanted)


def _document(found: Position) -> dict[str, Any]:
    return {
        "ledger": format_cut(found.ledger),
        "assessments": format_cut(found.assessments),
        "due": found.due,
    }


def _invalid(detail: str) -> ProblemError:
    return invalid_cut("/at_least", detail)


def _not_reached(found: Position) -> ProblemError:
    document = _document(found)
    return ProblemError(
        Problem(
            409,
            "not_reached",
            "Not there yet",
            f"Folded up to {document['ledger']}, {found.due} not assessed yet.",
            hint="Ask again, with a longer wait.",
            extra=document,
            title_zh="尚未到达",
            detail_zh=f"已归集至 {document['ledger']},尚有 {found.due} 项待评估。",
            hint_zh="请稍后再问,或延长等待时间。",
        )
    )
