"""Which generations of the projection this process works on: it goes with the live one.

Usually that is one. While partitions are swapped, or when a builder died between two of them, it
works on both until the former one has ended everywhere. If what is live is of another release, it
builds a new generation by itself and swaps (ADR 13).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from contracts.topics import LEDGER
from services.analysis.handlers.ledger import LedgerHandler
from services.analysis.store.generations import Generation, Generations
from services.analysis.store.swapping import Swapping
from services.analysis.store.writing import MongoStore
from services.chassis import clock
from services.chassis.kafka import SupervisedBroker
from services.chassis.lane import BatchLimits
from services.chassis.log import get_logger
from services.chassis.mongo import Document
from services.chassis.service import AWAY
from services.chassis.subscription import Subscription

log = get_logger(__name__)

LOOK_SECONDS: Final = 1.0
"""How often the live generations are looked at."""
SETTLE_SECONDS: Final = 5.0
"""How long a swap that has begun is left to whoever swaps before we join in."""

Make = Callable[[Generation], tuple[MongoStore, LedgerHandler]]
"""Makes the store and the handler of a generation."""


@dataclass
class Progressing:
    """How far a generation is that is built because nothing readable is live."""

    number: int
    begun_at: float
    begun_entries: int
    entries: int
    total: int

    def percent(self) -> int:
        """Return the share that is folded."""
        return 100 if not self.total else 100 * self.entries // self.total

    def remaining_seconds(self) -> int | None:
        """Return how long it will take yet; None: nothing is known."""
        done, seconds = self.entries - self.begun_entries, clock.monotonic() - self.begun_at
        if done <= 0 or seconds <= 0:
            return None
        return round((self.total - self.entries) * seconds / done)


@dataclass
class Succession:
    """The generations that this process works on."""

    generations: Generations
    broker: SupervisedBroker
    make: Make
    limits: BatchLimits
    partitions: int = 0
    """How many partitions the ledger has; set before `prepare`."""
    building: bool = False
    """Whether this process builds a generation beside the live one, and does nothing else."""
    working: dict[int, tuple[Generation, Subscription, LedgerHandler]] = field(default_factory=dict)
    progressing: Progressing | None = None
    """While nothing readable is live on some partition."""
    _stirring_since: float | None = None

    async def prepare(self) -> None:
        """Enter what this process works on."""
        for generation in await self._wanted():
            await self._add(generation)
        await self._measure()

    async def run(self) -> None:
        """Go with the live generation, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look()
            except AWAY as error:
                # Readiness says so, and the next look is soon.
                log.warning("generations_not_read", reason=repr(error))

    async def _look(self) -> None:
        await self._measure()
        if self.building:
            return
        wanted = {generation.number: generation for generation in await self._wanted()}
        if wanted.keys() == self.working.keys():
            self._stirring_since = None
            return
        since = self._stirring_since = self._stirring_since or clock.monotonic()
        whole = len(wanted) == 1
        if not whole and clock.monotonic() - since < SETTLE_SECONDS:
            return
        for number in self.working.keys() - wanted.keys():
            _, subscription, _ = self.working.pop(number)
            self.broker.unsubscribe(subscription)
        for number in wanted.keys() - self.working.keys():
            await self._add(wanted[number])
        log.info("generations_changed", generations=sorted(self.working))
        self.broker.renew()

    async def _wanted(self) -> list[Generation]:
        if self.building:
            return [await self.generations.begin(self.partitions)]
        known = {known.number: known for known in await self.generations.all()}
        live = set(await self.generations.live(self.partitions))
        found = [known[number] for number in sorted(live) if known[number].is_readable]
        if len(found) < len(live):
            found.append(await self.generations.begin(self.partitions))
        return list({generation.number: generation for generation in found}.values())

    async def _add(self, generation: Generation) -> None:
        store, handler = self.make(generation)
        await store.prepare()
        # A builder compares first; whoever joins a swap that has begun, or has nothing else that
        # it can read, goes on with it.
        handler.builder.may_swap = not self.building
        subscription = self.broker.subscribe(
            LEDGER.name, store.projection, handler, self.limits, turns=store.rounds
        )
        self.working[generation.number] = (generation, subscription, handler)

    async def _measure(self) -> None:
        """Tell how far a generation is that this process builds."""
        live = await self.generations.live(self.partitions)
        building = [
            generation
            for generation, _, _ in self.working.values()
            if any(number != generation.number for number in live)
        ]
        readable = {number for number, (known, _, _) in self.working.items() if known.is_readable}
        if not building or (not self.building and readable.issuperset(live)):
            self.progressing = None
            return
        own = building[-1]
        entries, total = await self.counted(own)
        former = self.progressing
        if former is None or former.number != own.number:
            former = Progressing(own.number, clock.monotonic(), entries, entries, total)
        self.progressing = former
        former.entries, former.total = entries, total

    async def counted(self, generation: Generation) -> tuple[int, int]:
        """Return how many entries a generation has folded, and how many the live one has."""
        entries = total = 0
        swapping = Swapping(self.generations.mongo, generation)
        for partition in range(self.partitions):
            own = await swapping.position(partition)
            live = await swapping.live_position(partition)
            entries += own
            total += own if live is None else max(own, live)
        return entries, total

    def hindrance(self) -> str | None:
        """Say in plain words why figures cannot be read yet; None: they can."""
        found = self.progressing
        if found is None or self.building:
            return None
        left = found.remaining_seconds()
        remaining = "unknown" if left is None else f"{left} s"
        return f"rebuilding, {found.percent()} %, remaining {remaining}"

    def extra(self) -> Document:
        """Return the same for machines."""
        found = self.progressing
        if found is None:
            return {}
        return {
            "percent": found.percent(),
            "entries": found.entries,
            "entries_total": found.total,
            "remaining_seconds": found.remaining_seconds(),
        }
