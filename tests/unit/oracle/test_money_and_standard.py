"""Execution as reckoned by hand from domain-rules 1 to 13 and published examples."""

import datetime as dt
from typing import Any

import pytest

from tests.oracle.assessment import assess
from tests.oracle.dates import after_working_days, fiscal_year
from tests.oracle.exact import rate_bp, wire
from tests.oracle.standard import execution_light
from tests.unit.oracle.facts import Story

YEAR = fiscal_year(2026, "01-01")
QUARTERS = (
    ("2026-01-01", "2026-03-31", "10.00"),
    ("2026-04-01", "2026-06-30", "40.00"),
    ("2026-07-01", "2026-09-30", "30.00"),
    ("2026-10-01", "2026-12-31", "20.00"),
)


def execution(story: Story, as_of: str) -> dict[str, Any]:
    """Give the first monitor of a story."""
    stated = assess(story.project, YEAR, dt.date.fromisoformat(as_of)).stated
    found: dict[str, Any] = stated["execution"]
    return found


@pytest.mark.parametrize(
    ("spent", "budget", "rate"),
    [
        (312, 1930, 1617),
        (2713, 4576, 5929),
        (72, 110, 6545),
        (240, 1530, 1569),
        (0, 290, 0),
        (1, 20_000, 1),
        (-1, 20_000, -1),
        (5, 0, None),
    ],
)
def test_rates_are_the_published_ones(spent: int, budget: int, rate: int | None) -> None:
    """Forms 2.3, golden numbers; a half is rounded away from zero, once; null over zero."""
    assert rate == rate_bp(spent, budget)


def test_amounts_are_written_with_two_places() -> None:
    """Fen below one yuan keep their sign."""
    assert ("-0.05", "123.45") == (wire(-5), wire(12_345))


def test_a_treasury_payment_counts_once_as_disbursed_and_once_as_spent() -> None:
    """Domain-rules 1: an allocation is disbursed only, own money is never disbursed."""
    story = Story().budget("100.00").pay("12.00")
    story.tell("funds.disbursed", "2026-03-02", amount="30.00", line="L1")
    story.pay("7.00", channel="allocation").pay("5.00", channel="own_funds")

    money = execution(story, "2026-03-31")["money"]

    assert ("42.00", "24.00") == (money["disbursed"], money["spent"])


def test_a_quota_and_what_is_paid_out_of_it_count_once() -> None:
    """Domain-rules 1: 授权支付额度 counts as disbursed, the payment out of it not again."""
    story = Story().budget("100.00").pay("12.00", pay_type="2").pay("3.00", pay_type="1")
    quota = {"amount": "20.00", "line": "L1", "channel": "treasury_payment"}

    assert execution(story, "2026-03-31")["money"]["disbursed"] == "15.00"

    story.tell("funds.disbursed", "2026-02-01", **quota)

    assert execution(story, "2026-03-31")["money"]["disbursed"] == "23.00"


def test_what_is_disbursed_is_net_of_returns_on_each_line() -> None:
    """Where no quota is on a line its payments are what was disbursed; less what came back."""
    voucher = {"kind": "payment_certificate", "number": "D1"}
    story = Story().pay("20.00", pay_type="2", document=voucher)
    story.tell("expenditure.reversed", "2026-04-01", amount="15.00", line="L2", original=voucher)

    assert story.at("2026-04-30")["execution"]["money"]["disbursed"] == "5.00"


def disbursed(story: Story, as_of: str = "2026-12-31") -> str:
    """Give what was disbursed by a day."""
    found: str = story.at(as_of)["execution"]["money"]["disbursed"]
    return found


def with_quota(amount: str) -> Story:
    """Give a quota 授权支付额度 on L1."""
    given = {"line": "L1", "channel": "treasury_payment", "amount": amount}
    return Story().budget("900.00").tell("funds.disbursed", "2026-02-01", **given)


