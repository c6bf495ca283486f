"""Compliance findings and the entries that brought them about: domain-rules 13 and 17."""

import itertools
from typing import Any

import pytest

from contracts.envelope import AnyEvent
from contracts.events.analysis import FINDINGS_MAX
from tests.spec.engines import folded
from tests.support.builders import (
    adjustment,
    budget,
    carryover,
    day_opened,
    disbursement,
    expenditure,
    fund_return,
    jurisdiction,
    reversal,
)
from tests.support.measuring import correction


def found(*events: AnyEvent, as_of: str = "2026-06-30") -> list[tuple[str, str, int, int]]:
    """Kind, subject, amount in fen and entry of every finding."""
    made = folded([jurisdiction(), *events]).assessment(as_of=as_of)
    return [(f.kind.value, f.subject, f.amount, f.entry_sequence) for f in made.findings]


def test_spending_within_its_line_is_no_finding() -> None:
    """Up to the very amount."""
    assert [] == found(budget(), expenditure(amount="100.00"))


def test_spending_on_an_unknown_line_is_without_budget() -> None:
    """Even if the project has budget on another line."""
    assert [("spending_without_budget", "L9", 1_200, 2)] == found(budget(), expenditure(line="L9"))


def test_an_approval_clears_spending_without_budget() -> None:
    """Later facts clear it, whatever their business date within the year."""
    assert [] == found(expenditure(line="L9"), budget(line="L9", date="2026-04-01"))


def test_spending_above_the_adjusted_budget_of_its_line() -> None:
    """Other lines do not lend; the excess is at fault."""
    assert [("over_budget", "L1", 1, 3)] == found(
        budget(), budget(line="L2"), expenditure(amount="100.01")
    )


def test_a_zero_budget_makes_any_spending_a_finding() -> None:
    """domain-rules 13."""
    assert [("over_budget", "L1", 1, 2)] == found(budget(amount="0.00"), expenditure(amount="0.01"))


def test_the_entry_that_pushed_spending_over_is_named() -> None:
    """By business date, then entry, not by arrival."""
    events = [
        budget(),
        expenditure(amount="30.00", date="2026-05-01"),
        expenditure(amount="60.00", date="2026-02-01"),
        expenditure(amount="20.00", date="2026-03-01"),
    ]

    assert [("over_budget", "L1", 1_000, 2)] == found(*events)
    assert [] == found(*events, as_of="2026-04-30")


def test_a_cut_below_what_is_spent_is_named_itself() -> None:
    """Spending was lawful; the cut brought it about."""
    assert [("over_budget", "L1", 1_000, 3)] == found(
        budget(), expenditure(amount="90.00"), adjustment("cut", "20.00")
    )


def test_a_budget_below_zero_is_exceeded_by_what_is_spent() -> None:
    """Not by the cut: on its day nothing was spent. A cut below what is spent is named itself."""
    cut = adjustment("cut", "150.00", date="2026-02-10")
    raised = adjustment("supplement", "2.00", date="2026-03-10")
    paid = expenditure(amount="2.00", date="2026-03-10")

    assert [] == found(budget(), cut)
    assert [("over_budget", "L1", 52_00, 3)] == found(budget(), cut, paid)
    assert [("over_budget", "L1", 50_00, 4)] == found(budget(), cut, raised, paid)


def test_reversals_take_a_finding_back() -> None:
    """From their date on."""
    events = [budget(), expenditure(amount="110.00"), reversal("20.00", date="2026-05-05")]

    assert ["over_budget"] == [kind for kind, *_ in found(*events, as_of="2026-05-04")]
    assert [] == found(*events, as_of="2026-05-05")


def test_more_reversed_than_spent() -> None:
    """domain-rules 13: shown, rate 0, finding."""
    assert [("negative_net_spend", "L1", 300, 3)] == found(
        budget(), expenditure(amount="5.00"), reversal("8.00")
    )


LINED = budget()
UNLINED = expenditure(line=None, amount="10.00", date="2026-03-10")
RETURNED = reversal("4.00", line=None, date="2026-04-10")


@pytest.mark.parametrize("corrected_on", ["2026-03-10", "2026-03-20", "2026-04-10", "2026-05-10"])
def test_what_comes_back_of_a_payment_that_had_no_line_is_not_too_much(corrected_on: str) -> None:
    """A correction gave the payment a line, its return names none: on none it had gone out."""
    given = correction(2, corrected_on, line="L1")

    assert [] == found(LINED, UNLINED, given, RETURNED)
    assert [] == found(LINED, UNLINED, RETURNED, given)


