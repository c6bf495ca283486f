"""How payments are charged once they are corrected: each is still judged by its own day (17c).

A correction takes a payment from the codes of a line, and gives it to others or to another line's,
on its own date; the payment keeps the date on which it was paid.
"""

from typing import Any, Final

from contracts.events.intake import ExpenditureRecorded
from services.analysis.domain.folding.charges import CHARGES_MAX, charge_key, codes_in, has_room
from services.analysis.domain.folding.flows import add_charged
from services.analysis.domain.folding.payments import SUSPECT_FROM, paper_of
from services.analysis.domain.money.buckets import BUCKET_BITS
from services.analysis.domain.money.terms import plainly_same
from services.analysis.domain.state import Charge, Codes, Line

RECHARGED_MAX: Final = 1_000
"""Most amounts and marks remembered of one set of codes of a line, two a day of payment and of
correction; what is corrected beyond it counts as usual, and as paid on the correction's day."""
USUAL: Final = ""
"""Key of the line's usual codes (no key of codes is empty)."""
PAID_SHIFT: Final = 32
"""A bucket of what was corrected has the payment's day above the correction's bucket."""
_DAY_MASK: Final = (1 << PAID_SHIFT) - 1


def recharge(line: Line, codes: Codes, day: int, amount: int, marked: int, stated: Any) -> None:
    """Add a payment to the codes of a line (negative: take it away) from a correction's day on.

    `stated`: the payment as its fact states it.
    """
    if line.usual is None:
        line.usual = codes
    key = USUAL if codes == line.usual else charge_key(codes)
    found = line.recharged.get(key)
    if found is None:
        if len(line.recharged) >= CHARGES_MAX:
            return
        found = line.recharged[key] = Charge()
    bucket = stated.date.toordinal() << PAID_SHIFT | day << BUCKET_BITS
    if bucket not in found.flows and len(found.flows) >= RECHARGED_MAX:
        return
    add_charged(found.flows, bucket, amount, marked)
    if stated.amount >= SUSPECT_FROM and stated.document is not None:
        _keep_paper(line, key, bucket, amount, paper_of(stated.document))


def keep_usual(line: Line, codes: Codes, data: ExpenditureRecorded) -> None:
    """Remember the document of a large payment under a line's usual codes, if these may be wrong.

    They may be if what is said of the line, of any day, is not plainly the same, or nothing is
    said of it yet: nearly all lines leave nothing here.
    """
    if data.document is None or data.line is None:
        return
    if line.terms and all(plainly_same(codes, terms) for terms in line.terms):
        return
    if not has_room(line, USUAL):
        return
    found = line.recharged.setdefault(USUAL, Charge())
    day = data.date.toordinal()
    bucket = day << PAID_SHIFT | day << BUCKET_BITS
    found.papers.append((paper_of(data.document), bucket, data.amount))


def _keep_paper(line: Line, key: str, bucket: int, amount: int, paper: str) -> None:
    """Remember that a document is charged to codes from a day on, or is so no more.

    That it is no more is noted whenever it was remembered; only then: what comes back of it
    would be taken off twice.
    """
    if has_room(line, key) if amount > 0 else _is_noted(line, key, bucket, -amount, paper):
        line.recharged[key].papers.append((paper, bucket, amount))


def _is_noted(line: Line, key: str, bucket: int, amount: int, paper: str) -> bool:
    """Say whether a document is remembered of a payment of its day and amount, and not left."""
    paid, stated = bucket >> PAID_SHIFT, line.charges.get(key, Charge())
    left = stated.papers.count((paper, paid, amount))
    for known, noted, fen in line.recharged[key].papers:
        if known == paper and noted >> PAID_SHIFT == paid and abs(fen) == amount:
            left += 1 if fen > 0 else -1
    return left > 0


def days_of(bucket: int) -> tuple[int, int]:
    """Return on which day was paid what is in a bucket, and on which it was corrected."""
    return bucket >> PAID_SHIFT, (bucket & _DAY_MASK) >> BUCKET_BITS


def codes_of_key(line: Line, key: str) -> Codes | None:
    """Return the codes of a key of `recharged`."""
    return line.usual if key == USUAL else codes_in(key)


def pays_otherwise(line: Line) -> bool:
    """Say whether a line has ever paid under other codes than its usual ones."""
    return bool(line.charges) or len(line.recharged) > (USUAL in line.recharged)
