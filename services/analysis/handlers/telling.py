"""What analysis says on `assessments`: events, numbered without a gap."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from contracts.codec import encode, new_event
from contracts.envelope import Data
from contracts.record import Mark
from services.analysis.handlers.arriving import NO_CONTEXT, Arrived, Context
from services.analysis.store.states import Batch, Row
from services.chassis.outbox import Marked

SOURCE: Final = "dualwatch:analysis"


@dataclass(frozen=True, slots=True)
class Cause:
    """The ledger entry that something said rests on."""

    position: int
    recorded_ms: int
    event_id: str | None = None
    context: Context = NO_CONTEXT
    """By what it is found again."""


def tell(batch: Batch, partition: int, subject: str, data: Data, cause: Cause) -> None:
    """Add an event of our own to a batch; its id and time follow from what it rests on."""
    position = batch.standing.out + 1
    event = new_event(
        data,
        event_id=f"assessments:{partition}:{position}",
        source=SOURCE,
        subject=subject,
        time=dt.datetime.fromtimestamp(cause.recorded_ms / 1000, dt.UTC),
        correlationid=cause.context.correlation,
        causationid=cause.event_id or None,
        traceparent=cause.context.trace,
    )
    mark = Mark(position, 0, cause.recorded_ms, cause.position, event.type)
    batch.out.append(Marked(subject.encode(), encode(event), mark))
    batch.standing.out = position


def forward(batch: Batch, entry: Arrived) -> None:
    """Add a jurisdiction fact to a batch as it came: readers of `assessments` need it in order."""
    position = batch.standing.out + 1
    mark = Mark(position, entry.sequence, entry.recorded_ms, entry.position, entry.event_type)
    batch.out.append(Marked(entry.key, entry.raw, mark))
    batch.standing.out = position


def silence(batch: Batch, out: int) -> None:
    """Take back what a batch says: another generation answers, and has said it or will."""
    batch.out.clear()
    batch.standing.out = out
    batch.rows = {key: Row(out, row.state) for key, row in batch.rows.items()}
