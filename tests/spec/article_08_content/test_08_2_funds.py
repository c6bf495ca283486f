"""第八条(二): 预算资金执行情况: 资金拨付、预算单位实际支出."""

from collections import Counter

import pytest

from contracts.vocabulary import fen_to_wire
from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import (
    adjustment,
    budget,
    carryover,
    commitment,
    disbursement,
    expenditure,
    jurisdiction,
    payment_request,
    plan,
    recovery,
    reversal,
)
from tests.support.measuring import correction

title = "Funds: disbursement, actual expenditure, balance, rate and expected progress"

CHANNELS = rows("""
    | fact                                     | disbursed | spent  |
    |------------------------------------------|-----------|--------|
    | treasury payment                         | 10.00     | 10.00  |
    | treasury payment reversed                | -10.00    | -10.00 |
    | allocation to the unit                   | 10.00     | 0.00   |
    | allocation given back                    | -10.00    | 0.00   |
    | the unit spends from an allocation       | 0.00      | 10.00  |
    | allocation that is expenditure           | 10.00     | 10.00  |
    | the unit spends its own funds            | 0.00      | 10.00  |
    | quota for authorised payments 授权额度   | 10.00     | 0.00   |
    | payment requested 待审                   | 0.00      | 0.00   |
    | contract signed                          | 0.00      | 0.00   |
    | refund of an earlier year's payment      | 0.00      | 0.00   |
""")

FACTS = {
    "treasury payment": expenditure(amount="10.00"),
    "treasury payment reversed": reversal("10.00"),
    "allocation to the unit": disbursement("10.00"),
    "allocation given back": disbursement("10.00", returned=True),
    "the unit spends from an allocation": expenditure(amount="10.00", channel="allocation"),
    "allocation that is expenditure": disbursement("10.00"),
    "the unit spends its own funds": expenditure(amount="10.00", channel="own_funds"),
    "quota for authorised payments 授权额度": disbursement("10.00", channel="treasury_payment"),
    "payment requested 待审": payment_request("10.00"),
    "contract signed": commitment("10.00"),
    "refund of an earlier year's payment": reversal("10.00", prior_year=True),
}


def test_three_channels_say_what_is_disbursed_and_what_is_spent(engine: Engine) -> None:
    """国库集中支付 counts as both, 实拨 as disbursed, 单位资金 as spent."""
    told = []
    engine.given(jurisdiction())
    for number, row in enumerate(CHANNELS):
        code = f"610100/C{number}"
        fact = FACTS[row["fact"]]
        at_once = row["fact"] == "allocation that is expenditure"
        engine.given(
            budget(code, allocation_is_expenditure=at_once),
            fact.model_copy(update={"subject": code}),
        )
        money = engine.assessment(project=code).execution.money
        told.append(
            {
                "fact": row["fact"],
                "disbursed": fen_to_wire(money.disbursed),
                "spent": fen_to_wire(money.spent),
            }
        )

    assert CHANNELS == told


QUOTA = rows("""
    | as of      | L1    | L2    | L3    | disbursed in all |
    |------------|-------|-------|-------|------------------|
    | 2026-03-31 | 0.00  | 29.00 | 30.00 | 59.00            |
    | 2026-04-30 | 29.00 | 29.00 | 1.00  | 59.00            |
    | 2026-08-31 | 29.00 | 0.00  | 30.00 | 59.00            |
""")


def test_payments_taken_from_a_quota_before_they_came_are_taken_off(engine: Engine) -> None:
    """授权支付额度 counts as disbursed; a correction 更正 changes no total (domain-rules 1, 4).

    29.00 of authorised payments 授权支付 were made on L2. They are corrected to L3, which has a
    quota of 30.00, as of August, and on from there to L1 as of April: from April to July L3 has
    29.00 less than nothing of them. What was never paid out of its quota gives nothing back to it.
    """
    engine.given(
        jurisdiction(),
        *(budget(line=line) for line in ("L1", "L2", "L3")),
        disbursement("30.00", line="L3", channel="treasury_payment"),
        expenditure(amount="29.00", line="L2", pay_type="2"),
        correction(5, "2026-08-01", line="L3"),
        correction(5, "2026-04-01", line="L1"),
    )
    told = []
    for row in QUOTA:
        made = engine.assessment(as_of=row["as of"]).execution
        by_line = {one.line: fen_to_wire(one.money.disbursed) for one in made.lines}
        in_all = {"disbursed in all": fen_to_wire(made.money.disbursed)}
        told.append({"as of": row["as of"], **by_line, **in_all})
        assert [row["disbursed in all"]] * 2 == [*explained(engine, row["as of"])]

    assert QUOTA == told


