"""Facts that finance systems and the scheduler state; intake owns them and keeps them for ever.

National field names stand in brackets (docs: finance-data; tables BA_BGT_INFO … PAY_DETAIL).
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from contracts.envelope import Data, Part
from contracts.vocabulary import (
    Accumulation,
    AdjustmentKind,
    Amount,
    BudgetAccount,
    BudgetOrigin,
    BusinessDate,
    Channel,
    Clock,
    Code,
    ControlMode,
    DecimalText,
    DocumentKind,
    FiscalYear,
    Flow,
    Grade,
    Identifier,
    IndicatorBehaviour,
    IndicatorDirection,
    Name,
    OrganisationKind,
    ProjectClass,
    Text,
    ValueKind,
)

PERIODS_MAX = 60
INSTALMENTS_MAX = 120
TARGETS_MAX = 200
STAGES_MAX = 60
WEIGHT_MAX_BP = 10_000


class Document(Part):
    """The numbered paper a fact is recorded on; with jurisdiction and year, its document key.

    Two facts with one key are one document: the second is refused (domain-rules 4).
    """

    kind: DocumentKind
    """What paper it is."""
    number: Identifier
    """Number printed on it (cor_bgt_doc_no, pay_app_no, pay_cert_no, contract_no …)."""
    line: Identifier | None = None
    """Detail id (pay_detail_id), else payee account hash, else ordinal within the voucher."""


class Classification(Part):
    """Class codes of a line or payment (numbers as declared nationally)."""

    function: Code | None = None
    """Functional class 类款项, 3/5/7 digits [exp_func_code]."""
    government_economic: Code | None = None
    """Government economic class, 5 digits [gov_bgt_eco_code]."""
    department_economic: Code | None = None
    """Department economic class, 5 digits [dep_bgt_eco_code]."""
    fund_type: Code | None = None
    """Kind of money, e.g. 111 一般公共预算资金 [fund_type_code]."""


class Payee(Part):
    """Who was paid. Natural persons only masked and as a keyed hash (domain-rules 7)."""

    name: Name
    """Name of an organisation, or a masked personal name [payee_acct_name]."""
    account_hash: Code | None = None
    """Keyed hash of the account number; the number itself is never stored."""
    natural_person: bool = False
    """Whether the payee is a person."""


class Period(Part):
    """A span of days, both ends included."""

    start: BusinessDate
    """First day."""
    end: BusinessDate
    """Last day."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            msg = "end must not be before start"
            raise ValueError(msg)
        return self


class JurisdictionRegistered(Data):
    """A tenant exists: a city, a district, any publisher of its own budget."""

    TYPE: ClassVar[str] = "jurisdiction.registered"

    name: Name
    """Name people read."""
    fiscal_year_start: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-01$")] = "01-01"
    """First day of its fiscal year, MM-01: 01-01 in China, 04-01 in the United Kingdom."""
    time_zone: Code = "Asia/Shanghai"
    """IANA name of the time zone its business days are counted in."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"
    """ISO 4217 code; every amount of the jurisdiction is in it."""
    clock: Clock = Clock.LIVE
    """Who opens its days."""
    parent: Code | None = None
    """The jurisdiction whose rule packs it inherits (Art. 17)."""


class OrganisationRegistered(Data):
    """A bureau, division, department or unit exists (Art. 5, 6; domain-rules 9)."""

    TYPE: ClassVar[str] = "organisation.registered"

    organisation: Identifier
    """Its code [agency_code(21), dept_code(21)]."""
    name: Name
    """Name people read."""
    kind: OrganisationKind
    """Level in the tree."""
    parent: Identifier | None = None
    """The organisation above it."""
    counterpart_division: Identifier | None = None
    """Of a department: the bureau division that reviews it (Art. 12(4))."""
    valid_from: BusinessDate | None = None
    """First day of this state; null: the fact's date."""
    valid_to: BusinessDate | None = None
    """Last day, if known."""


