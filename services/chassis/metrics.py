"""The typed catalogue of metrics: each is declared once, with a sentence, before it can be used.

Never a project, unit or person as a label.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY: Final = CollectorRegistry()
SECONDS_BUCKETS: Final = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
)  # fmt: skip


@dataclass(frozen=True)
class Declared:
    """One line of the catalogue."""

    name: str
    kind: str
    labels: tuple[str, ...]
    says: str


CATALOGUE: Final[list[Declared]] = []


def counter(name: str, says: str, labels: Sequence[str] = ()) -> Counter:
    """Declare a counter."""
    CATALOGUE.append(Declared(name, "counter", tuple(labels), says))
    return Counter(name, says, labels, registry=REGISTRY)


def gauge(name: str, says: str, labels: Sequence[str] = ()) -> Gauge:
    """Declare a gauge."""
    CATALOGUE.append(Declared(name, "gauge", tuple(labels), says))
    return Gauge(name, says, labels, registry=REGISTRY)


def histogram(
    name: str,
    says: str,
    labels: Sequence[str] = (),
    buckets: Sequence[float] = SECONDS_BUCKETS,
) -> Histogram:
    """Declare a histogram."""
    CATALOGUE.append(Declared(name, "histogram", tuple(labels), says))
    return Histogram(name, says, labels, registry=REGISTRY, buckets=tuple(buckets))


RECORDS = counter(
    "dualwatch_records_handled_total", "Records handled, per topic and group.", ("topic", "group")
)
BATCH_RECORDS = histogram(
    "dualwatch_batch_records",
    "Records per batch: grows with the backlog.",
    ("topic", "group"),
    (1, 10, 100, 500, 1_000, 5_000, 10_000, 20_000),
)
BATCH_SECONDS = histogram(
    "dualwatch_batch_seconds", "Seconds from taking a batch to its commit.", ("topic", "group")
)
LAG = gauge(
    "dualwatch_consumer_lag_records",
    "Records on the partition that are not handled yet.",
    ("topic", "group", "partition"),
)
FOREIGN = counter(
    "dualwatch_foreign_records_total",
    "Records without a mark on a topic of ours: not written by its producer, passed over.",
    ("topic",),
)
HANDLER_FAILURES = counter(
    "dualwatch_handler_failures_total",
    "Batches that failed and are read again.",
    ("topic", "group"),
)
GAPS = counter(
    "dualwatch_position_gaps_total",
    "Times a position was missing and the partition waited for it.",
    ("topic", "group"),
)
COMMIT_FAILURES = counter(
    "dualwatch_offset_commit_failures_total",
    "Offset commits to Kafka that failed; a hint only, progress is in MongoDB.",
    ("topic", "group"),
)
HOLES = counter(
    "dualwatch_offset_holes_total",
    "Times offsets did not follow on, even when read again (retention, markers).",
    ("topic", "group"),
)
STORED_POSITION = gauge(
    "dualwatch_stored_position",
    "Last position of a partition that a projection of this process has in its store.",
    ("projection", "topic", "partition"),
)
BROKER_RESTARTS = counter(
    "dualwatch_broker_restarts_total",
    "Times reading from Kafka was started again because it failed or stood still.",
)
PARTITIONS_OWNED = gauge(
    "dualwatch_partitions_owned", "Partitions this process owns now.", ("topic", "group")
)
PUBLISHED = counter("dualwatch_records_published_total", "Records the broker has.", ("topic",))
PUBLISH_SECONDS = histogram(
    "dualwatch_publish_seconds", "Seconds until the broker has a batch.", ("topic",)
)
PUBLISH_FAILURES = counter(
    "dualwatch_publish_failures_total", "Publications that failed and are tried again.", ("topic",)
)
OUTBOX_WAITING = gauge(
    "dualwatch_outbox_waiting_records",
    "Committed records not yet published.",
    ("topic", "partition"),
)
TRANSACTION_RETRIES = counter(
    "dualwatch_transaction_retries_total", "Transactions run again after a transient error."
)
LOOP_AGE = gauge(
    "dualwatch_loop_progress_age_seconds", "Seconds since a loop last came round.", ("loop",)
)
HTTP_REQUESTS = counter(
    "dualwatch_http_requests_total", "HTTP requests answered.", ("method", "route", "status")
)
HTTP_SECONDS = histogram(
    "dualwatch_http_request_seconds", "Seconds to answer an HTTP request.", ("method", "route")
)
