"""The registry of topics: who writes, who reads, what the key is, how long it is kept.

The README's picture, the AsyncAPI document and the creation of topics come from here.
"""

import datetime as dt
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.envelope import Data
from contracts.events import alerts, analysis, intake
from contracts.events.principals import PRINCIPAL_EVENTS
from contracts.events.quarantine import QUARANTINE_EVENTS
from contracts.events.reports import REPORT_EVENTS
from contracts.events.reports_earlier import PaperEntered as PaperEnteredV1

DAY: Final = dt.timedelta(days=1)
FOR_EVER: Final = None


class Service(StrEnum):
    """Who writes and reads topics."""

    PUBLISHERS = "publishers"
    INTAKE = "intake"
    ANALYSIS = "analysis"
    ALERTS = "alerts"
    REPORTING = "reporting"
    OUTSIDE = "subscribers"


@dataclass(frozen=True)
class Topic:
    """One topic.

    `kept` is its retention (None: for ever); every topic has as many partitions as
    the deployment was created with. `position` topics carry a gapless number per
    partition in the record header of that name: readers skip what they have and notice gaps.
    """

    name: str
    carries: tuple[type[Data], ...]
    key: str
    producer: Service
    consumers: tuple[Service, ...]
    kept: dt.timedelta | None
    position: bool = False
    compacted: bool = False
    """Only the last record of each key is kept: a topic of states."""

    @property
    def configuration(self) -> dict[str, str]:
        """Give what the topic is made with, in Kafka's words: how long records are kept."""
        kept = -1 if self.kept is None else int(self.kept.total_seconds() * 1_000)
        policy = "compact" if self.compacted else "delete"
        found = {"retention.ms": str(kept), "cleanup.policy": policy}
        if self.name.startswith(PUBLISH_PREFIX):
            # A publisher could stamp a record as he likes, and its age with it.
            found["message.timestamp.type"] = ARRIVAL
        return found


ARRIVAL: Final = "LogAppendTime"
"""A record's time is when Kafka had it, not when its sender says he sent it."""
FACTS: Final = (*intake.JURISDICTION_FACTS, *intake.PROJECT_FACTS)

PUBLISH_PREFIX: Final = "publish."

PUBLISH_DEMO: Final = Topic(
    name="publish.demo",
    carries=FACTS,
    key="project",
    producer=Service.PUBLISHERS,
    consumers=(Service.INTAKE,),
    kept=30 * DAY,
)
PUBLISH_ALERTS: Final = Topic(
    name="publish.alerts",
    carries=(intake.DispositionDecided, intake.PriorityListPublished),
    key="project",
    producer=Service.ALERTS,
    consumers=(Service.INTAKE,),
    kept=30 * DAY,
)
PUBLISH_REPORTING: Final = Topic(
    name="publish.reporting",
    carries=(
        intake.TargetProgressReported,
        intake.TargetProgressWithdrawn,
        intake.ExpenditureRecorded,
        intake.ExpenditureReversed,
    ),
    key="project",
    producer=Service.REPORTING,
    consumers=(Service.INTAKE,),
    kept=30 * DAY,
)
SUBMISSIONS: Final = Topic(
    name="submissions",
    carries=FACTS,
    key="project",
    producer=Service.INTAKE,
    consumers=(Service.INTAKE,),
    kept=30 * DAY,
)
LEDGER: Final = Topic(
    name="ledger",
    carries=FACTS,
    key="project",
    producer=Service.INTAKE,
    consumers=(Service.ANALYSIS,),
    kept=FOR_EVER,
    position=True,
)
QUARANTINE: Final = Topic(
    name="quarantine",
    carries=QUARANTINE_EVENTS,
    key="project",
    producer=Service.INTAKE,
    consumers=(Service.ALERTS,),
    kept=30 * DAY,
    position=True,
)
ASSESSMENTS: Final = Topic(
    name="assessments",
    carries=(
        analysis.AssessmentMadeV1,
        analysis.AssessmentMadeV2,
        analysis.AssessmentMadeV3,
        analysis.AssessmentMade,
        analysis.FindingDetected,
        analysis.DayAssessed,
        *intake.JURISDICTION_FACTS,
    ),
    key="project",
    producer=Service.ANALYSIS,
    consumers=(Service.ALERTS, Service.REPORTING),
    kept=365 * DAY,
    position=True,
)
ALERTS: Final = Topic(
    name="alerts",
    carries=alerts.ALERT_EVENTS,
    key="jurisdiction",
    producer=Service.ALERTS,
    consumers=(Service.REPORTING, Service.OUTSIDE),
    kept=FOR_EVER,
    position=True,
)

REPORTS: Final = Topic(
    name="reports",
    carries=(PaperEnteredV1, *REPORT_EVENTS),
    key="jurisdiction",
    producer=Service.REPORTING,
    consumers=(Service.ALERTS, Service.OUTSIDE),
    kept=FOR_EVER,
    position=True,
)

PRINCIPALS: Final = Topic(
    name="principals",
    carries=PRINCIPAL_EVENTS,
    key="principal",
    producer=Service.INTAKE,
    consumers=(Service.INTAKE, Service.ANALYSIS, Service.ALERTS, Service.REPORTING),
    kept=FOR_EVER,
    compacted=True,
)

TOPICS: Final = (
    PUBLISH_DEMO,
    PUBLISH_ALERTS,
    PUBLISH_REPORTING,
    SUBMISSIONS,
    LEDGER,
    QUARANTINE,
    ASSESSMENTS,
    ALERTS,
    REPORTS,
    PRINCIPALS,
)


def partition_of(subject: str, partitions: int) -> int:
    """Return the partition of a subject: our own fixed hash, the same in every release."""
    return zlib.crc32(subject.encode()) % partitions


def flowchart() -> str:
    """Draw the registry as a Mermaid flow chart."""
    lines = ["flowchart LR"]
    for topic in TOPICS:
        lines += [f"    {topic.producer} -- {topic.name} --> {to}" for to in topic.consumers]
    return "\n".join(lines)
