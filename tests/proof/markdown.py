"""Tables and numbers as the page writes them."""

from collections.abc import Iterable, Sequence
from typing import Final

NOTHING: Final = "–"
UNMEASURED: Final = "Not measured."
HUNDRED: Final = 100.0
TEN: Final = 10.0


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay rows out; a heading that ends with `:` is of figures, and stands to the right."""
    names = [heading.removesuffix(":") for heading in headings]
    aligned = ["---:" if heading.endswith(":") else "---" for heading in headings]
    lines = [_line(names), f"|{'|'.join(aligned)}|", *map(_line, rows)]
    return "\n".join(lines)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def number(value: float | None) -> str:
    """Write a figure with as many digits as it bears: 12,345, 123, 12.3, 1.23."""
    if value is None:
        return NOTHING
    size = abs(value)
    if size >= HUNDRED or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= TEN else f"{value:.2f}"


def small(value: float | None) -> str:
    """Write a figure that may be far below one."""
    if value is None:
        return NOTHING
    return number(value) if abs(value) >= 1 or value == 0 else f"{value:.3g}"


def words(kinds: Iterable[tuple[str, int]]) -> str:
    """Write counts by kind in one line."""
    return ", ".join(f"{name} {count:,}" for name, count in kinds)


def section(title: str, *parts: str) -> str:
    """Write a chapter; parts that are empty are left out."""
    return "\n\n".join([f"## {title}", *(part for part in parts if part)])
