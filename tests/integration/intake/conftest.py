from collections.abc import AsyncIterator

import pytest

from deploy.local.stack import Stack
from tests.integration.intake.running import Intake, running
from tests.integration.intake.stages import Store
from tests.support.stack import shared_stack

__all__ = ["shared_stack"]


@pytest.fixture(scope="module")
async def store(shared_stack: Stack) -> AsyncIterator[Store]:
    """A database for the tests of one file that need no running intake."""
    made = Store(shared_stack)
    yield made
    await made.close()


@pytest.fixture(scope="module")
async def intake(shared_stack: Stack) -> AsyncIterator[Intake]:
    """An intake for the tests of one file; the ledger goes on from file to file."""
    async with running(shared_stack) as started:
        yield started
