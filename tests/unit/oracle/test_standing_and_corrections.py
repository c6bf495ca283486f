"""What a project is at a date, and money that was charged wrongly (domain-rules 4, 5, 8, 19)."""

import datetime as dt
from typing import Any

import pytest

from tests.oracle.report import UNDECIDED
from tests.unit.oracle.facts import Story

OPEN = dt.date(2026, 6, 1)


def money(story: Story, as_of: str, line: str) -> tuple[str, str]:
    """Give a line's spending and its commitments."""
    found = story.at(as_of)["execution"]["lines"][line]["money"]
    return found["spent"], found["committed"]


def standing(story: Story, as_of: str, *names: str) -> tuple[Any, ...]:
    """Give some of a project's standing."""
    found = story.at(as_of)["standing"]
    return tuple(found[name] for name in names)


def test_an_amendment_holds_from_its_day_and_leaves_the_rest() -> None:
    """Name and unit of a date are those of that date."""
    story = Story().budget("10.00")
    known = {"name": "甲", "lead_unit": "U1", "department": "D1", "project_class": "procurement"}
    story.tell("project.registered", "2026-01-01", **known)
    story.tell("project.amended", "2026-06-01", name="乙", control_mode="allotment_and_plan")

    before, after = story.at("2026-05-31"), story.at("2026-06-01")

    assert [before["project_name"], after["project_name"]] == ["甲", "乙"]
    assert after["lead_unit"] == "U1"
    assert [one["standing"]["control_mode"] for one in (before, after)] == [
        "allotment",
        "allotment_and_plan",
    ]
    assert after["standing"]["project_class"] == "procurement"


def test_the_state_is_that_of_the_latest_change() -> None:
    """A suspension that knows its last day ends by itself."""
    story = Story().budget("10.00")
    assert standing(story, "2026-02-01", "state", "state_since") == ("active", None)

    story.tell("project_state.changed", "2026-03-01", change="suspended", until="2026-03-31")
    story.tell("project_state.changed", "2026-11-01", change="completed")

    assert standing(story, "2026-03-31", "state", "state_since") == ("suspended", "2026-03-01")
    assert standing(story, "2026-04-01", "state", "state_since") == ("active", "2026-04-01")
    assert standing(story, "2026-12-31", "state", "state_since") == ("completed", "2026-11-01")


@pytest.mark.parametrize(
    ("fields", "is_new"),
    [
        ({"new_this_year": True}, True),
        ({"new_this_year": True, "start_year": 2026}, True),
        ({"new_this_year": True, "start_year": 2025}, False),
        ({}, False),
    ],
)
def test_new_is_new_in_one_year_alone(fields: dict[str, Any], *, is_new: bool) -> None:
    """Next year it is no longer."""
    story = Story().budget("10.00")
    story.tell("project.registered", "2026-01-01", name="甲", **fields)

    assert standing(story, "2026-12-31", "new_this_year") == (is_new,)


def test_lists_replace_the_lists_of_the_same_organisation() -> None:
    """The bureau's and a department's stand side by side (domain-rules 19)."""
    story = Story().budget("10.00")
    listed = {"fiscal_year": 2026, "projects": [{"project": "P1"}]}
    department = {"kind": "department", "organisation": "D1", "priority_list": "B"}
    story.say("priority_list.published", "2026-03-01", kind="bureau", priority_list="A", **listed)
    story.say("priority_list.published", "2026-03-02", **department, **listed)
    assert standing(story, "2026-03-02", "priority") == (["bureau", "department"],)

    story.say("priority_list.published", "2026-05-02", **department, fiscal_year=2026, projects=[])
    assert standing(story, "2026-05-02", "priority") == (["bureau"],)


