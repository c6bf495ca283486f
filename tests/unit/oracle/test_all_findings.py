"""Findings of every other kind as reckoned by hand from domain-rules 1, 17 and 18."""

from typing import Any

import pytest

from tests.unit.oracle.facts import Story

BUILDER = {"name": "卓越建设工程有限公司"}
CLASSES = {"function": "2130306", "government_economic": "50302", "fund_type": "111"}


def found(story: Story, as_of: str = "2026-12-31") -> list[tuple[str, str, str, str]]:
    """Give kind, subject, amount and nature of what is found."""
    findings = story.at(as_of)["findings"].values()
    return sorted((f["kind"], f["subject"], f["amount"], f["nature"]) for f in findings)


def plan(story: Story) -> Story:
    """Approve a plan: 10 in the first half, 90 in the second."""
    return story.plan(("2026-01-01", "2026-06-30", "10.00"), ("2026-07-01", "2026-12-31", "90.00"))


def test_above_plan_exists_where_the_plan_controls() -> None:
    """Domain-rules 17e; a period counts once it has begun."""
    story = plan(Story().budget("100.00")).pay("12.00", "2026-03-01")
    assert found(story, "2026-03-31") == []

    story.tell("project.registered", "2026-01-01", name="甲", control_mode="allotment_and_plan")
    assert found(story, "2026-03-31") == [("above_plan", "PL1", "2.00", "finding")]
    assert found(story, "2026-07-01") == []


def test_above_plan_is_brought_about_by_the_crossing_that_still_holds() -> None:
    """What the new period cleared is past: the payment of November crosses anew."""
    story = plan(Story().budget("100.00")).pay("12.00", "2026-03-01")
    story.tell("project.registered", "2026-01-01", name="甲", control_mode="allotment_and_plan")
    story.pay("89.00", "2026-11-10", line="L1")

    above = [f for f in story.at("2026-11-30")["findings"].values() if f["kind"] == "above_plan"]

    assert [(f["date"], f["amount"]) for f in above] == [("2026-11-10", "1.00")]


def test_a_line_without_plan_may_spend_nothing_once_there_is_one() -> None:
    """Unless the plan is for the whole project; spending without budget is no matter of plans."""
    story = Story().budget("100.00").budget("100.00", line="L2").pay("3.00", line="L2")
    story.tell("project.registered", "2026-01-01", name="甲", control_mode="allotment_and_plan")
    assert found(story, "2026-04-30") == []

    whole = [{"start": "2026-01-01", "end": "2026-12-31", "amount": "100.00"}]
    story.tell("spending_plan.approved", "2026-05-01", plan="PL1", line="L1", periods=whole)
    assert found(story, "2026-05-31") == [("above_plan", "L2", "3.00", "finding")]

    story.tell("spending_plan.approved", "2026-06-01", plan="PL2", periods=whole)
    assert found(story, "2026-06-30") == []


def test_above_disbursement_is_of_allocation_lines_with_a_disbursement() -> None:
    """Domain-rules 1: elsewhere not applicable, never zero."""
    story = Story().budget("100.00", channel="allocation")
    story.pay("7.00", channel="allocation")
    assert found(story) == []

    story.tell("funds.disbursed", "2026-02-01", amount="5.00", line="L1")
    assert found(story) == [("above_disbursement", "L1", "2.00", "finding")]

    story.tell("funds.disbursed", "2026-04-01", amount="2.00", line="L1")
    assert found(story) == []


def test_own_funds_are_no_matter_of_what_was_disbursed() -> None:
    """5 disbursed; of 9 spent 3 were the unit's own, of which 1 came back."""
    story = Story().budget("100.00", channel="allocation")
    story.tell("funds.disbursed", "2026-02-01", amount="5.00", line="L1")
    story.pay("6.00", channel="allocation").pay("3.00", "2026-03-02", channel="own_funds")
    back = {"amount": "1.00", "line": "L1", "channel": "own_funds"}
    story.tell("expenditure.reversed", "2026-04-01", **back)

    assert found(story) == [("above_disbursement", "L1", "1.00", "finding")]


