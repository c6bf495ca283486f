"""What payments say beside the money: to whom, on what paper, and suspicions (domain-rules 17d).

Hot: nearly all payments are too small to be suspected, and then leave nothing here.
"""

from bisect import insort
from typing import Any, Final

from contracts.events.intake import (
    CommitmentRecorded,
    ExpenditureRecorded,
    ExpenditureReversed,
)
from contracts.vocabulary import DocumentKind
from services.analysis.domain.folding.flows import add_charged
from services.analysis.domain.money.buckets import BUCKET_BITS, mark
from services.analysis.domain.state import (
    Charge,
    Contract,
    Entry,
    Paid,
    Party,
    Payments,
)

SUSPECT_FROM: Final = 1_000_000
"""Smallest payment remembered for suspicions, fen: ten thousand yuan, as `duplicate_from` is by
default. Parameters raise what is suspected, they do not lower it below this. A power of ten."""
SPLIT_FROM: Final = 5_000_000
"""Payments of one payee and day that differ are kept if they come to so much together, fen."""
ROUND_FROM: Final = 10_000_000
"""Smallest round sum remembered, fen; and `ROUND_STEP` what it is a multiple of."""
ROUND_STEP: Final = 1_000_000
DAYS_MAX: Final = 5
"""Business days of which single payments are remembered."""
PAYMENTS_MAX: Final = 100
"""Most single payments remembered."""
KEPT_MAX: Final = 200
"""Most payments of earlier days that are kept because they may be suspicious."""
ROUNDS_MAX: Final = 100
"""Most round sums kept: the largest."""
PAPERS_MAX: Final = 50
"""Documents remembered of each, so that what comes back can name them."""
RETURNED_MAX: Final = 100
"""Documents remembered of which something came back."""
RETURNED_FEN_MAX: Final = 2**63 - 1
"""Most that is remembered of what came back of a document on one day: ninety times the largest
payment, and what a state can be stored with."""
PARTIES_MAX: Final = 20
"""Other parties remembered of one contract on one line."""
PAYEES_MAX: Final = 20
"""Payees remembered of one contract on one line."""
NOT_SUSPECTED: Final = ("501", "50501", "509")
"""Government economic classes of pay and of subsidies to persons (domain-rules 17d)."""
PAY_MAX: Final = 100
"""Payments remembered that corrections made such pay, and that they moved to other lines; beyond
it the first corrected go."""
TURNS_MAX: Final = 4
"""Corrections remembered of one such payment, the last of them."""
_BETWEEN: Final = "\n"
"""Between the words of a key: no code and no number has a line break."""


def paper_of(document: Any) -> str:
    """Write a document with its own line and its kind (domain-rules 4); empty without one.

    What comes back names it from whichever funding line. Nearly all that is paid is paid on
    certificates: of these the kind is left out.
    """
    if document is None:
        return ""
    known = document.number, document.line or ""
    if document.kind is DocumentKind.PAYMENT_CERTIFICATE:
        return _BETWEEN.join(known)
    return _BETWEEN.join((*known, document.kind))


def payee_of(payee: Any) -> str:
    """Tell payees apart: by the hash of their account, else by name."""
    found: str = payee.account_hash or payee.name
    return found


def payee_key(payee: Any) -> str:
    """Write a payee's name and the hash of the account as a key."""
    return f"{payee.name}{_BETWEEN}{payee.account_hash or ''}"


def payee_in(key: str) -> tuple[str, str]:
    """Read name and hash from a key; no hash: empty."""
    name, _, account_hash = key.rpartition(_BETWEEN)
    return name, account_hash


def sign_with(contract: Contract, data: CommitmentRecorded) -> None:
    """Remember whom a contract is with, from the first day on which it was stated."""
    supplier, day = data.supplier, data.date.toordinal()
    if supplier is None:
        return
    name, account_hash = supplier.name, supplier.account_hash or ""
    for party in contract.parties:
        if (party.name, party.account_hash) == (name, account_hash):
            party.day = min(party.day, day)
            return
    if len(contract.parties) < PARTIES_MAX:
        contract.parties.append(Party(day, name, account_hash))


def pay_under(contract: Contract, entry: Entry, data: ExpenditureRecorded) -> None:
    """Remember to whom a payment of SUSPECT_FROM or more under a contract went."""
    payee = data.payee
    if payee is None or is_pay(data.classification.government_economic):
        return
    key = payee_key(payee)
    found = contract.payees.get(key)
    if found is None:
        if len(contract.payees) >= PAYEES_MAX:
            return
        found = contract.payees[key] = Charge()
    day = data.date.toordinal()
    marked = mark(entry.sequence, entry.position)
    add_charged(found.flows, day << BUCKET_BITS, data.amount, marked)
    if data.document is not None and len(found.papers) < PAPERS_MAX:
        found.papers.append((paper_of(data.document), day, data.amount))


