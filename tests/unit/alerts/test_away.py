"""Tasks outlive a database that is away for a while: a task that dies takes its service along."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from services.alerts.handlers import packs
from services.alerts.handlers.packs import PacksInForce
from services.chassis import statements
from services.chassis.statements import Statements
from tests.support.eventually import eventually_async

LOST = AutoReconnect("primary stepped down")


async def lives(run: Callable[[], Any], asked: list[int]) -> None:
    """Let a task run until it has asked a second time; it must not have ended."""
    task = asyncio.create_task(run())

    async def again() -> bool:
        if task.done():
            task.result()
        return len(asked) > 1

    try:
        await eventually_async(again)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_statements_wait_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is decided is published once it is back."""
    asked: list[int] = []

    class Lost:
        @property
        def db(self) -> dict[str, None]:
            return {statements.COLLECTION: None}

    async def flush(_: Statements) -> int:
        asked.append(1)
        raise LOST

    monkeypatch.setattr(statements, "EVERY_SECONDS", 0.01)
    monkeypatch.setattr(Statements, "flush", flush)
    await lives(Statements(Lost(), None, "publish.alerts").run, asked)  # type: ignore[arg-type]


async def test_packs_wait_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was known judges on until it is back."""
    asked: list[int] = []

    class Lost:
        async def told(self, _partition: int) -> None:
            asked.append(1)
            raise LOST

    monkeypatch.setattr(packs, "LOOK_SECONDS", 0.01)
    await lives(PacksInForce((), None, Lost()).follow, asked)  # type: ignore[arg-type]
