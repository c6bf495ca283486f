"""Values of a draft as cells show them, and cells as values of a draft. Pure."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
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
from services.reporting.domain.writing import FEN_PER_WAN
from services.reporting.outputs.plain import printable
from services.reporting.outputs.sheet_cells import Cell, Holds, Look

TICK: Final = "√"
TICKS: Final = frozenset({TICK, "✓", "✔", "是", "1", "x", "X", "Y", "y"})
"""What people write for a tick."""
FEN_MAX: Final = 99_999_999_999_999_999
_AMOUNT: Final = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
_EXACT: Final = Context(prec=200)
"""Room for every amount that is looked at."""
_DECIMAL: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?", re.ASCII)
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_MOMENT: Final = re.compile(
    r"(?P<day>[^T ]+)[T ]+(?P<time>\d{1,2}:\d\d(:\d\d(\.\d{1,9})?)?)Z?", re.ASCII
)
"""A day with a time of it, as programs write one."""
EXCEL_DAY_ZERO: Final = dt.date(1899, 12, 30)
SECONDS_OF_A_DAY: Final = 86_400
_LIKE_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9,]{0,60}(\.[0-9]{0,60})?", re.ASCII)
_GROUPED: Final = re.compile(r"[-+]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?", re.ASCII)
PER_CENT: Final = frozenset({"%", "百分比"})
"""Units in which a result is written as per cent."""
_SERIAL: Final = re.compile(r"([1-9][0-9]{4})(\.[0-9]{1,30})?", re.ASCII)
"""A day's number; behind the point the time of it, as a part of a day."""


class Kind(StrEnum):
    """What a cell holds."""

    MONEY = "money"
    TEXT = "text"
    RESULT = "result"
    RESULT_OR_DAY = "result_or_day"
    """Result of an indicator whose target is no number: a day may be what it promises (14)."""
    AREA = "area"
    REASON_TYPE = "reason_type"
    POSSIBILITY = "possibility"
    DATE = "date"
    LOCKED = "locked"
    """Treasury money: read-only (domain-rules 20)."""
    LABELS = "labels"
    """What a row is of, by its words: were it elsewhere, its cells would be another row's."""


RESULTS: Final = frozenset({Kind.RESULT, Kind.RESULT_OR_DAY})
DAYS: Final = frozenset({Kind.DATE, Kind.RESULT_OR_DAY})
"""Cells in which a number that is shown as a day is that day."""


class Wrong(StrEnum):
    """Why a cell cannot be taken."""

    TICK = "no_tick"
    AMOUNT = "no_amount"
    PLACES = "too_many_decimals"
    LARGE = "too_large"
    NUMBER = "no_exact_number"
    CHOICE = "no_choice"
    NO_SUCH_DAY = "no_such_day"
    DAY = "no_day"
    TIME = "day_with_time"
    ERROR = "formula_error"
    NOT_RECKONED = "formula_without_value"
    BOOLEAN = "true_or_false"
    PERCENT = "shown_as_percent"
    DATE = "shown_as_date"


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
    Wrong.LARGE: (
        "an amount in 万元 is at most 99,999,999,999.999999; is it in yuan?",
        "金额过大(最多 99,999,999,999.999999 万元),请核对是否误以元为单位",
    ),
    Wrong.NUMBER: (
        "a number has at most eighteen digits, six decimals, and commas between thousands alone",
        "数值的整数部分最多十八位,小数最多六位,逗号仅用作千分位",
    ),
    Wrong.CHOICE: ("choose one of: {offered}", "请从列表中选择: {offered}"),
    Wrong.NO_SUCH_DAY: ("there is no such day", "日期不存在"),
    Wrong.DAY: ("a date is written 2026-06-30", "日期应写作 2026-06-30"),
    Wrong.TIME: (
        "it is a moment of a day: write the day alone, 2026-06-30, and leave the time out",
        "单元格含有时刻:请只填日期,写作 2026-06-30,去掉时分秒",
    ),
    Wrong.ERROR: ("the formula gives an error, no value", "公式结果为错误值,请改为具体内容"),
    Wrong.NOT_RECKONED: (
        "the formula has no value yet: open the workbook in Excel and save it, or write the value",
        "公式尚无计算结果,请用 Excel 打开并保存后再上传,或直接填写数值",
    ),
    Wrong.BOOLEAN: ("TRUE or FALSE says nothing here", "此处不能填 TRUE 或 FALSE"),
    Wrong.PERCENT: (
        "the number is shown as per cent, which this cell is not in: write it as it is meant",
        "单元格为百分比格式,而此项不以百分比计,请按实际单位填写",
    ),
    Wrong.DATE: (
        "the number is shown as a day: write a day as text, 2026-06-30, a number without a format",
        "单元格为日期格式:日期请以文本写作 2026-06-30,数值请取消日期格式",
    ),
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
    return plain_decimal(Decimal(fen) / FEN_PER_WAN)


