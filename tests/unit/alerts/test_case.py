"""A case meets assessments: older ones change nothing, what vanished is cleared."""

import datetime as dt
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import CloudEvent
from contracts.events.alerts import AlertState, Closing
from contracts.events.analysis import AssessmentMade, ProjectStanding
from contracts.vocabulary import ClosingGround, FindingKind
from services.alerts.domain.alert import DataKind, evolve, step
from services.alerts.domain.case import Case, Watermark, examine
from services.alerts.domain.judging import Key
from services.alerts.domain.rules import Rule
from services.alerts.domain.work import StepKind
from tests.unit.alerts.builders import (
    BUDGET,
    JUNE_30,
    PROJECT,
    YEAR,
    assessment,
    finding,
    indicator,
)
from tests.unit.alerts.rules import RULES, rule
from tests.unit.alerts.test_judging import Broken

Made = CloudEvent[AssessmentMade]
EMPTY = Case(PROJECT, YEAR)
AWAITING = FindingKind.AWAITING_BUDGET
GRAVE = FindingKind.SPENDING_WITHOUT_BUDGET


def after(*made: Made, rules: tuple[Rule, ...] = RULES) -> tuple[Case, list[tuple[str, str]]]:
    """Return the case after assessments, and what was told: kind and subject."""
    case, told = EMPTY, []
    for event in made:
        examination = examine(case, event, rules)
        case = examination.case
        told += [(str(change.kind), change.key.subject) for change in examination.changes]
    return case, told


def test_remembers_what_it_was_judged_by() -> None:
    """Position and date of the last assessment."""
    assert Watermark(100, JUNE_30) == after(assessment())[0].judged


def test_an_older_position_changes_nothing() -> None:
    """A redelivered assessment neither raises nor clears."""
    case, told = after(
        assessment(findings=(finding(),), ledger_position=101),
        assessment(ledger_position=100),
    )

    assert [("raised", "L-1")] == told
    assert Watermark(101, JUNE_30) == case.judged


def test_an_older_date_at_the_same_position_changes_nothing() -> None:
    """The day sweep of a later day was judged already."""
    stale = examine(
        after(assessment())[0],
        assessment(findings=(finding(),), date=dt.date(2026, 6, 29)),
        RULES,
    )

    assert (True, ()) == (stale.stale, stale.changes)


def test_the_same_assessment_again_changes_nothing() -> None:
    """Judging is idempotent."""
    made = assessment(findings=(finding(),))

    assert [("raised", "L-1")] == after(made, made)[1]


def test_an_indicator_that_was_replaced_is_cleared() -> None:
    """The data no longer show the deviation."""
    behind = assessment(indicators=(indicator("I-1", ratio_bp=0),))
    replaced = assessment(indicators=(indicator("I-2"),), ledger_position=101)

    assert [("raised", "I-1"), ("cleared", "I-1")] == after(behind, replaced)[1]


def test_a_finding_that_no_longer_holds_is_cleared() -> None:
    """Later facts clear it (domain-rules 17b)."""
    told = after(assessment(findings=(finding(),)), assessment(ledger_position=101))[1]

    assert [("raised", "L-1"), ("cleared", "L-1")] == told


def test_a_finding_that_becomes_provisional_again_stays_open() -> None:
    """Nothing is cleared by what cannot be decided yet."""
    case, told = after(
        assessment(findings=(finding(),)),
        assessment(findings=(finding(provisional=True),), ledger_position=101),
    )

    assert [("raised", "L-1")] == told
    assert {AlertState.OPEN} == {alert.state for alert in case.alerts.values()}


def test_findings_beyond_the_list_stay_open() -> None:
    """An assessment that lists only some of its findings says nothing about the others."""
    some = assessment(findings=(finding(subject="L-2"),), findings_total=2, ledger_position=101)
    told = after(assessment(findings=(finding(),)), some)[1]

    assert [("raised", "L-1"), ("raised", "L-2")] == told


def test_an_alert_of_a_rule_no_longer_in_force_ends_and_says_so() -> None:
    """Nobody judges it any more; in force again, its rule raises it anew."""
    case = after(assessment(findings=(finding(),)))[0]
    others = [rule("money_ahead_of_results")]
    off = examine(case, assessment(findings=(finding(),), ledger_position=101), others)
    still = examine(off.case, assessment(findings=(finding(),), ledger_position=102), others)
    rules = [rule("over_budget")]
    on = examine(still.case, assessment(findings=(finding(),), ledger_position=103), rules)

    told = [change for found in (off, still, on) for change in found.changes]
    assert ["closed", "raised", "regressed"] == [str(change.kind) for change in told]
    closing = told[0].detail
    assert isinstance(closing, Closing)
    assert (ClosingGround.ACCEPTED, None) == (closing.ground, told[0].by)
    assert "over_budget" in closing.note
    assert [1, 2, 2] == [change.occurrence for change in told]


