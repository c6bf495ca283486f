"""Facts that finance systems and the scheduler state; intake owns them and keeps them for ever.

By subject: organisations, days, measuring, projects, budgets, plans, payments, targets, progress,
watching, decisions. National field names stand in brackets (docs: finance-data; tables
BA_BGT_INFO … PAY_DETAIL).
"""

from contracts.envelope import Data
from contracts.events.intake.budgets import (
    BalanceRecovered,
    BudgetAdjusted,
    BudgetApproved,
    CarryoverRegistered,
)
from contracts.events.intake.days import (
    CalendarPublished,
    DayOpened,
    FiscalYearClosed,
    PublisherHeard,
)
from contracts.events.intake.decisions import (
    DispositionDecided,
    FactCorrected,
    ListedProject,
    PriorityListPublished,
    RulePackPublished,
)
from contracts.events.intake.declared import (
    DeclaredFunding,
    DeclaredIndicator,
    MonitoringFormDeclared,
)
from contracts.events.intake.earlier import (
    MonitoringParametersPublished as MonitoringParametersPublishedV1,
)
from contracts.events.intake.earlier import TargetProgressReported as TargetProgressReportedV1
from contracts.events.intake.earlier import parameters_v2, progress_v2
from contracts.events.intake.measuring import (
    ClassForecast,
    ForecastModelPublished,
    MonitoringParametersPublished,
    ProgressStandardPublished,
)
from contracts.events.intake.organisations import (
    JurisdictionRegistered,
    OrganisationClosed,
    OrganisationMoved,
    OrganisationRegistered,
)
from contracts.events.intake.parts import (
    Classification,
    Decision,
    Document,
    Payee,
    Period,
    YearFact,
)
from contracts.events.intake.payments import (
    ExpenditureRecorded,
    ExpenditureReversed,
    FundsDisbursed,
    FundsReturned,
    PaymentRequested,
)
from contracts.events.intake.plans import (
    INSTALMENTS_MAX,
    PERIODS_MAX,
    CommitmentRecorded,
    Instalment,
    PlanPeriod,
    SpendingPlanApproved,
)
from contracts.events.intake.progress import (
    WITHDRAWN_MAX,
    MilestoneReported,
    TargetProgressReported,
    TargetProgressWithdrawn,
)
from contracts.events.intake.projects import (
    ImplementationPlanChanged,
    ProjectAmended,
    ProjectRegistered,
    ProjectStateChanged,
    ProjectSubject,
    ProjectSucceeded,
)
from contracts.events.intake.targets import (
    STAGES_MAX,
    TARGETS_MAX,
    WEIGHT_MAX_BP,
    StageTarget,
    Target,
    TargetsAdjusted,
    TargetsApproved,
)
from contracts.events.intake.watching import (
    AssetAcquired,
    CheckRecorded,
    ProblemRegistered,
    ProblemResolved,
)

JURISDICTION_FACTS: tuple[type[Data], ...] = (
    JurisdictionRegistered,
    OrganisationRegistered,
    OrganisationMoved,
    OrganisationClosed,
    CalendarPublished,
    DayOpened,
    PublisherHeard,
    FiscalYearClosed,
    PriorityListPublished,
    RulePackPublished,
    MonitoringParametersPublishedV1,
    MonitoringParametersPublished,
    ProgressStandardPublished,
    ForecastModelPublished,
)
"""Facts whose subject is the jurisdiction itself; every ledger partition carries a copy."""

PROJECT_FACTS: tuple[type[Data], ...] = (
    ProjectRegistered,
    ProjectAmended,
    ProjectStateChanged,
    ProjectSucceeded,
    ImplementationPlanChanged,
    BudgetApproved,
    BudgetAdjusted,
    CarryoverRegistered,
    BalanceRecovered,
    SpendingPlanApproved,
    CommitmentRecorded,
    PaymentRequested,
    ExpenditureRecorded,
    ExpenditureReversed,
    FundsDisbursed,
    FundsReturned,
    TargetsApproved,
    TargetsAdjusted,
    TargetProgressReportedV1,
    TargetProgressReported,
    TargetProgressWithdrawn,
    MonitoringFormDeclared,
    MilestoneReported,
    CheckRecorded,
    ProblemRegistered,
    ProblemResolved,
    AssetAcquired,
    DispositionDecided,
    FactCorrected,
)
"""Facts whose subject is `<jurisdiction>/<project>`; they live on the project's partition."""

__all__ = [
    "INSTALMENTS_MAX",
    "JURISDICTION_FACTS",
    "PERIODS_MAX",
    "PROJECT_FACTS",
    "STAGES_MAX",
    "TARGETS_MAX",
    "WEIGHT_MAX_BP",
    "WITHDRAWN_MAX",
    "AssetAcquired",
    "BalanceRecovered",
    "BudgetAdjusted",
    "BudgetApproved",
    "CalendarPublished",
    "CarryoverRegistered",
    "CheckRecorded",
    "ClassForecast",
    "Classification",
    "CommitmentRecorded",
    "DayOpened",
    "Decision",
    "DeclaredFunding",
    "DeclaredIndicator",
    "DispositionDecided",
    "Document",
    "ExpenditureRecorded",
    "ExpenditureReversed",
    "FactCorrected",
    "FiscalYearClosed",
    "ForecastModelPublished",
    "FundsDisbursed",
    "FundsReturned",
    "ImplementationPlanChanged",
    "Instalment",
    "JurisdictionRegistered",
    "ListedProject",
    "MilestoneReported",
    "MonitoringFormDeclared",
    "MonitoringParametersPublished",
    "MonitoringParametersPublishedV1",
    "OrganisationClosed",
    "OrganisationMoved",
    "OrganisationRegistered",
    "Payee",
    "PaymentRequested",
    "Period",
    "PlanPeriod",
    "PriorityListPublished",
    "ProblemRegistered",
    "ProblemResolved",
    "ProgressStandardPublished",
    "ProjectAmended",
    "ProjectRegistered",
    "ProjectStateChanged",
    "ProjectSubject",
    "ProjectSucceeded",
    "PublisherHeard",
    "RulePackPublished",
    "SpendingPlanApproved",
    "StageTarget",
    "Target",
    "TargetProgressReported",
    "TargetProgressReportedV1",
    "TargetProgressWithdrawn",
    "TargetsAdjusted",
    "TargetsApproved",
    "YearFact",
    "parameters_v2",
    "progress_v2",
]
