"""A database for scenes, and a clock that does what it is told."""

from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.local.stack import Stack
from services.chassis import log as logs
from services.chassis.settings_observing import LogSettings
from tests.deterministic.scenes import Theatre, opened, steady
from tests.support.stack import shared_stack

__all__ = ["shared_stack"]

# As a service does; structlog's default shows every local of every frame.
logs.configure("deterministic", LogSettings(level="error"))


@pytest.fixture
def steady_clock() -> Iterator[None]:
    """Let runs differ by crashes only."""
    with steady():
        yield


@pytest.fixture
async def theatre(shared_stack: Stack, steady_clock: None) -> AsyncIterator[Theatre]:
    """A database of the test's own."""
    del steady_clock
    async with opened(shared_stack) as found:
        yield found
