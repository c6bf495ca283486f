"""One contender at a time on a prepared backlog: timed, or killed once and started again."""

import asyncio
import itertools
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from tests.bench.contender import Contender, Track
from tests.bench.lab import Lab
from tests.bench.peers.backlog import Backlog
from tests.bench.peers.entrants import DATABASE, LEDGER, Entrant, Watch
from tests.bench.peers.judging import Figures, judge
from tests.bench.peers.shared.job import BATCH_RECORDS, Place
from tests.bench.peers.watching import Watching

START_SECONDS: Final = 60.0
RUN_SECONDS: Final = 150.0
KILL_SHARE: Final = 0.4
"""How far a contender has come when it is killed."""
KILL_LATER: Final = 0.25
"""So much of the processor time that this took it works on, so that there is something in hand."""

COUNT_SECONDS: Final = 0.2
"""Between looks that MongoDB has to count for."""
INTERNAL: Final = "__"
ASSESSMENTS: Final = "assessments"

Figure = dict[str, Any]


class OtherwiseError(Exception):
    """A contender that was not killed came to something else than it was sent."""


@dataclass
class Seen:
    """What was measured of a process until its end."""

    seconds: float
    cpu: tuple[float, float, float]
    """Seconds of its own, mongod's and Kafka's."""
    rss: int
    """Bytes, at most."""


