"""What people may do with an alert, and what they are told when they may not."""

import datetime as dt

import pytest

from contracts.envelope import Part
from contracts.events.alerts import (
    MEASURES_MAX,
    AlertState,
    Assignment,
    Closing,
    Explanation,
    MeasurePlanned,
    MeasureTaken,
    Note,
    Review,
    Urging,
)
from contracts.vocabulary import (
    CauseArea,
    ClosingGround,
    ReasonType,
    ReviewOutcome,
    Severity,
)
from services.alerts.domain.alert import Alert, Change, DataKind, close_year, decide, evolve
from services.alerts.domain.commands import (
    COMMANDED,
    COMMENTS_MAX,
    Command,
    Refusal,
    RefusedError,
    carry_out,
)
from services.alerts.domain.judging import Outcome
from services.alerts.domain.work import DETAIL_OF, StepKind
from tests.unit.alerts.test_alert import INFO, RED, SILENT, WHERE, live

DAY = dt.date(2026, 7, 1)
LI = "li"
WANG = "wang"
WHY = Explanation(
    areas=(CauseArea.INSTITUTION,),
    reason=ReasonType.PROCUREMENT_PROCEDURE,
    objective=False,
    text="招标流标一次",
)
PLAN = MeasurePlanned(measure="1", text="二次招标", owner="610100027001", due=DAY)
TAKEN = MeasureTaken(measure="1", taken_on=DAY)


def raised() -> Alert:
    """Return an open alert."""
    alert = live(INFO)[0]
    assert alert is not None
    return alert


def after(alert: Alert, *details: tuple[StepKind, Part], by: str = LI) -> Alert:
    """Let somebody work on an alert."""
    for kind, detail in details:
        for change in carry_out(alert, Command(kind, detail), by, DAY):
            alert = evolve(alert, change)
    return alert


def refused(alert: Alert, kind: StepKind, detail: Part) -> tuple[Refusal, str]:
    """Return why a command is refused, and where."""
    with pytest.raises(RefusedError) as caught:
        carry_out(alert, Command(kind, detail), LI, DAY)
    return caught.value.code, caught.value.pointer


def test_work_is_told_and_kept() -> None:
    """Seen, assigned, explained, corrected, reviewed, closed: each step is one version more."""
    alert = after(
        raised(),
        (StepKind.ACKNOWLEDGED, Note()),
        (StepKind.ASSIGNED, Assignment(assignee=WANG)),
        (StepKind.COMMENTED, Note(note="已核实")),
        (StepKind.EXPLAINED, WHY),
        (StepKind.MEASURE_PLANNED, PLAN),
        (StepKind.MEASURE_TAKEN, TAKEN),
        (StepKind.URGED, Urging()),
        (StepKind.REVIEWED, Review(outcome=ReviewOutcome.ACCEPTED)),
        (StepKind.CLOSED, Closing(ground=ClosingGround.CORRECTED, note="已整改")),
    )
    work = alert.work

    assert (10, AlertState.CLOSED, DAY) == (alert.version, alert.state, alert.where.as_of)
    assert (LI, WANG, 1, WHY, LI, DAY) == (
        work.acknowledged_by,
        work.assignee,
        work.comments,
        work.explanation,
        work.explained_by,
        work.explained_on,
    )
    assert [TAKEN] == [measure.taken for measure in work.measures]
    assert (1, DAY, ReviewOutcome.ACCEPTED) == (
        work.urged,
        work.urged_on,
        work.review and work.review.outcome,
    )


def test_each_step_is_an_event_with_its_detail() -> None:
    """What the feed tells names who did it and how the alert stands after it."""
    (change,) = carry_out(raised(), Command(StepKind.EXPLAINED, WHY), LI, DAY)
    fact = change.fact(7)

    assert ("dualwatch.alert.explained.v1", 7, 2, LI, "open", WHY) == (
        fact.event_type(),
        fact.cursor,
        fact.version,  # type: ignore[attr-defined]
        fact.by,  # type: ignore[attr-defined]
        fact.state,  # type: ignore[attr-defined]
        fact.detail,  # type: ignore[attr-defined]
    )


