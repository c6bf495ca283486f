"""IATI budgets, planned disbursements and transactions as budget, plan and money facts."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.events import intake as facts
from contracts.vocabulary import AdjustmentKind, BudgetAccount, Channel, fen_to_wire
from services.intake.files.activity import Activity, Day, Money, Span, read_day, read_span
from services.intake.files.values import canonical_number
from services.intake.files.xml import Element, attribute

ORIGINAL: Final = frozenset({"", "1", "original"})
"""Budget types (version 2, version 1); the standard assumes original where none is given."""
REVISED: Final = frozenset({"2", "revised"})
INCOMING: Final = frozenset({"1", "11", "IF"})
SPENT: Final = frozenset({"3", "4", "D", "E"})
COMMITTED: Final = frozenset({"2", "C"})
NOT_MAPPED: Final = frozenset(
    {"5", "6", "7", "8", "9", "10", "12", "13", "IR", "LR", "R", "QP", "QS", "CG"}
)
"""Interest, loans, equity, guarantees, pledges: no word of ours means them."""

UNREADABLE_BUDGET: Final = "dualwatch.iati_budget.published.v1"
UNREADABLE_PLAN: Final = "dualwatch.iati_planned_disbursement.published.v1"
UNREADABLE_TRANSACTION: Final = "dualwatch.iati_transaction.published.v1"
"""Types that contracts do not have: a row whose kind no code list knows is refused by intake."""

PLAN_ID: Final = "iati"
"""One plan per project and year; a later import replaces it."""

Period = tuple[dt.date, dt.date]


@dataclass(frozen=True, slots=True)
class Row:
    """A budget or a planned disbursement."""

    kind: str
    """Original or revised, as the file writes it, in small letters."""
    span: Span
    money: Money
    status: str | None = None
    """IATI budget status: kept, not used."""

    @property
    def period(self) -> Period | None:
        """Its period; None if a date cannot be read or the end comes before the start."""
        start, end = self.span.start.date, self.span.end.date
        return (start, end) if start and end and start <= end else None

    @property
    def content(self) -> list[object]:
        """What identifies it."""
        kind = "revised" if self.kind in REVISED else "original" if self.kind in ORIGINAL else ""
        amount = canonical_number(self.money.amount.raw)
        return [kind or self.kind, *self.span.content, amount, self.money.currency]

    def fen_in(self, currency: str) -> int | None:
        """Return the amount if it can be added up: a number, in the jurisdiction's currency."""
        same = self.money.currency in {None, currency}
        return self.money.amount.fen if same else None


def _row(activity: Activity, element: Element) -> Row:
    span = read_span(element)
    if element.tag == "planned-disbursement" and element.find("period-end") is None:
        # The standard lets a planned disbursement be a single day.
        span = Span(span.start, span.start)
    kind = (attribute(element, "type") or "").lower()
    return Row(kind, span, activity.money(element), attribute(element, "status"))


def map_budgets(activity: Activity, elements: Sequence[Element]) -> Iterator[list[bytes]]:
    """Map an activity's budgets; one list of events per element, in file order.

    A revised budget replaces the original of its period wherever that stands in the file, so
    all originals are known before the first element is mapped.
    """
    rows = [_row(activity, element) for element in elements]
    standing: dict[Period, int] = defaultdict(int)
    for row in rows:
        fen = row.fen_in(activity.currency)
        if row.kind in ORIGINAL and row.period and fen is not None:
            standing[row.period] += fen
    for row in rows:
        yield list(_budget(activity, row, standing))


