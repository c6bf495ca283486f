"""Money against results: projects as points, or where they are many as counted cells."""

from typing import Any

from services.console.domain.lists import LIGHTS
from services.console.pages.frame.rendering import texts_of
from services.console.pages.frame.view import View


def quadrant(view: View, totals: Any) -> dict[str, Any]:
    """Put together what the chart's script draws: marks by light, and its words."""
    texts = texts_of(view.language)
    cells = totals.get("cells") or []
    by_light: dict[str, list[Any]] = {light: [] for light in LIGHTS}
    for cell in cells:
        place = [cell["execution_rate_bp"] // 100, cell["attainment_rate_bp"] // 100]
        by_light[cell["light"] or LIGHTS[-1]].append([*place, cell["projects"]])
    for point in totals["points"]:
        by_light[point["light"] or LIGHTS[-1]].append(
            {
                "name": point["project_name"] or point["project_id"],
                "value": [point["execution_rate_bp"] / 100, point["attainment_rate_bp"] / 100],
                "link": view.project(point["project_id"]),
            }
        )
    expected = totals["expected_rate_bp"]
    counted = sum(cell["projects"] for cell in cells) + len(totals["points"])
    return {
        "x": texts("quadrant.x"),
        "y": texts("quadrant.y"),
        "expected": None if expected is None else expected / 100,
        "counted": counted,
        "cells": bool(cells),
        "words": {"projects": texts("overview.projects")},
        "series": [
            {"light": light, "name": texts(f"light.{light}"), "points": points}
            for light, points in by_light.items()
            if points
        ],
    }
