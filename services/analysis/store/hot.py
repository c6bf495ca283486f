"""What of hot events measuring uses, as it is decoded fast; `events` reads them.

Fields have the contract's names and defaults. `settle` checks what the decoder cannot.
"""

import datetime as dt
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from contracts.vocabulary import (
    CODE_LENGTH_MAX,
    DATE_MAX,
    DATE_MIN,
    FISCAL_YEAR_MAX,
    FISCAL_YEAR_MIN,
    ID_LENGTH_MAX,
    NAME_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    BudgetAccount,
    BudgetOrigin,
    Channel,
    ControlMode,
    DocumentKind,
    ProjectClass,
)

Identifier = Annotated[str, Meta(min_length=1, max_length=ID_LENGTH_MAX)]
Code = Annotated[str, Meta(min_length=1, max_length=CODE_LENGTH_MAX)]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH_MAX)]
Text = Annotated[str, Meta(max_length=TEXT_LENGTH_MAX)]
Year = Annotated[int, Meta(ge=FISCAL_YEAR_MIN, le=FISCAL_YEAR_MAX)]

AMOUNT_LENGTH_MIN: Final = len("0.00")
AMOUNT_LENGTH_MAX: Final = 18
"""Fifteen digits of yuan and two of fen, as the contract has it."""
Amount = Annotated[str, Meta(min_length=AMOUNT_LENGTH_MIN, max_length=AMOUNT_LENGTH_MAX)]

PLAIN_MAX: Final = 10_000
"""Codes remembered to be plain."""
_PLAIN: Final[set[str]] = set()

_WHOLE: Final = msgspec.json.Decoder(int).decode
"""Digits as a number, in half the time that int() takes."""


class MoneyData(Struct, gc=False, kw_only=True):
    """What hot facts about money have in common."""

    date: dt.date
    fiscal_year: Year
    amount: Amount
    """Text on the wire, fen once it is settled."""
    line: Identifier | None = None

    def settle(self) -> bool:
        """Check what the decoder cannot; turn the amount into fen."""
        return _settle(self)


class Classes(Struct, frozen=True, gc=False):
    """Of `contracts.events.intake.Classification`."""

    function: Code | None = None
    government_economic: Code | None = None
    fund_type: Code | None = None

    def are_plain(self) -> bool:
        """Whether all codes surely are some."""
        for code in (self.function, self.government_economic, self.fund_type):
            if code is not None and code not in _PLAIN:
                if not is_plain(code):
                    return False
                if len(_PLAIN) < PLAIN_MAX:
                    _PLAIN.add(code)
        return True


NO_CLASSES: Final = Classes()


class Payee(Struct, frozen=True, gc=False):
    """Of `contracts.events.intake.Payee`."""

    name: Name
    account_hash: Code | None = None


class Paper(Struct, frozen=True, gc=False):
    """Of `contracts.events.intake.Document`."""

    kind: DocumentKind
    number: Identifier
    line: Identifier | None = None


class ExpenditureData(MoneyData, gc=False):
    """Of `contracts.events.intake.ExpenditureRecorded`."""

    channel: Channel = Channel.TREASURY_PAYMENT
    account: BudgetAccount | None = None
    classification: Classes = NO_CLASSES
    pay_type: Code | None = None
    batch: bool = False
    contract: Identifier | None = None

    def settle(self) -> bool:
        """Check what the decoder cannot; turn the amount into fen."""
        if self.pay_type is not None and not is_plain(self.pay_type):
            return False
        if self.contract is not None and not is_plain(self.contract):
            return False
        classes = self.classification
        return (classes is NO_CLASSES or classes.are_plain()) and _settle(self)


class LargeExpenditureData(ExpenditureData, gc=False):
    """The same of a payment from SUSPECT_FROM on: of others nobody asks to whom and on what."""

    payee: Payee | None = None
    document: Paper | None = None

    def settle(self) -> bool:
        """Check what the decoder cannot; turn the amount into fen."""
        payee, paper = self.payee, self.document
        # A name may begin or end with a space, but not hold what cannot be printed.
        if payee and not (payee.name.isprintable() and are_plain(payee.account_hash)):
            return False
        return (paper is None or is_plain_paper(paper)) and ExpenditureData.settle(self)


class ReversalData(MoneyData, gc=False):
    """Of `contracts.events.intake.ExpenditureReversed`."""

    channel: Channel = Channel.TREASURY_PAYMENT
    prior_year: bool = False
    original: Paper | None = None
    contract: Identifier | None = None

    def settle(self) -> bool:
        """Check what the decoder cannot; turn the amount into fen."""
        if self.original is not None and not is_plain_paper(self.original):
            return False
        return (self.contract is None or is_plain(self.contract)) and _settle(self)


