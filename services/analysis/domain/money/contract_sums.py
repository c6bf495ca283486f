"""What was signed and paid under each contract of a line or of all (domain-rules 3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.analysis.domain.money.buckets import (
    BUCKET_BITS,
    COLUMN_MASK,
    COMMITTED,
    MONEY_MARK,
    RELEASED,
    REVERSED_ALLOCATION,
    REVERSED_OWN,
    REVERSED_TREASURY,
)
from services.analysis.domain.state import Line

NO_CONTRACT: Final = ""
"""Key of the schedules of commitments that name no contract (an identifier is never empty)."""


@dataclass(slots=True)
class ContractSums:
    """One contract at a date, fen."""

    committed: int = 0
    """Signed, net of what was released."""
    paid: int = 0
    """Paid under it, from any channel, net of what came back."""
    spent: int = 0
    """What of it is spending: not what an allocation that is expenditure has spent already."""


_BACK: Final = (REVERSED_TREASURY, REVERSED_ALLOCATION, REVERSED_OWN)

Contracts = dict[str, ContractSums]
"""By contract number."""


def add_contracts(found: Contracts, line: Line, signs: Sequence[int], as_of: int) -> None:
    """Add a line's contracts at a date; `signs`: how a column of it moves spending."""
    limit = (as_of + 1) << BUCKET_BITS
    for name, contract in line.contracts.items():
        if name == NO_CONTRACT:
            # Its flows are those of the line: what names no contract is pooled.
            continue
        sums = found.setdefault(name, ContractSums())
        for bucket, fen in contract.flows.items():
            if bucket >= limit:
                continue
            column = bucket & COLUMN_MASK
            if column == COMMITTED:
                sums.committed += fen
            elif column == RELEASED:
                sums.committed -= fen
            elif column != MONEY_MARK:
                sums.paid += -fen if column in _BACK else fen
                sums.spent += signs[column] * fen


def total_contracts(parts: Iterable[Mapping[str, ContractSums]]) -> Contracts:
    """Add up lines: a contract may be signed on one and paid from others."""
    found: Contracts = {}
    for contracts in parts:
        for name, part in contracts.items():
            sums = found.setdefault(name, ContractSums())
            sums.committed += part.committed
            sums.paid += part.paid
            sums.spent += part.spent
    return found


def unpaid_commitments(committed: int, spent: int, contracts: Mapping[str, ContractSums]) -> int:
    """Return what is owed: by contract, and once for all that names none.

    `committed` and `spent` are of everything. A reversal that names no contract undoes payments
    that name none, then what contracts were paid beyond their sum, then what they were paid: so
    what is owed is never below nothing nor above what was signed.
    """
    owed = overpaid = settled = 0
    for sums in contracts.values():
        committed -= sums.committed
        spent -= sums.spent
        signed = max(0, sums.committed)
        owed += max(0, signed - max(0, sums.paid))
        overpaid += max(0, sums.paid - signed)
        settled += max(0, min(signed, sums.paid))
    reopened = min(max(0, -spent - overpaid), settled)
    return owed + reopened + max(0, committed - max(0, spent))
