"""What projects come to together, and what is told of it, by hand (domain-rules 8, 11, 12, 17f)."""

import datetime as dt
from dataclasses import replace
from typing import Any, Final

import pytest

from tests.oracle.alerts import compare_together
from tests.oracle.assessment import assess
from tests.oracle.dates import fiscal_year
from tests.oracle.figures import compare_frozen
from tests.oracle.replay import Boundary, Replay
from tests.oracle.report import Report
from tests.oracle.rules import read_pack, read_together
from tests.oracle.together import (
    Group,
    Open,
    Organisation,
    Part,
    Share,
    frozen_by_organisation,
    groups,
)
from tests.unit.oracle.facts import SUBJECT, Story

YEAR = fiscal_year(2026, "01-01")
JUNE = dt.date(2026, 6, 30)
PACK = read_pack()
OTHER = "610100/P2"
BEHIND = "unit_execution_behind"
SHARE = "department_red_share"
OVERDUE = "department_results_overdue"
HALVES: Final = ("2026-01-01", "2026-03-31", "50.00"), ("2026-04-01", "2026-12-31", "50.00")

PART = Part(
    department="D1",
    light="green",
    budgeted=True,
    basis="plan",
    approved_on=dt.date(2026, 1, 20),
    frozen=False,
    overdue=0,
    shares={},
)
OWN = Share(budgeted=True, leads=True, spent=0, expected=100, unpaid=0)


def told(sums: dict[str, Any], before: str | None = None, day: dt.date = JUNE) -> str | None:
    """Judge one unit by what its projects come to; give what is open of it."""
    key = (BEHIND, "U1", 2026)
    known = Open(2026, {key: before} if before else {})
    group = replace(Group(expecting_projects=2, expected=10_000, departments={"D1"}), **sums)
    known.judge({("unit", "U1"): group}, YEAR, day, {None: read_together()})
    return known.alerts.get(key)


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        pytest.param({"spent": 8000}, None, id="exactly 80 %"),
        pytest.param({"spent": 7999}, "yellow", id="below 80 %"),
        pytest.param({"spent": 5999}, "yellow", id="months alone make no red"),
        pytest.param({"spent": 6000, "firm_expected": 10}, "yellow", id="exactly 60 %"),
        pytest.param({"spent": 5999, "firm_expected": 10}, "red", id="below 60 %"),
        pytest.param({"spent": -5, "firm_expected": 10}, "red", id="below zero is rate 0"),
        pytest.param(
            {"spent": 5999, "firm_expected": 10, "firm_spent": 6}, "yellow", id="the firm are not"
        ),
        pytest.param({"spent": 5000, "unpaid": 5000}, "info", id="committed money reaches it"),
        pytest.param({"spent": 5000, "unpaid": 4999}, "yellow", id="and is a fen short"),
        pytest.param({"spent": 0, "expecting_projects": 1}, None, id="a single one"),
        pytest.param({"spent": 0, "expected": 0}, None, id="nothing is expected"),
    ],
)
def test_a_unit_is_behind_by_its_projects_together(
    sums: dict[str, int], expected: str | None
) -> None:
    """Yellow and red as of a project, from the third month's end on."""
    assert told(sums) == expected
    assert told(sums, day=dt.date(2026, 3, 30)) is None


def test_while_a_project_is_frozen_what_is_open_stays() -> None:
    """And what the others say by themselves is told."""
    frozen = {"frozen_projects": 1}
    assert told({"spent": 9000}, "red") is None
    assert told({"spent": 9000, **frozen}, "red") == "red"
    assert told({"spent": 0, "expecting_projects": 1, **frozen}, "red") == "red"
    assert told({"spent": 9000, **frozen}) is None
    assert told({"spent": 7000, **frozen}, "red") == "yellow"


def test_projects_that_wait_for_their_own_alert_are_left_out() -> None:
    """Frozen, nothing expected, months alone within 90 days: the 90th included."""
    parts = [
        replace(PART, shares={"U1": OWN}, frozen=True),
        replace(PART, shares={"U1": OWN}, basis=None),
        replace(PART, shares={"U1": OWN}, basis="months"),
    ]
    for day, expecting in ((dt.date(2026, 4, 20), 0), (dt.date(2026, 4, 21), 1)):
        group = groups(parts, day, 90)["unit", "U1"]
        assert (group.expecting_projects, group.expected) == (expecting, 100 * expecting)
        assert (group.frozen_projects, group.firm_expected) == (1, 0)
    unapproved = [replace(parts[2], approved_on=None)]
    assert groups(unapproved, JUNE, 90)["unit", "U1"].expecting_projects == 1


