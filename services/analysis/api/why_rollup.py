"""Why a sum is what it is: what each project adds to it, and the entries of each, exactly."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
from fastapi import APIRouter, Depends, Query

from contracts.record import format_cut
from contracts.vocabulary import ID_LENGTH_MAX, fen_to_wire
from services.analysis.api.asking import Ask, AskedWhole, AsKnownAt, asked_whole
from services.analysis.api.entries import as_known_in, read_entries
from services.analysis.api.filters import Filtered
from services.analysis.api.ordering import NONE, Chosen
from services.analysis.api.overview import head_of
from services.analysis.api.problems import foreign_token, invalid, unknown_figure
from services.analysis.api.rollup import GroupBy, grouped
from services.analysis.api.rows import fen_of
from services.analysis.api.table import Table
from services.analysis.api.tables import Tables
from services.analysis.api.trees import settled
from services.analysis.domain import FIGURES, Contribution, Jurisdiction, explain
from services.analysis.domain.why.explanation import ALIASES, EXPECTED, UnknownFigureError
from services.analysis.store.rowstate import NO_LINE, RowState
from services.analysis.store.tables import TableReader
from services.chassis.mongo import Progress
from services.chassis.problems import ProblemError
from services.chassis.segments import Segment

PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 500
ENTRIES_PAGE_DEFAULT: Final = 1_000
PROJECTS_MAX: Final = 200
"""Most projects whose entries are read for one page."""
TOKEN_LENGTH_MAX: Final = 1_000
UNCOMMITTED: Final = "uncommitted_balance"

SUMMED: Final = (*FIGURES, EXPECTED)
"""Figures of a roll-up that are sums over its projects."""

OfGroup = Annotated[GroupBy | None, Query(description="Of one group: with `key`.")]
Key = Annotated[
    str | None, Query(max_length=ID_LENGTH_MAX, description="The group's key; `none` for null.")
]
Themselves = Annotated[bool, Query(description="The entries themselves, project by project.")]
After = Annotated[str | None, Query(max_length=TOKEN_LENGTH_MAX, description="As `next` gave.")]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="Most of a page.")]


class Added(NamedTuple):
    """What a project adds, and on which of its lines (None: all of it)."""

    row: RowState
    amount: int
    lines: tuple[str, ...] | None


def add_routes(router: APIRouter, reader: TableReader, progress: Progress, tables: Tables) -> None:
    """Add the route."""
    ask = asked_whole(reader, progress)

    @router.get("/why/{figure}")
    async def why(  # noqa: PLR0913 - one parameter for each of the query's
        find: Annotated[Ask, Depends(ask)],
        filters: Filtered,
        figure: Segment,
        *,
        group_by: OfGroup = None,
        key: Key = None,
        entries: Themselves = False,
        after: After = None,
        limit: Limit = PAGE_DEFAULT,
        as_known_at: AsKnownAt = None,
    ) -> dict[str, Any]:
        """Give what each project adds to a figure of the overview with the same filters.

        The amounts sum to `value` exactly, and each project's `why` lists the entries that sum
        to its amount. With `entries` they come themselves, at the cut that the answer names.
        """
        whole = await find(as_known_at=as_known_at)
        name = ALIASES.get(figure, figure)
        if name not in SUMMED:
            raise unknown_figure(figure, SUMMED)
        chosen = await settled(reader, whole, filters)
        table = await tables.asked(whole, whole.known_at)
        rows = [row for row in table.seen_by(whole.asking) if chosen.matches(row)]
        added = list(_added(name, rows, chosen, group_by, key))
        if name == UNCOMMITTED and any(one.lines is not None for one in added):
            raise _pooled()
        answer = {
            **head_of(whole, table),
            "figure": figure,
            "value": fen_to_wire(sum(one.amount for one in added)),
            "sum": fen_to_wire(sum(one.amount for one in added)),
            "projects": len(added),
        }
        if entries:
            return answer | await Entries(reader, whole, table, name).page(added, after, limit)
        return answer | _page(added, after, limit, lambda one: _item(one, name, whole, table))


def _page(
    added: Sequence[Added], after: str | None, limit: int, item: Callable[[Added], dict[str, Any]]
) -> dict[str, Any]:
    left = [one for one in added if after is None or one.row.project > after]
    page = left[:limit]
    more = len(left) > limit
    return {"items": [item(one) for one in page], "next": page[-1].row.project if more else None}


def _pooled() -> ProblemError:
    return invalid(
        "figure",
        "what is not committed is pooled by project, no sum of lines",
        "未承诺余额按项目合并计算,不是各资金线之和",
        "Ask without a filter or group by unit, account or function.",
        "请去掉按单位、账户或功能分类的筛选与分组。",
    )


def _added(
    figure: str, rows: Sequence[RowState], chosen: Chosen, by: GroupBy | None, key: str | None
) -> Iterator[Added]:
    """Yield what each project adds, by id; those that add nothing are left out."""
    for row in rows:
        lines = _lines_of(row, chosen, by, key)
        if lines is None:
            amount = _of_row(row, figure)
        else:
            amount = sum(_of_line(row, line, figure) for line in lines)
        if amount or lines:
            yield Added(row, amount, lines)


def _lines_of(
    row: RowState, chosen: Chosen, by: GroupBy | None, key: str | None
) -> tuple[str, ...] | None:
    """Name the lines that count; None: all of the project, as one."""
    if by is None and not chosen.by_line:
        return None
    if by is None:
        return tuple(line.line for line in row.lines if chosen.takes(line))
    wanted = None if key is None or key == NONE else key
    for group in grouped([row], by, chosen):
        if group.key == wanted:
            if group.whole:
                return None
            money = {id(amounts[0]) for amounts in group.amounts}
            return tuple(line.line for line in row.lines if id(line.money) in money)
    return ()


def _of_row(row: RowState, figure: str) -> int:
    if figure == EXPECTED:
        return row.expected_spent or 0
    return fen_of(row.money, figure)


def _of_line(row: RowState, name: str, figure: str) -> int:
    line = next(line for line in row.lines if line.line == name)
    if figure == EXPECTED:
        return line.expected_spent or 0
    return fen_of(line.money, figure)


def _item(one: Added, figure: str, whole: AskedWhole, table: Table) -> dict[str, Any]:
    project = one.row.project
    asked = {
        "fiscal_year": whole.year,
        "as_of": whole.day.isoformat(),
        "as_known_at": format_cut(table.cut),
    }
    path = f"/v1/projects/{quote(project, safe='')}/why/{figure}"
    lines = one.lines
    links = [{}] if lines is None else [{"line": line} for line in lines]
    return {
        "project_id": project,
        "project_name": one.row.name,
        "amount": fen_to_wire(one.amount),
        "lines": None if lines is None else list(lines),
        "why": [f"{path}?{urlencode({**asked, **link})}" for link in links],
    }


class Entries:
    """The entries of many projects, one after the other."""

    def __init__(self, reader: TableReader, whole: AskedWhole, table: Table, figure: str) -> None:
        """Read nothing yet."""
        self._reader = reader
        self._whole = whole
        self._cut = table.cut
        self._figure = figure
        self._known: dict[int, Jurisdiction] = {}
        """The jurisdiction by partition, as each knows it."""

    async def page(self, added: Sequence[Added], after: str | None, limit: int) -> dict[str, Any]:
        """Return the entries that follow a token, and the token of those after them."""
        project, skip = _read(after)
        found: list[dict[str, Any]] = []
        looked = 0
        for one in added:
            if one.row.project < project:
                continue
            if len(found) >= limit or looked == PROJECTS_MAX:
                return {"entries": found, "next": f"0:{one.row.project}"}
            entries = await self._entries(one)
            first = skip if one.row.project == project else 0
            page = entries[first : first + limit - len(found)]
            found += [{"project_id": one.row.project, **msgspec.to_builtins(each)} for each in page]
            if first + len(page) < len(entries):
                return {"entries": found, "next": f"{first + len(page)}:{one.row.project}"}
            looked += 1
        return {"entries": found, "next": None}

    async def _entries(self, one: Added) -> list[Contribution]:
        kept = await read_entries(self._reader, one.row.project, self._cut)
        known = self._known.get(kept.partition)
        if known is None:
            known = await as_known_in(self._reader, self._whole, kept.partition)
            self._known[kept.partition] = known
        return await asyncio.to_thread(self._explained, known, kept.items, one)

    def _explained(self, known: Jurisdiction, entries: Any, one: Added) -> list[Contribution]:
        if one.lines is None:
            return self._of(known, entries, None)
        lines = set(one.lines)
        if NO_LINE in lines:
            # Beside what names no line: lines that were never budgeted.
            budgeted = {line.line for line in one.row.lines}
            named = (getattr(entry.event.data, "line", None) for entry in entries)
            lines |= {line for line in named if line and line not in budgeted}
        found = [each for line in sorted(lines) for each in self._of(known, entries, line)]
        return sorted(found, key=lambda each: (each.date, each.sequence))

    def _of(self, known: Jurisdiction, entries: Any, line: str | None) -> list[Contribution]:
        whole = self._whole
        try:
            found = explain(known, entries, whole.year, self._figure, whole.day, line)
        except UnknownFigureError:
            return []
        return found.entries


def _read(token: str | None) -> tuple[str, int]:
    if token is None:
        return "", 0
    skip, colon, project = token.partition(":")
    if not colon or not skip.isascii() or not skip.isdigit():
        raise foreign_token()
    return project, int(skip)
