"""A filled workbook read back: what was changed, and what is wrong, cell by cell. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.vocabulary import CauseArea
from services.reporting.outputs.fill_in import FORMAT, FORMS_MAX, MAP_SHEET
from services.reporting.outputs.fill_in_values import CellFault, Kind, Words, value_of
from services.reporting.outputs.plain import printable
from services.reporting.outputs.sheet_cells import Cells, UnreadableWorkbookError, sheets_of

COLUMNS: Final = 8
ROWS_MAX: Final = 100_000
VERSION_MAX: Final = 1_000_000_000
_PLACE: Final = re.compile(r"([A-H])([1-9][0-9]{0,6})", re.ASCII)
_NOT_OURS: Final = (
    "it has no hidden list of its cells",
    "工作簿缺少隐藏的填报清单",
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
    found: str

    @property
    def name(self) -> str:
        return f"{self.sheet}!{self.place}"

    @property
    def touched(self) -> bool:
        return self.found.strip() != self.shown.strip()


def filled_in(content: bytes, words: Words) -> Filled:
    """Read a filled workbook; UnreadableWorkbookError if it is none of ours."""
    sheets = sheets_of(content)
    listed = _rows(sheets.get(MAP_SHEET, {}))
    if not listed or listed[0][0] != FORMAT:
        raise UnreadableWorkbookError(*_NOT_OURS)
    campaign, unit = listed[0][1], listed[0][2]
    cells, faults = _cells(listed[1:], sheets)
    groups: dict[tuple[str, str], list[_Cell]] = {}
    for cell in cells:
        if cell.kind is Kind.LOCKED:
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


class _FaultyError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.cell)
        self.fault = fault


def _value(group: Sequence[_Cell], words: Words) -> Any:
    """Make a field's value of its cells: one, or the five areas."""
    values = []
    for cell in group:
        if cell.found.strip():
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
        if not version.isascii() or not version.isdigit() or int(version) > VERSION_MAX:
            raise UnreadableWorkbookError(*_NOT_OURS)
        if kind not in set(Kind):
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
        text = sheets[sheet].get(place, "")
        found.append(
            _Cell(sheet, place, paper, pointer, int(version), Kind(kind), part, shown, text)
        )
    if len(papers) > FORMS_MAX:
        raise UnreadableWorkbookError(*_NOT_OURS)
    return found, list(missing.values())


def _rows(cells: Cells) -> list[list[str]]:
    """Put the cells of the hidden sheet into rows of eight."""
    found: dict[int, list[str]] = {}
    for place, text in cells.items():
        match = _PLACE.fullmatch(place)
        if match is not None and int(match.group(2)) <= ROWS_MAX:
            row = found.setdefault(int(match.group(2)), [""] * COLUMNS)
            row[ord(match.group(1)) - ord("A")] = text
    return [found[number] for number in sorted(found)]


def _locked(cell: _Cell) -> Fault:
    return Fault(
        cell.name,
        "read_only_cell",
        f"treasury money is read-only; it was {cell.shown}: dispute the figure instead",
        f"财政资金为只读(原为 {cell.shown}),如有异议请提交数据异议",
    )
