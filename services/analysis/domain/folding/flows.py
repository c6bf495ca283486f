"""How a line's day buckets are added to: what all folds of money share."""

import datetime as dt
from bisect import bisect_left, bisect_right
from typing import Final

from contracts.events.intake import FundsDisbursed, FundsReturned
from contracts.vocabulary import Channel
from services.analysis.domain.money.buckets import (
    ALLOCATED,
    ALLOCATED_MARK,
    ALLOWANCE,
    BUCKET_BITS,
    CHARGED,
    CUT,
    LAST_RISE,
    MONEY_MARK,
    QUOTA,
    RECOVERED,
    mark,
)
from services.analysis.domain.money.terms import said_by
from services.analysis.domain.state import (
    NO_LINE,
    Carried,
    Charge,
    Contract,
    Entry,
    Instalment,
    Line,
    LineTerms,
    ProjectYear,
)

SUM_SPLIT_AT: Final = 2**62
"""A sum that is no bucket grows up to here (fen); what is more becomes another one."""
CARRIED_MAX: Final = 50
"""Most years that one line's carryovers were approved for; beyond it the latest go."""
SUPPLEMENT_MONTHS_MAX: Final = 50
"""Most months of approval of which one line's moved supplements are remembered; beyond it the
latest go."""
TERMS_OF_A_DAY_MAX: Final = 20
"""Most approvals, and carryovers, of which a line remembers what they say of it from one day on;
beyond it those go that stand behind all others of that day."""
INSTALMENTS_MAX: Final = 2_000
"""Most instalments remembered of one contract on one line; beyond it the first due go."""


def line_of(year: ProjectYear, name: str | None) -> Line:
    """Return a line of a year, a new one if there is none."""
    key = name or NO_LINE
    line = year.lines.get(key)
    if line is None:
        line = year.lines[key] = Line()
    return line


def contract_of(line: Line, name: str) -> Contract:
    """Return a contract of a line, a new one if there is none."""
    contract = line.contracts.get(name)
    if contract is None:
        contract = line.contracts[name] = Contract()
    return contract


def add(flows: dict[int, int], bucket: int, amount: int) -> None:
    """Add to a bucket."""
    flows[bucket] = flows.get(bucket, 0) + amount


def add_charged(flows: dict[int, int], day: int, amount: int, marked: int) -> None:
    """Add to what is charged on a day (shifted to its bucket), and remember the last entry."""
    flows[day | CHARGED] = flows.get(day | CHARGED, 0) + amount
    flows[day | MONEY_MARK] = max(marked, flows.get(day | MONEY_MARK, 0))


def mark_last(flows: dict[int, int], bucket: int, entry: Entry) -> None:
    """Remember the last entry that moved something on a day."""
    flows[bucket] = max(mark(entry.sequence, entry.position), flows.get(bucket, 0))


def mark_corrected(line: Line, bucket: int, entry: Entry) -> None:
    """Remember the last correction that moved money on a day."""
    if line.corrections is None:
        line.corrections = Charge()
    mark_last(line.corrections.flows, bucket, entry)


def put_out(line: Line, entry: Entry, data: FundsDisbursed | FundsReturned, amount: int) -> None:
    """Remember what was disbursed on a day (negative: returned), whatever corrections move."""
    if line.disbursing is None:
        line.disbursing = Charge()
    flows, day = line.disbursing.flows, data.date.toordinal() << BUCKET_BITS
    allocated = data.channel is Channel.ALLOCATION
    add(flows, day | (ALLOCATED if allocated else QUOTA), amount)
    mark_last(flows, day | (ALLOCATED_MARK if allocated else MONEY_MARK), entry)


def note_allocation(line: Line, day: int) -> None:
    """Remember from which day on an allocation is recorded on a line."""
    if not line.allocated_since or day < line.allocated_since:
        line.allocated_since = day


def add_budget(line: Line, column: int, day: int, amount: int) -> None:
    """Change a line's budget on a day; how much is allowed in all goes along."""
    flows = line.flows
    add(flows, day << BUCKET_BITS | column, amount)
    change = -amount if column in {CUT, RECOVERED} else amount
    add(flows, ALLOWANCE, change)
    if change > 0:
        flows[LAST_RISE] = max(day, flows.get(LAST_RISE, 0))


def add_carried(line: Line, from_year: int, day: int, amount: int) -> None:
    """Remember on a day how old what a line carries over is, or that a correction took it away.

    The earliest years stay whatever comes first; money of others is no older than the last year's.
    """
    if not amount:
        return
    carried = line.carried.get(from_year)
    if carried is None:
        carried = line.carried[from_year] = Carried()
        if len(line.carried) > CARRIED_MAX:
            del line.carried[max(line.carried)]
    add(carried.flows, day, amount)


def move_supplement(line: Line, approved: int, day: int, amount: int) -> None:
    """Remember that a correction moved a supplement on a day: it runs from its approval on.

    `approved`: ordinal of that day. The earliest months stay whatever comes first; supplements of
    others run from their correction on.
    """
    month = dt.date.fromordinal(approved).replace(day=1).toordinal()
    moved = line.supplements.get(month)
    if moved is None:
        moved = line.supplements[month] = Carried()
        if len(line.supplements) > SUPPLEMENT_MONTHS_MAX:
            del line.supplements[max(line.supplements)]
    add(moved.flows, day, amount)


def set_terms(line: Line, terms: LineTerms) -> None:
    """Put terms to a line. All are kept, for those that stand before others may leave the line."""
    known, day = line.terms, terms.day
    if not known:
        known.append(terms)
        return
    known.insert(bisect_right(known, _place_of(terms), key=_place_of), terms)
    begins = bisect_left(known, day, key=_day_of)
    ends = bisect_right(known, day, begins, key=_day_of)
    alike = [n for n in range(begins, ends) if known[n].registered == terms.registered]
    if len(alike) > TERMS_OF_A_DAY_MAX:
        del known[alike[0]]


def _place_of(terms: LineTerms) -> tuple[int, tuple[int, int]]:
    """Return what a line's terms are in order of."""
    return terms.day, said_by(terms)


def _day_of(terms: LineTerms) -> int:
    return terms.day


def leave_terms(line: Line, sequence: int, day: int) -> LineTerms | None:
    """Let what a fact says of a line end on a day; return what it said of it up to then.

    What it would have said from a later day on is forgotten: the correction of that day came
    before this one in the stream.
    """
    if all(terms.sequence != sequence for terms in line.terms):
        return None
    last, kept = None, []
    for terms in line.terms:
        if terms.sequence == sequence:
            if terms.day <= day and (not terms.until or terms.until >= day):
                last = terms
            if terms.day >= day:
                continue
            terms.until = min(terms.until or day, day)
        kept.append(terms)
    line.terms = kept
    return last


def add_instalments(contract: Contract, stated: list[Instalment]) -> None:
    """Add to a contract's payment schedule: one sum per due day and day of statement."""
    known = {
        (part.due, part.day, part.stated): part
        for part in contract.instalments
        if abs(part.amount) < SUM_SPLIT_AT
    }
    for part in stated:
        found = known.get((part.due, part.day, part.stated))
        if found is None:
            contract.instalments.append(part)
            known[part.due, part.day, part.stated] = part
        else:
            found.amount += part.amount
            found.sequence = min(found.sequence, part.sequence)
            if abs(found.amount) >= SUM_SPLIT_AT:
                del known[part.due, part.day, part.stated]
    contract.instalments.sort(key=lambda part: (part.due, part.sequence))
    del contract.instalments[:-INSTALMENTS_MAX]