@pytest.mark.parametrize(
    ("payment", "is_found"),
    [
        ({"account": "general_public", "classification": CLASSES}, False),
        ({}, False),
        ({"account": "government_funds"}, True),
        ({"classification": {**CLASSES, "function": "2130305"}}, True),
        ({"classification": {**CLASSES, "government_economic": "50399"}}, False),
        ({"classification": {**CLASSES, "government_economic": "50201"}}, True),
        ({"classification": {**CLASSES, "department_economic": "30299"}}, False),
    ],
)
def test_a_diversion_is_another_budget_or_class(payment: dict[str, Any], *, is_found: bool) -> None:
    """Domain-rules 17c: function down to 项, government economic class down to 类."""
    story = Story().budget("100.00", classification=CLASSES).pay("7.00", **payment)

    expected = [("diversion", "L1", "7.00", "finding")] if is_found else []
    assert found(story) == expected


def test_a_diversion_is_cleared_by_a_correction_of_the_class() -> None:
    """Later facts clear a finding (domain-rules 17b)."""
    wrong = {**CLASSES, "function": "2130305"}
    story = Story().budget("100.00", classification=CLASSES).pay("7.00", classification=wrong)
    story.tell("fact.corrected", "2026-04-16", entry=2, classification=CLASSES, reason="更正")

    assert [len(found(story, day)) for day in ("2026-04-15", "2026-04-16")] == [1, 0]


def test_a_correction_changes_what_a_line_is_from_then_on() -> None:
    """Corrected on 16 April: what was paid before keeps to what the line was then."""
    other = {**CLASSES, "function": "2130305"}
    story = Story().budget("100.00", classification=CLASSES)
    story.pay("7.00", "2026-04-15", classification=CLASSES)
    story.pay("5.00", "2026-04-16", classification=CLASSES)
    story.tell("fact.corrected", "2026-04-16", entry=1, classification=other, reason="更正")
    assert found(story) == [("diversion", "L1", "5.00", "finding")]

    # Of the last word by date alone: the line was stated in March, though it came later.
    story.budget("1.00", "2026-03-01", classification=CLASSES)
    assert found(story) == []


def test_the_later_of_two_corrections_counts_from_its_date_on() -> None:
    """The class of the first, dated the 20th, says nothing any more."""
    other = {**CLASSES, "function": "2130305"}
    story = Story().budget("100.00", classification=CLASSES)
    story.pay("5.00", "2026-04-25", classification=CLASSES)
    story.tell("fact.corrected", "2026-04-20", entry=1, classification=other, reason="更正")
    assert found(story) == [("diversion", "L1", "5.00", "finding")]

    story.tell("fact.corrected", "2026-04-16", entry=1, classification=CLASSES, reason="更正有误")
    assert found(story) == []


def test_a_correction_between_other_lines_brings_no_diversion_about() -> None:
    """On the day of the wrong payment another is moved from L2 to L3."""
    wrong = {**CLASSES, "function": "2130305"}
    story = Story().budget("100.00", classification=CLASSES).budget("9.00", line="L2")
    story.budget("9.00", line="L3").pay("7.00", "2026-04-16", classification=wrong)
    story.pay("5.00", "2026-04-16", line="L2")
    story.tell("fact.corrected", "2026-04-16", entry=5, line="L3", reason="列错资金行")

    (diverted,) = story.at("2026-12-31")["findings"].values()
    assert (diverted["kind"], diverted["entry_sequence"]) == ("diversion", 4)


def test_what_a_line_is_told_by_a_fact_that_left_it_is_as_it_was_stated() -> None:
    """Carried over on L4 and corrected onto L5 with a class: L4 had none to divert from."""
    story = Story().budget("100.00").pay("7.00", line="L4", classification=CLASSES)
    carry = {"line": "L4", "account": "general_public", "unit": "U1", "from_year": 2025}
    story.tell("carryover.registered", "2026-01-05", amount="50.00", **carry)
    other = {**CLASSES, "function": "2050299"}
    moved = {"line": "L5", "classification": other, "reason": "指标用错"}
    story.tell("fact.corrected", "2026-04-16", entry=3, **moved)

    # The money has gone, and what was paid is above nothing.
    assert found(story, "2026-04-30") == [("over_budget", "L4", "7.00", "finding")]


