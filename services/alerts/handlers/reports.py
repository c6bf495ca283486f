"""What reporting tells of papers: reminded, urged, all in; judged by rules like anything else."""

from collections.abc import Sequence
from dataclasses import replace

from contracts.vocabulary import PaperKind
from services.alerts.domain.case import Examination
from services.alerts.domain.papers import LOOKED_INTO, asked_of, examine_papers, owed_by
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
from services.alerts.store.documents import papers_case_id
from services.alerts.store.reports import ReportsStore
from services.alerts.store.writing import ConflictError
from services.chassis.mongo import Taken
from services.chassis.records import Record


class ReportsHandler:
    """The consumer of `reports`."""

    def __init__(self, store: ReportsStore, packs: Sequence[Pack] | PacksInForce) -> None:
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
        """Judge a batch and write it; GapError if a position is missing."""
        found = read(records, self._taken[partition].position)
        if found is None:
            return
        events = [(mark, event) for mark, event in found.events if event.type in LOOKED_INTO]
        reading = replace(found, events=events)
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
        cases = await self._store.cases({owed_by(event) for _, event in reading.events})
        batch = Batch(reading.position, reading.offset, cases)
        examinations: list[Examination] = []
        for mark, event in reading.events:
            case = batch.cases[papers_case_id(*owed_by(event))]
            # A report is a department's; of who is asked for a form only the unit is told, whose
            # department is looked up.
            is_report = event.data.kind is PaperKind.REPORT
            department = event.data.organisation if is_report else case.department
            bureau, own = (
                self._packs.rules_of(event.jurisdiction, whose, event.data.date)
                for whose in (None, department)
            )
            rules = asked_of(bureau, own)
            found = examine_papers(case, event, rules)
            batch.change(
                papers_case_id(*owed_by(event)), found.case, found.changes, because(event, mark)
            )
            examinations.append(found)
        self._taken[partition] = await self._store.commit(self._taken[partition], batch)
        count(batch, examinations)
        await relay(self._store.alerts, batch)
