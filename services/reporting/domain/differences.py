"""What a unit declares beside what the model foresees: a large difference is shown to reviewers.

Domain-rules 20: the form is the unit's statement, the model stands beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from enum import StrEnum
from typing import Final

from contracts.events.analysis import AssessmentMade, IndicatorFigures
from contracts.vocabulary import Possibility, fen_to_wire
from services.reporting.domain.assembling import TOTAL, foreseen_text, result_text
from services.reporting.domain.declaration import (
    Declaration,
    FundingStatement,
    IndicatorStatement,
    pointer_of,
)
from services.reporting.domain.filled import Figures
from services.reporting.domain.labels import POSSIBILITIES

LARGE_BP: Final = 1_000
"""A difference beyond so much of the adjusted budget, or of the result before, is large."""
_WHOLE_BP: Final = 10_000
_ENGLISH: Final = {
    Possibility.CERTAIN: "certain",
    Possibility.POSSIBLE: "possible",
    Possibility.IMPOSSIBLE: "impossible",
}


class DifferenceCode(StrEnum):
    """What differs."""

    EXPECTED_SPENT = "expected_spent"
    """全年预计执行数."""
    CARRYOVER = "carryover"
    """预计结转."""
    SURPLUS = "surplus"
    """预计结余."""
    DOES_NOT_ADD_UP = "does_not_add_up"
    """Spending, carryover and surplus together are not the adjusted budget."""
    POSSIBILITY = "possibility"
    """完成目标可能性."""
    RESULT = "result"
    """完成情况 typed on the form beside the ledger's at the campaign's cut."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A declared value beside the model's."""

    pointer: str
    code: DifferenceCode
    declared: str
    model: str
    unit: str | None
    """Unit of both; `CNY` and the like for money, null for words."""
    large: bool
    text: str
    text_zh: str


def differences(
    figures: Figures, declaration: Declaration, currency: str
) -> tuple[Difference, ...]:
    """Tell where a declaration and the model differ, in the order of the form."""
    shown = figures.shown
    before = {each.indicator: each for each in figures.money.attainment.indicators}
    found = [*_money(shown, declaration, currency), *_sum(shown, declaration, currency)]
    for each in shown.attainment.indicators:
        said = declaration.indicators.get(each.indicator)
        if said is not None:
            found += _indicator(each, before.get(each.indicator), said)
    return tuple(found)


def _money(shown: AssessmentMade, declaration: Declaration, currency: str) -> Iterator[Difference]:
    forecast = shown.execution.forecast
    if forecast is None:
        return
    budget = shown.execution.money.adjusted_budget
    total = declaration.funding.get(TOTAL, FundingStatement())
    spent = pointer_of("funding", TOTAL, "expected_spent")
    for pointer, code, declared, model, english, chinese in (
        (spent, DifferenceCode.EXPECTED_SPENT, total.expected_spent, forecast.point,
         "Spending of the whole year", "全年预计执行数"),
        ("/carryover", DifferenceCode.CARRYOVER, declaration.carryover, forecast.carryover,
         "Carryover", "预计结转"),
        ("/surplus", DifferenceCode.SURPLUS, declaration.surplus, forecast.surplus,
         "Surplus", "预计结余"),
    ):  # fmt: skip
        if declared is None or declared == model:
            continue
        large = abs(declared - model) * _WHOLE_BP > LARGE_BP * max(budget, 0)
        said, foreseen = fen_to_wire(declared), fen_to_wire(model)
        yield Difference(
            pointer, code, said, foreseen, currency, large,
            f"{english}: declared {said}, foreseen {foreseen}.",
            f"{chinese}:填报 {said},模型预测 {foreseen}。",
        )  # fmt: skip


def _sum(shown: AssessmentMade, declaration: Declaration, currency: str) -> Iterator[Difference]:
    total = declaration.funding.get(TOTAL, FundingStatement())
    parts = (total.expected_spent, declaration.carryover, declaration.surplus)
    if any(part is None for part in parts):
        return
    said = sum(part for part in parts if part is not None)
    budget = shown.execution.money.adjusted_budget
    if said == budget:
        return
    one, other = fen_to_wire(said), fen_to_wire(budget)
    yield Difference(
        pointer_of("funding", TOTAL, "expected_spent"),
        DifferenceCode.DOES_NOT_ADD_UP,
        one,
        other,
        currency,
        abs(said - budget) * _WHOLE_BP > LARGE_BP * max(budget, 0),
        f"Spending, carryover and surplus come to {one}, the adjusted budget is {other}.",
        f"全年预计执行数与预计结转、结余合计 {one},调整后预算数为 {other}。",
    )


def _indicator(
    now: IndicatorFigures, before: IndicatorFigures | None, said: IndicatorStatement
) -> Iterator[Difference]:
    foreseen = now.possibility
    if said.possibility is not None and foreseen is not None and said.possibility != foreseen:
        yield Difference(
            pointer_of("indicators", now.indicator, "possibility"),
            DifferenceCode.POSSIBILITY,
            said.possibility.value,
            foreseen.value,
            unit=None,
            large=True,
            text=f"{now.name}: declared {_ENGLISH[said.possibility]}, the data say "
            f"{_ENGLISH[foreseen]}{_foreseen(now)}.",
            text_zh=f"{now.name}:填报“{POSSIBILITIES[said.possibility]}”,"
            f"数据显示“{POSSIBILITIES[foreseen]}”。",
        )
    if said.result is None or before is None or before.actual_text is None:
        return
    typed = result_text(said.result)
    if typed == before.actual_text:
        return
    yield Difference(
        pointer_of("indicators", now.indicator, "result"),
        DifferenceCode.RESULT,
        typed,
        before.actual_text,
        now.unit,
        _far(said.result.value, before.actual),
        f"{now.name}: typed {typed}, the ledger had {before.actual_text}.",
        f"{now.name}:填报 {typed},账本原为 {before.actual_text}。",
    )


def _foreseen(now: IndicatorFigures) -> str:
    text = foreseen_text(now)
    return "" if text is None else f" (foreseen: {text})"


def _far(typed: str | None, before: str | None) -> bool:
    if typed is None or before is None:
        return True
    try:
        one, other = Decimal(typed), Decimal(before)
    except DecimalException:
        return True
    return abs(one - other) * _WHOLE_BP > LARGE_BP * abs(other)