def test_a_department_is_told_of_its_red_projects_and_overdue_results() -> None:
    """From five with a light on: 30 % yellow, 50 % red; ten overdue indicators."""

    def told_of(red: int, green: int, overdue: int = 0) -> dict[str, str]:
        parts = [replace(PART, light="red")] * red + [PART] * green
        parts += [replace(PART, light=None), replace(PART, light="red", budgeted=False)]
        parts.append(replace(PART, light=None, overdue=overdue))
        known = Open()
        known.judge(groups(parts, JUNE, 90), YEAR, JUNE, {None: read_together()})
        return {rule: severity for (rule, code, _), severity in known.alerts.items()}

    assert told_of(29, 71) == {}
    assert told_of(3, 7) == {SHARE: "yellow"}
    assert told_of(3, 3) == {SHARE: "red"}
    assert told_of(2, 2) == {}
    assert told_of(0, 9, 9) == {}
    assert told_of(0, 9, 10) == {OVERDUE: "yellow"}


def town() -> tuple[Story, Story]:
    """Two projects of U1 and D1 that have half of their money due by the end of March."""
    one, two = Story(), Story()
    two.project.subject = OTHER
    one.jurisdiction.projects[OTHER] = two.project
    two.jurisdiction = one.jurisdiction
    for story in (one, two):
        known = {"name": "P", "lead_unit": "U1", "department": "D1"}
        story.tell("project.registered", "2026-01-10", **known)
        story.budget("100.00").plan(*HALVES)
    return one, two


def group_of(organisation: Organisation, *stories: Story) -> Group:
    """Give what stories come to at the end of March."""
    day = dt.date(2026, 3, 31)
    parts = [
        Part.of(assess(story.project, YEAR, day, within=story.jurisdiction), frozen=False)
        for story in stories
    ]
    return groups(parts, day, 90)[organisation]


def test_lines_count_for_their_own_unit_and_what_names_none_for_the_leading_one() -> None:
    """Of 50 due U2 has 80 ÷ 180, as of the budget; a payment on no line is of U1."""
    one, two = town()
    two.budget("80.00", line="L2", unit="U2").pay("7.00", line="L2").pay("5.00", line=None)
    one.pay("10.00")
    own, others = group_of(("unit", "U1"), one, two), group_of(("unit", "U2"), one, two)
    assert (own.expecting_projects, own.spent) == (2, 1500)
    assert (others.expecting_projects, others.spent) == (1, 700)
    assert (own.expected, others.expected) == (5000 + 2778, 2222)
    assert group_of(("department", "D1"), one, two).judged_projects == 2


def replay(story: Story, *days: str) -> list[Boundary]:
    """Open days on which nothing else happens, and go through them all."""
    story.jurisdiction.days += [dt.date.fromisoformat(day) for day in days]
    return list(Replay(story.jurisdiction, PACK).boundaries())


def test_it_is_judged_at_the_opened_day_by_what_was_known_before() -> None:
    """30 and 10 of 100 on 31 March; what is paid that evening counts on the next day."""
    one, two = town()
    one.pay("30.00", "2026-02-01")
    two.pay("10.00", "2026-02-01")
    one.jurisdiction.days += [dt.date(2026, 3, 30), dt.date(2026, 3, 31)]
    two.pay("40.00", "2026-03-31")
    boundaries = replay(one, "2026-04-01")
    key = (BEHIND, "U1", 2026)
    assert [known.together for known in boundaries] == [{}, {key: "red"}, {}]


