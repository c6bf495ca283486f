"""What a published pack makes of the rules' parameters, day by day."""

import datetime as dt
from dataclasses import replace
from typing import Any

from tests.oracle.dates import fiscal_year
from tests.oracle.facts import Fact, Jurisdiction
from tests.oracle.packs import in_force, published
from tests.oracle.replay import Replay
from tests.oracle.rules import FOR_DAYS, read_pack, read_together
from tests.oracle.together import Group, Open
from tests.unit.oracle.facts import Story

RULE = "money_ahead_of_results"


def _fact(sequence: int, version: int, value: int, **changes: Any) -> Fact:
    content = f"overrides: [{{rule: {RULE}, parameters: {{yellow_from_bp: {value}}}}}]"
    data = {"pack": "own", "version": version, "content": content, **changes}
    return Fact(dt.date(2026, 3, 1), sequence, 1, "rule_pack.published", data, 0, None)


def test_a_pack_judges_from_the_day_on_which_it_is_in_effect() -> None:
    """The highest version holds, whichever was published last."""
    facts = [
        _fact(1, 2, 700, effective_from="2026-03-31"),
        _fact(2, 1, 900),
        _fact(3, 3, 500, effective_from="2026-04-30"),
    ]
    shipped = read_pack()
    found = [
        in_force(shipped, day, facts)[RULE]["yellow_from_bp"]
        for day in (dt.date(2026, 2, 28), dt.date(2026, 3, 30), dt.date(2026, 3, 31))
    ]

    assert found == [shipped[RULE]["yellow_from_bp"], 900, 700]
    assert in_force(shipped, dt.date(2026, 5, 1), facts)[RULE]["yellow_from_bp"] == 500


def test_a_department_s_pack_is_laid_upon_the_tenant_s() -> None:
    """For its own projects alone."""
    tenant = Jurisdiction("990100")
    tenant.add(_fact(1, 1, 500, organisation="D1"))
    tenant.add(_fact(2, 1, 700))
    packs, day = published(tenant), dt.date(2026, 3, 31)
    shipped = read_pack()

    assert in_force(shipped, day, packs[None])[RULE]["yellow_from_bp"] == 700
    assert in_force(shipped, day, packs[None], packs["D1"])[RULE]["yellow_from_bp"] == 500


def test_a_pack_judges_until_its_last_day() -> None:
    """Then an earlier version does that is in effect still."""
    facts = [_fact(1, 1, 900), _fact(2, 2, 700, effective_to="2026-04-30")]
    found = [
        in_force(read_pack(), day, facts)[RULE]["yellow_from_bp"]
        for day in (dt.date(2026, 4, 30), dt.date(2026, 5, 1))
    ]

    assert found == [700, 900]


def test_a_layer_switches_a_rule_off_and_one_above_it_on() -> None:
    """And says for how many opened days in a row it has to be so."""

    def layer(words: str) -> list[Fact]:
        return [_fact(1, 1, 0, content=f"overrides: [{{rule: {RULE}, {words}}}]")]

    shipped, day = read_pack(), dt.date(2026, 3, 31)
    off = layer("enabled: false")
    assert RULE not in in_force(shipped, day, off)
    on = in_force(shipped, day, off, layer("enabled: true, for_days: 3"))
    assert on[RULE][FOR_DAYS] == 3
    assert on[RULE]["yellow_from_bp"] == shipped[RULE]["yellow_from_bp"]


def days_open(department: str) -> list[bool]:
    """Have a department switch the rule off on 3 and 4 April; say on which opened days it is open.

    D1's project has spent all of its money, and of its target 1 of 100 is done.
    """
    content = f"overrides: [{{rule: {RULE}, enabled: false}}]"
    days = {"effective_from": "2026-04-03", "effective_to": "2026-04-04"}
    pack = {"pack": "own", "version": 1, "content": content, **days}
    story = Story().say("rule_pack.published", "2026-03-01", organisation=department, **pack)
    story.tell("project.registered", "2026-01-05", name="甲", department="D1")
    story.budget("100.00").pay("100.00").target(due=["2026-03-15"]).report("1", "2026-03-15")
    story.jurisdiction.days += [dt.date(2026, 4, day) for day in (2, 3, 4, 5)]
    boundaries = Replay(story.jurisdiction, read_pack()).boundaries()
    return [RULE in {key[0] for key in boundary.opened} for boundary in boundaries]


def test_a_project_is_judged_by_its_department_s_layer() -> None:
    """From its first day to its last, though nothing was told; another's is no matter."""
    assert days_open("D2") == [True, True, True, True]
    assert days_open("D1") == [True, False, False, True]


def test_units_and_departments_are_judged_by_layers_of_departments() -> None:
    """A department by its own; of a unit that two share nobody says by which of theirs."""
    year, day = fiscal_year(2026, "01-01"), dt.date(2026, 6, 30)
    shipped = read_together()
    stricter = {**shipped["department_results_overdue"], "from": 3}
    packs = {None: shipped, "D1": {**shipped, "department_results_overdue": stricter}}
    known = Open()
    overdue = {("department", code): Group(indicators_overdue=5) for code in ("D1", "D2")}
    known.judge(overdue, year, day, packs)
    assert known.alerts == {("department_results_overdue", "D1", 2026): "yellow"}

    rule = "unit_execution_behind"
    packs["D1"] = {**shipped, rule: {**shipped[rule], "projects_from": 1}}
    behind = Group(expecting_projects=1, expected=100, departments={"D1"})
    key = (rule, "U1", 2026)
    known.judge({("unit", "U1"): behind}, year, day, packs)
    assert (known.alerts, known.undecided) == ({key: "yellow"}, set())

    shared = replace(behind, departments={"D1", "D2"})
    known.judge({("unit", "U1"): shared}, year, day, packs)
    assert known.undecided == {key}
    held = replace(shared, expected=0, frozen_projects=1, departments={"D1"})
    known.judge({("unit", "U1"): held}, year, day, packs)
    assert known.undecided == {key}
    switched_off = {rule: stated for rule, stated in shipped.items() if rule != key[0]}
    known.judge({("unit", "U1"): behind}, year, day, {None: switched_off})
    assert (known.alerts, known.undecided) == ({}, set())
