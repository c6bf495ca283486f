"""A mapping's expressions, bound to one table's columns: fast functions from cells to values."""

import calendar
import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from services.intake.files import expressions as words
from services.intake.files.conditions import cell_test
from services.intake.files.expressions import Condition, Strict
from services.intake.files.lookups import lookup_reader
from services.intake.files.mapping import JURISDICTION
from services.intake.files.mapping import Mapping as MappingFile
from services.intake.files.names import UNIT_FEN, column_name, word_of
from services.intake.files.occurrences import Counters
from services.intake.files.outcomes import CellFaultError, Fault
from services.intake.files.tables import Header, Unreadable, UnreadableTableError
from services.intake.files.transforms import is_error, reader

HASH_BYTES: Final = 3
"""Length of `hash`: tells a voucher's payees apart, and says too little to find an account."""
COUNTER_BYTES: Final = 12
_AMOUNTS: Final = frozenset({"amount", "absolute_amount"})

Cells = Sequence[str]
Read = Callable[[Cells, frozenset[int]], Any]
"""Cells of a row and its filled columns → a value; None: nothing there."""
Test = Callable[[Cells], bool]


class Binder:
    """Binds expressions to a heading."""

    def __init__(
        self,
        mapping: MappingFile,
        header: Header,
        options: Mapping[str, Any],
        *,
        date_1904: bool,
    ) -> None:
        """`options` has the jurisdiction and all options of the mapping."""
        self._mapping = mapping
        self._header = header
        self._options = options
        self._date_1904 = date_1904
        self.counters: list[Counters] = []
        self._ordinals: dict[str, Read] = {}
        self.amounts: set[int] = set()
        """Places of columns that are read as amounts."""
        self.jurisdiction = str(options[JURISDICTION])

    def place(self, column: str, aliases: Sequence[str]) -> int | None:
        """Return a column's place; None if the table has no such column."""
        note = self._mapping.columns.get(column)
        for name in (column, *aliases, *(note.aliases if note else ())):
            key = column_name(name).key
            found = self._header.index.get(key)
            if found is not None:
                if key in self._header.ambiguous:
                    raise UnreadableTableError(
                        Unreadable.MISSING_COLUMNS,
                        f"several columns are headed {name}: rename all but one",
                        f"有多列的表头都是{name}:请只保留一列",
                    )
                return found
        return None

    def value(self, expression: Strict, *, required: bool = False) -> Read:
        """Bind a value expression; `required`: nothing there is a fault."""
        if isinstance(expression, words.ColumnValue):
            return self._column(expression, required=required)
        if isinstance(expression, words.ConstantValue):
            constant = expression.constant
            return _always(self.jurisdiction if constant == JURISDICTION else constant)
        bind = self._BY_TYPE[type(expression)]
        read: Read = bind(self, expression)
        return read

    def _column(self, expression: words.ColumnValue, *, required: bool) -> Read:
        place = self.place(expression.column, expression.aliases)
        default = expression.default
        must = required if expression.required is None else expression.required
        must = must and default is None
        if place is None:
            return _always(default) if not must else _absent(expression.column)
        read = self._reader(expression, place)
        name, omit = self._header.names[place], expression.unreadable == "omit"
        merged = self._is_amount(expression, place)

        def column(cells: Cells, filled: frozenset[int]) -> Any:
            text = cells[place] if place < len(cells) else ""
            try:
                if merged and place in filled:
                    raise _MERGED
                _refuse_error(text)
                value = read(text) if text else None
                if value is None:
                    if must:
                        raise _EMPTY
                    return default
            except CellFaultError as fault:
                if omit and fault.code is not Fault.EMPTY:
                    return default
                raise _at(fault, name, text) from None
            return value

        return column

    def _is_amount(self, expression: words.ColumnValue, place: int) -> bool:
        if expression.as_ not in _AMOUNTS or expression.lookup is not None:
            return False
        self.amounts.add(place)
        return True

    def _reader(self, expression: words.ColumnValue, place: int) -> Callable[[str], Any]:
        if expression.lookup is not None:
            return lookup_reader(expression)
        stated = self._header.units.get(place) or self._header.unit or self._mapping.amounts.unit
        return reader(expression.as_, unit_fen=UNIT_FEN[stated], date_1904=self._date_1904)

    def _option(self, expression: words.OptionValue) -> Read:
        value = self._options[expression.option]
        if isinstance(value, str):
            read = reader(expression.as_, unit_fen=UNIT_FEN["元"], date_1904=False)
            value = read(value)
        return _always(value)

    def _join(self, expression: words.JoinValue) -> Read:
        parts = [self.value(part) for part in expression.join]
        separator = expression.separator

        def join(cells: Cells, filled: frozenset[int]) -> str | None:
            texts = [part(cells, filled) for part in parts]
            return None if None in texts else separator.join(map(str, texts))

        return join

    def _first(self, expression: words.FirstValue) -> Read:
        parts = [self.value(part) for part in expression.first]

        def first(cells: Cells, filled: frozenset[int]) -> Any:
            for part in parts:
                value = part(cells, filled)
                if value is not None:
                    return value
            return None

        return first

    def _hash(self, expression: words.HashValue) -> Read:
        hashed = self.value(expression.hash)

        def digest(cells: Cells, filled: frozenset[int]) -> str | None:
            value = hashed(cells, filled)
            if value is None:
                return None
            text = f"{self.jurisdiction}\0{word_of(str(value))}"
            return hashlib.blake2b(text.encode(), digest_size=HASH_BYTES).hexdigest()

        return digest

    def _ordinal(self, expression: words.OrdinalValue) -> Read:
        # All rules count in one: a row keeps its number when its state, and so its rule, changes.
        known = self._ordinals.get(repr(expression))
        if known is not None:
            return known
        within = self.value(expression.ordinal.within)
        counters = Counters()
        self.counters.append(counters)
        counted: Cells | None = None
        number = ""

        def ordinal(cells: Cells, filled: frozenset[int]) -> str:
            nonlocal counted, number
            if cells is not counted:
                key = hashlib.blake2b(
                    str(within(cells, filled)).encode(), digest_size=COUNTER_BYTES
                )
                counted, number = cells, str(counters.number(key.digest()))
            return number

        self._ordinals[repr(expression)] = ordinal
        return ordinal

    def _day_of(self, expression: words.DayOfValue) -> Read:
        named = expression.day_of
        year, month, day = self.value(named.year), self.value(named.month), named.day

        def day_of(cells: Cells, filled: frozenset[int]) -> str | None:
            found = year(cells, filled), month(cells, filled)
            if None in found:
                return None
            try:
                whole_year, whole_month = int(found[0]), int(found[1])
                last = calendar.monthrange(whole_year, whole_month)[1]
            except ValueError:
                raise _at(_NO_MONTH, "", f"{found[0]}-{found[1]}") from None
            number = 1 if day == "first" else last if day == "last" else min(int(day), last)
            return dt.date(whole_year, whole_month, number).isoformat()

        return day_of

    def _list(self, expression: words.ListValue) -> Read:
        items = [
            (None if item.when is None else self.test(item.when), self.template(item.value))
            for item in expression.list
        ]

        def several(cells: Cells, filled: frozenset[int]) -> list[Any] | None:
            values = (read(cells, filled) for when, read in items if when is None or when(cells))
            return [value for value in values if value is not None] or None

        return several

    def template(self, template: Any) -> Read:
        """Bind a value or a structure within a list; the contract judges what it lacks."""
        if isinstance(template, Strict):
            return self.value(template)
        fields = [(name, self.template(part)) for name, part in template.items()]

        def structure(cells: Cells, filled: frozenset[int]) -> dict[str, Any] | None:
            values = ((name, read(cells, filled)) for name, read in fields)
            return {name: value for name, value in values if value is not None} or None

        return structure

    def test(self, condition: Condition) -> Test:
        """Bind a condition."""
        if condition.all is not None:
            tests = [self.test(part) for part in condition.all]
            return lambda cells: all(test(cells) for test in tests)
        if condition.any is not None:
            tests = [self.test(part) for part in condition.any]
            return lambda cells: any(test(cells) for test in tests)
        if condition.not_ is not None:
            negated = self.test(condition.not_)
            return lambda cells: not negated(cells)
        place = self.place(str(condition.column), condition.aliases)
        test = cell_test(condition)
        if place is None:
            absent = test("")
            return lambda _: absent
        return lambda cells: test(cells[place] if place < len(cells) else "")

    _BY_TYPE: Final[dict[type[Strict], Any]] = {
        words.OptionValue: _option,
        words.JoinValue: _join,
        words.FirstValue: _first,
        words.HashValue: _hash,
        words.OrdinalValue: _ordinal,
        words.DayOfValue: _day_of,
        words.ListValue: _list,
    }


def _always(value: Any) -> Read:
    return lambda _cells, _filled: value


def _absent(column: str) -> Read:
    def absent(_cells: Cells, _filled: frozenset[int]) -> Any:
        raise _at(_EMPTY, column, "")

    return absent


_EMPTY: Final = CellFaultError(Fault.EMPTY, "must not be empty", "不能为空")
_MERGED: Final = CellFaultError(
    Fault.MERGED_AMOUNT,
    "one amount is merged over several rows: write each row's own amount",
    "金额单元格跨行合并:请为每一行填写各自的金额",
)
_NO_MONTH: Final = CellFaultError(Fault.NOT_A_MONTH, "no month of a year", "不是有效的年月")


def _refuse_error(text: str) -> None:
    if is_error(text):
        raise CellFaultError(
            Fault.SPREADSHEET_ERROR,
            f"the spreadsheet shows the error {text}",
            f"电子表格显示错误 {text}",
        )


def _at(fault: CellFaultError, column: str, value: str) -> CellFaultError:
    """Return a fault with its place; faults are shared between rows, so a new one."""
    if fault.column:
        return fault
    placed = CellFaultError(fault.code, fault.english, fault.chinese)
    placed.column, placed.value = column, value
    return placed
