"""A backtest as a picture (SVG): errors by method, forecasts of each year month by month."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

WIDTH: Final = 960
PANEL_HEIGHT: Final = 190
LEFT: Final = 56
TOP: Final = 64
GAP: Final = 34
BARS_HEIGHT: Final = 150
MONTHS: Final = 11
RANGE: Final = (0.4, 1.6)
"""Least and greatest share of actual spending that is drawn."""
WHOLE_BP: Final = 10_000
NAMES: Final = {
    "run_rate": "run rate",
    "plan_following": "plan following",
    "seasonal_share": "seasonal share",
    "committed": "committed",
    "earned_value": "earned value",
    None: "chosen",
}
INK: Final = "#22303c"
FAINT: Final = "#8a97a3"
LINE: Final = "#1f6feb"
BAND: Final = "#c7dcfa"
ACTUAL: Final = "#b42318"
HELD: Final = "#2e7d4f"


def picture_of(found: Mapping[str, Any]) -> str:
    """Draw the errors of every method, and each year as it was foreseen month by month."""
    years = found["years"]
    height = TOP + BARS_HEIGHT + GAP + PANEL_HEIGHT + 70
    label = "simulated years" if found["simulated"] else "years"
    told = ", ".join(map(str, years)) or "none"
    title = f"Forecasts of {label} {told}, each by what the other years say"
    box = f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12" fill="{INK}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(LEFT, 26, f"{title} – {found['jurisdiction']}", size=16),
        *_bars(found["totals"]),
    ]
    if years:
        width = (WIDTH - LEFT - 20) / len(years)
        top = TOP + BARS_HEIGHT + GAP + 16
        said = "Sums of forecasts and of their intervals' ends, chosen methods, by completed months"
        parts.append(_text(LEFT, top - 14, f"{said}; actual spending = 100 %", colour=FAINT))
        for place, year in enumerate(years):
            months = [one for one in found["months"] if one["fiscal_year"] == year]
            parts += _year(year, months, LEFT + place * width, top, width - 18)
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, *, size: int = 12, colour: str = INK,
          anchor: str = "start") -> str:  # fmt: skip
    place = f'x="{x:.1f}" y="{y:.1f}"'
    style = f'font-size="{size}" fill="{colour}" text-anchor="{anchor}"'
    return f"<text {place} {style}>{escape(text)}</text>"


def _line(x1: float, y1: float, x2: float, y2: float, colour: str = FAINT) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="1"/>'


def _bars(totals: Sequence[Mapping[str, Any]]) -> list[str]:
    """Draw WAPE and coverage of each method over all years."""
    rows = [one for one in totals if one["fiscal_year"] is None and one["wape_bp"] is not None]
    most = max((one["wape_bp"] for one in rows), default=1) or 1
    step = BARS_HEIGHT / max(1, len(rows))
    left, half = LEFT + 110, (WIDTH - LEFT - 130) / 2
    parts = [
        _text(left, TOP - 12, "WAPE: Σ|actual − forecast| ÷ Σ actual", colour=FAINT),
        _text(left + half, TOP - 12, "Coverage of the intervals (made for 80 %)", colour=FAINT),
    ]
    for place, one in enumerate(rows):
        y = TOP + place * step
        middle = y + step / 2 + 4
        wape = one["wape_bp"] / most * (half - 90)
        colour = HELD if one["method"] is None else LINE
        parts += [
            _text(left - 8, middle, NAMES.get(one["method"], one["method"]), anchor="end"),
            _bar(left, y + 3, wape, step - 8, colour),
            _text(left + wape + 6, middle, _percent(one["wape_bp"])),
        ]
        if one["coverage_bp"] is not None:
            held = one["coverage_bp"] / WHOLE_BP * (half - 90)
            parts += [
                _bar(left + half, y + 3, held, step - 8, colour),
                _text(left + half + held + 6, middle, _percent(one["coverage_bp"])),
            ]
    mark = left + half + 0.8 * (half - 90)
    parts.append(_line(mark, TOP - 4, mark, TOP + BARS_HEIGHT, ACTUAL))
    return parts


def _bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    size = f'width="{max(0.0, width):.1f}" height="{height:.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} fill="{colour}" rx="2"/>'


def _percent(bp: int) -> str:
    whole, tenth = divmod((bp + 5) // 10, 10)
    return f"{whole}.{tenth} %"


def _year(
    year: int, months: Sequence[Mapping[str, Any]], left: float, top: float, width: float
) -> list[str]:
    """Draw one year: band low to high, line forecast, actual at 100 %."""
    known = [one for one in months if one["completed"] and _fen(one["actual"]) > 0]
    shares = {
        name: [_fen(one[name]) / _fen(one["actual"]) for one in known]
        for name in ("low", "forecast", "high")
    }
    least, most = RANGE

    def x(completed: int) -> float:
        return left + (completed - 1) / (MONTHS - 1) * width

    def y(share: float) -> float:
        return top + PANEL_HEIGHT * (most - min(most, max(least, share))) / (most - least)

    at = [x(one["completed"]) for one in known]
    upper = [f"{a:.1f},{y(s):.1f}" for a, s in zip(at, shares["high"], strict=True)]
    lower = [f"{a:.1f},{y(s):.1f}" for a, s in zip(at, shares["low"], strict=True)]
    line = [f"{a:.1f},{y(s):.1f}" for a, s in zip(at, shares["forecast"], strict=True)]
    parts = [
        f'<polygon points="{" ".join([*upper, *reversed(lower)])}" fill="{BAND}"/>',
        f'<polyline points="{" ".join(line)}" fill="none" stroke="{LINE}" stroke-width="2"/>',
        _line(left, y(1.0), left + width, y(1.0), ACTUAL),
        _line(left, top + PANEL_HEIGHT, left + width, top + PANEL_HEIGHT),
        _text(left, top + PANEL_HEIGHT + 34, str(year), size=13),
    ]
    for one in known:
        low = top + PANEL_HEIGHT + 15
        parts.append(_text(x(one["completed"]), low, str(one["completed"]), colour=FAINT,
                           anchor="middle", size=10))  # fmt: skip
    covered = [one for one in known if one["coverage_bp"] is not None]
    if covered:
        count = sum(one["forecasts"] for one in covered)
        held = sum(one["coverage_bp"] * one["forecasts"] for one in covered) // max(1, count)
        parts.append(_text(left + 40, top + PANEL_HEIGHT + 34, f"coverage {_percent(held)}",
                           colour=HELD))  # fmt: skip
    parts += [
        _text(left - 3, y(share) - 3, f"{share:.0%}", colour=FAINT, size=9)
        for share in (least, 1.0, most)
    ]
    return parts


def _fen(amount: str) -> int:
    return int(amount.replace(".", ""))
