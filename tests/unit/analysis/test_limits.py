"""Spending above plan, above disbursement, after the end; assets above standard (rule 17)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.envelope import AnyEvent
from contracts.vocabulary import FindingNature
from services.analysis.domain.execution import plans as plans_module
from services.analysis.domain.findings import limits
from services.analysis.domain.findings.causes import Cause
from services.analysis.domain.findings.finding import SUSPICIONS
from services.analysis.domain.folding import targets
from services.analysis.domain.state import PlanVersion
from tests.spec.engines import folded
from tests.support.builders import (
    PROJECT,
    budget,
    commitment,
    day_opened,
    disbursement,
    expenditure,
    fund_return,
    jurisdiction,
    plan,
    project,
    reversal,
)
from tests.support.measuring import amendment, correction, parameters, state_changed, succession
from tests.support.watching import asset, disposition
from tests.unit.analysis.strategies import BY_ASSESSMENTS, dates, money_facts, plans


def found(*events: AnyEvent, as_of: str = "2026-06-30") -> list[tuple[str, str, int, int]]:
    """Kind, subject, amount in fen and entry of every finding."""
    made = folded([jurisdiction(), *events]).assessment(as_of=as_of)
    return [(f.kind.value, f.subject, f.amount, f.entry_sequence) for f in made.findings]


def kinds(*events: AnyEvent, as_of: str = "2026-06-30") -> list[str]:
    return [kind for kind, *_ in found(*events, as_of=as_of)]


QUARTERS = [
    ("2026-01-01", "2026-03-31", "20.00"),
    ("2026-04-01", "2026-06-30", "30.00"),
]
BOTH = project(control_mode="allotment_and_plan")


def test_above_plan_exists_where_plans_limit_payments() -> None:
    """双控制: more than the periods begun by the date. Elsewhere a plan is no limit (17e)."""
    events = [budget(), plan(QUARTERS, line="L1"), expenditure(amount="20.01", date="2026-03-31")]

    assert [("above_plan", "L1", 1, 4)] == found(BOTH, *events, as_of="2026-03-31")
    assert [] == found(BOTH, *events, as_of="2026-04-01")
    assert [] == found(project(), *events, as_of="2026-03-31")


def test_up_to_the_periods_begun_spending_is_as_planned() -> None:
    """A period counts from its first day on: it may be spent within it."""
    events = [BOTH, budget(), plan(QUARTERS, line="L1"), expenditure(amount="50.00")]

    assert [] == found(*events, as_of="2026-04-01")
    assert ["above_plan"] == kinds(*events, as_of="2026-03-31")


def test_a_plan_for_the_whole_project_limits_its_sum() -> None:
    """The plan is the subject; lines without their own are not held to nothing then."""
    events = [BOTH, budget(), budget(line="L2"), plan(QUARTERS)]
    spent = [expenditure(amount="15.00"), expenditure(amount="10.00", line="L2")]

    assert [("above_plan", "PLAN-1", 500, 6)] == found(*events, *spent, as_of="2026-03-31")


def test_a_plan_of_a_line_is_no_limit_of_the_whole_project() -> None:
    """Only a plan for all of it is: what was spent before it came was above none."""
    events = [BOTH, budget(), budget(line="L2")]
    early = plan([("2026-01-01", "2026-12-31", "40.00")], line="L1")
    whole = plan([("2026-01-01", "2026-12-31", "25.00")], "2026-05-06", plan_id="PLAN-2")
    spent = [
        expenditure(amount="15.00", date="2026-03-01"),
        expenditure(amount="15.00", line="L2", date="2026-04-01"),
    ]
    l2 = ("above_plan", "L2", 1_500, 6)

    assert [l2] == found(*events, early, *spent, as_of="2026-05-05")
    assert [("above_plan", "PLAN-2", 500, 7)] == found(*events, early, *spent, whole)


def test_without_any_plan_nothing_says_what_the_limit_is() -> None:
    """Once some line has one, the others may spend nothing."""
    events = [BOTH, budget(), budget(line="L2"), expenditure(amount="9.00")]

    assert [] == found(*events)
    assert [("above_plan", "L1", 900, 5)] == found(*events, plan(QUARTERS, "2026-05-01", line="L2"))


def test_spending_without_budget_is_not_found_twice() -> None:
    """It has no plan because it has no budget."""
    events = [BOTH, budget(), plan(QUARTERS, line="L1"), expenditure(line="L9")]

    assert ["spending_without_budget"] == kinds(*events)


def test_a_plan_lowered_below_what_is_spent_is_named_itself() -> None:
    """Spending was lawful; the plan brought it about. A later one may clear it."""
    less = plan([("2026-01-01", "2026-06-30", "10.00")], "2026-05-01", line="L1")
    more = plan(QUARTERS, "2026-06-01", line="L1")
    events = [BOTH, budget(), plan(QUARTERS, line="L1"), expenditure(amount="12.00"), less]

    assert [] == found(*events, as_of="2026-04-30")
    assert [("above_plan", "L1", 200, 5)] == found(*events)
    assert [] == found(*events, more)


def test_plans_of_several_ids_limit_together() -> None:
    """A plan a quarter: what was spent as planned is not above the last of them."""
    quarters = ["2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01"]
    ends = ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31"]
    each = [
        plan([(start, end, "300.00")], line="L1", plan_id=f"Q{number}")
        for number, (start, end) in enumerate(zip(quarters, ends, strict=True))
    ]
    spent = [expenditure(amount="300.00", date=start) for start in quarters]
    events = [BOTH, budget(amount="1500.00"), *each, *spent]

    assert [] == found(*events, as_of="2026-12-31")
    more = expenditure(amount="0.01", date="2026-11-02")
    assert [("above_plan", "L1", 1, 11)] == found(*events, more, as_of="2026-12-31")


def test_the_latest_of_the_plans_in_force_brings_it_about() -> None:
    """Of a line its own; a plan of another line is not the one."""
    first, second = (
        plan([("2026-01-01", "2026-03-31", "20.00")], line="L1", plan_id="A"),
        plan([("2026-04-01", "2026-06-30", "30.00")], "2026-02-01", line="L1", plan_id="B"),
    )
    less = plan([("2026-01-01", "2026-03-31", "5.00")], "2026-05-01", line="L1", plan_id="A")
    other = plan(QUARTERS, "2026-05-01", line="L2", plan_id="C")
    events = [BOTH, budget(), budget(line="L2"), expenditure(amount="40.00"), first, second]

    assert [] == found(*events)
    assert [("above_plan", "L1", 500, 7)] == found(*events, less, other)
    assert [("above_plan", "L1", 2_000, 4)] == found(*events, as_of="2026-03-31")


def test_of_plans_for_the_whole_project_the_latest_is_the_subject() -> None:
    """Whose periods count together."""
    first = plan([("2026-01-01", "2026-03-31", "20.00")], plan_id="A")
    second = plan([("2026-04-01", "2026-06-30", "30.00")], plan_id="B")
    events = [BOTH, budget(), first, second]

    assert [] == found(*events, expenditure(amount="50.00", date="2026-04-01"))
    spent = expenditure(amount="50.01", date="2026-04-01")
    assert [("above_plan", "B", 1, 5)] == found(*events, spent)


def test_a_line_whose_plan_went_to_another_may_spend_nothing() -> None:
    """Of an id the latest version says which line it is for; it brought that about."""
    moved = plan(QUARTERS, "2026-05-01", line="L2")
    events = [BOTH, budget(), budget(line="L2"), plan(QUARTERS, line="L1")]

    assert [("above_plan", "L1", 1_000, 6)] == found(*events, expenditure(amount="10.00"), moved)


def test_many_plans_are_gone_through_once_a_day_that_states_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not on every day that was paid on or begins a period."""
    calls: list[int] = []

    def counted(versions: Sequence[PlanVersion]) -> list[plans_module.Planned]:
        calls.append(len(versions))
        return plans_module.together(versions)

    monkeypatch.setattr(limits, "together", counted)
    months = [(f"2026-{month:02}-01", f"2026-{month:02}-28", "1.00") for month in range(1, 13)]
    known = [plan(months, f"2026-01-{one:02}", line="L1", plan_id=f"P{one}") for one in (6, 7, 8)]
    paid = [expenditure(amount="1.00", date=f"2026-02-{one:02}") for one in range(1, 28)]

    assert ["above_plan"] == kinds(BOTH, budget(), *known, *paid)
    # By the limit itself, before anything is stated, and on each of the three days.
    assert [3, 0, 1, 2, 3] == calls


