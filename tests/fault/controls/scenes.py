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
from deploy.local.topology import Topology
from services.chassis.settings import MongoSettings
from tests.deterministic.invariants import Breach, ahead
from tests.deterministic.processes import Process, start
from tests.deterministic.roles import CHASSIS, PARTITIONS
from tests.deterministic.scenes import Theatre
from tests.deterministic.stories import (
    ANALYSIS_SCENE,
    CHASSIS_SCENE,
    INTAKE_SCENE,
    Ledger,
)
from tests.fault.net.observer import Observer
from tests.support import builders
from tests.support.crashing import Crash, Topics, observed
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

MEMBERS: Final = 3
ALONE_SECONDS: Final = 3.0
"""How long the primary is alone: shorter than it holds its office without the others."""
ELECTION_SECONDS: Final = 60.0
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


async def _primary_lost(theatre: Theatre) -> list[Breach]:
    """Lose a primary with what no other member has, and see whether the others' word is missed."""
    with (
        # No Kafka of its own: nothing here asks it.
        mock.patch.dict(os.environ, {KAFKA_VARIABLE: theatre.stack.endpoints().kafka}),
        _without(MONGO_VARIABLE),
        tempfile.TemporaryDirectory(prefix="dualwatch-control-") as folder,
        Stack(
            Path(folder) / "data",
            ports_from=free_ports_from(),
            services=(),
            topology=Topology(mongo_members=MEMBERS),
        ) as stack,
    ):
        settings = MongoSettings(url=stack.endpoints().mongo)
        async with observed(settings, DATABASE) as mongo:
            await CHASSIS.prepare(mongo)
            topics = Topics()
            Ledger().wave(builders.project(f"{builders.JURISDICTION}/P1"))(topics)
            process = start(CHASSIS, settings, DATABASE, topics, Crash(), BATCH)
            await process.take_all()
            await _work_alone(stack, process)
            await process.stop()
            # With all that was committed the very first numbers are gone: none is given out.
            none = dict.fromkeys(((ASSESSMENTS.name, at) for at in range(PARTITIONS)), 0)
            return list(ahead(topics, none | await CHASSIS.given(mongo)))


async def _work_alone(stack: Stack, process: Process) -> None:
    """Let a process work while only the primary listens; then the others go on without it."""
    observer = Observer(stack)
    primary = await asyncio.to_thread(observer.primary)
    assert primary is not None
    others = [part.name for part in observer.mongods if part != primary]
    # Lost, not paused: what waits in a paused one's sockets would reach it after all.
    for name in others:
        stack.halt(name)
    working = asyncio.create_task(_work(process))
    await asyncio.wait([working], timeout=ALONE_SECONDS)
    stack.halt(primary.name)
    await asyncio.gather(*(asyncio.to_thread(stack.restart, name) for name in others))
    await asyncio.to_thread(eventually, observer.primary, ELECTION_SECONDS)
    # Back again, it drops what the others have never heard of.
    await asyncio.to_thread(stack.restart, primary.name)
    await asyncio.wait_for(working, ELECTION_SECONDS)


async def _work(process: Process) -> None:
    for topic, partition in list(process.offsets):
        await process.step(topic, partition)


CONTROLS: Final = (
    Control(
        "progress",
        "a second owner takes over and counts; the first one then goes on with what it holds",
        _takeover,
    ),
    Control(
        "write-concern",
        "two of three mongods are lost while a batch is told; then the third, and they come back",
        _primary_lost,
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
