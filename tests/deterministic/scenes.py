"""A story told to a service again and again, with a crash at each write in turn."""

import contextlib
import itertools
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from unittest import mock

from deploy.local.stack import Stack
from services.analysis.store.generations import GENERATIONS
from services.chassis import clock
from services.chassis.mongo import Mongo
from services.chassis.settings import MongoSettings
from services.intake.store.documents import DEPLOYMENT
from tests.deterministic.invariants import (
    Breach,
    Given,
    Invariant,
    ahead,
    differences,
    doubled,
    missing,
    read_carefully,
)
from tests.deterministic.processes import NeverAtRestError, start
from tests.deterministic.roles import PARTITIONS, Role
from tests.support.crashing import Crash, CrashError, Topics, contents, empty, mark_of, observed
from tests.support.eventually import NotEventuallyError

Wave = Callable[[Topics], None]
SECONDS_PER_LOOK: Final = 1.0
"""Every look at the clock is so much later: whatever waits for its time has had it."""


@dataclass(frozen=True)
class Scene:
    """What a service is told: waves of records, each put on the topics when it is at rest."""

    name: str
    role: Role
    waves: Sequence[Wave]
    batch: int = 4

    def __str__(self) -> str:
        """Name it."""
        return self.name


@dataclass
class Outcome:
    """What a run came to."""

    writes: list[str]
    """What the first process wrote, in order."""
    breaches: list[Breach] = field(default_factory=list)
    kept: dict[str, list[str]] = field(default_factory=dict)
    """All collections, canonical."""
    told: dict[str, list[str]] = field(default_factory=dict)
    """What readers of each partition come to know, in order of positions."""


@dataclass
class Report:
    """What became of a scene under a crash at each write."""

    undisturbed: Outcome
    points: int = 0
    breaches: list[Breach] = field(default_factory=list)