def test_the_oldest_replaced_plan_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in force stays; the oldest of all goes only if each is."""
    monkeypatch.setattr(targets, "PLANS_MAX", 3)

    def kept(*stated: tuple[str, str]) -> list[tuple[str, str]]:
        events = [plan(QUARTERS, date, plan_id=name) for name, date in stated]
        known = folded([jurisdiction(), *events]).year(PROJECT, 2026).plans
        return [(each.plan, str(dt.date.fromordinal(each.day))) for each in known]

    first, second, third = ("A", "2026-01-06"), ("B", "2026-01-07"), ("B", "2026-01-08")
    assert [first, third, ("B", "2026-01-09")] == kept(first, second, third, ("B", "2026-01-09"))
    assert [second, ("C", "2026-01-08"), ("D", "2026-01-09")] == kept(
        first, second, ("C", "2026-01-08"), ("D", "2026-01-09")
    )


def test_the_mode_holds_as_amended() -> None:
    """From the amendment's date on."""
    events = [project(), budget(), plan(QUARTERS, line="L1"), expenditure(amount="60.00")]
    mode = amendment("2026-05-06", control_mode="allotment_and_plan")

    assert [] == found(*events, mode, as_of="2026-05-05")
    assert ["above_plan"] == kinds(*events, mode, as_of="2026-05-06")


