"""Split conformal intervals: ranks of residuals, with the correction for a small sample."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analysis.domain.forecasting.conformal import (
    PARTS,
    PARTS_PER_BP,
    UNBOUNDED_BP,
    level_needed,
    quantiles,
    residual,
)

many = st.lists(st.integers(-3_000, 3_000), min_size=1, max_size=60)
levels = st.integers(5_000, 9_900)


def _bp(values: list[int]) -> list[int]:
    """Whole basis points, sorted, as millionths."""
    return sorted(value * PARTS_PER_BP for value in values)


@pytest.mark.parametrize(
    ("count", "level", "expected"),
    [
        (8, 8_000, (-UNBOUNDED_BP, UNBOUNDED_BP)),
        (9, 8_000, (1, 9)),
        (19, 8_000, (2, 18)),
        (100, 8_000, (10, 91)),
        (99, 9_000, (5, 95)),
    ],
)
def test_the_ranks_of_an_interval(count: int, level: int, expected: tuple[int, int]) -> None:
    """Rank ⌊(n + 1)(1 − level) ÷ 2⌋ from either side; too few residuals: no bound."""
    assert expected == quantiles(_bp(list(range(1, count + 1))), level)


def test_bounds_are_rounded_outwards() -> None:
    """An interval never becomes narrower by rounding."""
    residuals = [-PARTS_PER_BP - 1] * 10 + [PARTS_PER_BP + 1] * 10

    assert (-2, 2) == quantiles(residuals, 8_000)


def test_a_residual_is_a_share_of_the_budget() -> None:
    """Spending 30 less than foreseen of 1,000."""
    assert -3 * PARTS // 100 == residual(870, 900, 1_000)


@given(values=st.lists(st.integers(-3_000, 3_000), min_size=12, max_size=60, unique=True),
       level=levels)  # fmt: skip
def test_of_exchangeable_values_enough_lie_within_what_the_others_say(
    values: list[int], level: int
) -> None:
    """Whichever of them is the coming one: this is what makes the coverage."""
    held = 0
    for value in values:
        low, high = quantiles(_bp([other for other in values if other != value]), level)
        held += low <= value <= high

    assert held * 10_000 >= level * len(values)


@given(values=many, off=st.integers(-3_500, 3_500), level=levels)
def test_the_level_that_holds_a_residual(values: list[int], off: int, level: int) -> None:
    """Exactly from there on the interval holds it."""
    known = _bp(values)
    low, high = quantiles(known, level)

    assert (low <= off <= high) == (level >= level_needed(known, off * PARTS_PER_BP))
