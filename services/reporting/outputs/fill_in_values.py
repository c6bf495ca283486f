"""Values of a draft as cells show them, and cells as values of a draft. Pure."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from contracts.vocabulary import (
    CauseArea,
    Grade,
    Possibility,
    ReasonType,
    fen_to_wire,
    wire_to_fen,
)
from services.reporting.domain.form import GRADE_LABELS
from services.reporting.outputs.plain import printable

FEN_PER_WAN: Final = 1_000_000
TICK: Final = "√"
TICKS: Final = frozenset({TICK, "✓", "✔", "是", "1", "x", "X", "Y", "y"})
"""What people write for a tick."""
FEN_MAX: Final = 99_999_999_999_999_999
_AMOUNT: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
_DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?", re.ASCII)
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
EXCEL_DAY_ZERO: Final = dt.date(1899, 12, 30)
_SERIAL: Final = re.compile(r"[1-9][0-9]{4}", re.ASCII)


class Kind(StrEnum):
    """What a cell holds."""

    MONEY = "money"
    TEXT = "text"
    RESULT = "result"
    AREA = "area"
    REASON_TYPE = "reason_type"
    POSSIBILITY = "possibility"
    DATE = "date"
    LOCKED = "locked"
    """Treasury money: read-only (domain-rules 20)."""


class Wrong(StrEnum):
    """Why a cell cannot be taken."""

    TICK = "no_tick"
    AMOUNT = "no_amount"
    PLACES = "too_many_decimals"
    CHOICE = "no_choice"
    NO_SUCH_DAY = "no_such_day"
    DAY = "no_day"


WORDS: Final[Mapping[Wrong, tuple[str, str]]] = {
    Wrong.TICK: ("tick with √, or leave it empty", "请选择 √ 或留空"),
    Wrong.AMOUNT: (
        "an amount in 万元 is a number of at most six decimals, not below zero",
        "金额应为不小于零的数字(万元,最多六位小数)",
    ),
    Wrong.PLACES: (
        "an amount in 万元 has at most six decimals (0.01 yuan)",
        "金额最多六位小数(精确到分)",
    ),
    Wrong.CHOICE: ("choose one of: {offered}", "请从列表中选择: {offered}"),
    Wrong.NO_SUCH_DAY: ("there is no such day", "日期不存在"),
    Wrong.DAY: ("a date is written 2026-06-30", "日期应写作 2026-06-30"),
}


class CellFault(Exception):  # noqa: N818 - not an error of ours: what somebody typed
    """A cell cannot be taken, in two languages."""

    def __init__(self, wrong: Wrong, offered: str = "") -> None:
        """Say why; `offered` is what could be chosen."""
        super().__init__(wrong)
        self.code = wrong.value
        self.text, self.text_zh = (text.format(offered=offered) for text in WORDS[wrong])


@dataclass(frozen=True, slots=True)
class Words:
    """Words of the closed lists, as the template has them."""

    reason_types: Mapping[ReasonType, str]
    possibilities: Mapping[Possibility, str]

    def choices(self, kind: Kind) -> tuple[str, ...]:
        """Give what a drop-down of this kind offers; nothing: it is no list."""
        if kind is Kind.AREA:
            return (TICK,)
        if kind is Kind.REASON_TYPE:
            return tuple(self.reason_types.values())
        if kind is Kind.POSSIBILITY:
            return tuple(self.possibilities.values())
        return ()


def wan_text(fen: int) -> str:
    """Write fen as exact 万元, without zeros that say nothing: 45760018 → 45.760018."""
    plain = f"{Decimal(fen) / FEN_PER_WAN:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def text_of(kind: Kind, part: str, value: Any, words: Words) -> str:
    """Write a draft's value as its cell shows it; nothing for none."""
    if value is None:
        return ""
    match kind:
        case Kind.MONEY:
            found = wan_text(wire_to_fen(str(value)))
        case Kind.AREA:
            found = TICK if part in value else ""
        case Kind.REASON_TYPE:
            found = words.reason_types[ReasonType(value)]
        case Kind.POSSIBILITY:
            found = words.possibilities[Possibility(value)]
        case Kind.RESULT:
            found = printable(str(value.get("value_text", "")))
        case _:
            found = printable(str(value))
    return found


def value_of(kind: Kind, part: str, text: str, words: Words) -> Any:
    """Read a cell that is not empty as a draft's value; CellFault says why it cannot be."""
    said = text.strip()
    found: Any
    match kind:
        case Kind.MONEY:
            found = _money(said)
        case Kind.AREA:
            found = _ticked(said, part)
        case Kind.REASON_TYPE:
            found = _chosen(said, words.reason_types)
        case Kind.POSSIBILITY:
            found = _chosen(said, words.possibilities)
        case Kind.DATE:
            found = _day(said)
        case Kind.RESULT:
            found = _result(said, part)
        case _:
            found = printable(text).strip()
    return found


def _ticked(said: str, part: str) -> str:
    if said not in TICKS:
        raise CellFault(Wrong.TICK)
    return CauseArea(part).value


def _money(said: str) -> str:
    plain = said.replace(",", "").replace("，", "")
    if not _AMOUNT.fullmatch(plain):
        raise CellFault(Wrong.AMOUNT)
    fen = Decimal(plain) * FEN_PER_WAN
    # A spreadsheet reckons in binary: what is off by less than a thousandth of a fen was meant.
    whole = fen.to_integral_value()
    if abs(fen - whole) > Decimal("0.001") or whole > FEN_MAX:
        raise CellFault(Wrong.PLACES)
    return fen_to_wire(int(whole))


def _chosen(said: str, words: Mapping[Any, str]) -> str:
    for value, word in words.items():
        if said in {word, str(value)}:
            return str(value)
    raise CellFault(Wrong.CHOICE, "、".join(words.values()))


def _day(said: str) -> str:
    found = _DAY.fullmatch(said)
    try:
        if found is not None:
            year, month, day = map(int, found.groups())
            return dt.date(year, month, day).isoformat()
        if _SERIAL.fullmatch(said):
            return (EXCEL_DAY_ZERO + dt.timedelta(days=int(said))).isoformat()
    except ValueError as error:
        raise CellFault(Wrong.NO_SUCH_DAY) from error
    raise CellFault(Wrong.DAY)


def _result(said: str, unit: str) -> dict[str, Any]:
    """Read a result: a number (with or without its unit), a date, a grade, or words."""
    grades = {label: grade for grade, label in GRADE_LABELS.items()}
    found: dict[str, Any] = {"value_text": printable(said)}
    if said in grades:
        return {**found, "grade": Grade(grades[said]).value}
    number = said.removesuffix(unit).strip() if unit else said
    number = number.replace(",", "")
    if _DECIMAL.fullmatch(number):
        return {**found, "value": number}
    if _DAY.fullmatch(said):
        return {**found, "value_date": _day(said)}
    return found