@pytest.mark.parametrize("kind", sorted(COMMANDED))
def test_every_command_has_its_form(kind: StepKind) -> None:
    """So that the API can read it."""
    assert issubclass(DETAIL_OF[kind], Part)


def test_what_is_so_already_changes_nothing() -> None:
    """Seen twice, assigned to the same again."""
    alert = after(raised(), (StepKind.ACKNOWLEDGED, Note()))

    assert () == carry_out(alert, Command(StepKind.ACKNOWLEDGED, Note()), WANG, DAY)
    assert () == carry_out(alert, Command(StepKind.ASSIGNED, Assignment(assignee=None)), LI, DAY)


def test_who_has_seen_it_has_not_seen_that_it_is_graver() -> None:
    """Acknowledged until it changes for the worse."""
    alert = after(raised(), (StepKind.ACKNOWLEDGED, Note()))
    for change in decide(alert, RED, WHERE):
        alert = evolve(alert, change)

    assert (Severity.RED, None) == (alert.severity, alert.work.acknowledged_by)


@pytest.mark.parametrize("kind", [StepKind.EXPLAINED, StepKind.MEASURE_PLANNED])
def test_a_new_explanation_or_measure_is_not_reviewed_yet(kind: StepKind) -> None:
    """What was said of the former says nothing of this one."""
    alert = after(
        raised(),
        (StepKind.EXPLAINED, WHY),
        (StepKind.REVIEWED, Review(outcome=ReviewOutcome.ACCEPTED)),
        (kind, WHY if kind is StepKind.EXPLAINED else PLAN),
    )

    assert (None, None) == (alert.work.review, alert.work.reviewed_by)


def test_a_return_stands_until_it_is_explained_anew() -> None:
    """A measure may be planned meanwhile; it is no explanation."""
    returned = Review(outcome=ReviewOutcome.RETURNED, note="措施没有完成时限")
    steps = ((StepKind.EXPLAINED, WHY), (StepKind.REVIEWED, returned))
    planned = after(raised(), *steps, (StepKind.MEASURE_PLANNED, PLAN))
    explained = after(planned, (StepKind.EXPLAINED, WHY))

    assert (returned, None) == (planned.work.review, explained.work.review)
    assert 1 == len(explained.work.measures)


@pytest.mark.parametrize(
    ("kind", "detail", "reason", "pointer"),
    [
        (
            StepKind.EXPLAINED,
            WHY.model_copy(update={"areas": (CauseArea.OTHER, CauseArea.OTHER)}),
            Refusal.REPEATED_AREA,
            "/areas",
        ),
        (
            StepKind.MEASURE_PLANNED,
            PLAN.model_copy(update={"due": dt.date(2026, 6, 30)}),
            Refusal.DUE_IN_PAST,
            "/due",
        ),
        (StepKind.MEASURE_TAKEN, TAKEN, Refusal.UNKNOWN_MEASURE, "/measure"),
        (
            StepKind.REVIEWED,
            Review(outcome=ReviewOutcome.ACCEPTED),
            Refusal.NOTHING_TO_REVIEW,
            "",
        ),
        (
            StepKind.CLOSED,
            Closing(ground=ClosingGround.ACCEPTED, note="认可"),
            Refusal.NOT_EXPLAINED,
            "",
        ),
    ],
)
def test_what_may_not_be_is_refused(
    kind: StepKind, detail: Part, reason: Refusal, pointer: str
) -> None:
    """With its reason and where it is in the request."""
    assert (reason, pointer) == refused(raised(), kind, detail)


def test_a_return_gives_its_reasons() -> None:
    """Who returns says what is to be done."""
    alert = after(raised(), (StepKind.EXPLAINED, WHY))
    returned = Review(outcome=ReviewOutcome.RETURNED, note=" ")

    assert (Refusal.NOTE_REQUIRED, "/note") == refused(alert, StepKind.REVIEWED, returned)


def test_a_measure_is_not_taken_before_its_day() -> None:
    """Today is the last opened day."""
    alert = after(raised(), (StepKind.MEASURE_PLANNED, PLAN))
    early = MeasureTaken(measure="1", taken_on=DAY + dt.timedelta(days=1))

    assert (Refusal.TAKEN_IN_FUTURE, "/taken_on") == refused(alert, StepKind.MEASURE_TAKEN, early)


