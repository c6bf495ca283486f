"""What should be spent, in the whole order of domain-rules 10, reckoned by hand."""

from typing import Any

import pytest

from tests.unit.oracle.facts import Story

PROFILE = [0, 500, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000]
"""A tenth of the money a month, late: 40 % by the end of June."""
QUARTERS = [
    {"start": "2026-01-01", "end": "2026-03-31", "amount": "10.00"},
    {"start": "2026-04-01", "end": "2026-06-30", "amount": "40.00"},
    {"start": "2026-07-01", "end": "2026-12-31", "amount": "50.00"},
]


def due(story: Story, as_of: str) -> tuple[Any, ...]:
    """Give the expectation and its basis."""
    execution = story.at(as_of)["execution"]
    return execution["expected_spent"], execution["expected_basis"]


def of_lines(story: Story, as_of: str) -> dict[str, tuple[str, str]]:
    """Give the same of each line."""
    lines = story.at(as_of)["execution"]["lines"]
    return {n: (line["expected_spent"], line["expected_basis"]) for n, line in lines.items()}


def contract(story: Story, *instalments: tuple[str, str], **data: Any) -> Story:
    """Sign a contract of 100 on 1 February."""
    schedule = [{"due": due, "amount": amount} for due, amount in instalments]
    known = {"amount": "100.00", "contract": "C1", "line": "L1", "schedule": schedule}
    return story.tell("commitment.recorded", "2026-02-01", **(known | data))


def test_the_order_of_the_bases() -> None:
    """Months, table, profile of the class, contract, plan: the stronger takes over."""
    story = Story().budget("100.00")
    assert due(story, "2026-06-30") == ("50.00", "months")

    story.say("progress_standard.published", "2026-01-01", fiscal_year=2026, months_bp=PROFILE)
    assert due(story, "2026-06-30") == ("40.00", "assessment_table")

    story.tell("project.registered", "2026-01-01", name="甲", project_class="procurement")
    steep = [*[0] * 5, *[10_000] * 7]
    of_class = {"project_class": "procurement", "months_bp": steep}
    story.say("progress_standard.published", "2026-01-01", fiscal_year=2026, **of_class)
    assert due(story, "2026-06-30") == ("100.00", "class_profile")

    contract(story, ("2026-06-30", "30.00"), ("2026-09-30", "70.00"))
    assert due(story, "2026-06-29") == ("0.00", "contract")
    assert due(story, "2026-06-30") == ("30.00", "contract")

    story.tell("spending_plan.approved", "2026-02-10", plan="PL1", periods=QUARTERS)
    assert due(story, "2026-06-30") == ("50.00", "plan")


def test_a_supplement_follows_the_rest_of_the_profile() -> None:
    """60 in June, where 40 % is done: by August 60 % − 40 % of what 60 % is left, a third."""
    story = Story().budget("120.00")
    story.say("progress_standard.published", "2026-01-01", fiscal_year=2026, months_bp=PROFILE)
    supplement = {"line": "L1", "adjustment_kind": "supplement", "amount": "60.00"}
    story.tell("budget.adjusted", "2026-06-18", **supplement)

    assert due(story, "2026-06-30")[0] == "48.00"
    assert due(story, "2026-08-31")[0] == "92.00"
    assert due(story, "2026-12-31")[0] == "180.00"


def test_a_contract_that_is_released_calls_for_nothing() -> None:
    """Its instalments count as long as it is committed; what is released is taken off."""
    story = contract(Story().budget("100.00"), ("2026-03-31", "60.00"))
    part = {"released": True, "amount": "20.00"}
    contract(story, ("2026-03-31", "20.00"), **part)
    assert due(story, "2026-06-30") == ("40.00", "contract")

    contract(story, released=True, amount="80.00")
    assert due(story, "2026-06-30") == ("50.00", "months")


def test_lines_have_their_own_bases_and_the_weakest_is_named() -> None:
    """One line by its plan, another by months."""
    story = Story().budget("100.00").budget("10.00", line="L2")
    story.tell("spending_plan.approved", "2026-01-21", plan="PL1", line="L1", periods=QUARTERS)

    assert due(story, "2026-03-31") == ("12.50", "months")
    assert of_lines(story, "2026-03-31") == {"L1": ("10.00", "plan"), "L2": ("2.50", "months")}


