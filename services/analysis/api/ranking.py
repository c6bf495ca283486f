"""Who stands where: projects, units or departments in the order of one figure."""

import asyncio
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query

from contracts.vocabulary import wire_to_fen
from services.analysis.api.asking import Ask, AsKnownAt, asked_whole
from services.analysis.api.filters import Filtered
from services.analysis.api.ordering import Chosen, Order
from services.analysis.api.overview import head_of
from services.analysis.api.projects import InOrder
from services.analysis.api.rollup import GroupBy, grouped, totals
from services.analysis.api.rows import shown
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
        whole = await find()
        chosen = await settled(reader, whole, filters)
        table = await tables.asked(whole, as_known_at)
        rows = [row for row in table.seen_by(whole.asking) if chosen.matches(row)]
        found = await asyncio.to_thread(_figures, rows, level, chosen)
        ranked, total = placed(found, by, order)
        page = ranked[after : after + limit]
        return {
            **head_of(whole, table),
            "by": by,
            "level": level,
            "order": order,
            "items": page,
            "ranked": len(ranked),
            "unranked": total - len(ranked),
            "next": after + limit if after + limit < len(ranked) else None,
        }


def _figures(rows: Sequence[RowState], level: Level, chosen: Chosen) -> list[dict[str, Any]]:
    if level is Level.PROJECT:
        return [{"key": row.project, "name": row.name, "projects": 1, **shown(row)} for row in rows]
    found = []
    for group in grouped(rows, GroupBy(level.value), chosen):
        figures = totals(group)
        foreseen = figures["forecast"] or {}
        figures["forecast_rate_bp"] = foreseen.get("rate_bp")
        found.append({"key": group.key, "name": None, **figures})
    return found


def placed(
    figures: Sequence[Mapping[str, Any]], by: RankBy, order: Order
) -> tuple[list[dict[str, Any]], int]:
    """Put figures in order and give each its rank and how many share it."""
    known = [one for one in figures if one["key"] is not None]
    valued = [(_value(one, by), one) for one in known if one.get(by.value) is not None]
    valued.sort(key=lambda each: each[0], reverse=order is Order.DESCENDING)
    found: list[dict[str, Any]] = []
    first = 0
    for place, (value, one) in enumerate(valued):
        if place and value != valued[first][0]:
            first = place
        found.append({"rank": first + 1, **_shown(one, by)})
    counts: dict[int, int] = {}
    for each in found:
        counts[each["rank"]] = counts.get(each["rank"], 0) + 1
    for each in found:
        each["ties"] = counts[each["rank"]] - 1
    return found, len(known)


def _value(one: Mapping[str, Any], by: RankBy) -> int:
    value = one[by.value]
    return wire_to_fen(value) if by in _MONEY else int(value)


def _shown(one: Mapping[str, Any], by: RankBy) -> dict[str, Any]:
    kept = ("adjusted_budget", "spent", "execution_rate_bp", "attainment_rate_bp")
    return {
        "key": one["key"],
        "name": one["name"],
        "value": one[by.value],
        "projects": one["projects"],
        **{name: one[name] for name in kept},
    }
