"""What analysis measures: assessments, findings, the end of a day's sweep."""

from contracts.events.analysis.made import (
    FINDINGS_MAX,
    AssessmentMade,
    DayAssessed,
    FindingDetected,
    FindingFact,
)
from contracts.events.analysis.money import (
    LINES_MAX,
    MONTHS_MAX,
    BudgetComponents,
    Execution,
    Forecast,
    LineFigures,
    Money,
)
from contracts.events.analysis.targets import INDICATORS_MAX, Attainment, IndicatorFigures
from contracts.events.analysis.together import EarnedValue, Extended, ProjectStanding

__all__ = [
    "FINDINGS_MAX",
    "INDICATORS_MAX",
    "LINES_MAX",
    "MONTHS_MAX",
    "AssessmentMade",
    "Attainment",
    "BudgetComponents",
    "DayAssessed",
    "EarnedValue",
    "Execution",
    "Extended",
    "FindingDetected",
    "FindingFact",
    "Forecast",
    "IndicatorFigures",
    "LineFigures",
    "Money",
    "ProjectStanding",
]