def explained(engine: Engine, as_of: str) -> tuple[str | None, str | None]:
    """Give what is disbursed, and what the entries come to that explain it."""
    why = engine.why("disbursed", as_of=as_of)
    return why.value, why.sum


BUDGET = rows("""
    | fact                       | original | adjusted |
    |----------------------------|----------|----------|
    | approved 年初预算          | 100.00   | 100.00   |
    | carryover 上年结转         | 100.00   | 120.00   |
    | supplement 追加            | 100.00   | 150.00   |
    | passed down 下达           | 100.00   | 155.00   |
    | cut 追减                   | 100.00   | 145.00   |
    | virement in 调剂           | 100.00   | 152.00   |
    | virement out 调剂          | 100.00   | 151.00   |
    | distributed in 分配        | 100.00   | 154.00   |
    | recovery 收回              | 100.00   | 150.00   |
""")


def test_the_adjusted_budget_grows_out_of_the_original_one(engine: Engine) -> None:
    """Each step by its kind; the original stays as it was approved."""
    steps = (
        budget(),
        carryover("20.00"),
        adjustment("supplement", "30.00"),
        adjustment("passed_down", "5.00"),
        adjustment("cut", "10.00"),
        adjustment("virement", "7.00", direction="in"),
        adjustment("virement", "1.00", direction="out"),
        adjustment("distributed", "3.00"),
        adjustment("recovery", "4.00"),
    )
    engine.given(jurisdiction())
    told = []
    for row, step in zip(BUDGET, steps, strict=True):
        engine.given(step)
        money = engine.assessment().execution.money
        told.append(
            {
                "fact": row["fact"],
                "original": fen_to_wire(money.components.original),
                "adjusted": fen_to_wire(money.adjusted_budget),
            }
        )

    assert BUDGET == told


def test_the_four_budgets_and_other_funds_add_up_to_the_project(engine: Engine) -> None:
    """第三条、第七条: by line and account, to the fen."""
    accounts = (
        "general_public",
        "government_funds",
        "state_capital",
        "social_insurance",
        "other_funds",
    )
    engine.given(jurisdiction())
    for number, account in enumerate(accounts):
        line = f"L{number}"
        engine.given(
            budget(amount=f"{100 + number}.0{number}", line=line, account=account),
            expenditure(amount=f"{10 + number}.1{number}", line=line),
        )
    execution = engine.assessment().execution
    by_account: Counter[str] = Counter()
    for line_figures in execution.lines:
        by_account[line_figures.account.value] += line_figures.money.spent

    assert set(accounts) == set(by_account)
    assert execution.money.spent == by_account.total()
    assert execution.money.adjusted_budget == sum(
        line_figures.money.adjusted_budget for line_figures in execution.lines
    )


PROGRESS = rows("""
    | as of      | basis  | expected | rate | ratio | light  |
    |------------|--------|----------|------|-------|--------|
    | 2026-01-30 | months | 0.00     | 0    | -     | -      |
    | 2026-03-31 | months | 25.00    | 2500 | 12000 | green  |
    | 2026-05-31 | months | 41.67    | 4167 | 7200  | yellow |
    | 2026-06-30 | months | 50.00    | 5000 | 6000  | yellow |
    | 2026-07-31 | months | 58.33    | 5833 | 5143  | red    |
    | 2026-09-29 | plan   | 30.00    | 3000 | 10000 | green  |
    | 2026-09-30 | plan   | 60.00    | 6000 | 5000  | red    |
""")


