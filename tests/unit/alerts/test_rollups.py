"""Units and departments: sums by parts, facts, and alerts of their own."""

import datetime as dt
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from contracts.events.alerts import AlertState
from contracts.events.analysis import LineFigures, ProjectStanding
from contracts.vocabulary import ExpectedBasis, Light, MuteGround, Severity, fen_to_wire
from services.alerts.domain.alert import Change
from services.alerts.domain.case import Case, Examination, examine
from services.alerts.domain.facts import SPECS, Scope, complete
from services.alerts.domain.layers import Override, changed
from services.alerts.domain.noise import QUIET, Noise
from services.alerts.domain.organisations import Reported, department_of, examine_organisation
from services.alerts.domain.rollups import (
    NOTHING,
    Group,
    Organisation,
    Sums,
    facts_of,
    row_of,
    young_days,
)
from services.alerts.store.documents import CASE_ID_OF, case_id
from tests.unit.alerts.builders import (
    BUDGET,
    JUNE_30,
    PROJECT,
    YEAR,
    assessment,
    indicator,
    line,
    money,
)
from tests.unit.alerts.rules import RULES

UNIT = Organisation(Scope.UNIT, "U-1", YEAR)
DEPARTMENT = Organisation(Scope.DEPARTMENT, "D-1", YEAR)
OWN = [rule for rule in RULES if rule.scope in {Scope.UNIT, Scope.DEPARTMENT}]


def sums(**changes: Any) -> Sums:
    """Take what an assessment adds."""
    return row_of(assessment(**changes).data).sums


def group(found: Sums) -> Group:
    """Make a unit's group in June."""
    return Group(found, 6, 5, "D-1")


def judged(
    found: Sums | None, case: Case | None = None, day: dt.date = JUNE_30, opened: int = 0
) -> Examination:
    """Judge a unit with these figures."""
    groups = {} if found is None else {UNIT: group(found), DEPARTMENT: group(found)}
    reported = Reported("340700", day, groups)
    return examine_organisation(
        case or Case("340700/U-1", YEAR), reported, OWN, Noise(opened=opened)
    )


def said(changes: tuple[Change, ...]) -> list[tuple[str, str]]:
    """Say rule and kind."""
    return [(change.key.rule, str(change.kind)) for change in changes]


def test_an_assessment_adds_what_it_shows() -> None:
    """Budget, spending, expectation, lights, overdue results."""
    late = (indicator(overdue_on=JUNE_30), indicator("I-2", overdue_on=dt.date(2026, 7, 1)))
    found = sums(spent=10, light=Light.RED, indicators=late)
    nothing = sums(budget=0, spent=5, expected=None)

    assert (1, 1, 1, 0, BUDGET, 10) == (
        found.projects,
        found.judged,
        found.red,
        found.yellow,
        found.adjusted_budget,
        found.spent,
    )
    assert (1, BUDGET // 2, 10, 1) == (
        found.expecting,
        found.expected_spent,
        found.spent_of_expecting,
        found.indicators_overdue,
    )
    assert (0, 0, 0, 5, 0) == (
        nothing.projects,
        nothing.judged,
        nothing.expecting,
        nothing.spent,
        nothing.spent_of_expecting,
    )


def test_what_is_not_judged_alone_bears_on_no_ratio() -> None:
    """Nothing expected, frozen, months alone too soon after approval: budgets count all the same.

    | project                                       | expecting | firm |
    |-----------------------------------------------|-----------|------|
    | on a plan, a day after its approval           | yes       | yes  |
    | frozen                                        | no        | no   |
    | months alone, 90 days after its approval      | no        | no   |
    | months alone, 91 days after its approval      | yes       | no   |
    | months alone, never approved (carried over)   | yes       | no   |
    | nothing is expected by now                    | no        | no   |
    """
    half = BUDGET // 2
    table = {
        "plan": (approved(1), (1, half, 10, 0, half, 10)),
        "frozen": ({"standing": ProjectStanding(frozen=True)}, (0, 0, 0, 1, 0, 0)),
        "young": (approved(90, months=True), (0, 0, 0, 0, 0, 0)),
        "old": (approved(91, months=True), (1, half, 10, 0, 0, 0)),
        "never": (approved(None, months=True), (1, half, 10, 0, 0, 0)),
        "zero": ({"expected": 0}, (0, 0, 0, 0, 0, 0)),
    }

    for changes, wanted in table.values():
        found = sums(spent=10, **changes)
        assert (1, BUDGET, 10) == (found.projects, found.adjusted_budget, found.spent)
        assert wanted == (
            found.expecting,
            found.expected_spent,
            found.spent_of_expecting,
            found.frozen,
            found.firmly_expected,
            found.firmly_spent,
        )