ALLOCATION: dict[str, Any] = {"channel": "allocation"}


def test_an_allocation_line_that_spent_more_than_was_disbursed() -> None:
    """The payment that went above is named."""
    events = [
        budget(**ALLOCATION),
        disbursement("30.00"),
        expenditure(amount="20.00", **ALLOCATION),
        expenditure(amount="10.01", date="2026-03-02", **ALLOCATION),
    ]

    assert [("above_disbursement", "L1", 1, 4)] == found(*events)
    assert [] == found(*events, disbursement("0.01", "2026-04-01"))


OWN: dict[str, Any] = {"channel": "own_funds"}


def test_own_funds_are_not_spent_of_what_was_disbursed() -> None:
    """单位资金 is a channel of its own (rule 1): net of what came back, it counts neither way."""
    events = [
        budget(**ALLOCATION),
        disbursement("30.00"),
        expenditure(amount="30.00", **ALLOCATION),
        expenditure(amount="20.00", **OWN),
    ]
    back = [expenditure(amount="0.01", date="2026-03-02", **ALLOCATION), reversal("25.00", **OWN)]

    assert [] == found(*events)
    assert [("above_disbursement", "L1", 1, 5)] == found(*events, *back)


def test_money_given_back_may_bring_it_about() -> None:
    """Then the return is named."""
    events = [
        budget(**ALLOCATION),
        disbursement("30.00"),
        expenditure(amount="20.00", **ALLOCATION),
    ]

    assert [("above_disbursement", "L1", 500, 4)] == found(*events, fund_return("15.00"))


QUOTA: dict[str, Any] = {"channel": "treasury_payment"}


@pytest.mark.parametrize(
    ("given", "taken", "entry"),
    [
        (OWN, [fund_return("15.00", **OWN)], 5),
        (OWN, [disbursement("15.00", "2026-03-20", returned=True, **OWN)], 5),
        (QUOTA, [fund_return("15.00", **QUOTA)], 5),
        (QUOTA, [correction(3, "2026-03-20", line="L2")], 5),
        (OWN, [correction(3, "2026-03-20", line="L2")], 5),
        (QUOTA, [correction(3, "2026-03-20", line="L2"), reversal("1.00", "2026-03-20")], 6),
        (QUOTA, [correction(3, "2026-03-20", line="L2"), reversal("1.00", "2026-03-21")], 5),
        (QUOTA, [fund_return("15.00", **QUOTA), correction(3, "2026-04-01", line="L2")], 5),
    ],
)
def test_so_may_what_was_disbursed_otherwise_and_left_the_line(
    given: dict[str, Any], taken: list[AnyEvent], entry: int
) -> None:
    """授权支付额度, own funds: `disbursed` counts them, so they are what brings it about."""
    events = [
        budget(**ALLOCATION),
        disbursement("30.00"),
        disbursement("15.00", **given),
        expenditure(amount="40.00", **ALLOCATION),
    ]

    assert [] == found(*events)
    made = [part for part in found(*events, *taken) if part[0] == "above_disbursement"]
    assert [entry] == [sequence for *_, sequence in made]


def test_what_is_disbursed_otherwise_and_comes_to_a_line_names_no_payment() -> None:
    """A correction that moves a quota moves no spending: over budget a payment is named."""
    events = [
        budget(amount="10.00"),
        budget(amount="0.00", line="L2"),
        disbursement("15.00", line="L2", **QUOTA),
        expenditure(amount="12.00"),
    ]

    moved = correction(3, "2026-03-01", line="L1")
    assert [("over_budget", "L1", 200, 4)] == found(*events, moved)


@pytest.mark.parametrize(
    "events",
    [
        [budget(**ALLOCATION), expenditure(amount="20.00", **ALLOCATION)],
        [budget(), disbursement("1.00"), expenditure(amount="20.00", channel="own_funds")],
        [
            budget(**ALLOCATION, allocation_is_expenditure=True),
            disbursement("1.00"),
            expenditure(amount="20.00", **ALLOCATION),
        ],
        [budget(**ALLOCATION), disbursement("1.00"), expenditure(amount="20.00")],
    ],
)
def test_elsewhere_it_is_not_applicable(events: list[AnyEvent]) -> None:
    """Nothing disbursed, no allocation line, expenditure at once, paid by the treasury (rule 1)."""
    assert [] == found(*events)


