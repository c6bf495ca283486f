"""Value objects and closed lists that every event is made of.

Money is an integer number of fen (1/100 of the currency's unit) inside and a decimal string with
two places on the wire; rates are integer basis points (1/100 of a per cent).
Terms: docs/glossary.md. Field sources: the national exchange tables named in each docstring.
"""

import datetime as dt
import re
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

YUAN_DIGITS_MAX: Final = 15
"""Longest integer part of an amount: 999,999,999,999,999 yuan fits int64 fen with room to sum."""

SUM_DIGITS_MAX: Final = 24
"""Longest integer part of a derived sum: no number of largest amounts makes one unreadable."""

FISCAL_YEAR_MIN: Final = 1990
FISCAL_YEAR_MAX: Final = 2199
DATE_MIN: Final = dt.date(1900, 1, 1)
DATE_MAX: Final = dt.date(2299, 12, 31)
"""Bounds of every business date, so that no reader's arithmetic leaves the calendar."""
ID_LENGTH_MAX: Final = 128
NAME_LENGTH_MAX: Final = 500
TEXT_LENGTH_MAX: Final = 4_000
CODE_LENGTH_MAX: Final = 64

_AMOUNT_PATTERN: Final = rf"^(0|[1-9][0-9]{{0,{YUAN_DIGITS_MAX - 1}}})\.[0-9]{{2}}$"
_SIGNED_PATTERN: Final = rf"^-?(0|[1-9][0-9]{{0,{SUM_DIGITS_MAX - 1}}})\.[0-9]{{2}}$"
_AMOUNT = re.compile(_AMOUNT_PATTERN, re.ASCII)
_SIGNED = re.compile(_SIGNED_PATTERN, re.ASCII)


def fen_to_wire(fen: int) -> str:
    """Write fen as the wire's decimal string: 12345 → "123.45", -5 → "-0.05"."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}{yuan}.{rest:02d}"


def wire_to_fen(text: str) -> int:
    """Read a wire amount, "123.45" → 12345; ValueError says what the form must be."""
    if not _SIGNED.fullmatch(text):
        msg = 'must be a decimal string with exactly two places, such as "1234.50"'
        raise ValueError(msg)
    return int(text.replace(".", ""))


def _read_amount(value: object) -> int:
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        return int(value.replace(".", ""))
    msg = (
        "must be a non-negative amount as a decimal string with exactly two places, "
        'such as "1234.50" (direction is given by the kind of the event, never by a sign)'
    )
    raise ValueError(msg)


def _read_signed(value: object) -> int:
    if isinstance(value, str):
        return wire_to_fen(value)
    msg = 'must be an amount as a decimal string with exactly two places, such as "-1234.50"'
    raise ValueError(msg)


Amount = Annotated[
    int,
    BeforeValidator(_read_amount),
    PlainSerializer(fen_to_wire, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _AMOUNT_PATTERN,
            "description": "non-negative amount, two decimal places",
        }
    ),
]
"""A non-negative amount: decimal string of yuan on the wire, integer fen inside."""

SignedAmount = Annotated[
    int,
    BeforeValidator(_read_signed),
    PlainSerializer(fen_to_wire, return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": _SIGNED_PATTERN,
            "description": "signed amount, two decimal places",
        }
    ),
]
"""A derived amount that may be negative (balances): as `Amount` but with a sign."""

BasisPoints = Annotated[int, Field(ge=-(10**12), le=10**12)]
"""A rate in 1/10,000: 5934 is 59.34 %."""


def rate_bp(part: int, whole: int) -> int | None:
    """Exact ratio of two fen amounts in basis points, rounded half up once; null over zero.

    domain-rules 12: every light and rule compares this one figure.
    """
    if whole == 0:
        return None
    # Integers alone: Decimal would round to its context's 28 digits first.
    size = abs(whole)
    rounded = (2 * 10_000 * abs(part) + size) // (2 * size)
    return rounded if (part < 0) == (whole < 0) else -rounded


def _read_date(value: object) -> dt.date:
    # Strictly YYYY-MM-DD: pydantic alone would also take numbers and midnight date-times.
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
        value = dt.date.fromisoformat(value)
    if type(value) is not dt.date:
        msg = "must be a calendar date written YYYY-MM-DD"
        raise ValueError(msg)
    if not DATE_MIN <= value <= DATE_MAX:
        msg = f"must lie between {DATE_MIN} and {DATE_MAX} (leave an open end out)"
        raise ValueError(msg)
    return value


BusinessDate = Annotated[
    dt.date,
    BeforeValidator(_read_date),
    WithJsonSchema({"type": "string", "format": "date"}),
]
"""A business day in the jurisdiction's own time zone, ISO 8601."""

