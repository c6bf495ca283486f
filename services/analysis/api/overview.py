"""A jurisdiction as a whole: totals of all projects, and each as a point (Art. 2)."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from fastapi import APIRouter

from contracts.record import format_cut, parse_cut
from contracts.vocabulary import Quadrant, fen_to_wire, rate_bp, wire_to_fen
from services.analysis.api.asking import (
    AsOf,
    AtLeast,
    Department,
    JurisdictionCode,
    Year,
    known_jurisdiction,
)
from services.analysis.api.ordering import LIGHTS, NO_LIGHT, Chosen, Row, Sort
from services.analysis.api.table import Tables
from services.analysis.store.reading import Reader
from services.chassis.cuts import Wait, wait_until_reached
from services.chassis.identity import Caller
from services.chassis.mongo import Progress

POINTS_MAX: Final = 2_000
"""Most projects given as points, the worst lights first; the totals count all."""
MONEY: Final = ("original_budget", "adjusted_budget", "disbursed", "spent")
POINT: Final = ("project_id", "project_name", "execution_rate_bp", "attainment_rate_bp", "light")


def add_routes(router: APIRouter, reader: Reader, progress: Progress, tables: Tables) -> None:
    """Add the routes."""

    @router.get("/overview")
    async def overview(
        *,
        asking: Caller,
        jurisdiction: JurisdictionCode,
        fiscal_year: Year = None,
        as_of: AsOf = None,
        department: Department = None,
        at_least: AtLeast = None,
        wait: Wait = 0,
    ) -> dict[str, Any]:
        """Add up the projects that the list lists; `departments` are all there are to see."""
        await wait_until_reached(progress, at_least, wait)
        known, day, year = await known_jurisdiction(
            reader, asking, jurisdiction, as_of, fiscal_year
        )
        wanted = None if at_least is None else parse_cut(at_least)
        table = await tables.table(known, year, day, wanted)
        visible = table.seen_by(asking)
        rows = [row for row in visible if Chosen(department).matches(row)]
        return {
            "position": format_cut(table.cut),
            "jurisdiction": jurisdiction,
            "fiscal_year": year,
            "as_of": day.isoformat(),
            **await asyncio.to_thread(totals, rows),
            "departments": departments(visible),
            "points": points(rows),
        }


def totals(rows: Sequence[Row]) -> dict[str, Any]:
    """Add up rows; each rate is that of the sums, attainment the mean over judged indicators."""
    fen = {name: sum(wire_to_fen(row[name]) for row in rows) for name in MONEY}
    expected = sum(wire_to_fen(row["expected_spent"]) for row in rows if row["expected_spent"])
    lights = Counter(row["light"] or NO_LIGHT for row in rows)
    quadrants = Counter(row["quadrant"] for row in rows)
    return {
        "projects": len(rows),
        **{name: fen_to_wire(amount) for name, amount in fen.items()},
        "execution_rate_bp": rate_bp(max(fen["spent"], 0), fen["adjusted_budget"]),
        "expected_spent": fen_to_wire(expected),
        "expected_rate_bp": rate_bp(expected, fen["adjusted_budget"]),
        "indicators": sum(row["indicators"] for row in rows),
        "judged": sum(row["judged"] for row in rows),
        "attainment_rate_bp": mean_attainment(rows),
        "findings": sum(row["findings"] for row in rows),
        "incomplete": sum(row["incomplete"] for row in rows),
        "lights": {light: lights[light] for light in LIGHTS},
        "quadrants": {quadrant.value: quadrants[quadrant] for quadrant in Quadrant},
    }


def mean_attainment(rows: Sequence[Row]) -> int | None:
    """Return the projects' attainment weighted by their judged indicators; null without any."""
    known = [row for row in rows if row["attainment_rate_bp"] is not None]
    judged = sum(row["judged"] for row in known)
    if not judged:
        return None
    weighted = sum(row["attainment_rate_bp"] * row["judged"] for row in known)
    return int((Decimal(weighted) / judged).quantize(Decimal(1), ROUND_HALF_UP))


def departments(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Count the projects of each department, by code."""
    counts = Counter(row["department"] for row in rows if row["department"] is not None)
    return [{"department": code, "projects": counts[code]} for code in sorted(counts)]


def points(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Give the projects in which both monitors have a rate, the worst lights first."""
    both = [
        row
        for row in rows
        if row["execution_rate_bp"] is not None and row["attainment_rate_bp"] is not None
    ]
    chosen, _ = Chosen(sort=Sort.LIGHT).page(both, None, POINTS_MAX)
    return [{name: row[name] for name in POINT} for row in chosen]
