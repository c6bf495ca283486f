"""Findings and alerts as reckoned by hand from domain-rules 11, 13 and 17."""

import datetime as dt
from typing import Any

from tests.oracle.assessment import assess
from tests.oracle.dates import fiscal_year
from tests.oracle.replay import Boundary, Replay
from tests.oracle.rules import read_pack
from tests.unit.oracle.facts import SUBJECT, Story

YEAR = fiscal_year(2026, "01-01")
OTHERS = frozenset({"targets_missing", "large_budget_adjustment"})
PACK = {rule: stated for rule, stated in read_pack().items() if rule not in OTHERS}
"""These stories are about findings: none has targets, and budgets change as they must."""


def findings(story: Story, as_of: str) -> list[tuple[Any, ...]]:
    """Give kind, subject and amount of what is found."""
    stated = assess(story.project, YEAR, dt.date.fromisoformat(as_of)).stated
    return [(f["kind"], f["subject"], f["amount"]) for f in stated["findings"]]


def open_days(story: Story, *dates: str) -> list[Boundary]:
    """Open days on which nothing else happens, and give their boundaries."""
    story.jurisdiction.days += [dt.date.fromisoformat(date) for date in dates]
    return list(Replay(story.jurisdiction, PACK).boundaries())


def shown(boundary: Boundary) -> dict[str, str]:
    """Give severities by rule."""
    return {key[0]: severity for key, severity in boundary.closed.items()}


def test_spending_above_a_line_is_found_and_cleared_by_its_supplement() -> None:
    """One fen over; a supplement dated later clears it from its date."""
    story = Story().budget("10.00").pay("10.01")

    assert [("over_budget", "L1", "0.01")] == findings(story, "2026-03-02")

    story.tell(
        "budget.adjusted", "2026-03-05", line="L1", adjustment_kind="supplement", amount="0.01"
    )

    assert [] == findings(story, "2026-03-05")


def test_over_budget_names_what_brought_it_about_and_not_what_came_the_same_day() -> None:
    """The last payment of the day if spending rose on it, else the last budget fact."""
    changed = {"line": "L1", "amount": "1.00"}
    story = Story().budget("5.00").pay("10.00").pay("1.00")
    story.tell("budget.adjusted", "2026-03-01", adjustment_kind="supplement", **changed)
    (found,) = assess(story.project, YEAR, dt.date(2026, 3, 2)).stated["findings"]
    assert (found["entry_sequence"], found["amount"]) == (3, "5.00")

    story = Story().budget("10.00").pay("10.00")
    story.tell("budget.adjusted", "2026-04-01", adjustment_kind="cut", line="L1", amount="5.00")
    story.tell("expenditure.reversed", "2026-04-01", **changed)
    (found,) = assess(story.project, YEAR, dt.date(2026, 4, 2)).stated["findings"]
    assert (found["entry_sequence"], found["amount"]) == (3, "4.00")


def test_spending_on_no_line_waits_for_the_budget_and_its_grace() -> None:
    """Domain-rules 17a: awaiting until approval + 20 working days, if paid before approval."""
    story = Story().pay("5.00", "2026-01-10", line=None)

    assert [("awaiting_budget", "entry:1", "5.00")] == findings(story, "2026-01-15")

    story.budget("10.00", "2026-01-20")

    assert [("awaiting_budget", "entry:1", "5.00")] == findings(story, "2026-02-17")
    assert [("spending_without_budget", "entry:1", "5.00")] == findings(story, "2026-02-18")


def test_a_correction_takes_unlined_spending_back() -> None:
    """A reversal without line and the same payment on its line leave nothing to find."""
    story = Story().pay("5.00", "2026-01-10", line=None).budget("10.00")
    story.tell("expenditure.reversed", "2026-01-25", amount="5.00").pay("5.00", "2026-01-25")

    assert [] == findings(story, "2026-03-31")


def test_more_back_than_spent_is_found() -> None:
    """Domain-rules 13."""
    story = Story().budget("10.00").pay("1.00")
    story.tell("expenditure.reversed", "2026-03-10", amount="4.00", line="L1")

    assert [("negative_net_spend", "L1", "3.00")] == findings(story, "2026-03-31")