@pytest.mark.parametrize(
    ("back", "left"),
    [
        ("30.00", "480.00"),
        ("50.00", "460.00"),
        ("90.00", "450.00"),
        ("510.00", "450.00"),
        ("515.00", "445.00"),
    ],
)
def test_what_comes_back_is_of_direct_payments_first(back: str, left: str) -> None:
    """30 paid directly, 480 out of a quota of 450, to which it goes back; then below both.

    Which payment a reversal names says nothing of it.
    """
    voucher = {"kind": "payment_certificate", "number": "D2"}
    story = with_quota("450.00").pay("30.00").pay("480.00", pay_type="2", document=voucher)
    assert disbursed(story) == "510.00"

    story.tell("expenditure.reversed", "2026-04-01", amount=back, line="L1", original=voucher)
    assert disbursed(story) == left


def test_what_came_back_without_a_line_touches_no_quota_until_it_is_given_one() -> None:
    """500 less 20; on L1 the 20 go back to the quota, of which 100 were paid."""
    story = with_quota("500.00").pay("100.00", pay_type="2")
    story.tell("expenditure.reversed", "2026-04-01", amount="20.00")
    assert disbursed(story) == "480.00"

    story.tell("fact.corrected", "2026-05-01", entry=4, line="L1", reason="更正")
    assert [disbursed(story, day) for day in ("2026-04-30", "2026-05-01")] == ["480.00", "500.00"]


def test_an_allocation_is_not_what_a_reversal_takes_back_first() -> None:
    """40 allocated and 20 paid out of no quota: of 30 that came back 10 are taken off."""
    story = Story().budget("900.00").pay("20.00", pay_type="2")
    story.tell("funds.disbursed", "2026-02-01", amount="40.00", line="L1")
    story.tell("expenditure.reversed", "2026-04-01", amount="30.00", line="L1")

    assert disbursed(story) == "30.00"


def test_the_adjusted_budget_is_the_sum_of_its_components() -> None:
    """Domain-rules 2: the kind gives the sign."""
    story = Story().budget("100.00")
    carried = {"from_year": 2025, "amount": "9.00", "line": "L2", "account": "general_public"}
    story.tell("carryover.registered", "2026-01-05", unit="U1", **carried)
    for kind, amount, direction in (
        ("supplement", "8.00", None),
        ("passed_down", "7.00", None),
        ("cut", "6.00", None),
        ("recovery", "5.00", None),
        ("virement", "4.00", "out"),
        ("distributed", "3.00", "in"),
    ):
        way = {"direction": direction} if direction else {}
        story.tell(
            "budget.adjusted", "2026-02-01", line="L1", adjustment_kind=kind, amount=amount, **way
        )

    money = execution(story, "2026-03-31")["money"]

    assert money["adjusted_budget"] == "112.00"
    assert ("5.00", "-4.00") == (
        money["components"]["recovered"],
        money["components"]["virement"],
    )


def test_a_refund_reduces_its_month_and_one_of_last_year_nothing() -> None:
    """Domain-rules 5."""
    story = Story().budget("100.00").pay("12.00", "2026-03-01")
    story.tell("expenditure.reversed", "2026-05-02", amount="2.00", line="L1")
    story.tell("expenditure.reversed", "2026-05-03", amount="50.00", line="L1", prior_year=True)

    found = execution(story, "2026-05-31")

    assert ["0.00", "0.00", "12.00", "0.00", "-2.00"] == found["month_spent"]
    assert ("10.00", "2.00", "50.00") == tuple(
        found["money"][name] for name in ("spent", "reversed", "prior_year_refunds")
    )


def test_commitments_are_unpaid_contract_by_contract() -> None:
    """Paying one contract too much frees nothing of another; what is undone is owed again."""
    story = Story().budget("100.00")
    for contract, amount in (("C1", "30.00"), ("C2", "20.00")):
        story.tell("commitment.recorded", "2026-02-01", amount=amount, contract=contract, line="L1")
    story.pay("35.00", contract="C1")

    assert execution(story, "2026-03-31")["money"]["uncommitted_balance"] == "45.00"

    story.tell("expenditure.reversed", "2026-04-01", amount="15.00", line="L1", contract="C1")

    assert execution(story, "2026-04-30")["money"]["uncommitted_balance"] == "50.00"


def test_a_refund_without_contract_is_no_commitment() -> None:
    """More back than spent leaves nothing to pay."""
    story = Story().budget("10.00")
    story.tell("expenditure.reversed", "2026-04-01", amount="4.00", line="L1")

    money = execution(story, "2026-04-30")["money"]

    assert ("14.00", "14.00", 0) == tuple(
        money[name] for name in ("balance", "uncommitted_balance", "execution_rate_bp")
    )


