"""Ground truth: deviations that `dualwatch simulate` planted, and the rules that are about them."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.cli.errors import CliError, ExitCode

LINES_MAX: Final = 1_000_000

SATURDAY: Final = 5
REMEDY_WORKING_DAYS: Final[Mapping[str, int]] = {
    # domain-rules 18: a cut on objective grounds waits so long for its targets.
    "cut_without_target_adjustment": 20,
    # domain-rules 16: a result is overdue so long after its due date.
    "report_missing": 10,
    "report_late": 10,
}
"""Planted kind → working days within which it may be put right; of others it is one at once."""

_BEHIND: Final = frozenset({"execution_behind_standard"})
_WITHOUT: Final = frozenset({"spending_without_budget"})
_INDICATOR: Final = frozenset({"indicator_behind_standard"})
_REVIEW: Final = frozenset({"payment_to_review"})

RULES: Final[Mapping[str, frozenset[str]]] = {
    "execution_behind_plan": _BEHIND,
    "execution_behind_months": _BEHIND,
    "zero_execution_half_year": frozenset({"zero_execution_at_checkpoint"}),
    "december_rush": _BEHIND | {"year_end_rush"},
    "carryover_unused": frozenset({"carryover_unused"}),
    "carryover_two_years": frozenset({"carryover_two_years"}),
    "new_project_unprepared": frozenset({"new_project_unprepared"}),
    "large_adjustment": frozenset({"large_budget_adjustment"}),
    "targets_reset": frozenset({"targets_reset"}),
    "cut_without_target_adjustment": frozenset({"cut_without_targets"}),
    "report_missing": frozenset({"indicator_not_reported"}),
    "report_late": frozenset({"indicator_not_reported"}),
    "undistributed_late": frozenset({"undistributed_late"}),
    "spending_without_budget": _WITHOUT,
    "spending_on_closed_line": _WITHOUT,
    "spending_without_line": _WITHOUT,
    "spending_on_other_project": _WITHOUT,
    "awaiting_budget": _WITHOUT,
    "problem_overdue": frozenset({"problem_overdue"}),
    "over_budget": frozenset({"over_budget"}),
    "zero_budget_spending": frozenset({"over_budget"}),
    "budget_period_spans_years": frozenset({"budget_period_spans_years"}),
    "negative_net_spend": frozenset({"negative_net_spend"}),
    "spending_above_plan": frozenset({"spending_above_plan"}),
    "spending_above_disbursement": frozenset({"spending_above_disbursement"}),
    "function_class_mismatch": frozenset({"diversion"}),
    "economic_class_mismatch": frozenset({"diversion"}),
    "fund_type_mismatch": frozenset({"diversion"}),
    "payment_over_contract": frozenset({"payment_over_contract"}),
    "payee_outside_contract": frozenset({"payee_outside_contract"}),
    "duplicate_payment": _REVIEW,
    "split_payments": _REVIEW,
    "round_sum_payments": _REVIEW,
    "indicator_behind": _INDICATOR,
    "indicator_behind_periodic": _INDICATOR,
    "quality_below_target": _INDICATOR,
    "value_outside_range": _INDICATOR,
    "deadline_missed": _INDICATOR,
    "acceptance_missed": _INDICATOR,
    "cost_above_target": _INDICATOR,
    "zero_target_missed": _INDICATOR,
    "reverse_indicator_exceeded": _INDICATOR,
    "qualitative_not_met": _INDICATOR,
    "satisfaction_below_target": _INDICATOR,
    "money_ahead_of_results": frozenset({"money_ahead_of_results"}),
}
"""Planted kind → rules of the shipped pack that are about it. A kind that is not here is not
covered: nothing that analysis measures tells it."""

ALONG: Final[Mapping[str, frozenset[str]]] = {
    "indicator_behind_standard": frozenset(
        {
            "forecast_misses_target",
            "cost_performance_low",
            "money_ahead_of_results",
            "indicator_not_reported",
        }
    ),
    "execution_behind_standard": frozenset({"serious_deviation"}),
    "zero_execution_at_checkpoint": _BEHIND,
}
"""Rule → rules that the same facts may raise as well, rightly."""


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted deviation."""

    kind: str
    project: str
    fiscal_year: int
    date: dt.date
    implies: tuple[str, ...]

    def rules(self) -> frozenset[str]:
        """Return every rule that may rightly raise because of it."""
        found = frozenset[str]().union(*(rules_of(kind) for kind in (self.kind, *self.implies)))
        return found.union(*(ALONG.get(rule, frozenset()) for rule in found))


def rules_of(kind: str) -> frozenset[str]:
    """Return the rules that are about a planted kind; none: it is not covered."""
    return RULES.get(kind, frozenset())


def true_from(one: Planted) -> dt.date:
    """Return the day on which a planted deviation is one.

    Where there is time for a remedy that is the first working day after it. Working days are
    reckoned from Monday to Friday, as the synthetic city works.
    """
    remedy = REMEDY_WORKING_DAYS.get(one.kind)
    day, left = one.date, 0 if remedy is None else remedy + 1
    while left:
        day += dt.timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return day


def read_truth(file: Path) -> list[Planted]:
    """Read a truth file; CliError if it is none."""
    try:
        with file.open(encoding="utf-8") as lines:
            return [
                _planted(json.loads(line)) for _, line in zip(range(LINES_MAX), lines, strict=False)
            ]
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error
    except (ValueError, KeyError, TypeError) as error:
        message = f"{file} is no truth file of `dualwatch simulate`: {error}"
        raise CliError(message, ExitCode.USAGE) from error


def _planted(found: Mapping[str, object]) -> Planted:
    implies = found.get("implies", ())
    return Planted(
        str(found["kind"]),
        str(found["subject"]),
        int(str(found["fiscal_year"])),
        dt.date.fromisoformat(str(found["date"])),
        tuple(map(str, implies)) if isinstance(implies, list) else (),
    )