def _budget(activity: Activity, row: Row, standing: dict[Period, int]) -> Iterator[bytes]:
    content = activity.row("budget", row.content)
    period, fen = row.period, row.fen_in(activity.currency)
    year = activity.fiscal_year(row.span.start, row.span.end)
    if row.kind not in ORIGINAL | REVISED:
        yield activity.write(UNREADABLE_BUDGET, content, _unreadable(row))
    elif period is None or fen is None:
        yield _approved(activity, row, content, year)
    elif activity.calendar.year_of(period[1]) != year:
        # Not one fiscal year's money: recorded for each, counted in none (domain-rules 2).
        touched: list[int | None] = [*activity.calendar.years_of(*period)] or [year]
        for each in touched if fen >= 0 else touched[:1]:
            yield _approved(activity, row, [*content, each], each)
    else:
        change = _change(row, period, fen, standing)
        if change is None:
            yield _approved(activity, row, content, year)
        else:
            yield _adjusted(activity, row, content, year, change)


def _change(row: Row, period: Period, fen: int, standing: dict[Period, int]) -> int | None:
    """Return by how much a row changes its period's budget; None where it approves it.

    `standing` holds what stands for each period: all originals, then each revision in turn.
    """
    if row.kind in REVISED:
        before = standing.get(period)
        # A negative amount is a reduction, not a new amount.
        standing[period] = (before or 0) + fen if fen < 0 else fen
        if before is not None:
            return standing[period] - before
    return fen if fen < 0 else None


def _approved(activity: Activity, row: Row, content: Sequence[object], year: int | None) -> bytes:
    period, amount = row.period, row.money.amount
    negative = amount.fen is not None and amount.fen < 0
    data = {
        "date": row.span.start.wire,
        "fiscal_year": year,
        "currency": row.money.currency,
        "line": activity.code,
        # A reduction over several years has no word of ours: its sign is refused by intake.
        "amount": amount.raw if negative else amount.wire,
        "account": BudgetAccount.GENERAL_PUBLIC,
        "unit": activity.unit,
        "period": (None if period and activity.calendar.is_whole_year(*period) else row.span.wire),
    }
    return activity.write(facts.BudgetApproved.event_type(), content, data, _kept(row))


def _adjusted(
    activity: Activity, row: Row, content: Sequence[object], year: int | None, difference_fen: int
) -> bytes:
    kind = AdjustmentKind.CUT if difference_fen < 0 else AdjustmentKind.SUPPLEMENT
    data = {
        "date": row.span.start.wire,
        "fiscal_year": year,
        "currency": row.money.currency,
        "line": activity.code,
        "adjustment_kind": kind,
        "amount": fen_to_wire(abs(difference_fen)),
        "reason": "IATI: revised budget" if row.kind in REVISED else "IATI: negative budget",
    }
    return activity.write(facts.BudgetAdjusted.event_type(), content, data, _kept(row))


def _kept(row: Row) -> dict[str, str | None]:
    # Budget facts have no field for these; extension attributes stay in the original bytes.
    return {"iatistatus": row.status, "sourceamount": row.money.amount.source_amount}


def _unreadable(row: Row) -> dict[str, Any]:
    return {
        "date": row.span.start.wire,
        "currency": row.money.currency,
        "amount": row.money.amount.raw,
        "source_kind": row.kind,
        "period": row.span.wire,
    }


@dataclass(slots=True)
class _PlanYear:
    originals: dict[Period, int] = field(default_factory=lambda: defaultdict(int))
    revised: dict[Period, int] = field(default_factory=lambda: defaultdict(int))
    rows: list[Row] = field(default_factory=list)


def map_plans(activity: Activity, elements: Sequence[Element]) -> Iterator[bytes]:
    """Map an activity's planned disbursements to one spending plan per fiscal year.

    Equal periods add up (several receivers), and revised ones replace the originals of their
    period. A row that cannot be read travels alone, so that it does not spoil the others' plan.
    """
    years: dict[int, _PlanYear] = defaultdict(_PlanYear)
    alone: list[Row] = []
    for element in elements:
        row = _row(activity, element)
        fen = row.fen_in(activity.currency)
        if row.period is None or fen is None or fen < 0 or row.kind not in ORIGINAL | REVISED:
            alone.append(row)
            continue
        year = years[activity.calendar.year_with_most_days(*row.period)]
        (year.revised if row.kind in REVISED else year.originals)[row.period] += fen
        year.rows.append(row)
    for number, year in sorted(years.items()):
        yield _plan(activity, number, year)
    for row in alone:
        yield _lone_plan(activity, row)


