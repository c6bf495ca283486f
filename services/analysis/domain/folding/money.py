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
from services.analysis.domain.folding.charges import charge_otherwise, set_aside
from services.analysis.domain.folding.flows import (
    SUM_SPLIT_AT,
    add,
    add_budget,
    add_carried,
    add_instalments,
    contract_of,
    line_of,
    mark_last,
    note_allocation,
    put_out,
    set_terms,
)
from services.analysis.domain.folding.payments import (
    SUSPECT_FROM,
    pay_under,
    sign_with,
    suspect,
    take_back,
)
from services.analysis.domain.folding.recharging import keep_usual
from services.analysis.domain.money.buckets import (
    ALLOCATED,
    ALLOCATED_MARK,
    ALLOCATION_RETURNED,
    BUCKET_BITS,
    BUDGET_MARK,
    CARRYOVER,
    COMMITTED,
    CUT,
    DISTRIBUTED,
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
    UNIT_MARK,
    VIREMENT,
    mark,
    paid_mark,
)
from services.analysis.domain.money.contract_sums import NO_CONTRACT
from services.analysis.domain.money.disbursing import AUTHORISED
from services.analysis.domain.state import (
    NO_LINE,
    Codes,
    Entry,
    Instalment,
    Line,
    LineTerms,
    PeriodApproval,
    ProjectYear,
)

CUTS_MAX: Final = 400
"""Most days of cuts on objective grounds that are remembered; beyond it the oldest go."""
_TREASURY: Final = Channel.TREASURY_PAYMENT
_ALLOCATION: Final = Channel.ALLOCATION
"""By names of ours: to look a member up in its enumeration takes as long as a dictionary does."""


def _expenditure(year: ProjectYear, entry: Entry, data: ExpenditureRecorded) -> None:
    # `add` and `mark_last` stand written out: their calls would be half of it.
    line = year.lines.get(data.line or NO_LINE) or line_of(year, data.line)
    flows, amount, channel = line.flows, data.amount, data.channel
    day = data.date.toordinal() << BUCKET_BITS
    last = day | MONEY_MARK
    if channel is _TREASURY:
        bucket = day | (PAID_AUTHORISED if data.pay_type in AUTHORISED else PAID_DIRECT)
    elif channel is _ALLOCATION:
        bucket, last = day | PAID_ALLOCATION, day | UNIT_MARK
    else:
        bucket = day | PAID_OWN
    flows[bucket] = flows.get(bucket, 0) + amount
    flows[OUTFLOW] = flows.get(OUTFLOW, 0) + amount
    marked = entry.sequence << POSITION_BITS | entry.position
    before = flows.get(last, 0)
    if marked > before:
        flows[last] = marked
    if data.contract is not None:
        contract = contract_of(line, data.contract)
        add(contract.flows, bucket, amount)
        mark_last(contract.flows, day | MONEY_MARK, entry)
    # As `codes_of` says; nearly all payments are under the usual codes and small (17c, 17d).
    classes = data.classification
    codes = (data.account, classes.function, classes.government_economic, classes.fund_type)
    if codes != line.usual:
        other = day | (UNIT_MARK if last == day | MONEY_MARK else MONEY_MARK)
        charge_otherwise(line, codes, entry, data, max(before, flows.get(other, 0)))
    if amount >= SUSPECT_FROM:
        _large(year, line, codes, entry, data)


def _large(
    year: ProjectYear, line: Line, codes: Codes, entry: Entry, data: ExpenditureRecorded
) -> None:
    """Remember to whom a large payment went, and on what paper."""
    if codes == line.usual:
        keep_usual(line, codes, data)
    if data.batch:
        return
    if data.contract is not None:
        pay_under(contract_of(line, data.contract), entry, data)
    suspect(year.payments, entry, data)


_REVERSED: Final = {
    Channel.TREASURY_PAYMENT: REVERSED_TREASURY,
    Channel.ALLOCATION: REVERSED_ALLOCATION,
    Channel.OWN_FUNDS: REVERSED_OWN,
}


def _reversal(year: ProjectYear, entry: Entry, data: ExpenditureReversed) -> None:
    line = line_of(year, data.line)
    flows = line.flows
    day = data.date.toordinal() << BUCKET_BITS
    if data.prior_year:
        # domain-rules 5: shown apart, so it neither moves spending nor brings about a finding.
        add(flows, day | PRIOR_YEAR_REFUND, data.amount)
        return
    bucket = day | _REVERSED[data.channel]
    add(flows, bucket, data.amount)
    set_aside(line, day, paid_mark(flows, day), entry)
    by_unit = data.channel is _ALLOCATION
    mark_last(flows, day | (UNIT_MARK if by_unit else MONEY_MARK), entry)
    if data.contract is not None:
        contract = contract_of(line, data.contract)
        add(contract.flows, bucket, data.amount)
        mark_last(contract.flows, day | MONEY_MARK, entry)
    if data.original is not None:
        take_back(year.payments, data)


