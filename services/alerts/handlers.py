"""Assessments in: judge them, write what changed, publish it.

Each partition is read in order by one owner. A batch is judged in memory and written in one
transaction with the position it has come to; a position that is missing stops the batch before it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.codec import JURISDICTION_TYPES, decode
from contracts.envelope import AnyEvent
from contracts.events.analysis import AssessmentMade, DayAssessed, FindingDetected
from contracts.events.intake import JurisdictionRegistered
from contracts.record import Mark
from services.alerts.domain.case import Examination, examine
from services.alerts.domain.kept import entry_after, examine_kept, group_of
from services.alerts.domain.rules import Pack, rules_at
from services.alerts.domain.telling import Because
from services.alerts.store.batch import Batch
from services.alerts.store.documents import case_id
from services.alerts.store.kept import KeptStore
from services.alerts.store.writing import AlertStore, ConflictError
from services.chassis import metrics
from services.chassis.log import get_logger
from services.chassis.marked import fresh, mark_of, ours
from services.chassis.mongo import Taken
from services.chassis.records import Record

log = get_logger(__name__)

CONFLICTS_MAX: Final = 10
"""How often a batch is judged again because someone changed an alert meanwhile."""

ASSESSED: Final = AssessmentMade.event_type()
REGISTERED: Final = JurisdictionRegistered.event_type()
PASSED_OVER: Final = frozenset(
    {
        # An assessment carries every finding that holds, so the hasty one adds nothing here.
        FindingDetected.event_type(),
        DayAssessed.event_type(),
        *JURISDICTION_TYPES,
    }
) - {REGISTERED}

CHANGES = metrics.counter(
    "dualwatch_alerts_changes_total", "Alerts raised, updated and cleared.", ("rule", "kind")
)
FAILURES = metrics.counter(
    "dualwatch_alerts_rule_failures_total",
    "Evaluations of a rule that gave no answer; its alerts stayed as they were.",
    ("rule",),
)
STALE = metrics.counter(
    "dualwatch_alerts_stale_assessments_total",
    "Assessments ignored because a newer one of the same project was judged before.",
)
CONFLICTS = metrics.counter(
    "dualwatch_alerts_conflicts_total",
    "Batches judged again because an alert was changed meanwhile.",
)


@dataclass(frozen=True)
class Reading:
    """What a batch of records adds to what was read before."""

    position: int
    offset: int
    events: list[tuple[Mark, AnyEvent]]


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
                await self._relay(batch)
                return

    async def _relay(self, batch: Batch) -> None:
        await relay(self._store, batch)

    async def _batch(self, partition: int, reading: Reading) -> Batch:
        wanted = {
            (event.subject, event.data.fiscal_year)
            for mark, event in reading.events
            if mark.event_type == ASSESSED
        }
        batch = Batch(reading.position, reading.offset, await self._store.cases(wanted))
        for mark, event in reading.events:
            # Every partition has a copy of the fact; the home partition's counts, once.
            if mark.event_type == REGISTERED and self._store.home(event.subject) == partition:
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


class QuarantineHandler:
    """The consumer of `quarantine`: the same alerts, raised and cleared by what is kept apart."""

    def __init__(self, store: KeptStore, packs: Sequence[Pack]) -> None:
        """Judge by these packs."""
        self._store = store
        self._packs = packs
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
            rules = rules_at(self._packs, event.data.date)
            examination = examine_kept(case, counts[after.group], event, rules)
            batch.apply(examination, because(event, mark))
            examinations.append(examination)
        self._taken[partition] = await self._store.commit(
            self._taken[partition], batch, entries.values(), loaded
        )
        count(batch, examinations)
        await relay(self._store.alerts, batch)


def read(records: Sequence[Record], position: int) -> Reading | None:
    """Decode what follows on `position`; None if nothing does, GapError if something is missing.

    An event type that this release does not know raises: the partition waits for the upgrade.
    """
    found = fresh(ours(records), position)
    if not found:
        return None
    mark, last = found[-1]
    events = [
        (mark, decode(record.value or b"", mark.event_type))
        for mark, record in found
        if mark.event_type not in PASSED_OVER
    ]
    return Reading(mark.position, last.offset + 1, events)


async def relay(store: AlertStore, batch: Batch) -> None:
    """Publish what a batch has told."""
    await store.relay(sorted({store.home(told.jurisdiction) for told in batch.told}))


def because(event: AnyEvent, mark: Mark) -> Because:
    """Name what brings a change about."""
    return Because(event.id, event.correlationid, mark.recorded_ms, mark.cause)


def count(batch: Batch, examinations: Sequence[Examination]) -> None:
    """Tell metrics and log what a batch did, once it counts."""
    STALE.inc(sum(examination.stale for examination in examinations))
    for told in batch.told:
        CHANGES.labels(told.change.key.rule, told.change.kind.value).inc()
    worst: dict[str, str] = {}
    for examination in examinations:
        for verdict in examination.failures:
            FAILURES.labels(verdict.rule.id).inc()
            worst[verdict.rule.id] = f"{examination.case.project}: {verdict.error}"
    for rule, example in worst.items():
        log.error("rule_gave_no_answer", rule=rule, example=example)