def test_a_unit_has_its_own_lines_whoever_leads() -> None:
    """U-1 leads; two thirds of the money are on U-2's line, a tenth names none (domain-rules 8)."""

    def of_line(unit: str, share: int, spent: int, *, undistributed: bool = False) -> LineFigures:
        found = line(BUDGET * share // 100, undistributed=undistributed)
        figures = money(budget=BUDGET * share // 100, spent=spent, unpaid_committed=spent)
        due = fen_to_wire(BUDGET * share // 200)
        changes = {"unit": unit, "money": figures, "expected_spent": due}
        return LineFigures.model_validate({**found.model_dump(), **changes})

    lines = (of_line("U-2", 60, 600), of_line("U-1", 20, 20), of_line("U-2", 10, 0))
    late = (indicator(overdue_on=JUNE_30),)
    made = assessment(
        spent=650,
        unpaid_committed=700,
        of_execution={"lines": lines},
        indicators=late,
        light=Light.RED,
    )
    row = row_of(made.data)
    shares = {share.unit: share for share in row.units}

    assert [("U-1", True), ("U-2", False)] == [(s.unit, s.leads) for s in row.units]
    assert {"U-1": (30, 50), "U-2": (70, 600)} == {
        unit: (share.sums.adjusted_budget * 100 // BUDGET, share.sums.spent)
        for unit, share in shares.items()
    }
    assert {"U-1": (1, 1, 1), "U-2": (1, 1, 0)} == {
        unit: (share.sums.projects, share.sums.red, share.sums.indicators_overdue)
        for unit, share in shares.items()
    }
    amounts = ("adjusted_budget", "spent", "expected_spent", "spent_of_expecting",
               "unpaid_committed", "firmly_expected", "firmly_spent")  # fmt: skip
    together = shares["U-1"].sums + shares["U-2"].sums
    assert [getattr(row.sums, name) for name in amounts] == [
        getattr(together, name) for name in amounts
    ]


def test_who_only_has_a_line_and_no_budget_on_it_counts_no_project() -> None:
    """Nor a frozen one; a project that nobody leads is of those that have lines of it."""
    lines = (line(0),)
    frozen = ProjectStanding(frozen=True)
    made = assessment(of_execution={"lines": lines}, lead_unit="U-9", standing=frozen)
    nobody = assessment(of_execution={"lines": (line(7),)}, lead_unit=None)

    assert {"U-1": (0, 0), "U-9": (1, 1)} == {
        share.unit: (share.sums.projects, share.sums.frozen) for share in row_of(made.data).units
    }
    assert [("U-1", False, 7)] == [
        (share.unit, share.leads, share.sums.adjusted_budget) for share in row_of(nobody.data).units
    ]


def test_a_units_department_is_that_of_what_it_leads() -> None:
    """Of several the first by code; only where it leads nothing that of the others' projects."""
    own, beside = Group(NOTHING, 6, 5, "D-2"), Group(NOTHING, 6, 5, None, "D-1")

    assert "D-2" == (own + beside).owner == (beside + own).owner
    assert "D-1" == (beside + beside).owner


def test_a_unit_waits_as_long_as_its_projects() -> None:
    """A layer sets for how long months alone say nothing; without the rule it is 90 days."""
    own = next(rule for rule in RULES if rule.id == "execution_behind_standard")
    override = Override(own.id, {"days_after_approval": 120})
    made = assessment(spent=0, **approved(120, months=True))
    older = assessment(spent=0, **approved(121, months=True))
    longer = [changed(own, override, "own@1")]

    assert (90, 120, 90) == (young_days(RULES), young_days(longer), young_days([]))
    assert [0, 1, 1] == [
        found.row.sums.expecting
        for event, rules in ((made, longer), (older, longer), (made, RULES))
        if (found := examine(Case(PROJECT, YEAR), event, rules).case).row
    ]


def approved(days: int | None, *, months: bool = False) -> dict[str, Any]:
    """Say when a budget was approved, and that its expectation rests on months alone."""
    on = None if days is None else JUNE_30 - dt.timedelta(days=days)
    basis = ExpectedBasis.MONTHS if months else ExpectedBasis.PLAN
    return {"of_execution": {"approved_on": on, "expected_basis": basis}}


def test_months_alone_make_no_red_unit() -> None:
    """One on standard by its plan hides none behind its own, and is not made red by others."""
    months, late = approved(180, months=True), {"spent": 0}
    behind = sums(**late, **months)
    both = behind + behind
    beside = both + sums(spent=BUDGET // 2)
    planned = both + sums(**late)

    assert [Severity.YELLOW] == severities(judged(both))
    assert [Severity.YELLOW] == severities(judged(beside))
    assert [Severity.RED] == severities(judged(planned))


def severities(found: Examination) -> list[Severity]:
    """Say how grave each alert is."""
    return [change.severity for change in found.changes]


def test_what_is_signed_is_for_information() -> None:
    """Spent and committed together reach what is expected."""
    signed = sums(spent=0, unpaid_committed=BUDGET // 2)

    assert [Severity.INFO] == severities(judged(signed + signed))


def test_a_frozen_project_raises_and_clears_nothing_of_its_unit() -> None:
    """Both were behind; one falls silent: what stands, stands until one is judged again."""
    slow, quiet = sums(spent=1), sums(spent=1, standing=ProjectStanding(frozen=True))
    first = judged(slow + slow)
    then = JUNE_30 + dt.timedelta(days=1)

    assert () == judged(quiet + quiet).changes
    assert () == judged(slow + quiet, first.case, then).changes
    assert () == judged(sums() + sums() + quiet, first.case, then).changes
    assert [("unit_execution_behind", "cleared")] == said(
        judged(sums() + sums(), first.case, then).changes
    )


def test_facts_are_those_that_rules_know() -> None:
    """Every fact of both scopes, the nullable ones null where nothing is there."""
    for organisation in (UNIT, DEPARTMENT):
        names = {name for name, spec in SPECS.items() if spec.scope is organisation.scope}
        facts = facts_of(organisation, group(sums()))
        assert names == set(facts)
        empty = facts_of(organisation, group(NOTHING))
        assert {name for name, spec in SPECS.items() if name in names and spec.nullable} == {
            name for name, value in empty.items() if value is None
        }
        assert complete(empty)[f"{organisation.scope}.has_ratio_bp"] is False


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.randoms())
def test_parts_add_up_in_any_order(which: list[int], random: Any) -> None:
    """However partitions share the projects, and whoever reports first."""
    known = [
        sums(spent=1),
        sums(spent=BUDGET, light=Light.GREEN),
        sums(expected=None, light=Light.RED),
        sums(budget=7, spent=3, light=Light.YELLOW),
    ]
    found = [Group(known[one], one, one, f"D-{one}") for one in which]
    mixed = list(found)
    random.shuffle(mixed)

    def added(parts: list[Group]) -> Group:
        total = parts[0]
        for part in parts[1:]:
            total += part
        return total

    assert added(found) == added(mixed)
    assert added(found).department == f"D-{min(which)}"


def test_a_unit_raises_and_clears() -> None:
    """Two projects at a quarter where a half is expected; then on standard."""
    slow = sums(spent=BUDGET // 4) + sums(spent=BUDGET // 4)
    first = judged(slow)
    again = judged(slow, first.case)
    after = judged(sums() + sums(), first.case, JUNE_30 + dt.timedelta(days=1))

    assert [("unit_execution_behind", "raised")] == said(first.changes)
    assert ("340700/U-1", "U-1", "D-1") == (
        first.changes[0].where.project,
        first.changes[0].where.lead_unit,
        first.changes[0].where.department,
    )
    assert () == again.changes
    assert [("unit_execution_behind", "cleared")] == said(after.changes)
    assert judged(slow).changes == first.changes


def test_what_comes_and_goes_is_muted() -> None:
    """The third return within thirty opened days is told to nobody."""
    slow, good = sums(spent=1) + sums(spent=1), sums() + sums()
    case, mutes = Case("340700/U-1", YEAR), []
    for number in range(8):
        day = JUNE_30 + dt.timedelta(days=number)
        found = judged(good if number % 2 else slow, case, day, opened=number + 1)
        case = found.case
        mutes += [change.work.muted for change in found.changes if change.kind == "raised"]

    assert [None, None, None, MuteGround.FLAPPING] == mutes
    assert [(3, 5, 7)] == list(case.returns.values())


def test_an_organisation_is_judged_by_its_departments_layer() -> None:
    """A unit by that of its projects, a department by its own; without projects as last judged."""
    both = {UNIT: group(sums()), Organisation(Scope.DEPARTMENT, "D-1", YEAR): group(sums())}
    reported = Reported("340700", JUNE_30, both)
    known = judged(sums(spent=1) + sums(spent=1)).case
    nobody = Reported("340700", JUNE_30, {})

    assert "D-1" == department_of(Case("340700/U-1", YEAR), reported)
    assert "D-1" == department_of(Case("340700/D-1", YEAR), reported)
    assert "D-1" == department_of(known, nobody)
    assert department_of(Case("340700/U-9", YEAR), nobody) is None


def test_a_unit_without_projects_shows_nothing() -> None:
    """What stood is clear; nobody is asked about what was never there."""
    first = judged(sums(spent=1) + sums(spent=1))
    after = judged(None, first.case, JUNE_30 + dt.timedelta(days=1))

    assert {AlertState.CLEARED} == {alert.state for alert in after.case.alerts.values()}
    assert () == judged(None).changes


def test_a_department_is_not_its_unit() -> None:
    """A department's alert has no unit; both have a case apart from projects of that name."""
    red = sums(light=Light.RED)
    total = red
    for _ in range(9):
        total += red
    groups = {Organisation(Scope.DEPARTMENT, "D-1", YEAR): group(total)}
    reported = Reported("340700", JUNE_30, groups)
    found = examine_organisation(Case("340700/D-1", YEAR), reported, OWN, QUIET)

    assert ("department_red_share", "raised") in said(found.changes)
    assert {(None, "D-1")} == {(c.where.lead_unit, c.where.department) for c in found.changes}
    ids = {CASE_ID_OF.get(scope, case_id)("340700/U-1", YEAR) for scope in Scope}
    assert 4 == len(ids)
