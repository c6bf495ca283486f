"""Builders of facts: one short function per kind, everything a test does not care about given.

A fiscal year that is not given is the calendar year of the date. Ids count up within the run.
"""

import datetime as dt
from itertools import count
from typing import Any

from contracts.codec import new_event
from contracts.envelope import AnyEvent, Data
from contracts.events import intake

JURISDICTION = "610100"
PROJECT = "610100/P1"
LINE = "L1"
UNIT = "U1"
DEPARTMENT = "D1"
SOURCE = "urn:dualwatch:publisher:test"

_numbers = count(1)


def day(text: str | dt.date) -> dt.date:
    """Read a date; a date stays what it is."""
    return text if isinstance(text, dt.date) else dt.date.fromisoformat(text)


def fact(subject: str, data: Data, *, event_id: str | None = None) -> AnyEvent:
    """Put data into an event, stated at noon (UTC) of its business date."""
    noon = dt.datetime.combine(data.date, dt.time(12), tzinfo=dt.UTC)
    number = event_id or f"test-{next(_numbers)}"
    return new_event(data, event_id=number, source=SOURCE, subject=subject, time=noon)


def _year_fact(kind: type[Data], project: str, date: str | dt.date, /, **fields: Any) -> AnyEvent:
    event_id = fields.pop("event_id", None)
    fiscal_year = fields.pop("fiscal_year", None) or day(date).year
    data = kind.model_validate({"date": day(date), "fiscal_year": fiscal_year, **fields})
    return fact(project, data, event_id=event_id)


def _plain(kind: type[Data], subject: str, date: str | dt.date, /, **fields: Any) -> AnyEvent:
    event_id = fields.pop("event_id", None)
    return fact(subject, kind.model_validate({"date": day(date), **fields}), event_id=event_id)


def jurisdiction(
    subject: str = JURISDICTION, date: str | dt.date = "2020-01-01", **fields: Any
) -> AnyEvent:
    """jurisdiction.registered: January, CNY, manual clock."""
    known = {"name": "西安市", "fiscal_year_start": "01-01", "clock": "manual", **fields}
    return _plain(intake.JurisdictionRegistered, subject, date, **known)


def organisation(
    organisation_id: str = DEPARTMENT,
    subject: str = JURISDICTION,
    date: str | dt.date = "2020-01-01",
    **fields: Any,
) -> AnyEvent:
    """organisation.registered: a department, unless it is said otherwise."""
    known = {"organisation": organisation_id, "name": "水务局", "kind": "department", **fields}
    return _plain(intake.OrganisationRegistered, subject, date, **known)


def day_opened(
    date: str | dt.date, subject: str = JURISDICTION, *, jump: bool = False, **fields: Any
) -> AnyEvent:
    """day.opened: worked from Monday to Friday, unless it is said otherwise."""
    known = {"working_day": day(date).weekday() < 5, "jump": jump, **fields}
    return _plain(intake.DayOpened, subject, date, **known)


def heard(publisher: str, date: str | dt.date, subject: str = JURISDICTION) -> AnyEvent:
    """publisher.heard: as the ledger states it."""
    return _plain(intake.PublisherHeard, subject, date, publisher=publisher)


def project(subject: str = PROJECT, date: str | dt.date = "2020-01-02", **fields: Any) -> AnyEvent:
    """project.registered."""
    known = {"name": "灞河堤防维修", "lead_unit": UNIT, "department": DEPARTMENT, **fields}
    return _plain(intake.ProjectRegistered, subject, date, **known)


def budget(
    subject: str = PROJECT,
    amount: str = "100.00",
    date: str | dt.date = "2026-01-20",
    line: str = LINE,
    **fields: Any,
) -> AnyEvent:
    """budget.approved: a treasury line of the general public budget."""
    known = {"line": line, "amount": amount, "account": "general_public", "unit": UNIT, **fields}
    return _year_fact(intake.BudgetApproved, subject, date, **known)


def adjustment(
    kind: str,
    amount: str,
    date: str | dt.date = "2026-04-10",
    subject: str = PROJECT,
    line: str = LINE,
    **fields: Any,
) -> AnyEvent:
    """budget.adjusted: virement and distributed are `in`, of batch B1, unless said otherwise."""
    if kind in {"virement", "distributed"}:
        fields = {"direction": "in", "batch_number": "B1", **fields}
    known = {"line": line, "adjustment_kind": kind, "amount": amount, **fields}
    return _year_fact(intake.BudgetAdjusted, subject, date, **known)


def carryover(
    amount: str,
    date: str | dt.date = "2026-01-05",
    subject: str = PROJECT,
    line: str = LINE,
    **fields: Any,
) -> AnyEvent:
    """carryover.registered, from the year before."""
    known = {"line": line, "amount": amount, "account": "general_public", "unit": UNIT, **fields}
    known.setdefault("from_year", (known.get("fiscal_year") or day(date).year) - 1)
    return _year_fact(intake.CarryoverRegistered, subject, date, **known)