class ProjectRegistered(Data):
    """A project exists and has a lead unit (domain-rules 8)."""

    TYPE: ClassVar[str] = "project.registered"

    name: Name
    """项目名称 [pro_name]."""
    lead_unit: Identifier
    """The unit that answers for it [agency_code]."""
    department: Identifier
    """Competent department 主管部门 [dept_code]."""
    parent_project: Identifier | None = None
    """Code of the level-1 project it belongs to."""
    level: Annotated[int, Field(ge=1, le=4)] = 2
    """Level of the project (一级项目, 二级项目)."""
    project_class: ProjectClass | None = None
    """Class; null if not known [pro_cat_code]."""
    start_year: FiscalYear | None = None
    """First fiscal year [start_date]."""
    end_year: FiscalYear | None = None
    """Last fiscal year [end_date]."""
    new_this_year: bool = False
    """Whether its first budget is this fiscal year's (Art. 10)."""
    control_mode: ControlMode = ControlMode.ALLOTMENT
    """What limits its payments."""
    goal: Text = ""
    """年度总体目标, in words [kpi_target]."""


class YearFact(Data):
    """Base of facts that belong to a fiscal year and carry money."""

    fiscal_year: FiscalYear
    """Year whose budget is concerned; carried explicitly, never derived (domain-rules 5)."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    """ISO 4217 code of the amounts, if the source says it; any other than ours is refused."""


class BudgetApproved(YearFact):
    """One funding line of a project's budget is approved [BA_BGT_INFO]."""

    TYPE: ClassVar[str] = "budget.approved"

    line: Identifier
    """Funding line 指标 [bgt_id(38)]."""
    amount: Amount
    """Approved amount [amount]."""
    account: BudgetAccount
    """Which of the four budgets it belongs to (Art. 3, 7)."""
    channel: Channel = Channel.TREASURY_PAYMENT
    """How its money is paid."""
    origin: BudgetOrigin = BudgetOrigin.CURRENT_YEAR
    """Where its money comes from [source_type_code]."""
    unit: Identifier
    """Unit whose line it is [agency_code]."""
    classification: Classification = Classification()
    """Approved class codes."""
    allocation_is_expenditure: bool = False
    """An allocation on this line counts as spent at once (capital injection, to districts)."""
    undistributed: bool = False
    """待分配/代编: shown, not judged before a date of the jurisdiction (domain-rules 2)."""
    period: Period | None = None
    """Period the money is for, if it is not the fiscal year; over two years: not counted."""
    document: Document | None = None
    """指标文号 [cor_bgt_doc_no(100)]."""
    title: Text = ""
    """Title of the document [bgt_doc_title]."""


class BudgetAdjusted(YearFact):
    """A funding line changes; the kind gives the sign (domain-rules 2)."""

    TYPE: ClassVar[str] = "budget.adjusted"

    line: Identifier
    """The line that changes [bgt_id]."""
    adjustment_kind: AdjustmentKind
    """Why it changes."""
    direction: Flow | None = None
    """For virement and distribution: in or out."""
    batch_number: Identifier | None = None
    """For virement and distribution: what makes the two sides one [adj_batch_no(6)]."""
    amount: Amount
    """How much, never negative."""
    objective_grounds: bool | None = None
    """Of a cut: whether on objective grounds, so that targets are adjusted too (Art. 14(1))."""
    document: Document | None = None
    """Document of the adjustment."""
    reason: Text = ""
    """Ground, in words."""

    @model_validator(mode="after")
    def _direction_where_needed(self) -> Self:
        two_sided = self.adjustment_kind in {AdjustmentKind.VIREMENT, AdjustmentKind.DISTRIBUTED}
        if two_sided and (self.direction is None or self.batch_number is None):
            msg = "virement and distributed need direction and batch_number"
            raise ValueError(msg)
        if not two_sided and self.direction is not None:
            msg = "direction is only for virement and distributed: other kinds give the sign"
            raise ValueError(msg)
        return self


