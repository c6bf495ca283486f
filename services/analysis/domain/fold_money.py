"""How money and budget facts move a line's day buckets (domain-rules 1, 2, 3, 5).

The hot path is an expenditure: a handful of dictionary operations on integers.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.envelope import Data
from contracts.events.intake import (
    BalanceRecovered,
    BudgetAdjusted,
    BudgetApproved,
    CarryoverRegistered,
    CommitmentRecorded,
    ExpenditureRecorded,
    ExpenditureReversed,
    FundsDisbursed,
    FundsReturned,
    PaymentRequested,
    Period,
)
from contracts.vocabulary import AdjustmentKind, BudgetOrigin, Channel, Flow
from services.analysis.domain.buckets import (
    ALLOCATED,
    ALLOCATED_MARK,
    ALLOCATION_RETURNED,
    ALLOWANCE,
    BUCKET_BITS,
    BUDGET_MARK,
    CARRYOVER,
    COMMITTED,
    CUT,
    DISTRIBUTED,
    LAST_RISE,
    MONEY_MARK,
    ORIGINAL,
    OTHER_DISBURSED,
    OUTFLOW,
    PAID_ALLOCATION,
    PAID_AUTHORISED,
    PAID_DIRECT,
    PAID_OWN,
    PASSED_DOWN,
    POSITION_BITS,
    PRIOR_YEAR_REFUND,
    QUOTA,
    RECOVERED,
    RELEASED,
    REQUESTED,
    REVERSED_ALLOCATION,
    REVERSED_OWN,
    REVERSED_TREASURY,
    SUPPLEMENT,
    VIREMENT,
    mark,
)
from services.analysis.domain.disbursing import AUTHORISED
from services.analysis.domain.state import (
    NO_LINE,
    Contract,
    Entry,
    Line,
    LineTerms,
    PeriodApproval,
    ProjectYear,
)

SUM_SPLIT_AT: Final = 2**62
"""An approval for a period grows up to here (fen); what is more becomes another one."""


def _line(year: ProjectYear, name: str | None) -> Line:
    key = name or NO_LINE
    line = year.lines.get(key)
    if line is None:
        line = year.lines[key] = Line()
    return line


def _add(flows: dict[int, int], bucket: int, amount: int) -> None:
    flows[bucket] = flows.get(bucket, 0) + amount


def _under_contract(line: Line, name: str, bucket: int, amount: int) -> None:
    contract = line.contracts.get(name)
    if contract is None:
        contract = line.contracts[name] = Contract()
    _add(contract.flows, bucket, amount)


def _mark(flows: dict[int, int], bucket: int, entry: Entry) -> None:
    flows[bucket] = max(mark(entry.sequence, entry.position), flows.get(bucket, 0))


def _expenditure(year: ProjectYear, entry: Entry, data: ExpenditureRecorded) -> None:
    # `_add` and `_mark` stand written out: their calls would be half of it.
    line = year.lines.get(data.line or NO_LINE) or _line(year, data.line)
    flows, amount, channel = line.flows, data.amount, data.channel
    day = data.date.toordinal() << BUCKET_BITS
    if channel is Channel.TREASURY_PAYMENT:
        bucket = day | (PAID_AUTHORISED if data.pay_type in AUTHORISED else PAID_DIRECT)
    elif channel is Channel.ALLOCATION:
        bucket = day | PAID_ALLOCATION
    else:
        bucket = day | PAID_OWN
    known = flows.get
    flows[bucket] = known(bucket, 0) + amount
    flows[OUTFLOW] = known(OUTFLOW, 0) + amount
    marked = entry.sequence << POSITION_BITS | entry.position
    if marked > known(day | MONEY_MARK, 0):
        flows[day | MONEY_MARK] = marked
    if data.contract is not None:
        _under_contract(line, data.contract, bucket, amount)


_REVERSED: Final = {
    Channel.TREASURY_PAYMENT: REVERSED_TREASURY,
    Channel.ALLOCATION: REVERSED_ALLOCATION,
    Channel.OWN_FUNDS: REVERSED_OWN,
}


def _reversal(year: ProjectYear, entry: Entry, data: ExpenditureReversed) -> None:
    line = _line(year, data.line)
    flows = line.flows
    day = data.date.toordinal() << BUCKET_BITS
    if data.prior_year:
        # domain-rules 5: shown apart, so it neither moves spending nor brings about a finding.
        _add(flows, day | PRIOR_YEAR_REFUND, data.amount)
        return
    bucket = day | _REVERSED[data.channel]
    _add(flows, bucket, data.amount)
    _mark(flows, day | MONEY_MARK, entry)
    if data.contract is not None:
        _under_contract(line, data.contract, bucket, data.amount)


def _disbursement(year: ProjectYear, entry: Entry, data: FundsDisbursed) -> None:
    if data.returned:
        _return(year, entry, data)
        return
    flows = _line(year, data.line).flows
    day = data.date.toordinal() << BUCKET_BITS
    if data.channel is Channel.ALLOCATION:
        # It may be spending: whether the line says so may be known only later.
        _mark(flows, day | ALLOCATED_MARK, entry)
        _add(flows, OUTFLOW, data.amount)
        column = ALLOCATED
    else:
        column = QUOTA if data.channel is Channel.TREASURY_PAYMENT else OTHER_DISBURSED
    _add(flows, day | column, data.amount)


def _return(year: ProjectYear, entry: Entry, data: FundsDisbursed | FundsReturned) -> None:
    flows = _line(year, data.line).flows
    day = data.date.toordinal() << BUCKET_BITS
    if data.channel is Channel.ALLOCATION:
        _mark(flows, day | ALLOCATED_MARK, entry)
        _add(flows, day | ALLOCATION_RETURNED, data.amount)
    else:
        column = QUOTA if data.channel is Channel.TREASURY_PAYMENT else OTHER_DISBURSED
        _add(flows, day | column, -data.amount)


def _commitment(year: ProjectYear, _: Entry, data: CommitmentRecorded) -> None:
    column = RELEASED if data.released else COMMITTED
    bucket = data.date.toordinal() << BUCKET_BITS | column
    line = _line(year, data.line)
    _add(line.flows, bucket, data.amount)
    if data.contract is not None:
        _under_contract(line, data.contract, bucket, data.amount)


def _request(year: ProjectYear, _: Entry, data: PaymentRequested) -> None:
    day = data.date.toordinal() << BUCKET_BITS
    _add(_line(year, data.line).flows, day | REQUESTED, data.amount)


def _approval(year: ProjectYear, entry: Entry, data: BudgetApproved) -> None:
    line = _line(year, data.line)
    day = data.date.toordinal()
    carryover = data.origin is BudgetOrigin.CARRYOVER
    if not carryover and day not in line.approvals:
        line.approvals.append(day)
        line.approvals.sort()
    if data.period is None:
        _budget(line, CARRYOVER if carryover else ORIGINAL, day, data.amount)
    else:
        _approve_period(line, entry, data, data.period)
    _mark(line.flows, day << BUCKET_BITS | BUDGET_MARK, entry)
    _set_terms(
        line,
        LineTerms(
            day,
            entry.sequence,
            data.unit,
            data.account,
            data.channel,
            data.classification.function,
            data.undistributed,
            data.allocation_is_expenditure,
            data.classification.government_economic,
            data.classification.fund_type,
        ),
    )


def _approve_period(line: Line, entry: Entry, data: BudgetApproved, period: Period) -> None:
    carryover = data.origin is BudgetOrigin.CARRYOVER
    day = data.date.toordinal()
    key = (day, period.start.toordinal(), period.end.toordinal(), carryover)
    for known in line.periods:
        same = (known.day, known.start, known.end, known.carryover) == key
        if same and known.amount < SUM_SPLIT_AT:
            known.amount += data.amount
            if entry.sequence < known.sequence:
                known.sequence, known.position = entry.sequence, entry.position
            return
    line.periods.append(PeriodApproval(*key, data.amount, entry.sequence, entry.position))


def _set_terms(line: Line, terms: LineTerms) -> None:
    for index, known in enumerate(line.terms):
        if known.day == terms.day:
            at_once = known.allocation_is_expenditure or terms.allocation_is_expenditure
            newest = terms if terms.sequence > known.sequence else known
            newest.allocation_is_expenditure = at_once
            line.terms[index] = newest
            return
    line.terms.append(terms)
    line.terms.sort(key=lambda known: known.day)


def _carryover(year: ProjectYear, entry: Entry, data: CarryoverRegistered) -> None:
    line = _line(year, data.line)
    day = data.date.toordinal()
    _budget(line, CARRYOVER, day, data.amount)
    _mark(line.flows, day << BUCKET_BITS | BUDGET_MARK, entry)
    _set_terms(
        line,
        LineTerms(
            day,
            entry.sequence,
            data.unit,
            data.account,
            data.channel,
            data.classification.function,
            undistributed=False,
            allocation_is_expenditure=False,
            government_economic=data.classification.government_economic,
            fund_type=data.classification.fund_type,
        ),
    )


_ADJUSTED: Final = {
    AdjustmentKind.SUPPLEMENT: SUPPLEMENT,
    AdjustmentKind.CUT: CUT,
    AdjustmentKind.VIREMENT: VIREMENT,
    AdjustmentKind.RECOVERY: RECOVERED,
    AdjustmentKind.PASSED_DOWN: PASSED_DOWN,
    AdjustmentKind.DISTRIBUTED: DISTRIBUTED,
}


def _adjustment(year: ProjectYear, entry: Entry, data: BudgetAdjusted) -> None:
    line = _line(year, data.line)
    day = data.date.toordinal()
    # Virement and distributed are kept net; the other columns gross, their kind is their sign.
    amount = -data.amount if data.direction is Flow.OUT else data.amount
    _budget(line, _ADJUSTED[data.adjustment_kind], day, amount)
    _mark(line.flows, day << BUCKET_BITS | BUDGET_MARK, entry)


def _recovery(year: ProjectYear, entry: Entry, data: BalanceRecovered) -> None:
    line = _line(year, data.line)
    day = data.date.toordinal()
    _budget(line, RECOVERED, day, data.amount)
    _mark(line.flows, day << BUCKET_BITS | BUDGET_MARK, entry)


def _budget(line: Line, column: int, day: int, amount: int) -> None:
    flows = line.flows
    _add(flows, day << BUCKET_BITS | column, amount)
    change = -amount if column in {CUT, RECOVERED} else amount
    _add(flows, ALLOWANCE, change)
    if change > 0:
        flows[LAST_RISE] = max(day, flows.get(LAST_RISE, 0))


FOLDS: Final[Mapping[type[Data], Callable[[ProjectYear, Entry, Any], None]]] = {
    ExpenditureRecorded: _expenditure,
    ExpenditureReversed: _reversal,
    FundsDisbursed: _disbursement,
    FundsReturned: _return,
    CommitmentRecorded: _commitment,
    PaymentRequested: _request,
    BudgetApproved: _approval,
    BudgetAdjusted: _adjustment,
    CarryoverRegistered: _carryover,
    BalanceRecovered: _recovery,
}
"""Event data → how it changes a year."""