def plan(
    periods: list[tuple[str, str, str]],
    date: str | dt.date = "2026-01-25",
    subject: str = PROJECT,
    plan_id: str = "PLAN-1",
    **fields: Any,
) -> AnyEvent:
    """spending_plan.approved; a period is (first day, last day, amount)."""
    parts = [{"start": start, "end": end, "amount": amount} for start, end, amount in periods]
    known = {"plan": plan_id, "periods": parts, **fields}
    return _year_fact(intake.SpendingPlanApproved, subject, date, **known)


def commitment(
    amount: str, date: str | dt.date = "2026-02-15", subject: str = PROJECT, **fields: Any
) -> AnyEvent:
    """commitment.recorded on the default line."""
    known = {"line": LINE, "amount": amount, **fields}
    return _year_fact(intake.CommitmentRecorded, subject, date, **known)


def payment_request(
    amount: str, date: str | dt.date = "2026-02-20", subject: str = PROJECT, **fields: Any
) -> AnyEvent:
    """payment.requested on the default line."""
    known = {"line": LINE, "amount": amount, **fields}
    return _year_fact(intake.PaymentRequested, subject, date, **known)


def expenditure(
    subject: str = PROJECT,
    amount: str = "12.00",
    date: str | dt.date = "2026-03-01",
    line: str | None = LINE,
    **fields: Any,
) -> AnyEvent:
    """expenditure.recorded: a treasury payment."""
    known = {"line": line, "amount": amount, **fields}
    return _year_fact(intake.ExpenditureRecorded, subject, date, **known)


def reversal(
    amount: str, date: str | dt.date = "2026-03-10", subject: str = PROJECT, **fields: Any
) -> AnyEvent:
    """expenditure.reversed: of a treasury payment of the default line."""
    known = {"line": LINE, "amount": amount, **fields}
    return _year_fact(intake.ExpenditureReversed, subject, date, **known)


def disbursement(
    amount: str, date: str | dt.date = "2026-02-10", subject: str = PROJECT, **fields: Any
) -> AnyEvent:
    """funds.disbursed: an allocation on the default line."""
    known = {"line": LINE, "amount": amount, **fields}
    return _year_fact(intake.FundsDisbursed, subject, date, **known)


def fund_return(
    amount: str, date: str | dt.date = "2026-03-20", subject: str = PROJECT, **fields: Any
) -> AnyEvent:
    """funds.returned: of an allocation of the default line."""
    known = {"line": LINE, "amount": amount, **fields}
    return _year_fact(intake.FundsReturned, subject, date, **known)


def recovery(
    amount: str,
    date: str | dt.date = "2026-09-10",
    subject: str = PROJECT,
    line: str = LINE,
    **fields: Any,
) -> AnyEvent:
    """balance.recovered: of the default line."""
    known = {"line": line, "amount": amount, **fields}
    return _year_fact(intake.BalanceRecovered, subject, date, **known)


def calendar(
    year: int,
    subject: str = JURISDICTION,
    date: str | dt.date = "2020-01-02",
    **fields: Any,
) -> AnyEvent:
    """calendar.published: Monday to Friday, unless days are named."""
    return _plain(intake.CalendarPublished, subject, date, **{"year": year, **fields})


def target(
    indicator: str = "K1", target_value: str | None = "100", **fields: Any
) -> dict[str, Any]:
    """One target of targets(): a quantity ≥ 100, cumulative, due by the defaults."""
    known = {
        "indicator": indicator,
        "name": f"指标 {indicator}",
        "behaviour": "progress",
        "target_text": f"≥{target_value}",
        "target": target_value,
    }
    return known | fields


def targets(
    *stated: dict[str, Any],
    date: str | dt.date = "2026-01-20",
    subject: str = PROJECT,
    **fields: Any,
) -> AnyEvent:
    """targets.approved: those given, else one default target."""
    known = {"targets": list(stated) or [target()], **fields}
    return _year_fact(intake.TargetsApproved, subject, date, **known)


def targets_adjusted(
    *stated: dict[str, Any],
    date: str | dt.date = "2026-05-20",
    subject: str = PROJECT,
    **fields: Any,
) -> AnyEvent:
    """targets.adjusted: new states, and `withdrawn` ids."""
    return _year_fact(intake.TargetsAdjusted, subject, date, **{"targets": list(stated), **fields})


def progress(
    value: str | None = "50",
    date: str | dt.date = "2026-06-30",
    indicator: str = "K1",
    subject: str = PROJECT,
    **fields: Any,
) -> AnyEvent:
    """target_progress.reported: the value as a number and as text."""
    known = {"indicator": indicator, "value": value, "value_text": value or "见说明", **fields}
    return _year_fact(intake.TargetProgressReported, subject, date, **known)
