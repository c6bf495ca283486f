"""`python -m tests.bench.sweep`: how long a day takes, and how long all that it writes would alone.

Projects with two lines, payments and indicators in all partitions; then a day opens. The limit is
the hand-written store writing the same rows and the same records, in pages of the same size.
"""

import argparse
import asyncio
import logging
import random  # noqa: TID251 - seeded
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from contracts.codec import encode
from contracts.envelope import AnyEvent
from contracts.record import MARK_HEADER, Mark
from contracts.topics import ASSESSMENTS, TOPICS, partition_of
from deploy.local.stack import Stack
from services.analysis.handlers.ledger import LedgerHandler
from services.analysis.settings import AnalysisSettings
from services.analysis.store.generations import Generation, Generations
from services.analysis.store.writing import MongoStore
from services.chassis.health import Health
from services.chassis.mongo import Mongo
from services.chassis.publisher import Publisher, ensure_topics
from services.chassis.settings import KafkaSettings, MongoSettings
from tests.bench.lab import PARTITIONS
from tests.bench.limit_store import Store, inserts, updates
from tests.integration.analysis.stages import LogRecord
from tests.support import builders
from tests.support.eventually import eventually_async
from tests.support.stack import free_ports_from

CODE: Final = "B1"
BATCH: Final = 5_000
PAYMENTS: Final = 12
TAKES_MAX: Final = 20
"""Most times that a partition is taken anew."""
REST_SECONDS: Final = 600.0


