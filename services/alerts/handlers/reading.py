"""What both consumers do with a batch: read it, publish what it told, count it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.codec import JURISDICTION_TYPES, decode
from contracts.envelope import AnyEvent
from contracts.events.analysis import (
    AssessmentMade,
    AssessmentMadeV1,
    AssessmentMadeV2,
    AssessmentMadeV3,
    DayAssessed,
    FindingDetected,
)
from contracts.events.intake import JurisdictionRegistered
from contracts.record import Mark
from services.alerts.domain.case import Examination
from services.alerts.domain.telling import Because
from services.alerts.store.batch import Batch
from services.alerts.store.distances import alerted
from services.alerts.store.writing import AlertStore
from services.chassis import metrics
from services.chassis.log import get_logger, is_debugging
from services.chassis.marked import fresh, ours
from services.chassis.records import Record

log = get_logger(__name__)

TOLD_MAX: Final = 100
"""Most changes of one batch that the log names."""
TURN_RECORDS: Final = 50
"""Records decoded before others have their turn: a few milliseconds."""
CONFLICTS_MAX: Final = 10
"""How often a batch is judged again because someone changed an alert meanwhile."""

ASSESSED: Final = frozenset(
    {
        AssessmentMadeV1.event_type(),
        AssessmentMadeV2.event_type(),
        AssessmentMadeV3.event_type(),
        AssessmentMade.event_type(),
    }
)
"""Assessments of every version: an earlier one is read as the newest."""
REGISTERED: Final = JurisdictionRegistered.event_type()
PASSED_OVER: Final = frozenset(
    {
        # An assessment carries every finding that holds, so the hasty one adds nothing here.
        FindingDetected.event_type(),
    }
)
KEPT: Final = JURISDICTION_TYPES | {DayAssessed.event_type()}
"""What is handed to those that keep it."""

CHANGES = metrics.counter(
    "dualwatch_alerts_changes_total", "Alerts raised, updated and cleared.", ("rule", "kind")
)
ASKED = metrics.counter(
    "dualwatch_alerts_rule_evaluations_total",
    "Times a rule was asked about something: a project, a target, a unit, a paper.",
    ("rule",),
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
    offset: int | None
    events: list[tuple[Mark, AnyEvent]]


def read(records: Sequence[Record], position: int) -> Reading | None:
    """Decode what follows on `position`; None if nothing does, GapError if something is missing.

    An event type that this release does not know raises: the partition waits for the upgrade.
    """
    found = fresh(ours(records), position)
    if not found:
        return None
    return _reading(found, [event for known in found for event in _decoded(*known)])


async def read_in_turns(records: Sequence[Record], position: int) -> Reading | None:
    """Do the same with a long batch, and let others have their turn meanwhile."""
    found = fresh(ours(records), position)
    if not found:
        return None
    events: list[tuple[Mark, AnyEvent]] = []
    for place, known in enumerate(found, 1):
        events += _decoded(*known)
        if place % TURN_RECORDS == 0:
            await asyncio.sleep(0)
    return _reading(found, events)


def _decoded(mark: Mark, record: Record) -> list[tuple[Mark, AnyEvent]]:
    if mark.event_type in PASSED_OVER:
        return []
    return [(mark, decode(record.value or b"", mark.event_type))]


def _reading(found: Sequence[tuple[Mark, Record]], events: list[tuple[Mark, AnyEvent]]) -> Reading:
    mark, last = found[-1]
    return Reading(mark.position, last.offset + 1, events)


async def relay(store: AlertStore, batch: Batch) -> None:
    """Publish what a batch has told."""
    await store.teller.relay_told(batch.told)


def because(event: AnyEvent, mark: Mark) -> Because:
    """Name what brings a change about."""
    return Because(event.id, event.correlationid, mark.recorded_ms, mark.cause, event.traceparent)


def count(batch: Batch, examinations: Sequence[Examination]) -> None:
    """Tell metrics and log what a batch did, once it counts."""
    STALE.inc(sum(examination.stale for examination in examinations))
    asked = Counter([rule for examination in examinations for rule in examination.asked])
    for name, times in asked.items():
        ASKED.labels(name).inc(times)
    alerted(batch.told)
    for told in batch.told:
        CHANGES.labels(told.change.key.rule, told.change.kind.value).inc()
    if is_debugging(__name__):
        for told in batch.told[:TOLD_MAX]:
            log.debug(
                "alert_changed",
                correlation_id=told.because.correlation_id,
                alert=told.change.alert_id,
                rule=told.change.key.rule,
                change=told.change.kind.value,
            )
    worst: dict[str, str] = {}
    for examination in examinations:
        for verdict in examination.failures:
            FAILURES.labels(verdict.rule.id).inc()
            worst[verdict.rule.id] = f"{examination.case.project}: {verdict.error}"
    for rule, example in worst.items():
        log.error("rule_gave_no_answer", rule=rule, example=example)
