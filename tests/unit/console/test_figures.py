"""Figures as people read them: exact, grouped, rounded once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import fen_to_wire
from services.console.domain.figures import FEN_PER, MoneyUnit, bar, money, percent, points


@pytest.mark.parametrize(
    ("amount", "unit", "shown"),
    [
        ("1234567.89", MoneyUnit.YUAN, "1,234,567.89"),
        ("1234567.89", MoneyUnit.WAN, "123.46"),
        ("2620084849.99", MoneyUnit.WAN, "262,008.48"),
        ("2620084850.00", MoneyUnit.WAN, "262,008.49"),
        ("2620084850.00", MoneyUnit.YI, "26.20"),
        ("-50.00", MoneyUnit.WAN, "−0.01"),
        ("-49.99", MoneyUnit.WAN, "0.00"),
        ("0.00", MoneyUnit.YI, "0.00"),
        (None, MoneyUnit.WAN, "–"),
    ],
)
def test_money_is_shown_in_its_unit(amount: str | None, unit: MoneyUnit, shown: str) -> None:
    """Two places, half away from zero, thousands apart."""
    assert shown == money(amount, unit)


@given(st.integers(-(10**25), 10**25), st.sampled_from(MoneyUnit))
def test_money_is_never_further_off_than_half_a_hundredth(fen: int, unit: MoneyUnit) -> None:
    """However large: no floating point."""
    shown = money(fen_to_wire(fen), unit).replace(",", "").replace("−", "-").replace(".", "")

    assert 2 * abs(int(shown) * FEN_PER[unit] - 100 * fen) <= FEN_PER[unit]


def test_rates_are_basis_points() -> None:
    """5934 is 59.34 %; a bar stays within its length."""
    assert ("59.34%", "0.05%", "−0.05%", "1,234.00%", "–") == tuple(
        percent(rate) for rate in (5934, 5, -5, 123_400, None)
    )
    assert ("36.38", "−1.00", "–") == (points(3638), points(-100), points(None))
    assert ("0.00", "100.00", "48.40", "0.00") == (bar(-7), bar(12_000), bar(4840), bar(None))
