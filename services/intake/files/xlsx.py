"""Workbooks (.xlsx): one sheet, streamed; merged cells, dates, errors as people see them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from services.intake.files.excel_values import date_text, format_kind, number_text, percent_text
from services.intake.files.tables import (
    COLUMNS_MAX,
    NOTHING_FILLED,
    RawRow,
    Sheet,
    Unreadable,
    UnreadableTableError,
)
from services.intake.files.xlsx_merges import Merges, read_merges
from services.intake.files.xlsx_parts import (
    Element,
    Package,
    elements,
    local,
    open_package,
    relation,
    target_of,
)
from services.intake.files.xlsx_strings import SharedStrings, plain, text_of

ROWS_MAX: Final = 1_048_576
"""Rows of a sheet, as Excel has it."""
SHEETS_MAX: Final = 256
FORMATS_MAX: Final = 100_000
DIGITS_MAX: Final = 10
"""Digits that are read of the number of a row, a style or a text."""
UNCALCULATED: Final = "#UNCALCULATED!"
"""Stands for a formula whose result was not saved."""


@dataclass(frozen=True, slots=True)
class SheetPlace:
    """A sheet of a workbook."""

    name: str
    part: str
    visible: bool


class Workbook:
    """An open workbook: its sheets, and what their cells refer to."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read the directory, not the sheets; UnreadableTableError if it is no workbook."""
        self.package = open_package(stream)
        main = self._main_part()
        root = self.package.part(main)
        related = self._relations(main)
        self.date_1904 = any(
            local(child) == "workbookPr" and child.get("date1904") in {"1", "true", "on"}
            for child in root
        )
        self.sheets = list(_sheets(root, related, main))[:SHEETS_MAX]
        self._strings_part = next((p for p, kind in related.values() if kind == "strings"), None)
        self._styles_part = next((p for p, kind in related.values() if kind == "styles"), None)
        self._strings: SharedStrings | None = None
        self._formats: list[str | None] | None = None

    def _main_part(self) -> str:
        related = self._relations("")
        found = next((part for part, kind in related.values() if kind == "workbook"), None)
        if found is None or not self.package.has(found):
            raise _no_workbook()
        return found

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        folder, _, name = part.rpartition("/")
        place = f"{folder}/_rels/{name}.rels".lstrip("/")
        if not self.package.has(place):
            if not part:
                raise _no_workbook()
            return {}
        found: dict[str, tuple[str, str]] = {}
        for child in self.package.part(place):
            target, kind = child.get("Target"), str(child.get("Type", ""))
            if target and child.get("TargetMode") != "External":
                found[str(child.get("Id"))] = (target_of(part, target), _kind(kind))
        return found

    def read(self, place: SheetPlace) -> Sheet:
        """Open one sheet."""
        if self._strings is None:
            part = self._strings_part
            has = part is not None and self.package.has(part)
            self._strings = SharedStrings(self.package, part if has else None)
        if self._formats is None:
            self._formats = self._read_formats()
        cells = _Cells(self._strings, self._formats, date_1904=self.date_1904)
        merges = read_merges(self.package, place.part)
        rows = _rows(self.package, place.part, cells, merges)
        return Sheet(place.name, rows, date_1904=self.date_1904)

    def _read_formats(self) -> list[str | None]:
        if self._styles_part is None or not self.package.has(self._styles_part):
            return []
        codes: dict[int, str] = {}
        formats: list[str | None] = []
        for group in self.package.part(self._styles_part):
            for one in group:
                if local(group) == "numFmts":
                    codes[_whole(one.get("numFmtId"))] = str(one.get("formatCode", ""))
                elif local(group) == "cellXfs" and len(formats) < FORMATS_MAX:
                    number = _whole(one.get("numFmtId"))
                    formats.append(format_kind(number, codes.get(number)))
        return formats


def _sheets(root: Element, related: dict[str, tuple[str, str]], main: str) -> Iterator[SheetPlace]:
    for group in root:
        for child in group if local(group) == "sheets" else ():
            part, kind = related.get(relation(child, "id") or "", ("", ""))
            if kind == "sheet" and part != main:
                visible = child.get("state", "visible") == "visible"
                yield SheetPlace(str(child.get("name", "")), part, visible)


def _kind(relationship: str) -> str:
    last = relationship.rpartition("/")[2]
    kinds = {"officeDocument": "workbook", "worksheet": "sheet", "sharedStrings": "strings"}
    return kinds.get(last, last)


