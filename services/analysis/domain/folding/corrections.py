"""Corrections 更正: a fact moves to another line, unit or class; the total stays (rule 4).

Money moves on the correction's date: out of the columns that the fact had moved on its old line,
into the same ones of its new line. What a day before is asked about is as it was stated then.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.envelope import Data
from contracts.events.intake import (
    BudgetApproved,
    CarryoverRegistered,
    ExpenditureRecorded,
    FactCorrected,
)
from services.analysis.domain.corrections import Charged, as_charged, corrected
from services.analysis.domain.folding.charges import codes_of
from services.analysis.domain.folding.flows import (
    add,
    add_carried,
    add_instalments,
    contract_of,
    leave_terms,
    line_of,
    mark_corrected,
    mark_last,
    move_supplement,
    note_allocation,
    set_terms,
)
from services.analysis.domain.folding.money import FOLDS as MONEY
from services.analysis.domain.folding.payments import move, turn
from services.analysis.domain.folding.recharging import recharge
from services.analysis.domain.money.buckets import (
    ALLOCATED_MARK,
    ALLOWANCE,
    BUCKET_BITS,
    COLUMN_MASK,
    DISBURSED_MARK,
    LAST_RISE,
    MONEY_MARK,
    MOVED,
    MOVED_AT_ONCE,
    OUTFLOW,
    SUPPLEMENT,
    UNIT_MARK,
    mark,
)
from services.analysis.domain.money.figures import (
    SPENDING_COLUMNS,
    SPENT_SIGNS,
    SPENT_SIGNS_AT_ONCE,
)
from services.analysis.domain.state import NO_LINE, Entry, Instalment, Line, ProjectYear

CORRECTED_MAX: Final = 2_000
"""Most corrected entries remembered of one year; beyond it the first corrected go: such a one is
corrected anew as if it stood where it was stated."""

_BY_TYPE: Final = {data.event_type(): (data, fold) for data, fold in MONEY.items()}
_MONEY_MARKS: Final = (MONEY_MARK, ALLOCATED_MARK, UNIT_MARK)
_WITH_TERMS: Final = (BudgetApproved, CarryoverRegistered)


def is_movable(year: ProjectYear, entry: Entry) -> bool:
    """Say whether a correction moves anything: it does of a money fact of its year.

    An approval for an own period stays where it is: whether it counts is a matter of its period.
    """
    original = entry.original
    if original is None or original.type not in _BY_TYPE:
        return False
    data = original.data
    same_year = data.fiscal_year == entry.event.data.fiscal_year == year.fiscal_year
    return same_year and getattr(data, "period", None) is None


def _correct(year: ProjectYear, entry: Entry, data: FactCorrected) -> None:
    if not is_movable(year, entry):
        return
    before = year.corrected.get(data.entry)
    after = corrected(before, data)
    kind, fold = _BY_TYPE[entry.original.type]
    stated = entry.original.data
    old, new = as_charged(stated, before), as_charged(stated, after)
    # Dated before the fact, it moves it from the first.
    day = max(data.date, stated.date).toordinal()
    moves = (old.line or NO_LINE) != (new.line or NO_LINE)
    if moves:
        made = _alone(year, entry, fold, new)
        _put(line_of(year, old.line), made, day, -1, entry)
        _put(line_of(year, new.line), made, day, 1, entry)
    if kind is ExpenditureRecorded:
        if moves or codes_of(old) != codes_of(new):
            marked = mark(entry.sequence, entry.position)
            recharge(line_of(year, old.line), codes_of(old), day, -old.amount, marked, stated)
            recharge(line_of(year, new.line), codes_of(new), day, new.amount, marked, stated)
        turn(year.payments, data.entry, day, stated, new)
        if moves:
            move(year.payments, data.entry, day, stated, new.line or NO_LINE)
    elif kind in _WITH_TERMS:
        made = _alone(year, entry, fold, new)
        _state_terms(year, made, day, entry, new.line or NO_LINE)
    _remember(year, data.entry, after)


def _remember(year: ProjectYear, sequence: int, after: Charged) -> None:
    year.corrected.pop(sequence, None)
    year.corrected[sequence] = after
    while len(year.corrected) > CORRECTED_MAX:
        del year.corrected[next(iter(year.corrected))]


def _alone(
    year: ProjectYear, entry: Entry, fold: Callable[[ProjectYear, Entry, Any], None], data: Any
) -> Line:
    """Return what one fact alone makes of a line."""
    alone = ProjectYear(year.project, year.fiscal_year)
    fold(alone, entry, data)
    return alone.lines[data.line or NO_LINE]


def _put(line: Line, made: Line, day: int, sign: int, entry: Entry) -> None:
    """Add on a day what a fact makes of a line, or take it away."""
    flows = line.flows
    for bucket, fen in made.flows.items():
        column = bucket & COLUMN_MASK
        if column == OUTFLOW:
            # It bounds the spending of any day, also of those before the correction.
            add(flows, OUTFLOW, max(0, sign * fen))
        elif column == ALLOWANCE:
            add(flows, ALLOWANCE, sign * fen)
            if sign * fen > 0:
                flows[LAST_RISE] = max(day, flows.get(LAST_RISE, 0))
        elif column >= MONEY_MARK:
            _put_mark(line, day, column, entry)
        else:
            add(flows, day << BUCKET_BITS | column, sign * fen)
            if column < SPENDING_COLUMNS:
                moved = sign * fen * SPENT_SIGNS[column]
                add(flows, day << BUCKET_BITS | MOVED, moved)
                moved = sign * fen * SPENT_SIGNS_AT_ONCE[column]
                add(flows, day << BUCKET_BITS | MOVED_AT_ONCE, moved)
            if column == SUPPLEMENT:
                move_supplement(line, bucket >> BUCKET_BITS, day, sign * fen)
    _put_disbursed(line, made, day, sign, entry)
    _put_carried(line, made, day, sign)
    _put_contracts(line, made, day, sign, entry)


def _put_mark(line: Line, day: int, column: int, entry: Entry) -> None:
    if column in _MONEY_MARKS:
        mark_corrected(line, day << BUCKET_BITS | column, entry)
    elif column != LAST_RISE:
        mark_last(line.flows, day << BUCKET_BITS | column, entry)


def _put_disbursed(line: Line, made: Line, day: int, sign: int, entry: Entry) -> None:
    """Remember that a correction brought an allocation, or moved what is disbursed otherwise."""
    if made.allocated_since and sign > 0:
        note_allocation(line, day)
    disbursing: Mapping[int, int] = {} if made.disbursing is None else made.disbursing.flows
    if any(bucket & COLUMN_MASK == MONEY_MARK for bucket in disbursing):
        mark_corrected(line, day << BUCKET_BITS | DISBURSED_MARK, entry)


def _put_carried(line: Line, made: Line, day: int, sign: int) -> None:
    for from_year, carried in made.carried.items():
        add_carried(line, from_year, day, sign * sum(carried.flows.values()))


def _put_contracts(line: Line, made: Line, day: int, sign: int, entry: Entry) -> None:
    for name, known in made.contracts.items():
        contract = contract_of(line, name)
        for bucket, fen in known.flows.items():
            column = bucket & COLUMN_MASK
            # What a correction moves between lines stays with its contract.
            if column != MONEY_MARK:
                add(contract.flows, day << BUCKET_BITS | column, sign * fen)
        moved = [
            Instalment(part.due, sign * part.amount, day, entry.sequence, part.day)
            for part in known.instalments
        ]
        add_instalments(contract, moved)


def _state_terms(year: ProjectYear, made: Line, day: int, entry: Entry, name: str) -> None:
    """State what a line is from a correction on, as the fact that it corrects is charged now.

    From that day on the fact says nothing of other lines any more, whatever else was said of it.
    """
    stated, sequence = entry.original.data, entry.event.data.entry
    own = name == (stated.line or NO_LINE)
    arrived, brought = day, entry.sequence
    for other, line in year.lines.items():
        last = leave_terms(line, sequence, day)
        if last is not None and other == name and last.arrived:
            arrived, brought = last.arrived, last.brought
    for terms in made.terms:
        terms.day, terms.sequence, terms.stated = day, sequence, stated.date.toordinal()
        if not own:
            terms.arrived, terms.brought = arrived, brought
        set_terms(line_of(year, name), terms)


FOLDS: Final[Mapping[type[Data], Callable[[ProjectYear, Entry, Any], None]]] = {
    FactCorrected: _correct,
}
"""Event data → how it changes a year."""
