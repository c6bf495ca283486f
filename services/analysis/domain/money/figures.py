"""Sums of day buckets: what a line, and a project, amounts to at a date (domain-rules 1, 2)."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import add, mul
from typing import Final

from contracts.events.analysis import BudgetComponents, Money
from contracts.vocabulary import rate_bp
from services.analysis.domain.calendar import MONTHS, FiscalCalendar, fiscal_year_at
from services.analysis.domain.money.buckets import (
    ALLOCATED,
    ALLOCATION_RETURNED,
    BUCKET_BITS,
    CARRYOVER,
    COLUMN_MASK,
    COMMITTED,
    CUT,
    DISTRIBUTED,
    MONEY_MARK,
    ORIGINAL,
    OTHER_DISBURSED,
    PAID_AUTHORISED,
    PAID_DIRECT,
    PASSED_DOWN,
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
)
from services.analysis.domain.money.contract_sums import (
    Contracts,
    add_contracts,
    total_contracts,
    unpaid_commitments,
)
from services.analysis.domain.money.disbursing import treasury_disbursed
from services.analysis.domain.money.terms import terms_at
from services.analysis.domain.numbers import RATE_MAX_BP
from services.analysis.domain.state import Line, LineTerms, ProjectYear
from services.analysis.domain.unchecked import unchecked

SPENT_SIGNS: Final = (1, 1, 1, 1, -1, -1, -1, 0, 0)
"""By column: how it moves spending on an ordinary line."""
SPENT_SIGNS_AT_ONCE: Final = (1, 1, 0, 1, -1, 0, -1, 1, -1)
"""The same where an allocation is expenditure: the unit's own spending must not count again."""

SPENDING_COLUMNS: Final = len(SPENT_SIGNS)


def bounded_rate_bp(part: int, whole: int) -> int | None:
    """Exact ratio in basis points, half up once, within the wire's bounds; null over ≤ zero."""
    if whole <= 0:
        return None
    found = rate_bp(part, whole)
    return None if found is None else max(-RATE_MAX_BP, min(RATE_MAX_BP, found))


@dataclass(slots=True, kw_only=True)
class Sums:
    """Money at a date, of a line or of all: sums by column, and what does not fit into columns."""

    columns: list[int] = field(default_factory=lambda: [0] * (COLUMN_MASK + 1))
    """Sums by column."""
    months: list[int] = field(default_factory=lambda: [0] * (MONTHS + 1))
    """Net spending: [0] before the year, [n] within its n-th month or, the last, later."""
    contracts: Contracts = field(default_factory=dict)
    """What facts that name a contract said of it."""
    spent: int = 0
    """Net spending, fen."""
    reversed: int = 0
    """Reversals that `spent` is net of, fen."""
    disbursed: int = 0
    """What was paid out, net of what came back, fen."""


@dataclass(slots=True, kw_only=True)
class LineSums(Sums):
    """One funding line at a date."""

    line: str
    """Line id; NO_LINE for money that names none."""
    source: Line
    """The buckets it was summed from."""
    terms: LineTerms | None
    """Its terms at the date; None: no fact that is charged to it then approves or registers it."""
    at_once: bool
    """Whether its allocations are expenditure."""
    supplements: list[int] = field(default_factory=lambda: [0] * (MONTHS + 1))
    """Supplements by month of approval, numbered as `months`."""
    budgeted: bool = False
    """Whether any budget fact about it counts."""
    adjusted: int = 0
    """Adjusted budget, fen (domain-rules 2)."""

    def close(self) -> None:
        """Derive adjusted, spent, reversed and disbursed from the columns."""
        columns = self.columns
        signs = SPENT_SIGNS_AT_ONCE if self.at_once else SPENT_SIGNS
        back = columns[ALLOCATION_RETURNED if self.at_once else REVERSED_ALLOCATION]
        self.adjusted = adjusted_budget(columns)
        self.spent = sum(map(mul, signs, columns))
        self.reversed = columns[REVERSED_TREASURY] + columns[REVERSED_OWN] + back
        self.disbursed = disbursed(columns)


def adjusted_budget(columns: list[int]) -> int:
    """Return original + carryover + supplement + passed down − cut − recovered ± the others."""
    return (
        columns[ORIGINAL]
        + columns[CARRYOVER]
        + columns[SUPPLEMENT]
        + columns[PASSED_DOWN]
        - columns[CUT]
        - columns[RECOVERED]
        + columns[VIREMENT]
        + columns[DISTRIBUTED]
    )


def disbursed(columns: list[int]) -> int:
    """Return what was paid out on one line, net of what came back (domain-rules 1)."""
    treasury = treasury_disbursed(
        columns[PAID_DIRECT], columns[PAID_AUTHORISED], columns[REVERSED_TREASURY], columns[QUOTA]
    )
    allocated = columns[ALLOCATED] - columns[ALLOCATION_RETURNED]
    return treasury + allocated + columns[OTHER_DISBURSED]


