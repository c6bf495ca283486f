"""Filled monitoring forms of earlier campaigns (annex 1) → declared history, one event a form.

They are what a unit said then: `monitoring_form.declared`, which nothing is measured by. Voucher
figures and results of indicators come by their own exports.
"""

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, BinaryIO, Final

from contracts.codec import encode_json
from contracts.events.intake import MonitoringFormDeclared
from contracts.vocabulary import CODE_LENGTH_MAX, Possibility, fen_to_wire
from services.intake.domain.admission import admit
from services.intake.domain.verdicts import Refusal
from services.intake.files.form_grid import FormGrid, grids
from services.intake.files.ids import digest
from services.intake.files.mapper import SOURCE_PREFIX, Context
from services.intake.files.names import UNIT_FEN
from services.intake.files.outcomes import CellFaultError, Fault, Mapped, Outcome, Rejected
from services.intake.files.reading import is_workbook, raw_sheet
from services.intake.files.tables import Header, Sheet, Unreadable, UnreadableTableError
from services.intake.files.transforms import (
    read_boolean,
    read_code,
    read_day,
    read_decimal,
    read_name,
    read_text,
)
from services.intake.files.xlsx import Workbook, choose

EVENT: Final = MonitoringFormDeclared.event_type()
HEADING: Final = ("项目代码", "项目名称", "年度")
"""What a rejected form is shown with."""
_AMOUNTS: Final = ("approved_budget", "adjusted_budget", "spent", "expected_spending")
_CAUSES: Final = ("经费保障", "制度保障", "人员保障", "硬件条件保障", "其他")
_POSSIBILITIES: Final[Mapping[str, Possibility]] = {
    **dict.fromkeys(("1", "确定能", "能"), Possibility.CERTAIN),
    **dict.fromkeys(("2", "有可能", "可能"), Possibility.POSSIBLE),
    **dict.fromkeys(("3", "完全不可能", "不可能"), Possibility.IMPOSSIBLE),
}
_FEN: Final = Decimal(1)


def map_forms(
    stream: BinaryIO, mapping: str, context: Context, sheet: str | None = None
) -> tuple[Header, Iterator[Outcome]]:
    """Find the forms of a file, on any of its sheets; UnreadableTableError if there are none."""
    found = _found(stream, sheet)
    first = next(found, None)
    if first is None:
        raise UnreadableTableError(
            Unreadable.NO_HEADING,
            "no sheet has the title of a monitoring form (…绩效目标执行监控表)",
            "没有找到监控表:工作表中须有标题“项目支出(预算)绩效目标执行监控表”",
        )
    header = Header(HEADING, {}, {}, None, 1, 1)
    return header, _outcomes(first, found, mapping, context)


def _found(stream: BinaryIO, sheet: str | None) -> Iterator[tuple[str | None, FormGrid]]:
    for one in _sheets(stream, sheet):
        for grid in grids(one.rows):
            yield one.name, grid


def _sheets(stream: BinaryIO, sheet: str | None) -> Iterator[Sheet]:
    if not is_workbook(stream):
        yield raw_sheet(stream)
        return
    workbook = Workbook(stream)
    for place in choose(workbook, sheet):
        yield workbook.read(place)


def _outcomes(
    first: tuple[str | None, FormGrid],
    rest: Iterator[tuple[str | None, FormGrid]],
    mapping: str,
    context: Context,
) -> Iterator[Outcome]:
    yield _outcome(*first, mapping, context)
    for sheet, grid in rest:
        yield _outcome(sheet, grid, mapping, context)


def _outcome(sheet: str | None, grid: FormGrid, mapping: str, context: Context) -> Outcome:
    shown = (grid.labels.get("项目代码", ""), grid.labels.get("项目名称", ""), grid.year)
    try:
        code = read_code(grid.labels.get("项目代码", ""))
        if code is None:
            raise _at(Fault.EMPTY, "must not be empty", "不能为空", "项目代码", "")
        if not grid.year:
            raise _at(Fault.EMPTY, "must not be empty", "不能为空", "年度", "")
        subject = f"{context.jurisdiction}/{code}"
        data = _data(grid)
    except CellFaultError as fault:
        return Rejected(
            sheet,
            grid.first_line,
            fault.column,
            fault.value,
            fault.code,
            fault.english,
            fault.chinese,
            shown,
        )
    raw = encode_json(
        {
            "specversion": "1.0",
            "id": digest(["content", EVENT, subject, data]),
            "source": f"{SOURCE_PREFIX}{context.jurisdiction}/{mapping}",
            "type": EVENT,
            "subject": subject,
            "time": f"{data['date']}T00:00:00Z",
            "datacontenttype": "application/json",
            "data": data,
        }
    )
    judged = admit(raw)
    if isinstance(judged, Refusal):
        return Rejected(
            sheet,
            grid.first_line,
            "",
            "",
            judged.code,
            judged.detail,
            judged.detail_zh or judged.detail,
            shown,
        )
    return Mapped(sheet, grid.first_line, raw)


