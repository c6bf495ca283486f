"""What analysis said before dispositions stopped money: kept as it was, upcast on read.

Each class keeps the name that it had, so that its released schema stays what it is.
"""

from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import Field

from contracts.envelope import Data, Part
from contracts.events.analysis.findings import FINDINGS_MAX
from contracts.events.analysis.money import Execution
from contracts.events.analysis.targets import Attainment
from contracts.events.analysis.together import EarnedValue, Extended, ProjectStanding
from contracts.vocabulary import (
    BasisPoints,
    BusinessDate,
    FindingNature,
    FiscalYear,
    Identifier,
    Light,
    Name,
    Quadrant,
    SignedAmount,
    Text,
)


class FindingKind(StrEnum):
    """What a compliance finding says; judged from facts alone (Art. 10, domain-rules 17)."""

    SPENDING_WITHOUT_BUDGET = "spending_without_budget"
    """无预算开支."""
    AWAITING_BUDGET = "awaiting_budget"
    """Spending without a line before the approval's grace period ends (domain-rules 17a)."""
    OVER_BUDGET = "over_budget"
    """超预算开支: a line's spending exceeds its adjusted budget."""
    NEGATIVE_NET_SPEND = "negative_net_spend"
    """More reversed than spent (domain-rules 13)."""
    BUDGET_PERIOD_SPANS_YEARS = "budget_period_spans_years"
    """A budget whose period is not within one fiscal year: recorded, not counted."""
    ABOVE_PLAN = "above_plan"
    """超计划支付: spending exceeds the plan's periods begun; in control mode
    `allotment_and_plan` alone (domain-rules 17e)."""
    ABOVE_DISBURSEMENT = "above_disbursement"
    """An allocation line spent more than it was disbursed (domain-rules 1)."""
    DIVERSION = "diversion"
    """挤占挪用: a payment's budget or class is not that of its line (domain-rules 17c)."""
    ASSET_ABOVE_STANDARD = "asset_above_standard"
    """超标准配置资产 (Art. 8(3), 10)."""
    SPENDING_AFTER_END = "spending_after_end"
    """Spending dated after the project was completed or terminated (closed pro_code)."""
    SPENDING_WHILE_SUSPENDED = "spending_while_suspended"
    """Spending while the project is suspended (Art. 14(2), domain-rules 18)."""
    DUPLICATE_PAYMENT = "duplicate_payment"
    """疑似重复支付: one payee, one day, one amount, several payments (domain-rules 17d)."""
    SPLIT_PAYMENT = "split_payment"
    """疑似拆分支付: several payments to one payee on one day, each below a limit that their sum
    reaches (domain-rules 17d)."""
    ROUND_PAYMENT = "round_payment"
    """疑似整数支付: a large payment of a round sum (domain-rules 17d)."""
    YEAR_END_RUSH = "year_end_rush"
    """年底突击花钱: the last month's share of the year's spending is large."""
    PAYMENT_OVER_CONTRACT = "payment_over_contract"
    """疑似超合同支付: more was paid under a contract than is signed of it for the year (17d)."""
    PAYEE_OUTSIDE_CONTRACT = "payee_outside_contract"
    """疑似向合同外主体付款: a payment names a contract and goes to none of its parties (17d)."""


class FindingFact(Part):
    """A compliance finding that holds at the date (Art. 10, domain-rules 17)."""

    kind: FindingKind
    """What is found."""
    subject: Identifier
    """Line, document or entry it is about."""
    entry_sequence: int
    """The ledger entry (number within the project's stream) that brought it about; as money is
    kept by day: the last of the day on which the limit was crossed.
    """
    date: BusinessDate
    """Business date of that entry."""
    amount: SignedAmount
    """Amount at fault."""
    nature: FindingNature = FindingNature.FINDING
    """How much it claims."""
    provisional: bool
    """True until the next opened day confirms it (domain-rules 17b)."""


class AssessmentMade(Data):
    """A project and fiscal year, both monitors together, at a date (Art. 2).

    Third version of `assessment.made`: its findings may be of payments above a contract or to
    others than its parties. `date` is the as-of date.
    """

    TYPE: ClassVar[str] = "assessment.made"
    VERSION: ClassVar[int] = 3

    fiscal_year: FiscalYear
    """Year assessed."""
    project_name: Name | None = None
    """Name, null while the project is not registered."""
    lead_unit: Identifier | None = None
    """Its unit."""
    department: Identifier | None = None
    """Its department."""
    goal: Text = ""
    """年度总体目标 in words: of the year's targets, else of the registration."""
    stream_sequence: int
    """Last ledger entry of the project that was folded."""
    ledger_position: int
    """Last position of its ledger partition that was folded."""
    fiscal_year_start: BusinessDate
    """First day of the year."""
    fiscal_year_end: BusinessDate
    """Last day of the year."""
    months_completed: int
    """Completed months of the year at the date (15 July = 6)."""
    months_completed_before: int = 0
    """The same at the day opened before this one; 0 where that is none: tells a checkpoint's day
    from the days after it (domain-rules 11). Only of a settled assessment."""
    settled: bool
    """False between day boundaries; true for the state at an opened day."""
    execution: Execution
    """Monitor 1."""
    attainment: Attainment
    """Monitor 2."""
    light: Light | None = None
    """Worst of execution and judged indicators; null when there is nothing to judge."""
    quadrant: Quadrant | None = None
    """Both together; null unless both are judged."""
    money_ahead_bp: BasisPoints | None = None
    """execution_rate_bp − attainment_rate_bp; null unless both are there and some of what money
    buys directly (output quantity, timeliness, quality) is judged (domain-rules 15)."""
    findings: Annotated[tuple[FindingFact, ...], Field(max_length=FINDINGS_MAX)]
    """Findings that hold."""
    findings_total: int
    """How many hold, also beyond those listed."""
    earned_value: EarnedValue | None = None
    """Earned value and earned schedule; null where domain-rules 15 says not available."""
    extended: Extended = Extended()
    """Extended monitoring (Art. 8(3)), counted."""
    standing: ProjectStanding = ProjectStanding()
    """What kind of project it is, what state it is in, and what to know before judging it."""


def assessment_v4(event: dict[str, Any]) -> dict[str, Any]:
    """Tell an `assessment.made.v3` as v4: of disbursing nothing was found out."""
    return {**event, "type": "dualwatch.assessment.made.v4"}
