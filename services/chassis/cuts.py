"""Waiting, within a bound, until a projection has reached a cut."""

import asyncio
from typing import Annotated, Final

from fastapi import Query

from contracts.record import format_cut, parse_cut, reached
from services.chassis import clock
from services.chassis.mongo import Progress
from services.chassis.problems import Problem, ProblemError

WAIT_SECONDS_MAX: Final = 60.0
POLL_SECONDS: Final = 0.02

Wait = Annotated[
    float, Query(ge=0, le=WAIT_SECONDS_MAX, description="Most seconds to wait for it.")
]
"""Seconds to wait for the cut."""


async def wait_until_reached(progress: Progress, at_least: str | None, wait_seconds: float) -> str:
    """Return the cut reached, once it is at least the one asked for.

    Problems: 422 for a cut that is none, 409 `not_reached` after the wait.
    """
    positions = await progress.positions(progress.partitions)
    if at_least is None:
        return format_cut(positions)
    deadline = clock.monotonic() + wait_seconds
    while not _reached(positions, at_least):
        if clock.monotonic() >= deadline:
            raise not_reached(at_least, format_cut(positions))
        await asyncio.sleep(POLL_SECONDS)
        positions = await progress.positions(progress.partitions)
    return format_cut(positions)


def not_reached(at_least: str, position: str) -> ProblemError:
    """Make the answer to a wait that ended too early."""
    return ProblemError(
        Problem(
            409,
            "not_reached",
            "Not there yet",
            f"Position {at_least} was asked for, {position} is reached.",
            hint="Ask again, with a longer wait.",
            extra={"position": position},
            title_zh="尚未到达",
            detail_zh=f"请求的位置为 {at_least},目前到达 {position}。",
            hint_zh="请稍后再问,或延长等待时间。",
        )
    )


def _reached(positions: list[int], at_least: str) -> bool:
    try:
        if not positions:
            # The topic is not known to exist yet: nothing is reached, whatever the cut.
            parse_cut(at_least)
            return False
        return reached(positions, parse_cut(at_least))
    except ValueError as error:
        raise ProblemError(
            Problem(
                422,
                "invalid_cut",
                "Not a cut",
                str(error),
                pointer="/at_least",
                hint="A cut is what an earlier answer said, such as 12-40-7-0.",
                title_zh="不是有效的账本位置",
                detail_zh=f"不是有效的账本位置:{at_least}",
                hint_zh="账本位置取自先前的应答,形如 12-40-7-0。",
            )
        ) from error