def _disbursement(year: ProjectYear, entry: Entry, data: FundsDisbursed) -> None:
    if data.returned:
        _return(year, entry, data)
        return
    line = line_of(year, data.line)
    put_out(line, entry, data, data.amount)
    flows, day = line.flows, data.date.toordinal() << BUCKET_BITS
    if data.channel is _ALLOCATION:
        # It may be spending: whether the line says so may be known only later.
        mark_last(flows, day | ALLOCATED_MARK, entry)
        note_allocation(line, day >> BUCKET_BITS)
        add(flows, OUTFLOW, data.amount)
        column = ALLOCATED
    else:
        column = QUOTA if data.channel is _TREASURY else OTHER_DISBURSED
    add(flows, day | column, data.amount)


def _return(year: ProjectYear, entry: Entry, data: FundsDisbursed | FundsReturned) -> None:
    line = line_of(year, data.line)
    put_out(line, entry, data, -data.amount)
    flows, day = line.flows, data.date.toordinal() << BUCKET_BITS
    if data.channel is _ALLOCATION:
        mark_last(flows, day | ALLOCATED_MARK, entry)
        add(flows, day | ALLOCATION_RETURNED, data.amount)
    else:
        column = QUOTA if data.channel is _TREASURY else OTHER_DISBURSED
        add(flows, day | column, -data.amount)


def _commitment(year: ProjectYear, entry: Entry, data: CommitmentRecorded) -> None:
    column = RELEASED if data.released else COMMITTED
    day = data.date.toordinal()
    bucket = day << BUCKET_BITS | column
    line = line_of(year, data.line)
    add(line.flows, bucket, data.amount)
    if data.contract is not None:
        contract = contract_of(line, data.contract)
        add(contract.flows, bucket, data.amount)
        mark_last(contract.flows, day << BUCKET_BITS | MONEY_MARK, entry)
        sign_with(contract, data)
    if data.schedule:
        sign = -1 if data.released else 1
        stated = [
            Instalment(part.due.toordinal(), sign * part.amount, day, entry.sequence)
            for part in data.schedule
        ]
        add_instalments(contract_of(line, data.contract or NO_CONTRACT), stated)


def _request(year: ProjectYear, _: Entry, data: PaymentRequested) -> None:
    day = data.date.toordinal() << BUCKET_BITS
    add(line_of(year, data.line).flows, day | REQUESTED, data.amount)


def _approval(year: ProjectYear, entry: Entry, data: BudgetApproved) -> None:
    line = line_of(year, data.line)
    day = data.date.toordinal()
    carryover = data.origin is BudgetOrigin.CARRYOVER
    if not carryover and day not in line.approvals:
        line.approvals.append(day)
        line.approvals.sort()
    if data.period is None:
        add_budget(line, CARRYOVER if carryover else ORIGINAL, day, data.amount)
        _mark_budget(line, day, entry, data.amount)
    else:
        _approve_period(line, entry, data, data.period)
    set_terms(
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
    last = mark(entry.sequence, entry.position) if data.amount else 0
    for known in line.periods:
        same = (known.day, known.start, known.end, known.carryover) == key
        if same and known.amount < SUM_SPLIT_AT:
            known.amount += data.amount
            if entry.sequence < known.sequence:
                known.sequence, known.position = entry.sequence, entry.position
            known.last = max(known.last, last)
            return
    line.periods.append(PeriodApproval(*key, data.amount, entry.sequence, entry.position, last))


def _carryover(year: ProjectYear, entry: Entry, data: CarryoverRegistered) -> None:
    line = line_of(year, data.line)
    day = data.date.toordinal()
    add_budget(line, CARRYOVER, day, data.amount)
    _mark_budget(line, day, entry, data.amount)
    add_carried(line, data.from_year, day, data.amount)
    set_terms(
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
            registered=True,
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
    line = line_of(year, data.line)
    day = data.date.toordinal()
    # Virement and distributed are kept net; the other columns gross, their kind is their sign.
    amount = -data.amount if data.direction is Flow.OUT else data.amount
    add_budget(line, _ADJUSTED[data.adjustment_kind], day, amount)
    _mark_budget(line, day, entry, amount)
    if data.objective_grounds and data.adjustment_kind is AdjustmentKind.CUT and data.amount > 0:
        year.objective_cuts = sorted({*year.objective_cuts, day})[-CUTS_MAX:]


def _recovery(year: ProjectYear, entry: Entry, data: BalanceRecovered) -> None:
    line = line_of(year, data.line)
    day = data.date.toordinal()
    add_budget(line, RECOVERED, day, data.amount)
    _mark_budget(line, day, entry, data.amount)


def _mark_budget(line: Line, day: int, entry: Entry, amount: int) -> None:
    """Remember the last entry that changed a line's budget on a day: nothing changes by 0.00.

    Approvals for an own period are remembered apart: whether they count is a matter of that.
    """
    if amount:
        mark_last(line.flows, day << BUCKET_BITS | BUDGET_MARK, entry)


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
