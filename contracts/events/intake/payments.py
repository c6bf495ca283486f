"""Money on its way: requested, spent, reversed, disbursed, returned (domain-rules 1, 3 to 5)."""

from typing import ClassVar

from contracts.events.intake.parts import Classification, Document, Payee, YearFact
from contracts.vocabulary import Amount, BudgetAccount, Channel, Code, Identifier, Text


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


class FundsReturned(YearFact):
    """A unit gave money that was disbursed back to the treasury 缴回 [PAY_ALLOCATION_CERT].

    It reduces what is disbursed as `funds.disbursed` with `returned` does (that older form stays
    readable); of one return a publisher states one of the two. Spending is not touched by it:
    that is `expenditure.reversed`, except on a line whose allocations are expenditure at once.
    """

    TYPE: ClassVar[str] = "funds.returned"

    amount: Amount
    """Returned amount [pay_amt], never negative."""
    channel: Channel = Channel.ALLOCATION
    """Channel it was disbursed by; treasury_payment for a returned quota 授权支付额度."""
    line: Identifier | None = None
    """Line it had been charged to [bgt_id]."""
    unit: Identifier | None = None
    """Unit that returns it [agency_code]."""
    original: Document | None = None
    """Document of the disbursement that is undone [pay_alloc_cert_no]."""
    reason: Text = ""
    """Ground, in words."""
    source_kind: Code | None = None
    """Kind in the source's own list."""
    source_amount: Code | None = None
    """The amount as the source wrote it, where it had more than two decimals."""
    document: Document | None = None
    """Paper of the return itself [PaType 002]."""
