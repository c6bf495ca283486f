"""A filled monitoring form (annex 1) as a grid: where its labels, blocks and cells are.

Layout: 财预〔2019〕136号 附件1 and its local variants (the columns may differ, the words do not).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.intake.files.names import unit_stated, word_of
from services.intake.files.tables import RawRow

FORM_ROWS_MAX: Final = 600
"""Most rows of one form: 200 indicators, and room for the rest."""
TITLE: Final = re.compile(r"(绩效目标执行监控表|绩效运行监控表|绩效监控表|绩效监控情况表)")
_YEAR: Final = re.compile(r"(20[0-9]{2})年度|^\(?(20[0-9]{2})年?\)?$|^(20[0-9]{2})年.*监控")
_PERIOD: Final = re.compile(r"([0-9]{1,2})[-~—–至到]([0-9]{1,2})月")
_DATE: Final = re.compile(r"20[0-9]{2}[-/.年][0-9]{1,2}[-/.月][0-9]{1,2}日?")
_UNIT: Final = re.compile(r"\((万元|元|千元)\)")
_END: Final = ("注:", "注1", "填报", "填表", "审核人", "单位负责人", "联系电话", "说明:")
_MONEY: Final = (
    # The longer word first: 全年预计执行数 is no 执行数.
    ("expected_spending", ("全年预计执行数", "预计执行数", "全年预计支出")),
    ("execution_rate_text", ("执行率",)),
    ("adjusted_budget", ("调整后预算数", "调整预算数", "全年预算数")),
    ("approved_budget", ("年初预算数", "年初预算")),
    ("spent", ("执行数", "支出数")),
)
_INDICATOR: Final = (
    ("level_1", ("一级指标",)),
    ("level_2", ("二级指标",)),
    ("name", ("三级指标",)),
    ("target_text", ("年度指标值", "年初指标值", "指标值", "目标值")),
    ("expected_text", ("全年预计完成",)),
    ("value_text", ("执行情况", "完成情况", "实际完成值", "完成值")),
    ("经费保障", ("经费保障",)),
    ("制度保障", ("制度保障",)),
    ("人员保障", ("人员保障",)),
    ("硬件条件保障", ("硬件条件保障",)),
    ("其他", ("其他",)),
    ("explanation", ("原因说明",)),
    ("certain", ("确定能",)),
    ("possible", ("有可能",)),
    ("impossible", ("完全不可能",)),
    ("possibility", ("完成目标可能性", "完成可能性")),
    ("remark", ("备注",)),
)
GROUPS: Final = ("偏差原因分析", "偏差原因")
"""Headings above several columns; alone they name none."""


@dataclass
class FormGrid:
    """One form's cells by what they are."""

    first_line: int
    year: str = ""
    months: tuple[int, int] = (1, 6)
    unit: str = "万元"
    """Unit of the money block."""
    labels: dict[str, str] = field(default_factory=dict)
    """项目名称, 项目代码 … → what stands behind them."""
    funding: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Line and cells by field, `label` among them."""
    indicators: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    filled_on: str = ""


def grids(rows: Iterator[RawRow]) -> Iterator[FormGrid]:
    """Find the forms on a sheet, below each other if there are several."""
    current: list[RawRow] = []
    for row in rows:
        if any(TITLE.search(word_of(cell)) for cell in row.cells if cell):
            if current:
                yield _grid(current)
            current = []
            current.append(row)
        elif current and len(current) < FORM_ROWS_MAX:
            current.append(row)
    if current:
        yield _grid(current)


def _grid(rows: Sequence[RawRow]) -> FormGrid:
    found = FormGrid(rows[0].line)
    words = [[word_of(cell) for cell in row.cells] for row in rows]
    money = next((n for n, row in enumerate(words) if _has(row, "年初预算数", "执行数")), None)
    heads = next((n for n, row in enumerate(words) if _has(row, "三级指标", "一级指标")), None)
    _about(found, rows, words, money if money is not None else len(rows))
    if money is not None:
        _money(found, rows, words, money, heads if heads is not None else len(rows))
    if heads is not None:
        _indicators(found, rows, words, heads)
    _goal(found, rows, words)
    _footer(found, words)
    return found


def _has(row: Sequence[str], *words: str) -> bool:
    return all(any(word in cell for cell in row) for word in words)


def _about(
    found: FormGrid, rows: Sequence[RawRow], words: Sequence[Sequence[str]], end: int
) -> None:
    """Read what stands above the money block: labels with their values, year, unit."""
    for row, plain in zip(rows[:end], words[:end], strict=True):
        for place, word in enumerate(plain):
            if not word:
                continue
            if not found.year and (year := _YEAR.search(word)):
                found.year = next(filter(None, year.groups()))
            found.unit = unit_stated(word) or found.unit
            name = word.strip("():")
            if name in {
                "项目名称",
                "项目代码",
                "项目编码",
                "主管部门及代码",
                "主管部门",
                "实施单位",
            }:
                value = _behind(row, plain, place)
                found.labels.setdefault("项目代码" if name == "项目编码" else name, value)


def _behind(row: RawRow, plain: Sequence[str], place: int) -> str:
    """Return the next cell that is not the label once more (merged) and no other label."""
    for column in range(place + 1, len(plain)):
        if plain[column] and plain[column] != plain[place]:
            is_label = plain[column].strip("():") in {"项目代码", "项目编码", "实施单位"}
            return "" if is_label else row.cells[column]
    return ""


def _roles(
    heads: Sequence[Sequence[str]], known: Sequence[tuple[str, tuple[str, ...]]]
) -> dict[int, str]:
    """Say what each column is, by the lowest of its headings that says it."""
    roles: dict[int, str] = {}
    width = max(len(row) for row in heads)
    for column in range(width):
        for row in reversed(heads):
            word = row[column] if column < len(row) else ""
            role = next((r for r, texts in known if any(text in word for text in texts)), None)
            if role is not None and role not in roles.values():
                roles[column] = role
                break
    return roles


def _money(
    found: FormGrid,
    rows: Sequence[RawRow],
    words: Sequence[Sequence[str]],
    head: int,
    end: int,
) -> None:
    roles = _roles([words[head]], _MONEY)
    period = next((m for word in words[head] if (m := _PERIOD.search(word))), None)
    if period is not None:
        found.months = (int(period[1]), int(period[2]))
    stated = next((m for word in words[head] if (m := _UNIT.search(word))), None)
    found.unit = stated[1] if stated else found.unit
    first = min(roles, default=0)
    for row, plain in zip(rows[head + 1 : end], words[head + 1 : end], strict=True):
        if any(word.startswith(("年度总体目标", "总体目标", "绩效指标")) for word in plain):
            return
        before = (plain[column] for column in range(min(first, len(plain)) - 1, -1, -1))
        label = next((word for word in before if word and "项目资金" not in word), "")
        cells = {
            role: row.cells[column]
            for column, role in roles.items()
            if column < len(row.cells) and row.cells[column]
        }
        if label and cells:
            found.funding.append((row.line, {"label": label.rstrip(":"), **cells}))


def _indicators(
    found: FormGrid, rows: Sequence[RawRow], words: Sequence[Sequence[str]], head: int
) -> None:
    start = head + 1
    heads = [[_column_word(word) for word in words[head]]]
    below = words[start] if start < len(words) else []
    if _has(below, "经费保障") or _has(below, "确定能"):
        heads.append(list(below))
        start += 1
    roles = _roles(heads, _INDICATOR)
    above: dict[str, str] = {}
    for row, plain in zip(rows[start:], words[start:], strict=True):
        if any(word.startswith(_END) for word in plain[:2]):
            return
        cells = {
            role: row.cells[column]
            for column, role in roles.items()
            if column < len(row.cells) and row.cells[column]
        }
        for level in ("level_1", "level_2"):
            if level in cells:
                if level == "level_1" and cells[level] != above.get(level):
                    above.pop("level_2", None)
                above[level] = cells[level]
        # One cell over the whole row is a remark, no indicator.
        if "name" in cells and cells["name"] != cells.get("level_1"):
            found.indicators.append((row.line, {**above, **cells}))


def _column_word(word: str) -> str:
    return "" if word in GROUPS else word


def _goal(found: FormGrid, rows: Sequence[RawRow], words: Sequence[Sequence[str]]) -> None:
    for row, plain in zip(rows, words, strict=True):
        if plain and plain[0].startswith(("年度总体目标", "总体目标")):
            found.labels["年度总体目标"] = _behind(row, plain, 0)
            return


def _footer(found: FormGrid, words: Sequence[Sequence[str]]) -> None:
    for plain in words:
        for place, word in enumerate(plain):
            if "填报日期" in word or "填表日期" in word:
                after = " ".join(plain[place : place + 3])
                if day := _DATE.search(after):
                    found.filled_on = day[0]
                    return
