"""What analysis measures: assessments, findings, the end of a day's sweep."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.envelope import Data, Part
from contracts.vocabulary import (
    AttainmentState,
    BasisPoints,
    BudgetAccount,
    BusinessDate,
    Channel,
    Code,
    DecimalText,
    ExpectedBasis,
    FindingKind,
    FiscalYear,
    Grade,
    Identifier,
    IndicatorBehaviour,
    IndicatorDirection,
    Light,
    Name,
    Quadrant,
    SignedAmount,
    Text,
)

LINES_MAX = 500
INDICATORS_MAX = 1_000
FINDINGS_MAX = 100
MONTHS_MAX = 12


class BudgetComponents(Part):
    """The parts of the adjusted budget, each ≥ 0; their signed sum is it (domain-rules 2)."""

    original: SignedAmount
    """年初预算数: originally approved."""
    carryover: SignedAmount
    """上年结转 (+)."""
    supplement: SignedAmount
    """追加 (+)."""
    passed_down: SignedAmount
    """下达 (+)."""
    cut: SignedAmount
    """追减 (−)."""
    recovered: SignedAmount
    """收回 (−)."""
    virement: SignedAmount
    """调剂, net: in less out."""
    distributed: SignedAmount
    """分配, net: in less out."""


class Money(Part):
    """Execution figures of a project, line or group at a date (Art. 8(2))."""

    components: BudgetComponents
    """Where the adjusted budget comes from."""
    adjusted_budget: SignedAmount
    """调整后预算数."""
    committed: SignedAmount
    """Contracts signed, net of releases, whether paid or not."""
    requested: SignedAmount
    """Payment applications filed; no part of spending."""
    disbursed: SignedAmount
    """拨付: net of returns and reversals."""
    spent: SignedAmount
    """执行数: net of reversals, from the year's start to the date."""
    reversed: SignedAmount
    """Same-year reversals that `spent` is net of."""
    prior_year_refunds: SignedAmount
    """Refunds of earlier years' payments, shown apart."""
    balance: SignedAmount
    """adjusted_budget − spent."""
    uncommitted_balance: SignedAmount
    """balance − commitments not yet paid, by contract; what names no contract is pooled."""
    execution_rate_bp: BasisPoints | None = None
    """执行率 on the adjusted budget; null when that is zero."""
    execution_rate_original_bp: BasisPoints | None = None
    """执行率 on the original budget, for the strict national layout."""


class LineFigures(Part):
    """Execution of one funding line."""

    line: Identifier
    """The line."""
    unit: Identifier
    """Its unit."""
    account: BudgetAccount
    """Its budget."""
    channel: Channel
    """Its channel."""
    function: Code | None = None
    """Its functional class."""
    undistributed: bool
    """Shown, not judged."""
    money: Money
    """Its figures."""


class Execution(Part):
    """The first monitor: money (Art. 8(2))."""

    money: Money
    """Of the whole project and year."""
    lines: Annotated[tuple[LineFigures, ...], Field(max_length=LINES_MAX)]
    """Per funding line; unbudgeted money is in the project's figures only."""
    expected_spent: SignedAmount | None = None
    """What should be spent at the date; null without budget."""
    expected_rate_bp: BasisPoints | None = None
    """考核进度 on the adjusted budget."""
    expected_basis: ExpectedBasis | None = None
    """What the expectation rests on."""
    ratio_bp: BasisPoints | None = None
    """Execution ratio: execution rate ÷ expected rate; null when nothing is expected."""
    deviation_points_bp: BasisPoints | None = None
    """Execution rate − expected rate, in 1/100 of a percentage point."""
    approved_on: BusinessDate | None = None
    """Date of the first approval of a budget line of the year."""
    month_spent: Annotated[tuple[SignedAmount, ...], Field(max_length=MONTHS_MAX)]
    """Net spending per fiscal month up to the date."""
    light: Light | None = None
    """Execution light (domain-rules 12)."""


class IndicatorFigures(Part):
    """One indicator at a date (Art. 8(1))."""

    indicator: Identifier
    """Its id."""
    name: Name
    """三级指标."""
    level_1: Code
    """一级指标."""
    level_2: Code
    """二级指标."""
    behaviour: IndicatorBehaviour
    """How it is judged."""
    direction: IndicatorDirection
    """When it is met."""
    unit: Code | None = None
    """Unit of measure."""
    target_text: Name
    """Annual target as written."""
    target: DecimalText | None = None
    """Annual target as a number."""
    expected: DecimalText | None = None
    """What is expected at the date; null where nothing is due or it is no number."""
    actual_text: Name | None = None
    """Last result as written; null if none."""
    actual: DecimalText | None = None
    """Result at the date as a number."""
    grade: Grade | None = None
    """Grade of a qualitative result."""
    reported_on: BusinessDate | None = None
    """Date of the last result that counts."""
    next_due: BusinessDate | None = None
    """First due date after the date, if any."""
    state: AttainmentState
    """Whether it can be judged."""
    ratio_bp: BasisPoints | None = None
    """actual ÷ expected; null where not applicable."""
    attainment_bp: BasisPoints | None = None
    """Degree of completion at the date, capped at 100 % for the roll-up."""
    met: bool | None = None
    """Whether the annual target is met by the last result."""
    weight_bp: BasisPoints
    """Weight before renormalising."""
    weight_is_default: bool
    """Whether the weight was given by domain-rules 15."""
    light: Light | None = None
    """Its light."""


class Attainment(Part):
    """The second monitor: targets (Art. 8(1))."""

    indicators: Annotated[tuple[IndicatorFigures, ...], Field(max_length=INDICATORS_MAX)]
    """Every indicator of the year."""
    judged: int
    """How many are judged at the date."""
    attainment_rate_bp: BasisPoints | None = None
    """Weighted attainment of the judged ones; null when none is."""
    effect_rate_bp: BasisPoints | None = None
    """The same over output quantity, timeliness and quality alone (domain-rules 15)."""
    light: Light | None = None
    """Worst light of the judged indicators."""


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
    provisional: bool
    """True until the next opened day confirms it (domain-rules 17b)."""


class AssessmentMade(Data):
    """A project and fiscal year, both monitors together, at a date (Art. 2).

    `date` is the as-of date.
    """

    TYPE: ClassVar[str] = "assessment.made"

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


class FindingDetected(Data):
    """A finding on a single fact, sent at once and never coalesced."""

    TYPE: ClassVar[str] = "finding.detected"

    fiscal_year: FiscalYear
    """Year concerned."""
    finding: FindingFact
    """What was found."""
    explanation: Text = ""
    """In words."""


class DayAssessed(Data):
    """Every active project of one partition has been assessed for an opened day."""

    TYPE: ClassVar[str] = "day.assessed"

    partition: int
    """Partition of the ledger."""
    working_day: bool
    """Of the day that was opened."""
    projects: int
    """How many project years were assessed."""
