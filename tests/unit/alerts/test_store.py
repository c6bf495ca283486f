"""Documents and batches: nothing is lost on the way, and only what changed is written."""

from hypothesis import given

from contracts.events.alerts import (
    AlertRaised,
    AlertState,
    Explanation,
    MeasurePlanned,
    Mute,
    Review,
)
from contracts.vocabulary import MuteGround, ReasonType, ReviewOutcome, Severity
from services.alerts.domain.alert import Alert, evolve, step
from services.alerts.domain.case import Case, examine
from services.alerts.domain.telling import Because, Told, event_of
from services.alerts.domain.work import StepKind
from services.alerts.store.batch import Batch
from services.alerts.store.documents import alert_document, alert_item, alert_of, case_id, open_key
from tests.unit.alerts.builders import JUNE_30, PROJECT, YEAR, assessment, finding
from tests.unit.alerts.rules import RULES
from tests.unit.alerts.test_alert import INFO, RED, SILENT, VERDICTS, live

NAME = case_id(PROJECT, YEAR)
BECAUSE = Because("event-1", "trace-1", 1_782_900_000_123, 41)


def alert_after(*verdicts: object) -> Alert:
    """Return an alert that went through verdicts."""
    alert = live(*verdicts)[0]  # type: ignore[arg-type]
    assert alert is not None
    return alert


@given(VERDICTS)
def test_documents_keep_everything(verdicts: list[object]) -> None:
    """What is read back equals what was written."""
    alert = live(*verdicts)[0]  # type: ignore[arg-type]
    if alert is not None:
        assert alert == alert_of(alert_document(alert, latest=True))


NEWER = {"outgrown", "anew_on", "held_since", "holds"}
"""Parts of an alert's work that the former release does not know, and refuses."""
PLAN = MeasurePlanned(measure="1", text="x", owner="U-1", due=JUNE_30)


def test_only_what_the_newer_parts_say_is_kept_of_them() -> None:
    """So that the former release reads all other alerts; people are told all parts of each."""
    alert = alert_after(RED)
    for kind, detail in (
        (StepKind.EXPLAINED, Explanation(reason=ReasonType.OTHER, objective=False, text="why")),
        (StepKind.MEASURE_PLANNED, PLAN),
        (StepKind.REVIEWED, Review(outcome=ReviewOutcome.ACCEPTED)),
    ):
        alert = evolve(alert, step(alert, kind, detail, JUNE_30, "li"))
    mute = step(alert, StepKind.MUTED, Mute(ground=MuteGround.FLAPPING), JUNE_30)
    muted = evolve(alert, mute)
    plain, new = (alert_document(one, latest=True)["work"] for one in (alert, muted))

    assert set() == NEWER & plain.keys()
    assert {"held_since"} == NEWER & new.keys()
    assert ["plan"] == list(plain["measures"][0])
    assert (alert, muted) == tuple(
        alert_of(alert_document(one, latest=True)) for one in (alert, muted)
    )
    told = alert_item(alert)["work"]
    assert NEWER <= told.keys()
    assert {"plan", "taken", "reminded_at"} == told["measures"][0].keys()


def test_occurrences_of_one_deviation_share_the_open_key() -> None:
    """The unique index on it holds the law of one open alert."""
    first, second = alert_after(RED), alert_after(RED, SILENT, RED)

    assert first.id != second.id
    assert open_key(first) == open_key(second)


def test_items_tell_what_the_interface_promises() -> None:
    """Names of the HTTP API."""
    item = alert_item(alert_after(INFO, RED))

    assert {
        "alert_id", "rule_id", "pack", "pack_version", "project_id", "project_name", "scope",
        "scope_subject", "fiscal_year", "severity", "aspect", "article", "title_zh", "title_en",
        "state", "raised_as_of", "as_of", "facts", "version",
    } <= item.keys()  # fmt: skip
    assert ("red", "open", 2) == (item["severity"], item["state"], item["version"])


def batch_of(case: Case, *made: object) -> Batch:
    """Return the batch of some assessments of one case."""
    batch = Batch(9, 10, {NAME: case})
    for event in made:
        batch.apply(examine(batch.cases[NAME], event, RULES), BECAUSE)  # type: ignore[arg-type]
    return batch


BAD = (finding(),)


def test_a_batch_writes_the_end_of_what_happened_and_tells_all_of_it() -> None:
    """Raised, cleared, raised again in one batch: two documents, four events."""
    batch = batch_of(
        Case(PROJECT, YEAR),
        assessment(findings=BAD, ledger_position=1),
        assessment(ledger_position=2),
        assessment(findings=BAD, ledger_position=3),
    )
    latest = batch.latest()

    assert [] == batch.changed()
    assert [(1, "cleared", False), (2, "open", True)] == [
        (alert.occurrence, str(alert.state), alert.id in latest) for alert in batch.raised()
    ]
    assert ["raised", "cleared", "raised", "regressed"] == [
        str(told.change.kind) for told in batch.told
    ]
    assert 3 == batch.judged()[NAME].judged.position  # type: ignore[union-attr]


def test_a_batch_expects_the_versions_it_read() -> None:
    """An alert that the store has is changed only if it still is what was read."""
    before = batch_of(Case(PROJECT, YEAR), assessment(findings=BAD, ledger_position=1))
    batch = batch_of(before.cases[NAME], assessment(ledger_position=2))
    ((alert, version),) = batch.changed()

    assert (1, 2, AlertState.CLEARED) == (version, alert.version, alert.state)
    assert [] == batch.superseded()


def test_a_new_occurrence_supersedes_the_old_one() -> None:
    """The cleared one is no longer the latest of its key."""
    before = batch_of(
        Case(PROJECT, YEAR),
        assessment(findings=BAD, ledger_position=1),
        assessment(ledger_position=2),
    )
    batch = batch_of(before.cases[NAME], assessment(findings=BAD, ledger_position=3))

    assert [] == batch.changed()
    assert [alert.id for alert in before.raised()] == batch.superseded()


def test_an_older_assessment_leaves_the_batch_as_it_was() -> None:
    """Not even its position is kept."""
    batch = batch_of(
        Case(PROJECT, YEAR),
        assessment(ledger_position=5),
        assessment(findings=BAD, ledger_position=4),
    )

    assert ([], 5) == (batch.told, batch.judged()[NAME].judged.position)  # type: ignore[union-attr]


def test_the_same_change_makes_the_same_event() -> None:
    """Ids and times derive from what happened, not from when it is told."""
    change = live(RED)[1][0]
    event = event_of(Told(change, BECAUSE), 7)

    assert event == event_of(Told(change, BECAUSE), 7)
    assert (f"{change.alert_id}.1", PROJECT, AlertRaised.event_type()) == (
        event.id,
        event.subject,
        event.type,
    )
    assert ("00000000000000000007", "event-1", "trace-1") == (
        event.sequence,
        event.causationid,
        event.correlationid,
    )
    assert ("2026-07-01T10:00:00.123000+00:00", JUNE_30, 7, Severity.RED) == (
        event.time.isoformat(),
        event.data.date,
        event.data.cursor,
        event.data.severity,
    )