class Race:
    """Prepared backlogs, and contenders that take them."""

    def __init__(
        self, lab: Lab, track: Track, folder: Path, cache: Path, records: int = BATCH_RECORDS
    ) -> None:
        """`folder` takes what contenders keep on disk; `cache` their environments.

        `records`: most of one batch, where that can be said.
        """
        self._records = records
        self._lab = lab
        self._track = track
        self._folder = folder
        self._cache = cache
        self._numbers = itertools.count(1)
        self._kept_topics: set[str] = {ASSESSMENTS}
        self._mongod = psutil.Process(lab.stack.pid("mongo"))
        self._kafka = psutil.Process(lab.stack.pid("kafka"))
        self._expected: dict[Backlog, dict[str, Figures]] = {}

    async def prepare(self, backlog: Backlog, *, ordered: bool) -> None:
        """Fill its topic, once."""
        topic = LEDGER if ordered else backlog.raw_topic
        if topic not in self._kept_topics:
            await self._lab.renew(topic, ASSESSMENTS)
            await self._lab.fill(topic, backlog.ordered() if ordered else backlog.raw())
            self._kept_topics.add(topic)
        if backlog not in self._expected:
            self._expected[backlog] = backlog.expected()

    async def take(self, entrant: Entrant, backlog: Backlog) -> Figure:
        """Let it take the backlog from an empty store; what it comes to must be exact."""
        async with self._started(entrant, backlog) as (place, contender):
            watching = Watching(self._lab, entrant, contender, place)
            async with self._track.running(contender) as process:
                await self._begin(watching, contender, process)
                seen = await self._finish(entrant, watching, contender, process, backlog)
            verdict = judge(self._expected[backlog], await entrant.read(self._lab, place))
            if any(verdict):
                message = f"{entrant.name} was not killed and came to: {verdict.text}"
                raise OtherwiseError(message)
        own, mongod, kafka = (round(seconds, 2) for seconds in seen.cpu)
        return {
            "contender": entrant.contender,
            "variant": entrant.variant,
            "claim": entrant.guarantee,
            "events": backlog.deliveries,
            "seconds": round(seen.seconds, 3),
            "events_per_second": round(backlog.deliveries / seen.seconds),
            "cpu_seconds": own,
            "mongod_cpu_seconds": mongod,
            "kafka_cpu_seconds": kafka,
            "rss_mb": seen.rss // 2**20,
            "batch_records": self._records if entrant.batched else None,
            "processes": 1,
        }

    async def kill(self, entrant: Entrant, backlog: Backlog) -> Figure:
        """Kill it in the midst, start it again, and judge what it comes to."""
        async with self._started(entrant, backlog) as (place, contender):
            watching = Watching(self._lab, entrant, contender, place)
            async with self._track.running(contender) as process:
                await self._begin(watching, contender, process)
                held = await self._midst(entrant, watching, contender, process, backlog)
                process.kill()
                await asyncio.to_thread(process.wait)
            held = max(held, await watching.reached())
            if held >= watching.goal(backlog, self._facts(backlog)):
                message = f"{entrant.name} was done before the kill: give it more events"
                raise OtherwiseError(message)
            place.mark.unlink(missing_ok=True)
            killed = time.perf_counter()
            async with self._track.running(contender) as process:
                await self._recover(watching, contender, process, held)
                recovery = time.perf_counter() - killed
                await self._finish(entrant, watching, contender, process, backlog)
            verdict = judge(self._expected[backlog], await entrant.read(self._lab, place))
        return {
            "contender": entrant.contender,
            "variant": entrant.variant,
            "events": backlog.deliveries,
            "killed": True,
            "claim": entrant.guarantee,
            "guarantee": verdict.text,
            "lost": verdict.lost,
            "doubled": verdict.doubled,
            "wrong": verdict.wrong,
            "recovery_seconds": round(recovery, 2),
        }

    @asynccontextmanager
    async def _started(
        self, entrant: Entrant, backlog: Backlog
    ) -> AsyncIterator[tuple[Place, Contender]]:
        ends, number = self._lab.stack.endpoints(), next(self._numbers)
        name = f"peer-{number}"
        state = self._folder / name
        state.mkdir(parents=True)
        place = Place(
            kafka=ends.kafka,
            mongo=ends.mongo,
            database=DATABASE,
            topic=backlog.raw_topic,
            group=name,
            state=state,
            mark=self._folder / f"{name}.mark",
            variant=entrant.variant,
            records=self._records,
        )
        contender = await asyncio.to_thread(
            entrant.build, entrant, self._lab.stack, place, self._cache
        )
        if contender.database != DATABASE:
            place = Place(**{**vars(place), "database": contender.database})
        await self._lab.empty(contender.database)
        # Else our analysis finds that it has said something, takes its database for lost and
        # builds it anew under another name.
        await self._lab.renew(ASSESSMENTS)
        if entrant.changelogs:
            await self._lab.renew(*(f"{name}-{one}" for one in entrant.changelogs))
        try:
            yield place, contender
        finally:
            await self._tidy()

    async def _tidy(self) -> None:
        """Delete the topics that a contender has made."""
        known = set(await self._lab.admin.list_topics())
        made = [name for name in known - self._kept_topics if not name.startswith(INTERNAL)]
        if made:
            await self._lab.admin.delete_topics(made)

    def _facts(self, backlog: Backlog) -> int:
        return sum(one.events for one in self._expected[backlog].values())

    async def _begin(
        self, watching: Watching, contender: Contender, process: "subprocess.Popen[bytes]"
    ) -> None:
        async with asyncio.timeout(START_SECONDS):
            while not await watching.begun():
                await self._track.rest(contender, process)

    async def _finish(
        self,
        entrant: Entrant,
        watching: Watching,
        contender: Contender,
        process: "subprocess.Popen[bytes]",
        backlog: Backlog,
    ) -> Seen:
        goal, began = watching.goal(backlog, self._facts(backlog)), time.perf_counter()
        watched = psutil.Process(process.pid)
        before, seen = self._cpu(watched), Seen(0.0, (0.0, 0.0, 0.0), 0)
        async with asyncio.timeout(RUN_SECONDS):
            while True:
                done = await self._done(entrant, watching, process, goal)
                seen.seconds = time.perf_counter() - began
                self._look(watched, before, seen)
                if done:
                    return seen
                if process.poll() != 0:
                    await self._track.rest(contender, process)

    async def _done(
        self,
        entrant: Entrant,
        watching: Watching,
        process: "subprocess.Popen[bytes]",
        goal: int,
    ) -> bool:
        if entrant.watch is Watch.EXIT:
            return process.poll() == 0
        if entrant.watch is Watch.COUNTS:
            await asyncio.sleep(COUNT_SECONDS)
        return await watching.reached() >= goal

    def _look(self, watched: psutil.Process, before: tuple[float, ...], seen: Seen) -> None:
        try:
            now, rss = self._cpu(watched), watched.memory_info().rss
        except psutil.NoSuchProcess:
            # It ended by itself: the last look, some hundredths of a second ago, stands.
            return
        own, mongod, kafka = (end - start for end, start in zip(now, before, strict=True))
        seen.cpu, seen.rss = (own, mongod, kafka), max(seen.rss, rss)

    def _cpu(self, process: psutil.Process) -> tuple[float, ...]:
        times = [p.cpu_times() for p in (process, self._mongod, self._kafka)]
        return tuple(float(t.user + t.system) for t in times)

    async def _midst(
        self,
        entrant: Entrant,
        watching: Watching,
        contender: Contender,
        process: "subprocess.Popen[bytes]",
        backlog: Backlog,
    ) -> int:
        """Wait for the moment to kill it; give how far it had come."""
        goal = KILL_SHARE * watching.goal(backlog, self._facts(backlog))
        watched = psutil.Process(process.pid)
        began = sum(watched.cpu_times()[:2])
        async with asyncio.timeout(RUN_SECONDS):
            while (reached := await watching.reached()) < goal:
                await self._track.rest(contender, process)
            if entrant.kill_at_commit:
                committed = await watching.committed()
                # No rest between looks: what is in hand then is done a few milliseconds later.
                while await watching.committed() == committed:
                    if process.poll() is not None:
                        await self._track.rest(contender, process)
                return reached
            now = sum(watched.cpu_times()[:2])
            until = now + KILL_LATER * (now - began)
            while sum(watched.cpu_times()[:2]) < until:
                await self._track.rest(contender, process)
        return reached

    async def _recover(
        self,
        watching: Watching,
        contender: Contender,
        process: "subprocess.Popen[bytes]",
        held: int,
    ) -> None:
        async with asyncio.timeout(START_SECONDS + RUN_SECONDS):
            while await watching.reached() <= held and process.poll() != 0:
                await self._track.rest(contender, process)