def test_money_for_two_years_is_shown_and_not_counted() -> None:
    """A period beyond the fiscal year."""
    story = Story().budget("10.00", period={"start": "2026-07-01", "end": "2027-06-30"})

    assert [("budget_period_spans_years", "L1", "10.00")] == findings(story, "2026-03-31")
    assert assess(story.project, YEAR, dt.date(2026, 3, 31)).book.total.budget == 0


def test_a_finding_is_raised_by_the_next_opened_day() -> None:
    """Domain-rules 17b: provisional on the day it is stated, raised if still true."""
    story = Story().budget("10.00", "2026-01-20", origin="transfer_from_above")
    story.jurisdiction.days.append(dt.date(2026, 2, 2))
    story.pay("11.00", "2026-02-02")

    first, second = open_days(story, "2026-02-03")

    assert {} == shown(first)
    assert {"over_budget": "red"} == shown(second)


def test_nothing_is_raised_that_is_repaired_before_the_next_day() -> None:
    """Domain-rules 17b: later facts clear it."""
    story = Story().budget("10.00")
    story.jurisdiction.days.append(dt.date(2026, 2, 2))
    story.pay("11.00", "2026-02-02")
    story.tell(
        "budget.adjusted", "2026-02-02", line="L1", adjustment_kind="supplement", amount="5.00"
    )

    boundaries = open_days(story, "2026-02-03")

    assert [{}, {}] == [shown(boundary) for boundary in boundaries]


def test_months_alone_speak_from_the_91st_day_after_approval() -> None:
    """Domain-rules 11: at most yellow, not before the third month nor within 90 days."""
    story = Story().budget("100.00", "2026-01-20").pay("1.00", "2026-01-21")

    on_the_90th, on_the_91st = open_days(story, "2026-04-20", "2026-04-21")

    assert {} == shown(on_the_90th)
    assert {"execution_behind_standard": "yellow"} == shown(on_the_91st)


def test_committed_money_makes_it_an_information() -> None:
    """Domain-rules 11: where spent + committed reach what is expected."""
    story = Story().budget("100.00").pay("1.00", contract="C1")
    story.tell("commitment.recorded", "2026-02-01", amount="50.00", contract="C1", line="L1")

    (boundary,) = open_days(story, "2026-06-30")

    assert {"execution_behind_standard": "info"} == shown(boundary)


def test_zero_execution_is_judged_once_and_stays_until_money_is_spent() -> None:
    """Domain-rules 11: on the first opened day on or after the end of June."""
    story = Story().budget("100.00", "2026-05-20")
    story.jurisdiction.days += [dt.date(2026, 6, 29), dt.date(2026, 7, 1)]
    story.tell("payment.requested", "2026-07-01", amount="1.00", line="L1")
    story.jurisdiction.days.append(dt.date(2026, 7, 2))
    story.pay("0.01", "2026-07-02")

    boundaries = open_days(story, "2026-07-03")

    rule = "zero_execution_at_checkpoint"
    assert [None, "red", None, None] == [shown(one).get(rule) for one in boundaries]
    assert boundaries[2].opened[rule, SUBJECT, SUBJECT, 2026] == "red"


def test_a_budget_after_the_checkpoint_is_not_judged_by_it() -> None:
    """The pack: a budget approved later is not judged by a checkpoint before it."""
    story = Story()
    story.tell("payment.requested", "2026-02-01", amount="1.00")
    story.jurisdiction.days += [dt.date(2026, 6, 30), dt.date(2026, 7, 1)]
    story.budget("100.00", "2026-07-01")

    boundaries = open_days(story, "2026-07-02")

    assert [{}, {}, {}] == [shown(boundary) for boundary in boundaries]


