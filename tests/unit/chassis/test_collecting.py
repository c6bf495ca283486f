"""What is left in cycles goes at intervals, however little there is to do."""

import asyncio
import gc
import weakref

import pytest

from services.chassis import runner
from services.chassis.runner import ALL, COLLECT_ALL_EVERY, YOUNG, generation_of
from tests.support.eventually import eventually_async


class Cycle:
    """Something that only the collector lets go."""

    def __init__(self) -> None:
        """Refer to itself."""
        self.self = self


def test_one_look_of_many_is_at_everything() -> None:
    """The first is not: a process that begins has nothing old."""
    looks = [generation_of(look) for look in range(1, 2 * COLLECT_ALL_EVERY + 1)]

    assert looks == 2 * [*[YOUNG] * (COLLECT_ALL_EVERY - 1), ALL]


async def test_cycles_go_though_no_threshold_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that is asked for little."""
    monkeypatch.setattr(runner, "COLLECT_SECONDS", 0.001)
    before = gc.get_threshold()
    gc.set_threshold(*runner.GC_THRESHOLDS)
    left = weakref.ref(Cycle())
    collector = asyncio.create_task(runner._collect())
    try:
        await eventually_async(lambda: left() is None)
    finally:
        collector.cancel()
        gc.set_threshold(*before)