class CarryoverRegistered(YearFact):
    """Last year's unspent money is available again [BA_BGT_CARRYOVERS]."""

    TYPE: ClassVar[str] = "carryover.registered"

    from_year: FiscalYear
    """Year it was approved for; `fiscal_year` is the one in which it can be spent."""
    line: Identifier
    """Line that carries it now."""
    amount: Amount
    """结转金额 [carryovers_amt]."""
    account: BudgetAccount
    """Which budget."""
    channel: Channel = Channel.TREASURY_PAYMENT
    """How it is paid."""
    unit: Identifier
    """Unit whose money it is."""
    classification: Classification = Classification()
    """Class codes."""
    document: Document | None = None
    """Document that registers it."""


class PlanPeriod(Period):
    """One period of a spending plan: its amount is expected to be spent by its last day."""

    amount: Amount
    """Planned spending within the period [plan_amt]."""


class SpendingPlanApproved(YearFact):
    """A project's spending plan for a year; a later one replaces it [PAY_PLAN_VOUCHER]."""

    TYPE: ClassVar[str] = "spending_plan.approved"

    plan: Identifier
    """Plan id [plan_id]; a fact with the same plan replaces the earlier one."""
    line: Identifier | None = None
    """Line it is for; null: the whole project."""
    periods: Annotated[tuple[PlanPeriod, ...], Field(min_length=1, max_length=PERIODS_MAX)]
    """Its periods, in order."""
    document: Document | None = None
    """Plan voucher [plan_voucher_no]."""


class Instalment(Part):
    """One payment a contract calls for."""

    due: BusinessDate
    """When it falls due."""
    amount: Amount
    """How much."""


class CommitmentRecorded(YearFact):
    """A contract is signed and not yet paid (stage 1 of domain-rules 3)."""

    TYPE: ClassVar[str] = "commitment.recorded"

    amount: Amount
    """Amount committed in that year."""
    released: bool = False
    """True: the amount is no longer committed."""
    line: Identifier | None = None
    """Line it binds."""
    unit: Identifier | None = None
    """Unit that signed."""
    contract: Identifier | None = None
    """合同编号 [contract_no]."""
    supplier: Payee | None = None
    """The other party."""
    schedule: Annotated[tuple[Instalment, ...], Field(max_length=INSTALMENTS_MAX)] = ()
    """Payment schedule of the contract."""
    source_kind: Code | None = None
    """Kind in the source's own list (IATI transaction type)."""
    document: Document | None = None
    """The contract as a document."""


class PaymentRequested(YearFact):
    """A payment application was filed: never expenditure (domain-rules 3) [PAY_VOUCHER]."""

    TYPE: ClassVar[str] = "payment.requested"

    amount: Amount
    """Requested amount [pay_app_amt]."""
    line: Identifier | None = None
    """Line it asks of."""
    unit: Identifier | None = None
    """Unit that asks."""
    channel: Channel = Channel.TREASURY_PAYMENT
    """How it would be paid."""
    status: Code | None = None
    """State in the source's words (待审, 已审未支付)."""
    payee: Payee | None = None
    """Who would be paid."""
    contract: Identifier | None = None
    """Contract it rests on."""
    document: Document | None = None
    """支付申请 [pay_app_no]."""


class ExpenditureRecorded(YearFact):
    """A payment has been settled: money is spent [PAY_VOUCHER_BILL, PAY_DETAIL].

    On a treasury line it counts once as disbursed (an authorised payment together with its quota)
    and once as spent; on an allocation line as spent only (domain-rules 1).
    """

    TYPE: ClassVar[str] = "expenditure.recorded"

    amount: Amount
    """Paid amount [xpay_amt]."""
    channel: Channel = Channel.TREASURY_PAYMENT
    """How it was paid."""
    line: Identifier | None = None
    """Funding line it is charged to [bgt_id]; null or unknown: without budget."""
    unit: Identifier | None = None
    """Unit that spent; null: the project's lead unit [agency_code]."""
    account: BudgetAccount | None = None
    """Budget it is charged to, if the source says so."""
    classification: Classification = Classification()
    """Class codes of the payment."""
    pay_type: Code | None = None
    """How the treasury paid [pay_type_code(2)]; of channel treasury_payment only.

    `1`, `01`: direct 直接支付. `2`, `02`: authorised 授权支付, out of a quota 授权支付额度 that a
    `funds.disbursed` of the same line gave: the two count once as disbursed. Null and any other
    code count as direct.
    """
    payee: Payee | None = None
    """Who was paid."""
    batch: bool = False
    """A batch voucher (payroll, subsidies): duplicate, split and round rules skip it."""
    contract: Identifier | None = None
    """Contract it pays."""
    purpose: Text = ""
    """用途."""
    source_kind: Code | None = None
    """Kind in the source's own list (IATI transaction type 3, 4)."""
    source_amount: Code | None = None
    """The amount as the source wrote it, where it had more than two decimals."""
    document: Document | None = None
    """支付凭证 [pay_cert_no; pay_detail_id as line]."""


