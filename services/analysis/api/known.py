"""What was known then: a cut, or a moment by which entries were recorded, and states at it."""

import datetime as dt
from typing import Final

from contracts.record import format_cut, parse_cut
from services.analysis.api.problems import invalid, invalid_cut, not_reached_yet, too_many_entries
from services.analysis.domain import Jurisdiction, Organisation
from services.analysis.store.reading import (
    ENTRIES_MAX,
    Asked,
    Page,
    Reader,
    TooManyEntriesError,
)
from services.chassis.mongo import Progress

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


async def known_cut(
    reader: Reader, progress: Progress, text: str, name: str = "as_known_at"
) -> list[int]:
    """Read a cut or an RFC 3339 time as the cut that it means; problems point to `name`."""
    pointer = f"/{name}"
    positions = await progress.positions(progress.partitions)
    if ":" in text:
        return await reader.cut_at(_moment(text, name))
    try:
        cut = parse_cut(text)
    except ValueError as error:
        raise invalid_cut(pointer, str(error)) from error
    if len(cut) != len(positions):
        detail = f"the cut names {len(cut)} partitions, this deployment has {len(positions)}"
        raise invalid_cut(pointer, detail)
    if any(wanted > reached for wanted, reached in zip(cut, positions, strict=True)):
        raise not_reached_yet(text, format_cut(positions))
    return cut


def _read(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None


def is_day(text: str) -> bool:
    """Tell whether a text is a date; a cut of three partitions may look like one."""
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-06-30")


async def then(reader: Reader, asked: Asked, cut: list[int], after: str | None, limit: int) -> Page:
    """Return the next projects as they were known at a cut; 422 where one has too many entries."""
    try:
        return await reader.states_at(asked, cut, after, limit)
    except TooManyEntriesError as error:
        raise too_many_entries(ENTRIES_MAX) from error


async def copies_then(reader: Reader, code: str, cut: list[int]) -> list[Jurisdiction]:
    """Return a jurisdiction's copies as they were at a cut; 422 where there are too many facts."""
    try:
        return await reader.jurisdictions_at(code, cut)
    except TooManyEntriesError as error:
        raise too_many_entries(ENTRIES_MAX) from error


async def organisations_then(reader: Reader, code: str, cut: list[int]) -> dict[str, Organisation]:
    """Return a jurisdiction's organisations as they were known at a cut; 422 as above."""
    try:
        return await reader.organisations_at(code, cut)
    except TooManyEntriesError as error:
        raise too_many_entries(ENTRIES_MAX) from error


async def copy_then(
    reader: Reader, code: str, partition: int, cut: list[int]
) -> Jurisdiction | None:
    """Return a partition's copy of a jurisdiction as it was at a cut; None: it knew none."""
    try:
        return await reader.jurisdiction_at(code, partition, cut[partition])
    except TooManyEntriesError as error:
        raise too_many_entries(ENTRIES_MAX) from error


def _moment(text: str, name: str) -> int:
    """Return milliseconds since 1970 UTC."""
    moment = _read(text)
    if moment is None or moment.tzinfo is None:
        raise invalid(
            name,
            "is neither a cut nor a time with its offset",
            "既不是账本位置,也不是带时区的时间",
            "Write 12-40-7-0 or 2026-06-30T16:00:00+08:00 (in a URL the + is %2B).",
            "请写成 12-40-7-0 或 2026-06-30T16:00:00+08:00(URL 中 + 写作 %2B)。",
        )
    return max(0, (moment - EPOCH) // dt.timedelta(milliseconds=1))
