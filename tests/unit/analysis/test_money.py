"""Channels, components, balances: domain-rules 1, 2, 5, 13."""

from typing import Any

import pytest

from contracts.envelope import AnyEvent
from contracts.events.analysis import Money
from contracts.vocabulary import fen_to_wire
from tests.spec.engines import folded
from tests.support.builders import (
    adjustment,
    budget,
    carryover,
    commitment,
    disbursement,
    expenditure,
    jurisdiction,
    payment_request,
    reversal,
)
from tests.support.measuring import correction


def money(*events: AnyEvent, as_of: str = "2026-12-31") -> Money:
    return folded([jurisdiction(), *events]).assessment(as_of=as_of).execution.money


def wire(figures: Money, *names: str) -> list[str]:
    return [fen_to_wire(getattr(figures, name)) for name in names]


@pytest.mark.parametrize(
    ("event", "disbursed", "spent", "reversed_"),
    [
        (expenditure(amount="10.00"), "10.00", "10.00", "0.00"),
        (expenditure(amount="10.00", channel="allocation"), "0.00", "10.00", "0.00"),
        (expenditure(amount="10.00", channel="own_funds"), "0.00", "10.00", "0.00"),
        (reversal("10.00"), "-10.00", "-10.00", "10.00"),
        (reversal("10.00", channel="allocation"), "0.00", "-10.00", "10.00"),
        (reversal("10.00", channel="own_funds"), "0.00", "-10.00", "10.00"),
        (reversal("10.00", prior_year=True), "0.00", "0.00", "0.00"),
        (disbursement("10.00"), "10.00", "0.00", "0.00"),
        (disbursement("10.00", returned=True), "-10.00", "0.00", "0.00"),
        (disbursement("10.00", channel="treasury_payment"), "10.00", "0.00", "0.00"),
        (payment_request("10.00"), "0.00", "0.00", "0.00"),
        (commitment("10.00"), "0.00", "0.00", "0.00"),
    ],
)
def test_a_fact_counts_by_its_channel(
    event: AnyEvent, disbursed: str, spent: str, reversed_: str
) -> None:
    """domain-rules 1: a treasury payment twice, an allocation as disbursed, own funds as spent."""
    figures = money(budget(), event)

    assert [disbursed, spent, reversed_] == wire(figures, "disbursed", "spent", "reversed")


def quota(amount: str, **fields: Any) -> AnyEvent:
    return disbursement(amount, channel="treasury_payment", **fields)


def authorised(amount: str, **fields: Any) -> AnyEvent:
    return expenditure(amount=amount, **{"pay_type": "2", **fields})


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([quota("50.00"), authorised("20.00")], "50.00", id="within the quota"),
        pytest.param([quota("50.00"), authorised("20.00", pay_type="02")], "50.00", id="code 02"),
        pytest.param([authorised("20.00")], "20.00", id="quota not told"),
        pytest.param([quota("50.00"), authorised("70.00")], "70.00", id="beyond the quota"),
        pytest.param(
            [quota("50.00"), quota("40.00", returned=True), authorised("9.00")],
            "10.00",
            id="quota returned",
        ),
        pytest.param(
            [quota("50.00"), authorised("20.00"), expenditure(amount="7.00", pay_type="1")],
            "57.00",
            id="direct payments add",
        ),
        pytest.param(
            [quota("50.00"), expenditure(amount="7.00")], "57.00", id="without a code is direct"
        ),
        pytest.param(
            [quota("50.00"), authorised("7.00", channel="own_funds")],
            "50.00",
            id="own funds draw no quota",
        ),
        pytest.param(
            [disbursement("50.00"), disbursement("3.00", channel="own_funds"), authorised("7.00")],
            "60.00",
            id="an allocation is no quota",
        ),
        pytest.param(
            [quota("50.00"), authorised("7.00", line="L2")], "57.00", id="a line of its own"
        ),
        pytest.param(
            [quota("50.00"), authorised("20.00"), reversal("5.00")],
            "50.00",
            id="what comes back restores the quota",
        ),
        pytest.param(
            [quota("50.00"), authorised("70.00"), reversal("5.00")],
            "65.00",
            id="what comes back was beyond the quota",
        ),
        pytest.param(
            [quota("50.00"), authorised("20.00"), expenditure(amount="7.00"), reversal("9.00")],
            "50.00",
            id="direct payments come back first",
        ),
        pytest.param([quota("50.00"), reversal("9.00")], "41.00", id="nothing was paid"),
        pytest.param(
            [quota("50.00"), authorised("20.00"), reversal("5.00", line=None)],
            "45.00",
            id="what comes back without a line restores no quota",
        ),
    ],
)
def test_a_quota_and_what_is_paid_from_it_are_disbursed_once(
    events: list[AnyEvent], expected: str
) -> None:
    """domain-rules 1: direct + max(quota, authorised), per line, in any order; explained."""
    known = [jurisdiction(), budget(), budget(line="L2"), *events]
    told = [folded(order).why("disbursed") for order in (known, known[::-1])]

    assert expected == fen_to_wire(money(*known[1:]).disbursed)
    assert [(expected, expected)] * 2 == [(why.value, why.sum) for why in told]


