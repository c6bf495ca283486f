"""Reading cells: numbers, amounts, dates, codes, as people in finance offices write them.

Exact or not at all: what is more precise than a fen, ambiguous (3/5/2026) or damaged by a
spreadsheet (1.00E+20) is a fault of the row, never a guess.
"""

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Any, Final

from contracts.vocabulary import (
    CODE_LENGTH_MAX,
    NAME_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    YUAN_DIGITS_MAX,
    fen_to_wire,
)
from services.intake.files.names import UNIT_FEN
from services.intake.files.outcomes import CellFaultError, Fault
from services.intake.files.plain import NO_VALUE, NUMBER_CHARS_MAX, wide
from services.intake.files.transform_days import date_reader, read_day, read_month, read_year
from services.intake.files.transform_names import digits_kept
from services.intake.files.values import one_line, plain_text

CODE_CHARS_MAX: Final = 260
PLACES_MAX: Final = 6
INTEGER_DIGITS_MAX: Final = 18
NUMBERS_CACHED: Final = 1_024

_NUMBER: Final = re.compile(
    r"([+-]?)((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII
)
# 1 234.50 is one number, 12 34 is two.
_PARTED: Final = re.compile(r"\d\s+(?!\d{3}(?!\d))\d")
_UNITED: Final = re.compile(r"(.*?)(人民币元|元整|元|千元|万元|亿元|万|亿)")
_CELL_UNITS: Final = {**UNIT_FEN, "元整": 100, "万": UNIT_FEN["万元"], "亿": UNIT_FEN["亿元"]}
_SCIENTIFIC: Final = re.compile(r"[0-9](?:\.[0-9]+)?[eE][+]?[0-9]{1,3}")
_ERRORS: Final = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|UNCALCULATED!|#+)")
_INTEGER: Final = re.compile(r"([+-]?[0-9]{1,18})(?:\.0+)?", re.ASCII)
_EXACT: Final = Context(prec=2 * NUMBER_CHARS_MAX)

# Also names of other peoples, parted by a dot: 阿依古丽·买买提.
_PERSON: Final = re.compile(
    "[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,10}(?:[·•・.][\u4e00-\u9fff]{1,10})+"
)
_ORGANISATIONS: Final = (
    *("公司", "中心", "集团", "厂", "店", "局", "校", "院", "所", "站", "部", "处", "社", "队"),
    *("会", "馆", "园", "行", "委", "办", "村", "乡", "镇", "街道", "县", "区", "市", "库", "户"),
)
"""What names of organisations end in."""
_BOOLEANS: Final = {
    **dict.fromkeys(("是", "有", "√", "✓", "y", "yes", "true", "1", "t"), True),
    **dict.fromkeys(("否", "无", "×", "✗", "n", "no", "false", "0", "f"), False),
}

Read = Callable[[str], Any]
"""Reads a cell that is not empty; None where nothing is meant."""


def _fault(code: Fault, english: str, chinese: str) -> CellFaultError:
    return CellFaultError(code, english, chinese)


def is_error(text: str) -> bool:
    """Whether a cell holds a spreadsheet's error."""
    return text[:1] == "#" and _ERRORS.fullmatch(text) is not None


def read_decimal(text: str) -> tuple[Decimal, int | None] | None:
    """Read a number and the unit behind it in fen; None where nothing is meant."""
    # A rule's condition and its amount read the same cell.
    return _read_decimal(text[: NUMBER_CHARS_MAX + 1])


@lru_cache(NUMBERS_CACHED)
def _read_decimal(text: str) -> tuple[Decimal, int | None] | None:
    plain = wide(text)
    if plain in NO_VALUE:
        return None
    if _PARTED.search(text):
        raise _no_number(text)
    plain = plain.lstrip("¥$").removeprefix("RMB").removeprefix("CNY")
    unit: int | None = None
    if plain and not plain[-1].isascii() and (found := _UNITED.fullmatch(plain)):
        plain, unit = found[1], _CELL_UNITS[found[2]]
    negative = plain[:1] == "(" and plain[-1:] == ")"
    if negative:
        plain = plain[1:-1]
    plain = plain.replace("−", "-").lstrip("¥")
    number = _NUMBER.fullmatch(plain)
    if number is None or len(text) > NUMBER_CHARS_MAX or (negative and number[1]):
        raise _no_number(plain)
    value = Decimal(number[0].replace(",", ""))
    return (-value if negative else value), unit


def _no_number(plain: str) -> CellFaultError:
    if _SCIENTIFIC.fullmatch(plain):
        return _fault(
            Fault.SCIENTIFIC_NOTATION,
            "written with an exponent: the spreadsheet has lost digits",
            "以科学计数法表示,电子表格已丢失位数",
        )
    if "," in plain:
        return _fault(
            Fault.NOT_A_NUMBER,
            "no number: separators must part groups of three digits, 1,234.50",
            "不是数字:千分位分隔符须每三位一组,如 1,234.50",
        )
    return _fault(Fault.NOT_A_NUMBER, "no number", "不是数字")


def amount_fen(text: str, unit_fen: int) -> int | None:
    """Read an amount in fen, exactly; negative as -1.00 or (1.00)."""
    found = read_decimal(text)
    if found is None:
        return None
    value, stated = found
    fen = _EXACT.multiply(value, Decimal(stated or unit_fen))
    if fen != fen.to_integral_value(context=_EXACT):
        raise _fault(
            Fault.FINER_THAN_FEN,
            "more precise than a fen (0.01 yuan): round it in the source",
            "精度超过分(0.01元):请在来源系统中四舍五入",
        )
    whole = int(fen)
    if abs(whole) >= 10 ** (YUAN_DIGITS_MAX + 2):
        raise _fault(Fault.TOO_LARGE, "larger than any amount", "金额过大")
    return whole