class ExpenditureReversed(YearFact):
    """Spent money came back: bank return, refund or correction (domain-rules 4, 5).

    `fiscal_year` is the original payment's.
    """

    TYPE: ClassVar[str] = "expenditure.reversed"

    amount: Amount
    """How much came back."""
    channel: Channel = Channel.TREASURY_PAYMENT
    """Channel of the original payment."""
    line: Identifier | None = None
    """Line of the original payment."""
    unit: Identifier | None = None
    """Unit of the original payment."""
    prior_year: bool = False
    """A refund of an earlier year's payment: shown apart, never reduces this year's."""
    original: Document | None = None
    """Document key of the payment that is reversed."""
    contract: Identifier | None = None
    """Contract of the original payment: its money is owed again. Null: what names no contract."""
    reason: Text = ""
    """退票, 更正, refund …"""
    source_kind: Code | None = None
    """Kind in the source's own list."""
    source_amount: Code | None = None
    """The amount as the source wrote it, where it had more than two decimals."""
    document: Document | None = None
    """Refund voucher [PaType 002]."""


class FundsDisbursed(YearFact):
    """The treasury transferred money to the unit 实拨 [PAY_ALLOCATION_CERT]."""

    TYPE: ClassVar[str] = "funds.disbursed"

    amount: Amount
    """Transferred amount [pay_amt]."""
    returned: bool = False
    """True: the unit gave the amount back to the treasury."""
    channel: Channel = Channel.ALLOCATION
    """Allocation; treasury_payment for 授权支付额度 (see `pay_type` of the payments out of it)."""
    line: Identifier | None = None
    """Line it is charged to."""
    unit: Identifier | None = None
    """Unit that received it."""
    source_kind: Code | None = None
    """Kind in the source's own list (IATI transaction type 1, 11)."""
    source_amount: Code | None = None
    """The amount as the source wrote it, where it had more than two decimals."""
    document: Document | None = None
    """拨款凭证 [pay_alloc_cert_no]."""


class StageTarget(Part):
    """What an indicator is to reach by a date within the year (阶段目标)."""

    due: BusinessDate
    """Date by which."""
    value: DecimalText
    """Value by then, in the indicator's unit."""


