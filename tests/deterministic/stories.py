"""What each service is told while it is crashed: small, and with every kind of write in it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from contracts.codec import JURISDICTION_TYPES, encode, new_event
from contracts.envelope import AnyEvent
from contracts.events.alerts import AlertCleared, AlertFact, AlertRaised
from contracts.events.analysis import DayAssessed
from contracts.events.intake import DayOpened
from contracts.record import MARK_HEADER, Mark
from contracts.topics import (
    ALERTS,
    ASSESSMENTS,
    LEDGER,
    PUBLISH_DEMO,
    SUBMISSIONS,
    partition_of,
)
from services.chassis.publisher import OutRecord
from services.intake.domain.admission import Admitted, admit
from services.intake.domain.submissions import Origin
from services.intake.domain.verdicts import Refusal
from services.intake.store.submissions import Submission, _record, _subject
from tests.deterministic.roles import (
    ALERTS_ROLE,
    ANALYSIS,
    CHASSIS,
    INTAKE,
    PARTITIONS,
    REPORTING,
)
from tests.deterministic.scenes import Scene, Wave
from tests.support import builders
from tests.support.crashing import Topics
from tests.support.hostile import event, organisation, registered, wire
from tests.unit.alerts.builders import JUNE_30, NOTED, assessment, finding, indicator
from tests.unit.intake.builders import NOW_MS, day

CODE: Final = "340100"
REQUEST: Final = b"r" * 16
PROJECTS: Final = tuple(f"{CODE}/P{number}" for number in (0, 4, 1, 5))
"""Two on each partition."""
CERTIFICATE: Final = {"kind": "payment_certificate", "number": "V1"}

# ---------------------------------------------------------------------------------------- intake


def submitted(lines: Iterable[bytes], first: int = 0) -> Wave:
    """Put events on `submissions` as the HTTP door does, numbered in one request."""
    records = [submission(raw, number) for number, raw in enumerate(lines, first)]

    def wave(topics: Topics) -> None:
        for partition, record in records:
            topics.log(SUBMISSIONS.name, partition).append(record)

    return wave


def submission(raw: bytes, index: int, request: bytes = REQUEST) -> tuple[int, OutRecord]:
    """Admit an event; give its partition and its record."""
    admission = admit(raw)
    if isinstance(admission, Refusal) and admission.code == "not_publishable":
        admission = Admitted("day", "dualwatch.day.opened.v1", CODE, jurisdiction_fact=True)
    origin = Origin("demo", "http", request, index, NOW_MS, len(raw))
    found = Submission(raw, admission, origin)
    subject = _subject(found)
    return partition_of(subject, PARTITIONS) if subject else 0, _record(found, subject)


def payment(number: int, project: str | None = None, **data: Any) -> bytes:
    """Make a payment; its number is its id."""
    content = {**event()["data"], **data}
    return wire(event(f"e-{number}", project or PROJECTS[number % len(PROJECTS)], data=content))


def _at_the_door(lines: Iterable[bytes]) -> Wave:
    def wave(topics: Topics) -> None:
        topics.log(PUBLISH_DEMO.name, 0).extend((None, raw, []) for raw in lines)

    return wave


def _both(*waves: Wave) -> Wave:
    def wave(topics: Topics) -> None:
        for each in waves:
            each(topics)

    return wave


INTAKE_SCENE: Final = Scene(
    "intake",
    INTAKE,
    (
        submitted([wire(registered(CODE)), wire(organisation(CODE))]),
        _both(
            submitted(
                [
                    *(payment(number) for number in range(3)),
                    day("2026-03-02", CODE),
                    payment(3),
                    payment(0),
                    payment(1, amount="9.99"),
                    payment(4, document=CERTIFICATE),
                    payment(5, PROJECTS[0], document=CERTIFICATE),
                    b"{",
                ],
                2,
            ),
            _at_the_door([payment(10), payment(11), payment(2)]),
        ),
    ),
    batch=6,
)

# -------------------------------------------------------------------------------------- analysis


class Ledger:
    """Writes `ledger` as intake does: positions without gaps, jurisdiction facts everywhere."""

    def __init__(self) -> None:
        """Begin empty."""
        self._positions: Counter[int] = Counter()
        self._sequences: Counter[tuple[int, str]] = Counter()

    def wave(self, *events: AnyEvent) -> Wave:
        """Number facts now, put them on the topic later."""
        records = [
            (partition, self.number(partition, fact))
            for fact in events
            for partition in range(PARTITIONS)
            if fact.type in JURISDICTION_TYPES
            or partition == partition_of(fact.subject, PARTITIONS)
        ]

        def wave(topics: Topics) -> None:
            for partition, record in records:
                topics.log(LEDGER.name, partition).append(record)

        return wave

    def number(self, partition: int, fact: AnyEvent) -> OutRecord:
        """Give a fact the next position of a partition."""
        self._positions[partition] += 1
        self._sequences[partition, fact.subject] += 1
        position, sequence = self._positions[partition], self._sequences[partition, fact.subject]
        mark = Mark(position, sequence, NOW_MS + position, position, fact.type)
        return (fact.subject.encode(), encode(fact), [(MARK_HEADER, mark.to_bytes())])


def _analysis_waves() -> tuple[Wave, ...]:
    ledger = Ledger()
    setting_up = [builders.jurisdiction(CODE), builders.organisation(subject=CODE)]
    setting_up += [builders.project(project) for project in PROJECTS]
    budgets = [builders.budget(project, "100.00", "2026-01-20") for project in PROJECTS]
    spent = [builders.expenditure(project, "12.00", "2026-03-01") for project in PROJECTS]
    more = [builders.expenditure(project, "95.00", "2026-03-02") for project in PROJECTS[:3]]
    return (
        ledger.wave(*setting_up, *budgets),
        ledger.wave(*spent, builders.day_opened("2026-02-28", CODE), *more),
    )


ANALYSIS_SCENE: Final = Scene("analysis", ANALYSIS, _analysis_waves(), batch=12)

CHASSIS_SCENE: Final = Scene("chassis", CHASSIS, _analysis_waves(), batch=12)

# -------------------------------------------------------------------------- alerts and reporting


class Telling:
    """Writes a topic of assessments or alerts, numbered by partition."""

    def __init__(self, topic: str) -> None:
        """Begin empty."""
        self.topic = topic
        self._positions: Counter[int] = Counter()

    def wave(self, *events: AnyEvent, partition: int | None = None) -> Wave:
        """Number events now, put them on the topic later; all on one partition, if it is given."""
        records = [
            (self._partition(fact) if partition is None else partition, fact) for fact in events
        ]
        numbered = [(partition, self._number(partition, fact)) for partition, fact in records]

        def wave(topics: Topics) -> None:
            for number, record in numbered:
                topics.log(self.topic, number).append(record)

        return wave

    def _partition(self, fact: AnyEvent) -> int:
        return partition_of(fact.subject, PARTITIONS)

    def _number(self, partition: int, fact: AnyEvent) -> OutRecord:
        self._positions[partition] += 1
        position = self._positions[partition]
        mark = Mark(position, 0, NOW_MS + position, position, fact.type)
        return (fact.subject.encode(), encode(fact), [(MARK_HEADER, mark.to_bytes())])


def _assessed(project: str, position: int, **changes: Any) -> AnyEvent:
    return assessment(project=project, ledger_position=position, **changes)


def _passing(telling: Telling, partition: int, days: int) -> Iterable[Wave]:
    """Open and end days on a partition."""
    for number in range(1, days + 1):
        date = JUNE_30 + dt.timedelta(days=number)
        opened = DayOpened(date=date, working_day=True)
        ended = DayAssessed(date=date, partition=partition, working_day=True, projects=2)
        facts = [
            new_event(data, event_id=f"{kind}{number}", source="t", subject=CODE, time=NOTED)
            for kind, data in (("opened", opened), ("ended", ended))
        ]
        yield telling.wave(*facts, partition=partition)


def _alerts_waves() -> tuple[Wave, ...]:
    telling = Telling(ASSESSMENTS.name)
    over = (finding(),)
    first = [_assessed(project, 1, findings=over) for project in PROJECTS]
    worse = [
        _assessed(project, 2, indicators=(indicator(ratio_bp=ratio),))
        for project, ratio in zip(PROJECTS, (7_000, 5_000, 7_000, 5_000), strict=True)
    ]
    last = [
        _assessed(PROJECTS[0], 3, indicators=(indicator(ratio_bp=5_000),)),
        _assessed(PROJECTS[1], 3),
        _assessed(PROJECTS[2], 3, findings=over),
        _assessed(PROJECTS[2], 2),
    ]
    return (
        telling.wave(builders.jurisdiction(CODE), *first),
        telling.wave(*worse, *last),
        _both(*_passing(telling, 0, 2)),
    )


ALERTS_SCENE: Final = Scene("alerts", ALERTS_ROLE, _alerts_waves(), batch=4)


def _alert(kind: type[AlertFact], project: str, cursor: int) -> AnyEvent:
    data = kind.model_validate(
        {
            "date": JUNE_30,
            "alert": f"a-{project}",
            "rule": "over_budget",
            "pack": "city",
            "pack_version": "1",
            "scope": "project",
            "scope_subject": project,
            "fiscal_year": 2026,
            "severity": "red",
            "aspect": "compliance",
            "article": "第十条",
            "title_zh": "超预算开支",
            "title_en": "Spending over budget",
            "cursor": cursor,
        }
    )
    return new_event(data, event_id=f"{project}-{cursor}", source="t", subject=project, time=NOTED)


def _reporting_waves() -> tuple[Wave, ...]:
    names, alerts = Telling(ASSESSMENTS.name), Telling(ALERTS.name)
    facts = [builders.jurisdiction(CODE)]
    facts += [builders.organisation(f"U{n}", subject=CODE) for n in range(6)]
    renamed = builders.organisation("U1", subject=CODE, name="教育局")
    raised = [_alert(AlertRaised, project, n) for n, project in enumerate(PROJECTS, 1)]
    cleared = [_alert(AlertCleared, project, n) for n, project in enumerate(PROJECTS, 5)]
    return (
        _both(names.wave(*facts), alerts.wave(*raised)),
        _both(
            names.wave(renamed),
            alerts.wave(*cleared),
        ),
    )


REPORTING_SCENE: Final = Scene("reporting", REPORTING, _reporting_waves(), batch=4)

SCENES: Final = (INTAKE_SCENE, ANALYSIS_SCENE, ALERTS_SCENE, REPORTING_SCENE, CHASSIS_SCENE)
