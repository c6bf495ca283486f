"""The typed catalogue of metrics: each is declared once, with a sentence, before it can be used.

Never a project, unit, person or jurisdiction as a label: `LABELS` says which labels there are, and
how many values those may take that come from outside. Hot paths observe once per batch.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Self, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics import MetricWrapperBase

from contracts.record import CORRELATION
from services.chassis.exposition import written

REGISTRY: Final = CollectorRegistry()
SECONDS_BUCKETS: Final = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
)  # fmt: skip
DISTANCE_BUCKETS: Final = (
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600,
)  # fmt: skip
"""How far a fact has come: milliseconds when all is well, an hour after an outage."""
WORK_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
"""What somebody waits for: a form, a file, a day."""

OTHER: Final = "other"
"""The label of all values beyond the bound of their label."""
IN_CODE: Final = 0
"""All values of the label are words in our code, or the deployment's fixed number of partitions."""
LABELS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "cause": IN_CODE,
        "channel": IN_CODE,
        "check": IN_CODE,
        "clock": IN_CODE,
        "code": IN_CODE,
        "dueness": IN_CODE,
        "format": IN_CODE,
        "generation": IN_CODE,
        "ground": IN_CODE,
        "group": IN_CODE,
        "kind": IN_CODE,
        "level": IN_CODE,
        "method": IN_CODE,
        "outcome": IN_CODE,
        "partition": IN_CODE,
        "projection": IN_CODE,
        "reason": IN_CODE,
        "route": IN_CODE,
        "service": IN_CODE,
        "severity": IN_CODE,
        "state": IN_CODE,
        "status": IN_CODE,
        "step": IN_CODE,
        "verdict": IN_CODE,
        "version": IN_CODE,
        "way": IN_CODE,
        # A loop for each partition of each topic, and every publisher has a topic of its own.
        "loop": 2_000,
        "topic": 200,
        # Jurisdictions publish rules of their own.
        "rule": 500,
    }
)
"""Every label, and how many values it may take in one metric if they come from outside."""

# A second series for each, which nobody reads.
disable_created_metrics()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Declared:
    """One line of the catalogue."""

    name: str
    kind: str
    labels: tuple[str, ...]
    says: str


M = TypeVar("M", bound=MetricWrapperBase)
CATALOGUE: Final[list[Declared]] = []
_DECLARED: Final[list[MetricWrapperBase]] = []
_PROCESS: Final = CollectorRegistry()


class _Bounded(MetricWrapperBase):
    """What takes no more values of a label than `LABELS` allows: all beyond share `OTHER`."""

    def __init__(
        self, name: str, documentation: str, labelnames: Sequence[str] = (), **more: Any
    ) -> None:
        """Know of no value yet; children are made by the same call."""
        super().__init__(name, documentation, labelnames, **more)
        self._known: dict[str, set[str]] = {name: set() for name in labelnames if LABELS[name]}

    def labels(self, *labelvalues: object, **labelkwargs: object) -> Self:
        """Return the child of these values."""
        return super().labels(*self._within(labelvalues), **labelkwargs)

    def remove(self, *labelvalues: object) -> None:
        """Forget the child of these values; their place is not given to others."""
        super().remove(*self._within(labelvalues))

    def _within(self, values: Sequence[object]) -> Sequence[object]:
        if not self._known:
            return values
        return [
            self._value(name, str(value)) if name in self._known else value
            for name, value in zip(self._labelnames, values, strict=False)
        ]

    def _value(self, name: str, value: str) -> str:
        known = self._known[name]
        if value in known:
            return value
        if len(known) >= LABELS[name]:
            return OTHER
        known.add(value)
        return value


class BoundedCounter(_Bounded, Counter):
    """A counter whose labels are bounded."""


class BoundedGauge(_Bounded, Gauge):
    """A gauge whose labels are bounded."""


class BoundedHistogram(_Bounded, Histogram):
    """A histogram whose labels are bounded."""


def counter(name: str, says: str, labels: Sequence[str] = ()) -> Counter:
    """Declare a counter."""
    _declare(Declared(name, "counter", tuple(labels), says))
    return _kept(BoundedCounter(name, says, labels, registry=REGISTRY))


def gauge(name: str, says: str, labels: Sequence[str] = ()) -> Gauge:
    """Declare a gauge."""
    _declare(Declared(name, "gauge", tuple(labels), says))
    return _kept(BoundedGauge(name, says, labels, registry=REGISTRY))


