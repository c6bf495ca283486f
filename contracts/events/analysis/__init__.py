"""What analysis measures: assessments, findings, the end of a day's sweep."""

from contracts.events.analysis.earlier import AssessmentMade as AssessmentMadeV1
from contracts.events.analysis.earlier import assessment_v2
from contracts.events.analysis.findings import FINDINGS_MAX, FindingFact
from contracts.events.analysis.made import AssessmentMade, DayAssessed, FindingDetected
from contracts.events.analysis.money import (
    LINES_MAX,
    MONTHS_MAX,
    BudgetComponents,
    Execution,
    Forecast,
    LineFigures,
    Money,
)
from contracts.events.analysis.second import AssessmentMade as AssessmentMadeV2
from contracts.events.analysis.second import FindingFact as EarlierFindingFact
from contracts.events.analysis.second import FindingKind as EarlierFindingKind
from contracts.events.analysis.second import assessment_v3
from contracts.events.analysis.targets import INDICATORS_MAX, Attainment, IndicatorFigures
from contracts.events.analysis.third import AssessmentMade as AssessmentMadeV3
from contracts.events.analysis.third import assessment_v4
from contracts.events.analysis.together import EarnedValue, Extended, ProjectStanding

__all__ = [
    "FINDINGS_MAX",
    "INDICATORS_MAX",
    "LINES_MAX",
    "MONTHS_MAX",
    "AssessmentMade",
    "AssessmentMadeV1",
    "AssessmentMadeV2",
    "AssessmentMadeV3",
    "Attainment",
    "BudgetComponents",
    "DayAssessed",
    "EarlierFindingFact",
    "EarlierFindingKind",
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
    "assessment_v2",
    "assessment_v3",
    "assessment_v4",
]
