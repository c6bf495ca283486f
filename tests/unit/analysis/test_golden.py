"""Published numbers (forms.md 2.3) and the real files' figures, through the whole fold."""

import pytest

from contracts.vocabulary import rate_bp
from tests.spec.engines import folded
from tests.support.builders import budget, expenditure, jurisdiction


@pytest.mark.parametrize(
    ("spent", "adjusted", "rate"),
    [
        ("31200.00", "193000.00", 1_617),
        ("271300.00", "457600.00", 5_929),
        ("7200.00", "11000.00", 6_545),
        ("24000.00", "153000.00", 1_569),
        ("0.00", "29000.00", 0),
        ("580603.01", "978360.59", 5_934),
        ("102720.00", "768233.99", 1_337),
    ],
)
def test_published_execution_rates(spent: str, adjusted: str, rate: int) -> None:
    """执行率 = 执行数 ÷ 全年预算数 × 100, half up to two places."""
    made = folded([jurisdiction(), budget(amount=adjusted), expenditure(amount=spent)]).assessment()

    assert rate == made.execution.money.execution_rate_bp


@pytest.mark.parametrize(
    ("part", "whole", "rate"),
    [(1, 8, 1_250), (1, 20_000, 1), (1, 20_001, 0), (-1, 20_000, -1), (5, 0, None)],
)
def test_rates_are_rounded_half_up(part: int, whole: int, rate: int | None) -> None:
    """Exactly a half goes up, away from zero for the negative."""
    assert rate == rate_bp(part, whole)


def test_rates_of_very_large_amounts_are_exact() -> None:
    """Beyond the 28 digits of a Decimal context."""
    whole = 10**30
    half_a_point_more = whole + 5 * 10**25

    assert 10_001 == rate_bp(half_a_point_more, whole)
    assert 10_000 == rate_bp(half_a_point_more - 1, whole)