def test_what_was_withdrawn_is_not_cleared_once_more() -> None:
    """Its rule is in force again, and the data show nothing: that is no news."""
    case = after(assessment(findings=(finding(),)))[0]
    made = assessment(findings=(finding(),), ledger_position=101)
    off = examine(case, made, [rule("money_ahead_of_results")])
    clear = examine(off.case, assessment(ledger_position=102), [rule("over_budget")])

    assert () == clear.changes


def test_a_rule_without_an_answer_leaves_its_alert_and_is_reported() -> None:
    """Errors are counted, and change nothing."""
    case = after(assessment(findings=(finding(),)))[0]
    broken = rule("over_budget", when=Broken())
    examination = examine(case, assessment(findings=(finding(),), ledger_position=101), [broken])

    assert ((), 1) == (examination.changes, len(examination.failures))


def test_zero_execution_stays_until_spent() -> None:
    """Raised on the opened day, untouched between days, cleared by the first fen."""
    zero: dict[str, Any] = {"spent": 0}
    rules = (rule("zero_execution_at_checkpoint"),)
    told = after(
        assessment(**zero, settled=False, ledger_position=100),
        assessment(**zero, ledger_position=101),
        assessment(**zero, settled=False, ledger_position=102),
        assessment(spent=1, settled=False, ledger_position=103),
        rules=rules,
    )[1]

    assert [("raised", PROJECT), ("cleared", PROJECT)] == told


MADE = st.builds(
    lambda position, day, spent, ratio, found: assessment(
        ledger_position=position,
        date=dt.date(2026, 6, day),
        spent=spent,
        indicators=(indicator(ratio_bp=ratio),),
        findings=(finding(),) if found else (),
    ),
    st.integers(1, 6),
    st.integers(28, 30),
    st.sampled_from([0, 20_000_000, 35_000_000, 50_000_000]),
    st.sampled_from([0, 7_000, 10_000]),
    st.booleans(),
)


@given(st.lists(MADE, max_size=12))
def test_one_open_alert_per_key_and_the_end_is_that_of_the_newest(history: list[Made]) -> None:
    """Whatever the order, the open alerts are those that the newest assessment alone raises."""
    case, _ = after(*history)
    newest = None
    for made in history:
        mark = Watermark(made.data.ledger_position, made.data.date)
        if newest is None or mark >= Watermark(newest.data.ledger_position, newest.data.date):
            newest = made
    alone = after(newest)[0] if newest else EMPTY

    assert severities(alone) == severities(case)


def severities(case: Case) -> dict[Key, str]:
    """Return the open alerts' severities."""
    return {
        key: str(alert.severity)
        for key, alert in case.alerts.items()
        if alert.state is AlertState.OPEN
    }


@given(st.lists(MADE, max_size=12))
def test_cleared_only_if_open(history: list[Made]) -> None:
    """Per key, raised and cleared take turns, beginning with raised."""
    case, opened = EMPTY, set[Key]()
    for made in history:
        examination = examine(case, made, RULES)
        case = examination.case
        for change in examination.changes:
            if isinstance(change.kind, StepKind):
                continue
            assert (change.kind is DataKind.RAISED) is (change.key not in opened)
            opened ^= {change.key} if change.kind is not DataKind.UPDATED else set()


