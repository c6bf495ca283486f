"""Why a figure is what it is: the entries that make it, summing exactly to it (architecture 4)."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from contracts.events.analysis import Money
from contracts.events.intake import (
    ExpenditureRecorded,
    ExpenditureReversed,
    FundsDisbursed,
    FundsReturned,
)
from contracts.vocabulary import fen_to_wire
from services.analysis.domain.attainment import terms_at
from services.analysis.domain.calendar import FiscalCalendar, fiscal_calendar
from services.analysis.domain.disbursing import is_treasury, treasury_shares
from services.analysis.domain.figures import money, spans_years, sum_lines
from services.analysis.domain.figures import total as sum_up
from services.analysis.domain.fold import evolve, fiscal_year_of, new_year
from services.analysis.domain.schedule import due_days, latest, report_at
from services.analysis.domain.shares import SHARES, Share
from services.analysis.domain.state import NO_LINE, Entry, Jurisdiction, ProjectYear

INDICATOR_PREFIX: Final = "indicator:"

_VALUES: Final[Mapping[str, Callable[[Money], int]]] = {
    "adjusted_budget": lambda money: money.adjusted_budget,
    "original_budget": lambda money: money.components.original,
    "disbursed": lambda money: money.disbursed,
    "spent": lambda money: money.spent,
    "reversed": lambda money: money.reversed,
    "prior_year_refunds": lambda money: money.prior_year_refunds,
    "committed": lambda money: money.committed,
    "requested": lambda money: money.requested,
}

FIGURES: Final = tuple(_VALUES)
"""Money figures that can be explained; besides them `indicator:<id>`."""


class UnknownFigureError(Exception):
    """There is no such figure, or no such indicator in that year."""


class Contribution(msgspec.Struct, frozen=True):
    """One entry and what it adds to a figure."""

    sequence: int
    position: int
    recorded_ms: int
    type: str
    """CloudEvents type."""
    date: dt.date
    """Business date."""
    amount: str | None
    """Signed wire amount that it adds; null for indicators."""
    value: str | None
    """Of an indicator: the result as a number, else as written; null for money."""
    line: str | None
    unit: str | None
    document: dict[str, str | None] | None
    """Kind, number and line of its document."""
    event_id: str
    source: str
    note: str
    """Reason, purpose or title that came with it; why it adds less than its amount."""


class Explanation(msgspec.Struct, frozen=True):
    """A figure, its value at the date, and the entries that make it."""

    figure: str
    value: str | None
    """Wire amount; of an indicator the result; null if there is none."""
    sum: str | None
    """Sum of the contributions, equal to `value`; of an indicator its value."""
    entries: list[Contribution]
    """By business date, then entry."""


def explain(
    jurisdiction: Jurisdiction,
    entries: Iterable[Entry],
    fiscal_year: int,
    figure: str,
    as_of: dt.date,
) -> Explanation:
    """Say which entries make a figure of a project's year at a date.

    `entries`: the project's own, each once; those of other years are passed over.
    UnknownFigureError where there is no such figure.
    """
    if figure not in _VALUES and not figure.startswith(INDICATOR_PREFIX):
        raise UnknownFigureError(figure)
    year = new_year("", fiscal_year)
    known: list[Entry] = []
    for entry in entries:
        if fiscal_year_of(entry.event) == fiscal_year:
            evolve(year, entry)
            if entry.event.data.date <= as_of:
                known.append(entry)
    known.sort(key=lambda entry: (entry.event.data.date, entry.sequence))
    calendar = fiscal_calendar(fiscal_year, jurisdiction.start_month)
    if figure in _VALUES:
        return _explain_money(year, known, calendar, figure, as_of)
    return _explain_indicator(year, known, calendar, figure, as_of)


def _explain_money(
    year: ProjectYear, known: list[Entry], calendar: FiscalCalendar, figure: str, as_of: dt.date
) -> Explanation:
    lines = sum_lines(year, calendar, as_of.toordinal())
    figures = money(sum_up(lines))
    at_once = {sums.line for sums in lines if sums.at_once}
    share = SHARES[figure]
    counted = _quotas(known) if figure == "disbursed" else {}
    found, total = [], 0
    for entry in known:
        data = entry.event.data
        context = Share(
            at_once=(getattr(data, "line", None) or NO_LINE) in at_once,
            spans_years=_spans(calendar, data),
        )
        amount = share(entry.event.type, data, context)
        if amount is None:
            continue
        adds = counted.get(entry.sequence, amount)
        total += adds
        note = "" if adds == amount else _NOT_COUNTED[entry.event.type]
        found.append(_contribution(entry, fen_to_wire(adds), None, note))
    return Explanation(figure, fen_to_wire(_VALUES[figure](figures)), fen_to_wire(total), found)


_MORE_RETURNED: Final = "授权支付额度: not below nothing, more was returned than given"

_NOT_COUNTED: Final[Mapping[str, str]] = {
    ExpenditureRecorded.event_type(): "授权支付额度内: counted with the quota",
    ExpenditureReversed.event_type(): "授权支付额度内: goes back to the quota",
    FundsDisbursed.event_type(): _MORE_RETURNED,
    FundsReturned.event_type(): _MORE_RETURNED,
}
"""Why an entry adds less to disbursed than its amount."""


def _quotas(known: list[Entry]) -> dict[int, int]:
    """By entry: what the facts of the treasury's own channel add to disbursed, line by line."""
    by_line: dict[str, list[Entry]] = {}
    for entry in known:
        data = entry.event.data
        if is_treasury(entry.event.type, data):
            by_line.setdefault(data.line or NO_LINE, []).append(entry)
    found: dict[int, int] = {}
    for entries in by_line.values():
        shares = treasury_shares([(entry.event.type, entry.event.data) for entry in entries])
        found.update(zip((entry.sequence for entry in entries), shares, strict=True))
    return found