def test_a_department_list_holds_for_its_own_projects_alone() -> None:
    """Until a project is registered it is nobody's; one that moves leaves its department's list."""
    story = Story().budget("10.00")
    listed = {"kind": "department", "priority_list": "B", "fiscal_year": 2026}
    listed["projects"] = [{"project": "P1"}]
    story.say("priority_list.published", "2026-02-01", organisation="D1", **listed)
    known = {"name": "甲", "lead_unit": "U1", "department": "D1"}
    story.tell("project.registered", "2026-03-01", **known)
    story.tell("project.amended", "2026-04-01", department="D2")

    def lists(day: str) -> tuple[Any, ...]:
        return standing(story, day, "priority")

    assert [lists(f"2026-0{month}-28") for month in (2, 3, 4)] == [
        (["department"],),
        (["department"],),
        ([],),
    ]
    story.say("priority_list.published", "2026-05-01", organisation="D2", **listed)
    assert lists("2026-05-01") == (["department"],)


def test_of_parameters_that_hold_from_one_day_those_hold_that_were_stated_last() -> None:
    """Whatever the dates of their facts are."""
    story = Story().budget("10.00", undistributed=True)
    kind, since = "monitoring_parameters.published", {"effective_from": "2026-01-01"}
    story.say(kind, "2026-02-01", **since, undistributed_judged_from="01-01")
    assert story.at("2026-03-31")["execution"]["expected_spent"] == "2.50"

    story.say(kind, "2026-01-15", **since)
    assert story.at("2026-03-31")["execution"]["expected_spent"] is None


def test_late_facts_came_when_a_later_day_was_open() -> None:
    """On its own day a fact is in time."""
    story = Story().budget("10.00", "2026-05-30")
    story.jurisdiction.days.append(OPEN)
    story.pay("1.00", "2026-06-01").pay("1.00", "2026-05-31")

    assert standing(story, "2026-06-30", "late_facts") == (1,)


def test_a_closing_holds_and_what_comes_later_is_seen() -> None:
    """Of what came between the same two days nobody knows the order."""
    story = Story().budget("10.00")
    names = ("closed_version", "facts_after_closing")
    assert standing(story, "2026-12-31", *names) == (None, False)

    story.jurisdiction.days.append(OPEN)
    story.say("fiscal_year.closed", "2026-12-31", fiscal_year=2026, version=2)
    assert standing(story, "2026-12-31", *names) == (2, False)

    story.pay("1.00")
    assert standing(story, "2026-12-31", *names) == (2, UNDECIDED)

    story.jurisdiction.days.append(OPEN + dt.timedelta(1))
    story.pay("1.00")
    assert standing(story, "2026-12-31", *names) == (2, True)


def test_a_correction_moves_money_on_its_date_and_changes_no_total() -> None:
    """A second one moves it from where the first left it."""
    story = Story().budget("100.00").budget("100.00", line="L2").budget("100.00", line="L3")
    story.pay("30.00", "2026-03-01")
    story.tell("fact.corrected", "2026-04-15", entry=4, line="L2", reason="指标用错")
    story.tell("fact.corrected", "2026-05-15", entry=4, line="L3", reason="指标用错")

    shown = [
        [money(story, day, line)[0] for line in ("L1", "L2", "L3")]
        for day in ("2026-04-14", "2026-04-15", "2026-05-15")
    ]

    assert shown == [
        ["30.00", "0.00", "0.00"],
        ["0.00", "30.00", "0.00"],
        ["0.00", "0.00", "30.00"],
    ]
    execution = story.at("2026-05-31")["execution"]
    assert execution["money"]["spent"] == "30.00"
    assert execution["month_spent"] == ["0.00", "0.00", "30.00", "0.00", "0.00"]


def test_every_column_moves() -> None:
    """A commitment with its contract; an allocation that is expenditure at once in both columns."""
    at_once: dict[str, Any] = {"allocation_is_expenditure": True, "channel": "allocation"}
    story = Story().budget("100.00", **at_once).budget("100.00", line="L2", **at_once)
    story.tell("commitment.recorded", "2026-02-01", amount="20.00", contract="C1", line="L1")
    story.tell("funds.disbursed", "2026-02-02", amount="5.00", line="L1")
    story.tell("fact.corrected", "2026-04-15", entry=3, line="L2", reason="指标用错")
    story.tell("fact.corrected", "2026-04-15", entry=4, line="L2", reason="指标用错")

    assert money(story, "2026-04-14", "L1") == ("5.00", "20.00")
    assert money(story, "2026-04-15", "L1") == ("0.00", "0.00")
    assert money(story, "2026-04-15", "L2") == ("5.00", "20.00")
    assert story.at("2026-04-15")["execution"]["month_spent"] == ["0.00", "5.00", "0.00", "0.00"]