def test_more_than_went_out_without_a_line_is_too_much() -> None:
    """Named by what came back; a return that is given a line as well takes back on that."""
    given, again = correction(2, line="L1"), reversal("7.00", line=None, date="2026-04-20")

    assert [("negative_net_spend", "entry:5", 1_00, 5)] == found(
        LINED, UNLINED, RETURNED, given, again
    )
    assert [] == found(LINED, UNLINED, RETURNED, given, correction(3, line="L1"))
    assert [("negative_net_spend", "entry:3", 4_00, 3)] == found(
        LINED, expenditure(amount="10.00"), RETURNED
    )


def test_more_reversed_than_spent_on_the_day_of_a_budget_fact_names_the_return() -> None:
    """What moved the money concerned, in whatever order they came."""
    raised = adjustment("supplement", "5.00", date="2026-04-10")
    back = reversal("4.00", date="2026-04-10")

    assert [("negative_net_spend", "L1", 4_00, 2)] == found(budget(), back, raised)
    assert [("negative_net_spend", "L1", 4_00, 3)] == found(budget(), raised, back)


def test_approvals_for_more_than_one_year_are_one_finding_a_line() -> None:
    """Whatever their periods are: of all together, named by the first of them."""
    long: dict[str, Any] = {"period": {"start": "2026-07-01", "end": "2027-06-30"}}
    longer: dict[str, Any] = {"period": {"start": "2026-07-01", "end": "2028-06-30"}}
    later = budget(amount="1.00", date="2026-02-01", **long)
    events = [later, budget(amount="2.00", **longer), budget(amount="4.00", **long)]
    other = budget(amount="8.00", line="L2", **long)

    assert [
        ("budget_period_spans_years", "L1", 7_00, 2),
        ("budget_period_spans_years", "L2", 8_00, 4),
    ] == found(*events, other)


UNIT_PAYS = {"channel": "allocation", "date": "2026-04-10"}


@pytest.mark.parametrize(
    "after",
    [
        [expenditure(amount="3.00", **UNIT_PAYS)],
        [reversal("3.00", **UNIT_PAYS)],
        [
            expenditure(amount="3.00", line="L2", channel="allocation"),
            correction(5, "2026-04-10", line="L1"),
        ],
    ],
)
def test_where_allocations_are_expenditure_no_payment_of_the_unit_is_named(
    after: list[AnyEvent],
) -> None:
    """It moved no spending, also where a correction brought the approval that says so."""
    approved = budget(line="L2", allocation_is_expenditure=True)
    back = fund_return("4.00", "2026-04-10")
    events = [approved, correction(1, "2026-02-01", line="L1"), budget(line="L2")]

    made = found(*events, back, *after)

    assert ("negative_net_spend", "L1", 4_00, 4) in made


def test_where_they_are_not_a_payment_of_the_unit_is_named() -> None:
    """Of one day the later entry, by whatever channel it moved spending."""
    paid = expenditure(amount="110.00", **UNIT_PAYS)
    more = expenditure(amount="1.00", date="2026-04-10")
    put_out = disbursement("200.00", "2026-04-10")

    assert [("over_budget", "L1", 11_00, 3)] == found(budget(), paid, more, put_out)
    assert [("over_budget", "L1", 11_00, 3)] == found(budget(), more, paid, put_out)


def test_a_prior_year_refund_is_no_finding() -> None:
    """It is not this year's spending."""
    assert [] == found(budget(), reversal("8.00", prior_year=True))


def test_an_allocation_that_is_expenditure_may_exceed_its_line() -> None:
    """On an ordinary line an allocation is no spending."""
    assert [] == found(budget(), disbursement("120.00"))
    assert [("over_budget", "L1", 2_000, 2)] == found(
        budget(allocation_is_expenditure=True), disbursement("120.00")
    )


@pytest.mark.parametrize(
    ("period", "is_finding"),
    [
        (("2026-01-01", "2026-12-31"), False),
        (("2026-03-01", "2026-03-31"), False),
        (("2026-12-31", "2027-01-01"), True),
        (("2026-04-01", "2027-03-31"), True),
    ],
)
def test_a_budget_period_over_two_years(period: tuple[str, str], *, is_finding: bool) -> None:
    """Its amount is at fault; it is not counted."""
    start, end = period
    events = budget(period={"start": start, "end": end})

    assert is_finding == (found(events) == [("budget_period_spans_years", "L1", 10_000, 1)])


def test_spending_on_a_budget_that_is_not_counted_is_over_budget() -> None:
    """The line is known, its counted budget is zero."""
    spanning = budget(period={"start": "2026-04-01", "end": "2027-03-31"})

    assert ["budget_period_spans_years", "over_budget"] == [
        kind for kind, *_ in found(spanning, expenditure())
    ]


