"""Who stands where: projects, units or departments in the order of one figure."""

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from enum import StrEnum
from operator import itemgetter
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from fastapi import APIRouter, Depends, Query

from contracts.vocabulary import wire_to_fen
from services.analysis.api.asking import Ask, AsKnownAt, asked_whole
from services.analysis.api.filters import Filtered
from services.analysis.api.ordering import Chosen, Order, Sort, value_of
from services.analysis.api.overview import head_of, kept_groups
from services.analysis.api.projects import InOrder
from services.analysis.api.rollup import GroupBy, grouped, totals
from services.analysis.api.rows import shown
from services.analysis.api.table import Table
from services.analysis.api.tables import Tables
from services.analysis.api.trees import settled
from services.analysis.store.rowstate import RowState
from services.analysis.store.tables import TableReader
from services.chassis.mongo import Progress

PAGE_DEFAULT: Final = 100
PAGE_MAX: Final = 500
RANKED_MAX: Final = 20_000


class RankBy(StrEnum):
    """Figures that rank."""

    EXECUTION = "execution_rate_bp"
    EXECUTION_ORIGINAL = "execution_rate_original_bp"
    RATIO = "ratio_bp"
    DEVIATION = "deviation_points_bp"
    EXPECTED_RATE = "expected_rate_bp"
    ATTAINMENT = "attainment_rate_bp"
    FORECAST_RATE = "forecast_rate_bp"
    BUDGET = "adjusted_budget"
    SPENT = "spent"
    DISBURSED = "disbursed"
    BALANCE = "balance"
    FINDINGS = "findings"
    LATE = "late_facts"


class Level(StrEnum):
    """Who is ranked."""

    DEPARTMENT = "department"
    UNIT = "unit"
    PROJECT = "project"


_MONEY: Final = frozenset({RankBy.BUDGET, RankBy.SPENT, RankBy.DISBURSED, RankBy.BALANCE})


def add_routes(router: APIRouter, reader: TableReader, progress: Progress, tables: Tables) -> None:
    """Add the route."""
    ask = asked_whole(reader, progress)

    @router.get("/ranking")
    async def ranking(
        find: Annotated[Ask, Depends(ask)],
        filters: Filtered,
        *,
        by: Annotated[RankBy, Query(description="The figure.")] = RankBy.EXECUTION,
        level: Annotated[Level, Query(description="Who is ranked.")] = Level.DEPARTMENT,
        order: InOrder = Order.DESCENDING,
        after: Annotated[int, Query(ge=0, le=RANKED_MAX, description="As `next` gave.")] = 0,
        limit: Annotated[
            int, Query(ge=1, le=PAGE_MAX, description="Most of a page.")
        ] = PAGE_DEFAULT,
        as_known_at: AsKnownAt = None,
    ) -> dict[str, Any]:
        """Rank by a figure: equals share a rank (1, 2, 2, 4); what has no value is not ranked.

        `ranked` says how many have a rank, `ties` how many share one's. Departments and units
        are ranked by the figures of their sums: units by their own lines.
        """
        whole = await find(as_known_at=as_known_at)
        chosen = await settled(reader, whole, filters)
        table = await tables.asked(whole, whole.known_at)
        rows = [row for row in table.seen_by(whole.asking) if chosen.matches(row)]
        if level is Level.PROJECT:
            value = value_of(Sort(by.value))
            ranked, count = placed([(value(row), row) for row in rows], order, after, limit)
            items = [_shown(one, by, _project(one.whose)) for one in ranked]
            total = len(rows)
        else:
            everything = len(rows) == len(table.rows) > 1 and chosen == Chosen()
            kept = table if everything else None
            groups = await _groups(kept, rows, level, chosen)
            known = [group for group in groups if group["key"] is not None]
            valued = [(_value(group, by), group) for group in known]
            ranked, count = placed(valued, order, after, limit)
            items = [_shown(one, by, one.whose) for one in ranked]
            total = len(known)
        return {
            **head_of(whole, table),
            "by": by,
            "level": level,
            "order": order,
            "items": items,
            "ranked": count,
            "unranked": total - count,
            "next": after + limit if after + limit < count else None,
        }


class Placed(NamedTuple):
    """Somebody who is ranked."""

    rank: int
    """From 1; equals share one."""
    ties: int
    """How many others share it."""
    whose: Any


def placed(
    valued: Sequence[tuple[int | None, Any]], order: Order, after: int, limit: int
) -> tuple[list[Placed], int]:
    """Put those that have a value in order; give some of them with their ranks, and how many."""
    sign = -1 if order is Order.DESCENDING else 1
    known = [(sign * value, whose) for value, whose in valued if value is not None]
    known.sort(key=itemgetter(0))
    found = []
    for value, whose in known[after : after + limit]:
        first = bisect_left(known, value, key=itemgetter(0))
        ties = bisect_right(known, value, key=itemgetter(0)) - first - 1
        found.append(Placed(first + 1, ties, whose))
    return found, len(known)


async def _groups(
    table: Table | None, rows: Sequence[RowState], level: Level, chosen: Chosen
) -> list[dict[str, Any]]:
    """Give the figures of departments or units; `table`: all of its rows, whose sums are kept."""
    by = GroupBy(level.value)
    if table is not None:
        kept = await kept_groups(table, rows, by)
        found = [msgspec.json.decode(group) for group in kept["groups"]]
    else:
        found = await asyncio.to_thread(_totals, rows, by, chosen)
    for group in found:
        group["name"] = None
        group["forecast_rate_bp"] = (group["forecast"] or {}).get("rate_bp")
    return found


def _totals(rows: Sequence[RowState], by: GroupBy, chosen: Chosen) -> list[dict[str, Any]]:
    return [{"key": group.key, **totals(group)} for group in grouped(rows, by, chosen)]


def _project(row: RowState) -> dict[str, Any]:
    return {"key": row.project, "name": row.name, "projects": 1, **shown(row)}


def _value(one: Mapping[str, Any], by: RankBy) -> int | None:
    value = one[by.value]
    if value is None:
        return None
    return wire_to_fen(value) if by in _MONEY else int(value)


def _shown(placed: Placed, by: RankBy, one: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("adjusted_budget", "spent", "execution_rate_bp", "attainment_rate_bp")
    return {
        "rank": placed.rank,
        "key": one["key"],
        "name": one["name"],
        "value": one[by.value],
        "projects": one["projects"],
        **{name: one[name] for name in kept},
        "ties": placed.ties,
    }
