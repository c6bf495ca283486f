"""Finding a table's heading: below title rows, over one to three lines, with merged cells."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from services.intake.files.mapping import HEADER_ROWS_MAX
from services.intake.files.names import ColumnName, column_name, unit_stated
from services.intake.files.tables import (
    Header,
    RawRow,
    ReadOptions,
    Row,
    Sheet,
    Table,
    Unreadable,
    UnreadableTableError,
)

SCANNED_ROWS_MAX: Final = 60
"""Rows in which the heading must begin."""
NAMED_MAX: Final = 12
"""Most missing or found columns that a message names."""


def with_heading(sheet: Sheet, options: ReadOptions) -> Table:
    """Find the heading and return the rows below it; UnreadableTableError if it is not there."""
    scanned = list(itertools.islice(sheet.rows, SCANNED_ROWS_MAX + HEADER_ROWS_MAX))
    header, count = _find(scanned, options, sheet.name)
    rest = itertools.chain(scanned[count:], sheet.rows)
    return Table(sheet, header, _below(sheet.name, rest))


def _below(sheet: str | None, rows: Iterable[RawRow]) -> Iterator[Row]:
    for line, cells, filled in rows:
        if any(cells):
            yield Row(sheet, line, cells, filled)


def _find(rows: Sequence[RawRow], options: ReadOptions, sheet: str | None) -> tuple[Header, int]:
    """Return the heading with most known columns (of equals the first and lowest) and its end."""
    best: tuple[int, int, int] | None = None
    depths = [options.header_rows] if options.header_rows else range(1, HEADER_ROWS_MAX + 1)
    for start, depth in itertools.product(range(min(len(rows), SCANNED_ROWS_MAX)), depths):
        lines = rows[start : start + depth]
        if len(lines) < depth or not any(lines[0].cells) or not any(lines[-1].cells):
            continue
        keys = {key for _, parts in _columns(lines) for key in _keys(parts)}
        # Title and data rows around the heading may add a name by chance, never remove one.
        best = max(best or (0, 0, 0), (len(keys & options.known), -depth, -start))
    if best is None or not best[0]:
        raise _no_heading(options, sheet)
    _, depth, start = best[0], -best[1], -best[2]
    header = _header(rows[start : start + depth], rows[:start])
    missing = [group for group in options.groups if not group & header.index.keys()]
    if missing:
        raise _missing(header, missing, options, sheet)
    return header, start + depth


def _columns(lines: Sequence[RawRow]) -> Iterator[tuple[int, list[ColumnName]]]:
    """Yield each column's headings from top to bottom, equal ones once."""
    width = max(len(line.cells) for line in lines)
    tops = [_spread(line, width) for line in lines[:-1]]
    lowest = [*lines[-1].cells, *[""] * (width - len(lines[-1].cells))]
    for column in range(width):
        parts = [column_name(row[column]) for row in (*tops, lowest) if row[column]]
        kept = [part for number, part in enumerate(parts) if part not in parts[:number]]
        if kept:
            yield column, kept


def _keys(parts: Sequence[ColumnName]) -> set[str]:
    """Return what a column may be called: its lowest heading, or all of them joined."""
    words = [part.key for part in parts]
    return {words[-1], "/".join(words), "".join(words)} - {""}


def _spread(line: RawRow, width: int) -> list[str]:
    """Repeat a group's heading over the columns it was merged over."""
    cells = [*line.cells, *[""] * (width - len(line.cells))]
    for column in range(1, width):
        if not cells[column]:
            cells[column] = cells[column - 1]
    return cells


def _header(lines: Sequence[RawRow], above: Sequence[RawRow]) -> Header:
    places: dict[str, list[int]] = {}
    units: dict[int, str] = {}
    for column, parts in _columns(lines):
        for key in _keys(parts):
            places.setdefault(key, []).append(column)
        unit = next((part.unit for part in reversed(parts) if part.unit), None)
        if unit is not None:
            units[column] = unit
    width = max(len(line.cells) for line in lines)
    rows = [[*line.cells, *[""] * (width - len(line.cells))] for line in lines]
    titles = ("/".join(dict.fromkeys(filter(None, column))) for column in zip(*rows, strict=True))
    stated = (unit_stated(cell) for line in above for cell in line.cells if cell)
    return Header(
        tuple(titles),
        {key: columns[0] for key, columns in places.items()},
        units,
        next((unit for unit in stated if unit is not None), None),
        lines[0].line,
        lines[-1].line,
        frozenset(key for key, columns in places.items() if len(columns) > 1),
    )


def _no_heading(options: ReadOptions, sheet: str | None) -> UnreadableTableError:
    names = [options.labels.get(group, min(group)) for group in options.groups][:NAMED_MAX]
    where, where_zh = (f"sheet {sheet}: ", f"工作表{sheet}:") if sheet else ("", "")
    return UnreadableTableError(
        Unreadable.NO_HEADING,
        f"{where}none of the first {SCANNED_ROWS_MAX} rows is a heading of this mapping; "
        f"looked for {', '.join(names) or 'its columns'}",
        f"{where_zh}前 {SCANNED_ROWS_MAX} 行中没有找到表头,需要的列:{'、'.join(names)}",
    )


def _missing(
    header: Header,
    missing: Sequence[frozenset[str]],
    options: ReadOptions,
    sheet: str | None,
) -> UnreadableTableError:
    names = [options.labels.get(group, min(group)) for group in missing]
    shown = list(dict.fromkeys(filter(None, header.names)))[:NAMED_MAX]
    where, where_zh = (f"sheet {sheet}: ", f"工作表{sheet}:") if sheet else ("", "")
    return UnreadableTableError(
        Unreadable.MISSING_COLUMNS,
        f"{where}the heading in line {header.first_line} lacks {', '.join(names[:NAMED_MAX])}; "
        f"it has {', '.join(shown)}",
        f"{where_zh}第 {header.first_line} 行的表头缺少列:{'、'.join(names[:NAMED_MAX])}",
    )
