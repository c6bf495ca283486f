"""How far facts have come as alerts, and to those who are told of them."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import msgspec

from services.alerts.domain.subscriptions import Entry
from services.alerts.domain.telling import Told
from services.chassis import distances, metrics
from services.chassis.distances import ends, trace_of

ALERTED: Final = metrics.histogram(
    "dualwatch_alerted_seconds",
    "Seconds from the recording of a fact until the change of an alert that it brings is stored.",
    buckets=metrics.DISTANCE_BUCKETS,
)
DELIVERED: Final = metrics.histogram(
    "dualwatch_delivered_seconds",
    "Seconds from the recording of a fact until what it changes of an alert is with subscribers, "
    "by channel: sse, webhook, email.",
    ("channel",),
    metrics.DISTANCE_BUCKETS,
)
SSE: Final = "sse"
"""The channel of streams; the others are those of subscriptions."""


class _Event(msgspec.Struct, gc=False):
    """What of an entry's event is needed: its time is when the fact was recorded."""

    time: dt.datetime | None = None
    correlationid: str | None = None
    traceparent: str | None = None


_event: Final = msgspec.json.Decoder(_Event).decode


def alerted(told: Sequence[Told]) -> None:
    """Observe how far the facts behind a batch's changes have come: the oldest and the newest."""
    known = sorted([one.because for one in told], key=lambda because: because.recorded_ms)
    observed = [
        (one.recorded_ms, metrics.exemplar(one.correlation_id, trace_of(one.trace)))
        for one in ends(known)
    ]
    distances.observe(ALERTED, observed)


def delivered(channel: str, entries: Sequence[Entry]) -> None:
    """Observe how far the facts behind entries that were just delivered have come."""
    events = [_event(entry.event) for entry in ends(entries)]
    _observe(
        channel,
        [
            (event.time, metrics.exemplar(event.correlationid, trace_of(event.traceparent)))
            for event in events
            if event.time is not None
        ],
    )


def streamed(events: Sequence[dict[str, str]]) -> None:
    """Observe the same of events that streams have now."""
    found = [
        (
            dt.datetime.fromisoformat(event["time"]),
            metrics.exemplar(event.get("correlationid"), trace_of(event.get("traceparent"))),
        )
        for event in ends(events)
    ]
    _observe(SSE, found)


def _observe(channel: str, found: Sequence[tuple[dt.datetime, dict[str, str] | None]]) -> None:
    distances.observe(
        DELIVERED.labels(channel),
        [(int(1_000 * time.timestamp()), exemplar) for time, exemplar in found],
    )