def test_a_contract_without_line_is_shared_by_the_lines() -> None:
    """Decided: it is for the whole project, where that has more than one line."""
    story = Story().budget("100.00").budget("200.00", line="L2")
    contract(story, ("2026-03-31", "10.00"), line=None)

    assert due(story, "2026-03-31") == ("10.00", "contract")
    assert of_lines(story, "2026-03-31") == {
        "L1": ("3.33", "contract"),
        "L2": ("6.67", "contract"),
    }


def test_a_line_that_was_adjusted_and_never_approved_is_judged_as_well() -> None:
    """As the one line that is judged it has contracts that name none; beside another it has not."""
    due = [{"due": "2026-02-01", "amount": "30.00"}]
    story = Story().tell("commitment.recorded", "2026-01-15", amount="30.00", schedule=due)
    added = {"amount": "120.00", "adjustment_kind": "passed_down"}
    story.tell("budget.adjusted", "2026-01-20", line="L3", **added)
    execution = story.at("2026-04-30")["execution"]
    assert (execution["expected_basis"], execution["expected_spent"]) == ("contract", "30.00")

    whole = [{"start": "2026-01-01", "end": "2026-12-31", "amount": "120.00"}]
    story.tell("spending_plan.approved", "2026-01-20", plan="PL3", line="L3", periods=whole)
    story.budget("120.00")
    execution = story.at("2026-04-30")["execution"]
    assert (execution["expected_basis"], execution["expected_spent"]) == ("months", "40.00")


def test_the_largest_remainder_is_rounded_up() -> None:
    """Three lines of a third of a yuan: two fen and one cent short; ties go by id."""
    story = Story()
    for line in ("L3", "L2", "L1"):
        story.budget("0.20", line=line)
    story.tell(
        "spending_plan.approved",
        "2026-01-21",
        plan="PL1",
        periods=[{"start": "2026-01-01", "end": "2026-12-31", "amount": "0.50"}],
    )

    parts = of_lines(story, "2026-12-31")

    assert [parts[line][0] for line in ("L1", "L2", "L3")] == ["0.17", "0.17", "0.16"]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2026-03-31", "30.00"), ("2026-05-31", "30.00"), ("2026-08-31", "50.00")],
)
def test_a_suspension_stops_the_months(as_of: str, expected: str) -> None:
    """Art. 14(2): April to June are left out for good, July and August count again."""
    story = Story().budget("120.00")
    story.tell("project_state.changed", "2026-04-10", change="suspended")
    story.tell("project_state.changed", "2026-07-10", change="resumed")

    assert due(story, as_of)[0] == expected


def test_a_suspension_stops_a_plan_unless_that_was_stated_after_it() -> None:
    """Decided: a new plan knows of the suspension."""
    story = Story().budget("100.00")
    story.tell("spending_plan.approved", "2026-01-21", plan="PL1", periods=QUARTERS)
    story.tell("project_state.changed", "2026-05-01", change="suspended", until="2026-06-30")
    assert due(story, "2026-06-30")[0] == "10.00"
    assert due(story, "2026-12-31")[0] == "60.00"

    story.tell("spending_plan.approved", "2026-05-02", plan="PL1", periods=QUARTERS)
    assert due(story, "2026-06-30")[0] == "50.00"


def test_undistributed_lines_are_judged_from_the_jurisdictions_day() -> None:
    """Domain-rules 2: null is never."""
    story = Story().budget("120.00", undistributed=True)
    assert due(story, "2026-12-31") == (None, None)

    parameters = {"undistributed_judged_from": "10-01"}
    story.say("monitoring_parameters.published", "2026-01-05", **parameters)
    assert due(story, "2026-09-30") == (None, None)
    assert due(story, "2026-10-01") == ("90.00", "months")


def test_parameters_hold_from_their_day_and_replace_all_before() -> None:
    """What is left out is the default again."""
    story = Story().budget("120.00", undistributed=True)
    story.say("monitoring_parameters.published", "2026-01-05", undistributed_judged_from="02-01")
    story.say("monitoring_parameters.published", "2026-03-01", effective_from="2026-04-01")

    assert due(story, "2026-03-31") == ("30.00", "months")
    assert due(story, "2026-04-30") == (None, None)


