"""How payments are charged once they are corrected: each is still judged by its own day (17c).

A correction takes a payment from the codes of a line, and gives it to others or to another line's,
on its own date; the payment keeps the date on which it was paid.
"""

from typing import Any, Final

from services.analysis.domain.folding.charges import CHARGES_MAX, charge_key, codes_in
from services.analysis.domain.folding.flows import add_charged
from services.analysis.domain.folding.payments import PAPERS_MAX, SUSPECT_FROM, paper_of
from services.analysis.domain.money.buckets import BUCKET_BITS
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


def _keep_paper(line: Line, key: str, bucket: int, amount: int, paper: str) -> None:
    """Remember that a document is charged to codes from a day on, or is so no more."""
    papers = line.recharged[key].papers
    if amount < 0:
        stated = line.charges.get(key, Charge()).papers
        if sum(fen for known, _, fen in (*stated, *papers) if known == paper) <= 0:
            # It was not remembered before: of the usual codes no document is.
            return
    if len(papers) < PAPERS_MAX:
        papers.append((paper, bucket, amount))


def days_of(bucket: int) -> tuple[int, int]:
    """Return on which day was paid what is in a bucket, and on which it was corrected."""
    return bucket >> PAID_SHIFT, (bucket & _DAY_MASK) >> BUCKET_BITS


def codes_of_key(line: Line, key: str) -> Codes | None:
    """Return the codes of a key of `recharged`."""
    return line.usual if key == USUAL else codes_in(key)


def pays_otherwise(line: Line) -> bool:
    """Say whether a line has ever paid under other codes than its usual ones."""
    return bool(line.charges) or len(line.recharged) > (USUAL in line.recharged)