@dataclass
class Theatre:
    """Where scenes are played: a database, emptied for each run."""

    settings: MongoSettings
    database: str
    mongo: Mongo
    stack: Stack
    _prepared: str = ""

    async def run(self, scene: Scene, crash: Crash) -> Outcome:
        """Play a scene; when its process dies, another one takes over."""
        await self._clean(scene.role)
        topics, outcome = Topics(), Outcome(crash.writes)
        waves = iter(scene.waves)
        next(waves)(topics)
        for death in (crash, Crash()):
            if await self._live(scene, topics, waves, death, outcome):
                break
            outcome.breaches += await self._look(scene, topics)
        outcome.breaches += await self._look(scene, topics, at_rest=True)
        outcome.kept = await contents(self.mongo, scene.role.expand)
        outcome.told = told(topics)
        return outcome

    async def crash_after(self, scene: Scene, what: str) -> list[Breach]:
        """Crash after each write of a name until a breach is found; give what that run breached."""
        undisturbed = await self.run(scene, Crash())
        for at, name in enumerate(undisturbed.writes, 1):
            if name == what:
                found = await self.run(scene, Crash(at, after=True))
                if breaches := [*found.breaches, *_compare(undisturbed, found)]:
                    return breaches
        return undisturbed.breaches

    async def takeover(self, scene: Scene) -> list[Breach]:
        """Let a second process take everything; what the first one then tries must not count."""
        await self._clean(scene.role)
        topics, outcome = Topics(), Outcome([])
        scene.waves[0](topics)
        former = start(scene.role, self.settings, self.database, topics, Crash(), scene.batch)
        await former.take_all()
        for topic, partition in list(former.offsets):
            await former.step(topic, partition)
        present = start(scene.role, self.settings, self.database, topics, Crash(), scene.batch)
        await present.take_all()
        await present.settle()
        before = (await contents(self.mongo, scene.role.expand)) | told(topics)
        for wave in scene.waves[1:]:
            wave(topics)
        heard = told(topics)
        await former.insist()
        after = (await contents(self.mongo, scene.role.expand)) | told(topics)
        outcome.breaches += differences(before | heard, after, Invariant.FENCED)
        await former.stop()
        await present.settle()
        await present.stop()
        outcome.breaches += [Breach(Invariant.AT_REST, text) for text in present.failures]
        return [*outcome.breaches, *await self._look(scene, topics, at_rest=True)]

    async def every_crash(self, scene: Scene, *, both_sides: bool = False) -> Report:
        """Crash before the first write of the undisturbed run and after each.

        After one is before the next, as far as the world can tell; `both_sides` takes it at no
        one's word.
        """
        report = Report(await self.run(scene, Crash()))
        report.breaches += report.undisturbed.breaches
        for at in range(1, len(report.undisturbed.writes) + 1):
            for after in (False, True) if both_sides or at == 1 else (True,):
                crash = Crash(at, after=after)
                found = await self.run(scene, crash)
                report.points += crash.dead
                report.breaches += [
                    Breach(breach.invariant, f"{scene.name}, {crash}: {breach.what}")
                    for breach in (*found.breaches, *_compare(report.undisturbed, found))
                ]
        return report

    async def _clean(self, role: Role) -> None:
        if self._prepared == role.name:
            await empty(self.mongo, {DEPLOYMENT, GENERATIONS})
        else:
            await self.mongo.client.drop_database(self.database)
            await role.prepare(self.mongo)
            self._prepared = role.name

    async def _live(
        self, scene: Scene, topics: Topics, waves: Iterator[Wave], crash: Crash, outcome: Outcome
    ) -> bool:
        """Live to the end of the story, or die: then False."""
        process = start(scene.role, self.settings, self.database, topics, crash, scene.batch)
        try:
            await process.take_all()
            await process.settle()
            for wave in waves:
                wave(topics)
                await process.settle()
        except CrashError:
            return False
        except (NeverAtRestError, NotEventuallyError) as error:
            outcome.breaches.append(Breach(Invariant.AT_REST, str(error)))
        finally:
            outcome.breaches += [Breach(Invariant.AT_REST, text) for text in process.failures]
            await process.stop()
        return True

    async def _look(
        self, scene: Scene, topics: Topics, *, at_rest: bool = False
    ) -> Sequence[Breach]:
        given: Given = await scene.role.given(self.mongo)
        found = [*ahead(topics, given)]
        for topic in {name for name, _ in given}:
            found += doubled(topics, topic)
            for partition in range(PARTITIONS):
                found += read_carefully(topics, topic, partition)[1]
        return [*found, *missing(topics, given)] if at_rest else found


def told(topics: Topics) -> dict[str, list[str]]:
    """Write down what readers of the numbered topics come to know."""
    return {
        f"topic {topic}-{partition}": [
            f"{position} {mark_of(record)} {record[0]!r} {record[1]!r}"
            for position, record in read_carefully(topics, topic, partition)[0].items()
        ]
        for (topic, partition), log in sorted(topics.logs.items())
        if log and any(name == "entry" for name, _ in log[0][2])
    }


def _compare(expected: Outcome, actual: Outcome) -> Iterator[Breach]:
    yield from differences(expected.kept, actual.kept, Invariant.SAME_END)
    yield from differences(expected.told, actual.told, Invariant.SAME_END)


@contextlib.contextmanager
def steady() -> Iterator[None]:
    """Record everything at one moment, and let no interval matter: runs differ by crashes only."""
    ticks = itertools.count(1)
    # The present moment: MongoDB, which has its own clock, forgets old verdicts.
    moment = clock.now_ms()
    with (
        mock.patch.object(clock, "now_ms", return_value=moment),
        mock.patch.object(clock, "monotonic", side_effect=(n * SECONDS_PER_LOOK for n in ticks)),
    ):
        yield


@contextlib.asynccontextmanager
async def opened(stack: Stack) -> AsyncIterator[Theatre]:
    """Open a theatre with a database of its own."""
    settings = MongoSettings(url=stack.endpoints().mongo)
    async with observed(settings, f"deterministic_{secrets.token_hex(4)}") as mongo:
        yield Theatre(settings, mongo.db.name, mongo, stack)
