"""The first monitor, money, as it is measured (Art. 8(2))."""

from typing import Annotated

from pydantic import Field

from contracts.envelope import Part
from contracts.vocabulary import (
    BasisPoints,
    BudgetAccount,
    BusinessDate,
    Channel,
    Code,
    ExpectedBasis,
    ForecastMethod,
    Identifier,
    Light,
    NoInterval,
    SignedAmount,
)

LINES_MAX = 500
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
    """执行率 on the adjusted budget; null when that is zero or less."""
    execution_rate_original_bp: BasisPoints | None = None
    """执行率 on the original budget, for the strict national layout; null as above."""


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
    """Its functional class 功能分类."""
    government_economic: Code | None = None
    """Its government economic class 政府预算支出经济分类."""
    undistributed: bool
    """Shown, not judged."""
    money: Money
    """Its figures."""
    expected_spent: SignedAmount | None = None
    """What should be spent on it at the date; null where it is not judged. The lines' sum is the
    project's (where one plan is for the whole project it is shared out by adjusted budget)."""
    expected_basis: ExpectedBasis | None = None
    """What that rests on."""


class Forecast(Part):
    """Spending foreseen for the year's end."""

    method: ForecastMethod
    """How it is foreseen."""
    point: SignedAmount
    """Spending foreseen; never below spent + committed due this year (domain-rules 3)."""
    low: SignedAmount | None = None
    """Lower end of the interval, not above the point nor below spent + committed due; null if there
    is none."""
    high: SignedAmount | None = None
    """Upper end, not below the point; it may exceed today's budget, up to twice it, because budgets
    grow in the course of a year."""
    interval_bp: BasisPoints | None = None
    """Share of actual year ends that the interval is made to hold."""
    no_interval: NoInterval | None = None
    """Why there is none."""
    model: Identifier | None = None
    """Published forecast model that it rests on; null: none, the method follows from the facts."""
    committed_due: SignedAmount
    """Unpaid commitments due by the year's end."""
    rate_bp: BasisPoints | None = None
    """Point ÷ adjusted budget."""
    carryover: SignedAmount
    """预计结转: what of the budget is foreseen to be left and goes on (domain-rules 6)."""
    surplus: SignedAmount
    """预计结余: what is left and goes back (domain-rules 6)."""


class Execution(Part):
    """The first monitor: money (Art. 8(2))."""

    money: Money
    """Of the whole project and year."""
    lines: Annotated[tuple[LineFigures, ...], Field(max_length=LINES_MAX)]
    """Per funding line; unbudgeted money is in the project's figures only."""
    expected_spent: SignedAmount | None = None
    """What should be spent at the date; null where the judged lines have no budget above zero."""
    expected_rate_bp: BasisPoints | None = None
    """考核进度 on the adjusted budget."""
    expected_basis: ExpectedBasis | None = None
    """What the expectation rests on."""
    ratio_bp: BasisPoints | None = None
    """Execution ratio: spent ÷ expected, as both rates have one budget; null when nothing is
    expected."""
    deviation_points_bp: BasisPoints | None = None
    """Execution rate − expected rate, in 1/100 of a percentage point."""
    approved_on: BusinessDate | None = None
    """Date of the first approval of a budget line of the year."""
    month_spent: Annotated[tuple[SignedAmount, ...], Field(max_length=MONTHS_MAX)]
    """Net spending per fiscal month up to the date."""
    light: Light | None = None
    """Execution light (domain-rules 12)."""
    forecast: Forecast | None = None
    """Spending at the year's end; null without budget."""
