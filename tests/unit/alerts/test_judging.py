"""judge: what rules say of an assessment."""

import datetime as dt
from typing import Any

import pytest

from contracts.vocabulary import (
    AttainmentState,
    ExpectedBasis,
    FindingKind,
    IndicatorBehaviour,
    Light,
    Severity,
)
from services.alerts.domain.facts import Facts
from services.alerts.domain.judging import Outcome, ask, judge
from services.alerts.domain.rules import EvaluationError
from tests.unit.alerts.builders import BUDGET, assessment, finding, indicator
from tests.unit.alerts.rules import RULES, rule, said

HALF = BUDGET // 2


@pytest.mark.parametrize(
    ("spent", "severity"),
    [
        (HALF * 8 // 10, None),
        (HALF * 8 // 10 - BUDGET // 10_000, Severity.YELLOW),
        (HALF * 6 // 10, Severity.YELLOW),
        (HALF * 6 // 10 - BUDGET // 10_000, Severity.RED),
        (0, Severity.RED),
    ],
    ids=["exactly_80", "below_80", "exactly_60", "below_60", "nothing"],
)
def test_execution_behind_standard_at_its_borders(spent: int, severity: Severity | None) -> None:
    """Exactly 60 % and 80 % belong to the upper class (domain-rules 12)."""
    assert severity == said("execution_behind_standard", assessment(spent=spent))


def test_months_alone_are_at_most_yellow_and_not_early() -> None:
    """domain-rules 11: not before three months, not within 90 days of approval, never red."""

    def by_months(months: int, approved_on: dt.date | None) -> Severity | None:
        basis = {"expected_basis": ExpectedBasis.MONTHS, "approved_on": approved_on}
        made = assessment(spent=1, months_completed=months, of_execution=basis)
        return said("execution_behind_standard", made)

    assert Severity.YELLOW == by_months(3, dt.date(2026, 1, 1))
    assert Severity.YELLOW == by_months(3, None)
    assert by_months(2, dt.date(2026, 1, 1)) is None
    assert by_months(6, dt.date(2026, 4, 1)) is None
    assert Severity.YELLOW == by_months(6, dt.date(2026, 3, 31))


def test_money_that_is_committed_informs_only() -> None:
    """Spent and committed reach what is expected."""
    assert Severity.INFO == said(
        "execution_behind_standard", assessment(spent=1, unpaid_committed=HALF - 1)
    )
    assert Severity.RED == said(
        "execution_behind_standard", assessment(spent=1, unpaid_committed=HALF - 2)
    )


def test_zero_execution_waits_for_an_opened_day_and_clears_at_once() -> None:
    """Red only when settled; held in between; silent as soon as a fen is spent."""
    by_key = {settled: judge(assessment(spent=0, settled=settled), RULES) for settled in (1, 0)}
    outcomes = {
        bool(settled): verdict.outcome
        for settled, verdicts in by_key.items()
        for verdict in verdicts
        if verdict.rule.id == "zero_execution_at_checkpoint"
    }

    assert {True: Outcome.RAISED, False: Outcome.HELD} == outcomes
    assert said("zero_execution_at_checkpoint", assessment(spent=1, settled=False)) is None


@pytest.mark.parametrize(
    ("kind", "severities"),
    [
        (FindingKind.SPENDING_WITHOUT_BUDGET, (Severity.RED, None)),
        (FindingKind.AWAITING_BUDGET, (Severity.INFO, None)),
        (FindingKind.OVER_BUDGET, (None, Severity.RED)),
        (FindingKind.NEGATIVE_NET_SPEND, (None, None)),
        (FindingKind.BUDGET_PERIOD_SPANS_YEARS, (None, None)),
    ],
)
def test_compliance_findings(
    kind: FindingKind, severities: tuple[Severity | None, Severity | None]
) -> None:
    """Each kind of finding raises its own rule, or none."""
    made = assessment(findings=(finding(kind),))

    assert severities == (said("spending_without_budget", made), said("over_budget", made))


def test_provisional_findings_are_held() -> None:
    """domain-rules 17b: nothing is notified before the next opened day."""
    verdicts = judge(assessment(findings=(finding(provisional=True),)), RULES)

    assert {Outcome.HELD} == {v.outcome for v in verdicts if v.rule.id == "over_budget"}


def test_several_findings_of_one_subject_are_one_deviation() -> None:
    """The gravest stands: confirmed before held, red before information."""
    subjects = (
        finding(FindingKind.AWAITING_BUDGET),
        finding(FindingKind.SPENDING_WITHOUT_BUDGET),
        finding(FindingKind.SPENDING_WITHOUT_BUDGET, provisional=True),
    )
    verdicts = [
        verdict
        for verdict in judge(assessment(findings=subjects), RULES)
        if verdict.rule.id == "spending_without_budget"
    ]

    assert [(Outcome.RAISED, Severity.RED)] == [(v.outcome, v.severity) for v in verdicts]


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({"ratio_bp": 8_000}, None),
        ({"ratio_bp": 7_999}, Severity.YELLOW),
        ({"ratio_bp": 6_000}, Severity.YELLOW),
        ({"ratio_bp": 5_999}, Severity.RED),
        ({"ratio_bp": 0, "state": AttainmentState.NOT_YET_DUE}, None),
        ({"light": Light.RED, "ratio_bp": None, "state": AttainmentState.NOT_REPORTED}, None),
        ({"light": Light.RED, "behaviour": IndicatorBehaviour.QUALITY}, Severity.RED),
        ({"light": Light.GREEN, "behaviour": IndicatorBehaviour.COST, "ratio_bp": 1}, None),
    ],
)
def test_indicator_behind_standard(changes: dict[str, Any], severity: Severity | None) -> None:
    """By ratio where that is what counts, by light elsewhere, not before it can be judged."""
    made = assessment(indicators=(indicator(**changes),))

    assert severity == said("indicator_behind_standard", made)


def test_every_indicator_is_judged_for_itself() -> None:
    """One verdict per indicator."""
    made = assessment(indicators=(indicator("I-1"), indicator("I-2", ratio_bp=0)))
    raised = [v.subject for v in judge(made, RULES) if v.outcome is Outcome.RAISED]

    assert ["I-2"] == raised


@pytest.mark.parametrize(
    ("ahead", "severity"),
    [(2_000, Severity.YELLOW), (1_999, None), (9_000, Severity.YELLOW), (None, None)],
)
def test_money_ahead_of_results(ahead: int | None, severity: Severity | None) -> None:
    """20 points or more are yellow, whatever more; undefined is silent."""
    assert severity == said("money_ahead_of_results", assessment(money_ahead_bp=ahead))


class Broken:
    """A condition that has no answer."""

    names: frozenset[str] = frozenset()

    def holds(self, facts: Facts) -> bool:
        """Fail."""
        raise EvaluationError(str(len(facts)))


@pytest.mark.parametrize("place", ["when", "hold_when", "info_when", "red_when"])
def test_a_rule_without_an_answer_fails_and_nothing_else(place: str) -> None:
    """Wherever the error is, the verdict is neither raised nor silent."""
    broken = rule("over_budget", **{place: Broken()})
    verdict = ask(broken, "L-1", {"finding.kind": "over_budget", "finding.provisional": False})

    assert (Outcome.FAILED, "2") == (verdict.outcome, verdict.error)


def test_tells_only_the_facts_that_are_there() -> None:
    """With units, in the rule's order."""
    verdict = next(iter(judge(assessment(money_ahead_bp=2_500), [rule("money_ahead_of_results")])))

    assert [
        ("execution_rate_bp", "5000 bp"),
        ("money_ahead_bp", "2500 bp"),
        ("spent", "50000000 fen"),
        ("adjusted_budget", "100000000 fen"),
    ] == [(fact.name, fact.value) for fact in verdict.shown()]