def test_spending_after_the_end() -> None:
    """On the day itself it may still be from before; each line by itself."""
    events = [
        project(),
        budget(),
        state_changed("completed", "2026-04-10"),
        expenditure(amount="1.00", date="2026-04-10"),
        expenditure(amount="2.00", date="2026-04-11"),
        expenditure(amount="3.00", date="2026-04-12", line=None),
    ]

    assert [
        ("spending_after_end", "L1", 200, 5),
        ("spending_after_end", "entry:6", 300, 6),
        ("spending_without_budget", "entry:6", 300, 6),
    ] == found(*events)
    assert [] == found(*events, as_of="2026-04-10")
    assert "spending_after_end" not in kinds(*events, state_changed("resumed", "2026-04-11"))


def test_a_second_end_leaves_no_day_between() -> None:
    """Given up after it was completed: its day is after the first end."""
    events = [
        project(),
        budget(),
        state_changed("completed", "2026-04-10"),
        state_changed("terminated", "2026-05-10"),
        expenditure(amount="2.00", date="2026-05-10"),
    ]

    assert [("spending_after_end", "L1", 200, 5)] == found(*events)


@pytest.mark.parametrize(
    ("before", "at_fault"),
    [
        (["completed 2026-05-10"], False),
        (["completed 2026-04-10", "resumed 2026-05-10"], False),
        (["completed 2026-04-10", "suspended 2026-05-10"], False),
        (["completed 2026-04-10", "completed 2026-05-10"], True),
    ],
)
def test_money_may_move_on_the_day_of_an_end_unless_just_before_it_had_ended(
    before: list[str], *, at_fault: bool
) -> None:
    """Of one day by entry: two ends of one day are its end; what is resumed on it ends anew."""
    events = [
        project(),
        budget(),
        *(state_changed(*said.split()) for said in before),
        state_changed("terminated", "2026-05-10"),
        expenditure(amount="2.00", date="2026-05-10"),
        disbursement("3.00", "2026-05-10"),
    ]

    assert at_fault == ("spending_after_end" in kinds(*events))
    assert at_fault == ("disbursed_while_stopped" in kinds(*events))


def test_an_end_without_a_day_of_its_own_parts_no_suspensions() -> None:
    """Suspended again on the day of the end, the project was suspended all the time."""
    events = [
        project(),
        budget(),
        state_changed("suspended", "2026-04-10"),
        expenditure(amount="8.00", date="2026-04-12"),
        state_changed("terminated", "2026-05-10"),
        state_changed("suspended", "2026-05-10"),
        reversal("3.00", "2026-05-12"),
    ]

    assert [("spending_while_suspended", "L1", 500, 4)] == found(*events)


@pytest.mark.parametrize(
    ("begun", "nature"), [(None, "finding"), (False, "finding"), (True, "for_review")]
)
def test_spending_while_suspended(*, begun: bool | None, nature: str) -> None:
    """Under procurement begun before, a person decides (domain-rules 18)."""
    events = [
        project(),
        budget(),
        state_changed("suspended", "2026-04-10", until="2026-05-09", procurement_begun=begun),
        expenditure(amount="1.00", date="2026-04-09"),
        expenditure(amount="2.00", date="2026-04-10"),
        expenditure(amount="4.00", date="2026-05-09"),
        expenditure(amount="8.00", date="2026-05-10"),
    ]
    made = folded([jurisdiction(), *events]).assessment()

    assert [("spending_while_suspended", 600, 5, nature)] == [
        (f.kind.value, f.amount, f.entry_sequence, f.nature.value) for f in made.findings
    ]


def test_a_correction_meanwhile_is_no_spending() -> None:
    """It moves what was paid before to another line; what was paid meanwhile stays found."""
    events = [
        project(),
        budget(),
        budget(line="L2"),
        expenditure(amount="2.00", date="2026-03-10"),
        state_changed("suspended", "2026-04-10"),
        expenditure(amount="5.00", date="2026-04-11"),
    ]
    moved = [correction(4, "2026-04-20", line="L2"), correction(6, "2026-04-20", line="L2")]

    assert [("spending_while_suspended", "L1", 500, 6)] == found(*events)
    assert [("spending_while_suspended", "L1", 500, 6)] == found(*events, *moved)


def test_what_came_back_meanwhile_is_taken_off() -> None:
    """Net of the days it stood still."""
    events = [
        project(),
        budget(),
        state_changed("suspended", "2026-04-10"),
        expenditure(amount="2.00", date="2026-04-10"),
    ]

    assert [] == found(*events, reversal("2.00", "2026-04-20"))


