"""Closed lists about budgets and payments."""

from enum import StrEnum


class BudgetAccount(StrEnum):
    """The four budgets of Art. 3 and 7 (Budget Law art. 5), and money outside them."""

    GENERAL_PUBLIC = "general_public"
    """一般公共预算 (fund type 111, 112)."""
    GOVERNMENT_FUNDS = "government_funds"
    """政府性基金预算 (fund type 121, 122)."""
    STATE_CAPITAL = "state_capital"
    """国有资本经营预算 (fund type 131)."""
    SOCIAL_INSURANCE = "social_insurance"
    """社会保险基金预算 (fund type 141)."""
    OTHER_FUNDS = "other_funds"
    """其他资金: own and other funds of the unit, outside the four budgets (fund type 2, 3x)."""


class Channel(StrEnum):
    """How money reaches its payee (domain-rules 1)."""

    TREASURY_PAYMENT = "treasury_payment"
    """国库集中支付: from the treasury straight to the payee; disbursed and spent at once."""
    ALLOCATION = "allocation"
    """实拨: to the unit's account first; spent when the unit's expenditure is recorded."""
    OWN_FUNDS = "own_funds"
    """单位资金: money of the unit itself; never disbursed by the treasury."""


class BudgetOrigin(StrEnum):
    """Where a budget line's money comes from (domain-rules 2)."""

    CURRENT_YEAR = "current_year"
    CARRYOVER = "carryover"
    TRANSFER_FROM_ABOVE = "transfer_from_above"


class AdjustmentKind(StrEnum):
    """How a budget changes; the kind gives the sign (domain-rules 2)."""

    SUPPLEMENT = "supplement"
    """追加 (+)."""
    CUT = "cut"
    """追减 (−)."""
    VIREMENT = "virement"
    """调剂: two lines of one batch number, one in, one out."""
    RECOVERY = "recovery"
    """收回 (−)."""
    PASSED_DOWN = "passed_down"
    """下达 (+)."""
    DISTRIBUTED = "distributed"
    """分配: from an undistributed line to the projects; one out, the others in."""


class Flow(StrEnum):
    """Direction of a virement or distribution as seen by the line."""

    IN = "in"
    OUT = "out"


class DocumentKind(StrEnum):
    """What numbered paper a fact is recorded on (domain-rules 4)."""

    BUDGET = "budget"
    """指标文 (cor_bgt_doc_no)."""
    PLAN = "plan"
    """用款计划 (plan_voucher_no)."""
    CONTRACT = "contract"
    """合同 (contract_no)."""
    PAYMENT_APPLICATION = "payment_application"
    """支付申请 (pay_app_no)."""
    PAYMENT_CERTIFICATE = "payment_certificate"
    """支付凭证 (pay_cert_no)."""
    ALLOCATION_CERTIFICATE = "allocation_certificate"
    """拨款凭证 (pay_alloc_cert_no)."""
    REFUND = "refund"
    """退款 (PaType 002)."""


class ControlMode(StrEnum):
    """What limits a payment (domain-rules 17e; 单控制 / 双控制)."""

    ALLOTMENT = "allotment"
    ALLOTMENT_AND_PLAN = "allotment_and_plan"
