"""What intake keeps apart: count it, judge it, write what changed."""

from collections import Counter
from collections.abc import Sequence

from services.alerts.domain.case import Examination
from services.alerts.domain.kept import entry_after, examine_kept, group_of
from services.alerts.domain.rules import Pack
from services.alerts.handlers.packs import PacksInForce
from services.alerts.handlers.reading import (
    CONFLICTS,
    CONFLICTS_MAX,
    Reading,
    because,
    count,
    read,
    relay,
)
from services.alerts.store.batch import Batch
from services.alerts.store.documents import case_id
from services.alerts.store.kept import KeptStore
from services.alerts.store.writing import ConflictError
from services.chassis.marked import mark_of, ours
from services.chassis.mongo import Taken
from services.chassis.records import Record


class QuarantineHandler:
    """The consumer of `quarantine`: the same alerts, raised and cleared by what is kept apart."""

    def __init__(self, store: KeptStore, packs: Sequence[Pack] | PacksInForce) -> None:
        """Judge by these packs."""
        self._store = store
        self._packs = packs if isinstance(packs, PacksInForce) else PacksInForce(packs)
        self._taken: dict[int, Taken] = {}

    async def assigned(self, partition: int) -> int | None:
        """Take the partition; publish what was committed and not yet published."""
        await self.revoked(partition)
        self._taken[partition] = await self._store.take(partition)
        return self._taken[partition].offset

    async def revoked(self, partition: int) -> None:
        """Give the partition up."""
        former = self._taken.pop(partition, None)
        if former is not None:
            await former.release()

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Count a batch, judge it, write it; GapError if a position is missing."""
        position = self._taken[partition].position
        marked = ours(records)
        if position == 0 and marked:
            # The topic is kept for 30 days: who begins later begins with what it still has.
            position = mark_of(marked[0]).position - 1
        reading = read(records, position)
        if reading is None:
            return
        for tries_left in reversed(range(CONFLICTS_MAX)):
            try:
                await self._judge(partition, reading)
            except ConflictError:
                CONFLICTS.inc()
                if not tries_left:
                    raise
            else:
                return

    async def _judge(self, partition: int, reading: Reading) -> None:
        events = [event for _, event in reading.events]
        loaded = await self._store.load(
            (event.data.entry for event in events), (group_of(event) for event in events)
        )
        batch = Batch(reading.position, reading.offset, loaded.cases)
        books = await self._packs.stored(
            self._store.alerts.partition(case.project) for case in loaded.cases.values()
        )
        counts = {group: Counter(found) for group, found in loaded.counts.items()}
        for entry in loaded.entries.values():
            counts[entry.group][entry.reason] += entry.open
        examinations: list[Examination] = []
        entries = dict(loaded.entries)
        for mark, event in reading.events:
            before = entries.get(event.data.entry)
            after = entry_after(before, event)
            if after is None:
                continue
            if before is not None:
                counts[before.group][before.reason] -= before.open
            counts[after.group][after.reason] += after.open
            entries[after.entry] = after
            case = batch.cases[case_id(after.group.project, after.group.fiscal_year)]
            jurisdiction = after.group.project.split("/", 1)[0]
            book = books[self._store.alerts.partition(case.project)]
            rules = book.at(jurisdiction, case.department, event.data.date).rules
            examination = examine_kept(case, counts[after.group], event, rules)
            batch.apply(examination, because(event, mark))
            examinations.append(examination)
        self._taken[partition] = await self._store.commit(
            self._taken[partition], batch, entries.values(), loaded
        )
        count(batch, examinations)
        await relay(self._store.alerts, batch)