def test_nothing_is_expected_where_less_than_nothing_is_due() -> None:
    """60 less 90, and 40 more from July on: by June half of -30, and of the 40 nothing yet."""
    story = Story().budget("30.00").budget("30.00", line="L2")
    story.tell("budget.adjusted", "2026-02-01", adjustment_kind="cut", amount="90.00", line="L1")
    supplement = {"adjustment_kind": "supplement", "amount": "40.00", "line": "L2"}
    story.tell("budget.adjusted", "2026-06-10", **supplement)

    assert due(story, "2026-06-30") == ("0.00", "months")
    assert of_lines(story, "2026-06-30") == {"L1": ("0.00", "months"), "L2": ("0.00", "months")}


def test_a_line_whose_adjustments_come_to_nothing_runs_by_its_months() -> None:
    """Never approved: 24 more from July on, and 24 of the whole year moved out; L1 120."""
    story = Story().budget("120.00")
    moved = {"adjustment_kind": "virement", "direction": "out", "amount": "24.00", "line": "L0"}
    story.tell("budget.adjusted", "2026-06-10", **moved)
    supplement = {"adjustment_kind": "supplement", "amount": "24.00", "line": "L0"}
    story.tell("budget.adjusted", "2026-06-10", **supplement)

    # 60 - 12 by June; 90 - 18 + 12 by September.
    assert due(story, "2026-06-30") == ("48.00", "months")
    assert due(story, "2026-09-30") == ("84.00", "months")


def test_a_supplement_runs_from_its_own_month_on_the_line_to_which_it_is_moved() -> None:
    """60 more on L2 from July on, whole; corrected in August."""
    story = Story().budget("120.00").budget("120.00", line="L2")
    supplement = {"adjustment_kind": "supplement", "amount": "60.00", "line": "L1"}
    story.tell("budget.adjusted", "2026-06-10", **supplement)
    story.tell("fact.corrected", "2026-08-10", entry=3, line="L2", reason="列错资金行")

    assert of_lines(story, "2026-09-30") == {"L1": ("90.00", "months"), "L2": ("120.00", "months")}


def test_a_contract_without_line_that_was_released_rules_no_lines() -> None:
    """30 without line and 40 on L1; released are the 30 without line, or all 70 on L1."""
    for back in ({"amount": "30.00", "line": None}, {"amount": "70.00"}):
        story = Story().budget("120.00").budget("240.00", line="L2")
        contract(story, ("2026-03-31", "30.00"), amount="30.00", line=None)
        contract(story, amount="40.00")
        assert due(story, "2026-03-31") == ("30.00", "contract")

        contract(story, released=True, **back)
        assert due(story, "2026-03-31") == ("90.00", "months")


def test_a_contract_without_line_is_of_the_one_line_unless_it_was_released_elsewhere() -> None:
    """30 are signed without line, of which all but 1.00, then that as well is released on L2."""
    story = Story().budget("120.00")
    contract(story, ("2026-03-31", "30.00"), amount="30.00", line=None)
    contract(story, released=True, amount="29.00", line="L2")
    assert due(story, "2026-03-31") == ("30.00", "contract")

    contract(story, released=True, amount="1.00", line="L2")
    assert due(story, "2026-03-31") == ("30.00", "months")


def test_what_is_released_on_one_line_is_not_expected_of_all() -> None:
    """3 of 11 are left on L1, and 8 that were never called for are released: 24 less 8."""
    story = Story().budget("50.00").budget("50.00", line="L2")
    contract(story, amount="11.00")
    contract(story, ("2026-03-31", "8.00"), amount="8.00", released=True)
    assert due(story, "2026-03-31") == ("4.50", "months")

    contract(story, ("2026-03-31", "24.00"), amount="24.00", line="L2")
    assert of_lines(story, "2026-03-31") == {
        "L1": ("-8.00", "contract"),
        "L2": ("24.00", "contract"),
    }
    assert due(story, "2026-03-31") == ("16.00", "contract")