def test_carryover_may_be_spent_before_the_years_budget_is_approved() -> None:
    """domain-rules 17a: lawful."""
    assert [] == found(carryover("20.00"), expenditure(date="2026-01-10"), as_of="2026-01-31")


APPROVED = "2026-02-10"
GRACE_ENDS = "2026-03-10"
"""20 working days after a Tuesday: Tuesday four weeks later."""


@pytest.mark.parametrize(
    ("as_of", "kind"),
    [
        ("2026-01-15", "awaiting_budget"),
        (APPROVED, "awaiting_budget"),
        (GRACE_ENDS, "awaiting_budget"),
        ("2026-03-11", "spending_without_budget"),
    ],
)
def test_unnamed_spending_awaits_its_budget_until_20_working_days_after_approval(
    as_of: str, kind: str
) -> None:
    """domain-rules 17a. Two lines are approved, so that it could belong to either."""
    events = [
        expenditure(line=None, date="2026-01-15"),
        budget(date=APPROVED),
        budget(date=APPROVED, line="L2"),
    ]

    assert [(kind, "entry:1", 1_200, 1)] == found(*events, as_of=as_of)


def test_holidays_put_the_end_of_the_grace_period_off() -> None:
    """Working days are counted as the days were opened."""
    events = [
        day_opened("2026-02-17", working_day=False),
        expenditure(line=None, date="2026-01-15"),
        budget(date=APPROVED),
        budget(date=APPROVED, line="L2"),
    ]

    assert ["awaiting_budget"] == [kind for kind, *_ in found(*events, as_of="2026-03-11")]
    assert ["spending_without_budget"] == [kind for kind, *_ in found(*events, as_of="2026-03-12")]


def test_unnamed_spending_after_the_approval_is_without_budget() -> None:
    """It could have named its line; what was spent before still awaits."""
    events = [
        expenditure(line=None, date="2026-02-09"),
        expenditure(line=None, date=APPROVED),
        budget(date=APPROVED),
        budget(date=APPROVED, line="L2"),
    ]

    assert [
        ("awaiting_budget", "entry:1", 1_200, 1),
        ("spending_without_budget", "entry:2", 1_200, 2),
    ] == found(*events, as_of="2026-02-20")


@pytest.mark.parametrize(
    ("as_of", "kind"),
    [("2026-12-30", "awaiting_budget"), ("2026-12-31", "spending_without_budget")],
)
def test_a_year_that_ends_without_approval_leaves_spending_without_budget(
    as_of: str, kind: str
) -> None:
    """Nothing can be awaited any more."""
    assert [kind] == [k for k, *_ in found(expenditure(line=None), as_of=as_of)]


def test_findings_are_the_same_for_every_order_of_arrival() -> None:
    """Kind, subject and amount; the entry is named by business date."""
    events = [
        budget(amount="20.00", event_id="a"),
        expenditure(amount="15.00", date="2026-02-01", event_id="b"),
        expenditure(amount="15.00", date="2026-03-01", event_id="c"),
        expenditure(amount="1.00", line="L9", event_id="d"),
        adjustment("cut", "1.00", event_id="e"),
    ]
    answers = set()
    for order in itertools.permutations(events):
        made = folded([jurisdiction(), *order]).assessment()
        answers.add(
            tuple(
                (f.kind, f.subject, f.amount, order[f.entry_sequence - 1].id) for f in made.findings
            )
        )

    assert 1 == len(answers)


def test_a_finding_is_provisional_until_the_next_opened_day() -> None:
    """domain-rules 17b."""
    engine = folded([jurisdiction(), budget(), day_opened("2026-03-02"), expenditure(line="L9")])
    before = engine.assessment().findings
    engine.given(day_opened("2026-03-03"))
    after = engine.assessment().findings
    settled = engine.assessment(settled=True).findings

    assert [True, False, False] == [f.provisional for f in (*before, *after, *settled)]


def test_a_settled_assessment_has_no_provisional_finding() -> None:
    """The state at an opened day is exact."""
    engine = folded([jurisdiction(), day_opened("2026-03-02"), expenditure(line="L9")])

    assert [False] == [f.provisional for f in engine.assessment(settled=True).findings]


def test_only_so_many_findings_are_listed_all_are_counted() -> None:
    """The wire's bound never makes an assessment unreadable."""
    spent = [expenditure(line=f"X{n}") for n in range(FINDINGS_MAX + 5)]
    made = folded(spent).assessment()

    assert (FINDINGS_MAX, FINDINGS_MAX + 5) == (len(made.findings), made.findings_total)
