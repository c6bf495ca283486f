"""From a ledger record to the event it carries, fast for the types that come by the thousand.

The contract is `contracts.codec.decode`. A hot type is first tried by a msgspec decoder that takes
plain cases only: whatever it accepts the contract accepts with the same values, everything else
goes to the contract itself (a property test holds both to each other). Ten times faster.
"""

import datetime as dt
import re
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct
from pydantic import TypeAdapter, ValidationError

from contracts import codec
from contracts.envelope import EXTENSION_LENGTH_MAX, SOURCE_LENGTH_MAX, Subject
from contracts.events import intake
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
    Channel,
    DocumentKind,
)

SUBJECTS_REMEMBERED: Final = 65_536

Identifier = Annotated[str, Meta(min_length=1, max_length=ID_LENGTH_MAX)]
Code = Annotated[str, Meta(min_length=1, max_length=CODE_LENGTH_MAX)]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH_MAX)]
Text = Annotated[str, Meta(max_length=TEXT_LENGTH_MAX)]
Extension = Annotated[str, Meta(min_length=1, max_length=EXTENSION_LENGTH_MAX)]
Moment = Annotated[dt.datetime, Meta(tz=True)]
Year = Annotated[int, Meta(ge=FISCAL_YEAR_MIN, le=FISCAL_YEAR_MAX)]

# The type's three and the amount's one: with more of them a moment may have a fraction.
_DOTS: Final = 4
_TOO_FINE: Final = re.compile(rb"\.[0-9]{7}").search
_AMOUNT: Final = re.compile(r"(?:0|[1-9][0-9]{0,14})\.[0-9]{2}", re.ASCII).fullmatch
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII).fullmatch


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    """As `contracts.events.intake.Document`."""

    kind: DocumentKind
    number: Identifier
    line: Identifier | None = None


class Classification(Struct, frozen=True, forbid_unknown_fields=True):
    """As `contracts.events.intake.Classification`."""

    function: Code | None = None
    government_economic: Code | None = None
    department_economic: Code | None = None
    fund_type: Code | None = None


class Payee(Struct, frozen=True, forbid_unknown_fields=True):
    """As `contracts.events.intake.Payee`."""

    name: Name
    account_hash: Code | None = None
    natural_person: bool = False


class MoneyFact(Struct, forbid_unknown_fields=True, kw_only=True):
    """What the hot facts have in common; `amount` is text on the wire and fen once read."""

    date: dt.date
    fiscal_year: Year
    currency: str | None = None
    amount: Any
    line: Identifier | None = None
    unit: Identifier | None = None
    source_kind: Code | None = None
    source_amount: Code | None = None
    document: Document | None = None


class Expenditure(MoneyFact):
    """As `contracts.events.intake.ExpenditureRecorded`."""

    channel: Channel = Channel.TREASURY_PAYMENT
    account: BudgetAccount | None = None
    classification: Classification = Classification()
    pay_type: Code | None = None
    payee: Payee | None = None
    batch: bool = False
    contract: Identifier | None = None
    purpose: Text = ""


class Reversal(MoneyFact):
    """As `contracts.events.intake.ExpenditureReversed`."""

    channel: Channel = Channel.TREASURY_PAYMENT
    prior_year: bool = False
    original: Document | None = None
    reason: Text = ""


class Disbursement(MoneyFact):
    """As `contracts.events.intake.FundsDisbursed`."""

    channel: Channel = Channel.ALLOCATION
    returned: bool = False


class Envelope(Struct, forbid_unknown_fields=True, kw_only=True):
    """As `contracts.envelope.CloudEvent`; an attribute it does not know is for the contract."""

    specversion: Literal["1.0"]
    id: Identifier
    source: Annotated[str, Meta(min_length=1, max_length=SOURCE_LENGTH_MAX)]
    subject: str
    time: Moment
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: Extension | None = None
    partitionkey: Extension | None = None
    sequence: Extension | None = None
    recordedtime: Moment | None = None
    correlationid: Extension | None = None
    causationid: Extension | None = None
    traceparent: Extension | None = None


class ExpenditureRecorded(Envelope):
    """The envelope of an expenditure."""

    type: Literal["dualwatch.expenditure.recorded.v1"]
    data: Expenditure


