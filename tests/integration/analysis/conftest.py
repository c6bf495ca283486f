from collections.abc import AsyncIterator

import pytest

from contracts.topics import TOPICS
from deploy.local.stack import Stack
from services.chassis import log as logs
from services.chassis.publisher import ensure_topics
from services.chassis.settings_observing import LogSettings
from tests.integration.analysis.running import PARTITIONS, Analysis, Ledger, running, settings_of
from tests.integration.analysis.stages import Stage, staged
from tests.support.stack import shared_stack

__all__ = ["shared_stack"]

# As a service does; structlog's default shows every local of every frame, which takes minutes.
logs.configure("analysis", LogSettings())


@pytest.fixture
async def stage(shared_stack: Stack) -> AsyncIterator[Stage]:
    """A database of the test's own, and topics in memory."""
    async with staged(shared_stack) as made:
        yield made


@pytest.fixture(scope="package")
async def ledger(shared_stack: Stack) -> AsyncIterator[Ledger]:
    """Create the topics and stand in for intake: its positions run through the folder."""
    settings = settings_of(shared_stack)
    await ensure_topics(settings.kafka, {topic.name: {} for topic in TOPICS}, PARTITIONS)
    writer = Ledger(settings.kafka)
    yield writer
    await writer.close()


@pytest.fixture(scope="module")
async def analysis(shared_stack: Stack, ledger: Ledger) -> AsyncIterator[Analysis]:
    """An analysis for the tests of one file; it reads the session's ledger."""
    assert ledger.positions
    async with running(shared_stack) as started:
        yield started