def test_expected_progress_names_its_basis(engine: Engine) -> None:
    """序时进度 by months completed; from August on by the project's own plan 用款计划."""
    quarters = [
        ("2026-01-01", "2026-03-31", "10.00"),
        ("2026-04-01", "2026-06-30", "20.00"),
        ("2026-07-01", "2026-09-30", "30.00"),
        ("2026-10-01", "2026-12-31", "40.00"),
    ]
    engine.given(
        jurisdiction(),
        budget(),
        expenditure(amount="30.00", date="2026-03-01"),
        plan(quarters, date="2026-08-01"),
    )
    told = []
    for row in PROGRESS:
        execution = engine.assessment(as_of=row["as of"]).execution
        expected = execution.expected_spent
        cells = (
            row["as of"],
            execution.expected_basis,
            None if expected is None else fen_to_wire(expected),
            execution.expected_rate_bp,
            execution.ratio_bp,
            execution.light,
        )
        told.append(
            {
                name: "-" if cell is None else str(cell)
                for name, cell in zip(row, cells, strict=True)
            }
        )

    assert PROGRESS == told


LEFT = rows("""
    | recovered | spent of last year's | spent of this year's | 预计结转 | 预计结余 |
    |-----------|----------------------|----------------------|----------|----------|
    | 0.00      | 0.00                 | 0.00                 | 1000.00  | 500.00   |
    | 500.00    | 0.00                 | 100.00               | 900.00   | 0.00     |
    | 0.00      | 0.00                 | 500.00               | 500.00   | 500.00   |
    | 0.00      | 200.00               | 500.00               | 500.00   | 300.00   |
    | 100.00    | 200.00               | 500.00               | 500.00   | 200.00   |
    | 0.00      | 500.00               | 1000.00              | 0.00     | 0.00     |
""")


@pytest.mark.parametrize("row", LEFT, ids=lambda row: "-".join(row.values()))
def test_what_was_left_two_years_running_goes_back(engine: Engine, row: dict[str, str]) -> None:
    """预计结转结余情况: 500.00 carried over, 1000.00 approved, each on its line, at the year's end.

    What was recovered is not left any more, and what is spent on another line spends none of it.
    """
    recovered, of_last, of_this, *_ = row.values()
    engine.given(
        jurisdiction(),
        budget(amount="1000.00"),
        carryover("500.00", line="L0"),
        recovery(recovered, "2026-03-31", line="L0"),
        expenditure(amount=of_last, line="L0"),
        expenditure(amount=of_this),
    )
    found = engine.assessment(as_of="2026-12-31").execution.forecast
    assert found is not None

    assert (row["预计结转"], row["预计结余"]) == (
        fen_to_wire(found.carryover),
        fen_to_wire(found.surplus),
    )


def test_money_is_measured_per_line_and_for_the_project(engine: Engine) -> None:
    """Balance, and what of it is not bound by contracts yet."""
    engine.given(
        jurisdiction(),
        budget(line="L1"),
        budget(line="L2", amount="50.00", unit="U2"),
        expenditure(amount="40.00", line="L1"),
        expenditure(amount="5.00", line="L2"),
        commitment("60.00", line="L1"),
    )
    execution = engine.assessment().execution
    told = [
        (f.line, f.unit, f.money.balance, f.money.uncommitted_balance, f.money.execution_rate_bp)
        for f in execution.lines
    ]

    assert [("L1", "U1", 6_000, 4_000, 4_000), ("L2", "U2", 4_500, 4_500, 1_000)] == told
    assert (10_500, 3_000) == (execution.money.balance, execution.money.execution_rate_bp)


def test_without_budget_there_is_no_rate_and_spending_is_a_finding(engine: Engine) -> None:
    """Null, not zero; never a division."""
    engine.given(jurisdiction(), budget(amount="0.00"), expenditure(amount="1.00"))
    made = engine.assessment()

    assert (None, None) == (made.execution.money.execution_rate_bp, made.execution.light)
    assert ["over_budget"] == [finding.kind for finding in made.findings]
