"""Figures as reports write them: 万元 with two places, per cent with two places."""

import datetime as dt
from typing import Final

FEN_PER_WAN: Final = 1_000_000
_PLACES: Final = 100


def percent(rate: int | None) -> str:
    """Write basis points: 5934 → 59.34%; null as a dash."""
    if rate is None:
        return "—"
    whole, rest = divmod(abs(rate), 100)
    return f"{'-' if rate < 0 else ''}{whole}.{rest:02d}%"


def wan(fen: int) -> str:
    """Write fen as 万元 with two places, rounded half up: 123456789 → 123.46."""
    size = (2 * abs(fen) * _PLACES + FEN_PER_WAN) // (2 * FEN_PER_WAN)
    whole, rest = divmod(size, _PLACES)
    return f"{'-' if fen < 0 and size else ''}{whole:,}.{rest:02d}"


def share(part: int, whole: int) -> str:
    """Write part of whole as per cent, rounded half up; a dash of nothing."""
    if whole <= 0:
        return percent(None)
    return percent((2 * 10_000 * part + whole) // (2 * whole))


def day_words(day: dt.date) -> str:
    """Write a day as official papers do: 2026年6月30日."""
    return f"{day.year}年{day.month}月{day.day}日"


def dated_period(fiscal_year: int, period: str) -> str:
    """Put its year before a period, unless it is written out with years of its own."""
    return period if "年" in period else f"{fiscal_year}年{period}"