def test_a_frozen_project_raises_nothing_new_and_keeps_what_is_open() -> None:
    """domain-rules 17f: its publisher is silent, so its execution cannot be judged."""
    behind = rule("execution_behind_standard")
    steps: list[tuple[bool, int]] = [
        (True, 0),
        (False, 0),
        (True, BUDGET // 2),
        (False, BUDGET // 2),
    ]
    case, told, still = EMPTY, [], []
    for position, (frozen, spent) in enumerate(steps, 1):
        standing = {"frozen": frozen}
        made = assessment(spent=spent, standing=standing, ledger_position=position)
        examination = examine(case, made, [behind])
        case = examination.case
        told.append([str(change.kind) for change in examination.changes])
        still.append([key.rule for key in case.frozen])

    assert [[], ["raised"], [], ["cleared"]] == told
    assert [[], [], ["execution_behind_standard"], []] == still


def test_of_a_frozen_project_only_what_is_not_decided_stands_still() -> None:
    """A finding that no longer holds clears its alert all the same; a closed year ends them."""
    rules = [rule("execution_behind_standard"), rule("over_budget")]
    first = assessment(spent=0, findings=(finding(),), ledger_position=1)
    silent: dict[str, Any] = {"spent": 0, "standing": {"frozen": True}}
    case = examine(EMPTY, first, rules).case
    case = examine(case, assessment(findings=(finding(),), ledger_position=2, **silent), rules).case
    assert {"execution_behind_standard"} == {key.rule for key in case.frozen}

    closed: dict[str, Any] = {"spent": 0, "standing": {"frozen": True, "closed_version": 1}}
    case = examine(case, assessment(ledger_position=3, **closed), rules).case
    assert frozenset() == case.frozen


def test_a_rule_with_days_raises_only_what_has_stood_for_them() -> None:
    """Opened days count, one after the other; between days and the same day again do not."""
    patient = replace(rule("over_budget"), for_days=2)
    first, second = dt.date(2026, 6, 29), dt.date(2026, 6, 30)
    found = (finding(),)
    history: list[tuple[Made, list[str]]] = [
        (assessment(findings=found, date=first, ledger_position=1), []),
        (assessment(findings=found, date=first, ledger_position=2), []),
        (assessment(findings=found, date=first, ledger_position=3, settled=False), []),
        (assessment(findings=found, date=second, ledger_position=4), ["raised"]),
        (assessment(date=second, ledger_position=5), ["cleared"]),
        (assessment(findings=found, date=second, ledger_position=6), []),
    ]
    case = EMPTY
    for made, expected in history:
        examination = examine(case, made, [patient])
        case = examination.case

        assert expected == [str(change.kind) for change in examination.changes]


def test_what_was_closed_and_becomes_graver_is_raised_at_once() -> None:
    """It has stood for the days of its rule; whoever closed it has not judged this."""
    patient = replace(rule("spending_without_budget"), for_days=2)
    day = dt.date(2026, 6, 28)
    case, told = EMPTY, []
    for number, kind in enumerate([AWAITING, AWAITING, None, AWAITING, GRAVE, GRAVE]):
        if kind is None:
            (alert,) = case.alerts.values()
            words = Closing(ground=ClosingGround.UNFOUNDED, note="误报")
            closed = evolve(alert, step(alert, StepKind.CLOSED, words, day, "li"))
            case = replace(case, alerts={alert.key: closed})
            continue
        made = assessment(
            findings=(finding(kind),),
            date=day + dt.timedelta(days=number),
            ledger_position=number,
        )
        examination = examine(case, made, [patient])
        case = examination.case
        told.append([str(change.kind) for change in examination.changes])

    assert [[], ["raised"], [], ["raised", "regressed"], []] == told


def test_what_was_clear_in_between_begins_anew() -> None:
    """Its days are one after the other."""
    patient = replace(rule("over_budget"), for_days=2)
    case = EMPTY
    for number, found in enumerate([(finding(),), (), (finding(),)], 1):
        day = dt.date(2026, 6, 27) + dt.timedelta(days=number)
        made = assessment(findings=found, date=day, ledger_position=number)
        examination = examine(case, made, [patient])
        case = examination.case

        assert () == examination.changes


def test_a_case_is_of_the_department_of_what_stands() -> None:
    """What ended with the former department's rules counts only where nothing stands."""
    behind, over = indicator(ratio_bp=7_000), finding()
    first = assessment(indicators=(behind,), findings=(over,), department="D-1", ledger_position=1)
    last = first.data.date + dt.timedelta(days=9)
    moved = assessment(findings=(over,), department="D-2", ledger_position=2)
    case, _ = after(first)
    key = next(key for key in case.alerts if key.scope == "finding")
    case = examine(case, moved, RULES).case
    ended = next(alert for alert in case.alerts.values() if alert.ended)
    old = replace(ended, where=replace(ended.where, department="D-1", as_of=last))
    stands = replace(case.alerts[key], where=replace(case.alerts[key].where, department="D-2"))

    assert "D-2" == Case(PROJECT, YEAR, alerts={ended.key: old, key: stands}).department
    assert "D-1" == Case(PROJECT, YEAR, alerts={ended.key: old}).department
    assert None is EMPTY.department


def test_open_alerts_end_with_their_year() -> None:
    """domain-rules 5: they end as year closed, and nothing of that year is raised any more."""
    closed = ProjectStanding(closed_version=1)
    case = after(assessment(findings=(finding(),)))[0]
    ended = examine(
        case, assessment(findings=(finding(),), standing=closed, ledger_position=101), RULES
    )
    later = examine(
        ended.case,
        assessment(findings=(finding(subject="L-2"),), standing=closed, ledger_position=102),
        RULES,
    )

    assert ["year_closed"] == [str(change.kind) for change in ended.changes]
    assert () == later.changes
