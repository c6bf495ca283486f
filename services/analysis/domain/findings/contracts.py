"""Payments beside the contract that they name: above its sum, or to others than its parties.

A contract may be signed on one line and paid from others, so it is looked at over the whole year.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from contracts.vocabulary import FindingKind, ProjectClass
from services.analysis.domain.findings.causes import Cause, Day, crossing
from services.analysis.domain.findings.finding import Finding, nature_of
from services.analysis.domain.findings.suspicions import is_for_pay
from services.analysis.domain.folding.payments import payee_in
from services.analysis.domain.money.buckets import (
    BUCKET_BITS,
    CHARGED,
    COLUMN_MASK,
    COMMITTED,
    MONEY_MARK,
    PAID_ALLOCATION,
    PAID_AUTHORISED,
    PAID_DIRECT,
    PAID_OWN,
    RELEASED,
    REVERSED_ALLOCATION,
    REVERSED_OWN,
    REVERSED_TREASURY,
    place,
)
from services.analysis.domain.money.contract_sums import NO_CONTRACT
from services.analysis.domain.money.figures import LineSums
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import Charge, Contract, Party

_SIGNS: Final[Mapping[int, int]] = {
    PAID_DIRECT: 1,
    PAID_AUTHORISED: 1,
    PAID_ALLOCATION: 1,
    PAID_OWN: 1,
    REVERSED_TREASURY: -1,
    REVERSED_ALLOCATION: -1,
    REVERSED_OWN: -1,
    COMMITTED: -1,
    RELEASED: 1,
}
"""How a column moves what is paid beyond what is signed."""
_Part = tuple[LineSums, Contract]
"""What one line knows of a contract."""


def beside_contracts(now: Snapshot) -> Iterator[Finding]:
    """Find contracts under which too much was paid, or to somebody else."""
    if not now.whole.contracts:
        return
    suspected = now.known is None or now.known.project_class is not ProjectClass.SUBSIDY
    for name, parts in _by_name(now).items():
        sums = now.whole.contracts[name]
        if sums.paid > max(0, sums.committed):
            yield from _over(now, name, parts, sums.paid - max(0, sums.committed))
        if suspected:
            yield from _outside(now, name, parts)


def _by_name(now: Snapshot) -> dict[str, list[_Part]]:
    found: dict[str, list[_Part]] = {}
    for sums in now.lines:
        for name, contract in sums.source.contracts.items():
            if name != NO_CONTRACT:
                found.setdefault(name, []).append((sums, contract))
    return found


def _over(now: Snapshot, name: str, parts: Sequence[_Part], excess: int) -> Iterator[Finding]:
    """Find what was paid beyond what is signed for the year, once anything is.

    Of a contract of another year nothing is signed in this one: then nobody knows its limit.
    """
    changes: dict[int, int] = {}
    marks: dict[int, int] = {}
    signed = False
    for _, contract in parts:
        for bucket, value in contract.flows.items():
            day, column = bucket >> BUCKET_BITS, bucket & COLUMN_MASK
            if day > now.day:
                continue
            if column == MONEY_MARK:
                marks[day] = max(value, marks.get(day, 0))
            else:
                changes[day] = changes.get(day, 0) + _SIGNS[column] * value
                signed = signed or (column == COMMITTED and value > 0)
    if signed:
        kind = FindingKind.PAYMENT_OVER_CONTRACT
        yield Finding(kind, name, crossing(_days(changes, marks)), excess, nature_of(kind))


def _outside(now: Snapshot, name: str, parts: Sequence[_Part]) -> Iterator[Finding]:
    """Suspect payments to nobody whom the contract is with, less what came back of them.

    A contract of which no party is stated says nothing.
    """
    parties = [party for _, part in parts for party in part.parties if party.day <= now.day]
    if not parties:
        return
    changes: dict[int, int] = {}
    marks: dict[int, int] = {}
    paid: dict[str, int] = {}
    for sums, part in parts:
        if is_for_pay(sums.terms):
            continue
        for key, charge in part.payees.items():
            if not _is_party(parties, key):
                _take(now, charge, changes, marks)
                _gather(now, charge, paid)
    _take_back(now, paid, changes)
    amount = sum(changes.values())
    if amount > 0:
        kind = FindingKind.PAYEE_OUTSIDE_CONTRACT
        yield Finding(kind, name, crossing(_days(changes, marks)), amount, nature_of(kind))


def _is_party(parties: Sequence[Party], key: str) -> bool:
    """Say whether a payee bears the name of a party, or has its account."""
    name, account_hash = payee_in(key)
    return any(
        party.name == name or (account_hash and party.account_hash == account_hash)
        for party in parties
    )


def _take(now: Snapshot, charge: Charge, changes: dict[int, int], marks: dict[int, int]) -> None:
    """Take in what went to a payee."""
    for bucket, value in charge.flows.items():
        day, column = bucket >> BUCKET_BITS, bucket & COLUMN_MASK
        if day > now.day:
            continue
        if column == CHARGED:
            changes[day] = changes.get(day, 0) + value
        else:
            marks[day] = max(value, marks.get(day, 0))


def _gather(now: Snapshot, charge: Charge, paid: dict[str, int]) -> None:
    """Add up what went out on each document: one may pay several."""
    for paper, day, fen in charge.papers:
        if day <= now.day and paper:
            paid[paper] = paid.get(paper, 0) + fen


def _take_back(now: Snapshot, paid: Mapping[str, int], changes: dict[int, int]) -> None:
    """Take off what came back of documents, once of each, and never more than went out on it."""
    for paper, owed in paid.items():
        left = owed
        for day, fen in sorted(now.year.payments.returned.get(paper, {}).items()):
            if day <= now.day:
                changes[day] = changes.get(day, 0) - min(left, fen)
                left -= min(left, fen)


def _days(changes: Mapping[int, int], marks: Mapping[int, int]) -> list[Day]:
    """List the days on which something changed; only what raised a sum has to have an entry."""
    return [
        Day(day, change, Cause(day, *place(marks.get(day, 0))))
        for day, change in sorted(changes.items())
    ]
