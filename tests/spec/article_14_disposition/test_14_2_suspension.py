"""第十四条(二): … 暂停项目实施: while a project stands still, nothing falls due."""

import pytest

from contracts.envelope import AnyEvent
from contracts.vocabulary import Light, ProjectState, fen_to_wire
from tests.spec.engines import Engine
from tests.spec.tables import rows
from tests.support.builders import budget, commitment, expenditure, jurisdiction, plan, project
from tests.support.measuring import state_changed

title = "Suspension: its time is not expected of anybody"

SUSPENSION = [
    state_changed("suspended", "2026-03-15", ground="重大问题"),
    state_changed("resumed", "2026-05-10"),
]
"""The ends of March and April lie within it."""

MONTHLY = [
    (f"2026-{month:02d}-01", f"2026-{month:02d}-{last}", "10.00")
    for month, last in enumerate((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1)
]
INSTALMENTS = [{"due": "2026-04-01", "amount": "50.00"}, {"due": "2026-06-01", "amount": "30.00"}]

CASES: dict[str, list[AnyEvent]] = {
    "months": [],
    "plan": [plan(MONTHLY)],
    "plan made knowing it": [plan(MONTHLY, date="2026-04-01")],
    "contract": [commitment("80.00", contract="C1", schedule=INSTALMENTS)],
    "contract made knowing it": [
        commitment("80.00", "2026-03-20", contract="C1", schedule=INSTALMENTS)
    ],
}

EXPECTED = rows("""
    | standard                 | 14 March | 30 April | 30 June | 31 December |
    |--------------------------|----------|----------|---------|-------------|
    | months                   | 20.00    | 20.00    | 40.00   | 100.00      |
    | plan                     | 20.00    | 20.00    | 40.00   | 100.00      |
    | plan made knowing it     | 20.00    | 40.00    | 60.00   | 120.00      |
    | contract                 | 0.00     | 0.00     | 30.00   | 30.00       |
    | contract made knowing it | 20.00    | 50.00    | 80.00   | 80.00       |
""")
DAYS = {
    "14 March": "2026-03-14",
    "30 April": "2026-04-30",
    "30 June": "2026-06-30",
    "31 December": "2026-12-31",
}


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: str(row["standard"]))
def test_what_falls_due_in_a_suspension_is_not_expected(
    engine: Engine, row: dict[str, str]
) -> None:
    """Of 120.00: neither a month, nor a period, nor an instalment; what knew of it counts."""
    engine.given(
        jurisdiction(), project(), budget(amount="120.00"), *CASES[row["standard"]], *SUSPENSION
    )
    told = {"standard": row["standard"]}
    for name, date in DAYS.items():
        expected = engine.assessment(as_of=date).execution.expected_spent
        told[name] = "" if expected is None else fen_to_wire(expected)

    assert row == told


def test_nobody_is_behind_for_the_time_of_a_suspension(engine: Engine) -> None:
    """What was done before it is all that is expected; the state is shown beside."""
    engine.given(jurisdiction(), project(), budget(amount="120.00"), expenditure(amount="20.00"))
    behind = engine.assessment(as_of="2026-04-30")
    engine.given(SUSPENSION[0])
    standing_still = engine.assessment(as_of="2026-04-30")

    assert (Light.RED, ProjectState.ACTIVE) == (behind.execution.light, behind.standing.state)
    assert (Light.GREEN, ProjectState.SUSPENDED) == (
        standing_still.execution.light,
        standing_still.standing.state,
    )
    assert "2026-03-15" == str(standing_still.standing.state_since)
