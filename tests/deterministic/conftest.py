"""A database for scenes, and a clock that does what it is told."""

import itertools
import secrets
from collections.abc import AsyncIterator
from typing import Final

import pytest

from deploy.local.stack import Stack
from services.chassis import clock
from services.chassis import log as logs
from services.chassis.settings import LogSettings, MongoSettings
from tests.deterministic.scenes import Theatre
from tests.support.crashing import observed
from tests.support.stack import shared_stack
from tests.unit.intake.builders import NOW_MS

__all__ = ["shared_stack"]

SECONDS_PER_LOOK: Final = 1.0
"""Every look at the clock is so much later: whatever waits for its time has had it."""

# As a service does; structlog's default shows every local of every frame.
logs.configure("deterministic", LogSettings(level="error"))


@pytest.fixture
def steady_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Record everything at one moment, and let no interval matter: runs differ by crashes only."""
    ticks = itertools.count(1)
    monkeypatch.setattr(clock, "now_ms", lambda: NOW_MS)
    monkeypatch.setattr(clock, "monotonic", lambda: next(ticks) * SECONDS_PER_LOOK)


@pytest.fixture
async def theatre(shared_stack: Stack, steady_clock: None) -> AsyncIterator[Theatre]:  # noqa: ARG001
    """A database of the test's own."""
    settings = MongoSettings(url=shared_stack.endpoints().mongo)
    async with observed(settings, f"deterministic_{secrets.token_hex(4)}") as mongo:
        yield Theatre(settings, mongo.db.name, mongo)