def histogram(
    name: str,
    says: str,
    labels: Sequence[str] = (),
    buckets: Sequence[float] = SECONDS_BUCKETS,
) -> Histogram:
    """Declare a histogram."""
    _declare(Declared(name, "histogram", tuple(labels), says))
    return _kept(BoundedHistogram(name, says, labels, registry=REGISTRY, buckets=tuple(buckets)))


def _kept(made: M) -> M:
    _DECLARED.append(made)
    return made


def _declare(line: Declared) -> None:
    unknown = [label for label in line.labels if label not in LABELS]
    if unknown:
        msg = f"{line.name}: no such label: {', '.join(unknown)}; see LABELS"
        raise ValueError(msg)
    CATALOGUE.append(line)


def exposition(accept: str) -> tuple[bytes, str]:
    """Write all metrics as the `Accept` header asks; give the bytes and their content type.

    OpenMetrics, which Prometheus asks for, has exemplars; the text format has none.
    """
    encode, content_type = choose_encoder(accept)
    openmetrics = content_type.startswith("application/openmetrics-text")
    ours = written(_DECLARED, openmetrics=openmetrics).encode()
    # What prometheus_client collects itself is little; in OpenMetrics it ends with the last mark.
    return ours + encode(_PROCESS), content_type


_TRACE: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)


def exemplar(correlation_id: str | None, trace_id: str | None = None) -> dict[str, str] | None:
    """Make the exemplar of an observation; None without an id of ours: it holds nothing else."""
    found: dict[str, str] = {}
    if correlation_id and CORRELATION.fullmatch(correlation_id):
        found["correlation_id"] = correlation_id
    if trace_id and _TRACE.fullmatch(trace_id):
        found["trace_id"] = trace_id
    return found or None


def _collected() -> None:
    """Take in what prometheus_client collects of a process, under its own names."""
    for registry in (REGISTRY, _PROCESS):
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
    CATALOGUE.extend(
        Declared(name, kind, labels, says)
        for name, kind, labels, says in (
            ("process_cpu_seconds_total", "counter", (), "CPU time that the process has used."),
            ("process_resident_memory_bytes", "gauge", (), "Memory that the process holds."),
            ("process_virtual_memory_bytes", "gauge", (), "Addresses that the process has taken."),
            ("process_start_time_seconds", "gauge", (), "When it began, seconds since 1970."),
            ("process_open_fds", "gauge", (), "Files and connections that it has open."),
            ("process_max_fds", "gauge", (), "How many it may have open."),
            (
                "python_gc_objects_collected_total",
                "counter",
                ("generation",),
                "Objects that the garbage collector has freed.",
            ),
            (
                "python_gc_objects_uncollectable_total",
                "counter",
                ("generation",),
                "Objects that it could not free.",
            ),
            (
                "python_gc_collections_total",
                "counter",
                ("generation",),
                "Times the garbage collector has run.",
            ),
        )
    )


_collected()

BUILD = gauge("dualwatch_build_info", "1, with the release that runs.", ("service", "version"))
RECORD_AGE = histogram(
    "dualwatch_record_age_seconds",
    "Age of the oldest record of a batch when the batch is done, from Kafka's time of it.",
    ("topic", "group"),
    DISTANCE_BUCKETS,
)
OLDEST_UNHANDLED = gauge(
    "dualwatch_oldest_unhandled_seconds",
    "Freshness: age of the oldest record of a partition that is not handled yet; 0: none waits.",
    ("topic", "group", "partition"),
)
END_POSITION = gauge(
    "dualwatch_end_position",
    "Last position of a partition that its writer has given out: stored positions follow it.",
    ("topic", "partition"),
)
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
    "Committed records not yet published; of `alerts` and `reports` at least so many.",
    ("topic", "partition"),
)
TRANSACTION_RETRIES = counter(
    "dualwatch_transaction_retries_total", "Transactions run again after a transient error."
)
LOOP_AGE = gauge(
    "dualwatch_loop_progress_age_seconds", "Seconds since a loop last came round.", ("loop",)
)
LOOP_LIMIT = gauge(
    "dualwatch_loop_limit_seconds", "Seconds after which a loop counts as dead.", ("loop",)
)
READY = gauge("dualwatch_ready", "1 while what a process needs is there, by check.", ("check",))
HTTP_REQUESTS = counter(
    "dualwatch_http_requests_total", "HTTP requests answered.", ("method", "route", "status")
)
HTTP_SECONDS = histogram(
    "dualwatch_http_request_seconds", "Seconds to answer an HTTP request.", ("method", "route")
)
