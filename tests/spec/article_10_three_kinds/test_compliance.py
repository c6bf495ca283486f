"""第十条: 合规性监控 … 无预算开支、超预算开支、挤占挪用、超标准配置资产: spent as approved."""

import pytest

from contracts.vocabulary import Aspect, FindingKind, FindingNature, Severity
from services.alerts.domain.case import Case, examine
from services.alerts.domain.judging import judge
from tests.unit.alerts.builders import PROJECT, YEAR, assessment, finding
from tests.unit.alerts.rules import RULES, rule, said

title = "Compliance: without budget, over budget, diverted, above standard"


def test_spending_without_budget_is_red() -> None:
    """无预算开支: a settled payment that no budget line covers."""
    made = assessment(findings=(finding(FindingKind.SPENDING_WITHOUT_BUDGET),))

    assert Severity.RED == said("spending_without_budget", made)


def test_spending_that_awaits_its_budget_is_for_information() -> None:
    """Before the year's approval and its grace period, it is lawful or undecided."""
    made = assessment(findings=(finding(FindingKind.AWAITING_BUDGET),))

    assert Severity.INFO == said("spending_without_budget", made)


def test_spending_over_the_line_is_red() -> None:
    """超预算开支: a line's spending exceeds its adjusted budget."""
    made = assessment(findings=(finding(FindingKind.OVER_BUDGET),))

    assert Severity.RED == said("over_budget", made)


@pytest.mark.parametrize(
    ("kind", "rule_id", "severity"),
    [
        (FindingKind.ABOVE_PLAN, "spending_above_plan", Severity.RED),
        (FindingKind.ABOVE_DISBURSEMENT, "spending_above_disbursement", Severity.YELLOW),
        (FindingKind.DIVERSION, "diversion", Severity.RED),
        (FindingKind.ASSET_ABOVE_STANDARD, "asset_above_standard", Severity.RED),
        (FindingKind.SPENDING_AFTER_END, "spending_after_end", Severity.RED),
        (FindingKind.SPENDING_WHILE_SUSPENDED, "spending_while_suspended", Severity.YELLOW),
        (FindingKind.DISBURSED_WHILE_STOPPED, "spending_while_suspended", Severity.YELLOW),
    ],
)
def test_what_follows_from_the_facts_is_a_deviation(
    kind: FindingKind, rule_id: str, severity: Severity
) -> None:
    """超计划、超拨款、挤占挪用、超标准配置资产, spending of a project that has ended or rests."""
    assert severity == said(rule_id, assessment(findings=(finding(kind),)))


@pytest.mark.parametrize(
    "kind", [FindingKind.SPENDING_WHILE_SUSPENDED, FindingKind.DISBURSED_WHILE_STOPPED]
)
def test_procurement_that_had_begun_is_for_review(kind: FindingKind) -> None:
    """第十四条(二): it follows its own procedure; a person decides."""
    begun = finding(kind, nature=FindingNature.FOR_REVIEW)

    assert Severity.INFO == said("spending_while_suspended", assessment(findings=(begun,)))


@pytest.mark.parametrize(
    ("kind", "rule_id"),
    [
        (FindingKind.DUPLICATE_PAYMENT, "payment_to_review"),
        (FindingKind.SPLIT_PAYMENT, "payment_to_review"),
        (FindingKind.ROUND_PAYMENT, "payment_to_review"),
        (FindingKind.YEAR_END_RUSH, "year_end_rush"),
        (FindingKind.PAYEE_OUTSIDE_CONTRACT, "payee_outside_contract"),
        (FindingKind.PAYMENT_OVER_CONTRACT, "payment_over_contract"),
    ],
)
def test_suspicions_are_for_information_whatever_the_rule(kind: FindingKind, rule_id: str) -> None:
    """疑点: never a violation, so no rule makes one yellow or red."""
    # What was planned for December is no rush: nobody planned it here.
    unplanned = {"expected_basis": "class_profile"}
    suspected = (finding(kind, nature=FindingNature.SUSPICION),)
    made = assessment(findings=suspected, of_execution=unplanned)
    raised = {
        verdict.rule.id: verdict.severity for verdict in judge(made, RULES) if verdict.severity
    }

    assert {rule_id: Severity.INFO} == raised


def test_a_finding_settles_before_anyone_is_told() -> None:
    """What depends on another publisher's facts is notified only once a day was opened.

    | finding                   | told    |
    |---------------------------|---------|
    | provisional               | nothing |
    | confirmed on the next day | raised  |
    | later facts: gone         | cleared |
    """
    case = Case(PROJECT, YEAR)
    told: list[list[str]] = []
    days = (
        assessment(findings=(finding(provisional=True),), ledger_position=1, settled=False),
        assessment(findings=(finding(),), ledger_position=2),
        assessment(ledger_position=3),
    )
    for made in days:
        examination = examine(case, made, RULES)
        case = examination.case
        told.append([str(change.kind) for change in examination.changes])

    assert [[], ["raised"], ["cleared"]] == told


def test_these_rules_are_the_compliance_of_article_10() -> None:
    """The kind of monitoring stands on every alert."""
    names = (
        "spending_without_budget",
        "over_budget",
        "spending_above_plan",
        "spending_above_disbursement",
        "diversion",
        "asset_above_standard",
        "spending_after_end",
        "spending_while_suspended",
        "payment_to_review",
        "payment_over_contract",
        "payee_outside_contract",
        "year_end_rush",
    )

    assert {Aspect.COMPLIANCE} == {rule(name).aspect for name in names}