def test_what_was_paid_before_and_comes_back_allows_nothing() -> None:
    """It is taken off what went out before it on such days; of one day the sum counts."""
    events = [
        project(),
        budget(),
        expenditure(amount="9.00", date="2026-03-10"),
        state_changed("suspended", "2026-04-10"),
        reversal("5.00", "2026-04-11"),
        expenditure(amount="4.00", date="2026-04-20"),
    ]

    assert [("spending_while_suspended", "L1", 400, 6)] == found(*events)
    assert [("spending_while_suspended", "L1", 100, 6)] == found(
        *events, reversal("3.00", "2026-04-21")
    )
    assert [] == found(*events, reversal("4.00", "2026-04-20"))
    assert [("spending_while_suspended", "L1", 50, 8)] == found(
        *events,
        reversal("4.50", "2026-04-21"),
        expenditure(amount="0.50", date="2026-04-22"),
    )


def test_each_suspension_and_stop_has_a_sum_of_its_own() -> None:
    """What was paid in one and comes back in the next was forbidden all the same."""
    events = [
        project(),
        budget(),
        state_changed("suspended", "2026-02-10", until="2026-02-28"),
        expenditure(amount="2.00", date="2026-02-11"),
        expenditure(amount="7.00", date="2026-03-11"),
    ]
    back = reversal("2.00", "2026-04-20")

    for again in (state_changed("suspended", "2026-04-10"), STOP):
        assert [("spending_while_suspended", "L1", 200, 4)] == found(*events, again, back)
    prolonged = state_changed("suspended", "2026-03-01")
    assert [("spending_while_suspended", "L1", 700, 4)] == found(*events, prolonged, back)


def test_a_second_end_is_the_same_time_after_the_end() -> None:
    """What came back after the second is taken off what was paid after the first."""
    events = [
        project(),
        budget(),
        expenditure(amount="9.00", date="2026-03-10"),
        state_changed("completed", "2026-04-10"),
        expenditure(amount="2.00", date="2026-04-20"),
        state_changed("terminated", "2026-05-10"),
    ]

    assert [("spending_after_end", "L1", 50, 5)] == found(*events, reversal("1.50", "2026-05-20"))


def test_a_suspension_does_not_cut_a_stop_in_two() -> None:
    """Paid before it and back after it: the stop's own sum."""
    events = [
        project(),
        budget(),
        STOP,
        expenditure(amount="2.00", date="2026-04-20"),
        state_changed("suspended", "2026-05-01", until="2026-05-10", procurement_begun=True),
        expenditure(amount="5.00", date="2026-05-02"),
        reversal("2.00", "2026-05-20"),
    ]

    made = folded([jurisdiction(), *events]).assessment()
    assert [("spending_while_suspended", 500, "for_review")] == [
        (f.kind.value, f.amount, f.nature.value) for f in made.findings
    ]


STOP = disposition(date="2026-04-10")
BOTH_LINES = [project(), budget(), budget(line="L2")]


def test_a_stop_is_of_the_line_that_it_names() -> None:
    """One that names none is of all; so is what ends it. Money without a line has no own."""
    paid = [
        expenditure(amount="1.00", date="2026-04-20"),
        expenditure(amount="2.00", date="2026-04-20", line="L2"),
        expenditure(amount="4.00", date="2026-04-20", line=None),
    ]
    of_l2 = disposition(date="2026-04-10", line="L2")
    resumed = disposition("disbursement_resumed", "D2", "2026-04-15", line="L1")

    def stopped_lines(*decided: AnyEvent) -> list[str]:
        every = found(*BOTH_LINES, *paid, *decided)
        return [subject for kind, subject, *_ in every if kind == "spending_while_suspended"]

    assert ["L1", "L2", "entry:6"] == stopped_lines(STOP)
    assert ["L2"] == stopped_lines(of_l2)
    assert ["L2", "entry:6"] == stopped_lines(STOP, resumed)
    assert [] == stopped_lines(STOP, disposition("disbursement_resumed", "D2", "2026-04-15"))


def test_stops_that_follow_each_other_are_one() -> None:
    """A contract signed between the two had not begun before it; what is resumed is another."""
    signed = commitment("9.00", "2026-04-15", contract="C1")
    paid = expenditure(amount="1.00", date="2026-05-20")
    again = disposition(name="D2", date="2026-05-01")
    resumed = disposition("disbursement_resumed", "D3", "2026-04-20")

    def natures(*events: AnyEvent) -> list[str]:
        made = folded([jurisdiction(), project(), budget(), signed, paid, *events]).assessment()
        return [f.nature.value for f in made.findings]

    assert ["finding"] == natures(STOP, again)
    assert ["for_review"] == natures(STOP, resumed, again)
    assert [] == natures(STOP, resumed)


