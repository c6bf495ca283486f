"""Assessments in: judge them, write what changed, publish it.

Each partition is read in order by one owner. A batch is judged in memory and written in one
transaction with the position it has come to; a position that is missing stops the batch before it.
"""

from collections.abc import Sequence

from services.alerts.domain.case import Examination, examine
from services.alerts.domain.rules import Pack, rules_at
from services.alerts.handlers.reading import (
    ASSESSED,
    CONFLICTS,
    CONFLICTS_MAX,
    KEPT,
    REGISTERED,
    Reading,
    because,
    count,
    read,
    relay,
)
from services.alerts.store.batch import Batch
from services.alerts.store.documents import case_id
from services.alerts.store.writing import AlertStore, ConflictError
from services.chassis.mongo import Taken
from services.chassis.records import Record


class AssessmentHandler:
    """The consumer of `assessments`."""

    def __init__(self, store: AlertStore, packs: Sequence[Pack]) -> None:
        """Judge by these packs."""
        self._store = store
        self._packs = packs
        self._taken: dict[int, Taken] = {}

    async def assigned(self, partition: int) -> int | None:
        """Take the partition; publish what was committed and not yet published."""
        await self._release(partition)
        taken = await self._store.take(partition)
        self._taken[partition] = taken
        return taken.offset

    async def revoked(self, partition: int) -> None:
        """Give the partition up."""
        await self._release(partition)

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Judge a batch, write it, publish it; GapError if a position is missing."""
        reading = read(records, self._taken[partition].position)
        if reading is not None:
            await self._judge(partition, reading)

    async def _judge(self, partition: int, reading: Reading) -> None:
        for tries_left in reversed(range(CONFLICTS_MAX)):
            batch = await self._batch(partition, reading)
            examinations = self._examine(reading, batch)
            try:
                self._taken[partition] = await self._store.commit(self._taken[partition], batch)
            except ConflictError:
                CONFLICTS.inc()
                if not tries_left:
                    raise
            else:
                count(batch, examinations)
                await relay(self._store, batch)
                return

    async def _batch(self, partition: int, reading: Reading) -> Batch:
        wanted = {
            (event.subject, event.data.fiscal_year)
            for mark, event in reading.events
            if mark.event_type == ASSESSED
        }
        batch = Batch(reading.position, reading.offset, await self._store.cases(wanted))
        batch.facts = [event for mark, event in reading.events if mark.event_type in KEPT]
        for mark, event in reading.events:
            # Every partition has a copy of the fact; the home partition's counts, once.
            if (
                mark.event_type == REGISTERED
                and self._store.teller.home(event.subject) == partition
            ):
                batch.names[event.subject] = event.data.name
        return batch

    def _examine(self, reading: Reading, batch: Batch) -> list[Examination]:
        examinations: list[Examination] = []
        for mark, event in reading.events:
            if mark.event_type != ASSESSED:
                continue
            case = batch.cases[case_id(event.subject, event.data.fiscal_year)]
            examination = examine(case, event, rules_at(self._packs, event.data.date))
            batch.apply(examination, because(event, mark))
            examinations.append(examination)
        return examinations

    async def _release(self, partition: int) -> None:
        former = self._taken.pop(partition, None)
        if former is not None:
            await former.release()