def facts(projects: int) -> Iterator[AnyEvent]:
    """Make the facts of so many projects."""
    chance = random.Random(7)
    for number in range(projects):
        name = f"{CODE}/P{number:06d}"
        yield builders.project(name)
        for line in ("L1", "L2"):
            yield builders.budget(name, f"{chance.randrange(1, 900)}0000.00", line=line)
        for month in range(1, PAYMENTS // 2 + 1):
            for line in ("L1", "L2"):
                amount = f"{chance.randrange(1, 90)}000.00"
                yield builders.expenditure(name, amount, f"2026-{month:02d}-15", line)
        yield builders.targets(
            *(builders.target(f"K{kind}", due=["2026-06-30", "2026-12-31"]) for kind in range(3)),
            subject=name,
        )
        for month in (3, 5):
            yield builders.progress(str(20 * month), f"2026-{month:02d}-28", "K1", subject=name)


class Ledger:
    """Numbers facts as intake does."""

    def __init__(self) -> None:
        """Nothing has been entered."""
        self.records: list[list[LogRecord]] = [[] for _ in range(PARTITIONS)]
        self._sequences: Counter[tuple[int, str]] = Counter()

    def enter(self, event: AnyEvent, partitions: Sequence[int]) -> None:
        """Give an event the next position of partitions."""
        raw = encode(event)
        for partition in partitions:
            records = self.records[partition]
            position = len(records) + 1
            self._sequences[partition, event.subject] += 1
            sequence = self._sequences[partition, event.subject]
            mark = Mark(position, sequence, 1_780_000_000_000 + position, position, event.type)
            headers = [(MARK_HEADER, mark.to_bytes())]
            key = event.subject.encode()
            records.append(LogRecord(position - 1, key, raw, headers, partition=partition))


class Took(NamedTuple):
    """How long something took."""

    seconds: float
    cpu_seconds: float
    """Of this process: on a busy machine they say more."""


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        """Start."""
        self._began = time.monotonic(), time.process_time()

    def took(self) -> Took:
        """Return what has passed."""
        wall, cpu = self._began
        return Took(time.monotonic() - wall, time.process_time() - cpu)


class Bench:
    """A live projection of one jurisdiction, the ledger that it reads, and what it took."""

    def __init__(self, mongo: Mongo, publisher: Publisher) -> None:
        """Nothing is stored yet."""
        self.settings = AnalysisSettings(key="a-key-for-the-bench-alone")
        self.mongo = mongo
        self.publisher = publisher
        self.ledger = Ledger()
        self.taken_anew = 0
        """How often something failed, and a partition was taken anew."""

    async def handler(self, generation: Generation) -> LedgerHandler:
        """Own all partitions of a generation."""
        store = MongoStore(self.mongo, self.publisher, generation=generation)
        await store.prepare()
        handler = LedgerHandler(store, self.settings, Health())
        for partition in range(PARTITIONS):
            await handler.assigned(partition)
        return handler

    async def read(self, handler: LedgerHandler, firsts: Sequence[int]) -> Took:
        """Let all partitions be read to their ends; give what it took."""
        stopwatch = Stopwatch()
        await asyncio.gather(
            *(self._read(handler, partition, first) for partition, first in enumerate(firsts))
        )
        return stopwatch.took()

    async def _read(self, handler: LedgerHandler, partition: int, first: int) -> None:
        """Read as a lane does: whatever fails is read again from the stored progress on."""
        records = self.ledger.records[partition]
        for _ in range(TAKES_MAX):
            try:
                while first < len(records):
                    await handler.handle(partition, records[first : first + BATCH])
                    first += BATCH
            except Exception as error:  # noqa: BLE001 - nothing is lost: the batch is read again
                self.taken_anew += 1
                print(f"  partition {partition} is taken anew: {error!r}", flush=True)
                first = await handler.assigned(partition) or 0
            else:
                return
        msg = f"partition {partition} was taken {TAKES_MAX} times"
        raise RuntimeError(msg)

    async def assess(self, handler: LedgerHandler) -> Took:
        """Wait until nothing is due; give what it took."""
        stopwatch = Stopwatch()

        async def at_rest() -> bool:
            return all(share.at_rest for share in handler._shares.values())

        await eventually_async(at_rest, REST_SECONDS, "all is assessed")
        return stopwatch.took()

    async def run(self, projects: int, url: str) -> None:
        """Fold, sweep, write the same by hand, rebuild; print what each took."""
        ledger, everywhere = self.ledger, range(PARTITIONS)
        ledger.enter(builders.jurisdiction(CODE), everywhere)
        ledger.enter(builders.day_opened("2026-06-29", CODE), everywhere)
        for event in facts(projects):
            ledger.enter(event, [partition_of(event.subject, PARTITIONS)])
        live = await self.handler(Generation())
        entries = sum(map(len, ledger.records))
        _tell("folded", entries, await self.read(live, [0] * PARTITIONS))
        # A day opens on what is assessed already: what waits would be assessed before it.
        _tell("assessed", projects, await self.assess(live))
        before = [len(records) for records in ledger.records]
        ledger.enter(builders.day_opened("2026-06-30", CODE), everywhere)
        swept = await self.read(live, before)
        _tell("a day", projects, swept)
        written = await _by_hand(self.mongo, url, self.settings.sweep_page)
        _tell("its writes alone", projects, written)
        print(f"  the limit takes {written.seconds / swept.seconds:.2f} of a day's time")
        built = await self.handler(await Generations(self.mongo).begin(PARTITIONS))
        # Rows are made when a partition is there, while others still fold: that is a day's work.
        for assessor in built._assessors.values():
            assessor.cancel()
        _tell("rebuilt", entries, await self.read(built, [0] * PARTITIONS))
        for partition in everywhere:
            await live.revoked(partition)
            await built.revoked(partition)


def _tell(what: str, count: int, took: Took) -> None:
    rate = count / took.seconds
    print(
        f"{what:<17} {count:>9,} {took.seconds:>8.2f} s {took.cpu_seconds:>8.2f} s of CPU"
        f" {rate:>9,.0f} a second",
        flush=True,
    )


async def measured(stack: Stack, projects: int) -> None:
    """Measure on a stack."""
    ends = stack.endpoints()
    kafka = KafkaSettings(bootstrap_servers=ends.kafka)
    await ensure_topics(kafka, {topic.name: {} for topic in TOPICS}, PARTITIONS)
    mongo, publisher = Mongo(MongoSettings(url=ends.mongo), "dualwatch_sweep"), Publisher(kafka)
    await Bench(mongo, publisher).run(projects, ends.mongo)
    await publisher.close()
    mongo.close()


async def _by_hand(mongo: Mongo, url: str, page: int) -> Took:
    """Write the rows of the day anew, page by page, with as many bytes of records beside them."""
    rows = await mongo.db["rows"].find().to_list(None)
    limit = Store(url, "dualwatch_sweep_limit")
    await limit.create({"progress": [], "rows": [], "out": []})
    place = await limit.take(ASSESSMENTS.name, 0, 0)
    stopwatch = Stopwatch()
    for number, first in enumerate(range(0, len(rows), page), 1):
        part = rows[first : first + page]
        changes = [{"q": {"_id": row["_id"]}, "u": row, "upsert": True} for row in part]
        record = {"_id": number, "records": [row["row"] * 3 for row in part]}
        commands = [*updates("rows", changes), *inserts("out", [record])]
        await limit.commit(place, commands, number, number)
    took = stopwatch.took()
    await limit.client.close()
    return took


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=10_000)
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    with (
        tempfile.TemporaryDirectory(prefix="dualwatch-bench-") as folder,
        Stack(Path(folder) / "data", ports_from=free_ports_from(), services=()) as stack,
    ):
        asyncio.run(measured(stack, options.projects))


if __name__ == "__main__":
    main()