def test_what_is_released_again_had_not_begun() -> None:
    """Nor what another line has signed; what names no line may be any's."""
    paid = expenditure(amount="1.00", date="2026-04-20")

    def natures(*events: AnyEvent) -> list[str]:
        made = folded([jurisdiction(), *BOTH_LINES, *events, STOP, paid]).assessment()
        return [f.nature.value for f in made.findings]

    signed = commitment("9.00", "2026-04-01", contract="C1")
    released = commitment("9.00", "2026-04-09", contract="C1", released=True)
    assert ["finding"] == natures(signed, released)
    assert ["finding"] == natures(commitment("9.00", "2026-04-01", line="L2"))
    assert ["for_review"] == natures(commitment("9.00", "2026-04-01", line=None))


def test_what_is_paid_had_begun_no_more() -> None:
    """By contract, and pooled what names none; by the day before alone."""
    paid = expenditure(amount="1.00", date="2026-04-20")

    def natures(*events: AnyEvent) -> list[str]:
        made = folded([jurisdiction(), *BOTH_LINES, *events, STOP, paid]).assessment()
        return [f.nature.value for f in made.findings if f.kind not in SUSPICIONS]

    def payment(amount: str, date: str = "2026-04-09", **fields: Any) -> AnyEvent:
        return expenditure(amount=amount, date=date, **fields)

    signed = commitment("9.00", "2026-04-01", contract="C1")
    assert ["finding"] == natures(signed, payment("9.00", contract="C1"))
    assert ["for_review"] == natures(signed, payment("8.99", contract="C1"))
    assert ["for_review"] == natures(signed, payment("9.00"))
    assert ["for_review"] == natures(signed, payment("9.00", line="L2", contract="C1"))
    other = commitment("1.00", "2026-04-01", contract="C2")
    assert ["for_review"] == natures(signed, other, payment("10.00", contract="C1"))
    assert ["finding"] == natures(commitment("9.00", "2026-04-01"), payment("9.00"))
    assert ["for_review"] == natures(commitment("9.00", "2026-04-01"), payment("8.99"))
    of_none = commitment("9.00", "2026-04-01", line=None, contract="C1")
    assert ["finding"] == natures(of_none, payment("9.00", contract="C1"))


def test_a_change_of_state_knows_whether_procurement_had_begun() -> None:
    """A disposition of that day, or a contract, does not change what it says."""
    decided = disposition("project_suspended", date="2026-04-10")
    signed = commitment("9.00", "2026-04-01", contract="C1")
    paid = expenditure(amount="1.00", date="2026-04-20")

    def nature(begun: bool | None) -> list[str]:  # noqa: FBT001 - it is what a fact says
        state = state_changed("suspended", "2026-04-10", procurement_begun=begun)
        events = [project(), budget(), signed, decided, state, paid]
        return [f.nature.value for f in folded([jurisdiction(), *events]).assessment().findings]

    assert (["for_review"], ["finding"]) == (nature(begun=True), nature(begun=None))


def test_each_day_is_told_by_one_cause() -> None:
    """An end before a suspension, a suspension before a stop: never twice."""
    events = [
        project(),
        budget(),
        STOP,
        state_changed("suspended", "2026-05-01", procurement_begun=True),
        state_changed("completed", "2026-06-01"),
        expenditure(amount="1.00", date="2026-04-20"),
        expenditure(amount="2.00", date="2026-05-20"),
        expenditure(amount="4.00", date="2026-06-01"),
        expenditure(amount="8.00", date="2026-06-02"),
    ]
    made = folded([jurisdiction(), *events]).assessment()

    assert [
        ("spending_while_suspended", 500, 6, "finding"),
        ("spending_while_suspended", 200, 7, "for_review"),
        ("spending_after_end", 800, 9, "finding"),
    ] == [(f.kind.value, f.amount, f.entry_sequence, f.nature.value) for f in made.findings]


def test_what_is_spent_at_once_is_not_disbursed_as_well() -> None:
    """An allocation that is expenditure; a quota on the line is told by itself."""
    events = [
        project(),
        budget(**ALLOCATION, allocation_is_expenditure=True),
        STOP,
        disbursement("2.00", "2026-04-20"),
        disbursement("4.00", "2026-04-20", channel="treasury_payment"),
    ]

    assert [
        ("disbursed_while_stopped", "L1", 400, 5),
        ("spending_while_suspended", "L1", 200, 4),
    ] == found(*events)


