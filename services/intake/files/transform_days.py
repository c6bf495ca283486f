"""Reading days, months and years as people write them; nothing that could be several is guessed."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from services.intake.files.excel_values import day_of_serial
from services.intake.files.outcomes import CellFaultError, Fault
from services.intake.files.plain import NO_VALUE, NUMBER_CHARS_MAX, wide

DAYS_CACHED: Final = 4_096
"""Cells kept at hand: a year has 365 days."""
_DATE: Final = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日?"
    r"|([0-9]{2})([0-9]{2})(?:[0-9]{6}(?:[0-9]{3})?)?)"
    r"(?:[ T]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?Z?)?",
    re.ASCII,
)
_SERIAL: Final = re.compile(r"([1-9][0-9]{4})(?:\.[0-9]+)?", re.ASCII)
_YEAR: Final = re.compile(r"((?:19|20|21)[0-9]{2})(?:年度?|财年)?", re.ASCII)
_MONTH: Final = re.compile(r"(?:[0-9]{4}[-/.年]?)?(0?[1-9]|1[0-2])月?(?:份)?", re.ASCII)


def date_reader(*, date_1904: bool) -> Callable[[str], str | None]:
    """Make a reader of dates; bare serial days count from 1900."""

    @lru_cache(DAYS_CACHED)
    def read(text: str) -> str | None:
        day = read_day(text, date_1904=date_1904)
        return None if day is None else day.isoformat()

    return read


def read_day(text: str, *, date_1904: bool = False) -> dt.date | None:
    """Read 2026-3-5, 2026/3/5, 2026.3.5, 2026年3月5日, 20260305[hhmmss[SSS]] or a serial day."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    plain = plain.strip()[: NUMBER_CHARS_MAX + 1]
    if plain in NO_VALUE:
        return None
    found = _DATE.fullmatch(plain) or _DATE.fullmatch(wide(plain))
    if found is None:
        # A bare number in a workbook that counts from 1904 may come from one that does not.
        serial = None if date_1904 else _SERIAL.fullmatch(plain)
        day = day_of_serial(int(serial[1])) if serial else None
        if day is None:
            raise CellFaultError(
                Fault.NOT_A_DATE,
                "no date: write 2026-03-05, 2026/3/5, 2026年3月5日 or 20260305",
                "不是日期:请写成 2026-03-05、2026/3/5、2026年3月5日 或 20260305",
            )
        return day
    month = int(found[3] or found[5] or found[7])
    try:
        return dt.date(int(found[1]), month, int(found[4] or found[6] or found[8]))
    except ValueError as error:
        raise CellFaultError(Fault.NO_SUCH_DAY, "there is no such day", "没有这一天") from error


def read_year(text: str) -> int | None:
    """Read 2026, 2026年, 2026年度, or the year of a date."""
    plain = wide(text[: NUMBER_CHARS_MAX + 1])
    if plain in NO_VALUE:
        return None
    found = _YEAR.fullmatch(plain)
    if found:
        return int(found[1])
    try:
        day = read_day(text) if not _SERIAL.fullmatch(plain) else None
    except CellFaultError:
        day = None
    if day is None:
        raise CellFaultError(Fault.NOT_A_YEAR, "no year: write 2026", "不是年度:请写成 2026")
    return day.year


def read_month(text: str) -> int | None:
    """Read 3, 03, 3月, 202603 or 2026-03."""
    plain = wide(text[: NUMBER_CHARS_MAX + 1])
    if plain in NO_VALUE:
        return None
    found = _MONTH.fullmatch(plain)
    if found is None:
        raise CellFaultError(Fault.NOT_A_MONTH, "no month from 1 to 12", "不是 1 到 12 的月份")
    return int(found[1])
