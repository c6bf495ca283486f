"""Publication beside whoever commits: at once what commands told, and in time what was left.

An answer to a person does not wait for Kafka. What a process committed before it died has no
owner, unlike what a consumer of a partition leaves, so every process looks after all of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from pymongo.errors import PyMongoError

from services.chassis import clock, metrics
from services.chassis.log import get_logger
from services.chassis.mongo import Document, Mongo
from services.chassis.publisher import PublishError

LOOK_SECONDS: Final = 2.0
"""Pause between two looks: what lies there at both was left behind, and is published."""
RETRY_SECONDS: Final = (0.25, 5.0)

LEFT = metrics.counter(
    "dualwatch_left_behind_total",
    "Partitions of a topic that were relayed because whoever committed had not.",
    ("topic",),
)

log = get_logger(__name__)


class Relaying:
    """The task that relays."""

    def __init__(
        self, mongo: Mongo, topic: str, relay: Callable[[list[int]], Awaitable[None]]
    ) -> None:
        """Know of nothing yet; `relay` publishes what is committed for partitions of the topic."""
        self._outbox = mongo.db["outbox"]
        self._topic = topic
        self._publish = relay
        self._wanted: set[int] = set()
        self._woken = asyncio.Event()
        self._lying: dict[int, int] = {}

    def wake(self, partitions: Iterable[int]) -> None:
        """Have published soon what is committed."""
        self._wanted.update(partitions)
        if self._wanted:
            self._woken.set()

    async def run(self) -> None:
        """Relay as long as the service runs."""
        failures, looked = 0, clock.monotonic()
        while True:
            await self._wait(looked + LOOK_SECONDS - clock.monotonic())
            try:
                if clock.monotonic() >= looked + LOOK_SECONDS:
                    self._wanted |= await self._left()
                    looked = clock.monotonic()
                wanted, self._wanted = self._wanted, set()
                await self._relay(wanted)
                failures = 0
            except (PyMongoError, PublishError) as error:
                failures += 1
                log.warning("relay_failed", attempt=failures, reason=repr(error))
                await asyncio.sleep(clock.backoff(failures, *RETRY_SECONDS))

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()

    async def _relay(self, wanted: set[int]) -> None:
        try:
            await self._publish(sorted(wanted))
        except BaseException:
            # Still wanted: once the pause is over, not only at the next look.
            self.wake(wanted)
            raise

    async def _left(self) -> set[int]:
        """Give the partitions whose first waiting record is the one of the last look."""
        group = {
            "_id": "$partition",
            "first": {"$min": "$first"},
            "last": {"$max": "$first"},
        }
        pipeline: list[Document] = [{"$match": {"topic": self._topic}}, {"$group": group}]
        rows = {row["_id"]: row async for row in self._outbox.aggregate(pipeline)}
        for part in self._lying.keys() | rows.keys():
            # Positions have no gaps; what the last document holds beyond its first is left out.
            waiting = rows[part]["last"] - rows[part]["first"] + 1 if part in rows else 0
            metrics.OUTBOX_WAITING.labels(self._topic, str(part)).set(waiting)
        found = {part: row["first"] for part, row in rows.items()}
        left = {part for part, first in found.items() if self._lying.get(part) == first}
        self._lying = found
        LEFT.labels(self._topic).inc(len(left))
        return left
