"""第十条 合规性监控: a finding names the entry that brought it about, and no other of its day."""

from typing import Any, Final

from contracts.vocabulary import fen_to_wire
from tests.spec.engines import Engine
from tests.support.builders import adjustment, budget, expenditure, jurisdiction

title = "Compliance: which entry a finding names"

DAY = "2026-04-10"
TWO_YEARS: Final[dict[str, Any]] = {"period": {"start": "2026-07-01", "end": "2027-06-30"}}
OF_THE_YEAR: Final[dict[str, Any]] = {"period": {"start": "2026-04-01", "end": "2026-12-31"}}


def said(engine: Engine, kind: str, as_of: str = "2026-06-30") -> list[tuple[str, str, int]]:
    """Give subject, amount and entry of what is found of a kind."""
    return [
        (found.subject, fen_to_wire(found.amount), found.entry_sequence)
        for found in engine.assessment(as_of=as_of).findings
        if found.kind == kind
    ]


def test_what_is_no_budget_of_the_year_puts_no_line_above_its_budget(engine: Engine) -> None:
    """超预算开支: an approval over two fiscal years is not counted: it changes no budget.

    The cut of that day brought it about, though the approval came after it; so it did though
    another cut, of nothing, came after it.
    """
    engine.given(
        jurisdiction(),
        budget(),
        expenditure(amount="90.00"),
        adjustment("cut", "20.00", date=DAY),
        budget(amount="30.00", date=DAY, **TWO_YEARS),
        adjustment("cut", "0.00", date=DAY),
    )

    assert [("L1", "10.00", 3)] == said(engine, "over_budget")


def test_what_is_approved_for_a_period_of_the_year_is_its_budget(engine: Engine) -> None:
    """On the day of a cut that is larger: of what counts the last entry is told."""
    engine.given(
        jurisdiction(),
        budget(),
        expenditure(amount="90.00"),
        budget(amount="1.00", date=DAY, **OF_THE_YEAR),
        adjustment("cut", "20.00", date=DAY),
        budget(amount="2.00", date=DAY, **OF_THE_YEAR),
    )

    assert [("L1", "7.00", 5)] == said(engine, "over_budget")