def sum_lines(
    year: ProjectYear, calendar: FiscalCalendar, as_of: int, *, by_contract: bool = True
) -> list[LineSums]:
    """Sum every line of a year at a date, by line id; unknown ones and unnamed money too."""
    return [
        sum_line(name, line, calendar, as_of, by_contract=by_contract)
        for name, line in sorted(year.lines.items())
    ]


def sum_line(
    name: str, line: Line, calendar: FiscalCalendar, as_of: int, *, by_contract: bool = True
) -> LineSums:
    """Sum one line at a date; its contracts each as well, unless nobody asks for them."""
    terms = terms_at(line, as_of)
    at_once = terms is not None and terms.allocation_is_expenditure
    sums = LineSums(
        line=name,
        source=line,
        terms=terms,
        at_once=at_once,
        budgeted=terms is not None,
    )
    _add_flows(sums, line.flows, calendar, as_of)
    if line.supplements:
        _date_supplements(sums, line, calendar, as_of)
    if by_contract and line.contracts:
        signs = SPENT_SIGNS_AT_ONCE if at_once else SPENT_SIGNS
        add_contracts(sums.contracts, line, signs, as_of)
    for period in line.periods:
        if period.day <= as_of and not spans_years(calendar, period.start, period.end):
            sums.columns[CARRYOVER if period.carryover else ORIGINAL] += period.amount
    sums.close()
    return sums


def _add_flows(
    sums: LineSums, flows: Mapping[int, int], calendar: FiscalCalendar, as_of: int
) -> None:
    limit = (as_of + 1) << BUCKET_BITS
    signs = SPENT_SIGNS_AT_ONCE if sums.at_once else SPENT_SIGNS
    columns, months, starts = sums.columns, sums.months, calendar.starts
    for bucket, fen in flows.items():
        column = bucket & COLUMN_MASK
        if bucket >= limit or column >= MONEY_MARK:
            continue
        columns[column] += fen
        if column < SPENDING_COLUMNS:
            months[bisect_right(starts, bucket >> BUCKET_BITS)] += signs[column] * fen
        elif column >= ORIGINAL:
            sums.budgeted = True
            if column == SUPPLEMENT:
                sums.supplements[bisect_right(starts, bucket >> BUCKET_BITS)] += fen


def _date_supplements(sums: LineSums, line: Line, calendar: FiscalCalendar, as_of: int) -> None:
    """Put supplements that corrections moved to the months in which they were approved."""
    months, starts = sums.supplements, calendar.starts
    for approved, moved in line.supplements.items():
        for day, fen in moved.flows.items():
            if day <= as_of:
                months[bisect_right(starts, day)] -= fen
                months[bisect_right(starts, approved)] += fen


def carried_at(line: Line, as_of: int) -> dict[int, int]:
    """Return what was registered at a date as carried over, by the year it was approved for."""
    return {
        from_year: sum(fen for day, fen in known.flows.items() if day <= as_of)
        for from_year, known in line.carried.items()
    }


def spans_years(calendar: FiscalCalendar, start: int, end: int) -> bool:
    """Say whether a period leaves the fiscal year (of whatever name) that it begins in."""
    month = calendar.first.month
    begins = fiscal_year_at(dt.date.fromordinal(start), month)
    return begins != fiscal_year_at(dt.date.fromordinal(end), month)


def money(sums: Sums) -> Money:
    """Write sums as the wire's figures; built without validation, all parts are ours."""
    columns, spent = sums.columns, sums.spent
    adjusted = adjusted_budget(columns)
    committed = columns[COMMITTED] - columns[RELEASED]
    balance = adjusted - spent
    # domain-rules 13: negative net spending is shown, but its rate is 0.
    part = max(0, spent)
    return unchecked(
        Money,
        components=unchecked(
            BudgetComponents,
            original=columns[ORIGINAL],
            carryover=columns[CARRYOVER],
            supplement=columns[SUPPLEMENT],
            passed_down=columns[PASSED_DOWN],
            cut=columns[CUT],
            recovered=columns[RECOVERED],
            virement=columns[VIREMENT],
            distributed=columns[DISTRIBUTED],
        ),
        adjusted_budget=adjusted,
        committed=committed,
        requested=columns[REQUESTED],
        disbursed=sums.disbursed,
        spent=spent,
        reversed=sums.reversed,
        prior_year_refunds=columns[PRIOR_YEAR_REFUND],
        balance=balance,
        uncommitted_balance=balance - unpaid_commitments(committed, spent, sums.contracts),
        execution_rate_bp=bounded_rate_bp(part, adjusted),
        execution_rate_original_bp=bounded_rate_bp(part, columns[ORIGINAL]),
    )


def total(lines: Iterable[LineSums]) -> Sums:
    """Add up lines."""
    found = Sums()
    parts = list(lines)
    for sums in parts:
        found.columns = list(map(add, found.columns, sums.columns))
        found.months = list(map(add, found.months, sums.months))
        found.spent += sums.spent
        found.reversed += sums.reversed
        found.disbursed += sums.disbursed
    found.contracts = total_contracts(sums.contracts for sums in parts)
    return found