FiscalYear = Annotated[int, Field(strict=True, ge=FISCAL_YEAR_MIN, le=FISCAL_YEAR_MAX)]
"""A fiscal year, named by the calendar year in which it begins (国家表 fiscal_year(4))."""

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def _plain_text(text: str) -> str:
    if _FORBIDDEN.search(text.replace("\n", "").replace("\t", "")):
        msg = "must not contain control characters"
        raise ValueError(msg)
    return text


def _identifier(text: str) -> str:
    if _FORBIDDEN.search(text) or text != text.strip():
        msg = "must not contain control characters or begin or end with a space"
        raise ValueError(msg)
    return text


Identifier = Annotated[
    str, Field(min_length=1, max_length=ID_LENGTH_MAX), AfterValidator(_identifier)
]
"""An id that another system gave: kept as it is, compared byte for byte."""

Code = Annotated[str, Field(min_length=1, max_length=CODE_LENGTH_MAX), AfterValidator(_identifier)]
"""A code of a national or local code list."""

Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH_MAX), AfterValidator(_plain_text)]
"""A title that people read."""

Text = Annotated[str, Field(max_length=TEXT_LENGTH_MAX), AfterValidator(_plain_text)]
"""Free text that people wrote."""


def _decimal_text(text: str) -> str:
    Decimal(text)
    return text