@pytest.mark.parametrize(
    ("at_once", "kind", "fields", "on_l1", "on_l2", "months"),
    [
        ("L1", "funds.disbursed", {}, ["5.00", "0.00"], "0.00", ["5.00", "0.00", "-5.00"]),
        ("L2", "funds.disbursed", {}, ["0.00", "0.00"], "5.00", ["0.00", "0.00", "5.00"]),
        (
            "L1", "expenditure.recorded", {"channel": "allocation"},
            ["0.00", "0.00"], "5.00", ["0.00", "0.00", "5.00"],
        ),
        (
            "L2", "expenditure.recorded", {"channel": "allocation"},
            ["5.00", "0.00"], "0.00", ["5.00", "0.00", "-5.00"],
        ),
        ("L1", "expenditure.recorded", {}, ["5.00", "0.00"], "5.00", ["5.00", "0.00", "0.00"]),
    ],
)  # fmt: skip
def test_whether_money_is_spent_is_a_matter_of_the_line_to_which_it_is_moved(
    at_once: str, kind: str, fields: dict[str, Any], on_l1: list[str], on_l2: str, months: list[str]
) -> None:
    """Domain-rules 1: else an allocation and the unit's own payments would both be spent."""
    story = Story()
    for line in ("L1", "L2"):
        spent = line == at_once
        story.budget("9.00", line=line, channel="allocation", allocation_is_expenditure=spent)
    story.tell(kind, "2026-02-02", amount="5.00", line="L1", **fields)
    story.tell("fact.corrected", "2026-04-15", entry=3, line="L2", reason="指标用错")

    assert [money(story, day, "L1")[0] for day in ("2026-04-14", "2026-04-15")] == on_l1
    assert money(story, "2026-04-15", "L2")[0] == on_l2
    assert story.at("2026-04-15")["execution"]["month_spent"] == ["0.00", *months]


def test_a_correction_goes_on_from_one_that_is_dated_later() -> None:
    """What the first moves stays where it was until its day, whatever the second says of it."""
    story = Story().budget("100.00", line="L2").budget("100.00")
    story.tell(
        "commitment.recorded", "2026-02-01", amount="20.00", contract="C1", line="L1",
        schedule=[{"due": "2026-03-01", "amount": "20.00"}],
    )  # fmt: skip
    story.tell("fact.corrected", "2026-06-01", entry=3, line="L2", reason="指标用错")
    story.tell("fact.corrected", "2026-05-01", entry=3, unit="U2", reason="单位用错")

    for day, line in (("2026-04-30", "L1"), ("2026-05-31", "L1"), ("2026-06-01", "L2")):
        lines = story.at(day)["execution"]["lines"]
        called = {name for name, said in lines.items() if said["expected_basis"] == "contract"}
        assert called == {line}
        assert money(story, day, line)[1] == "20.00"


def test_an_approval_for_a_period_of_its_own_does_not_move() -> None:
    """Its correction is kept as an entry, be the period within the year or not."""
    for end in ("2026-06-30", "2027-06-30"):
        story = Story().budget("10.00", period={"start": "2026-02-01", "end": end})
        story.tell("fact.corrected", "2026-04-15", entry=1, line="L2", unit="U2", reason="指标用错")

        lines = story.at("2026-04-15")["execution"]["lines"]
        assert [(name, line["unit"]) for name, line in lines.items()] == [("L1", "U1")]


def test_what_moves_no_money_is_not_moved() -> None:
    """An asset, an entry that is not there, one of another kind."""
    story = Story().budget("100.00").budget("100.00", line="L2")
    story.tell("asset.acquired", "2026-02-01", asset="A1", name="车", amount="5.00", line="L1")
    for entry in (3, 99):
        story.tell("fact.corrected", "2026-04-15", entry=entry, line="L2", reason="指标用错")

    assert money(story, "2026-04-15", "L2") == ("0.00", "0.00")


