"""Extended monitoring 延伸监控, counted (Art. 7, 8(3), 10)."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.oracle.assessment import Assessment
from tests.oracle.exact import fen, wire
from tests.oracle.facts import Fact
from tests.oracle.stops import concerning, is_stopped, stops_of


def latest(facts: Iterable[Fact], kind: str, name: str) -> dict[str, Mapping[str, Any]]:
    """Give what was said last under each id, in the order in which it was said."""
    found: dict[str, Mapping[str, Any]] = {}
    for fact in facts:
        if fact.kind == kind:
            found.pop(fact.data[name], None)
            found[fact.data[name]] = fact.data
    return found


def extended(found: Assessment) -> dict[str, Any]:
    """Count what is dated by the as-of date."""
    facts, today = found.facts, found.setting.as_of.isoformat()
    milestones = latest(facts, "milestone.reported", "milestone")
    checks = latest(facts, "check.recorded", "check")
    problems = open_problems(facts)
    progress = [
        fact.data["progress_bp"]
        for fact in facts
        if fact.kind == "milestone.reported" and fact.data.get("progress_bp") is not None
    ]
    amounts = [fen(one["amount"]) for one in problems.values() if one.get("amount")]
    return {
        "milestones": len(milestones),
        "milestones_met": sum(one["state"] == "met" for one in milestones.values()),
        "milestones_overdue": sum(
            one["state"] != "met" and (one.get("planned_on") or today) < today
            for one in milestones.values()
        ),
        "progress_bp": progress[-1] if progress else None,
        "checks": len(checks),
        "checks_failed": sum(one["result"] == "failed" for one in checks.values()),
        "problems_open": len(problems),
        "problems_serious": sum(one["severity"] == "red" for one in problems.values()),
        "problems_overdue": sum((one.get("due") or today) < today for one in problems.values()),
        "problems_amount": wire(sum(amounts)),
        "plan_changes": sum(fact.kind == "implementation_plan.changed" for fact in facts),
        "assets": len(latest(facts, "asset.acquired", "asset")),
        "dispositions": len(latest(facts, "disposition.decided", "disposition")),
        "disbursement_stopped": _is_stopped(found),
    }


def open_problems(facts: Iterable[Fact]) -> dict[str, Mapping[str, Any]]:
    """Give the problems whose last word is that they were registered."""
    found: dict[str, Mapping[str, Any]] = {}
    for fact in facts:
        if fact.kind == "problem.registered":
            found[fact.data["problem"]] = fact.data
        elif fact.kind == "problem.resolved":
            found.pop(fact.data["problem"], None)
    return found


def _is_stopped(found: Assessment) -> bool:
    """Whether disbursing is stopped on a line that is named, or of money that names none."""
    stops = stops_of(found.facts)
    lines = {None, *(fact.line for _, fact in stops)}
    return any(is_stopped(concerning(stops, line), found.setting.as_of) for line in lines)
