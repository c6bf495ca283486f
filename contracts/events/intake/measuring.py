"""What a jurisdiction measures by: parameters, profiles of progress, tested forecasts.

All of it is data of the jurisdiction (domain-rules: what stands in italics), published as facts:
so every figure can be made again, and everybody sees since when which parameter holds.
"""

from itertools import pairwise
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field, model_validator

from contracts.envelope import Data, Part
from contracts.events.intake.parts import Decision
from contracts.vocabulary import (
    Amount,
    BusinessDate,
    FiscalYear,
    ForecastMethod,
    Identifier,
    ProjectClass,
    Text,
    amount_from,
)

MONTHS = 12
WHOLE_BP = 10_000
DAYS_MAX = 366
DIGITS_MAX = 7
CLASSES_MAX = 10
YEARS_MAX = 30
PROJECT_YEARS_MAX = 10_000_000
DUPLICATE_MIN = 1_000_000
SPLIT_MIN = 5_000_000
ROUND_MIN = 10_000_000
CUT_OFFS_MAX = 12
ROUND_TO_MIN = 1_000_000
"""Least that suspicions may begin with, fen: what is below is not remembered (bounded state)."""

Days = Annotated[int, Field(strict=True, ge=0, le=DAYS_MAX)]
Digits = Annotated[int, Field(strict=True, ge=0, le=DIGITS_MAX)]
Share = Annotated[int, Field(strict=True, ge=0, le=WHOLE_BP)]
Residual = Annotated[int, Field(strict=True, ge=-100 * WHOLE_BP, le=100 * WHOLE_BP)]
MonthDay = Annotated[
    str,
    Field(
        pattern=r"^(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])$"
        r"|^(0[469]|11)-(0[1-9]|[12][0-9]|30)$|^02-(0[1-9]|1[0-9]|2[0-8])$"
    ),
]
"""A day that every year has, MM-DD."""
Profile = Annotated[tuple[Share, ...], Field(min_length=MONTHS, max_length=MONTHS)]
"""Cumulative share of the year's money at the end of each fiscal month, basis points."""


def never_falls(months: tuple[int, ...]) -> bool:
    """Say whether a cumulative profile is one."""
    return all(former <= later for former, later in pairwise(months))