def _plan(activity: Activity, number: int, year: _PlanYear) -> bytes:
    amounts = sorted({**year.originals, **year.revised}.items())
    data = {
        "date": activity.calendar.first_day(number).isoformat(),
        "fiscal_year": number,
        "currency": activity.currency,
        "plan": PLAN_ID,
        "periods": [
            {"start": start.isoformat(), "end": end.isoformat(), "amount": fen_to_wire(fen)}
            for (start, end), fen in amounts
        ],
    }
    rounded = [row.money.amount.source_amount for row in year.rows]
    content = activity.row("planned-disbursement", [number, *(row.content for row in year.rows)])
    kept = {"sourceamount": " ".join(raw for raw in rounded if raw)}
    return activity.write(facts.SpendingPlanApproved.event_type(), content, data, kept)


def _lone_plan(activity: Activity, row: Row) -> bytes:
    content = activity.row("planned-disbursement", row.content)
    if row.kind not in ORIGINAL | REVISED:
        return activity.write(UNREADABLE_PLAN, content, _unreadable(row))
    year = activity.fiscal_year(row.span.start, row.span.end)
    amount = row.money.amount
    negative = amount.fen is not None and amount.fen < 0
    data = {
        "date": row.span.start.wire if year is None else f"{activity.calendar.first_day(year)}",
        "fiscal_year": year,
        "currency": row.money.currency,
        "plan": PLAN_ID,
        "periods": [{**row.span.wire, "amount": amount.raw if negative else amount.wire}],
    }
    return activity.write(facts.SpendingPlanApproved.event_type(), content, data)


def is_mapped(element: Element) -> bool:
    """Whether a transaction is of a kind that has a word here."""
    return _transaction_code(element) not in NOT_MAPPED


def _transaction_code(element: Element) -> str:
    return (attribute(element.find("transaction-type"), "code") or "").upper()


def map_transaction(activity: Activity, element: Element) -> bytes:
    """Map one transaction; negative values are reversals of the activity, not of a voucher."""
    code, money, day = _transaction_code(element), activity.money(element), _day_of(element)
    content = activity.row(
        "transaction", [code, day.wire, canonical_number(money.amount.raw), money.currency]
    )
    negative = (money.amount.fen or 0) < 0
    data: dict[str, Any] = {
        "date": day.wire,
        "fiscal_year": activity.fiscal_year(day),
        "currency": money.currency,
        "amount": money.amount.wire,
        "line": activity.code,
        "unit": activity.unit,
        "source_kind": code,
    }
    rounded = money.amount.source_amount
    if code in SPENT:
        fact: type[facts.YearFact] = (
            facts.ExpenditureReversed if negative else facts.ExpenditureRecorded
        )
        data |= {"channel": Channel.TREASURY_PAYMENT, "source_amount": rounded}
        data |= {"reason": "IATI: negative transaction"} if negative else {}
    elif code in INCOMING:
        fact = facts.FundsDisbursed
        data |= {"channel": Channel.ALLOCATION, "source_amount": rounded, "returned": negative}
    elif code in COMMITTED:
        fact = facts.CommitmentRecorded
        data |= {"released": negative}
    else:
        return activity.write(UNREADABLE_TRANSACTION, content, data)
    kept = {"sourceamount": rounded if code in COMMITTED else None}
    return activity.write(fact.event_type(), content, data, kept)


def _day_of(element: Element) -> Day:
    given = element.find("transaction-date")
    if attribute(given, "iso-date") is not None:
        return read_day(given)
    return read_day(element.find("value"), "value-date")