def test_what_came_back_without_a_line_stays_there_and_is_no_more_than_went_out() -> None:
    """Of 30 paid without a line 20 come back; then the payment, and no return, is given one."""
    story = Story().budget("100.00").pay("30.00", "2026-03-01", line=None)
    story.tell("expenditure.reversed", "2026-03-20", amount="20.00")
    story.tell("fact.corrected", "2026-04-15", entry=2, line="L1", reason="补录指标")
    assert money(story, "2026-04-15", "L1")[0] == "30.00"
    assert story.at("2026-04-15")["findings_total"] == 0

    # 25 more come back: 20 + 25 - 30 of what was stated, since this entry.
    story.tell("expenditure.reversed", "2026-05-01", amount="25.00")
    (found,) = story.at("2026-05-31")["findings"].values()
    assert (found["subject"], found["amount"]) == ("entry:5", "15.00")

    # The return of 20 is L1's as well from June on: 25 are left without a line, 15 is nearer.
    story.tell("fact.corrected", "2026-06-01", entry=3, line="L1", reason="补录指标")
    story.tell("fact.corrected", "2026-06-02", entry=5, line="L1", reason="补录指标")
    (found,) = story.at("2026-06-01")["findings"].values()
    assert (found["subject"], found["amount"]) == ("entry:5", "15.00")
    # All is L1's: nothing is left without a line, and of L1 15 more came back.
    (found,) = story.at("2026-06-02")["findings"].values()
    assert (found["subject"], found["amount"]) == ("L1", "15.00")


def test_a_payment_without_line_is_corrected_onto_one() -> None:
    """So it is no longer spending without budget."""
    story = Story().budget("100.00").pay("30.00", "2026-03-01", line=None)
    assert story.at("2026-03-31")["findings_total"] == 1

    story.tell("fact.corrected", "2026-04-15", entry=2, line="L1", reason="补录指标")

    assert story.at("2026-04-15")["findings_total"] == 0
    assert money(story, "2026-04-15", "L1")[0] == "30.00"


def test_a_withdrawal_takes_back_what_stands_before_it() -> None:
    """From its date on; an entry that comes after it in the stream stays."""
    story = Story().target().report("10", "2026-03-01").report("20", "2026-03-01")
    taken = {"indicator": "K1", "reason": "填报有误"}
    story.tell("target_progress.withdrawn", "2026-04-01", entries=[3, 5], **taken)
    story.report("30", "2026-04-10")

    def actual(as_of: str) -> str:
        value: str = story.at(as_of)["attainment"]["indicators"]["K1"]["actual"]
        return value

    days = ("2026-03-31", "2026-04-01", "2026-04-10")
    assert [actual(day) for day in days] == ["20", "10", "30"]


def test_a_list_replaces_those_dated_no_later() -> None:
    """One that is stated afterwards of an earlier day changes the past alone."""
    story = Story().budget("10.00")
    listed = {"kind": "department", "organisation": "D1", "priority_list": "B", "fiscal_year": 2026}
    story.say("priority_list.published", "2026-05-02", projects=[], **listed)
    story.say("priority_list.published", "2026-03-02", projects=[{"project": "P1"}], **listed)

    assert standing(story, "2026-05-01", "priority") == (["department"],)
    assert standing(story, "2026-05-02", "priority") == ([],)


def test_what_was_recovered_is_not_less_than_nothing() -> None:
    """Corrections of days out of order leave L1 with 50 and −60 carried over, −100 recovered."""
    of_line = {"account": "general_public", "unit": "U1"}
    story = Story().budget("500.00", line="L9")
    for amount, line, year in (("50.00", "L1", 2024), ("60.00", "L0", 2025)):
        carried = {"amount": amount, "line": line, "from_year": year, **of_line}
        story.tell("carryover.registered", "2026-01-05", **carried)
    story.tell("balance.recovered", "2026-05-01", amount="100.00", line="L0")
    for entry in (3, 4):
        for day, line in (("2026-09-01", "L1"), ("2026-06-01", "L2")):
            story.tell("fact.corrected", day, entry=entry, line=line, reason="列错资金行")

    years = [
        story.at(day)["standing"]["carried_over_years"] for day in ("2026-05-31", "2026-07-01")
    ]
    assert years == [2, 0]