def test_what_is_given_back_is_no_disbursement() -> None:
    """It is taken off what was disbursed before it on such days; alone it is nothing."""
    events = [project(), budget(**ALLOCATION), disbursement("9.00", "2026-03-10"), STOP]

    assert [] == found(*events, fund_return("2.00", "2026-04-20"))
    assert [("disbursed_while_stopped", "L1", 300, 6)] == found(
        *events, fund_return("2.00", "2026-04-20"), disbursement("3.00", "2026-04-21")
    )
    assert [("disbursed_while_stopped", "L1", 100, 5)] == found(
        *events, disbursement("3.00", "2026-04-20"), fund_return("2.00", "2026-04-21")
    )


def test_a_corrected_disbursement_stays_where_it_was_made() -> None:
    """On its own day and line, whatever is moved later."""
    events = [
        *BOTH_LINES,
        disbursement("2.00", "2026-03-10"),
        STOP,
        disbursement("5.00", "2026-04-11"),
    ]
    moved = [correction(4, "2026-04-20", line="L2"), correction(6, "2026-04-20", line="L2")]

    assert [("disbursed_while_stopped", "L1", 500, 6)] == found(*events, *moved)


def test_a_disposition_of_another_year_suspends_but_stops_nothing() -> None:
    """The project rests whatever the year; disbursing is stopped of the year that is named."""
    events = [project(), budget(), expenditure(amount="1.00", date="2026-04-20")]

    def last_year(measure: str) -> AnyEvent:
        return disposition(measure, date="2025-11-10")

    assert ["spending_while_suspended"] == kinds(*events, last_year("project_suspended"))
    assert [] == kinds(*events, last_year("disbursement_stopped"))


def test_money_after_a_succession_is_after_the_end() -> None:
    """From the day after its last."""
    events = [
        project(),
        budget(),
        succession("2026-04-10"),
        expenditure(amount="1.00", date="2026-04-10"),
        expenditure(amount="2.00", date="2026-04-11"),
    ]

    assert [("spending_after_end", "L1", 200, 5)] == found(*events)
    assert [] == found(*events, as_of="2026-04-10")


@pytest.mark.parametrize(
    ("bought", "excess"),
    [
        ({"standard_amount": "5000.00"}, None),
        ({"standard_amount": "4999.99"}, 1),
        ({"standard_amount": "2500.00", "quantity": 2}, None),
        ({"standard_amount": "2000.00", "quantity": 2}, 100_000),
        ({"standard_quantity": 2, "quantity": 2}, None),
        ({"standard_quantity": 0, "quantity": 2}, 500_000),
        ({"standard_quantity": 2, "quantity": 3}, 166_667),
        ({"standard_amount": "2000.00", "standard_quantity": 1, "quantity": 2}, 300_000),
        ({"standard_amount": "9000.00", "standard_quantity": 1, "quantity": 2}, 250_000),
    ],
)
def test_an_asset_above_its_standard(bought: dict[str, Any], excess: int | None) -> None:
    """5,000 yuan altogether: dearer apiece, or more of them, than allowed; the excess value."""
    expected = [] if excess is None else [("asset_above_standard", "A1", excess, 1)]

    assert expected == found(asset(amount="5000.00", **bought))


def test_an_asset_is_judged_as_its_last_fact_states_it() -> None:
    """By the date."""
    events = [asset(standard_amount="1.00"), asset(date="2026-05-01", standard_amount="5000.00")]

    assert ["asset_above_standard"] == kinds(*events, as_of="2026-04-30")
    assert [] == found(*events)


def test_awaiting_budget_is_for_information_as_long_as_the_jurisdiction_says() -> None:
    """17a with its parameter."""
    events = [
        expenditure(line=None, date="2026-01-15"),
        budget(date="2026-02-10"),
        budget(date="2026-02-10", line="L2"),
    ]
    made = folded([jurisdiction(), *events]).assessment(as_of="2026-02-12")
    shorter = parameters(awaiting_working_days=1)

    assert [FindingNature.INFORMATION] == [f.nature for f in made.findings]
    assert ["awaiting_budget"] == kinds(shorter, *events, as_of="2026-02-11")
    assert ["spending_without_budget"] == kinds(shorter, *events, as_of="2026-02-12")


