"""One process at work on a prepared backlog, watched from outside."""

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import psutil

from deploy.local.process import Command, Warden
from tests.bench.lab import PARTITIONS, Lab

POLL_SECONDS: Final = 0.02
START_SECONDS: Final = 60.0
RUN_SECONDS: Final = 180.0
STOP_SECONDS: Final = 15.0
LOG_LINES: Final = 20


@dataclass(frozen=True)
class Contender:
    """A process, and where it writes how far it has come."""

    name: str
    argv: tuple[str, ...]
    database: str
    projection: str
    """Its progress is kept under <projection>:<topic>:<partition>."""
    topic: str
    environ: Mapping[str, str]
    partitions: int = PARTITIONS
    """Of its topic."""

    @property
    def progress(self) -> list[str]:
        """Give the ids of its progress documents."""
        return [f"{self.projection}:{self.topic}:{p}" for p in range(self.partitions)]


class Look(NamedTuple):
    """How a process is seen at one moment."""

    at: float
    """Seconds."""
    reached: int
    """Positions."""
    rss: int
    """Bytes of memory."""


@dataclass(frozen=True)
class Run:
    """One contender's way through one backlog, from its first partition taken to the last event."""

    stage: str
    contender: str
    events: int
    seconds: float
    cpu_seconds: float
    mongod_cpu_seconds: float
    kafka_cpu_seconds: float
    rss_mb: int
    seen: tuple["Look", ...] = ()
    """How far it was at which second, at every look."""

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    def document(self) -> dict[str, Any]:
        """Write it as JSON."""
        told = {name: value for name, value in asdict(self).items() if name != "seen"}
        return {**told, "events_per_second": round(self.rate)}


Beside = Callable[[int], Coroutine[Any, Any, None]]


class Track:
    """Starts contenders, one at a time, and watches them; none outlives the bench."""

    def __init__(self, lab: Lab, folder: Path, warden: Warden) -> None:
        """`folder` takes their logs."""
        self.lab = lab
        self.folder = folder
        self.beside: Beside | None = None
        """What goes on beside each timed run, given the process's number; it is waited for."""
        self._warden = warden
        self._mongod = psutil.Process(lab.stack.pid("mongo"))
        self._kafka = psutil.Process(lab.stack.pid("kafka"))

    @classmethod
    @asynccontextmanager
    async def on(cls, lab: Lab, folder: Path) -> AsyncIterator[Self]:
        """Open a track."""
        warden = Warden()
        warden.open()
        with closing(warden):
            yield cls(lab, folder, warden)

    @asynccontextmanager
    async def running(self, contender: Contender) -> "AsyncIterator[subprocess.Popen[bytes]]":
        """Start a contender, and end it in good order (a killed one is left as it is)."""
        log = self.folder / f"{contender.name}.log"
        process = self._warden.spawn(
            Command(contender.name, contender.argv, log, contender.environ)
        )
        try:
            yield process
        except TimeoutError as error:
            raise self._told(contender, "was too slow") from error
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.to_thread(process.wait, STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait)

    async def time(
        self, stage: str, contender: Contender, events: int, published: int | None
    ) -> Run:
        """Let a contender take its backlog; `published`: records that `ledger` must come to."""
        before = await self.standing(contender)
        goal = sum(position for _, position in before) + events
        epochs = [epoch for epoch, _ in before]
        async with self.running(contender) as process:
            async with asyncio.timeout(START_SECONDS):
                while [epoch for epoch, _ in await self.standing(contender)] == epochs:
                    await self.rest(contender, process)
            began, watched = time.perf_counter(), psutil.Process(process.pid)
            cpu = self._cpu(watched)
            seen: list[Look] = []
            async with asyncio.TaskGroup() as group:
                if self.beside is not None:
                    group.create_task(self.beside(process.pid))
                rss = await self.reach(contender, process, goal, published, seen)
                seconds = time.perf_counter() - began
            own, mongod, kafka = (
                end - start for end, start in zip(self._cpu(watched), cpu, strict=True)
            )
        if (reached := sum(p for _, p in await self.standing(contender))) != goal:
            message = f"{contender.name} came to {reached} positions, not to {goal}"
            raise RuntimeError(message)
        looks = tuple(Look(at - began, n - goal + events, memory) for at, n, memory in seen)
        return Run(stage, contender.name, events, seconds, own, mongod, kafka, rss // 2**20, looks)

    async def reach(
        self,
        contender: Contender,
        process: "subprocess.Popen[bytes]",
        goal: int,
        published: int | None = None,
        seen: list[Look] | None = None,
    ) -> int:
        """Wait until so many positions are committed (and published); give the largest memory.

        `seen` is given every look.
        """
        watched = psutil.Process(process.pid)
        looks = [] if seen is None else seen
        async with asyncio.timeout(RUN_SECONDS):
            while True:
                reached, rss = await self._reached(contender), watched.memory_info().rss
                looks.append(Look(time.perf_counter(), reached, rss))
                if reached >= goal:
                    break
                await self.rest(contender, process)
            while published is not None and sum(await self.lab.ends("ledger")) < published:
                await self.rest(contender, process)
        return max(look.rss for look in looks)

    async def standing(self, contender: Contender) -> list[tuple[int, int]]:
        """Read epoch and position of every partition."""
        found = await self.lab.progress(contender.database, contender.progress)
        return [(item["epoch"], item["position"]) if item else (0, 0) for item in found]

    async def _reached(self, contender: Contender) -> int:
        return sum(position for _, position in await self.standing(contender))

    async def rest(self, contender: Contender, process: "subprocess.Popen[bytes]") -> None:
        """Wait a moment, unless the process has ended."""
        if process.poll() is not None:
            raise self._told(contender, f"ended with {process.returncode}")
        await asyncio.sleep(POLL_SECONDS)

    def _told(self, contender: Contender, what: str) -> RuntimeError:
        text = (self.folder / f"{contender.name}.log").read_text("utf-8", errors="replace")
        return RuntimeError(
            "\n".join([f"{contender.name} {what}", *text.splitlines()[-LOG_LINES:]])
        )

    def _cpu(self, process: psutil.Process) -> tuple[float, ...]:
        times = [p.cpu_times() for p in (process, self._mongod, self._kafka)]
        return tuple(float(t.user + t.system) for t in times)
