"""What the handlers count."""

from typing import Final

from services.chassis import metrics

UNREADABLE: Final = metrics.counter(
    "dualwatch_analysis_unreadable_entries_total",
    "Times a partition waited because an entry's type is newer than this release.",
)
PARKED: Final = metrics.counter(
    "dualwatch_analysis_parked_entries_total",
    "Entries that are broken: kept apart, their project marked incomplete.",
)
ASSESSED: Final = metrics.counter(
    "dualwatch_analysis_assessments_total",
    "Assessments made, after a change or for an opened day.",
    ("cause",),
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