@pytest.mark.parametrize(
    ("before", "entry", "kind"),
    [
        ([BOTH, budget(), plan(QUARTERS, line="L1")], expenditure(amount="60.00"), "above_plan"),
        (
            [BOTH, budget(), expenditure(amount="60.00")],
            plan(QUARTERS, "2026-05-01", line="L1"),
            "above_plan",
        ),
        (
            [budget(**ALLOCATION), disbursement("1.00")],
            expenditure(amount="2.00", **ALLOCATION),
            "above_disbursement",
        ),
        (
            [budget(**ALLOCATION), disbursement("3.00"), expenditure(amount="2.00", **ALLOCATION)],
            fund_return("2.00"),
            "above_disbursement",
        ),
        (
            [budget(), state_changed("terminated", "2026-02-01")],
            expenditure(),
            "spending_after_end",
        ),
        (
            [budget(), state_changed("suspended", "2026-02-01")],
            expenditure(),
            "spending_while_suspended",
        ),
        (
            [budget(), disposition(date="2026-02-01")],
            expenditure(),
            "spending_while_suspended",
        ),
        ([budget(), succession("2026-02-01")], expenditure(), "spending_after_end"),
        ([], asset(standard_quantity=0), "asset_above_standard"),
    ],
)
def test_each_is_told_at_once(before: list[AnyEvent], entry: AnyEvent, kind: str) -> None:
    """As of today, naming the entry, in Chinese and English."""
    engine = folded([jurisdiction(), day_opened("2026-06-30"), *before])
    assert [] == engine.detected
    engine.given(entry)
    (detection,) = engine.detected

    assert kind == detection.finding.kind.value
    assert len(engine.entries[PROJECT]) == detection.finding.entry_sequence
    assert detection.finding.provisional
    assert not detection.explanation.isascii()


def test_causes_are_ordered_by_day_then_entry() -> None:
    """What `max` of causes relies on."""
    assert Cause(1, 9, 9) < Cause(2, 1, 1) < Cause(2, 2, 1)


heads = st.lists(
    st.one_of(
        st.builds(
            state_changed,
            st.sampled_from(["suspended", "resumed", "completed", "started"]),
            dates,
            procurement_begun=st.booleans(),
        ),
        st.just(amendment("2026-02-01", control_mode="allotment_and_plan")),
        st.builds(
            disposition,
            st.sampled_from(["project_suspended", "disbursement_stopped", "disbursement_resumed"]),
            st.sampled_from("AB"),
            dates,
            line=st.sampled_from([None, "L1"]),
            fiscal_year=st.just(2026),
        ),
        st.builds(succession, dates),
    ),
    max_size=4,
)
everything = st.lists(st.one_of(money_facts, money_facts, plans()), max_size=20)
SOME = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


@SOME
@given(events=everything, changes=heads, as_of=dates, data=st.data())
def test_findings_do_not_depend_on_the_order_of_arrival(
    events: list[AnyEvent], changes: list[AnyEvent], as_of: dt.date, data: st.DataObject
) -> None:
    """Of all kinds that are no suspicions, with the project's mode and states among the facts."""
    # Of two that state one thing on one day the later entry stands: none of those here.
    facts = _each_once([*events, *changes])
    answers = []
    for order in (facts, data.draw(st.permutations(facts))):
        made = folded([jurisdiction(), project(), *order]).assessment(as_of=as_of)
        answers.append(
            sorted(
                (f.kind, f.subject.partition(":")[0], f.date, f.amount, f.nature)
                for f in made.findings
                if f.kind not in SUSPICIONS
            )
        )

    assert answers[0] == answers[1]


def _each_once(facts: list[AnyEvent]) -> list[AnyEvent]:
    seen: set[tuple[Any, ...]] = set()
    found: list[AnyEvent] = []
    for fact in facts:
        data = fact.data
        replaced = {"spending_plan.approved", "project.amended", "turn"}
        name = fact.type.removeprefix("dualwatch.").removesuffix(".v1")
        # Of what is said of a project on one day the later entry stands, whatever it is.
        turns = {"project_state.changed", "disposition.decided", "project.succeeded"}
        name = "turn" if name in turns else name
        key = (name, data.date) if name in replaced else (name, data.date, getattr(data, "line", 0))
        if name in replaced or name in {"budget.approved", "carryover.registered"}:
            key = ("terms", *key[1:]) if name not in replaced else key
            if key in seen:
                continue
            seen.add(key)
        found.append(fact)
    return found


@SOME
@given(events=everything, changes=heads)
def test_what_is_found_at_once_is_what_the_assessment_finds(
    events: list[AnyEvent], changes: list[AnyEvent]
) -> None:
    """With the project's mode and states known before; but for what a reversal's day repeats."""
    engine = folded([jurisdiction(), project(), *changes])
    place = engine.jurisdiction(PROJECT)
    place.today = dt.date(2026, 6, 30)
    for event in events:
        engine.detected.clear()
        engine.given(event)
        made = engine.assessment(as_of=place.today)
        named = {f.kind.value for f in made.findings if f.entry_sequence == made.stream_sequence}
        named -= BY_ASSESSMENTS
        detected = {detection.finding.kind.value for detection in engine.detected}
        if event.type == "dualwatch.expenditure.recorded.v1":
            named = {kind for kind in named if kind != "negative_net_spend"}
            detected = {kind for kind in detected if kind != "negative_net_spend"}

        assert named == detected
