"""Assessment of each department's monitoring work (Art. 13).

Coverage, timeliness, completeness, quality of correction.
The weights are a proposal of ours, printed with every score; the bureau may rank by any column.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from contracts.vocabulary import PaperState
from services.reporting.domain.correcting import AlertWork
from services.reporting.domain.sums import Filing

WHOLE_BP: Final = 10_000
WEIGHTS_BP: Final = {
    "coverage": 3_000,
    "timeliness": 2_500,
    "completeness": 2_000,
    "correction": 2_500,
}
"""Weights of the score; what is not applicable is left out and the rest renormalised."""
GRADES: Final = ((9_000, "优"), (8_000, "良"), (6_000, "中"), (0, "差"))
"""Lowest score of each grade (forms 2.3)."""
REPORT_SHARE_BP: Final = 5_000
"""Share of timeliness that the department's own report has; the forms have the rest."""


@dataclass(frozen=True, slots=True)
class ReportStanding:
    """How a department's report stands."""

    state: PaperState
    due: dt.date
    submitted_on: dt.date | None

    @property
    def timely(self) -> bool:
        """Whether it was handed in by its due date."""
        return self.submitted_on is not None and self.submitted_on <= self.due


@dataclass(frozen=True)
class WorkRow:
    """One department's monitoring work; rates in basis points, null where nothing applies."""

    department: str
    department_name: str | None
    forms: int
    covered: int
    """Projects with approved targets and a timely form (domain-rules 24)."""
    coverage_bp: int | None
    forms_timely: int
    forms_late: int
    forms_missing: int
    report_state: PaperState | None
    report_submitted_on: dt.date | None
    report_timely: bool
    timeliness_bp: int | None
    """Forms handed in in time, and the report."""
    causes_due: int
    causes_given: int
    completeness_bp: int | None
    """Deviations with a cause ÷ those that need one."""
    alerts: int
    alerts_ended: int
    measures: int
    measures_in_time: int
    measures_overdue: int
    reviews_accepted: int
    reviews_returned: int
    forms_corrected: int
    """Forms handed in again after a return."""
    correction_bp: int | None
    """Mean of: alerts that ended, measures carried out in time, reviews that accepted."""
    score_bp: int | None
    grade: str | None
    rank: int = 0


def work_row(
    department: str,
    name: str | None,
    filing: Filing,
    work: AlertWork,
    report: ReportStanding | None,
) -> WorkRow:
    """Assess one department."""
    timely = report is not None and report.timely
    timeliness = filing.timeliness_bp
    if report is not None:
        own, share = WHOLE_BP if timely else 0, REPORT_SHARE_BP
        of_forms = WHOLE_BP if timeliness is None else timeliness
        timeliness = _rounded(own * share + of_forms * (WHOLE_BP - share), WHOLE_BP)
    correction = _correction(work)
    parts = {
        "coverage": filing.coverage_bp,
        "timeliness": timeliness,
        "completeness": filing.completeness_bp,
        "correction": correction,
    }
    score = score_of(parts)
    return WorkRow(
        department=department,
        department_name=name,
        forms=filing.forms,
        covered=filing.covered,
        coverage_bp=filing.coverage_bp,
        forms_timely=filing.timely,
        forms_late=filing.late,
        forms_missing=filing.missing,
        report_state=None if report is None else report.state,
        report_submitted_on=None if report is None else report.submitted_on,
        report_timely=timely,
        timeliness_bp=timeliness,
        causes_due=filing.causes_due,
        causes_given=filing.causes_given,
        completeness_bp=filing.completeness_bp,
        alerts=work.alerts,
        alerts_ended=work.ended,
        measures=work.planned,
        measures_in_time=work.in_time,
        measures_overdue=work.overdue,
        reviews_accepted=work.accepted,
        reviews_returned=work.returned,
        forms_corrected=filing.corrected,
        correction_bp=correction,
        score_bp=score,
        grade=grade_of(score),
    )


def _correction(work: AlertWork) -> int | None:
    in_time = None
    if work.in_time + work.overdue + (work.taken - work.in_time):
        due = work.taken + work.overdue
        in_time = _rounded(WHOLE_BP * work.in_time, due)
    known = [rate for rate in (work.ended_bp, in_time, work.accepted_bp) if rate is not None]
    return _rounded(sum(known), len(known)) if known else None


def score_of(parts: dict[str, int | None]) -> int | None:
    """Weigh rates; what is null counts neither way. Null of nothing."""
    known = [(WEIGHTS_BP[name], rate) for name, rate in parts.items() if rate is not None]
    whole = sum(weight for weight, _ in known)
    if not whole:
        return None
    return _rounded(sum(weight * min(rate, WHOLE_BP) for weight, rate in known), whole)


def grade_of(score: int | None) -> str | None:
    """Name the grade of a score."""
    if score is None:
        return None
    return next(name for least, name in GRADES if score >= least)


def _rounded(part: int, whole: int) -> int:
    return (2 * part + whole) // (2 * whole)