def test_one_urges_once_a_day() -> None:
    """domain-rules 23."""
    alert = after(raised(), (StepKind.URGED, Urging()))

    assert (Refusal.URGED_TODAY, "") == refused(alert, StepKind.URGED, Urging())
    assert 1 == len(
        carry_out(alert, Command(StepKind.URGED, Urging()), LI, DAY + dt.timedelta(days=1))
    )


def test_measures_and_comments_are_bounded() -> None:
    """An alert holds a bounded amount of work; the same measure again replaces its plan."""
    numbers = [str(number) for number in range(MEASURES_MAX)]
    plans = [PLAN.model_copy(update={"measure": number}) for number in numbers]
    alert = after(raised(), *((StepKind.MEASURE_PLANNED, plan) for plan in plans))
    more = PLAN.model_copy(update={"measure": "more"})

    assert (Refusal.TOO_MANY_MEASURES, "/measure") == refused(alert, StepKind.MEASURE_PLANNED, more)
    assert MEASURES_MAX == len(after(alert, (StepKind.MEASURE_PLANNED, plans[0])).work.measures)
    talked = after(raised(), *((StepKind.COMMENTED, Note()) for _ in range(COMMENTS_MAX)))
    assert (Refusal.TOO_MANY_COMMENTS, "") == refused(talked, StepKind.COMMENTED, Note())


def test_after_its_end_only_what_is_unfinished_moves_on() -> None:
    """Corrective work goes on (domain-rules 5); nobody is urged any more."""
    alert = after(raised(), (StepKind.MEASURE_PLANNED, PLAN))
    for change in close_year(alert, WHERE):
        alert = evolve(alert, change)

    assert AlertState.YEAR_CLOSED is alert.state
    assert (Refusal.ALERT_ENDED, "") == refused(alert, StepKind.URGED, Urging())
    done = after(alert, (StepKind.MEASURE_TAKEN, TAKEN))
    assert (AlertState.YEAR_CLOSED, ()) == (done.state, done.work.unfinished)


def test_what_was_closed_is_raised_again_only_after_the_data_were_clear_of_it() -> None:
    """A person's word stands as long as the deviation that it is about."""
    closed = after(
        raised(), (StepKind.CLOSED, Closing(ground=ClosingGround.UNFOUNDED, note="数据有误"))
    )
    assert () == decide(closed, INFO, WHERE)
    (cleared,) = decide(closed, SILENT, WHERE)
    clear = evolve(closed, cleared)
    kinds = [change.kind for change in decide(clear, RED, WHERE)]

    assert (DataKind.CLEARED, AlertState.CLEARED) == (cleared.kind, clear.state)
    assert [DataKind.RAISED, StepKind.REGRESSED] == kinds


def test_what_returns_stays_with_whom_it_was() -> None:
    """The new alert names the one before and keeps its assignee."""
    alert = after(raised(), (StepKind.ASSIGNED, Assignment(assignee=WANG)))
    changes: list[Change] = []
    for said in (SILENT, RED):
        for change in decide(alert, said, WHERE):
            alert = evolve(alert, change)
            changes.append(change)

    assert (2, WANG, changes[0].alert_id) == (
        alert.occurrence,
        alert.work.assignee,
        alert.work.regressed_from,
    )
    assert Outcome.RAISED is RED.outcome


def test_what_was_closed_and_becomes_graver_is_raised_anew() -> None:
    """Whoever closed it has not judged this; the new alert names the closed one."""
    born = live(INFO)[0]
    assert born is not None
    closed = after(born, (StepKind.CLOSED, Closing(ground=ClosingGround.UNFOUNDED, note="误报")))
    raised_anew, regressed = decide(closed, RED, WHERE)
    again = evolve(evolve(closed, raised_anew), regressed)

    assert () == decide(closed, INFO, WHERE)
    assert (AlertState.OPEN, Severity.RED, 2) == (again.state, again.severity, again.occurrence)
    assert closed.id == again.work.regressed_from
