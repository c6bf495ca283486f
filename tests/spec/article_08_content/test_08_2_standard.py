"""第八条(二) 预算执行进度: what is expected by a date, and what says so (domain-rules 10)."""

import pytest

from contracts.envelope import AnyEvent
from contracts.vocabulary import fen_to_wire
from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import (
    budget,
    commitment,
    expenditure,
    jurisdiction,
    plan,
    project,
)
from tests.support.measuring import correction, parameters, standard

title = "Expected progress: plan, contract, class profile, assessment table, months"

TABLE = [500, 1_000, 2_500, 3_000, 4_000, 5_800, 6_500, 7_000, 7_500, 8_000, 9_000, 10_000]
PROFILE = [0, 0, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 9_000, 10_000]
QUARTERS = [
    ("2026-01-01", "2026-03-31", "10.00"),
    ("2026-04-01", "2026-06-30", "25.00"),
    ("2026-07-01", "2026-09-30", "30.00"),
    ("2026-10-01", "2026-12-31", "35.00"),
]
STATED: dict[str, AnyEvent] = {
    "assessment table 考核进度": standard(TABLE),
    "profile of its class": standard(PROFILE, "construction"),
    "contract 付款计划": commitment(
        "90.00", contract="C1", schedule=[{"due": "2026-05-31", "amount": "45.00"}]
    ),
    "plan 用款计划": plan(QUARTERS),
}
ORDER = rows("""
    | and then comes            | basis            | 30 June | 29 June |
    |---------------------------|------------------|---------|---------|
    | nothing                   | months           | 50.00   | 41.67   |
    | assessment table 考核进度 | assessment_table | 58.00   | 40.00   |
    | profile of its class      | class_profile    | 30.00   | 20.00   |
    | contract 付款计划         | contract         | 45.00   | 45.00   |
    | plan 用款计划             | plan             | 35.00   | 10.00   |
""")


def test_each_standard_gives_way_to_a_better_one(engine: Engine) -> None:
    """Of 100.00; every figure names its basis."""
    engine.given(jurisdiction(), project(project_class="construction"), budget())
    told = []
    for row in ORDER:
        name = row["and then comes"]
        if name in STATED:
            engine.given(STATED[name])
        half = engine.assessment(as_of="2026-06-30").execution
        eve = engine.assessment(as_of="2026-06-29").execution
        told.append(
            {
                "and then comes": name,
                "basis": str(half.expected_basis),
                "30 June": fen_to_wire(half.expected_spent or 0),
                "29 June": fen_to_wire(eve.expected_spent or 0),
            }
        )

    assert ORDER == told


TOGETHER = rows("""
    | and then is stated             | basis  | 30 June | 31 December |
    |--------------------------------|--------|---------|-------------|
    | Q1 10.00, Q2 25.00, Q3 30.00   | months | 50.00   | 100.00      |
    | Q4 35.00                       | plan   | 35.00   | 100.00      |
    | Q2 20.00                       | plan   | 30.00   | 95.00       |
    | HALF 40.00 of July to December | plan   | 30.00   | 70.00       |
""")
SAID: list[list[AnyEvent]] = [
    [plan([part], plan_id=f"Q{n}") for n, part in enumerate(QUARTERS[:3], 1)],
    [plan(QUARTERS[3:], plan_id="Q4")],
    [plan([(*QUARTERS[1][:2], "20.00")], "2026-02-10", plan_id="Q2")],
    [plan([("2026-07-01", "2026-12-31", "40.00")], "2026-03-10", plan_id="HALF")],
]


def test_plans_of_several_numbers_are_one_plan_together(engine: Engine) -> None:
    """用款计划 stated quarter by quarter; a later one takes the place of what it is for."""
    engine.given(jurisdiction(), project(), budget())
    told = []
    for row, stated in zip(TOGETHER, SAID, strict=True):
        engine.given(*stated)
        half = engine.assessment(as_of="2026-06-30").execution
        whole = engine.assessment(as_of="2026-12-31").execution
        told.append(
            {
                "and then is stated": row["and then is stated"],
                "basis": str(half.expected_basis),
                "30 June": fen_to_wire(half.expected_spent or 0),
                "31 December": fen_to_wire(whole.expected_spent or 0),
            }
        )

    assert TOGETHER == told


UNDISTRIBUTED = rows("""
    | as of      | expected |
    |------------|----------|
    | 2026-06-30 | null     |
    | 2026-07-01 | 50.00    |
    | 2026-12-31 | 100.00   |
""")


def test_a_line_s_own_contract_rules_though_it_was_released_elsewhere(engine: Engine) -> None:
    """40.00 are due on the line; the 30.00 that name no line may be what was released."""
    engine.given(
        jurisdiction(),
        budget(amount="120.00"),
        commitment("40.00", contract="C1", schedule=[{"due": "2026-05-31", "amount": "40.00"}]),
        commitment(
            "30.00", contract="C1", line=None, schedule=[{"due": "2026-05-31", "amount": "30.00"}]
        ),
        commitment("70.00", contract="C1", line="L9", released=True),
    )
    execution = engine.assessment(as_of="2026-06-30").execution

    assert "contract" == execution.expected_basis
    assert "40.00" == fen_to_wire(execution.expected_spent)


@pytest.mark.parametrize("row", UNDISTRIBUTED, ids=lambda row: str(row["as of"]))
def test_undistributed_money_is_judged_from_a_date(engine: Engine, row: dict[str, str]) -> None:
    """待分配: shown always; the jurisdiction says from when on it should be spent."""
    engine.given(
        jurisdiction(),
        parameters(undistributed_judged_from="07-01"),
        project(),
        budget(undistributed=True),
    )
    found = engine.assessment(as_of=row["as of"]).execution
    expected = found.expected_spent

    assert 10_000 == found.money.adjusted_budget
    assert row["expected"] == ("null" if expected is None else fen_to_wire(expected))


def test_a_correction_moves_a_payment_and_changes_no_total(engine: Engine) -> None:
    """更正: from its date on; both lines and the project's sum say why.

    | as of      | L1    | L2    | project |
    |------------|-------|-------|---------|
    | 2026-05-09 | 30.00 | 0.00  | 30.00   |
    | 2026-05-10 | 0.00  | 30.00 | 30.00   |
    """
    engine.given(
        jurisdiction(),
        project(),
        budget(),
        budget(line="L2"),
        expenditure(amount="30.00"),
    )
    assert 3_000 == engine.assessment().execution.lines[0].money.spent
    engine.given(correction(4, line="L2"))

    def spent(as_of: str) -> list[int]:
        found = engine.assessment(as_of=as_of).execution
        return [*(line.money.spent for line in found.lines), found.money.spent]

    assert [3_000, 0, 3_000] == spent("2026-05-09")
    assert [0, 3_000, 3_000] == spent("2026-05-10")
    why = engine.why("spent")
    assert ("30.00", "30.00") == (why.value, why.sum)