def _spans(calendar: FiscalCalendar, data: Any) -> bool:
    period = getattr(data, "period", None)
    if period is None:
        return False
    return spans_years(calendar, period.start.toordinal(), period.end.toordinal())


def _explain_indicator(
    year: ProjectYear, known: list[Entry], calendar: FiscalCalendar, figure: str, as_of: dt.date
) -> Explanation:
    name = figure.removeprefix(INDICATOR_PREFIX)
    indicator = year.indicators.get(name)
    terms = terms_at(indicator, as_of.toordinal()) if indicator else None
    if indicator is None or terms is None:
        raise UnknownFigureError(figure)
    day = as_of.toordinal()
    counted = report_at(terms, indicator.reports, due_days(terms, calendar), day) or latest(
        [report for report in indicator.reports if report.day <= day]
    )
    if counted is None:
        return Explanation(figure, None, None, [])
    value = counted.value if counted.value is not None else counted.value_text
    found = [
        _contribution(entry, None, value) for entry in known if entry.sequence == counted.sequence
    ]
    return Explanation(figure, value, value, found)


def _contribution(
    entry: Entry, amount: str | None, value: str | None, remark: str = ""
) -> Contribution:
    event = entry.event
    data = event.data
    document = getattr(data, "document", None)
    notes = (getattr(data, name, "") for name in ("reason", "purpose", "title", "note"))
    own = next((note for note in notes if note), "")
    return Contribution(
        sequence=entry.sequence,
        position=entry.position,
        recorded_ms=entry.recorded_ms,
        type=event.type,
        date=data.date,
        amount=amount,
        value=value,
        line=getattr(data, "line", None),
        unit=getattr(data, "unit", None),
        document=document
        and {"kind": str(document.kind), "number": document.number, "line": document.line},
        event_id=event.id,
        source=event.source,
        note="; ".join(part for part in (own, remark) if part),
    )