DecimalText = Annotated[
    str,
    Field(pattern=r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?$"),
    AfterValidator(_decimal_text),
]
"""An exact number that is not money (indicator values), as a decimal string, ≤ 6 places."""


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


class IndicatorBehaviour(StrEnum):
    """What kind of promise an indicator is; rules use this, never the catalogue's codes."""

    PROGRESS = "progress"
    """数量: output quantity."""
    QUALITY = "quality"
    """质量."""
    TIMELINESS = "timeliness"
    """时效."""
    COST = "cost"
    """成本."""
    OUTCOME = "outcome"
    """效益: economic, social, ecological, sustained impact."""
    SATISFACTION = "satisfaction"
    """服务对象满意度."""


class IndicatorDirection(StrEnum):
    """When a value meets its target (domain-rules 14; computesign ≥ ≤ =)."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EQUAL = "equal"
    RANGE = "range"


class Accumulation(StrEnum):
    """How successive values of an indicator relate (domain-rules 14)."""

    CUMULATIVE = "cumulative"
    POINT_IN_TIME = "point_in_time"
    PER_PERIOD = "per_period"
    ONCE = "once"


class ValueKind(StrEnum):
    """What a target value is made of; the original text is always kept."""

    NUMBER = "number"
    RANGE = "range"
    DATE = "date"
    BOOLEAN = "boolean"
    GRADE = "grade"
    TEXT = "text"


class Grade(StrEnum):
    """Qualitative result: 达成目标 / 部分达成目标并具有一定效果 / 未达成目标且效果较差."""

    MET = "met"
    PARTLY_MET = "partly_met"
    NOT_MET = "not_met"


class ProjectClass(StrEnum):
    """Class whose spending profile is the standard where no plan is (domain-rules 8, 10)."""

    RECURRENT = "recurrent"
    PROCUREMENT = "procurement"
    CONSTRUCTION = "construction"
    SUBSIDY = "subsidy"
    ONE_OFF = "one_off"


class ControlMode(StrEnum):
    """What limits a payment (domain-rules 17e; 单控制 / 双控制)."""

    ALLOTMENT = "allotment"
    ALLOTMENT_AND_PLAN = "allotment_and_plan"


class OrganisationKind(StrEnum):
    """Levels of the tree of Art. 5 and 6 (domain-rules 9)."""

    BUREAU = "bureau"
    BUREAU_DIVISION = "bureau_division"
    DEPARTMENT = "department"
    UNIT = "unit"


class Clock(StrEnum):
    """Who opens a jurisdiction's days: intake's scheduler, or a person or simulation."""

    LIVE = "live"
    MANUAL = "manual"


class ExpectedBasis(StrEnum):
    """What the expected progress rests on, in order of authority (domain-rules 10)."""

    PLAN = "plan"
    CONTRACT = "contract"
    CLASS_PROFILE = "class_profile"
    ASSESSMENT_TABLE = "assessment_table"
    MONTHS = "months"


class AttainmentState(StrEnum):
    """Whether an indicator can be judged at a date (domain-rules 14, 15)."""

    JUDGED = "judged"
    NOT_YET_DUE = "not_yet_due"
    NOT_REPORTED = "not_reported"
    NOT_JUDGEABLE = "not_judgeable"


class Light(StrEnum):
    """Traffic light; worst first: red > yellow > green > blue (domain-rules 12)."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"


class Quadrant(StrEnum):
    """Execution and attainment side by side (Art. 2)."""

    ON_TRACK = "on_track"
    """Both on standard."""
    MONEY_BEHIND = "money_behind"
    """Results on standard, execution behind."""
    RESULTS_BEHIND = "results_behind"
    """Execution on standard, results behind: 花钱没办成事."""
    BOTH_BEHIND = "both_behind"


class Aspect(StrEnum):
    """The three kinds of monitoring of Art. 10."""

    TIMELINESS = "timeliness"
    COMPLIANCE = "compliance"
    EFFECTIVENESS = "effectiveness"


class Severity(StrEnum):
    """How much an alert demands; red before yellow before info."""

    INFO = "info"
    YELLOW = "yellow"
    RED = "red"


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


class PrincipalKind(StrEnum):
    """Who can be let in."""

    PUBLISHER = "publisher"
    """A finance system that states facts."""
    STAFF = "staff"
    """A person of a unit, a department or the bureau."""
    SERVICE = "service"
    """A program of the deployment itself."""


class Role(StrEnum):
    """What somebody is in dual monitoring (Art. 4 to 6, 12); it gives permissions, never scope."""

    PUBLISHER = "publisher"
    """发布系统: states facts, sees what became of its own."""
    UNIT_FILLER = "unit_filler"
    """单位填报人: a unit's person who fills in forms (Art. 12)."""
    UNIT_APPROVER = "unit_approver"
    """单位负责人: answers for a unit's forms (Art. 6)."""
    DEPARTMENT_REVIEWER = "department_reviewer"
    """主管部门审核人: reviews the forms of a department's units (Art. 6)."""
    COUNTERPART_DIVISION = "counterpart_division"
    """业务处(室): the bureau's division that a department belongs to (Art. 5)."""
    PERFORMANCE_DIVISION = "performance_division"
    """预算绩效管理处: leads monitoring in the finance bureau (Art. 5)."""
    BUREAU_LEADER = "bureau_leader"
    """局领导: reads everything of the bureau's jurisdictions."""
    DATA_DESK = "data_desk"
    """数据管理岗: imports files, fixes and releases what was refused, opens days."""
    AUDITOR = "auditor"
    """审计监督: reads everything within its scope, verifies the ledger, changes nothing."""
    OPERATOR = "operator"
    """运维: keys and days; sees no figures."""
