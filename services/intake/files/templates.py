"""Templates: an empty workbook of a mapping, made when asked for.

Three sheets: the table (heading, one example row, lists to choose from), 填写说明 (what each
column means, its unit, whether it is required, what it may hold) and 取值 (those lists).
"""

import datetime as dt
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from services.intake.files.expressions import ColumnValue, Condition, Scalar
from services.intake.files.lookups import LOOKUPS
from services.intake.files.mapping import ColumnNote
from services.intake.files.mapping import Mapping as MappingFile
from services.intake.files.mapping_checks import expressions_of, read_options
from services.intake.files.transforms import amount_fen, read_day

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_PREPARED: Final = 2_000
"""Rows below the heading that offer lists and formats."""
CREATED: Final = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - the same template, the same bytes
GUIDE: Final = "填写说明"
VALUES: Final = "取值"
GUIDE_HEADS: Final = (
    "列名",
    "说明",
    "填写格式",
    "是否必填",
    "可取值",
    "也可写作",
    "国家标准字段",
    "Meaning",
)
GUIDE_WIDTHS: Final = (20, 60, 26, 10, 40, 40, 34, 60)
SHOWN_VALUES_MAX: Final = 40
"""Most allowed values that the guide writes out; the list on 取值 has all."""
YES_NO: Final = ("是", "否")

_FORMS: Final[Mapping[str, str]] = {
    "text": "文字",
    "name": "文字",
    "code": "文本(编码,保留前导零)",
    "date": "日期,如 2026-03-05",
    "year": "年度,如 2026",
    "month": "月份,1 至 12",
    "integer": "整数",
    "decimal": "数字",
    "rate": "百分数,如 20 或 20%",
    "fraction": "比例,如 0.2 或 20%",
    "boolean": "是 或 否",
    "digits": "数字编码",
}
_AMOUNTS: Final = frozenset({"amount", "absolute_amount"})


@dataclass(frozen=True, slots=True)
class ColumnGuide:
    """What a template says about one of its columns."""

    name: str
    note: ColumnNote
    transform: str
    """How it is read."""
    required: bool
    values: tuple[str, ...]
    """What it may hold, where that is a closed list."""
    closed: bool
    """Whether nothing else is taken."""

    def form(self, unit: str) -> str:
        """Say how it is filled in; `unit` is that of amounts."""
        if self.transform in _AMOUNTS:
            return f"金额,单位{unit}(列名写成 {self.name}(万元) 即按万元)"
        return _FORMS.get(self.transform, _FORMS["code"])


def guides(mapping: MappingFile) -> list[ColumnGuide]:
    """Describe a mapping's columns in the order of its template."""
    required = set(read_options(mapping).labels.values())
    used: dict[str, list[ColumnValue | Condition]] = {}
    for _, part in expressions_of(mapping):
        if isinstance(part, ColumnValue | Condition) and part.column is not None:
            used.setdefault(part.column, []).append(part)
    names = dict.fromkeys((*mapping.columns, *required))
    return [
        _guide(name, mapping.columns.get(name, ColumnNote()), used.get(name, []), name in required)
        for name in names
    ]


def template(mapping: MappingFile) -> bytes:
    """Make the workbook of a mapping; the same mapping gives the same bytes."""
    columns = guides(mapping)
    target = io.BytesIO()
    book = Workbook(target, {"in_memory": True, "strings_to_numbers": False})
    book.set_properties({"title": mapping.title.zh, "created": CREATED})
    sheet = book.add_worksheet(mapping.sheet or mapping.title.zh)
    guide = book.add_worksheet(GUIDE)
    lists = _write_values(book, columns)
    _write_table(book, sheet, columns, lists)
    _write_guide(book, guide, mapping, columns)
    book.close()
    return target.getvalue()


def _guide(
    name: str,
    note: ColumnNote,
    used: list[ColumnValue | Condition],
    required: bool,  # noqa: FBT001
) -> ColumnGuide:
    read = [part for part in used if isinstance(part, ColumnValue)]
    plain = next((part.as_ for part in read if part.lookup is None), None)
    words: dict[str, None] = {}
    for part in used:
        words.update(dict.fromkeys(_words(part)))
    looked_up = [part for part in read if part.lookup is not None]
    closed = bool(looked_up) and all(
        part.default is None and part.unreadable == "reject" for part in looked_up
    )
    transform = plain or ("text" if words else "code")
    if transform == "boolean":
        words, closed = dict.fromkeys(YES_NO), True
    return ColumnGuide(name, note, transform, required, tuple(words), closed)


def _words(part: ColumnValue | Condition) -> Iterator[str]:
    if isinstance(part, Condition):
        yield from part.in_ or ()
    elif isinstance(part.lookup, str):
        yield from LOOKUPS[part.lookup]
    else:
        yield from part.lookup or ()


