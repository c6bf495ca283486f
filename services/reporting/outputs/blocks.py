"""A document as data: sections of paragraphs, tables and charts, for Word, PDF and Excel alike."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from services.reporting.domain.writing import FEN_PER_WAN, percent, wan
from services.reporting.outputs.plain import printable

DASH: Final = "—"
TABLE_POINTS: Final = 9.0
"""Size of a table's text, 小五号."""
TABLE_POINTS_LEAST: Final = 6.0
TEXT_POINTS: Final = 442.0
"""How wide a page's text is, upright."""
DIGIT: Final = 0.6
"""How wide a digit is of whatever font stands in for ours, as a share of its size."""
LABEL_DIGITS: Final = (12, 18)
"""A label's column in digits; longer ones go on in a second line."""
HEAD_DIGITS: Final = 5
"""A column has room for two characters of its heading, and a little at its sides."""


@dataclass(frozen=True, slots=True)
class Wan:
    """An amount, printed in 万元 with two places; a workbook holds it exactly."""

    fen: int | None

    @property
    def exact(self) -> Decimal | None:
        """The amount in 万元, six places."""
        return None if self.fen is None else Decimal(self.fen) / FEN_PER_WAN


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in basis points, printed as per cent."""

    bp: int | None


Cell = str | int | Wan | Rate | dt.date | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table; `widths` are relative, of whole tables of money in digits (`fitted`)."""

    name: str
    """Short: also the name of its sheet."""
    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]
    total: bool = False
    """Whether the last row is the total."""
    wide: bool = False
    """Whether it needs a page across."""
    points: float = TABLE_POINTS
    """Size of its text."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars beside each other for each label: several series of numbers."""

    caption: str
    labels: tuple[str, ...]
    series: tuple[tuple[str, str, tuple[float, ...]], ...]
    """Name, colour, values."""
    unit: str
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class SectionBlock:
    """A section."""

    title: str
    paragraphs: tuple[str, ...] = ()
    parts: tuple[Table | Bars, ...] = ()


@dataclass(frozen=True)
class Paperwork:
    """A whole document."""

    title: str
    subtitle: tuple[str, ...]
    sections: tuple[SectionBlock, ...]
    appendices: tuple[SectionBlock, ...]
    ending: tuple[str, ...]
    """Printed at the end: who, when."""
    footer: str
    """Provenance, printed on every page."""
    mark: dict[str, str | int] = field(default_factory=dict)
    """Fields of the mark in the file (outputs/marks.py)."""
    on: dt.date = dt.date(2000, 1, 1)
    """Date of the file."""

    def tables(self) -> tuple[Table, ...]:
        """All tables in order."""
        return tuple(
            part
            for block in (*self.sections, *self.appendices)
            for part in block.parts
            if isinstance(part, Table)
        )


def fitted(rows: Sequence[Sequence[Cell]]) -> tuple[tuple[int, ...], float]:
    """Give the columns' widths in digits, and the size of text at which no number is broken.

    The first column holds labels, which may be broken anywhere; a per cent sign is two digits wide.
    """
    texts = [[text_of(cell) for cell in row] for row in rows]
    least, most = LABEL_DIGITS
    label = min(max((2 * len(row[0]) for row in texts), default=least), most)
    numbers = [
        max(HEAD_DIGITS, *(len(text) + 1 + text.count("%") for text in column))
        for column in zip(*(row[1:] for row in texts), strict=True)
    ]
    widths = (max(label, least), *numbers)
    points = math.floor(2 * TEXT_POINTS / (DIGIT * sum(widths))) / 2
    return widths, min(max(points, TABLE_POINTS_LEAST), TABLE_POINTS)


def text_of(cell: Cell) -> str:
    """Write a cell as people read it."""
    match cell:
        case None:
            return DASH
        case Wan(fen=fen):
            return DASH if fen is None else wan(fen)
        case Rate(bp=bp):
            return percent(bp)
        case dt.date():
            return cell.isoformat()
        case int():
            return str(cell)
        case str():
            return printable(cell)


def is_number(cell: Cell) -> bool:
    """Whether a cell is set to the right."""
    return isinstance(cell, Wan | Rate | int)


def paragraphs_of(text: str) -> tuple[str, ...]:
    """Take a text apart at its line ends."""
    return tuple(line.strip() for line in printable(text).split("\n") if line.strip())


def numbers(cells: Sequence[int | None]) -> tuple[float, ...]:
    """Give fen as 万元 for a chart, which is a picture and no sum."""
    return tuple((fen or 0) / FEN_PER_WAN for fen in cells)
