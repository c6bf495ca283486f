"""A filled workbook read back: what was changed, and what is wrong, cell by cell. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.vocabulary import CauseArea
from services.reporting.outputs.fill_in import FORMAT, FORMATS, FORMS_MAX, LABEL_MAX, MAP_SHEET
from services.reporting.outputs.fill_in_values import CellFault, Kind, Words, odd, value_of
from services.reporting.outputs.form_template import UnknownTemplateError, template_of
from services.reporting.outputs.plain import printable
from services.reporting.outputs.sheet_cells import (
    NOTHING,
    Cell,
    Cells,
    UnreadableWorkbookError,
    sheets_of,
)

COLUMNS: Final = 8
ROWS_MAX: Final = 100_000
SHOWN_MAX: Final = 100
"""Longest label that is told."""
_VERSION: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_COLUMNS: Final = re.compile(r"[A-Z]{1,2}(,[A-Z]{1,2}){0,30}", re.ASCII)
_PLACE: Final = re.compile(r"([A-H])([1-9][0-9]{0,6})", re.ASCII)
_NOT_OURS: Final = (
    "it has no hidden list of its cells",
    "工作簿缺少隐藏的填报清单",
)
_OUTDATED: Final = (
    "it was made by another release or of a template that is gone: get the workbook anew",
    "该工作簿由其他版本或已停用的模板生成,请重新下载后填写",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one cell."""

    cell: str
    """`sheet!cell`."""
    code: str
    text: str
    text_zh: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One field that was filled in otherwise than it went out."""

    paper: str
    field: str
    value: Any
    version: int
    cells: tuple[str, ...]
    """The cells that say it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a workbook says."""

    campaign: str
    unit: str
    changes: tuple[Changed, ...]
    faults: tuple[Fault, ...]
    papers: Mapping[str, str] = field(default_factory=dict)
    """Paper → its sheet."""


@dataclass(frozen=True, slots=True)
class _Cell:
    sheet: str
    place: str
    paper: str
    pointer: str
    version: int
    kind: Kind
    part: str
    shown: str
    found: Cell

    @property
    def name(self) -> str:
        return f"{self.sheet}!{self.place}"

    @property
    def touched(self) -> bool:
        return self.found.text.strip() != self.shown.strip() or odd(self.kind, self.found)


def filled_in(content: bytes) -> Filled:
    """Read a filled workbook; UnreadableWorkbookError if it is none of ours."""
    sheets = sheets_of(content)
    listed = _rows(sheets.get(MAP_SHEET, {}))
    campaign, unit, words = _first(listed)
    cells, faults = _cells(listed[1:], sheets)
    groups: dict[tuple[str, str], list[_Cell]] = {}
    for cell in cells:
        if cell.kind is Kind.LABELS:
            faults += _moved(cell, sheets[cell.sheet])
        elif cell.kind is Kind.LOCKED:
            if cell.touched:
                faults.append(_locked(cell))
        else:
            groups.setdefault((cell.paper, cell.pointer), []).append(cell)
    changes: list[Changed] = []
    for (paper, pointer), group in groups.items():
        if any(cell.touched for cell in group):
            try:
                value = _value(group, words)
            except _FaultyError as error:
                faults.append(error.fault)
                continue
            names = tuple(cell.name for cell in group)
            changes.append(Changed(paper, pointer, value, group[0].version, names))
    return Filled(
        campaign,
        unit,
        tuple(changes),
        tuple(faults),
        {cell.paper: cell.sheet for cell in cells},
    )


def _first(listed: Sequence[Sequence[str]]) -> tuple[str, str, Words]:
    """Read the first row: campaign, unit, and the words of the template that it was made of."""
    if not listed or not listed[0][0].startswith(FORMATS):
        raise UnreadableWorkbookError(*_NOT_OURS)
    format_, campaign, unit, template, *_ = listed[0]
    try:
        found = template_of(template)
    except UnknownTemplateError as error:
        raise UnreadableWorkbookError(*_OUTDATED) from error
    if format_ != FORMAT:
        raise UnreadableWorkbookError(*_OUTDATED)
    return campaign, unit, Words(found.reason_types, found.possibilities)


def _moved(labels: _Cell, cells: Cells) -> list[Fault]:
    """Tell the first label of a row that is not where it was: what is filled in is another row's.

    The row's number is that of its place; how it was known is a list as JSON.
    """
    columns = labels.part.split(",")
    try:
        known = json.loads(labels.shown)
    except (ValueError, RecursionError) as error:
        raise UnreadableWorkbookError(*_NOT_OURS) from error
    row = labels.place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if not isinstance(known, list) or len(known) != len(columns):
        raise UnreadableWorkbookError(*_NOT_OURS)
    for column, shown in zip(columns, known, strict=True):
        place = f"{column}{row}"
        if cells.get(place, NOTHING).text.strip()[:LABEL_MAX] != shown:
            return [_no_label(f"{labels.sheet}!{place}", str(shown)[:SHOWN_MAX])]
    return []


def _no_label(cell: str, shown: str) -> Fault:
    return Fault(
        cell,
        "row_moved",
        f"it said {shown or 'nothing'}: rows and columns must stay where they are, with their "
        "words, or what is filled in would be another row's; get the workbook anew",
        f"此处原为“{shown or '空'}”,行列位置与文字不得改动,否则填报内容会错行;请重新下载后填写",
    )


class _FaultyError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.cell)
        self.fault = fault


def _value(group: Sequence[_Cell], words: Words) -> Any:
    """Make a field's value of its cells: one, or the five areas."""
    values = []
    for cell in group:
        if cell.found.text.strip() or odd(cell.kind, cell.found):
            try:
                values.append(value_of(cell.kind, cell.part, cell.found, words))
            except CellFault as fault:
                told = Fault(cell.name, fault.code, fault.text, fault.text_zh)
                raise _FaultyError(told) from fault
    if group[0].kind is Kind.AREA:
        return [area.value for area in CauseArea if area.value in values] or None
    return values[0] if values else None


