"""A department's projects together as data (Art. 12(4), domain-rules 24)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.vocabulary import Light, rate_bp
from services.reporting.domain.form import Names


@dataclass(frozen=True)
class ProjectLine:
    """What the summary needs of one project; amounts in fen."""

    project_id: str
    department: str | None
    original_budget: int
    adjusted_budget: int
    disbursed: int
    spent: int
    indicators: int
    judged: int
    execution_light: Light | None
    attainment_light: Light | None
    light: Light | None
    findings: int


@dataclass(frozen=True)
class DepartmentSummary:
    """A department's projects together, as of a date (Art. 12(4), domain-rules 24)."""

    department: str
    department_name: str | None
    jurisdiction: str
    fiscal_year: int
    as_of: dt.date
    projects: int
    original_budget: int
    adjusted_budget: int
    disbursed: int
    spent: int
    execution_rate_bp: int | None
    execution_rate_original_bp: int | None
    indicators: int
    judged: int
    lights: dict[str, int]
    findings: int
    open_alerts_by_rule: dict[str, int]
    cut: str


def summarise(
    department: str,
    jurisdiction: str,
    *,
    fiscal_year: int,
    as_of: dt.date,
    lines: Sequence[ProjectLine],
    open_alerts_by_rule: dict[str, int],
    names: Names,
    cut: str,
) -> DepartmentSummary:
    """Add up a department's projects; every total is the sum of the lines, to the fen."""
    original = sum(line.original_budget for line in lines)
    adjusted = sum(line.adjusted_budget for line in lines)
    spent = sum(line.spent for line in lines)
    return DepartmentSummary(
        department=department,
        department_name=names.of(department),
        jurisdiction=jurisdiction,
        fiscal_year=fiscal_year,
        as_of=as_of,
        projects=len(lines),
        original_budget=original,
        adjusted_budget=adjusted,
        disbursed=sum(line.disbursed for line in lines),
        spent=spent,
        execution_rate_bp=rate_bp(max(spent, 0), adjusted),
        execution_rate_original_bp=rate_bp(max(spent, 0), original),
        indicators=sum(line.indicators for line in lines),
        judged=sum(line.judged for line in lines),
        lights=count_lights(line.light for line in lines),
        findings=sum(line.findings for line in lines),
        open_alerts_by_rule=dict(sorted(open_alerts_by_rule.items())),
        cut=cut,
    )


def count_lights(lights: Iterable[Light | None]) -> dict[str, int]:
    """Count lights, every kind named, those without one as `none`."""
    counts: dict[str, int] = {**{light.value: 0 for light in Light}, "none": 0}
    for light in lights:
        counts[light.value if light else "none"] += 1
    return counts
