"""From a kept or arriving entry to its event; fast for the types that come by the thousand.

`read_event` is the contract (`contracts.codec`). `read_hot` decodes at a tenth of the cost what
measuring uses of a hot event: for whatever the contract takes it gives the contract's values or
nothing, and it never gives a value that the contract would refuse (property tests hold both).
Fields that nothing is reckoned by it passes over: intake has judged them.
"""

from typing import Any, Final

import msgspec
from pydantic import ValidationError

from contracts import codec
from contracts.vocabulary import fen_to_wire
from services.analysis.domain.folding.payments import SUSPECT_FROM
from services.analysis.store.hot import (
    BudgetApproved,
    ExpenditureRecorded,
    ExpenditureReversed,
    FundsDisbursed,
    LargeExpenditureRecorded,
    ProjectRegistered,
)


class BrokenEntryError(Exception):
    """The entry cannot be what the ledger would have taken in: it is parked."""


HOT: Final[dict[str, Any]] = {
    "dualwatch.expenditure.recorded.v1": msgspec.json.Decoder(ExpenditureRecorded).decode,
    "dualwatch.expenditure.reversed.v1": msgspec.json.Decoder(ExpenditureReversed).decode,
    "dualwatch.funds.disbursed.v1": msgspec.json.Decoder(FundsDisbursed).decode,
    "dualwatch.budget.approved.v1": msgspec.json.Decoder(BudgetApproved).decode,
    "dualwatch.project.registered.v1": msgspec.json.Decoder(ProjectRegistered).decode,
}
"""Decoders of the types of which there are thousands for one of any other."""
_EXPENDITURE: Final = "dualwatch.expenditure.recorded.v1"
_LARGE_LENGTH: Final = len(fen_to_wire(SUSPECT_FROM))
"""Amounts written longer are larger; that as long ones are not smaller a test holds."""
_LARGE: Final[Any] = msgspec.json.Decoder(LargeExpenditureRecorded).decode


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
        if event_type == _EXPENDITURE and len(event.data.amount) >= _LARGE_LENGTH:
            event = _LARGE(raw)
        return event if event.data.settle() else None
    except (msgspec.DecodeError, ValueError):
        return None


def event_id(raw: bytes) -> str:
    """Read the id of an event that the ledger took in; BrokenEntryError if it has none."""
    try:
        return _NAMED(raw).id
    except (msgspec.DecodeError, ValueError) as error:
        raise BrokenEntryError(str(error)) from error


class _Named(msgspec.Struct):
    id: str


_NAMED: Final = msgspec.json.Decoder(_Named).decode
