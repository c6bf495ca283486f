"""Lists as CSV and Excel, written row by row: memory is that of the file, never of the rows.

No cell is ever taken for a formula: CSV cells that look like one get an apostrophe, a workbook
holds text as text.
"""

import csv
import datetime as dt
import io
from collections.abc import Sequence
from typing import Any, Final, Protocol

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from services.reporting.outputs.blocks import Cell, Paperwork, Rate, Table, Wan, text_of
from services.reporting.outputs.marks import PROPERTY, mark_of
from services.reporting.outputs.plain import lines_of, looks_like_formula, printable

BOM: Final = "\ufeff"
"""Excel reads a CSV file as UTF-8 only with it."""
ROWS_MAX: Final = 200_000
"""Most rows of one list."""
SHEET_NAME_MAX: Final = 31
RATE_WHOLE: Final = 10_000
WIDTH_MIN: Final = 9
TEXT_WIDTH: Final = 100
"""Width of the sheet that holds the text."""
LINE_POINTS: Final = 15
ROW_POINTS_MAX: Final = 409
"""Excel's own limit."""
OPTIONS: Final = {
    "constant_memory": True,
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class TooManyRowsError(Exception):
    """A list is longer than may be."""


class ListFile(Protocol):
    """A list that is being written."""

    def add(self, row: Sequence[Cell]) -> None:
        """Write a row."""

    def finish(self) -> bytes:
        """End it."""


class CsvList:
    """A list as CSV; `bom` for people's spreadsheets, none for programs."""

    def __init__(self, heads: Sequence[str], *, bom: bool = True, note: str = "") -> None:
        """Begin with the headings; `note` is what it rests on, written as the last row."""
        self._note = [inert(printable(note)), *("" for _ in heads[1:])] if note else []
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer)
        self._bom = BOM if bom else ""
        self._rows = 0
        self._writer.writerow(heads)

    def add(self, row: Sequence[Cell]) -> None:
        """Write a row; TooManyRowsError beyond the bound."""
        self._rows = _counted(self._rows)
        self._writer.writerow([inert(_plain(cell)) for cell in row])

    def finish(self) -> bytes:
        """Return the file."""
        if self._note:
            self._writer.writerow(self._note)
            self._note = []
        return (self._bom + self._buffer.getvalue()).encode()


class SheetList:
    """A list as a workbook under a heading."""

    def __init__(
        self,
        title: str,
        provenance: str,
        on: dt.date,
        heads: Sequence[str],
        widths: Sequence[int],
        *,
        sheet: str = "",
    ) -> None:
        """Begin with title, provenance and headings; the sheet has its own name or the title."""
        self._buffer = io.BytesIO()
        self._book = Workbook(self._buffer, OPTIONS)
        _describe(self._book, title, on)
        self._formats = Formats(self._book)
        self._sheet = self._book.add_worksheet(sheet_name(sheet or title, set()))
        for column, width in enumerate(widths):
            self._sheet.set_column(column, column, width)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)  # A4
        self._sheet.fit_to_pages(1, 0)
        self._sheet.repeat_rows(2)
        self._sheet.write_string(0, 0, printable(title), self._formats.title)
        self._sheet.write_string(1, 0, printable(provenance), self._formats.small)
        for column, head in enumerate(heads):
            self._sheet.write_string(2, column, printable(head), self._formats.head)
        self._rows = 0

    def add(self, row: Sequence[Cell]) -> None:
        """Write a row; TooManyRowsError beyond the bound."""
        self._rows = _counted(self._rows)
        for column, cell in enumerate(row):
            self._formats.write(self._sheet, self._rows + 2, column, cell)

    def finish(self) -> bytes:
        """Return the file."""
        self._book.close()
        return self._buffer.getvalue()


