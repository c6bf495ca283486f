"""To which codes a line's payments are charged: budget, classes, fund (domain-rules 17c).

Hot: nearly all payments are under their line's usual codes, and then leave nothing here.
"""

from typing import Any, Final

from contracts.events.intake import ExpenditureRecorded
from contracts.vocabulary import BudgetAccount
from services.analysis.domain.folding.flows import add_charged
from services.analysis.domain.folding.payments import PAPERS_MAX, SUSPECT_FROM, paper_of
from services.analysis.domain.money.buckets import (
    BUCKET_BITS,
    MONEY_MARK,
    USUAL_MARK,
    mark,
    paid_mark,
)
from services.analysis.domain.state import Charge, Codes, Entry, Line

CHARGES_MAX: Final = 100
"""Most sets of codes that a line tells apart from its usual ones; more count as usual."""
PAPERS_EVER_MAX: Final = 200
"""Most documents remembered of a line's codes, also those of payments that corrections took away:
of each of these there is a note that it left, too."""
NO_CODES: Final[Codes] = (None, None, None, None)
_BETWEEN: Final = "\n"
"""Between the codes of a key: no code has a line break."""


def charge_key(codes: Codes) -> str:
    """Write codes as a key."""
    return _BETWEEN.join([code or "" for code in codes])


def codes_in(key: str) -> Codes:
    """Read codes from a key."""
    account, function, government, fund = key.split(_BETWEEN)
    budget = BudgetAccount(account) if account else None
    return budget, function or None, government or None, fund or None


def codes_of(data: Any) -> Codes:
    """Return what a payment is charged to, as far as it says so."""
    classes = data.classification
    return (data.account, classes.function, classes.government_economic, classes.fund_type)


def charge(line: Line, codes: Codes, day: int, amount: int, marked: int) -> Charge | None:
    """Add spending of a day to those codes of a line.

    None if they are the line's usual ones: then its own flows tell it.
    """
    if line.usual is None:
        line.usual = codes
    if codes == line.usual:
        return None
    key = charge_key(codes)
    found = line.charges.get(key)
    if found is None:
        if len(line.charges) >= CHARGES_MAX:
            return None
        found = line.charges[key] = Charge()
    add_charged(found.flows, day << BUCKET_BITS, amount, marked)
    return found


def charge_otherwise(
    line: Line, codes: Codes, entry: Entry, data: ExpenditureRecorded, before: int
) -> None:
    """Charge a payment that is under other codes than usual, or is the line's first.

    `before`: mark of the line's last entry of its day until now.
    """
    marked = mark(entry.sequence, entry.position)
    day = data.date.toordinal()
    found = charge(line, codes, day, data.amount, marked)
    if found is None:
        return
    set_aside(line, day << BUCKET_BITS, before, entry)
    # Documents of small payments are not read (store/events.py).
    if data.amount < SUSPECT_FROM or data.document is None:
        return
    if has_room(line, charge_key(codes)):
        found.papers.append((paper_of(data.document), day, data.amount))


def has_room(line: Line, key: str) -> bool:
    """Say whether one more document of a line's codes is remembered.

    Those count of payments that are still charged to them.
    """
    stated, moved = line.charges.get(key), line.recharged.get(key)
    known = left = len(stated.papers) if stated else 0
    for _, _, fen in moved.papers if moved else ():
        known += fen > 0
        left += 1 if fen > 0 else -1
    return left < PAPERS_MAX and known < PAPERS_EVER_MAX


def set_aside(line: Line, day: int, before: int, entry: Entry) -> None:
    """Keep the day's last payment under usual codes apart from what moves the line's money else.

    `before`: mark of the line's last entry of that day (shifted to its bucket) until now.
    """
    if line.aside is None:
        line.aside = Charge()
    flows = line.aside.flows
    if before != flows.get(day | MONEY_MARK, 0):
        flows[day | USUAL_MARK] = before
    flows[day | MONEY_MARK] = mark(entry.sequence, entry.position)


def usual_mark(line: Line, day: int) -> int:
    """Return the mark of the last payment under a line's usual codes on a day; 0: there is none."""
    bucket = day << BUCKET_BITS
    last = paid_mark(line.flows, bucket)
    if line.aside is not None and line.aside.flows.get(bucket | MONEY_MARK) == last:
        return line.aside.flows.get(bucket | USUAL_MARK, 0)
    return last
