"""From a kept or arriving entry to its event; fast for the types that come by the thousand.

`read_event` is the contract (`contracts.codec`). `read_hot` decodes at a tenth of the cost what
measuring uses of a hot event: for whatever the contract takes it gives the contract's values or
nothing, and it never gives a value that the contract would refuse (property tests hold both).
Fields that nothing is reckoned by it passes over: intake has judged them.
"""

import datetime as dt
import re
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct
from pydantic import ValidationError

from contracts import codec
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
    ProjectClass,
)

Identifier = Annotated[str, Meta(min_length=1, max_length=ID_LENGTH_MAX)]
Code = Annotated[str, Meta(min_length=1, max_length=CODE_LENGTH_MAX)]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH_MAX)]
Text = Annotated[str, Meta(max_length=TEXT_LENGTH_MAX)]
Year = Annotated[int, Meta(ge=FISCAL_YEAR_MIN, le=FISCAL_YEAR_MAX)]

_AMOUNT: Final = re.compile(r"(?:0|[1-9][0-9]{0,14})\.[0-9]{2}", re.ASCII).fullmatch


class BrokenEntryError(Exception):
    """The entry cannot be what the ledger would have taken in: it is parked."""


class MoneyData(Struct, gc=False, kw_only=True):
    """What hot facts about money have in common."""

    date: dt.date
    fiscal_year: Year
    amount: Any
    """Text on the wire, fen once it is settled."""
    line: Identifier | None = None

    def settle(self) -> bool:
        """Check what the decoder cannot; turn the amount into fen."""
        return _settle(self)


class ExpenditureData(MoneyData, gc=False):
    """Of `contracts.events.intake.ExpenditureRecorded`."""

    channel: Channel = Channel.TREASURY_PAYMENT
    pay_type: Code | None = None
    contract: Identifier | None = None

    def settle(self) -> bool:
        """Check what the decoder cannot; turn the amount into fen."""
        if self.pay_type is not None and not is_plain(self.pay_type):
            return False
        if self.contract is not None and not is_plain(self.contract):
            return False
        return _settle(self)


class ReversalData(MoneyData, gc=False):
    """Of `contracts.events.intake.ExpenditureReversed`."""

    channel: Channel = Channel.TREASURY_PAYMENT
    prior_year: bool = False
    contract: Identifier | None = None

    def settle(self) -> bool:
        """Check what the decoder cannot; turn the amount into fen."""
        return (self.contract is None or is_plain(self.contract)) and _settle(self)


class DisbursementData(MoneyData, gc=False):
    """Of `contracts.events.intake.FundsDisbursed`."""

    channel: Channel = Channel.ALLOCATION
    returned: bool = False


class Classes(Struct, gc=False):
    """Of `contracts.events.intake.Classification`."""

    function: Code | None = None
    government_economic: Code | None = None
    fund_type: Code | None = None

    def are_plain(self) -> bool:
        """Whether all codes surely are some."""
        return are_plain(self.function, self.government_economic, self.fund_type)


class ApprovalData(MoneyData, gc=False, kw_only=True):
    """Of `contracts.events.intake.BudgetApproved`."""

    line: Identifier
    account: BudgetAccount
    channel: Channel = Channel.TREASURY_PAYMENT
    origin: BudgetOrigin = BudgetOrigin.CURRENT_YEAR
    unit: Identifier
    classification: Classes = msgspec.field(default_factory=Classes)
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
    """Of `contracts.envelope.CloudEvent`."""

    id: Identifier
    subject: str


class ExpenditureRecorded(Envelope, gc=False):
    """An expenditure."""

    type: Literal["dualwatch.expenditure.recorded.v1"]
    data: ExpenditureData


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


HOT: Final[dict[str, Any]] = {
    "dualwatch.expenditure.recorded.v1": msgspec.json.Decoder(ExpenditureRecorded).decode,
    "dualwatch.expenditure.reversed.v1": msgspec.json.Decoder(ExpenditureReversed).decode,
    "dualwatch.funds.disbursed.v1": msgspec.json.Decoder(FundsDisbursed).decode,
    "dualwatch.budget.approved.v1": msgspec.json.Decoder(BudgetApproved).decode,
    "dualwatch.project.registered.v1": msgspec.json.Decoder(ProjectRegistered).decode,
}
"""Decoders of the types of which there are thousands for one of any other."""


def read_event(raw: bytes, event_type: str) -> Any:
    """Read an event by its contract.

    BrokenEntryError if it is not valid, codec.UnknownEventTypeError if its type is not known.
    """
    try:
        return codec.decode(raw, event_type)
    except ValidationError as error:
        raise BrokenEntryError(str(error)) from error


def read_hot(raw: bytes, event_type: str) -> Any:
    """Read what measuring uses of a hot event; None: ask the contract.

    Whoever asks knows the subject and compares it.
    """
    decode = HOT.get(event_type)
    if decode is None:
        return None
    try:
        event = decode(raw)
    except (msgspec.DecodeError, ValueError):
        return None
    name = event.id
    # As `is_plain` says, whose call would be a twentieth of all this.
    plain = name.isprintable() and name[0] != " " != name[-1]
    return event if plain and event.data.settle() else None


def _settle(data: MoneyData) -> bool:
    amount, line = data.amount, data.line
    if type(amount) is not str or not _AMOUNT(amount) or not DATE_MIN <= data.date <= DATE_MAX:
        return False
    data.amount = int(amount.replace(".", ""))
    return line is None or (line.isprintable() and line[0] != " " != line[-1])


def is_plain(text: str) -> bool:
    """Whether an identifier surely is one: printable, no space at its ends.

    Stricter than the contract, which is asked about the others: it takes any space within.
    """
    return text.isprintable() and text[0] != " " != text[-1]


def are_plain(*texts: str | None) -> bool:
    """Whether all identifiers that are given surely are some."""
    for text in texts:  # noqa: SIM110 - all() over a generator takes twice as long
        if text is not None and not is_plain(text):
            return False
    return True