def plain_decimal(number: Decimal) -> str:
    """Write a number without an exponent and without zeros that say nothing."""
    plain = f"{number:f}"
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
        case Kind.RESULT | Kind.RESULT_OR_DAY:
            found = printable(str(value.get("value_text", "")))
        case _:
            found = printable(str(value))
    return found


def odd(kind: Kind, cell: Cell) -> bool:
    """Whether a cell has to be looked at though its text is what went out."""
    if kind is Kind.LOCKED:
        return False
    if cell.holds in _NO_VALUE:
        return True
    if cell.look is Look.DATE:
        return kind not in DAYS
    return cell.look is Look.PERCENT and kind is not Kind.DATE


def value_of(kind: Kind, part: str, cell: Cell, words: Words) -> Any:
    """Read a cell that is not empty as a draft's value; CellFault says why it cannot be."""
    said = _as_shown(kind, part, cell)
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
        case Kind.RESULT_OR_DAY if cell.look is Look.DATE:
            found = _day(said)
            found = {"value_text": found, "value_date": found}
        case Kind.RESULT | Kind.RESULT_OR_DAY:
            found = _result(said, part.strip(), cell.holds)
        case _:
            found = printable(said).strip()
    return found


_NO_VALUE: Final[Mapping[Holds, Wrong]] = {
    Holds.ERROR: Wrong.ERROR,
    Holds.NOT_RECKONED: Wrong.NOT_RECKONED,
    Holds.BOOLEAN: Wrong.BOOLEAN,
}
"""Cells that hold no value that anybody could have meant."""


def _as_shown(kind: Kind, part: str, cell: Cell) -> str:
    """Read a cell as it is shown: 0.85 as 85%, a day only where one is asked for."""
    if cell.holds in _NO_VALUE:
        raise CellFault(_NO_VALUE[cell.holds])
    if cell.look is Look.DATE and kind not in DAYS:
        raise CellFault(Wrong.DATE)
    if cell.look is Look.PERCENT:
        if kind is not Kind.TEXT and not (kind in RESULTS and _in_per_cent(part)):
            raise CellFault(Wrong.PERCENT)
        return f"{_per_cent(cell.text)}%"
    return cell.text.strip()


def _in_per_cent(unit: str) -> bool:
    return unicodedata.normalize("NFKC", unit).strip() in PER_CENT


def _per_cent(text: str) -> str:
    # What a cell has for a number may be anything: 1E999999 would be a megabyte of zeros.
    if not _LIKE_NUMBER.fullmatch(text):
        raise CellFault(Wrong.NUMBER)
    return plain_decimal(_EXACT.scaleb(Decimal(_ungrouped(text, Wrong.NUMBER)), 2))


def _ticked(said: str, part: str) -> str:
    if said not in TICKS:
        raise CellFault(Wrong.TICK)
    return CauseArea(part).value


