"""What monitoring suggests for budgets, with its evidence (Art. 13, 14): people decide.

Each suggestion follows from figures that are printed beside it; none changes a budget.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contracts.vocabulary import (
    FindingNature,
    Light,
    Possibility,
    Quadrant,
    SignedAmount,
    fen_to_wire,
    rate_bp,
)
from services.reporting.domain.filed import Filed
from services.reporting.domain.labels import FINDINGS, LIGHTS, OBJECTIVE, POSSIBILITIES
from services.reporting.domain.rows import worst_possibility
from services.reporting.domain.writing import percent

CARRIED_YEARS: Final = 2
"""Money carried over so many years is looked at again (domain-rules 6)."""
CUT_SHARE_BP: Final = 3_000
"""Foreseen carryover from this share of the adjusted budget on suggests a cut; ours."""
BAD: Final = frozenset({Light.RED})
GOOD: Final = frozenset({Light.GREEN, Light.BLUE})


class SuggestionKind(StrEnum):
    """What is suggested."""

    SUSPEND = "suspend"
    """研究暂停项目或停止拨付 (Art. 14(2))."""
    CUT_BUDGET = "cut_budget"
    """调减当年预算 (Art. 14)."""
    ADJUST_TARGETS = "adjust_targets"
    """同步调整绩效目标 (Art. 14(1))."""
    RECOVER_SURPLUS = "recover_surplus"
    """收回结余资金."""
    CORRECT = "correct"
    """限期整改 (Art. 15)."""
    NEXT_YEAR_LESS = "next_year_less"
    """从紧安排下年度预算 (Art. 13)."""
    NEXT_YEAR_KEEP = "next_year_keep"
    """下年度预算优先保障 (Art. 13)."""


SUGGESTIONS: Final[dict[SuggestionKind, str]] = {
    SuggestionKind.SUSPEND: "研究暂停项目实施或停止拨付资金",
    SuggestionKind.CUT_BUDGET: "按程序调减当年预算",
    SuggestionKind.ADJUST_TARGETS: "同步调整绩效目标",
    SuggestionKind.RECOVER_SURPLUS: "收回结余资金",
    SuggestionKind.CORRECT: "限期整改,加快执行",
    SuggestionKind.NEXT_YEAR_LESS: "从紧安排下年度预算",
    SuggestionKind.NEXT_YEAR_KEEP: "下年度预算优先保障",
}
ARTICLES: Final[dict[SuggestionKind, str]] = {
    SuggestionKind.SUSPEND: "14(2)",
    SuggestionKind.CUT_BUDGET: "14",
    SuggestionKind.ADJUST_TARGETS: "14(1)",
    SuggestionKind.RECOVER_SURPLUS: "8(2), 13",
    SuggestionKind.CORRECT: "15",
    SuggestionKind.NEXT_YEAR_LESS: "13",
    SuggestionKind.NEXT_YEAR_KEEP: "13",
}


@dataclass(frozen=True)
class Fact:
    """A figure that a suggestion rests on."""

    name: str
    label: str
    value: str
    """As people read it: yuan with two places, per cent, words."""


@dataclass(frozen=True)
class Suggestion:
    """What is suggested about a project."""

    project: str
    project_name: str | None
    department: str | None
    unit: str | None
    kind: SuggestionKind
    label: str
    article: str
    amount: SignedAmount | None
    """Money it concerns; null: none is named."""
    evidence: tuple[Fact, ...]


def suggestions_of(filed: Filed) -> tuple[Suggestion, ...]:
    """Suggest what follows from a project's figures and its unit's declaration."""
    execution = filed.money.execution
    adjusted = execution.money.adjusted_budget
    carryover, surplus = _left(filed)
    found: list[tuple[SuggestionKind, int | None]] = []

    def say(kind: SuggestionKind, amount: int | None = None) -> None:
        found.append((kind, amount))

    serious = filed.money.extended.problems_serious > 0
    if serious:
        say(SuggestionKind.SUSPEND)
    share = rate_bp(carryover, adjusted) or 0
    cut = execution.light in BAD and share >= CUT_SHARE_BP
    if cut:
        say(SuggestionKind.CUT_BUDGET, carryover)
    worst = worst_possibility(filed.form.indicators)
    if (cut and _objective(filed)) or worst is Possibility.IMPOSSIBLE:
        say(SuggestionKind.ADJUST_TARGETS)
    if surplus > 0:
        say(SuggestionKind.RECOVER_SURPLUS, surplus)
    if filed.money.light in BAD or _findings(filed):
        say(SuggestionKind.CORRECT)
    found += [(kind, None) for kind in _next_year(filed, worst, weak=cut or serious)]
    if not found:
        return ()
    evidence = tuple(_evidence(filed))
    return tuple(_suggestion(filed, kind, amount, evidence) for kind, amount in found)


def _next_year(filed: Filed, worst: Possibility | None, *, weak: bool) -> Iterator[SuggestionKind]:
    carried = filed.money.standing.carried_over_years >= CARRIED_YEARS
    failed = filed.money.attainment.light in BAD or worst is Possibility.IMPOSSIBLE
    if weak or carried or failed:
        yield SuggestionKind.NEXT_YEAR_LESS
    elif filed.money.quadrant is Quadrant.ON_TRACK and filed.money.light in GOOD:
        yield SuggestionKind.NEXT_YEAR_KEEP


def _left(filed: Filed) -> tuple[int, int]:
    """Give carryover and surplus: as declared, else as foreseen."""
    forecast = filed.money.execution.forecast
    carryover, surplus = filed.form.carryover, filed.form.surplus
    if carryover is None:
        carryover = forecast.carryover if forecast else 0
    if surplus is None:
        surplus = forecast.surplus if forecast else 0
    return carryover, surplus


def _objective(filed: Filed) -> bool:
    named = {row.reason_type for row in filed.form.indicators}
    named.add(filed.form.execution_cause.reason_type)
    return bool(named & OBJECTIVE)


def _findings(filed: Filed) -> list[str]:
    kinds = {
        finding.kind
        for finding in filed.money.findings
        if finding.nature is FindingNature.FINDING and not finding.provisional
    }
    return [FINDINGS[kind] for kind in FINDINGS if kind in kinds]


def _suggestion(
    filed: Filed, kind: SuggestionKind, amount: int | None, evidence: tuple[Fact, ...]
) -> Suggestion:
    return Suggestion(
        project=filed.project,
        project_name=filed.money.project_name,
        department=filed.department,
        unit=filed.unit,
        kind=kind,
        label=SUGGESTIONS[kind],
        article=ARTICLES[kind],
        amount=amount,
        evidence=evidence,
    )


def _evidence(filed: Filed) -> Iterator[Fact]:
    made, money = filed.money, filed.money.execution.money
    yield Fact("adjusted_budget", "调整后预算数(元)", fen_to_wire(money.adjusted_budget))
    yield Fact("spent", "执行数(元)", fen_to_wire(money.spent))
    yield Fact("execution_rate_bp", "执行率", percent(money.execution_rate_bp))
    expected = made.execution.expected_rate_bp
    if expected is not None:
        yield Fact("expected_rate_bp", "应达进度", percent(expected))
    if made.attainment.attainment_rate_bp is not None:
        rate = percent(made.attainment.attainment_rate_bp)
        yield Fact("attainment_rate_bp", "目标完成率", rate)
    if made.light is not None:
        yield Fact("light", "综合预警", LIGHTS[made.light])
    carryover, surplus = _left(filed)
    if carryover or surplus:
        yield Fact("carryover", "预计结转(元)", fen_to_wire(carryover))
        yield Fact("surplus", "预计结余(元)", fen_to_wire(surplus))
    worst = worst_possibility(filed.form.indicators)
    if worst is not None:
        yield Fact("possibility", "完成目标可能性", POSSIBILITIES[worst])
    if made.extended.problems_open:
        yield Fact("problems_open", "未整改问题(个)", str(made.extended.problems_open))
    findings = _findings(filed)
    if findings:
        yield Fact("findings", "合规性问题", "、".join(findings))