def _data(grid: FormGrid) -> dict[str, Any]:
    year = int(grid.year)
    first, last = grid.months
    try:
        start = dt.date(year, first, 1)
        end = dt.date(year, last, calendar.monthrange(year, last)[1])
    except ValueError:
        raise _at(
            Fault.NOT_A_MONTH,
            "no months of a year",
            "不是有效的月份",
            "执行数",
            f"{first}-{last}月",
        ) from None
    filled = read_day(grid.filled_on) if grid.filled_on else None
    labels = grid.labels
    data: dict[str, Any] = {
        "date": (filled or end).isoformat(),
        "fiscal_year": year,
        "period": {"start": start.isoformat(), "end": end.isoformat()},
        "project_name": read_name(labels.get("项目名称", "")),
        "department_name": read_name(labels.get("主管部门及代码") or labels.get("主管部门", "")),
        "unit_name": read_name(labels.get("实施单位", "")),
        "goal": read_text(labels.get("年度总体目标", "")),
        "funding": [_funding(grid, line, cells) for line, cells in grid.funding],
        "indicators": [_indicator(line, cells) for line, cells in grid.indicators],
        "filled_on": None if filled is None else filled.isoformat(),
        "source_kind": "unit_form_history",
    }
    return {name: value for name, value in data.items() if value is not None}


def _funding(grid: FormGrid, line: int, cells: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"label": cells["label"]}
    for name in _AMOUNTS:
        text = cells.get(name, "")
        amount = _fen(text, UNIT_FEN[grid.unit], line) if text else None
        if amount is not None:
            found[name] = fen_to_wire(amount)
    if rate := cells.get("execution_rate_text", ""):
        found["execution_rate_text"] = read_name(rate)
    return found


def _fen(text: str, unit_fen: int, line: int) -> int | None:
    """Read an amount; what a sheet's formula left behind the fen is rounded half up."""
    try:
        found = read_decimal(text)
    except CellFaultError as fault:
        english, chinese = f"line {line}: {fault.english}", f"第 {line} 行:{fault.chinese}"
        raise _at(fault.code, english, chinese, "项目资金", text) from None
    if found is None:
        return None
    fen = int((found[0] * (found[1] or unit_fen)).quantize(_FEN, ROUND_HALF_UP))
    if fen < 0:
        english, chinese = f"line {line}: negative", f"第 {line} 行:金额为负"
        raise _at(Fault.NEGATIVE_AMOUNT, english, chinese, "项目资金", text)
    return fen


def _indicator(line: int, cells: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": read_name(cells["name"])}
    for level in ("level_1", "level_2"):
        if text := read_name(cells.get(level, "")):
            found[level] = text[:CODE_LENGTH_MAX]
    for name in ("target_text", "value_text", "expected_text", "explanation", "remark"):
        if text := read_text(cells.get(name, "")):
            found[name] = text
    causes = [name for name in _CAUSES if _ticked(cells.get(name, ""))]
    if causes:
        found["causes"] = causes
    possibility = _possibility(line, cells)
    if possibility is not None:
        found["possibility"] = possibility.value
    return found


def _ticked(text: str) -> bool:
    try:
        return read_boolean(text) if text else False
    except CellFaultError:
        # Whatever else people put there to mean yes.
        return True


def _possibility(line: int, cells: Mapping[str, str]) -> Possibility | None:
    for possible in Possibility:
        if _ticked(cells.get(possible.value, "")):
            return possible
    text = cells.get("possibility", "")
    if not text:
        return None
    found = _POSSIBILITIES.get((read_code(text) or "").strip("√✓"))
    if found is None:
        english = f"line {line}: none of 确定能, 有可能, 完全不可能"
        chinese = f"第 {line} 行:须为 确定能、有可能 或 完全不可能"
        raise _at(Fault.UNKNOWN_WORD, english, chinese, "完成目标可能性", text)
    return found


def _at(code: Fault, english: str, chinese: str, column: str, value: str) -> CellFaultError:
    fault = CellFaultError(code, english, chinese)
    fault.column, fault.value = column, value
    return fault
