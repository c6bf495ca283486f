"""第十条: 及时性监控 … 预算执行: is money spent when it should be (also Art. 14)."""

import datetime as dt
from typing import Any

from contracts.events.analysis import ProjectStanding
from contracts.vocabulary import Aspect, ExpectedBasis, Severity
from services.alerts.domain.facts import Scope, complete
from services.alerts.domain.judging import ask
from services.alerts.domain.rollups import Group, Organisation, facts_of, row_of
from tests.unit.alerts.builders import BUDGET, assessment
from tests.unit.alerts.rules import rule, said

title = "Timeliness: execution against its expected progress"

EXPECTED = BUDGET // 2


def test_execution_is_compared_with_its_expected_progress() -> None:
    """Half the budget should be spent by 30 June; what is spent decides.

    | spent ÷ expected | alert  |
    |------------------|--------|
    | 100 %            | none   |
    | 80 %             | none   |
    | 79.98 %          | yellow |
    | 60 %             | yellow |
    | 59.98 %          | red    |
    """
    point = BUDGET // 10_000
    table = {
        EXPECTED: None,
        EXPECTED * 8 // 10: None,
        EXPECTED * 8 // 10 - point: Severity.YELLOW,
        EXPECTED * 6 // 10: Severity.YELLOW,
        EXPECTED * 6 // 10 - point: Severity.RED,
    }

    assert table == {
        spent: said("execution_behind_standard", assessment(spent=spent)) for spent in table
    }


def test_months_alone_accuse_nobody_early() -> None:
    """当年新增预算且前期准备不充分: without a plan, the calendar is a weak standard.

    No alert before the third month is completed or within 90 days of approval; never red.
    """

    def spent_nothing(months: int, approved_on: dt.date) -> Severity | None:
        basis = {"expected_basis": ExpectedBasis.MONTHS, "approved_on": approved_on}
        made = assessment(spent=0, months_completed=months, of_execution=basis)
        return said("execution_behind_standard", made)

    assert spent_nothing(months=2, approved_on=dt.date(2026, 1, 1)) is None
    assert spent_nothing(months=6, approved_on=dt.date(2026, 4, 1)) is None
    assert Severity.YELLOW == spent_nothing(months=6, approved_on=dt.date(2026, 1, 1))


def test_contracts_that_cover_the_gap_are_reported_not_accused() -> None:
    """Spent and committed money reach what is expected: for information only."""
    made = assessment(spent=BUDGET // 10, unpaid_committed=EXPECTED - BUDGET // 10)

    assert Severity.INFO == said("execution_behind_standard", made)


def test_nothing_spent_by_mid_year_is_red() -> None:
    """Judged on the first opened day on or after the end of the sixth month, until spent."""

    def alert(months: int, spent: int) -> Severity | None:
        made = assessment(spent=spent, months_completed=months)
        return said("zero_execution_at_checkpoint", made)

    assert alert(months=5, spent=0) is None
    assert Severity.RED == alert(months=6, spent=0)
    assert Severity.RED == alert(months=9, spent=0)
    assert alert(months=9, spent=1) is None


def test_a_unit_is_accused_of_nothing_that_its_projects_are_not() -> None:
    """Two projects together, 30 June, nothing spent: months alone are a weak standard there too.

    | the projects                                  | their unit |
    |-----------------------------------------------|------------|
    | on a spending plan                            | red        |
    | on months alone                               | yellow     |
    | on months alone, approved 90 days ago         | none       |
    | on a plan, their publisher silent for long    | none       |
    """
    months = {"expected_basis": ExpectedBasis.MONTHS, "approved_on": dt.date(2026, 1, 1)}
    young = {**months, "approved_on": dt.date(2026, 4, 1)}

    def unit(**changes: Any) -> Severity | None:
        sums = row_of(assessment(spent=0, **changes).data).sums
        facts = facts_of(Organisation(Scope.UNIT, "U-1", 2026), Group(sums + sums, 6, 5))
        return ask(rule("unit_execution_behind"), "U-1", complete(facts)).severity

    assert [Severity.RED, Severity.YELLOW, None, None] == [
        unit(),
        unit(of_execution=months),
        unit(of_execution=young),
        unit(standing=ProjectStanding(frozen=True)),
    ]


def test_no_budget_no_judgement() -> None:
    """Zero budget: a rate is undefined, so lateness is too (domain-rules 13)."""
    made = assessment(budget=0, spent=0, expected=None)

    assert said("execution_behind_standard", made) is None
    assert said("zero_execution_at_checkpoint", made) is None


def test_these_rules_are_the_timeliness_of_article_10() -> None:
    """The kind of monitoring stands on every alert."""
    names = ("execution_behind_standard", "zero_execution_at_checkpoint")

    assert {Aspect.TIMELINESS} == {rule(name).aspect for name in names}