def test_a_diversion_is_at_most_what_the_line_spent() -> None:
    """What comes back and names no payment was paid under the line's own classes, first."""
    wrong = {**CLASSES, "function": "2130305"}
    story = Story().budget("100.00", classification=CLASSES)
    story.pay("7.00", "2026-03-01", classification=wrong).pay("5.00", "2026-03-02")
    story.tell("expenditure.reversed", "2026-04-01", amount="6.00", line="L1")

    assert [found(story, day)[0][2] for day in ("2026-03-31", "2026-04-01")] == ["7.00", "6.00"]


def test_a_diversion_that_came_back_begins_anew_with_what_is_diverted_next() -> None:
    """The paper's return takes it off, whichever line it names itself."""
    voucher = {"kind": "payment_certificate", "number": "D1"}
    wrong = {"classification": {**CLASSES, "function": "2130305"}}
    story = Story().budget("900000.00", classification=CLASSES).pay("1.00", "2026-02-01")
    story.pay("10000.00", "2026-03-01", document=voucher, **wrong)
    story.tell("expenditure.reversed", "2026-04-01", amount="10000.00", line="L2", original=voucher)
    assert [one[0] for one in found(story, "2026-04-30")] == ["negative_net_spend"]

    story.pay("7.00", "2026-05-01", **wrong)
    (diverted,) = [
        one for one in story.at("2026-05-31")["findings"].values() if one["kind"] == "diversion"
    ]
    assert (diverted["date"], diverted["amount"]) == ("2026-05-01", "7.00")


@pytest.mark.parametrize(("line", "amount"), [("L1", "10007.00"), ("L2", "7.00")])
def test_what_a_correction_charges_to_a_lines_first_codes_is_remembered(
    line: str, amount: str
) -> None:
    """What came in under them is not: its return is of what was paid under the line's own."""
    voucher = {"kind": "payment_certificate", "number": "D1"}
    other = {**CLASSES, "function": "2130305"}
    story = Story().budget("900000.00", classification=CLASSES).budget("900000.00", line="L2")
    story.pay("7.00", "2026-03-01", classification=CLASSES)
    story.pay("10000.00", "2026-03-02", line=line, classification=CLASSES, document=voucher)
    story.tell("fact.corrected", "2026-04-01", entry=4, line="L1", reason="指标用错")
    story.pay("20000.00", "2026-03-03", classification=other)
    story.tell("expenditure.reversed", "2026-05-01", amount="10000.00", line="L1", original=voucher)
    story.budget("1.00", "2026-02-01", classification=other)

    assert found(story) == [("diversion", "L1", amount, "finding")]


def test_what_a_correction_first_makes_spending_is_in_the_years_rush() -> None:
    """A payment out of an allocation that was spent at once is spent on the line it is moved to."""
    story = Story().budget("9.00", channel="allocation", allocation_is_expenditure=True)
    story.budget("900.00", line="L2").pay("70.00", "2026-05-01", line="L2")
    story.pay("30.00", "2026-12-05", line="L2").pay("1.00", channel="allocation")
    assert [one[0] for one in found(story)] == []

    # 31 of 101 in December.
    story.tell("fact.corrected", "2026-12-20", entry=5, line="L2", reason="指标用错")
    (rush,) = story.at("2026-12-31")["findings"].values()
    assert (rush["kind"], rush["amount"]) == ("year_end_rush", "31.00")


def test_a_moved_payment_was_spent_on_its_own_day() -> None:
    """A correction that is dated in a suspension is no spending while suspended."""
    story = Story().budget("100.00").budget("100.00", line="L2").pay("7.00", "2026-03-01")
    story.tell("project_state.changed", "2026-04-01", change="suspended")
    story.tell("fact.corrected", "2026-04-15", entry=3, line="L2", reason="指标用错")

    assert found(story, "2026-04-30") == []


