"""第十条 合规性监控: a finding names the entry that brought it about, and no other of its day."""

from typing import Any, Final

import pytest

from contracts.envelope import AnyEvent
from contracts.vocabulary import fen_to_wire
from tests.spec.engines import Engine
from tests.support.builders import (
    adjustment,
    budget,
    disbursement,
    expenditure,
    jurisdiction,
    reversal,
)
from tests.support.measuring import correction

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


FUNDS: Final[dict[str, Any]] = {"account": "government_funds"}
ROADS: Final[dict[str, Any]] = {"classification": {"function": "2140104"}}
LINES: Final = [
    jurisdiction(),
    budget(**FUNDS),
    budget(line="L2"),
    expenditure(amount="50.00", **FUNDS),
    expenditure(amount="7.00", line="L2"),
]
"""Four entries of the project; all was paid under the budgets and classes of its lines."""
WRONG: Final = expenditure(amount="9.00", date=DAY, account="general_public")
"""Paid from L1, which is of the government funds: the project's fifth entry."""
BESIDE: Final[dict[str, tuple[list[AnyEvent], tuple[str, int]]]] = {
    "nothing": ([], ("9.00", 5)),
    "what names no budget comes to the line": ([correction(4, DAY, line="L1")], ("9.00", 5)),
    "what was paid rightly leaves it": ([correction(3, DAY, line="L3")], ("9.00", 5)),
    "what was paid rightly gets a class that is not compared": (
        [correction(3, DAY, **ROADS)],
        ("9.00", 5),
    ),
    "more comes to it that is another budget's": (
        [correction(4, DAY, line="L1", account="general_public")],
        ("16.00", 6),
    ),
    "part of what is wrong leaves it": (
        [
            expenditure(amount="2.00", date=DAY, account="general_public"),
            correction(6, DAY, line="L2"),
        ],
        ("9.00", 7),
    ),
}


@pytest.mark.parametrize("beside", BESIDE)
def test_a_diversion_is_brought_about_by_what_is_charged_wrongly(
    engine: Engine, beside: str
) -> None:
    """挤占挪用: a payment's budget or class differs from that of its approved line.

    Of the day's entries the last that moved such money is named: that paid it, brought it to the
    line, or took it from there. What moves money that is charged as approved diverts nothing.
    """
    events, (amount, entry) = BESIDE[beside]
    engine.given(*LINES, WRONG, *events)

    assert [("L1", amount, entry)] == said(engine, "diversion")


def test_where_no_more_is_charged_wrongly_the_last_that_was_spent_is_named(
    engine: Engine,
) -> None:
    """What is diverted is at most what the line spent: until May all of it had come back."""
    engine.given(
        jurisdiction(),
        budget(**FUNDS),
        WRONG,
        reversal("9.00", "2026-04-20"),
        expenditure(amount="3.00", date="2026-05-10", **FUNDS),
    )

    assert [] == said(engine, "diversion", "2026-05-09")
    assert [("L1", "3.00", 4)] == said(engine, "diversion")


def test_a_month_that_spent_nothing_is_no_rush(engine: Engine) -> None:
    """年底突击花钱: what began one came back whole, when less than nothing was spent in all.

    So the payment of the last day made the rush; the one before it did not.
    """
    engine.given(
        jurisdiction(),
        budget(),
        reversal("3.00", "2026-09-20"),
        expenditure(amount="8.00", date="2026-12-20"),
        reversal("8.00", "2026-12-23"),
        expenditure(amount="21.00", date="2026-12-31"),
    )

    assert [("year:2026", "21.00", 5)] == said(engine, "year_end_rush", "2026-12-31")


def test_a_rush_names_no_correction_that_spends_nothing(engine: Engine) -> None:
    """An allocation comes in December to a line on which allocations are expenditure at once.

    That alone makes the rush. What else is corrected on that day moves money between lines.
    """
    engine.given(
        jurisdiction(),
        budget(line="L1", channel="allocation"),
        budget(line="L2", channel="allocation", allocation_is_expenditure=True),
        budget(line="L3"),
        budget(line="L4"),
        disbursement(amount="50.00", date="2026-03-10", line="L1"),
        expenditure(amount="20.00", date="2026-04-10", line="L3"),
        correction(5, "2026-12-20", line="L2"),
        correction(6, "2026-12-20", line="L4"),
    )

    assert [("year:2026", "50.00", 7)] == said(engine, "year_end_rush", "2026-12-31")
