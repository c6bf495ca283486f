"""Builders of what is watched beside the two monitors: milestones, checks, problems, measures."""

import datetime as dt
from typing import Any

from contracts.envelope import AnyEvent, Data
from contracts.events import intake
from tests.support.builders import PROJECT, day, fact


def milestone(
    name: str = "M1",
    state: str = "scheduled",
    date: str | dt.date = "2026-02-01",
    subject: str = PROJECT,
    **fields: Any,
) -> AnyEvent:
    """milestone.reported: still to come, unless it is said otherwise."""
    if state == "met":
        fields.setdefault("met_on", date)
    known = {"milestone": name, "name": f"节点 {name}", "state": state, **fields}
    return _stated(intake.MilestoneReported, subject, date, known)


def check(
    name: str = "CH1",
    result: str = "passed",
    date: str | dt.date = "2026-03-15",
    subject: str = PROJECT,
    **fields: Any,
) -> AnyEvent:
    """check.recorded: extended monitoring by the bureau."""
    known = {
        "check": name,
        "mode": "extended",
        "checked_by": "市财政局",
        "result": result,
        **fields,
    }
    return _stated(intake.CheckRecorded, subject, date, known)


def problem(
    name: str = "P1",
    severity: str = "yellow",
    date: str | dt.date = "2026-03-20",
    subject: str = PROJECT,
    **fields: Any,
) -> AnyEvent:
    """problem.registered: found by an audit."""
    known = {
        "problem": name,
        "kind": "procedure",
        "origin": "audit",
        "severity": severity,
        "title": f"问题 {name}",
        **fields,
    }
    return _stated(intake.ProblemRegistered, subject, date, known)


def resolution(
    name: str = "P1",
    date: str | dt.date = "2026-05-15",
    subject: str = PROJECT,
    outcome: str = "corrected",
    **fields: Any,
) -> AnyEvent:
    """problem.resolved: put right."""
    known = {"problem": name, "outcome": outcome, **fields}
    return _stated(intake.ProblemResolved, subject, date, known)


def asset(
    name: str = "A1",
    amount: str = "5000.00",
    date: str | dt.date = "2026-04-01",
    subject: str = PROJECT,
    **fields: Any,
) -> AnyEvent:
    """asset.acquired: one piece, no standard."""
    known = {"asset": name, "name": f"资产 {name}", "amount": amount, **fields}
    return _stated(intake.AssetAcquired, subject, date, known)


def plan_change(
    aspect: str = "schedule",
    date: str | dt.date = "2026-04-20",
    subject: str = PROJECT,
    **fields: Any,
) -> AnyEvent:
    """implementation_plan.changed."""
    known = {"aspect": aspect, "summary": "工期调整", **fields}
    return _stated(intake.ImplementationPlanChanged, subject, date, known)


def disposition(
    measure: str = "disbursement_stopped",
    name: str = "D1",
    date: str | dt.date = "2026-07-10",
    subject: str = PROJECT,
    **fields: Any,
) -> AnyEvent:
    """disposition.decided: not on objective grounds (Art. 14(2))."""
    known = {
        "disposition": name,
        "measure": measure,
        "objective_grounds": False,
        "ground": "预计造成重大损失",
        "decision": {"body": "市财政局", "number": "市财绩〔2026〕8号"},
        **fields,
    }
    return _stated(intake.DispositionDecided, subject, date, known)


def _stated(
    kind: type[Data], subject: str, date: str | dt.date, fields: dict[str, Any]
) -> AnyEvent:
    event_id = fields.pop("event_id", None)
    year = fields.pop("fiscal_year", None) or day(date).year
    data = kind.model_validate({"date": day(date), "fiscal_year": year, **fields})
    return fact(subject, data, event_id=event_id)
