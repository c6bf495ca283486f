"""第十条: 合规性监控 … 无预算开支、超预算开支: was money spent as approved."""

from contracts.vocabulary import Aspect, FindingKind, Severity
from services.alerts.domain.case import Case, examine
from tests.unit.alerts.builders import PROJECT, YEAR, assessment, finding
from tests.unit.alerts.rules import RULES, rule, said

title = "Compliance: spending without budget, spending over budget"


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
    names = ("spending_without_budget", "over_budget")

    assert {Aspect.COMPLIANCE} == {rule(name).aspect for name in names}
