"""Budget lines: approved, adjusted, carried over, recovered (domain-rules 2)."""

from typing import ClassVar, Self

from pydantic import model_validator

from contracts.events.intake.parts import Classification, Document, Period, YearFact
from contracts.vocabulary import (
    AdjustmentKind,
    Amount,
    BudgetAccount,
    BudgetOrigin,
    Channel,
    FiscalYear,
    Flow,
    Identifier,
    Text,
)


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


class BalanceRecovered(YearFact):
    """The treasury takes an unspent balance back 收回结余 [BA_BGT_BALANCE].

    It reduces the line's adjusted budget as a `budget.adjusted` of kind `recovery` does; of one
    recovery a publisher states one of the two, by whichever table it comes from (domain-rules 2).
    """

    TYPE: ClassVar[str] = "balance.recovered"

    line: Identifier
    """Line whose balance is taken [bgt_id]."""
    amount: Amount
    """收回数 [back_balance], never negative."""
    unit: Identifier | None = None
    """Unit whose money it was [agency_code]; null: the line's own."""
    account: BudgetAccount | None = None
    """Budget that it goes back to, if the source says so [fund_type_code]."""
    reason: Text = ""
    """Ground, in words: surplus, two years unspent (domain-rules 6) …"""
    document: Document | None = None
    """收回文号 [cor_bgt_doc_no]; its line is the budget line where one number takes several."""
