"""The shipped rules for tests, and short ways to ask them."""

from dataclasses import replace
from typing import Any

from contracts.envelope import CloudEvent
from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import Severity
from services.alerts.domain.judging import judge
from services.alerts.domain.rules import Rule
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import load_packs

PACKS = load_packs(CelEvaluator())
RULES = PACKS[0].rules


def rule(name: str, **changes: Any) -> Rule:
    """Return a shipped rule, changed."""
    return replace(next(known for known in RULES if known.id == name), **changes)


def said(name: str, made: CloudEvent[AssessmentMade]) -> Severity | None:
    """Return the severity that a rule raises for the (only) thing it looks at, else None."""
    severities = [verdict.severity for verdict in judge(made, [rule(name)])]
    return next((severity for severity in severities if severity), None)