def _money(said: str) -> str:
    plain = _ungrouped(unicodedata.normalize("NFKC", said), Wrong.AMOUNT)
    if not _AMOUNT.fullmatch(plain):
        raise CellFault(Wrong.AMOUNT)
    fen = _EXACT.multiply(Decimal(plain), Decimal(FEN_PER_WAN))
    # A spreadsheet reckons in binary: what is off by less than a thousandth of a fen was meant.
    whole = fen.to_integral_value()
    if whole > FEN_MAX:
        raise CellFault(Wrong.LARGE)
    if abs(fen - whole) > Decimal("0.001"):
        raise CellFault(Wrong.PLACES)
    return fen_to_wire(int(whole))


def _chosen(said: str, words: Mapping[Any, str]) -> str:
    for value, word in words.items():
        if said in {word, str(value)}:
            return str(value)
    raise CellFault(Wrong.CHOICE, "、".join(words.values()))


def _day(said: str) -> str:
    """Read a day; what programs write as the first moment of one is that day."""
    serial = _SERIAL.fullmatch(said)
    if serial is not None:
        return (EXCEL_DAY_ZERO + dt.timedelta(days=_midnight(serial))).isoformat()
    moment = _MOMENT.fullmatch(said)
    found = _DAY.fullmatch(said if moment is None else moment["day"])
    if found is None:
        raise CellFault(Wrong.DAY)
    try:
        year, month, day = map(int, found.groups())
        read = dt.date(year, month, day).isoformat()
    except ValueError as error:
        raise CellFault(Wrong.NO_SUCH_DAY) from error
    if moment is not None and moment["time"].strip("0:."):
        raise CellFault(Wrong.TIME)
    return read


def _midnight(serial: re.Match[str]) -> int:
    """Give the number of a day at whose beginning a moment is, to the second; else a fault.

    A spreadsheet reckons in binary: midnight may be off by less than a second.
    """
    seconds = round(Decimal(f"0{serial[2] or '.0'}") * SECONDS_OF_A_DAY)
    if seconds % SECONDS_OF_A_DAY:
        raise CellFault(Wrong.TIME)
    return int(serial[1]) + seconds // SECONDS_OF_A_DAY


def _result(said: str, unit: str, holds: Holds) -> dict[str, Any]:
    """Read a result: a number (with or without its unit), a date, a grade, or words."""
    grades = {label: grade for grade, label in GRADE_LABELS.items()}
    found: dict[str, Any] = {"value_text": printable(said)}
    if said in grades:
        return {**found, "grade": Grade(grades[said]).value}
    if _DAY.fullmatch(said):
        return {**found, "value_date": _day(said)}
    number = _number(said, unit)
    if number is not None:
        return {**found, "value": number}
    if holds is Holds.NUMBER:
        raise CellFault(Wrong.NUMBER)
    return found


def _number(said: str, unit: str) -> str | None:
    """Read a number in its indicator's unit; null: it is words. No number is kept as mere words."""
    # Input methods for Chinese write full-width digits: they are the same numbers.
    plain, of = (unicodedata.normalize("NFKC", text) for text in (said, unit))
    bare = plain.removesuffix("%").strip()
    if of in PER_CENT:
        plain = bare
    elif of and bare != plain and _LIKE_NUMBER.fullmatch(bare):
        raise CellFault(Wrong.PERCENT)
    body = plain.removesuffix(of).strip()
    if not _LIKE_NUMBER.fullmatch(body):
        return None
    return _exact(_ungrouped(body, Wrong.NUMBER))


def _ungrouped(number: str, wrong: Wrong) -> str:
    """Drop the commas between thousands; one elsewhere may be meant as a point."""
    if "," in number and not _GROUPED.fullmatch(number):
        raise CellFault(wrong)
    return number.replace(",", "")


def _exact(number: str) -> str:
    if _DECIMAL.fullmatch(number):
        return number
    shortest = f"{Decimal(number).normalize(_EXACT):f}"
    if not _DECIMAL.fullmatch(shortest):
        raise CellFault(Wrong.NUMBER)
    return shortest
