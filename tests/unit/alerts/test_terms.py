"""Terms in opened working days: reminders and escalation, each once, however days fall."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.alerts import (
    AlertState,
    Closing,
    Explanation,
    MeasurePlanned,
    MeasureTaken,
    Mute,
    Note,
    Review,
)
from contracts.vocabulary import (
    ClosingGround,
    EscalationLevel,
    MuteGround,
    ReasonType,
    ReviewOutcome,
    Severity,
)
from services.alerts.domain.alert import Alert, Change, Circumstances, decide, evolve, step
from services.alerts.domain.case import Case, examine
from services.alerts.domain.judging import Outcome, Verdict
from services.alerts.domain.rules import NO_TERM, Rule, Term
from services.alerts.domain.terms import (
    OpenedDay,
    OpenedDays,
    days_of,
    due,
    measures_due,
    term_of,
)
from services.alerts.domain.work import HOLDS_MAX, Hold, StepKind
from tests.unit.alerts.builders import JUNE_30, PROJECT, YEAR, assessment, finding
from tests.unit.alerts.rules import rule

TERM = Term(
    explain_within=5, explain_within_priority=3, remind_before=(2, 0), escalate_after=(1, 3)
)
EXPLAINED = Explanation(reason=ReasonType.OTHER, objective=False, text="why")
RETURNED = Review(outcome=ReviewOutcome.RETURNED, note="no")
ACCEPTED = Review(outcome=ReviewOutcome.ACCEPTED)


def raised() -> Alert:
    """Raise an alert on 30 June."""
    made = assessment(findings=(finding(),))
    case = examine(Case(PROJECT, YEAR), made, [rule("over_budget")]).case
    (alert,) = case.alerts.values()
    return alert


def day(number: int) -> dt.date:
    """Return the day so many days after 30 June."""
    return JUNE_30 + dt.timedelta(days=number)


def opened(working: Sequence[bool]) -> OpenedDays:
    """Open 30 June and the days after it."""
    worked = 0
    days = []
    for number, works in enumerate(working):
        worked += works
        days.append(OpenedDay(day(number), number + 1, worked))
    return OpenedDays(days)


def walk(
    alert: Alert, working: Sequence[bool], *, term: Term = TERM, priority: bool = False
) -> tuple[Alert, list[tuple[int, str]]]:
    """Let days pass; look only when the alert is to be looked at, and twice each time."""
    told: list[tuple[int, str]] = []
    wake: int | None = 0
    for number in range(len(working)):
        days = opened(working[: number + 1])
        if wake is None or wake > days.worked(day(number)):
            assert not due(alert, term, days, day(number), priority=priority).changes
            continue
        done = due(alert, term, days, day(number), priority=priority)
        told += [(number, words(change)) for change in done.changes]
        alert, wake = done.alert, done.wake
        again = due(alert, term, days, day(number), priority=priority)
        assert (again.changes, again.wake) == ((), wake)
    return alert, told


def words(change: Change) -> str:
    """Say a step in short."""
    detail = change.fact(1).model_dump(mode="json")["detail"]
    return str(detail.get("level", detail.get("working_days_left")))


def test_reminds_and_goes_up_in_working_days() -> None:
    """Five working days; two before, on the last one, after it; then level by level."""
    alert, told = walk(raised(), [True] * 12)

    assert [(3, "2"), (5, "0"), (6, "-1"), (6, "department"), (8, "counterpart_division")] == told
    assert EscalationLevel.COUNTERPART_DIVISION is alert.work.level


def test_days_off_do_not_count() -> None:
    """A week of holidays moves everything by a week."""
    _, told = walk(raised(), [True, True, *[False] * 7, *[True] * 12])

    assert [(10, "2"), (12, "0"), (13, "-1"), (13, "department")] == told[:4]


def test_a_jump_counts_the_day_it_opens_alone() -> None:
    """Days that were never opened have not passed."""
    days = OpenedDays([OpenedDay(JUNE_30, 1, 1), OpenedDay(day(90), 2, 2)])

    done = due(raised(), TERM, days, day(90), priority=False)
    assert ((), 4) == (done.changes, done.wake)


def test_a_priority_project_has_less_time() -> None:
    """Three days instead of five (Art. 11); never more than elsewhere."""
    _, told = walk(raised(), [True] * 6, priority=True)

    assert [(1, "2"), (3, "0"), (4, "-1"), (4, "department")] == told
    assert 5 == days_of(Term(explain_within=5, explain_within_priority=9), priority=True)
    assert 4 == days_of(Term(explain_within_priority=4), priority=True)
    assert None is days_of(Term(explain_within_priority=4), priority=False)


def test_who_has_seen_it_is_left_in_peace_until_the_term_is_over() -> None:
    """Acknowledged: no reminders before the end, but it goes up all the same."""
    seen = evolve(raised(), step(raised(), StepKind.ACKNOWLEDGED, Note(), JUNE_30, "a"))

    assert [(6, "-1"), (6, "department")] == walk(seen, [True] * 7)[1]


@pytest.mark.parametrize("known", [0, 6], ids=["at once", "after it went up"])
def test_an_explanation_ends_it(known: int) -> None:
    """Nothing more is told of what is explained."""
    alert, _ = walk(raised(), [True] * (known + 1))
    alert = evolve(alert, step(alert, StepKind.EXPLAINED, EXPLAINED, day(known), "a"))

    done = due(alert, TERM, opened([True] * 40), day(39), priority=False)
    assert ((), None) == (done.changes, done.wake)


def test_a_returned_explanation_begins_anew_on_the_day_of_the_return() -> None:
    """The same reminders come again; the level stays where it was."""
    alert, _ = walk(raised(), [True] * 7)
    alert = evolve(alert, step(alert, StepKind.EXPLAINED, EXPLAINED, day(7), "a"))
    alert = evolve(alert, step(alert, StepKind.REVIEWED, RETURNED, day(8), "b"))
    _, told = walk(alert, [True] * 20)

    found = [(number, word) for number, word in told if number >= 8]
    assert [(11, "2"), (13, "0"), (14, "-1"), (16, "counterpart_division")] == found


def judged(alert: Alert, severity: Severity, number: int, found: Rule) -> Alert:
    """Let the data show it so grave on a day."""
    verdict = Verdict(found, alert.key.subject, Outcome.RAISED, severity)
    where = replace(alert.where, as_of=day(number))
    for change in decide(alert, verdict, where):
        alert = evolve(alert, change)
    return alert


RULE = rule("over_budget", severity=Severity.YELLOW, term=TERM)


def yellow() -> Alert:
    """Raise an alert that may become graver."""
    return replace(raised(), severity=Severity.YELLOW)


def test_what_only_informs_has_no_term_but_a_suspicion_has() -> None:
    """Lawful spending that awaits its budget need not be explained (domain-rules 11, 17a)."""
    assert NO_TERM is term_of(RULE, Severity.INFO)
    assert TERM is term_of(RULE, Severity.YELLOW)
    assert TERM is term_of(replace(RULE, severity=Severity.INFO), Severity.INFO)
    assert NO_TERM is term_of(None, Severity.RED)


def test_the_term_begins_when_information_becomes_graver() -> None:
    """Twenty days for information, then red: five working days from that day on."""
    alert = judged(replace(raised(), severity=Severity.INFO), Severity.RED, 20, RULE)
    _, told = walk(alert, [True] * 29)

    assert [(23, "2"), (25, "0"), (26, "-1"), (26, "department")] == told[:4]


def test_what_was_explained_and_became_graver_is_to_be_explained_anew() -> None:
    """A new term begins on that day; the explanation was one of something less grave."""
    alert = evolve(yellow(), step(yellow(), StepKind.EXPLAINED, EXPLAINED, day(1), "a"))
    alert = judged(alert, Severity.RED, 10, RULE)
    _, told = walk(alert, [True] * 20)
    again = evolve(alert, step(alert, StepKind.EXPLAINED, EXPLAINED, day(11), "a"))
    accepted = evolve(alert, step(alert, StepKind.REVIEWED, ACCEPTED, day(11), "b"))
    returned = evolve(alert, step(alert, StepKind.REVIEWED, RETURNED, day(11), "b"))

    assert [(13, "2"), (15, "0"), (16, "-1"), (16, "department")] == told[:4]
    assert [] == walk(again, [True] * 30)[1] == walk(accepted, [True] * 30)[1]
    assert (14, "2") == walk(returned, [True] * 30)[1][0]


def test_what_becomes_graver_is_not_given_more_time() -> None:
    """A term that runs goes on; one in which everything was told begins anew."""
    alert, _ = walk(yellow(), [True] * 5)
    on, told = walk(judged(alert, Severity.RED, 4, RULE), [True] * 30)
    anew = judged(judged(on, Severity.YELLOW, 30, RULE), Severity.RED, 31, RULE)

    assert [(5, "0"), (6, "-1"), (6, "department"), (8, "counterpart_division")] == told
    assert [(34, "2"), (36, "0"), (37, "-1")] == walk(anew, [True] * 50)[1]


def test_a_plan_alone_does_not_answer_a_return() -> None:
    """The term of the return goes on until it is explained anew."""
    plan = MeasurePlanned(measure="1", text="x", owner="U-1", due=day(60))
    alert = evolve(raised(), step(raised(), StepKind.EXPLAINED, EXPLAINED, day(1), "a"))
    alert = evolve(alert, step(alert, StepKind.REVIEWED, RETURNED, day(2), "b"))
    alert = evolve(alert, step(alert, StepKind.MEASURE_PLANNED, plan, day(3), "a"))

    assert [(5, "2"), (7, "0"), (8, "-1"), (8, "department")] == walk(alert, [True] * 9)[1]


def hushed(alert: Alert, first: int, last: int, ground: MuteGround) -> Alert:
    """Mute an alert on a day, and tell it again on another."""
    alert = evolve(alert, step(alert, StepKind.MUTED, Mute(ground=ground), day(first)))
    alert = evolve(alert, step(alert, StepKind.MUTED, Mute(ground=ground), day(first + 1)))
    assert ((), None) == _looked(alert, last)
    return evolve(alert, step(alert, StepKind.MUTED, Mute(), day(last)))


def _looked(alert: Alert, number: int) -> tuple[tuple[Change, ...], int | None]:
    done = due(alert, TERM, opened([True] * (number + 1)), day(number), priority=False)
    return done.changes, done.wake


@pytest.mark.parametrize("ground", MuteGround)
def test_a_term_rests_while_nobody_is_notified(ground: MuteGround) -> None:
    """Two of five days have passed; the third is the one after it is told again."""
    alert = hushed(raised(), 2, 32, ground)
    _, told = walk(alert, [True] * 40)

    assert [(33, "2"), (35, "0"), (36, "-1"), (36, "department")] == told[:4]


def test_times_of_rest_add_up_and_count_for_the_term_they_fall_in_alone() -> None:
    """What rested before a return is not taken from the term that the return began."""
    twice = hushed(hushed(raised(), 1, 11, MuteGround.FLAPPING), 11, 21, MuteGround.SUPPRESSED)
    alert = evolve(twice, step(twice, StepKind.EXPLAINED, EXPLAINED, day(21), "a"))
    alert = evolve(alert, step(alert, StepKind.REVIEWED, RETURNED, day(22), "b"))

    assert (Hold(since=day(1), until=day(21)),) == twice.work.holds
    assert (23, "2") == walk(twice, [True] * 30)[1][0]
    assert (25, "2") == walk(alert, [True] * 30)[1][0]


def test_muted_and_told_again_on_one_day_has_not_rested() -> None:
    """And of one that is muted again and again only the last times are remembered."""
    alert = raised()
    for _ in range(3):
        alert = evolve(
            alert, step(alert, StepKind.MUTED, Mute(ground=MuteGround.SUPPRESSED), day(2))
        )
        alert = evolve(alert, step(alert, StepKind.MUTED, Mute(), day(2)))
    assert () == alert.work.holds
    for number in range(HOLDS_MAX + 2):
        alert = hushed(alert, 3 * number, 3 * number + 2, MuteGround.FLAPPING)
    assert (HOLDS_MAX, day(6)) == (len(alert.work.holds), alert.work.holds[0].since)


def planned(alert: Alert, due_in: int, measure: str = "1", on: int = 1) -> Alert:
    """Explain an alert, and plan a measure."""
    plan = MeasurePlanned(measure=measure, text="x", owner="U-1", due=day(due_in))
    alert = evolve(alert, step(alert, StepKind.EXPLAINED, EXPLAINED, day(on), "a"))
    return evolve(alert, step(alert, StepKind.MEASURE_PLANNED, plan, day(on), "a"))


def pass_days(
    alert: Alert, working: Sequence[bool], term: Term = TERM
) -> tuple[Alert, list[tuple[int, str]]]:
    """Let days pass over measures; look only when it asks to be looked at, and twice each time."""
    told: list[tuple[int, str]] = []
    wake: int | None = 0
    for number in range(len(working)):
        days = opened(working[: number + 1])
        if wake is None or wake > days.worked(day(number)):
            assert not measures_due(alert, term, days, day(number)).changes
            continue
        done = measures_due(alert, term, days, day(number))
        told += [(number, words(change)) for change in done.changes]
        alert, wake = done.alert, done.wake
        assert () == measures_due(alert, term, days, day(number)).changes
    return alert, told


def test_a_measure_that_is_late_goes_up_by_the_same_chain() -> None:
    """On its last day, on the first working day after it, and level by level (Art. 2, 15)."""
    alert, told = pass_days(planned(raised(), 10), [True] * 20)

    assert [
        (10, "0"), (11, "-1"), (11, "department"), (13, "counterpart_division"),
    ] == told  # fmt: skip
    assert [True] == [measure.late for measure in alert.work.measures]
    assert None is alert.work.reminded_at


def test_days_off_make_no_measure_late() -> None:
    """A last day within holidays: it is late on the first working day after them."""
    working = [*[True] * 9, *[False] * 7, *[True] * 9]

    assert [(16, "-1"), (16, "department"), (18, "counterpart_division")] == pass_days(
        planned(raised(), 10), working
    )[1]


def test_what_is_carried_out_or_planned_anew_in_time_is_not_late() -> None:
    """State is asked again when the day comes; another plan has another day."""
    taken = MeasureTaken(measure="1", taken_on=day(9))
    done = planned(raised(), 10)
    done = evolve(done, step(done, StepKind.MEASURE_TAKEN, taken, day(9), "a"))
    late, _ = pass_days(planned(raised(), 3), [True] * 5)
    again = planned(late, 10, on=4)

    assert [] == pass_days(done, [True] * 20)[1]
    assert [(10, "0"), (11, "-1"), (13, "counterpart_division")] == pass_days(again, [True] * 20)[1]


def test_the_latest_measure_says_how_high_it_goes() -> None:
    """Each is told once, the alert goes up once; without a term one is told all the same."""
    both = planned(planned(raised(), 4), 5, "2")

    assert [
        (4, "0"), (5, "-1"), (5, "0"), (5, "department"), (6, "-1"), (7, "counterpart_division"),
    ] == pass_days(both, [True] * 20)[1]  # fmt: skip
    assert [(5, "-1"), (6, "-1")] == pass_days(both, [True] * 20, NO_TERM)[1]


def test_measures_rest_with_their_alert_and_outlive_it() -> None:
    """Muted, nothing is told; of what has ended its measures still are (domain-rules 5)."""
    resting = hushed(planned(raised(), 4), 5, 15, MuteGround.SUPPRESSED)
    muted = planned(raised(), 4)
    muted = evolve(muted, step(muted, StepKind.MUTED, Mute(ground=MuteGround.SUPPRESSED), day(2)))
    ended = replace(muted, state=AlertState.CLEARED)

    assert [
        (4, "0"), (5, "-1"), (5, "department"), (17, "counterpart_division"),
    ] == pass_days(resting, [True] * 20)[1]  # fmt: skip
    assert [] == pass_days(muted, [True] * 20)[1]
    assert [(4, "0"), (5, "-1")] == pass_days(ended, [True] * 20)[1][:2]


def test_measures_of_what_ended_while_it_was_muted_are_heard() -> None:
    """Its end is told under the mute; what follows is told to everybody, less what has rested."""
    muted = planned(raised(), 4)
    muted = evolve(muted, step(muted, StepKind.MUTED, Mute(ground=MuteGround.SUPPRESSED), day(2)))
    (end,) = decide(muted, Verdict(RULE, muted.key.subject, Outcome.SILENT), _at(muted, 6))
    ended = evolve(muted, end)
    days = opened([True] * 8)
    done = measures_due(ended, TERM, days, day(7))

    assert MuteGround.SUPPRESSED is end.work.muted
    assert [None] * 2 == [change.work.muted for change in done.changes]
    assert ["-1", "department"] == [words(change) for change in done.changes]
    assert (Hold(since=day(2), until=day(6)),) == done.alert.work.holds
    assert () == measures_due(ended, TERM, opened([True] * 7), day(6)).changes


def _at(alert: Alert, number: int) -> Circumstances:
    return replace(alert.where, as_of=day(number))


@pytest.mark.parametrize("by", ["a", None], ids=["unfounded", "withdrawn"])
def test_measures_against_what_is_no_deviation_are_not_asked_for(by: str | None) -> None:
    """Nobody could drop them any more; those of what is accepted or corrected are."""

    def closed(ground: ClosingGround, by: str | None = "a") -> Alert:
        alert = planned(raised(), 4)
        detail = Closing(ground=ground, note="x")
        return evolve(alert, step(alert, StepKind.CLOSED, detail, day(2), by))

    dropped = closed(ClosingGround.UNFOUNDED if by else ClosingGround.ACCEPTED, by)

    assert [] == pass_days(dropped, [True] * 20)[1]
    assert None is measures_due(dropped, TERM, opened([True] * 6), day(5)).wake
    assert (4, "0") == pass_days(closed(ClosingGround.ACCEPTED), [True] * 20)[1][0]


def test_what_an_earlier_release_muted_begins_its_term_anew_when_it_is_told_again() -> None:
    """It did not keep since when; whoever hears of it has the whole term."""
    alert, _ = walk(raised(), [True] * 4)
    mute = Mute(ground=MuteGround.SUPPRESSED, suppression="s", until=day(9))
    alert = replace(alert, work=alert.work.model_copy(update={"mute": mute}))
    longer = evolve(
        alert, step(alert, StepKind.MUTED, mute.model_copy(update={"until": day(30)}), day(8))
    )
    again = evolve(longer, step(longer, StepKind.MUTED, Mute(), day(30)))
    _, told = walk(again, [True] * 40)

    assert [(33, "2"), (35, "0"), (36, "-1"), (36, "department")] == told[:4]


def test_without_a_term_nothing_happens() -> None:
    """A rule without terms, and an alert that has ended."""
    assert [] == walk(raised(), [True] * 30, term=Term())[1]


@given(
    working=st.lists(st.booleans(), min_size=1, max_size=60),
    within=st.integers(0, 12),
    before=st.sets(st.integers(0, 12), max_size=4),
    after=st.sets(st.integers(0, 15), max_size=3),
    events=st.dictionaries(
        st.integers(0, 59), st.sampled_from(["seen", "explained", "returned"]), max_size=4
    ),
)
def test_nothing_is_told_twice(
    working: list[bool], within: int, before: set[int], after: set[int], events: dict[int, str]
) -> None:
    """Whatever happens: of one term no reminder comes twice, no level is reached twice."""
    term = Term(within, None, tuple(sorted(before, reverse=True)), tuple(sorted(after)))
    runs = [_live(working, term, events, every_day=every) for every in (True, False)]

    assert runs[0] == runs[1]
    levels = [word for _, word in runs[0] if word != "returned" and not _is_number(word)]
    assert len(set(levels)) == len(levels)
    reminders: list[int] = []
    for _, word in runs[0]:
        if word == "returned":
            reminders = []
        elif _is_number(word):
            assert not reminders or int(word) < min(reminders)
            reminders.append(int(word))


def _is_number(word: str) -> bool:
    return word.lstrip("-").isdigit()


def _live(
    working: list[bool], term: Term, events: dict[int, str], *, every_day: bool
) -> list[tuple[int, str]]:
    """Live an alert's life, looked at on every day or only on those it asks for."""
    alert = raised()
    told: list[tuple[int, str]] = []
    wake: int | None = 0
    for number in range(len(working)):
        days = opened(working[: number + 1])
        today = days.worked(day(number))
        if every_day or (wake is not None and wake <= today):
            done = due(alert, term, days, day(number), priority=False)
            alert, wake = done.alert, done.wake
            told += [(number, words(change)) for change in done.changes]
        change = _event(alert, events.get(number), day(number))
        if change is not None:
            alert, wake = evolve(alert, change), 0
            if change.kind is StepKind.REVIEWED:
                told.append((number, "returned"))
    return told


def _event(alert: Alert, name: str | None, on: dt.date) -> Change | None:
    if name == "seen":
        return step(alert, StepKind.ACKNOWLEDGED, Note(), on, "a")
    if name == "explained":
        return step(alert, StepKind.EXPLAINED, EXPLAINED, on, "a")
    if name == "returned" and alert.work.explanation is not None:
        return step(alert, StepKind.REVIEWED, RETURNED, on, "b")
    return None
