"""Facts: what an assessment gives is exactly what the schema documents, typed as documented."""

import datetime as dt
from typing import Any

import pytest

from contracts.events.quarantine import RefusalKind
from contracts.vocabulary import Grade, IndicatorBehaviour, IndicatorDirection, Light
from services.alerts.domain.facts import (
    PYTHON_TYPES,
    SPECS,
    Scope,
    complete,
    describe,
    known_to,
    types_of,
)
from services.alerts.domain.kept import facts_of
from services.alerts.domain.measured import (
    finding_facts,
    indicator_facts,
    judged_by_ratio,
    line_facts,
    project_facts,
)
from services.alerts.domain.papers import papers_facts
from tests.unit.alerts.builders import (
    JUNE_30,
    assessment,
    finding,
    indicator,
    kept,
    line,
    reminded,
)

RAW = {
    Scope.PROJECT: project_facts(assessment().data),
    Scope.INDICATOR: indicator_facts(indicator(), JUNE_30),
    Scope.FINDING: finding_facts(finding(), JUNE_30),
    Scope.LINE: line_facts(line(100)),
    Scope.QUARANTINE: facts_of(RefusalKind.CONFLICT, {}, kept()),
    Scope.PAPERS: papers_facts(reminded()),
}


@pytest.mark.parametrize("scope", list(RAW))
def test_gives_what_is_documented(scope: Scope) -> None:
    """Every documented fact of a scope is measured, and nothing else."""
    documented = {name for name, spec in SPECS.items() if spec.scope is scope}

    assert documented == RAW[scope].keys()


@pytest.mark.parametrize("scope", list(RAW))
def test_every_fact_has_its_type(scope: Scope) -> None:
    """Exactly: an enumeration's member or a boolean is no substitute."""
    for name, value in RAW[scope].items():
        if value is not None:
            assert PYTHON_TYPES[SPECS[name].type] is type(value), name


def test_a_null_fact_is_absent_and_flagged() -> None:
    """A figure that nobody measured is never 0."""
    facts = complete(project_facts(assessment(expected=None).data))

    assert facts["has_ratio_bp"] is False
    assert "ratio_bp" not in facts


def test_a_fact_that_is_there_is_flagged() -> None:
    """Beside a known figure its flag is true."""
    facts = complete(project_facts(assessment().data))

    assert (True, 10_000) == (facts["has_ratio_bp"], facts["ratio_bp"])


def test_flags_of_parts_stand_behind_their_prefix() -> None:
    """indicator.ratio_bp has indicator.has_ratio_bp."""
    facts = complete(indicator_facts(indicator(ratio_bp=None), JUNE_30))

    assert facts["indicator.has_ratio_bp"] is False


def test_rules_of_a_scope_know_the_project_and_their_own() -> None:
    """A rule on indicators may speak of the project, not of findings."""
    names = known_to(Scope.INDICATOR)

    assert {"spent", "indicator.state"} <= names.keys()
    assert "finding.kind" not in names
    assert "indicator.has_ratio_bp" in types_of(Scope.INDICATOR)


def test_unpaid_commitments_and_judged_budget_are_derived() -> None:
    """Commitments not yet paid; the budget without undistributed lines."""
    made = assessment(
        unpaid_committed=300, of_execution={"lines": (line(2_000, undistributed=True), line(500))}
    )
    facts = project_facts(made.data)

    assert 300 == facts["unpaid_committed"]
    assert 100_000_000 - 2_000 == facts["judged_budget"]


def test_days_are_counted_to_the_as_of_date() -> None:
    """From the approval, the finding's entry and to the due date."""
    assert (JUNE_30 - dt.date(2026, 1, 15)).days == RAW[Scope.PROJECT]["days_since_approval"]
    assert 29 == RAW[Scope.FINDING]["finding.days_since"]
    assert 184 == RAW[Scope.INDICATOR]["indicator.days_to_due"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"behaviour": IndicatorBehaviour.OUTCOME}, True),
        ({"behaviour": IndicatorBehaviour.SATISFACTION}, True),
        ({"direction": IndicatorDirection.EQUAL}, True),
        ({"behaviour": IndicatorBehaviour.QUALITY}, False),
        ({"behaviour": IndicatorBehaviour.TIMELINESS}, False),
        ({"behaviour": IndicatorBehaviour.COST}, False),
        ({"direction": IndicatorDirection.AT_MOST}, False),
        ({"direction": IndicatorDirection.RANGE}, False),
        ({"grade": Grade.PARTLY_MET, "ratio_bp": None}, False),
        ({"ratio_bp": None, "light": Light.GREEN}, False),
    ],
)
def test_which_indicators_are_judged_by_ratio(changes: dict[str, Any], *, expected: bool) -> None:
    """domain-rules 12: numbers that grow; all others are in range or met, or not."""
    assert expected is judged_by_ratio(indicator(**changes))


def test_describes_with_units() -> None:
    """People read figures with their units."""
    assert ["5999 bp", "123 fen", "true", "plan"] == [
        describe("ratio_bp", 5999),
        describe("spent", 123),
        describe("settled", RAW[Scope.PROJECT]["settled"] or 0),
        describe("expected_basis", "plan"),
    ]


def test_documents_every_fact() -> None:
    """Names are unique, meanings are sentences."""
    assert all(spec.meaning.endswith(".") for spec in SPECS.values())


def test_what_stands_beside_the_monitors_is_told() -> None:
    """Class, state, lists, forecast, earned value: null where there is none."""
    standing = {
        "project_class": "procurement",
        "state": "suspended",
        "priority": ["bureau"],
        "frozen": True,
        "closed_version": 1,
    }
    facts = project_facts(assessment(standing=standing).data)
    plain = complete(project_facts(assessment().data))

    assert ("procurement", "suspended") == (facts["project_class"], facts["state"])
    assert (True, False) == (facts["priority_bureau"], facts["priority_department"])
    assert (True, True) == (facts["frozen"], facts["closed"])
    assert ("", "active", False) == (plain["project_class"], plain["state"], plain["frozen"])
    assert (False, False) == (plain["has_forecast_spent"], plain["has_cpi_bp"])
    assert 0 == plain["carryover_share_bp"]


def test_without_a_budget_there_is_no_share_of_it() -> None:
    """Null, not nothing."""
    assert project_facts(assessment(budget=0).data)["carryover_share_bp"] is None