def _write_values(book: Workbook, columns: list[ColumnGuide]) -> dict[str, str]:
    """Write the lists; return each column's range."""
    sheet = book.add_worksheet(VALUES)
    ranges: dict[str, str] = {}
    head = book.add_format({"bold": True})
    for place, column in enumerate(column for column in columns if column.values):
        sheet.write_string(0, place, column.name, head)
        for row, word in enumerate(column.values, 1):
            sheet.write_string(row, place, word)
        sheet.set_column(place, place, 24)
        letter = xl_col_to_name(place)
        ranges[column.name] = f"={VALUES}!${letter}$2:${letter}${len(column.values) + 1}"
    return ranges


def _write_table(
    book: Workbook, sheet: Worksheet, columns: list[ColumnGuide], lists: Mapping[str, str]
) -> None:
    must = book.add_format({"bold": True, "bg_color": "#FCE8B2", "border": 1, "text_wrap": True})
    may = book.add_format({"bold": True, "bg_color": "#E8EAED", "border": 1, "text_wrap": True})
    formats = {
        "text": book.add_format({"num_format": "@"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "amount": book.add_format({"num_format": "#,##0.00"}),
        "number": book.add_format({"num_format": "General"}),
    }
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.name, must if column.required else may)
        kind = _kind(column)
        sheet.set_column(place, place, max(14, 2 * len(column.name) + 2), formats[kind])
        if column.note.example is not None:
            _write_cell(sheet, place, column.note.example, kind, formats[kind])
        if column.name in lists:
            _offer(sheet, place, lists[column.name], closed=column.closed)
    sheet.freeze_panes(1, 0)


def _kind(column: ColumnGuide) -> str:
    if column.transform in _AMOUNTS:
        return "amount"
    if column.transform == "date":
        return "date"
    # A code in a number's format would lose its leading zeros and its last digits.
    return "number" if column.transform in {"year", "integer", "rate", "month"} else "text"


def _write_cell(sheet: Worksheet, place: int, value: Scalar, kind: str, form: Format) -> None:
    text = str(value)
    if kind == "date" and (day := read_day(text)) is not None:
        sheet.write_datetime(1, place, dt.datetime(day.year, day.month, day.day), form)  # noqa: DTZ001
    elif kind == "amount" and (fen := amount_fen(text, 100)) is not None:
        sheet.write_number(1, place, fen / 100, form)
    elif kind == "number" and text.isdecimal():
        sheet.write_number(1, place, int(text), form)
    else:
        sheet.write_string(1, place, text, form)


def _offer(sheet: Worksheet, place: int, source: str, *, closed: bool) -> None:
    choice: dict[str, Any] = {
        "validate": "list",
        "source": source,
        "error_type": "stop" if closed else "warning",
        "error_title": "取值",
        "error_message": "请从列表中选择,见工作表“取值”。",
    }
    sheet.data_validation(1, place, ROWS_PREPARED, place, choice)


def _write_guide(
    book: Workbook, sheet: Worksheet, mapping: MappingFile, columns: list[ColumnGuide]
) -> None:
    title = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "bg_color": "#E8EAED", "border": 1})
    cell = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    sheet.write_string(0, 0, f"{mapping.title.zh} {GUIDE}", title)
    sheet.write_string(1, 0, f"来源:{mapping.source}")
    mode = "累计导出:每次导出全部数据,已入账的行自动识别为重复"
    if mapping.mode == "incremental":
        mode = "增量导出:每次只导出新增数据,须填导出日期或批次"
    sheet.write_string(2, 0, f"{mode};示例行请删除或覆盖;合计行、表尾会自动跳过。")
    for place, (name, width) in enumerate(zip(GUIDE_HEADS, GUIDE_WIDTHS, strict=True)):
        sheet.write_string(4, place, name, head)
        sheet.set_column(place, place, width)
    for row, column in enumerate(columns, 5):
        for place, text in enumerate(_guide_row(mapping, column)):
            sheet.write_string(row, place, text, cell)
    sheet.freeze_panes(5, 1)


def _guide_row(mapping: MappingFile, column: ColumnGuide) -> tuple[str, ...]:
    note = column.note
    shown = "、".join(column.values[:SHOWN_VALUES_MAX])
    if len(column.values) > SHOWN_VALUES_MAX:
        shown += f" …(全部见工作表“{VALUES}”)"
    return (
        column.name,
        note.note.zh if note.note else "",
        column.form(mapping.amounts.unit),
        "必填" if column.required else "选填",
        shown,
        "、".join(note.aliases),
        note.national or "",
        note.note.en if note.note else "",
    )
