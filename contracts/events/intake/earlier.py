"""Versions of facts that have a successor: taken in and kept as they come, upcast on read.

Each class keeps the name that it had, so that its released schema stays what it is.
"""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from contracts.envelope import Data
from contracts.events.intake.measuring import (
    DAYS_MAX,
    DUPLICATE_MIN,
    ROUND_MIN,
    ROUND_TO_MIN,
    SPLIT_MIN,
    Days,
    Digits,
    Share,
)
from contracts.events.intake.parts import Decision
from contracts.vocabulary import (
    Amount,
    BusinessDate,
    Code,
    DecimalText,
    FiscalYear,
    Grade,
    Identifier,
    Name,
    Text,
    amount_from,
)


class TargetProgressReported(Data):
    """What an indicator has reached by a date [PAY_PERF_MONITOR_INFO perf_comp].

    `date` is the day the value stands for. For accumulation `cumulative` the value is the total
    since the year began; for `per_period` that period's own value.
    """

    TYPE: ClassVar[str] = "target_progress.reported"

    fiscal_year: FiscalYear
    """Year of the target."""
    indicator: Identifier
    """Indicator id."""
    value_text: Name
    """The result as written."""
    value: DecimalText | None = None
    """The result as a number (a boolean: 1 or 0); null where it is no number."""
    value_date: BusinessDate | None = None
    """The result as a date, for targets of value kind `date`."""
    grade: Grade | None = None
    """Human grade of a qualitative result."""
    due: BusinessDate | None = None
    """The due date it answers, if it was asked for."""
    source_kind: Code | None = None
    """Where it comes from (`unit_form`, an IATI file …)."""
    note: Text = ""
    """Explanation given with it."""


def progress_v2(event: dict[str, Any]) -> dict[str, Any]:
    """Tell a `target_progress.reported.v1` as v2: the same report, without evidence files."""
    return {**event, "type": "dualwatch.target_progress.reported.v2"}


class MonitoringParametersPublished(Data):
    """What the jurisdiction set of the measuring rules, from a day on; the defaults are ours.

    It replaces every earlier one from its `effective_from` on: what is left out is the default
    again, not what was said before.
    """

    TYPE: ClassVar[str] = "monitoring_parameters.published"

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
    decision: Decision | None = None
    """Who set them, on what paper."""


def parameters_v2(event: dict[str, Any]) -> dict[str, Any]:
    """Tell a `monitoring_parameters.published.v1` as v2: the same, without cut-offs."""
    return {**event, "type": "dualwatch.monitoring_parameters.published.v2"}