def test_what_came_back_without_a_line_restores_the_quota_once_it_has_one() -> None:
    """On which line it was paid nobody knows, until a correction says so; it is explained."""
    back = reversal("20.00", line=None)
    known = [budget(), quota("500.00"), authorised("100.00"), back]
    corrected = [*known, correction(4, line="L1")]

    assert [480_00, 500_00] == [money(*events).disbursed for events in (known, corrected)]
    told = [folded([jurisdiction(), *events]).why("disbursed") for events in (known, corrected)]
    assert ["480.00", "500.00"] == [why.value for why in told] == [why.sum for why in told]


def test_a_quota_is_disbursed_as_of_a_date() -> None:
    """Paid before the quota was told: counted once on either side of it."""
    events = [
        budget(),
        authorised("20.00", date="2026-03-01"),
        quota("50.00", date="2026-03-05"),
        authorised("40.00", date="2026-03-09"),
    ]
    asked = ("2026-02-28", "2026-03-01", "2026-03-05", "2026-03-09")

    assert ["0.00", "20.00", "50.00", "60.00"] == [
        fen_to_wire(money(*events, as_of=day).disbursed) for day in asked
    ]


def test_an_allocation_is_spent_at_once_where_the_line_says_so() -> None:
    """domain-rules 1: capital injection; the unit's own record of it must not count again."""
    figures = money(
        budget(allocation_is_expenditure=True, channel="allocation"),
        disbursement("50.00"),
        disbursement("5.00", returned=True),
        expenditure(amount="45.00", channel="allocation"),
    )

    assert ["45.00", "45.00", "5.00"] == wire(figures, "disbursed", "spent", "reversed")


def test_the_line_may_say_so_after_its_allocation() -> None:
    """Order does not matter: the approval arrives last."""
    figures = money(disbursement("50.00"), budget(allocation_is_expenditure=True))

    assert ["50.00", "50.00"] == wire(figures, "disbursed", "spent")


def test_the_adjusted_budget_is_the_signed_sum_of_its_components() -> None:
    """domain-rules 2, each component with its own amount."""
    figures = money(
        budget(amount="100.00"),
        budget(amount="7.00", origin="transfer_from_above", line="L2"),
        budget(amount="3.00", origin="carryover", line="L3"),
        carryover("20.00", line="L3"),
        adjustment("supplement", "30.00"),
        adjustment("passed_down", "4.00"),
        adjustment("cut", "10.00"),
        adjustment("recovery", "2.00"),
        adjustment("virement", "5.00", direction="in"),
        adjustment("virement", "9.00", direction="out", line="L2"),
        adjustment("distributed", "1.00", direction="in"),
    )

    assert {
        "original": "107.00",
        "carryover": "23.00",
        "supplement": "30.00",
        "passed_down": "4.00",
        "cut": "10.00",
        "recovered": "2.00",
        "virement": "-4.00",
        "distributed": "1.00",
    } == figures.components.model_dump()
    assert "149.00" == fen_to_wire(figures.adjusted_budget)