def test_spending_after_the_end_is_dated_after_it() -> None:
    """The day of completion is still within."""
    story = Story().budget("100.00").pay("7.00", "2026-08-01").pay("3.00", "2026-08-02")
    story.tell("project_state.changed", "2026-08-01", change="completed")

    assert found(story) == [("spending_after_end", "L1", "3.00", "finding")]


@pytest.mark.parametrize(("begun", "nature"), [(True, "for_review"), (None, "finding")])
def test_spending_while_suspended(begun: bool | None, nature: str) -> None:  # noqa: FBT001
    """Domain-rules 18: procurement that had begun follows its own procedure."""
    story = Story().budget("100.00")
    story.tell(
        "project_state.changed",
        "2026-08-03",
        change="suspended",
        until="2026-08-31",
        procurement_begun=begun,
    )
    for day in ("2026-08-02", "2026-08-03", "2026-08-31", "2026-09-01"):
        story.pay("1.00", day)

    assert found(story) == [("spending_while_suspended", "L1", "2.00", nature)]


@pytest.mark.parametrize(
    ("fields", "above"),
    [
        ({"quantity": 2, "amount": "960.00", "standard_amount": "500.00"}, None),
        ({"amount": "14800.00", "standard_amount": "7000.00"}, "7800.00"),
        ({"quantity": 3, "amount": "900.00", "standard_quantity": 2}, "300.00"),
        (
            {
                "quantity": 3,
                "amount": "900.00",
                "standard_quantity": 2,
                "standard_amount": "250.00",
            },
            "400.00",
        ),
        ({"amount": "14800.00"}, None),
    ],
)
def test_an_asset_above_its_standard(fields: dict[str, Any], above: str | None) -> None:
    """At fault is what the standard does not allow, in price and in number."""
    story = Story().tell("asset.acquired", "2026-05-21", asset="ZC1", name="计算机", **fields)

    expected = [("asset_above_standard", "ZC1", above, "finding")] if above else []
    assert found(story) == expected


def test_alike_payments_are_suspicions() -> None:
    """Domain-rules 17d: one payee, one day, one amount; not of batches, pay or subsidies."""
    story = Story().budget("900000.00")
    for _ in range(3):
        story.pay("10000.00", "2026-03-01", payee=BUILDER)
    for amount in ("9999.99", "9999.99"):
        story.pay(amount, "2026-03-02", payee=BUILDER)
    for skipped in ({"batch": True}, {"classification": {"government_economic": "50101"}}):
        for _ in range(2):
            story.pay("10000.00", "2026-03-03", payee=BUILDER, **skipped)

    assert found(story) == [("duplicate_payment", "entry:2", "20000.00", "suspicion")]

    story.tell("project.registered", "2026-01-01", name="甲", project_class="subsidy")
    assert found(story) == []


def test_a_correction_to_pay_ends_a_suspicion_and_one_back_begins_it() -> None:
    """What was stated as pay is never suspected (domain-rules 17d)."""
    pay, goods = {"government_economic": "50101"}, {"government_economic": "50201"}
    story = Story().budget("9000000.00").pay("1000000.00", "2026-03-01", classification=goods)
    story.tell("fact.corrected", "2026-04-01", entry=2, classification=pay, reason="更正")
    story.tell("fact.corrected", "2026-05-01", entry=2, classification=goods, reason="更正有误")
    shown = [len(found(story, day)) for day in ("2026-03-31", "2026-04-01", "2026-05-01")]
    assert shown == [1, 0, 1]

    story = Story().budget("9000000.00", classification=pay).budget("9000000.00", line="L2")
    story.pay("1000000.00", "2026-03-01")
    story.tell("fact.corrected", "2026-04-01", entry=3, line="L2", reason="指标用错")
    assert found(story) == []

    story = Story().budget("9000000.00").pay("1000000.00", "2026-03-01", classification=pay)
    story.tell("fact.corrected", "2026-04-01", entry=2, classification=goods, reason="更正")
    assert found(story) == []


