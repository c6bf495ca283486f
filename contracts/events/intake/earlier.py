"""Versions of facts that have a successor: taken in and kept as they come, upcast on read.

Each class keeps the name that it had, so that its released schema stays what it is.
"""

from typing import Any, ClassVar

from contracts.envelope import Data
from contracts.vocabulary import (
    BusinessDate,
    Code,
    DecimalText,
    FiscalYear,
    Grade,
    Identifier,
    Name,
    Text,
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