def test_rates_stand_on_both_bases() -> None:
    """domain-rules 2: adjusted by default, original for the strict national layout."""
    figures = money(
        budget(amount="100.00"), adjustment("supplement", "50.00"), expenditure(amount="75.00")
    )

    assert (5_000, 7_500) == (figures.execution_rate_bp, figures.execution_rate_original_bp)


def test_without_budget_there_is_no_rate() -> None:
    """domain-rules 13."""
    figures = money(expenditure(amount="75.00"))

    assert (None, None) == (figures.execution_rate_bp, figures.execution_rate_original_bp)


def test_a_budget_cut_to_nothing_has_no_rate() -> None:
    """domain-rules 13: zero adjusted budget; the original basis still has one."""
    figures = money(budget(), adjustment("cut", "100.00"), expenditure(amount="1.00"))

    assert (None, 100) == (figures.execution_rate_bp, figures.execution_rate_original_bp)


def test_negative_net_spending_is_shown_with_rate_zero() -> None:
    """domain-rules 13."""
    figures = money(budget(), expenditure(amount="5.00"), reversal("8.00"))

    assert "-3.00" == fen_to_wire(figures.spent)
    assert 0 == figures.execution_rate_bp


def test_prior_year_refunds_are_shown_apart() -> None:
    """domain-rules 5: they never reduce this year's spending."""
    figures = money(budget(), expenditure(amount="50.00"), reversal("8.00", prior_year=True))

    assert ["50.00", "8.00", "0.00"] == wire(figures, "spent", "prior_year_refunds", "reversed")


def test_balances_deduct_what_is_spent_and_what_is_committed() -> None:
    """Commitments net of releases; what is already paid of them is not deducted twice."""
    figures = money(
        budget(amount="100.00"),
        commitment("60.00"),
        commitment("10.00", released=True),
        payment_request("25.00"),
        expenditure(amount="20.00"),
    )

    assert ["80.00", "50.00", "50.00", "25.00"] == wire(
        figures, "balance", "uncommitted_balance", "committed", "requested"
    )