def _cells(rows: Sequence[Sequence[str]], sheets: Mapping[str, Cells]) -> tuple[list[_Cell], Any]:
    found: list[_Cell] = []
    missing: dict[str, Fault] = {}
    papers: set[str] = set()
    for row in rows:
        sheet, place, paper, pointer, version, kind, part, shown = row
        if not _VERSION.fullmatch(version) or not _is_known(kind, part):
            raise UnreadableWorkbookError(*_NOT_OURS)
        papers.add(paper)
        if sheet not in sheets:
            missing[sheet] = Fault(
                f"{printable(sheet, 40)}!A1",
                "sheet_missing",
                "the sheet is missing or was renamed",
                "工作表缺失或被改名",
            )
            continue
        cell = sheets[sheet].get(place, NOTHING)
        found.append(
            _Cell(sheet, place, paper, pointer, int(version), Kind(kind), part, shown, cell)
        )
    if len(papers) > FORMS_MAX:
        raise UnreadableWorkbookError(*_NOT_OURS)
    return found, list(missing.values())


def _is_known(kind: str, part: str) -> bool:
    """Whether there is such a kind of cell, with such a part: what comes may say anything."""
    if kind == Kind.AREA:
        return part in set(CauseArea)
    if kind == Kind.LABELS:
        return _COLUMNS.fullmatch(part) is not None
    return kind in set(Kind)


def _rows(cells: Cells) -> list[list[str]]:
    """Put the cells of the hidden sheet into rows of eight."""
    found: dict[int, list[str]] = {}
    for place, cell in cells.items():
        match = _PLACE.fullmatch(place)
        if match is not None and int(match.group(2)) <= ROWS_MAX:
            row = found.setdefault(int(match.group(2)), [""] * COLUMNS)
            row[ord(match.group(1)) - ord("A")] = cell.text
    return [found[number] for number in sorted(found)]


def _locked(cell: _Cell) -> Fault:
    return Fault(
        cell.name,
        "read_only_cell",
        f"treasury money is read-only; it was {cell.shown or 'empty'}: dispute the figure instead",
        f"财政资金为只读(原为 {cell.shown or '空'}),如有异议请提交数据异议",
    )
