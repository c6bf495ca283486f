"""Assessments in: judge them, write what changed, publish it.

Each partition is read in order by one owner. A batch is judged in memory and written in one
transaction with the position it has come to; a position that is missing stops the batch before it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from contracts.envelope import AnyEvent
from services.alerts.domain.case import Case, Examination, examine
from services.alerts.domain.layers import RuleBook
from services.alerts.domain.rules import Pack
from services.alerts.handlers.days import (
    DaySteps,
    Noises,
    RulesFor,
    count_steps,
    opens_with_day,
    parts,
)
from services.alerts.handlers.packs import PacksInForce
from services.alerts.handlers.reading import (
    ASSESSED,
    CONFLICTS,
    CONFLICTS_MAX,
    KEPT,
    REGISTERED,
    Reading,
    because,
    count,
    read_in_turns,
    relay,
)
from services.alerts.store.batch import Batch
from services.alerts.store.documents import case_id
from services.alerts.store.writing import AlertStore, ConflictError
from services.chassis.mongo import Taken
from services.chassis.records import Record

TURN_ASSESSMENTS: Final = 16
"""Assessments judged before others have their turn: a few milliseconds."""


class AssessmentHandler:
    """The consumer of `assessments`."""

    def __init__(
        self,
        store: AlertStore,
        packs: Sequence[Pack] | PacksInForce,
        days: DaySteps | None = None,
    ) -> None:
        """Judge by these packs; `days` does what an opened day does."""
        self._store = store
        self._packs = packs if isinstance(packs, PacksInForce) else PacksInForce(packs)
        self._days = days
        self._taken: dict[int, Taken] = {}
        # One partition is read or judged while another's transaction is under way: side by side
        # all would be so at half the speed. Held over nothing but that work, which gives turns.
        self._judging = asyncio.Lock()

    async def assigned(self, partition: int) -> int | None:
        """Take the partition; publish what was committed and not yet published."""
        await self._release(partition)
        taken = await self._store.take(partition)
        await self._packs.load(partition)
        if self._days is not None:
            self._days.begin(partition)
        self._taken[partition] = taken
        return taken.offset

    async def revoked(self, partition: int) -> None:
        """Give the partition up."""
        await self._release(partition)

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Judge a batch, write it, publish it; GapError if a position is missing."""
        async with self._judging:
            reading = await read_in_turns(records, self._taken[partition].position)
        if reading is None:
            return
        if self._days is None:
            await self._judge(partition, reading)
            return
        for part in parts(reading, self._taken[partition].offset):
            if opens_with_day(part):
                mark, event = part.events[0]
                rules = self._rules_on(partition, event)
                taken = await self._days.take(self._taken[partition], event, mark, rules)
                self._taken[partition] = taken
            await self._judge(partition, part)

    def _rules_on(self, partition: int, event: AnyEvent) -> RulesFor:
        book = self._packs.book(partition)
        return lambda department: book.at(event.subject, department, event.data.date).rules

    async def _judge(self, partition: int, reading: Reading) -> None:
        for tries_left in reversed(range(CONFLICTS_MAX)):
            batch, noises = await asyncio.gather(
                self._batch(partition, reading), self._noises(partition, reading)
            )
            before = dict(batch.cases)
            book = self._packs.book(partition)
            async with self._judging:
                examinations, book = await self._examine(reading, batch, noises, book)
            try:
                self._taken[partition] = await self._commit(partition, batch, before)
            except ConflictError:
                CONFLICTS.inc()
                if not tries_left:
                    raise
            else:
                if self._days is not None:
                    self._days.passed(partition, noises)
                self._packs.put(partition, book)
                count(batch, examinations)
                count_steps(batch.told)
                await relay(self._store, batch)
                return

    async def _commit(self, partition: int, batch: Batch, before: Mapping[str, Case]) -> Taken:
        also = self._days.prioritised(before, batch.cases) if self._days is not None else None
        if also is None:
            return await self._store.commit(self._taken[partition], batch)
        return await self._store.commit(self._taken[partition], batch, also)

    async def _batch(self, partition: int, reading: Reading) -> Batch:
        wanted = {
            (event.subject, event.data.fiscal_year)
            for mark, event in reading.events
            if mark.event_type in ASSESSED
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

    async def _noises(self, partition: int, reading: Reading) -> Noises:
        if self._days is None:
            return Noises()
        return await self._days.noises(partition, [event for _, event in reading.events])

    async def _examine(
        self, reading: Reading, batch: Batch, noises: Noises, book: RuleBook
    ) -> tuple[list[Examination], RuleBook]:
        examinations: list[Examination] = []
        for mark, event in reading.events:
            noises.open(event)
            if mark.event_type not in ASSESSED:
                book = self._packs.after(book, event)
                continue
            case = batch.cases[case_id(event.subject, event.data.fiscal_year)]
            jurisdiction = event.subject.split("/", 1)[0]
            rules = book.at(jurisdiction, event.data.department, event.data.date).rules
            examination = examine(case, event, rules, noises.of(event))
            batch.apply(examination, because(event, mark))
            examinations.append(examination)
            if len(examinations) % TURN_ASSESSMENTS == 0:
                # Streams are written and people get answers meanwhile.
                await asyncio.sleep(0)
        return examinations, book

    async def _release(self, partition: int) -> None:
        self._packs.drop(partition)
        former = self._taken.pop(partition, None)
        if former is not None:
            await former.release()