class MonitoringParametersPublished(Data):
    """What the jurisdiction set of the measuring rules, from a day on; the defaults are ours.

    It replaces every earlier one from its `effective_from` on: what is left out is the default
    again, not what was said before. Second version: with the cut-offs of campaigns.
    """

    TYPE: ClassVar[str] = "monitoring_parameters.published"
    VERSION: ClassVar[int] = 2

    effective_from: BusinessDate | None = None
    """First day it holds; null: the fact's date."""
    undistributed_judged_from: Annotated[
        str | None, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")
    ] = None
    """待分配: from this day of the year (MM-DD) on undistributed lines are judged as well; null:
    never (domain-rules 2)."""
    awaiting_working_days: Days = 20
    """How long after the year's approval spending without a line awaits budget (17a)."""
    class_function_digits: Digits = 7
    """How many digits of the functional class are compared, 7 = 项; 0: none (17c)."""
    class_government_digits: Digits = 3
    """How many digits of the government economic class are compared, 3 = 类; 0: none (17c)."""
    silent_publisher_days: Annotated[int, Field(strict=True, ge=1, le=DAYS_MAX)] | None = None
    """A publisher that says nothing for so many opened days freezes the execution alerts of its
    projects; null: none is ever frozen (17f)."""
    overdue_working_days: Days = 10
    """How long after its due date a result may be reported (domain-rules 16)."""
    surplus_after_years: Annotated[int, Field(strict=True, ge=1, le=10)] = 2
    """Money unspent for so many years running is surplus, no longer carryover (domain-rules 6)."""
    duplicate_from: Annotated[Amount, AfterValidator(amount_from(DUPLICATE_MIN))] = Field(
        default="10000.00", validate_default=True
    )
    """Payments below are never suspected to be duplicates; not below ten thousand yuan, for
    smaller payments are not remembered (17d)."""
    split_limit: Annotated[Amount, AfterValidator(amount_from(SPLIT_MIN))] = Field(
        default="400000.00", validate_default=True
    )
    """限额: payments below it to one payee on one day whose sum reaches it are suspected to be
    split; four hundred thousand yuan, a usual limit of open tendering for goods and services
    (17d). Parts below ten thousand yuan are not remembered."""
    round_from: Annotated[Amount, AfterValidator(amount_from(ROUND_MIN))] = Field(
        default="1000000.00", validate_default=True
    )
    """Payments of at least so much are suspected if they are a multiple of `round_to` (17d)."""
    round_to: Annotated[Amount, AfterValidator(amount_from(ROUND_TO_MIN))] = Field(
        default="100000.00", validate_default=True
    )
    """What a round sum is a multiple of; a hundred thousand yuan (17d)."""
    rush_share_bp: Share = 3_000
    """A last month with more than this share of the year's spending is a rush (thresholds)."""
    monitoring_cut_offs: Annotated[tuple[MonthDay, ...], Field(max_length=CUT_OFFS_MAX)] = ()
    """监控截止日: days of the year (MM-DD, ascending, each once) on which campaigns cut off;
    quantities that name neither due dates nor stages are due on each and at the year's end; none:
    at the year's end alone (domain-rules 14)."""
    decision: Decision | None = None
    """Who set them, on what paper."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if list(self.monitoring_cut_offs) != sorted(set(self.monitoring_cut_offs)):
            msg = "monitoring_cut_offs are ascending, each once"
            raise ValueError(msg)
        return self


class ProgressStandardPublished(Data):
    """How much of a year's money is expected by each month's end (domain-rules 10).

    With a class: the profile of that class. Without: the assessment table 考核进度表 for all. Of
    one class and year the latest fact holds.
    """

    TYPE: ClassVar[str] = "progress_standard.published"

    fiscal_year: FiscalYear
    """Year it holds for."""
    standard: Identifier
    """Its id."""
    project_class: ProjectClass | None = None
    """Class whose profile it is; null: the assessment table."""
    months_bp: Profile
    """Share that is expected to be spent by the end of each fiscal month, in basis points."""
    decision: Decision | None = None
    """Who set it, on what paper."""
    reason: Text = ""
    """Where it comes from, in words."""

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if not never_falls(self.months_bp):
            msg = "months_bp are cumulative: none is below the one before it"
            raise ValueError(msg)
        return self


class ClassForecast(Part):
    """How spending of one class is foreseen, as the past years proved best."""

    project_class: ProjectClass | None = None
    """The class; null: projects of any class that is not named."""
    method: ForecastMethod
    """The method with the smallest error on the years that were tested."""
    seasonal_bp: Profile | None = None
    """Median share of the year's spending done by each month's end; null exactly if the method is
    another than `seasonal_share` and it is not known."""
    low_bp: Annotated[tuple[Residual, ...], Field(min_length=MONTHS, max_length=MONTHS)]
    """By completed months (0 to 11): lower end of (actual − forecast) ÷ budget, basis points."""
    high_bp: Annotated[tuple[Residual, ...], Field(min_length=MONTHS, max_length=MONTHS)]
    """The same, upper end."""
    wape_bp: Annotated[int, Field(strict=True, ge=0)]
    """Σ|actual − forecast| ÷ Σ actual on the years tested, basis points."""
    coverage_bp: Share
    """Share of the tested project years that lay within their interval."""
    project_years: Annotated[int, Field(strict=True, ge=1, le=PROJECT_YEARS_MAX)]
    """How many project years stand behind it."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if any(low > high for low, high in zip(self.low_bp, self.high_bp, strict=True)):
            msg = "low_bp is nowhere above high_bp"
            raise ValueError(msg)
        if self.seasonal_bp is None and self.method is ForecastMethod.SEASONAL_SHARE:
            msg = "method seasonal_share takes seasonal_bp"
            raise ValueError(msg)
        if self.seasonal_bp is not None and not never_falls(self.seasonal_bp):
            msg = "seasonal_bp are cumulative: none is below the one before it"
            raise ValueError(msg)
        return self


class ForecastModelPublished(Data):
    """What a backtest on past years found best (`dualwatch analysis backtest --publish`).

    The latest one holds. It never foresees a year that it was fitted on, nor one before.
    """

    TYPE: ClassVar[str] = "forecast_model.published"

    model: Identifier
    """Its id; every forecast names it."""
    years: Annotated[tuple[FiscalYear, ...], Field(min_length=1, max_length=YEARS_MAX)]
    """Past years it was fitted and tested on, ascending."""
    simulated: bool = False
    """True: those years were simulated, not lived through."""
    interval_bp: Share = 8_000
    """Share of actual year ends that the interval is made to hold (split conformal)."""
    classes: Annotated[tuple[ClassForecast, ...], Field(min_length=1, max_length=CLASSES_MAX)]
    """One per class."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({known.project_class for known in self.classes}) != len(self.classes):
            msg = "a class stands in a model once"
            raise ValueError(msg)
        if list(self.years) != sorted(set(self.years)):
            msg = "years are ascending, each once"
            raise ValueError(msg)
        return self