def suspect(payments: Payments, entry: Entry, data: ExpenditureRecorded) -> None:
    """Remember a payment of SUSPECT_FROM or more, if it could be suspicious."""
    if is_pay(data.classification.government_economic):
        return
    day, amount = data.date.toordinal(), data.amount
    is_round = amount >= ROUND_FROM and amount % ROUND_STEP == 0
    payee = data.payee
    if payee is None and not is_round:
        return
    line, paper = data.line or "", paper_of(data.document)
    paid = Paid(day, amount, entry.sequence, entry.position, line, paper)
    if is_round:
        payments.suspect = entry.sequence
        insort(payments.rounds, paid, key=_largest_first)
        del payments.rounds[ROUNDS_MAX:]
    if payee is not None and _group(payments, payee_of(payee), paid):
        payments.suspect = entry.sequence


def _largest_first(paid: Paid) -> tuple[int, int, int]:
    return -paid.amount, paid.day, paid.sequence


def _group(payments: Payments, payee: str, paid: Paid) -> bool:
    """Put a payment to those of its payee and day; say whether it is not the first of them."""
    group = payments.kept.get(paid.day, {}).get(payee)
    if group is not None:
        if _count(payments.kept) < KEPT_MAX:
            group.append(paid)
        return True
    recent = payments.recent
    if paid.day not in recent:
        recent[paid.day] = {}
        if len(recent) > DAYS_MAX:
            _forget(payments)
    while payments.watched >= PAYMENTS_MAX and len(recent) > 1:
        _forget(payments)
    if paid.day not in recent or payments.watched >= PAYMENTS_MAX:
        return False
    group = recent[paid.day].setdefault(payee, [])
    group.append(paid)
    payments.watched += 1
    return len(group) > 1


def _forget(payments: Payments) -> None:
    """Forget the earliest day's payments but for those that may be suspicious together."""
    day = min(payments.recent)
    groups = payments.recent.pop(day)
    payments.watched -= sum(map(len, groups.values()))
    room = KEPT_MAX - _count(payments.kept)
    for payee, group in groups.items():
        if _may_be_suspicious(group) and len(group) <= room:
            payments.kept.setdefault(day, {})[payee] = group
            room -= len(group)


def _may_be_suspicious(group: list[Paid]) -> bool:
    amounts = [paid.amount for paid in group]
    repeated = len(set(amounts)) < len(amounts)
    return repeated or (len(group) > 1 and sum(amounts) >= SPLIT_FROM)


def _count(groups: dict[int, dict[str, list[Paid]]]) -> int:
    return sum(len(group) for by_payee in groups.values() for group in by_payee.values())


def is_pay(economic: str | None) -> bool:
    """Say whether a government economic class is of pay, or of subsidies to persons."""
    return economic is not None and economic.startswith(NOT_SUSPECTED)


def turn(payments: Payments, sequence: int, day: int, stated: Any, charged: Any) -> None:
    """Remember whether a payment is for pay from a day on, as a correction charges it.

    One that was stated as pay was not remembered, and is not suspected after a correction either.
    """
    if stated.amount < SUSPECT_FROM or is_pay(stated.classification.government_economic):
        return
    now = is_pay(charged.classification.government_economic)
    turns = payments.pay.get(sequence)
    if turns is None:
        if not now:
            return
        while len(payments.pay) >= PAY_MAX:
            del payments.pay[next(iter(payments.pay))]
        turns = payments.pay[sequence] = []
    turns.append((day, now))
    del turns[:-TURNS_MAX]


def move(payments: Payments, sequence: int, day: int, stated: Any, line: str) -> None:
    """Remember to which line a payment that may be suspected is charged from a day on."""
    if stated.amount < SUSPECT_FROM or is_pay(stated.classification.government_economic):
        return
    moves = payments.moved.get(sequence)
    if moves is None:
        while len(payments.moved) >= PAY_MAX:
            del payments.moved[next(iter(payments.moved))]
        moves = payments.moved[sequence] = []
    moves.append((day, line))
    del moves[:-TURNS_MAX]


def charged_to(payments: Payments, paid: Paid, day: int) -> str:
    """Return the line that a payment is charged to at a date, as its last correction says."""
    moves = payments.moved.get(paid.sequence, ())
    return next((line for since, line in reversed(moves) if since <= day), paid.line)


def turned(payments: Payments, sequence: int, day: int) -> bool:
    """Say whether corrections dated by a day have made a payment pay; the last of them counts."""
    turns = payments.pay.get(sequence, ())
    return next((now for since, now in reversed(turns) if since <= day), False)


def take_back(payments: Payments, data: ExpenditureReversed) -> None:
    """Remember what a reversal takes back of the payment that it names."""
    if data.amount < SUSPECT_FROM:
        return
    paper, day = paper_of(data.original), data.date.toordinal()
    back = payments.returned.get(paper)
    if back is None:
        if len(payments.returned) >= RETURNED_MAX:
            return
        back = payments.returned[paper] = {}
    back[day] = min(back.get(day, 0) + data.amount, RETURNED_FEN_MAX)
