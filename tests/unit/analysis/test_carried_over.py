"""Money carried over, how old it is and what becomes of it: the examples of docs/measuring.md."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from contracts.envelope import AnyEvent
from tests.spec.engines import folded
from tests.support.builders import (
    adjustment,
    budget,
    carryover,
    commitment,
    expenditure,
    jurisdiction,
    project,
    recovery,
)
from tests.support.measuring import correction, parameters

HANDBOOK: Final = Path(__file__).parents[3] / "docs" / "measuring.md"
L0: Final = {"line": "L0"}
NEW: Final = budget(amount="1000.00", date="2026-01-05")
GIVEN: Final[dict[str, list[AnyEvent]]] = {
    "FY 2026, N = 2: L1 approved 1000.00, L0 carries 500.00 of 2025": [
        parameters("2026-01-01", surplus_after_years=2),
        NEW,
        carryover("500.00", from_year=2025, **L0),
    ],
    "FY 2026, N = 3: L1 approved 1000.00, L0 carries 300.00 of 2023 and 200.00 of 2025": [
        parameters("2026-01-01", surplus_after_years=3),
        NEW,
        carryover("300.00", from_year=2023, **L0),
        carryover("200.00", from_year=2025, **L0),
    ],
}
"""Heading of a table of examples → what it begins with."""
TOLD: Final[dict[str, list[AnyEvent]]] = {
    "nothing else": [],
    "all of L0 recovered": [recovery("500.00", **L0)],
    "all of L0 recovered, 100.00 spent on L1": [
        recovery("500.00", **L0),
        expenditure(amount="100.00"),
    ],
    "500.00 spent on L1": [expenditure(amount="500.00")],
    "200.00 spent on L0, 500.00 on L1": [
        expenditure(amount="200.00", **L0),
        expenditure(amount="500.00"),
    ],
    "the first 500.00 on L1, and 100.00 more are foreseen": [
        expenditure(amount="500.00"),
        commitment("100.00", contract="C1"),
    ],
    "400.00 cut from L0, nothing spent": [adjustment("cut", "400.00", **L0)],
    "299.99 of L0 recovered": [recovery("299.99", **L0)],
    "300.00 of L0 recovered, by either fact": [
        recovery("200.00", **L0),
        adjustment("recovery", "100.00", **L0),
    ],
    "300.00 of L0 recovered, 100.00 more approved on it, of origin carryover": [
        recovery("300.00", **L0),
        budget(amount="100.00", date="2026-01-05", origin="carryover", **L0),
    ],
    "500.00 of L0 recovered, 100.00 more approved on it, of origin carryover": [
        recovery("500.00", **L0),
        budget(amount="100.00", date="2026-01-05", origin="carryover", **L0),
    ],
    "300.00 spent on L0": [expenditure(amount="300.00", **L0)],
}
"""Example → what comes then."""
BEFORE_THE_END: Final = "2026-11-30"
"""A month is left, in which something can be foreseen."""


def _tables() -> dict[str, list[list[str]]]:
    """Return the tables of examples by their heading, without it."""
    found: dict[str, list[list[str]]] = {}
    rows: list[list[str]] | None = None
    for row in HANDBOOK.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if not row.startswith("|"):
            rows = None
        elif cells[0] in GIVEN:
            rows = found.setdefault(cells[0], [])
        elif rows is not None and not set(cells[0]) <= {"-"}:
            rows.append(cells)
    return found


EXAMPLES: Final = [(given, *row) for given, rows in _tables().items() for row in rows]


def _fen(yuan: str) -> int:
    return int(Decimal(yuan) * 100)


def test_all_examples_are_tried() -> None:
    """None is here of which the handbook says nothing any more."""
    assert list(GIVEN) == list(dict.fromkeys(given for given, *_ in EXAMPLES))
    assert set(TOLD) == {told for _, told, *_ in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{row[0][9:14]}, {row[1]}" for row in EXAMPLES])
def test_what_is_carried_over_is_as_the_handbook_says(example: Sequence[str]) -> None:
    """Its age, and what of it goes on and goes back once the year is over."""
    given, told, years, *money = example
    left, old, surplus, goes_on = map(_fen, money)
    foreseen = "foreseen" in told
    as_of = BEFORE_THE_END if foreseen else "2026-12-31"

    events = [jurisdiction(), project(), *GIVEN[given], *TOLD[told]]
    made = folded(events).assessment(as_of=as_of)

    forecast = made.execution.forecast
    assert forecast is not None
    assert made.execution.money.adjusted_budget - forecast.point == left
    assert (surplus, goes_on) == (forecast.surplus, forecast.carryover)
    to_come = forecast.point - made.execution.money.spent
    assert foreseen == (to_come > 0)
    # The handbook's own steps: its columns follow from each other.
    assert (surplus, goes_on) == (min(left, max(0, old - to_come)), left - surplus)
    assert int(years) == made.standing.carried_over_years


def _taken_away_before_it_came(entry: int) -> list[AnyEvent]:
    """From 10 June on a fact is on L3, and on L0 from 20 June on: until then L0 lacks it."""
    return [
        correction(entry, "2026-06-20", line="L0"),
        correction(entry, "2026-06-10", line="L3"),
    ]


@pytest.mark.parametrize("as_of", ["2026-06-09", "2026-06-15"])
def test_a_recovery_taken_away_before_it_came_leaves_no_more_carried_over(as_of: str) -> None:
    """What was recovered of a line counts as nothing where it is below zero."""
    given = [*GIVEN["FY 2026, N = 2: L1 approved 1000.00, L0 carries 500.00 of 2025"]]
    moved = [recovery("100.00", date="2026-03-10"), *_taken_away_before_it_came(4)]

    events = [jurisdiction(), project(), *given, *moved]
    made = folded(events).assessment(as_of=as_of)

    assert made.execution.forecast is not None
    assert made.execution.forecast.surplus == 500_00


def test_a_line_carries_over_nothing_only_because_less_than_nothing_was_recovered_of_it() -> None:
    """L0 carries 300.00 of 2023 over, and lacks 300.00 of 2025: L1 alone carries money over."""
    events = [
        jurisdiction(),
        project(),
        carryover("300.00", from_year=2023, **L0),
        carryover("300.00", from_year=2025, line="L1"),
        recovery("100.00", date="2026-03-10"),
        *_taken_away_before_it_came(3),
        *_taken_away_before_it_came(4),
    ]

    assert folded(events).assessment(as_of="2026-06-15").standing.carried_over_years == 1