class Formats:
    """Formats of a workbook, and how a cell is written in them."""

    def __init__(self, book: Workbook) -> None:
        """Make them."""
        base: dict[str, Any] = {
            "font_name": "宋体",
            "font_size": 10,
            "border": 1,
            "valign": "vcenter",
        }
        self.plain: Format = book.add_format({**base, "text_wrap": True})
        self.number: Format = book.add_format({**base, "align": "right", "num_format": "0"})
        self.money: Format = book.add_format({**base, "align": "right", "num_format": "#,##0.00"})
        self.rate: Format = book.add_format({**base, "align": "right", "num_format": "0.00%"})
        self.head: Format = book.add_format(
            {**base, "bold": True, "bg_color": "#EEEEEE", "align": "center", "text_wrap": True}
        )
        self.title: Format = book.add_format({"font_name": "黑体", "font_size": 14})
        self.small: Format = book.add_format({"font_name": "宋体", "font_size": 9})

    def write(self, sheet: Any, row: int, column: int, cell: Cell) -> None:
        """Write a cell: amounts exactly in 万元, rates as numbers, text as text."""
        match cell:
            case Wan(fen=int()):
                sheet.write_number(row, column, cell.exact, self.money)
            case Rate(bp=int(rate)):
                sheet.write_number(row, column, rate / RATE_WHOLE, self.rate)
            case int():
                sheet.write_number(row, column, cell, self.number)
            case _:
                sheet.write_string(row, column, text_of(cell), self.plain)


def paper_workbook(paper: Paperwork) -> bytes:
    """Write the tables of a document, a sheet each; text of its sections on the first."""
    buffer = io.BytesIO()
    with Workbook(buffer, {**OPTIONS, "constant_memory": False}) as book:
        _describe(book, paper.title, paper.on)
        if paper.mark:
            mark = mark_of(**paper.mark)  # type: ignore[arg-type]
            book.set_custom_property(PROPERTY, mark)
        formats, taken = Formats(book), set[str]()
        first = book.add_worksheet(sheet_name("说明", taken))
        first.set_column(0, 0, TEXT_WIDTH)
        first.set_paper(9)  # A4
        first.fit_to_pages(1, 0)
        # Room beside the text: programs with other fonts break its lines a little later.
        first.set_column(1, 1, TEXT_WIDTH // 5)
        lines = [paper.title, *paper.subtitle]
        for block in paper.sections:
            lines += [block.title, *block.paragraphs]
        lines += [*paper.ending, paper.footer]
        first.print_area(0, 0, len(lines), 1)
        for row, line in enumerate(lines):
            height = min(LINE_POINTS * lines_of(line, TEXT_WIDTH - 2), ROW_POINTS_MAX)
            first.set_row(row, height if row else None)
            first.write_string(row, 0, printable(line), formats.plain if row else formats.title)
        for table in paper.tables():
            _table(book, formats, table, taken)
    return buffer.getvalue()


def _table(book: Workbook, formats: Formats, table: Table, taken: set[str]) -> None:
    sheet = book.add_worksheet(sheet_name(table.name, taken))
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)
    sheet.write_string(0, 0, printable(table.caption), formats.title)
    for column, (head, width) in enumerate(zip(table.heads, table.widths, strict=True)):
        sheet.set_column(column, column, max(WIDTH_MIN, width * 1.2))
        sheet.write_string(1, column, printable(head), formats.head)
    for row, cells in enumerate(table.rows, start=2):
        for column, cell in enumerate(cells):
            formats.write(sheet, row, column, cell)


def sheet_name(wanted: str, taken: set[str]) -> str:
    """Name a sheet as Excel allows it, each name once."""
    plain = "".join("_" if sign in "[]:*?/\\'" else sign for sign in printable(wanted))
    name, number = plain[:SHEET_NAME_MAX], 1
    while name in taken:
        number += 1
        name = f"{plain[: SHEET_NAME_MAX - 4]} {number}"
    taken.add(name)
    return name


def inert(text: str) -> str:
    """Write a CSV cell that no spreadsheet takes for a formula; a number stays a number."""
    if looks_like_formula(text) and not _is_number(text):
        return f"'{text}"
    return text


def _is_number(text: str) -> bool:
    body = text.removeprefix("-")
    return body.isascii() and body.replace(".", "", 1).isdigit()


def _plain(cell: Cell) -> str:
    """Write a cell for CSV: amounts in 万元 exactly, rates as per cent, nothing for nothing."""
    match cell:
        case None | Wan(fen=None) | Rate(bp=None):
            return ""
        case Wan():
            return f"{cell.exact:.6f}"
        case _:
            return text_of(cell)


def _counted(rows: int) -> int:
    if rows >= ROWS_MAX:
        raise TooManyRowsError
    return rows + 1


def _describe(book: Workbook, title: str, on: dt.date) -> None:
    # The file's own dates come from its content, else two runs would differ.
    made = dt.datetime.combine(on, dt.time.min)
    book.set_properties({"title": title, "created": made, "author": "Dualwatch"})