def test_a_published_pack_changes_what_units_are_told_of() -> None:
    """Yellow below 95 % from 1 April on; a single project is enough then."""
    one, _ = town()
    one.pay("47.00", "2026-02-01")
    content = (
        f"overrides: [{{rule: {BEHIND}, parameters: {{projects_from: 1, yellow_below_bp: 9500}}}}]"
    )
    one.say(
        "rule_pack.published", "2026-03-01",
        pack="own", version=1, content=content, effective_from="2026-04-01",
    )  # fmt: skip
    del one.jurisdiction.projects[OTHER]
    before, after = replay(one, "2026-03-31", "2026-04-01")
    assert (before.together, after.together) == ({}, {(BEHIND, "U1", 2026): "yellow"})


def test_with_the_year_it_ends() -> None:
    """In the evening of its closing nobody knows whether it has yet; the next year begins anew."""
    one, _ = town()
    one.jurisdiction.days += [dt.date(2026, 12, 30), dt.date(2026, 12, 31)]
    one.say("fiscal_year.closed", "2026-12-31", fiscal_year=2026)
    boundaries = replay(one, "2027-01-01")
    assert [known.together for known in boundaries] == [{(BEHIND, "U1", 2026): "red"}, None, {}]

    one, _ = town()
    one.jurisdiction.days.append(dt.date(2026, 12, 30))
    one.say("fiscal_year.closed", "2026-12-30", fiscal_year=2026)
    assert [known.together for known in replay(one, "2026-12-31")] == [None, {}]


def test_open_alerts_of_a_day_are_compared() -> None:
    """Those of another year are not, nor is anything on the day of a closing."""
    one, _ = town()
    (boundary,) = replay(one, "2026-03-31")
    report = Report()

    def compare(known: Boundary, shown: dict[tuple[str, str, int], str]) -> None:
        compare_together("alerts.together", "here", one.jurisdiction, known, shown, report)

    compare(boundary, {(BEHIND, "U1", 2026): "red", (BEHIND, "U1", 2025): "red"})
    assert report.equal
    compare(replace(boundary, together=None), {})
    assert report.equal
    compare(boundary, {(SHARE, "D1", 2026): "red"})
    assert report.differing == {f"alerts.together.{BEHIND}": 1, f"alerts.together.{SHARE}": 1}


class Lists:
    """An analysis that lists the same frozen projects of whatever is asked for."""

    def pages(self, _: str, **asked: Any) -> list[dict[str, str]]:
        """Give what is frozen, but of units nothing."""
        return [] if "unit" in asked else [{"project_id": SUBJECT}]


def test_frozen_projects_are_counted_where_they_are_led_and_funded() -> None:
    """A project of two units is one of each, and once its department's."""
    parts = {
        SUBJECT: replace(PART, frozen=True, shares={"U1": OWN, "U2": replace(OWN, leads=False)}),
        OTHER: replace(PART, shares={"U3": OWN}),
    }
    assert frozen_by_organisation(parts) == {
        ("department", "D1"): [SUBJECT],
        ("unit", "U1"): [SUBJECT],
        ("unit", "U2"): [SUBJECT],
        ("unit", "U3"): [],
    }
    found = groups(parts.values(), JUNE, 90)
    counted = {code: group.frozen_projects for (_, code), group in found.items()}
    assert counted == {"D1": 1, "U1": 1, "U2": 1, "U3": 0}
    unfunded = replace(PART, frozen=True, shares={"U4": replace(OWN, budgeted=False, leads=False)})
    assert set(groups([unfunded], JUNE, 90)) == {("department", "D1")}


def test_the_lists_of_frozen_projects_by_organisation_are_compared() -> None:
    """Its department lists it, its unit does not."""
    one, two = town()
    one.publisher = "treasury"
    one.say("monitoring_parameters.published", "2026-01-01", silent_publisher_days=1)
    one.pay("1.00", "2026-03-01").say("publisher.heard", "2026-03-01", publisher="treasury")
    one.jurisdiction.days += [dt.date(2026, 3, day) for day in (1, 2, 3)]
    day = dt.date(2026, 3, 3)
    every = {
        story.project.subject: assess(story.project, YEAR, day, within=one.jurisdiction)
        for story in (one, two)
    }
    report, lists = Report(), Lists()
    compare_frozen(one.jurisdiction, YEAR, day, every, lists, report)  # type: ignore[arg-type]
    assert report.differing == {"analysis.frozen.unit": 1}
    assert report.compared["analysis.frozen.department"] == 1