class ExpenditureReversed(Envelope):
    """The envelope of a reversal."""

    type: Literal["dualwatch.expenditure.reversed.v1"]
    data: Reversal


class FundsDisbursed(Envelope):
    """The envelope of a disbursement."""

    type: Literal["dualwatch.funds.disbursed.v1"]
    data: Disbursement


HotEvent = ExpenditureRecorded | ExpenditureReversed | FundsDisbursed

HOT: Final[dict[str, msgspec.json.Decoder[HotEvent]]] = {
    intake.ExpenditureRecorded.event_type(): msgspec.json.Decoder(ExpenditureRecorded),
    intake.ExpenditureReversed.event_type(): msgspec.json.Decoder(ExpenditureReversed),
    intake.FundsDisbursed.event_type(): msgspec.json.Decoder(FundsDisbursed),
}
"""The types of which there are thousands for one of any other."""


class BrokenEntryError(Exception):
    """The entry cannot be what the ledger would have taken in: it is parked."""


def read_event(raw: bytes, event_type: str) -> Any:
    """Read an entry's event; codec.UnknownEventTypeError if this release does not know the type.

    Gives the contract's model, or for a hot type a Struct with the same fields and values.
    """
    decoder = HOT.get(event_type)
    if decoder is not None:
        event = read_plain(decoder, raw)
        if event is not None:
            return event
    try:
        return codec.decode(raw, event_type)
    except ValidationError as error:
        raise BrokenEntryError(str(error)) from error


def read_plain(decoder: "msgspec.json.Decoder[HotEvent]", raw: bytes) -> HotEvent | None:
    """Read a plain hot event; None if it is not plain or not valid: ask the contract then."""
    # Escapes could hide control characters; DEL and U+2028/2029 (E2 80 A8/A9) are forbidden in
    # ids. Raw control characters are no JSON at all, so this leaves only texts without any.
    ascii_only = raw.isascii()
    if b"\\" in raw or b"\x7f" in raw or (not ascii_only and b"\xe2" in raw):
        return None
    try:
        event = decoder.decode(raw)
    except (msgspec.DecodeError, ValueError):
        return None
    data = event.data
    amount = data.amount
    if (
        type(amount) is not str
        or not _AMOUNT(amount)
        or not DATE_MIN <= data.date <= DATE_MAX
        or not _is_subject(event.subject)
        # The two decoders cut moments finer than a microsecond differently.
        or (raw.count(b".") != _DOTS and _TOO_FINE(raw))
        or (data.currency is not None and not _CURRENCY(data.currency))
        # In ASCII without any space no id can begin or end with one.
        or not ((ascii_only and b" " not in raw) or _are_trimmed(event, data))
    ):
        return None
    data.amount = int(amount[:-3] + amount[-2:])
    return event


@lru_cache(maxsize=SUBJECTS_REMEMBERED)
def _is_subject(text: str) -> bool:
    try:
        _SUBJECT.validate_python(text, strict=True)
    except ValidationError:
        return False
    return True


_SUBJECT: Final[TypeAdapter[str]] = TypeAdapter(Subject)


def _are_trimmed(event: HotEvent, data: MoneyFact) -> bool:
    if not _trimmed(event.id, data.line, data.unit, data.source_kind, data.source_amount):
        return False
    document = data.document
    if document is not None and not _trimmed(document.number, document.line):
        return False
    if isinstance(data, Expenditure):
        return _is_trimmed_expenditure(data)
    if isinstance(data, Reversal) and data.original is not None:
        return _trimmed(data.original.number, data.original.line)
    return True


def _is_trimmed_expenditure(data: Expenditure) -> bool:
    classes = data.classification
    payee = data.payee
    return _trimmed(
        data.pay_type,
        data.contract,
        payee.account_hash if payee is not None else None,
        classes.function,
        classes.government_economic,
        classes.department_economic,
        classes.fund_type,
    )


def _trimmed(*texts: str | None) -> bool:
    for text in texts:  # noqa: SIM110 - all() over a generator takes twice as long
        if text is not None and text != text.strip():
            return False
    return True