def test_a_correction_onto_a_line_of_pay_ends_a_suspicion_and_one_back_begins_it() -> None:
    """Charged to L2, which is pay, from April on, and to L1 again from May on."""
    pay = {"government_economic": "50501"}
    story = Story().budget("9000000.00").budget("9000000.00", line="L2", classification=pay)
    for _ in range(2):
        story.pay("1000000.00", "2026-03-01", payee=BUILDER)
    story.tell("fact.corrected", "2026-04-01", entry=3, line="L2", reason="指标用错")
    story.tell("fact.corrected", "2026-05-01", entry=3, line="L1", reason="更正有误")

    def suspected(as_of: str) -> list[str]:
        return sorted(kind for kind, *_ in found(story, as_of))

    every = ["duplicate_payment", "round_payment", "round_payment"]
    days = ("2026-03-31", "2026-04-30", "2026-05-31")
    assert [suspected(day) for day in days] == [every, ["round_payment"], every]


def test_split_payments_reach_the_limit_together() -> None:
    """Each below it, the sum at it."""
    story = Story().budget("900000.00")
    story.pay("150000.00", "2026-03-01", payee=BUILDER)
    story.pay("250000.00", "2026-03-01", payee=BUILDER)
    story.pay("250000.00", "2026-03-02", payee=BUILDER)

    assert found(story) == [("split_payment", "entry:2", "400000.00", "suspicion")]


def test_a_large_round_payment_is_a_suspicion() -> None:
    """Both limits are the jurisdiction's."""
    story = Story().budget("9000000.00")
    for day, amount in enumerate(("1000000.00", "900000.00", "1050000.00"), 1):
        story.pay(amount, f"2026-03-0{day}")
    assert found(story) == [("round_payment", "entry:2", "1000000.00", "suspicion")]

    story.say("monitoring_parameters.published", "2026-01-05", round_to="50000.00")
    assert len(found(story)) == 2


@pytest.mark.parametrize(("december", "is_found"), [("30.00", False), ("30.01", True)])
def test_a_rush_is_a_last_month_above_its_share(december: str, *, is_found: bool) -> None:
    """More than 30 % of the year's spending, asked once the year is over."""
    story = Story().budget("200.00").pay("70.00", "2026-03-01").pay(december, "2026-12-05")

    kinds = [kind for kind, *_ in found(story, "2026-12-31")]

    assert kinds == (["year_end_rush"] if is_found else [])


def test_the_grace_of_spending_without_line_is_the_jurisdictions() -> None:
    """20 working days, or what it says; a calendar's days off do not count."""
    story = Story().pay("5.00", "2026-01-10", line=None).budget("10.00", "2026-01-20")
    story.say("monitoring_parameters.published", "2026-01-05", awaiting_working_days=3)

    def kind(as_of: str) -> str:
        return found(story, as_of)[0][0]

    assert [kind("2026-01-23"), kind("2026-01-24")] == [
        "awaiting_budget",
        "spending_without_budget",
    ]

    story.say("calendar.published", "2026-01-01", year=2026, days_off=["2026-01-21"])

    assert [kind("2026-01-26"), kind("2026-01-27")] == [
        "awaiting_budget",
        "spending_without_budget",
    ]


def test_payments_beside_the_contract() -> None:
    """Above what is signed for the year, net; to nobody whom the contract is with."""
    story = Story().budget("900000.00")
    story.tell(
        "commitment.recorded", "2026-02-01", amount="50000.00", contract="HT1", supplier=BUILDER
    )
    story.pay("50000.00", "2026-03-01", payee=BUILDER, contract="HT1")

    assert found(story) == []
    story.pay("10000.00", "2026-04-01", payee={"name": "他人"}, contract="HT1")
    assert found(story) == [
        ("payee_outside_contract", "HT1", "10000.00", "suspicion"),
        ("payment_over_contract", "HT1", "10000.00", "suspicion"),
    ]