def amount_reader(unit_fen: int, *, absolute: bool) -> Read:
    """Make a reader of amounts in a unit."""

    def read(text: str) -> str | None:
        fen = amount_fen(text, unit_fen)
        if fen is None:
            return None
        if fen < 0 and not absolute:
            raise _fault(
                Fault.NEGATIVE_AMOUNT,
                "negative: the mapping has no rule that makes this row a reversal",
                "负数金额:映射中没有把此类行作为冲销的规则",
            )
        return fen_to_wire(abs(fen))

    return read


def read_integer(text: str) -> int | None:
    """Read a whole number; separators are allowed."""
    found = read_decimal(text)
    if found is None:
        return None
    whole = _INTEGER.fullmatch(str(found[0]))
    if whole is None or found[1] is not None:
        raise _fault(Fault.NOT_AN_INTEGER, "no whole number", "不是整数")
    return int(whole[1])


def read_number(text: str) -> str | None:
    """Read an exact number that is not money (contracts: DecimalText); 95% is 95."""
    found = read_decimal(wide(text[: NUMBER_CHARS_MAX + 1]).removesuffix("%"))
    if found is None:
        return None
    value = found[0].normalize(_EXACT) if found[0] else Decimal(0)
    plain = format(value, "f")
    whole, _, places = plain.lstrip("-").partition(".")
    if found[1] is not None or len(whole) > INTEGER_DIGITS_MAX or len(places) > PLACES_MAX:
        raise _fault(
            Fault.NOT_A_NUMBER,
            f"no number of at most {PLACES_MAX} places",
            f"不是数字,或小数超过 {PLACES_MAX} 位",
        )
    return plain


def rate_reader(points: int) -> Read:
    """Make a reader of rates in basis points; without % a number counts as `points` of one."""

    def read(text: str) -> int | None:
        plain = wide(text[: NUMBER_CHARS_MAX + 1])
        found = read_decimal(plain.removesuffix("%"))
        if found is None:
            return None
        each = 100 if plain.endswith("%") else points
        scaled = _EXACT.multiply(found[0], Decimal(each))
        return int(scaled.quantize(Decimal(1), ROUND_HALF_UP, _EXACT))

    return read


def read_boolean(text: str) -> bool:
    """Read 是/否, 有/无, √/×, yes/no, true/false, 1/0."""
    found = _BOOLEANS.get(wide(text[:NUMBER_CHARS_MAX]).lower())
    if found is None:
        raise _fault(Fault.NOT_A_BOOLEAN, "neither yes nor no (是/否)", "须为 是 或 否")
    return found


def read_code(text: str) -> str | None:
    """Read a code or number that is a name: full-width written ordinary, no white space."""
    plain = wide(text[: CODE_CHARS_MAX + 1]).lstrip("'`")
    if _SCIENTIFIC.fullmatch(plain):
        raise _fault(
            Fault.SCIENTIFIC_NOTATION,
            "written with an exponent: the spreadsheet has lost digits of this code; "
            "export the column as text",
            "编码被表格软件转成科学计数法并丢失位数:请以文本格式导出该列",
        )
    if len(plain) > CODE_CHARS_MAX:
        raise _fault(Fault.TOO_LONG, "too long for a code", "编码过长")
    return plain or None


def _digits(kept: int | None) -> Read:
    def read(text: str) -> str | None:
        digits = "".join(sign for sign in wide(text[:NAME_LENGTH_MAX]) if sign in "0123456789")
        if kept is not None and len(digits) < kept:
            raise _fault(Fault.TOO_FEW_DIGITS, f"fewer than {kept} digits", f"不足 {kept} 位数字")
        return digits[: kept or CODE_LENGTH_MAX] or None

    return read


def read_text(text: str) -> str | None:
    """Keep a text's words and lines as they are."""
    return text if _is_plain(text, TEXT_LENGTH_MAX) else plain_text(text) or None


def read_name(text: str) -> str | None:
    """Keep a name on one line."""
    return text if _is_plain(text, NAME_LENGTH_MAX) else one_line(text) or None


def _is_plain(text: str, length_max: int) -> bool:
    # Most cells: nothing to clean. Spaces but the ordinary one are not printable.
    return text.isprintable() and " " not in text and 0 < len(text) <= length_max


def read_person(text: str) -> bool:
    """Guess whether a name is a person's: two to four characters that name no organisation."""
    plain = wide(text[:NAME_LENGTH_MAX])
    return _PERSON.fullmatch(plain) is not None and not plain.endswith(_ORGANISATIONS)


_PLAIN: Final[dict[str, Read]] = {
    "text": read_text,
    "name": read_name,
    "code": read_code,
    "year": read_year,
    "month": read_month,
    "integer": read_integer,
    "decimal": read_number,
    "rate": rate_reader(100),
    "fraction": rate_reader(10_000),
    "boolean": read_boolean,
    "person": read_person,
    "digits": _digits(None),
}


def reader(transform: str, *, unit_fen: int, date_1904: bool) -> Read:
    """Return the reader of a transform for a column in a unit, of a workbook's calendar."""
    if transform in {"amount", "absolute_amount"}:
        return amount_reader(unit_fen, absolute=transform == "absolute_amount")
    if transform == "date":
        return date_reader(date_1904=date_1904)
    kept = digits_kept(transform)
    return _PLAIN[transform] if kept is None else _digits(kept)


__all__ = [
    "Read",
    "amount_fen",
    "is_error",
    "read_day",
    "read_decimal",
    "read_month",
    "read_year",
    "reader",
    "wide",
]
