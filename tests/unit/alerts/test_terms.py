"""Terms in opened working days: reminders and escalation, each once, however days fall."""

import datetime as dt
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.events.alerts import Explanation, Note, Review
from contracts.vocabulary import EscalationLevel, ReasonType, ReviewOutcome
from services.alerts.domain.alert import Alert, Change, evolve, step
from services.alerts.domain.case import Case, examine
from services.alerts.domain.rules import Term
from services.alerts.domain.terms import OpenedDay, OpenedDays, days_of, due
from services.alerts.domain.work import StepKind
from tests.unit.alerts.builders import JUNE_30, PROJECT, YEAR, assessment, finding
from tests.unit.alerts.rules import rule

TERM = Term(
    explain_within=5, explain_within_priority=3, remind_before=(2, 0), escalate_after=(1, 3)
)
EXPLAINED = Explanation(reason=ReasonType.OTHER, objective=False, text="why")
RETURNED = Review(outcome=ReviewOutcome.RETURNED, note="no")


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
    levels = [word for _, word in runs[0] if not _is_number(word)]
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
