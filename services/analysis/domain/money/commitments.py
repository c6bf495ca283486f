"""What of the commitments is not yet paid, and what falls due, by contract (rules 3, 10)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from services.analysis.domain.calendar import FiscalCalendar
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
from services.analysis.domain.state import Instalment, Line

if TYPE_CHECKING:
    from services.analysis.domain.money.figures import LineSums
    from services.analysis.domain.snapshot import Snapshot

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


class Scheduled(NamedTuple):
    """An instalment of a contract that is still committed."""

    due: int
    """Ordinal of the day it falls due."""
    amount: int
    """Fen; negative where it was released."""
    day: int
    """Ordinal of the day it was stated."""


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


def schedule_of(
    lines: Sequence["LineSums"], calendar: FiscalCalendar, as_of: int
) -> list[Scheduled]:
    """Return what contracts that are still committed on these lines call for within the year."""
    found: list[Scheduled] = []
    committed = _committed(lines)
    for sums in lines:
        for name, contract in sums.source.contracts.items():
            if contract.instalments and committed.get(name, 0) > 0:
                found += [
                    Scheduled(known.due, known.amount, known.day)
                    for known in contract.instalments
                    if known.day <= as_of and calendar.starts[0] <= known.due <= calendar.last_day
                ]
    return found


def _committed(lines: Iterable["LineSums"]) -> dict[str, int]:
    """Return what is signed and not released by contract; NO_CONTRACT: what names none."""
    found: dict[str, int] = {NO_CONTRACT: 0}
    for sums in lines:
        pooled = sums.columns[COMMITTED] - sums.columns[RELEASED]
        for name, contract in sums.contracts.items():
            found[name] = found.get(name, 0) + contract.committed
            pooled -= contract.committed
        found[NO_CONTRACT] += pooled
    return found


def committed_due(now: "Snapshot") -> int:
    """Return the unpaid commitments that fall due by the year's end, fen (rule 3).

    Of a contract with instalments within the year: those due by its end less what is paid; of
    any other all that is unpaid. What names no contract is one pool, less its instalments due
    after the year. Never more than all that is unpaid.
    """
    whole, last_day = now.whole, now.calendar.last_day
    committed = whole.columns[COMMITTED] - whole.columns[RELEASED]
    owed = unpaid_commitments(committed, whole.spent, whole.contracts)
    if owed <= 0:
        return 0
    schedules = _schedules(now)
    for name, known in schedules.items():
        if not any(now.calendar.starts[0] <= part.due <= last_day for part in known):
            continue
        if name == NO_CONTRACT:
            pooled = committed - sum(sums.committed for sums in whole.contracts.values())
            spent = whole.spent - sum(sums.spent for sums in whole.contracts.values())
            unpaid = max(0, pooled - max(0, spent))
            later = sum(part.amount for part in known if part.due > last_day)
            owed -= min(unpaid, max(0, later))
            continue
        sums = whole.contracts.get(name)
        if sums is None:
            continue
        unpaid = max(0, max(0, sums.committed) - max(0, sums.paid))
        by_end = sum(part.amount for part in known if part.due <= last_day)
        owed -= max(0, unpaid - max(0, by_end - max(0, sums.paid)))
    return max(0, owed)


def _schedules(now: "Snapshot") -> dict[str, list[Instalment]]:
    """Return all instalments stated by the date, by contract."""
    found: dict[str, list[Instalment]] = {}
    for sums in now.lines:
        for name, contract in sums.source.contracts.items():
            known = [part for part in contract.instalments if part.day <= now.day]
            if known:
                found.setdefault(name, []).extend(known)
    return found
