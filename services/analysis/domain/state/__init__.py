"""What analysis remembers: a jurisdiction, a project, a project's fiscal year.

Days are proleptic ordinals. State is bounded by distinct days, lines, contracts, indicators and
ids, never by the number of events.
"""

from services.analysis.domain.state.entries import Entry
from services.analysis.domain.state.jurisdiction import (
    OPENINGS_MAX,
    VERSIONS_MAX,
    ClassModel,
    Closing,
    Jurisdiction,
    ModelVersion,
    Opening,
    Organisation,
    OrganisationVersion,
    Parameters,
    ParametersVersion,
    PriorityVersion,
    StandardVersion,
)
from services.analysis.domain.state.money import (
    NO_LINE,
    Charge,
    Codes,
    Contract,
    Instalment,
    Line,
    LineTerms,
    PeriodApproval,
    PlanVersion,
)
from services.analysis.domain.state.payments import Paid, Payments
from services.analysis.domain.state.project import (
    AMENDED,
    CHANGES_MAX,
    REGISTRATIONS_MAX,
    Change,
    Known,
    ProjectHead,
    Registration,
    Succession,
)
from services.analysis.domain.state.targets import (
    Goal,
    Indicator,
    Report,
    TargetTerms,
    TargetVersion,
)
from services.analysis.domain.state.work import (
    ITEMS_MAX,
    Asset,
    Check,
    Disposition,
    Milestone,
    PlanChange,
    Problem,
    Resolution,
    Work,
)
from services.analysis.domain.state.year import ProjectYear

__all__ = [
    "AMENDED",
    "CHANGES_MAX",
    "ITEMS_MAX",
    "NO_LINE",
    "OPENINGS_MAX",
    "REGISTRATIONS_MAX",
    "VERSIONS_MAX",
    "Asset",
    "Change",
    "Charge",
    "Check",
    "ClassModel",
    "Closing",
    "Codes",
    "Contract",
    "Disposition",
    "Entry",
    "Goal",
    "Indicator",
    "Instalment",
    "Jurisdiction",
    "Known",
    "Line",
    "LineTerms",
    "Milestone",
    "ModelVersion",
    "Opening",
    "Organisation",
    "OrganisationVersion",
    "Paid",
    "Parameters",
    "ParametersVersion",
    "Payments",
    "PeriodApproval",
    "PlanChange",
    "PlanVersion",
    "PriorityVersion",
    "Problem",
    "ProjectHead",
    "ProjectYear",
    "Registration",
    "Report",
    "Resolution",
    "StandardVersion",
    "Succession",
    "TargetTerms",
    "TargetVersion",
    "Work",
]