def unpaid(*events: AnyEvent, as_of: str = "2026-12-31") -> str:
    figures = money(budget(amount="1000.00"), *events, as_of=as_of)
    return fen_to_wire(figures.balance - figures.uncommitted_balance)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([commitment("60.00", contract="C1"), expenditure(amount="20.00")], "60.00"),
        pytest.param(
            [commitment("60.00", contract="C1"), expenditure(amount="20.00", contract="C1")],
            "40.00",
        ),
        pytest.param(
            [
                commitment("60.00", contract="C1"),
                expenditure(amount="70.00", contract="C1"),
                commitment("30.00", contract="C2"),
                commitment("5.00", contract="C2", released=True),
            ],
            "25.00",
        ),
        pytest.param([commitment("60.00"), expenditure(amount="20.00", contract="C1")], "60.00"),
        pytest.param(
            [
                commitment("60.00"),
                expenditure(amount="20.00", contract="C1"),
                expenditure(amount="15.00"),
            ],
            "45.00",
        ),
        pytest.param(
            [
                commitment("60.00", line=None, contract="C1"),
                commitment("40.00", line="L2", contract="C1"),
                expenditure(amount="90.00", contract="C1", channel="own_funds"),
            ],
            "10.00",
        ),
        pytest.param([commitment("5.00", contract="C1", released=True)], "0.00"),
        pytest.param([expenditure(amount="3.00"), reversal("8.00")], "0.00"),
        pytest.param([commitment("6.00"), reversal("8.00")], "6.00"),
        pytest.param(
            [
                commitment("60.00", contract="C1"),
                expenditure(amount="20.00", contract="C1"),
                expenditure(amount="9.00"),
                reversal("5.00", contract="C1"),
            ],
            "45.00",
        ),
        pytest.param([commitment("6.00", contract="C1"), reversal("8.00", contract="C1")], "6.00"),
    ],
    ids=[
        "other spending pays no contract",
        "a payment pays its contract",
        "one contract's overpayment pays no other",
        "a contract's payment pays nothing that names none",
        "what names no contract pays what names none",
        "a contract is paid from any line and channel",
        "releasing more than was committed owes nothing",
        "where nothing was committed nothing is owed",
        "no more is owed than was committed",
        "a reversal that names its contract makes it owed again",
        "and no more than was signed",
    ],
)
def test_a_commitment_is_paid_by_what_is_spent_under_its_contract(
    events: list[AnyEvent], expected: str
) -> None:
    """domain-rules 3: committed is signed and unpaid; in any order of arrival."""
    assert expected == unpaid(*events) == unpaid(*reversed(events))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([commitment("60.00", contract="C1")], "5.00"),
        ([commitment("60.00", contract="C1"), expenditure(amount="9.00")], "0.00"),
        ([commitment("60.00", contract="C1"), commitment("7.00")], "12.00"),
        ([], "0.00"),
        ([commitment("58.00", contract="C1")], "3.00"),
    ],
)
def test_a_reversal_takes_back_a_contracts_payment_only_if_nothing_else_is_left(
    events: list[AnyEvent], expected: str
) -> None:
    """If it names no contract: it undoes other payments, then overpayments, then contracts'."""
    paid = expenditure(amount="60.00", contract="C1")

    assert expected == unpaid(*events, paid, reversal("5.00"))


def test_commitments_are_unpaid_as_of_a_date() -> None:
    """Later signatures and payments do not count yet."""
    events = [
        commitment("60.00", contract="C1", date="2026-02-15"),
        expenditure(amount="20.00", contract="C1", date="2026-03-01"),
        commitment("8.00", contract="C2", date="2026-04-01"),
    ]

    asked = ("2026-02-14", "2026-02-28", "2026-03-31", "2026-04-01")
    assert ["0.00", "60.00", "40.00", "48.00"] == [unpaid(*events, as_of=day) for day in asked]


def test_each_line_has_its_own_unpaid_commitments() -> None:
    """A line is not relieved by what another one paid of the same contract."""
    made = folded(
        [
            jurisdiction(),
            budget(),
            budget(line="L2"),
            commitment("60.00", contract="C1"),
            expenditure(amount="20.00", contract="C1"),
            expenditure(amount="30.00", contract="C1", line="L2"),
        ]
    ).assessment()
    shown = [line.money for line in made.execution.lines] + [made.execution.money]

    assert [4_000, 0, 1_000] == [each.balance - each.uncommitted_balance for each in shown]


def test_a_contract_is_paid_where_an_allocation_is_expenditure() -> None:
    """The unit's own payment is not spent again, but it pays the contract."""
    events = [
        budget(line="L2", allocation_is_expenditure=True),
        commitment("60.00", contract="C1", line="L2"),
        commitment("30.00", line="L2"),
        disbursement("50.00", line="L2"),
        expenditure(amount="45.00", contract="C1", line="L2", channel="allocation"),
        expenditure(amount="5.00", contract="C1", line="L2"),
    ]

    assert "10.00" == unpaid(*events)


def test_only_facts_dated_by_then_count() -> None:
    """As of a date, whatever was recorded when; the date itself is included."""
    events = [budget(), expenditure(amount="1.00", date="2026-03-01"), reversal("1.00")]

    assert "0.00" == fen_to_wire(money(*events, as_of="2026-02-28").spent)
    assert "1.00" == fen_to_wire(money(*events, as_of="2026-03-01").spent)
    assert "1.00" == fen_to_wire(money(*events, as_of="2026-03-09").spent)
    assert "0.00" == fen_to_wire(money(*events, as_of="2026-03-10").spent)