class DisbursementData(MoneyData, gc=False):
    """Of `contracts.events.intake.FundsDisbursed`."""

    channel: Channel = Channel.ALLOCATION
    returned: bool = False


class ApprovalData(MoneyData, gc=False, kw_only=True):
    """Of `contracts.events.intake.BudgetApproved`."""

    line: Identifier
    account: BudgetAccount
    channel: Channel = Channel.TREASURY_PAYMENT
    origin: BudgetOrigin = BudgetOrigin.CURRENT_YEAR
    unit: Identifier
    classification: Classes = NO_CLASSES
    allocation_is_expenditure: bool = False
    undistributed: bool = False
    period: Any = None

    def settle(self) -> bool:
        """Check what the decoder cannot; a period of its own is for the contract."""
        plain = is_plain(self.unit) and self.classification.are_plain()
        return self.period is None and plain and _settle(self)


class RegistrationData(Struct, gc=False, kw_only=True):
    """Of `contracts.events.intake.ProjectRegistered`."""

    date: dt.date
    name: Name
    lead_unit: Identifier
    department: Identifier
    parent_project: Identifier | None = None
    goal: Text = ""
    level: Annotated[int, Meta(ge=1, le=4)] = 2
    project_class: ProjectClass | None = None
    start_year: Year | None = None
    end_year: Year | None = None
    new_this_year: bool = False
    control_mode: ControlMode = ControlMode.ALLOTMENT

    def settle(self) -> bool:
        """Check what the decoder cannot."""
        plain = are_plain(self.lead_unit, self.department, self.parent_project)
        # These may begin or end with a space, but not hold what cannot be printed.
        texts = self.name.isprintable() and self.goal.isprintable()
        return DATE_MIN <= self.date <= DATE_MAX and plain and texts


class Envelope(Struct, gc=False, kw_only=True):
    """Of `contracts.envelope.CloudEvent`; `events.event_id` reads the id where one is named."""

    subject: str


class ExpenditureRecorded(Envelope, gc=False):
    """An expenditure."""

    type: Literal["dualwatch.expenditure.recorded.v1"]
    data: ExpenditureData


class LargeExpenditureRecorded(Envelope, gc=False):
    """A large expenditure."""

    type: Literal["dualwatch.expenditure.recorded.v1"]
    data: LargeExpenditureData


class ExpenditureReversed(Envelope, gc=False):
    """A reversal."""

    type: Literal["dualwatch.expenditure.reversed.v1"]
    data: ReversalData


class FundsDisbursed(Envelope, gc=False):
    """A disbursement."""

    type: Literal["dualwatch.funds.disbursed.v1"]
    data: DisbursementData


class BudgetApproved(Envelope, gc=False):
    """An approval."""

    type: Literal["dualwatch.budget.approved.v1"]
    data: ApprovalData


class ProjectRegistered(Envelope, gc=False):
    """A registration."""

    type: Literal["dualwatch.project.registered.v1"]
    data: RegistrationData


def _settle(data: MoneyData) -> bool:
    """Turn the amount into fen; False (or ValueError) for what the contract may refuse."""
    amount, line = data.amount, data.line
    digits = amount.replace(".", "", 1)
    # These take half as long as a pattern; a second point would be no digit, and of digits that
    # are no ASCII `_WHOLE` makes no number.
    if amount[-3] != "." or not digits.isdecimal():
        return False
    if amount[0] != "0":
        fen = _WHOLE(digits)
    elif len(amount) == AMOUNT_LENGTH_MIN and digits.isascii():
        fen = int(digits)
    else:
        return False
    if not DATE_MIN <= data.date <= DATE_MAX:
        return False
    data.amount = fen  # type: ignore[assignment]  # of text it was made, and never is again
    # As `is_plain` says.
    return line is None or (line.isprintable() and line.strip() == line)


def is_plain(text: str) -> bool:
    """Whether an identifier surely is one: printable, no space at its ends.

    Stricter than the contract, which is asked about the others: it takes any space within.
    """
    # Of white space only the plain one is printable, and what nothing is cut off is the same text.
    return text.isprintable() and text.strip() == text


def is_plain_paper(paper: Paper) -> bool:
    """Whether number and line of a document surely are some."""
    return is_plain(paper.number) and (paper.line is None or is_plain(paper.line))


def are_plain(*texts: str | None) -> bool:
    """Whether all identifiers that are given surely are some."""
    for text in texts:  # noqa: SIM110 - all() over a generator takes twice as long
        if text is not None and not is_plain(text):
            return False
    return True
