"""What reporting tells of papers: reminded, urged, all in; judged by rules like anything else."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from contracts.envelope import AnyEvent
from services.alerts.domain.case import Case, Examination
from services.alerts.domain.layers import RuleBook
from services.alerts.domain.papers import LOOKED_INTO, examine_papers, owed_by, rules_about
from services.alerts.domain.rules import Pack, Rule
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
        books = await self._packs.stored(
            self._store.alerts.partition(case.project) for case in cases.values()
        )
        examinations: list[Examination] = []
        for mark, event in reading.events:
            case = batch.cases[papers_case_id(*owed_by(event))]
            book = books[self._store.alerts.partition(case.project)]
            found = examine_papers(case, event, _rules(case, event, book))
            batch.change(
                papers_case_id(*owed_by(event)), found.case, found.changes, because(event, mark)
            )
            examinations.append(found)
        self._taken[partition] = await self._store.commit(self._taken[partition], batch)
        count(batch, examinations)
        await relay(self._store.alerts, batch)


def _rules(case: Case, event: AnyEvent, book: RuleBook) -> list[Rule]:
    def rules(department: str | None) -> Iterable[Rule]:
        return book.at(event.jurisdiction, department, event.data.date).rules

    return rules_about(case, event.data.kind, rules)