def test_spending_is_told_by_fiscal_month() -> None:
    """Months begun by the date; money outside the year's days counts in its first or last month."""
    engine = folded(
        [
            jurisdiction(fiscal_year_start="04-01"),
            budget(date="2026-04-01"),
            expenditure(amount="1.00", date="2026-03-15", fiscal_year=2026),
            expenditure(amount="2.00", date="2026-04-30"),
            expenditure(amount="4.00", date="2026-05-01"),
            expenditure(amount="8.00", date="2027-04-02", fiscal_year=2026),
        ]
    )
    june = engine.assessment(as_of="2026-06-15").execution
    later = engine.assessment(as_of="2027-04-02").execution

    assert (300, 400, 0) == june.month_spent
    assert (300, 400, *[0] * 9, 800) == later.month_spent
    assert sum(later.month_spent) == later.money.spent


def test_money_without_a_line_stands_apart() -> None:
    """It is in the project's figures only, and without budget: even where there is one line."""
    made = folded([jurisdiction(), budget(), expenditure(line=None)]).assessment()

    assert [0] == [line.money.spent for line in made.execution.lines]
    assert 1_200 == made.execution.money.spent
    assert ["spending_without_budget"] == [found.kind for found in made.findings]


def test_adjustments_of_a_line_that_is_not_known_yet_count() -> None:
    """Order-independent totals: the supplement arrives before its approval."""
    before = money(adjustment("supplement", "30.00"))
    after = money(adjustment("supplement", "30.00"), budget())

    assert ["30.00", "130.00"] == wire(before, "adjusted_budget") + wire(after, "adjusted_budget")


def test_approvals_of_one_line_add_up() -> None:
    """Several budgets of an IATI activity are one line."""
    figures = money(budget(amount="10.00"), budget(amount="20.00", date="2026-05-01"))

    assert "30.00" == fen_to_wire(figures.adjusted_budget)


def test_a_line_shows_its_latest_terms() -> None:
    """By business date, not by arrival."""
    events = [
        jurisdiction(),
        budget(amount="1.00", date="2026-05-01", unit="U2", account="government_funds"),
        budget(amount="2.00", date="2026-01-20", unit="U1"),
    ]
    engine = folded(events)

    assert ["U1"] == [line.unit for line in engine.assessment(as_of="2026-04-30").execution.lines]
    assert ["U2"] == [line.unit for line in engine.assessment(as_of="2026-05-01").execution.lines]


def test_a_budget_over_two_fiscal_years_is_recorded_and_not_counted() -> None:
    """data/README: it is a finding where it is found."""
    spanning = {"start": "2026-07-01", "end": "2027-06-30"}
    within = {"start": "2026-01-01", "end": "2026-12-31"}
    made = folded(
        [
            jurisdiction(),
            budget(amount="10.00", period=within),
            budget(amount="20.00", period=spanning),
        ]
    ).assessment()

    assert 1_000 == made.execution.money.adjusted_budget
    assert ["budget_period_spans_years"] == [finding.kind for finding in made.findings]


def test_rates_stay_within_the_bounds_of_the_wire() -> None:
    """A cent of budget, trillions spent: shown as the bound, never an unreadable event."""
    figures = money(budget(amount="0.01"), expenditure(amount="999999999999999.99"))

    assert 10**12 == figures.execution_rate_bp


def test_sums_of_the_largest_amounts_are_exact() -> None:
    """Beyond 64 bits, in the figures."""
    largest = "999999999999999.99"
    figures = money(*(budget(amount=largest) for _ in range(100)))

    assert 100 * 99_999_999_999_999_999 == figures.adjusted_budget
