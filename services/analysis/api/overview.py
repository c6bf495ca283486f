"""A jurisdiction as a whole: totals of all projects, by group, and each as a point (Art. 2)."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from contracts.record import format_cut
from services.analysis.api.answers import written
from services.analysis.api.asking import Ask, AskedWhole, AsKnownAt, asked_whole
from services.analysis.api.filters import Filtered
from services.analysis.api.groups import Groups
from services.analysis.api.ordering import LIGHTS, NO_LIGHT, Chosen
from services.analysis.api.rollup import GroupBy, everything, figures, grouped, totals
from services.analysis.api.table import Table
from services.analysis.api.tables import Tables
from services.analysis.api.trees import settled, tree, way_to
from services.analysis.store.rowstate import RowState
from services.analysis.store.tables import TableReader
from services.chassis.mongo import Progress

POINTS_MAX: Final = 2_000
"""Most projects given as points, the worst lights first; the totals count all."""
CELLS_FROM: Final = 400
"""More projects with both rates are given as cells where these are asked for."""
CELL_BP: Final = 500
"""Width and height of a cell, basis points."""
CELL_TOP_BP: Final = 15_000
"""What is above stands in the last cell."""
GROUPS_MAX: Final = 2_000
"""Most groups given; `groups_total` counts all."""
AT_ONCE_MAX: Final = 500
"""Projects added up at once, some milliseconds; more are added up in a thread beside the folding,
which for few takes longer to get its turn than the sum does."""

By = Annotated[
    GroupBy | None,
    Query(
        description="Figures of each group too: by unit, account, function and line go by the "
        "line's own, what names no line stands under the lead unit, or null."
    ),
]
Cells = Annotated[
    bool,
    Query(
        description="Where more than 400 projects have both rates, give `cells` of 5 percentage "
        "points with how many stand in each by light, and no points."
    ),
]
Points = Annotated[bool, Query(description="Whether to give projects as points and departments.")]


def add_routes(router: APIRouter, reader: TableReader, progress: Progress, tables: Tables) -> None:
    """Add the routes."""
    ask = asked_whole(reader, progress)

    @router.get("/overview", response_model=None)
    async def overview(
        find: Annotated[Ask, Depends(ask)],
        filters: Filtered,
        *,
        group_by: By = None,
        points: Points = True,
        cells: Cells = False,
        as_known_at: AsKnownAt = None,
    ) -> Response:
        """Add up the projects that the list lists with the same filters, to the fen.

        Filters by unit, account and function count the money of matching lines alone, and the
        projects that have one. `departments` are all there are to see. Of sums there is no
        forecast interval, unless each project's is a point or there is one project. `way` names the
        organisation that a filter names, below those above it, by the tree of the day.
        """
        whole = await find(as_known_at=as_known_at)
        chosen = await settled(reader, whole, filters)
        table = await tables.asked(whole, whole.known_at)
        answer = head_of(whole, table)
        visible = table.seen_by(whole.asking)
        everything_seen = len(visible) == len(table.rows) > 1 and chosen == Chosen()
        if everything_seen:
            counts = Counter(table.sums.departments)
            rows, answer = visible, answer | figures(table.sums, whole=True)
        else:
            counts = Counter([row.department for row in visible])
            rows = [row for row in visible if chosen.matches(row)]
            answer |= await _added_up(rows, lambda: totals(everything(rows, chosen)))
        if points:
            answer |= {"departments": departments(counts), **plotted(rows, cells=cells)}
        if named := filters.subtree or chosen.unit or chosen.department:
            known = await tree(reader, whole.code, whole.day, whole.known_at)
            answer["way"] = way_to(known, whole.asking, named)
        if group_by is not None and everything_seen and group_by is not GroupBy.LINE:
            answer |= await kept_groups(table, rows, group_by)
        elif group_by is not None:
            answer |= await _added_up(rows, lambda: _groups(rows, group_by, chosen))
        return written(answer)


async def kept_groups(table: Table, rows: Sequence[RowState], by: GroupBy) -> dict[str, Any]:
    """Write the groups of all rows; those that have not changed are not added up again."""
    kept = table.groups.get(by)
    if kept is None or not kept.follow(rows):
        kept = table.groups[by] = await asyncio.to_thread(Groups.of, by, rows)
    groups = list(islice(kept.written(), GROUPS_MAX))
    return {"group_by": by, "groups": groups, "groups_total": len(kept)}


async def _added_up(rows: Sequence[RowState], work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    if len(rows) <= AT_ONCE_MAX:
        return work()
    return await asyncio.to_thread(work)


def _groups(rows: Sequence[RowState], by: GroupBy, chosen: Chosen) -> dict[str, Any]:
    groups = grouped(rows, by, chosen)
    return {
        "group_by": by,
        "groups": [{"key": group.key, **totals(group)} for group in groups[:GROUPS_MAX]],
        "groups_total": len(groups),
    }


def head_of(whole: AskedWhole, table: Table) -> dict[str, Any]:
    """Say what an answer is about, and where it stands."""
    return {
        "position": format_cut(table.cut),
        "exact": table.exact,
        "jurisdiction": whole.code,
        "fiscal_year": whole.year,
        "as_of": whole.day.isoformat(),
    }


def departments(counts: Mapping[str | None, int]) -> list[dict[str, Any]]:
    """Count the projects of each department, by code."""
    known = sorted(code for code, count in counts.items() if code is not None and count)
    return [{"department": code, "projects": counts[code]} for code in known]


def plotted(rows: Sequence[RowState], *, cells: bool) -> dict[str, Any]:
    """Give the projects in which both monitors have a rate, one by one or by cell of the plane."""
    both = [
        row
        for row in rows
        if row.execution_rate_bp is not None and row.attainment_rate_bp is not None
    ]
    if not cells:
        return {"points": worst(both)}
    if len(both) <= CELLS_FROM:
        return {"points": worst(both), "cells": []}
    # By thousands: what is done for each row is as little as can be.
    fine = Counter(
        [
            (row.light, row.execution_rate_bp // CELL_BP, row.attainment_rate_bp // CELL_BP)  # type: ignore[operator]
            for row in both
        ]
    )
    counts: Counter[tuple[int, int, int]] = Counter()
    for (light, across, up), projects in fine.items():
        counts[LIGHTS.index(light or NO_LIGHT), _edge(across), _edge(up)] += projects
    found = [
        {
            "light": None if LIGHTS[light] == NO_LIGHT else LIGHTS[light],
            "execution_rate_bp": across,
            "attainment_rate_bp": up,
            "projects": projects,
        }
        for (light, across, up), projects in sorted(counts.items())
    ]
    return {"points": [], "cells": found}


def _edge(cell: int) -> int:
    """Return where a cell begins, basis points; what is beyond the plane is in its last one."""
    return max(0, min(cell * CELL_BP, CELL_TOP_BP))


def worst(rows: Sequence[RowState]) -> list[dict[str, Any]]:
    """Give the projects in which both monitors have a rate, the worst lights first."""
    by_light: dict[str, list[RowState]] = {light: [] for light in LIGHTS}
    for row in rows:
        if row.execution_rate_bp is not None and row.attainment_rate_bp is not None:
            by_light[row.light or LIGHTS[-1]].append(row)
    chosen = [row for light in LIGHTS for row in by_light[light]][:POINTS_MAX]
    return [
        {
            "project_id": row.project,
            "project_name": row.name,
            "execution_rate_bp": row.execution_rate_bp,
            "attainment_rate_bp": row.attainment_rate_bp,
            "light": row.light,
        }
        for row in chosen
    ]