def test_what_coalescing_decides_is_named() -> None:
    """Spent and taken back between two days: cleared or not, as the assessments fell."""
    story = Story().budget("100.00", "2026-05-20")
    story.jurisdiction.days.append(dt.date(2026, 6, 30))
    story.pay("1.00", "2026-06-30")
    story.tell("expenditure.reversed", "2026-06-30", amount="1.00", line="L1")

    (boundary,) = open_days(story)

    assert {"zero_execution_at_checkpoint"} == {key[0] for key in boundary.undecided}


def test_a_suspended_project_s_payment_is_raised_or_to_be_reviewed() -> None:
    """Domain-rules 18: where procurement had begun it is for a person to look at."""
    for begun, severity in ((False, "yellow"), (True, "info")):
        story = Story().budget("100.00")
        story.tell(
            "project_state.changed", "2026-03-01", change="suspended", procurement_begun=begun
        ).pay("1.00", "2026-03-02")

        (boundary,) = open_days(story, "2026-03-03")

        assert {"spending_while_suspended": severity} == shown(boundary)


def test_a_payment_beyond_the_end_is_raised_by_the_next_day_and_cleared_by_its_return() -> None:
    """Provisional on its day (domain-rules 17b)."""
    story = Story().budget("100.00")
    story.tell("project_state.changed", "2026-03-01", change="completed")
    story.jurisdiction.days.append(dt.date(2026, 3, 2))
    story.pay("1.00", "2026-03-02")
    story.jurisdiction.days.append(dt.date(2026, 3, 3))
    story.tell("expenditure.reversed", "2026-03-03", amount="1.00", line="L1")

    boundaries = list(Replay(story.jurisdiction, PACK).boundaries())

    assert [{}, {}] == [shown(boundary) for boundary in boundaries]
    assert ["spending_after_end"] == [key[0] for key in boundaries[1].opened]


def test_what_the_tenant_says_is_judged_at_the_next_day() -> None:
    """A table of the year: half of the money in January, nothing spent by 31 May is red."""
    story = Story().budget("100.00", "2026-01-20").pay("10.00", "2026-02-01")
    story.jurisdiction.days.append(dt.date(2026, 3, 1))
    table = {"fiscal_year": 2026, "standard": "T", "months_bp": [5000] * 11 + [10_000]}
    story.say("progress_standard.published", "2026-01-01", **table)

    first, second = open_days(story, "2026-03-02")

    assert {} == shown(first)
    assert {"execution_behind_standard": "red"} == shown(second)


def test_a_listed_project_is_held_to_the_stricter_threshold() -> None:
    """92 % of what is due: below 95 %, which a layer sets for all, not below the list's 90 %."""
    rule = "execution_behind_standard"

    def judged(**parameters: int) -> dict[str, str]:
        story = Story().budget("100.00").pay("9.20")
        story.plan(("2026-01-01", "2026-03-31", "10.00"), ("2026-04-01", "2026-12-31", "90.00"))
        listed = {"kind": "bureau", "priority_list": "A", "projects": [{"project": "P1"}]}
        story.say("priority_list.published", "2026-02-01", fiscal_year=2026, **listed)
        story.jurisdiction.days.append(dt.date(2026, 3, 31))
        pack = {rule: {**PACK[rule], **parameters}}
        return shown(next(Replay(story.jurisdiction, pack).boundaries()))

    assert judged() == {}
    assert judged(yellow_below_bp=9500) == {rule: "yellow"}
    assert judged(priority_yellow_below_bp=9300) == {rule: "yellow"}


def test_the_gravest_of_what_moved_on_a_line_while_stopped_is_told() -> None:
    """A payment under procurement that had begun is for review, an allocation to nobody is not."""
    story = Story().budget("100.00")
    story.tell("project_state.changed", "2026-03-01", change="suspended", procurement_begun=True)
    story.pay("1.00", "2026-03-02")
    assert shown(open_days(story, "2026-03-05")[-1])["spending_while_suspended"] == "info"

    story.tell("project_state.changed", "2026-03-10", change="suspended")
    story.tell("funds.disbursed", "2026-03-11", amount="5.00", line="L1")
    assert shown(open_days(story, "2026-03-12")[-1])["spending_while_suspended"] == "yellow"