def _no_workbook() -> UnreadableTableError:
    return UnreadableTableError(
        Unreadable.NOT_A_WORKBOOK, "a zip, but no .xlsx workbook", "压缩包中没有 .xlsx 工作簿"
    )


def _whole(text: str | None) -> int:
    if text is None or not text.isascii() or not text.isdecimal():
        return 0
    # What is too large stays too large, and Python reads no number of thousands of digits.
    return int(text[:DIGITS_MAX])


class _Cells:
    """Turns cell elements into text."""

    def __init__(
        self, strings: SharedStrings, formats: list[str | None], *, date_1904: bool
    ) -> None:
        self._strings = strings
        self._formats = formats
        self._date_1904 = date_1904

    def text(self, cell: Element) -> str:
        """Return what a cell shows."""
        value: str | None = None
        formula = False
        for child in cell:
            name = local(child)
            if name == "v":
                value = child.text
            elif name == "is":
                return text_of(child)
            elif name == "f":
                formula = True
        if value is None:
            return UNCALCULATED if formula else ""
        return self._shown(value, cell.get("t"), cell.get("s"))

    def _shown(self, value: str, kind: str | None, style: str | None) -> str:
        if kind == "s":
            return self._strings.text(_whole(value.strip()))
        if kind is None or kind == "n":
            return self._number(value, style)
        if kind == "b":
            return "TRUE" if value.strip() == "1" else "FALSE"
        # A date in ISO (t="d") loses its time; str and e stand as they are.
        return value.strip()[:10] if kind == "d" else plain(value)

    def _number(self, value: str, style: str | None) -> str:
        number = _whole(style)
        kind = self._formats[number] if number < len(self._formats) else None
        if kind == "date":
            return date_text(value, date_1904=self._date_1904)
        return percent_text(value) if kind == "percent" else number_text(value)


def _rows(package: Package, part: str, cells: _Cells, merges: Merges) -> Iterator[RawRow]:
    line = 0
    for row in elements(package, part, "row"):
        line = _whole(row.get("r")) or line + 1
        if line > ROWS_MAX:
            raise _too_large(line, None)
        values: list[str] = []
        for cell in row:
            text = cells.text(cell)
            place = cell.get("r")
            column = len(values) if place is None else column_of(place)
            if text:
                _put(values, column, text, line)
            elif place is None:
                values.append("")
        filled = merges.fill(line, values)
        yield RawRow(line, values, filled or NOTHING_FILLED)


def _put(values: list[str], column: int, text: str, line: int) -> None:
    if column >= COLUMNS_MAX:
        raise _too_large(line, column)
    if column >= len(values):
        values.extend([""] * (column + 1 - len(values)))
    values[column] = text


def _too_large(line: int, column: int | None) -> UnreadableTableError:
    where = f"row {line:,}" + ("" if column is None else f", column {column + 1:,}")
    where_zh = f"第 {line} 行" + ("" if column is None else f"第 {column + 1} 列")
    return UnreadableTableError(
        Unreadable.TOO_LARGE,
        f"{where}: a table has at most {ROWS_MAX:,} rows and {COLUMNS_MAX:,} columns",
        f"{where_zh}:表格最多 {ROWS_MAX:,} 行、{COLUMNS_MAX:,} 列",
    )


_COLUMNS: Final[dict[str, int]] = {}


def column_of(place: str) -> int:
    """Return the column of a cell's place: A1 → 0, AB7 → 27; too far for what is none."""
    letters = place.rstrip("0123456789")
    found = _COLUMNS.get(letters)
    if found is not None:
        return found
    number = 0
    for letter in letters[:4].upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    if not letters.isascii() or not letters.isalpha() or number > COLUMNS_MAX:
        return COLUMNS_MAX
    _COLUMNS[letters] = number - 1
    return number - 1


def choose(workbook: Workbook, wanted: str | None) -> list[SheetPlace]:
    """Return the sheets to look at: the one named, else the visible ones in order."""
    if wanted is None:
        visible = [sheet for sheet in workbook.sheets if sheet.visible]
        if not visible:
            raise UnreadableTableError(
                Unreadable.NO_SHEET, "the workbook has no visible sheet", "工作簿没有可见的工作表"
            )
        return visible
    named = [sheet for sheet in workbook.sheets if sheet.name.strip() == wanted.strip()]
    if not named:
        names = [sheet.name for sheet in workbook.sheets][:12]
        raise UnreadableTableError(
            Unreadable.NO_SHEET,
            f"there is no sheet {wanted}; there are {', '.join(names)}",
            f"没有工作表{wanted};现有:{'、'.join(names)}",
        )
    return named