class Target(Part):
    """One level-3 indicator and what it promises for the year [PM_PERF_INDICATOR]."""

    indicator: Identifier
    """Indicator id [kpi_id]; the same id in a later fact replaces it."""
    name: Name
    """三级指标 [kpi_content]."""
    level_1: Code = "产出指标"
    """一级指标: code or name of the jurisdiction's catalogue [kpi_lv1]."""
    level_2: Code = "数量指标"
    """二级指标 [kpi_lv2]."""
    behaviour: IndicatorBehaviour
    """How it is judged."""
    direction: IndicatorDirection = IndicatorDirection.AT_LEAST
    """When it is met [sign]."""
    value_kind: ValueKind = ValueKind.NUMBER
    """What its values are."""
    accumulation: Accumulation = Accumulation.CUMULATIVE
    """How its values follow each other."""
    target_text: Name
    """The target as written [kpi_val(60)]; kept even if it cannot be parsed."""
    target: DecimalText | None = None
    """The target as a number; for a range, its lower bound; for a boolean, 1 or 0."""
    target_date: BusinessDate | None = None
    """The target as a date, of value kind `date`: reached on or before (`at_most`) …"""
    target_upper: DecimalText | None = None
    """Upper bound of a range."""
    unit: Code | None = None
    """Unit of measure 计量单位."""
    weight_bp: Annotated[int, Field(ge=0, le=WEIGHT_MAX_BP)] | None = None
    """Weight within the project; null: the default weights of domain-rules 15."""
    due: Annotated[tuple[BusinessDate, ...], Field(max_length=STAGES_MAX)] = ()
    """Dates at which it is to be reported; none: by the default of domain-rules 14."""
    stages: Annotated[tuple[StageTarget, ...], Field(max_length=STAGES_MAX)] = ()
    """Stage targets, in order of date."""
    evidence_required: bool = False
    """Whether a result needs an evidence file (domain-rules 22)."""

    @model_validator(mode="after")
    def _values_fit(self) -> Self:
        if self.value_kind in {ValueKind.NUMBER, ValueKind.RANGE} and self.target is None:
            msg = "a number or range target needs target (text that is no number: value_kind text)"
            raise ValueError(msg)
        if self.value_kind is ValueKind.DATE and self.target_date is None:
            msg = "a date target needs target_date (text that is no date: value_kind text)"
            raise ValueError(msg)
        is_range = self.direction is IndicatorDirection.RANGE
        if is_range != (self.target_upper is not None):
            msg = "target_upper is given exactly when direction is range"
            raise ValueError(msg)
        if self.target and self.target_upper and Decimal(self.target) > Decimal(self.target_upper):
            msg = "target_upper must not be below target"
            raise ValueError(msg)
        return self


class TargetsApproved(Data):
    """Performance targets of a project for a year are approved [PM_PERF_GOAL_INFO]."""

    TYPE: ClassVar[str] = "targets.approved"

    fiscal_year: FiscalYear
    """Year they promise for."""
    goal: Text = ""
    """年度总体目标 in words; empty: unchanged."""
    targets: Annotated[tuple[Target, ...], Field(min_length=1, max_length=TARGETS_MAX)]
    """The indicators; those not named stay as they are."""
    document: Document | None = None
    """Approving document."""


class TargetsAdjusted(Data):
    """Targets change during the year (Art. 14(1)); indicators named replace the earlier ones."""

    TYPE: ClassVar[str] = "targets.adjusted"

    fiscal_year: FiscalYear
    """Year they promise for."""
    targets: Annotated[tuple[Target, ...], Field(max_length=TARGETS_MAX)] = ()
    """New states of indicators."""
    withdrawn: Annotated[tuple[Identifier, ...], Field(max_length=TARGETS_MAX)] = ()
    """Indicators that no longer apply."""
    reason: Text = ""
    """Ground, in words."""
    document: Document | None = None
    """Approving document."""


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


class DayOpened(Data):
    """A business day begins in a jurisdiction: time is a fact (architecture 3).

    `date` is that day. "Today" is the last opened day, never the wall clock.
    """

    TYPE: ClassVar[str] = "day.opened"

    working_day: bool
    """Whether it is a working day, decided once from the calendar (Monday to Friday if none)."""
    jump: bool = False
    """Opened alone, without the days before it (imported history)."""


JURISDICTION_FACTS: tuple[type[Data], ...] = (
    JurisdictionRegistered,
    OrganisationRegistered,
    DayOpened,
)
"""Facts whose subject is the jurisdiction itself; every ledger partition carries a copy."""

PROJECT_FACTS: tuple[type[Data], ...] = (
    ProjectRegistered,
    BudgetApproved,
    BudgetAdjusted,
    CarryoverRegistered,
    SpendingPlanApproved,
    CommitmentRecorded,
    PaymentRequested,
    ExpenditureRecorded,
    ExpenditureReversed,
    FundsDisbursed,
    TargetsApproved,
    TargetsAdjusted,
    TargetProgressReported,
)
"""Facts whose subject is `<jurisdiction>/<project>`; they live on the project's partition."""
