"""What a project promises for a year (domain-rules 14)."""

from decimal import Decimal
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from contracts.envelope import Data, Part
from contracts.events.intake.parts import Document
from contracts.vocabulary import (
    Accumulation,
    BusinessDate,
    Code,
    DecimalText,
    FiscalYear,
    Identifier,
    IndicatorBehaviour,
    IndicatorDirection,
    Name,
    Text,
    ValueKind,
)

TARGETS_MAX = 200
STAGES_MAX = 60
WEIGHT_MAX_BP = 10_000


class StageTarget(Part):
    """What an indicator is to reach by a date within the year (阶段目标)."""

    due: BusinessDate
    """Date by which."""
    value: DecimalText
    """Value by then, in the indicator's unit."""


class Target(Part):
    """One level-3 indicator and what it promises for the year [PM_PERF_INDICATOR]."""

    indicator: Identifier
    """Indicator id [kpi_id]; the same id in a later fact replaces it."""
    name: Name
    """三级指标 [kpi_content]."""
    level_1: Code = "产出指标"
    """一级指标: code or name of the jurisdiction's catalogue [kpi_lv1]."""
    level_2: Code = "数量指标"
    """二级指标 [kpi_lv2]."""
    behaviour: IndicatorBehaviour
    """How it is judged."""
    direction: IndicatorDirection = IndicatorDirection.AT_LEAST
    """When it is met [sign]."""
    value_kind: ValueKind = ValueKind.NUMBER
    """What its values are."""
    accumulation: Accumulation = Accumulation.CUMULATIVE
    """How its values follow each other."""
    target_text: Name
    """The target as written [kpi_val(60)]; kept even if it cannot be parsed."""
    target: DecimalText | None = None
    """The target as a number; for a range, its lower bound; for a boolean, 1 or 0."""
    target_date: BusinessDate | None = None
    """The target as a date, of value kind `date`: reached on or before (`at_most`) …"""
    target_upper: DecimalText | None = None
    """Upper bound of a range."""
    unit: Code | None = None
    """Unit of measure 计量单位."""
    weight_bp: Annotated[int, Field(ge=0, le=WEIGHT_MAX_BP)] | None = None
    """Weight within the project; null: the default weights of domain-rules 15."""
    due: Annotated[tuple[BusinessDate, ...], Field(max_length=STAGES_MAX)] = ()
    """Dates at which it is to be reported; none: by the default of domain-rules 14."""
    stages: Annotated[tuple[StageTarget, ...], Field(max_length=STAGES_MAX)] = ()
    """Stage targets, in order of date."""
    evidence_required: bool = False
    """Whether a result needs an evidence file (domain-rules 22)."""

    @model_validator(mode="after")
    def _values_fit(self) -> Self:
        if self.value_kind in {ValueKind.NUMBER, ValueKind.RANGE} and self.target is None:
            msg = "a number or range target needs target (text that is no number: value_kind text)"
            raise ValueError(msg)
        if self.value_kind is ValueKind.DATE and self.target_date is None:
            msg = "a date target needs target_date (text that is no date: value_kind text)"
            raise ValueError(msg)
        is_range = self.direction is IndicatorDirection.RANGE
        if is_range != (self.target_upper is not None):
            msg = "target_upper is given exactly when direction is range"
            raise ValueError(msg)
        if self.target and self.target_upper and Decimal(self.target) > Decimal(self.target_upper):
            msg = "target_upper must not be below target"
            raise ValueError(msg)
        return self


class TargetsApproved(Data):
    """Performance targets of a project for a year are approved [PM_PERF_GOAL_INFO]."""

    TYPE: ClassVar[str] = "targets.approved"

    fiscal_year: FiscalYear
    """Year they promise for."""
    goal: Text = ""
    """年度总体目标 in words; empty: unchanged."""
    targets: Annotated[tuple[Target, ...], Field(min_length=1, max_length=TARGETS_MAX)]
    """The indicators; those not named stay as they are."""
    document: Document | None = None
    """Approving document."""


class TargetsAdjusted(Data):
    """Targets change during the year (Art. 14(1)); indicators named replace the earlier ones."""

    TYPE: ClassVar[str] = "targets.adjusted"

    fiscal_year: FiscalYear
    """Year they promise for."""
    targets: Annotated[tuple[Target, ...], Field(max_length=TARGETS_MAX)] = ()
    """New states of indicators."""
    withdrawn: Annotated[tuple[Identifier, ...], Field(max_length=TARGETS_MAX)] = ()
    """Indicators that no longer apply."""
    reason: Text = ""
    """Ground, in words."""
    document: Document | None = None
    """Approving document."""
