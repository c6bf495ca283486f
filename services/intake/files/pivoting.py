"""Rows that are one fact together: a plan with a row for each month becomes one row."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple

from services.intake.files.mapping import ColumnNote, Mapping, Pivot
from services.intake.files.names import column_name
from services.intake.files.outcomes import CellFaultError
from services.intake.files.tables import Header, Row, Table, Unreadable, UnreadableTableError
from services.intake.files.transforms import read_decimal, read_month

GROUPED_ROWS_MAX: Final = 500_000
"""Most rows that become one with others: they are held until the file's end."""


def pivoted(table: Table, mapping: Mapping) -> Table:
    """Put rows together as the mapping's `pivot` says; any other table is left as it is."""
    pivot = mapping.pivot
    if pivot is None:
        return table
    number = _place(table.header, mapping, pivot.column)
    if number is None:
        return table
    value = _place(table.header, mapping, pivot.value)
    if value is None:
        raise UnreadableTableError(
            Unreadable.MISSING_COLUMNS,
            f"the heading has {pivot.column} but lacks {pivot.value}",
            f"表头有{pivot.column}但缺少{pivot.value}",
        )
    by = [place for name in pivot.by if (place := _place(table.header, mapping, name)) is not None]
    header, into = _with_columns(table.header, pivot, value)
    places = _Places(by, number, value, into, len(header.names))
    return replace(table, header=header, rows=_grouped(table, places))


class _Places(NamedTuple):
    by: list[int]
    number: int
    value: int
    into: list[int]
    width: int


def _place(header: Header, mapping: Mapping, name: str) -> int | None:
    note = mapping.columns.get(name, ColumnNote())
    keys = (column_name(one).key for one in (name, *note.aliases))
    return next((header.index[key] for key in keys if key in header.index), None)


def _with_columns(header: Header, pivot: Pivot, value: int) -> tuple[Header, list[int]]:
    """Add the columns that the rows are put into; they are in the unit of the value's column."""
    names, index, units = list(header.names), dict(header.index), dict(header.units)
    into = []
    for name in pivot.into:
        key = column_name(name).key
        if key not in index:
            index[key] = len(names)
            names.append(name)
            if value in units:
                units[index[key]] = units[value]
        into.append(index[key])
    return replace(header, names=tuple(names), index=index, units=units), into


def _grouped(table: Table, places: _Places) -> Iterator[Row]:
    groups: dict[tuple[str, ...], Row] = {}
    for count, row in enumerate(table.rows):
        if count >= GROUPED_ROWS_MAX:
            raise UnreadableTableError(
                Unreadable.TOO_LARGE,
                f"more than {GROUPED_ROWS_MAX} rows of one file are put together: cut the file",
                f"需合并的行超过 {GROUPED_ROWS_MAX} 行,请拆分文件",
            )
        cells = [*row.cells, *[""] * (places.width - len(row.cells))]
        month = _number(cells[places.number], len(places.into))
        if month is None:
            # No month: a row with all of them, a total, or a fault that the mapping tells.
            yield Row(row.sheet, row.line, cells, row.filled)
            continue
        key = (row.sheet or "", *(cells[place] for place in places.by))
        known = groups.setdefault(key, Row(row.sheet, row.line, cells, row.filled))
        place = places.into[month]
        known.cells[place] = _sum(known.cells[place], cells[places.value])
    yield from groups.values()


def _number(text: str, most: int) -> int | None:
    try:
        found = read_month(text) if text else None
    except CellFaultError:
        return None
    return found - 1 if found is not None and found <= most else None


def _sum(known: str, text: str) -> str:
    """Add two cells; what is no number stays as it is, for the mapping to reject."""
    if not known or not text:
        return known or text
    try:
        first, second = read_decimal(known), read_decimal(text)
    except CellFaultError:
        return text
    if first is None or second is None or first[1] != second[1]:
        return text
    total: Decimal = first[0] + second[0]
    return format(total, "f")