@pytest.mark.parametrize(
    ("as_of", "months"),
    [("2026-07-15", 6), ("2026-06-30", 6), ("2026-06-29", 5), ("2027-02-01", 12)],
)
def test_months_are_completed_on_their_last_day(as_of: str, months: int) -> None:
    """Domain-rules 10: 15 July is 6/12."""
    assert months == YEAR.months_completed(dt.date.fromisoformat(as_of))


def test_a_plan_counts_a_period_on_its_last_day() -> None:
    """Domain-rules 10: on 29 June the second quarter is not expected yet."""
    story = Story().budget("100.00").plan(*QUARTERS).pay("30.00")

    before, after = (execution(story, date) for date in ("2026-06-29", "2026-06-30"))

    assert ("plan", 1000, 30_000) == tuple(
        before[name] for name in ("expected_basis", "expected_rate_bp", "ratio_bp")
    )
    assert ("50.00", 6000, "yellow") == tuple(
        after[name] for name in ("expected_spent", "ratio_bp", "light")
    )


def test_a_plan_that_does_not_begin_with_the_year_is_no_standard() -> None:
    """Domain-rules 10: otherwise the next basis."""
    story = Story().budget("100.00").plan(*QUARTERS[1:])

    assert execution(story, "2026-06-30")["expected_basis"] == "months"


def test_a_supplement_runs_from_the_month_after_its_approval() -> None:
    """Domain-rules 10: 120 over the year, 60 of June over July to December."""
    story = Story().budget("120.00")
    story.tell(
        "budget.adjusted", "2026-06-18", line="L1", adjustment_kind="supplement", amount="60.00"
    )

    assert execution(story, "2026-06-30")["expected_spent"] == "60.00"
    assert execution(story, "2026-08-15")["expected_spent"] == "80.00"
    assert execution(story, "2026-12-31")["expected_spent"] == "180.00"


def test_a_supplement_from_before_the_year_runs_over_the_whole_of_it() -> None:
    """So it was approved for a year that had not begun."""
    story = Story().budget("120.00")
    added = {"adjustment_kind": "supplement", "amount": "12.00"}
    story.tell("budget.adjusted", "2025-12-20", line="L1", **added)

    assert story.at("2026-01-31")["execution"]["expected_spent"] == "11.00"


@pytest.mark.parametrize(
    ("start", "end", "budget"),
    [
        ("2026-02-01", "2026-10-31", "10.00"),
        ("2025-02-01", "2025-10-31", "10.00"),
        ("2025-10-01", "2026-10-31", "0.00"),
    ],
)
def test_a_period_over_two_years_is_not_counted(start: str, end: str, budget: str) -> None:
    """One that lies within another year than it is stated for is over one year alone."""
    story = Story().budget("10.00", period={"start": start, "end": end})

    assert story.at("2026-06-30")["execution"]["money"]["adjusted_budget"] == budget


def test_nothing_is_expected_before_the_first_month_is_completed() -> None:
    """Expected 0: ratio and light null (domain-rules 10)."""
    found = execution(Story().budget("100.00").pay("1.00", "2026-01-21"), "2026-01-30")

    assert (0, None, None) == tuple(found[n] for n in ("expected_rate_bp", "ratio_bp", "light"))


def test_undistributed_lines_are_shown_and_not_judged() -> None:
    """Domain-rules 2: a rate, but no expectation."""
    found = execution(Story().budget("100.00", undistributed=True), "2026-06-30")

    assert (0, None, None) == (
        found["money"]["execution_rate_bp"],
        found["expected_spent"],
        found["light"],
    )


@pytest.mark.parametrize(
    ("ratio", "light"),
    [(None, None), (5999, "red"), (6000, "yellow"), (7999, "yellow"), (8000, "green")],
)
def test_exactly_60_and_80_belong_to_the_upper_class(ratio: int | None, light: str | None) -> None:
    """Domain-rules 12."""
    assert light == execution_light(ratio)


def test_working_days_are_monday_to_friday() -> None:
    """From a Thursday on, one working day is Friday, two are Monday."""
    thursday = dt.date(2026, 2, 26)

    assert [27, 2] == [after_working_days(thursday, days).day for days in (1, 2)]
