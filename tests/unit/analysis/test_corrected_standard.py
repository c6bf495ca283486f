"""What is expected of lines that corrections 更正 pass through: domain-rules 4, 10, 13."""

from contracts.envelope import AnyEvent
from contracts.events.analysis import Execution
from tests.spec.engines import folded
from tests.support.builders import adjustment, budget, commitment, jurisdiction
from tests.support.measuring import correction

KNOWN = [jurisdiction(), budget(), budget(line="L2", amount="50.00")]
"""Two entries of the project: what follows is its third."""
SCHEDULE = [{"due": "2026-06-01", "amount": "40.00"}]


def execution(*events: AnyEvent, as_of: str = "2026-06-30") -> Execution:
    return folded([*KNOWN, *events]).assessment(as_of=as_of).execution


def test_a_line_calls_for_no_instalment_that_has_left_it() -> None:
    """Something else of the contract is still committed on it: that has no schedule."""
    found = execution(
        commitment("7.00", contract="C1"),
        commitment("40.00", contract="C1", schedule=SCHEDULE),
        correction(4, "2026-01-01", line="L2"),
    )

    assert [("months", 50_00), ("contract", 40_00)] == [
        (line.expected_basis, line.expected_spent) for line in found.lines
    ]


def test_an_instalment_that_is_released_is_called_for_all_the_same() -> None:
    """It counts against what was called for, wherever a correction takes it."""
    released = commitment("10.00", "2026-03-01", contract="C1", released=True, schedule=SCHEDULE)
    whole = commitment("50.00", contract="C1", schedule=SCHEDULE)
    stated = execution(whole, released).lines[0]
    moved = execution(whole, released, *(correction(n, line="L2") for n in (3, 4))).lines

    assert ("contract", 0) == (stated.expected_basis, stated.expected_spent)
    assert [("months", 50_00), ("contract", 0)] == [
        (line.expected_basis, line.expected_spent) for line in moved
    ]


def test_a_line_that_all_budget_has_left_again_is_not_judged() -> None:
    """Nothing was approved on it; while a supplement is there it counts, though it is not listed.

    The basis is the weakest of the judged lines.
    """
    told = [
        commitment("40.00", contract="C1", schedule=SCHEDULE),
        commitment("40.00", contract="C2", schedule=SCHEDULE, line="L2"),
        adjustment("supplement", "12.00", "2026-02-10"),
        correction(5, "2026-03-10", line="L7"),
        correction(5, "2026-05-10", line="L1"),
    ]

    assert "months" == execution(*told, as_of="2026-04-30").expected_basis
    assert "contract" == execution(*told).expected_basis


def test_a_line_is_not_judged_before_money_gets_there() -> None:
    """A correction that is dated later has named it already."""
    told = [
        commitment("40.00", contract="C1", schedule=SCHEDULE),
        commitment("40.00", contract="C2", schedule=SCHEDULE, line="L2"),
        adjustment("supplement", "12.00", "2026-02-10"),
        correction(5, "2026-08-10", line="L7"),
    ]
    found = execution(*told)

    assert ("contract", ["L1", "L2"]) == (found.expected_basis, [one.line for one in found.lines])
