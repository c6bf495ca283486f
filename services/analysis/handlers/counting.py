"""What the handlers count."""

from collections.abc import Sequence
from typing import Final

from services.analysis.handlers.arriving import Arrived
from services.analysis.handlers.share import Contexts
from services.chassis import distances, metrics
from services.chassis.distances import ends, exemplar_of, trace_of
from services.chassis.outbox import Marked

UNREADABLE: Final = metrics.counter(
    "dualwatch_analysis_unreadable_entries_total",
    "Times a partition waited because an entry's type is newer than this release.",
)
PARKED: Final = metrics.counter(
    "dualwatch_analysis_parked_entries_total",
    "Entries that are broken: kept apart, their project marked incomplete.",
)
LEFT_OUT: Final = metrics.counter(
    "dualwatch_analysis_left_out_entries_total",
    "Entries of project years that are as large as one may be: their project is marked incomplete.",
)
ASSESSED: Final = metrics.counter(
    "dualwatch_analysis_assessments_total",
    "Assessments made, after a change or for an opened day.",
    ("cause",),
)
FORGOTTEN: Final = metrics.counter(
    "dualwatch_analysis_forgotten_facts_total",
    "Facts of jurisdictions that went, or were not taken in, as more are stated than can be kept.",
    ("kind",),
)
NOT_ASSESSED: Final = metrics.counter(
    "dualwatch_analysis_assessment_failures_total",
    "Project years that could not be assessed; their project is marked incomplete.",
)
DUE: Final = metrics.gauge(
    "dualwatch_analysis_due_years", "Project years that wait to be assessed.", ("partition",)
)
CACHED: Final = metrics.gauge(
    "dualwatch_analysis_cached_projects", "Decoded projects held in memory.", ("partition",)
)
GAP: Final = metrics.gauge(
    "dualwatch_analysis_gap_open",
    "1 while a ledger position is missing and its partition waits for it: intake sends it again.",
    ("partition",),
)
OLDEST_DUE: Final = metrics.gauge(
    "dualwatch_analysis_oldest_due_seconds",
    "Freshness: how long the project year that waits longest could have been assessed; 0: none.",
    ("partition",),
)
PROJECTED: Final = metrics.histogram(
    "dualwatch_projected_seconds",
    "Seconds from the recording of a ledger entry until it is folded and stored.",
    buckets=metrics.DISTANCE_BUCKETS,
)
TOLD: Final = metrics.histogram(
    "dualwatch_assessed_seconds",
    "Seconds from the recording of a ledger entry until what is said because of it is stored.",
    buckets=metrics.DISTANCE_BUCKETS,
)


def projected(run: Sequence[Arrived], contexts: Contexts) -> None:
    """Observe how far the entries of a run have come, by the first and the last of them."""
    known = [(one.recorded_ms, contexts.of(one.position)) for one in ends(run)]
    distances.observe(
        PROJECTED,
        [(at, metrics.exemplar(of.correlation, trace_of(of.trace))) for at, of in known],
    )


def told(records: Sequence[Marked]) -> None:
    """Observe how far the causes of what was said have come, by the first and the last of it."""
    observed = [(one.mark.recorded_ms, exemplar_of(one.value)) for one in ends(records)]
    distances.observe(TOLD, observed)
