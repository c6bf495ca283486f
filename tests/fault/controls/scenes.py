"""For each broken guard a scene small enough to be sure, in which its absence must be noticed."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unittest import mock

from contracts.topics import ASSESSMENTS
from deploy.local.stack import KAFKA_VARIABLE, MONGO_VARIABLE, Stack
from services.chassis.settings import MongoSettings
from tests.deterministic.invariants import Breach, ahead
from tests.deterministic.processes import start
from tests.deterministic.roles import CHASSIS
from tests.deterministic.scenes import Theatre
from tests.deterministic.stories import (
    ANALYSIS_SCENE,
    CHASSIS_SCENE,
    INTAKE_SCENE,
    Ledger,
)
from tests.support import builders
from tests.support.crashing import Crash, Topics, observed
from tests.support.stack import free_ports_from

KILLS: Final = 20
"""How often the database is killed; without journal every kill may lose, and one must."""
JOURNAL_MS: Final = 500
"""Longest mongod may leave its journal unwritten where nobody asks for it: all it allows."""
DATABASE: Final = "control"
BATCH: Final = 4


@dataclass(frozen=True)
class Control:
    """What is played while a guard is broken."""

    guard: str
    """Name of the break."""
    scene: str
    """What happens, in words."""
    play: Callable[[Theatre], Awaitable[list[Breach]]]
    """Play it; give what was breached."""


async def _undisturbed_intake(theatre: Theatre) -> list[Breach]:
    return (await theatre.run(INTAKE_SCENE, Crash())).breaches


async def _undisturbed_outbox(theatre: Theatre) -> list[Breach]:
    return (await theatre.run(CHASSIS_SCENE, Crash())).breaches


async def _takeover(theatre: Theatre) -> list[Breach]:
    return await theatre.takeover(CHASSIS_SCENE)


async def _published_early(theatre: Theatre) -> list[Breach]:
    return await theatre.crash_after(CHASSIS_SCENE, f"publish {ASSESSMENTS.name}-0")


async def _committed_ledger(theatre: Theatre) -> list[Breach]:
    return await theatre.crash_after(INTAKE_SCENE, "commitTransaction")


async def _swept(theatre: Theatre) -> list[Breach]:
    return await theatre.crash_after(ANALYSIS_SCENE, "commitTransaction")


@contextlib.contextmanager
def _without(variable: str) -> Iterator[None]:
    with mock.patch.dict(os.environ):
        os.environ.pop(variable, None)
        yield


async def _database_killed(theatre: Theatre) -> list[Breach]:
    """Kill a database of its own right behind a commit, and see whether it still knows."""
    with (
        # No Kafka of its own: nothing here asks it.
        mock.patch.dict(os.environ, {KAFKA_VARIABLE: theatre.stack.endpoints().kafka}),
        _without(MONGO_VARIABLE),
        tempfile.TemporaryDirectory(prefix="dualwatch-control-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=()) as stack,
    ):
        settings = MongoSettings(url=stack.endpoints().mongo)
        async with observed(settings, DATABASE) as mongo:
            await CHASSIS.prepare(mongo)
            topics, ledger = Topics(), Ledger()
            for number in range(KILLS):
                await mongo.client.admin.command(
                    "setParameter", 1, journalCommitInterval=JOURNAL_MS
                )
                ledger.wave(builders.project(f"{builders.JURISDICTION}/K{number}"))(topics)
                process = start(CHASSIS, settings, DATABASE, topics, Crash(), BATCH)
                await process.take_all()
                for topic, partition in process.offsets:
                    await process.step(topic, partition)
                stack.kill("mongo")
                await process.stop()
                await asyncio.to_thread(stack.wait_ready, "mongo")
                if found := list(ahead(topics, await CHASSIS.given(mongo))):
                    return found
    return []


CONTROLS: Final = (
    Control(
        "progress",
        "a second owner takes over and counts; the first one then goes on with what it holds",
        _takeover,
    ),
    Control(
        "write-concern",
        f"mongod is killed right behind a commit, up to {KILLS} times",
        _database_killed,
    ),
    Control(
        "publish-before-commit",
        "the process dies right behind each publication in turn",
        _published_early,
    ),
    Control("dedupe", "payments are submitted again, at both doors", _undisturbed_intake),
    Control(
        "republication",
        "intake dies behind the commit of a batch, another process takes over",
        _committed_ledger,
    ),
    Control("outbox-order", "batches are counted and told, nothing else", _undisturbed_outbox),
    Control(
        "sweep-cursor",
        "analysis dies behind each commit of a day's sweep in turn, another process takes over",
        _swept,
    ),
)
