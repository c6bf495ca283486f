"""From an assessment to its row."""

from collections import Counter
from collections.abc import Iterable
from operator import sub
from typing import Any

from msgspec.structs import astuple

from contracts.events.analysis import (
    AssessmentMade,
    EarnedValue,
    Execution,
    FindingFact,
    Forecast,
    LineFigures,
    Money,
)
from services.analysis.store.rowstate import NO_LINE, RowLine, RowMoney, RowState


def row_of(project: str, data: AssessmentMade, *, registered: bool, incomplete: bool) -> RowState:
    """Make the row of an assessment."""
    execution, attainment, standing = data.execution, data.attainment, data.standing
    extended = data.extended
    money = _money(execution.money)
    lines = [_line(line) for line in execution.lines]
    rest = _rest(money, lines)
    if not rest.is_zero():
        lines.append(_pseudo(data.lead_unit, rest))
    return RowState(
        project=project,
        fiscal_year=data.fiscal_year,
        as_of=data.date.isoformat(),
        name=data.project_name,
        department=data.department,
        lead_unit=data.lead_unit,
        project_class=standing.project_class,
        state=standing.state,
        priority=tuple(standing.priority),
        registered=registered,
        sequence=data.stream_sequence,
        position=data.ledger_position,
        settled=data.settled,
        light=data.light,
        **_execution(execution),
        attainment_light=attainment.light,
        quadrant=data.quadrant,
        money=money,
        months_completed=data.months_completed,
        attainment_rate_bp=attainment.attainment_rate_bp,
        effect_rate_bp=attainment.effect_rate_bp,
        money_ahead_bp=data.money_ahead_bp,
        judged=attainment.judged,
        indicators=len(attainment.indicators),
        findings=data.findings_total,
        finding_kinds=tuple(sorted({finding.kind for finding in data.findings})),
        finding_counts=_counted(data.findings),
        frozen=standing.frozen,
        incomplete=incomplete,
        closed_version=standing.closed_version,
        late_facts=standing.late_facts,
        **_foreseen(execution.forecast),
        **_earned(data.earned_value),
        milestones_overdue=extended.milestones_overdue,
        problems_open=extended.problems_open,
        problems_serious=extended.problems_serious,
        problems_overdue=extended.problems_overdue,
        lines=tuple(lines),
    )


def _execution(execution: Execution) -> dict[str, Any]:
    return {
        "execution_light": execution.light,
        "execution_rate_bp": execution.money.execution_rate_bp,
        "execution_rate_original_bp": execution.money.execution_rate_original_bp,
        "expected_spent": execution.expected_spent,
        "expected_rate_bp": execution.expected_rate_bp,
        "expected_basis": execution.expected_basis,
        "ratio_bp": execution.ratio_bp,
        "deviation_points_bp": execution.deviation_points_bp,
        "months_spent": execution.month_spent,
    }


def _foreseen(outlook: Forecast | None) -> dict[str, Any]:
    return {
        "forecast_method": outlook.method if outlook else None,
        "forecast_point": outlook.point if outlook else None,
        "forecast_low": outlook.low if outlook else None,
        "forecast_high": outlook.high if outlook else None,
        "forecast_carryover": outlook.carryover if outlook else None,
        "forecast_surplus": outlook.surplus if outlook else None,
    }


def _earned(earned: EarnedValue | None) -> dict[str, Any]:
    return {
        "cpi_bp": earned.cpi_bp if earned else None,
        "spi_bp": earned.spi_bp if earned else None,
        "spi_t_bp": earned.spi_t_bp if earned else None,
    }


def _counted(findings: Iterable[FindingFact]) -> tuple[tuple[str, str, int], ...]:
    counts = Counter((str(known.kind), str(known.nature)) for known in findings)
    return tuple((kind, nature, count) for (kind, nature), count in sorted(counts.items()))


def _line(line: LineFigures) -> RowLine:
    return RowLine(
        line.line,
        line.unit,
        line.account,
        line.function,
        line.government_economic,
        line.undistributed,
        _money(line.money),
        line.expected_spent,
        line.expected_basis,
    )


def _pseudo(unit: str | None, rest: RowMoney) -> RowLine:
    return RowLine(NO_LINE, unit, None, None, None, undistributed=False, money=rest)


def _money(money: Money) -> RowMoney:
    parts = money.components
    return RowMoney(
        parts.original,
        parts.carryover,
        parts.supplement,
        parts.passed_down,
        parts.cut,
        parts.recovered,
        parts.virement,
        parts.distributed,
        money.adjusted_budget,
        money.committed,
        money.requested,
        money.disbursed,
        money.spent,
        money.reversed,
        money.prior_year_refunds,
        money.uncommitted_balance,
    )


def _rest(whole: RowMoney, lines: list[RowLine]) -> RowMoney:
    """Return what the project has beyond its lines: a roll-up by line then sums to it."""
    if not lines:
        return whole
    rows = [astuple(line.money) for line in lines]
    of_lines = rows[0] if len(rows) == 1 else map(sum, zip(*rows, strict=True))
    return RowMoney(*map(sub, astuple(whole), of_lines))
