"""What stops a project, and its money, to the day: Art. 14(2), domain-rules 8 and 18, by hand."""

from typing import Any

import pytest

from tests.unit.oracle.facts import Story

KINDS = {"spending_after_end", "spending_while_suspended", "disbursed_while_stopped"}


def decide(story: Story, date: str, measure: str, name: str = "CZ1", **data: Any) -> Story:
    """Record a disposition."""
    return story.tell("disposition.decided", date, disposition=name, measure=measure, **data)


def change(story: Story, date: str, what: str, **data: Any) -> Story:
    """Change the project's state."""
    return story.tell("project_state.changed", date, change=what, **data)


def succeed(story: Story, date: str) -> Story:
    """Let the project go on as another."""
    return story.tell("project.succeeded", date, kind="transferred", successors=["610100/P2"])


def state(story: Story, as_of: str) -> tuple[str, str | None]:
    """Give the state at a date, and since when."""
    found = story.at(as_of)["standing"]
    return found["state"], found["state_since"]


def stopped(story: Story, as_of: str = "2026-12-31") -> list[tuple[str, str, str, str]]:
    """Give kind, subject, amount and nature of money that moved although it was not to."""
    found = story.at(as_of)["findings"].values()
    return sorted(
        (f["kind"], f["subject"], f["amount"], f["nature"]) for f in found if f["kind"] in KINDS
    )


def funded() -> Story:
    """Approve two lines of 100."""
    return Story().budget("100.00").budget("100.00", line="L2")


def test_a_disposition_suspends_from_the_later_of_its_first_days() -> None:
    """Decided on 10 March from the 1st on: nobody could heed it before the 10th."""
    story = decide(funded(), "2026-03-10", "project_suspended", effective_from="2026-03-01")
    assert state(story, "2026-03-09") == ("active", None)
    assert state(story, "2026-03-31") == ("suspended", "2026-03-10")

    story = decide(funded(), "2026-03-10", "project_suspended", effective_from="2026-04-01")
    assert state(story, "2026-03-31") == ("active", None)
    assert state(story, "2026-04-01") == ("suspended", "2026-04-01")


def test_the_latest_fact_of_an_id_says_what_it_is() -> None:
    """Stated anew as an order to correct, it never suspended."""
    story = decide(funded(), "2026-03-10", "project_suspended").pay("5.00", "2026-03-20")
    assert stopped(story, "2026-03-31") == [
        ("spending_while_suspended", "L1", "5.00", "finding"),
    ]

    decide(story, "2026-04-01", "correction_ordered")
    assert state(story, "2026-04-01") == ("active", None)
    assert stopped(story) == []


def test_a_disposition_goes_on_after_a_suspension_that_says_its_last_day() -> None:
    """Suspended until 31 March; decided on that day it holds from 1 April on, until May."""
    story = change(funded(), "2026-03-01", "suspended", until="2026-03-31")
    decide(story, "2026-03-31", "project_suspended")
    assert state(story, "2026-03-31") == ("suspended", "2026-03-01")
    assert state(story, "2026-04-02") == ("suspended", "2026-04-01")

    change(story, "2026-05-01", "suspended", until="2026-05-31")
    assert state(story, "2026-06-01") == ("active", "2026-06-01")


@pytest.mark.parametrize("day", ["2026-03-25", "2026-04-01"])
def test_a_change_of_state_ends_the_waiting(day: str) -> None:
    """By the day after the last day, that day counted; a succession on 31 March does as well."""
    story = change(funded(), "2026-03-01", "suspended", until="2026-03-31")
    decide(story, "2026-03-20", "project_suspended")
    change(story, day, "resumed")
    assert state(story, "2026-04-02") == ("active", day)

    story = change(funded(), "2026-03-01", "suspended", until="2026-03-31")
    succeed(decide(story, "2026-03-20", "project_suspended"), "2026-03-31")
    change(story, "2026-04-10", "resumed")
    assert state(story, "2026-04-11") == ("active", "2026-04-10")


def test_a_change_of_state_after_the_waiting_ends_the_suspension() -> None:
    """The disposition held from 1 April; what changed before it was decided ends nothing."""
    story = change(funded(), "2026-03-01", "suspended")
    change(story, "2026-03-10", "suspended", until="2026-03-31")
    decide(story, "2026-03-20", "project_suspended")
    change(story, "2026-04-02", "resumed")
    assert state(story, "2026-04-01") == ("suspended", "2026-04-01")
    assert state(story, "2026-04-02") == ("active", "2026-04-02")


def test_two_facts_that_say_the_same_are_one_suspension() -> None:
    """Of one day, or without a last day: the disposition changes nothing."""
    story = change(funded(), "2026-03-01", "suspended", until="2026-03-31")
    decide(story, "2026-03-01", "project_suspended")
    assert state(story, "2026-04-01") == ("active", "2026-04-01")

    decide(story, "2026-04-10", "project_suspended", name="CZ2")
    decide(story, "2026-04-20", "project_suspended", name="CZ3")
    assert state(story, "2026-04-21") == ("suspended", "2026-04-10")
    change(story, "2026-05-01", "resumed")
    assert state(story, "2026-05-01") == ("active", "2026-05-01")


def test_what_has_ended_is_not_suspended_later_either() -> None:
    """Decided after the end, before it is resumed."""
    story = change(funded(), "2026-03-01", "terminated")
    decide(story, "2026-03-10", "project_suspended")
    change(story, "2026-03-20", "resumed")
    assert state(story, "2026-03-21") == ("active", "2026-03-20")


def test_a_succession_ends_the_project_after_its_last_day() -> None:
    """Only what starts or resumes it makes it active again; the balance is surplus."""
    story = succeed(funded(), "2026-05-25")
    change(story, "2026-06-01", "suspended")
    decide(story, "2026-06-02", "project_suspended")
    succeed(story, "2026-06-03")

    # On its last day nothing is said yet: of 200 by months all is still planned.
    planned = [story.at(f"2026-05-{day}")["execution"]["forecast"] for day in (25, 26)]
    assert [one["surplus"] for one in planned] == ["0.00", "200.00"]
    assert state(story, "2026-05-25") == ("active", None)
    assert state(story, "2026-06-30") == ("completed", "2026-05-26")
    assert story.at("2026-12-31")["execution"]["forecast"]["surplus"] == "200.00"

    change(story, "2026-07-01", "resumed")
    assert state(story, "2026-07-01") == ("active", "2026-07-01")


def test_money_may_move_on_the_day_of_an_end_but_not_after_a_last_day() -> None:
    """1 on each of four days."""
    days = ("2026-05-24", "2026-05-25", "2026-05-26", "2026-05-27")
    story = succeed(funded(), "2026-05-25")
    for day in days:
        story.pay("1.00", day)
    assert stopped(story) == [("spending_after_end", "L1", "2.00", "finding")]

    story = change(funded(), "2026-05-25", "completed")
    change(story, "2026-05-26", "terminated")
    for day in days:
        story.pay("1.00", day)
    # It had ended before it was terminated.
    assert stopped(story) == [("spending_after_end", "L1", "2.00", "finding")]


def test_a_stop_of_disbursing_is_of_its_line_until_it_is_resumed() -> None:
    """Stopped on L1 from the 10th, on all from the 20th, resumed on all from 1 April on."""
    story = decide(funded(), "2026-03-10", "disbursement_stopped", line="L1")
    decide(story, "2026-03-20", "disbursement_stopped", name="CZ2")
    decide(story, "2026-03-25", "disbursement_resumed", name="CZ3", effective_from="2026-04-01")
    for day in ("2026-03-09", "2026-03-10", "2026-03-20", "2026-03-31", "2026-04-01"):
        story.pay("1.00", day).pay("1.00", day, line="L2").pay("1.00", day, line=None)

    assert stopped(story, "2026-04-30") == [
        ("spending_while_suspended", "L1", "3.00", "finding"),
        ("spending_while_suspended", "L2", "2.00", "finding"),
        # Entries 6 on pay three a day: of 20 March the last names no line.
        ("spending_while_suspended", "entry:14", "2.00", "finding"),
    ]
    assert state(story, "2026-03-20") == ("active", None)


def test_what_is_disbursed_is_told_apart_from_what_is_spent() -> None:
    """30 allocated and 4 given back, a quota of 10; the payment of 5 is spending alone."""
    story = decide(funded(), "2026-03-10", "disbursement_stopped")
    story.tell("funds.disbursed", "2026-03-09", amount="50.00", line="L1")
    story.tell("funds.disbursed", "2026-03-11", amount="30.00", line="L1")
    story.tell("funds.returned", "2026-03-12", amount="4.00", line="L1")
    story.tell(
        "funds.disbursed", "2026-03-13", amount="10.00", line="L1", channel="treasury_payment"
    )
    story.pay("5.00", "2026-03-14")

    assert stopped(story) == [
        ("disbursed_while_stopped", "L1", "36.00", "finding"),
        ("spending_while_suspended", "L1", "5.00", "finding"),
    ]


@pytest.mark.parametrize(
    ("signed", "gone", "on", "nature"),
    [
        ("2026-03-09", None, None, "for_review"),
        ("2026-03-10", None, None, "finding"),
        ("2026-02-01", "released", "2026-03-09", "finding"),
        ("2026-02-01", "released", "2026-03-10", "for_review"),
        ("2026-02-01", "paid", "2026-03-09", "finding"),
        ("2026-02-01", "paid in part", "2026-03-09", "for_review"),
        ("2026-02-01", "paid under another", "2026-03-09", "for_review"),
        ("2026-02-01", "paid on another line", "2026-03-09", "for_review"),
    ],
)
def test_procurement_had_begun_if_something_signed_before_was_still_to_be_paid(
    signed: str, gone: str | None, on: str | None, nature: str
) -> None:
    """Of a suspension that a disposition began the contracts of the line tell it."""
    story = decide(funded(), "2026-03-10", "project_suspended")
    commitment = {"amount": "20.00", "contract": "HT1", "line": "L1"}
    story.tell("commitment.recorded", signed, **commitment)
    if on and gone == "released":
        story.tell("commitment.recorded", on, **commitment, released=True)
    elif on:
        story.pay(
            "19.99" if gone == "paid in part" else "20.00",
            on,
            contract="HT2" if gone == "paid under another" else "HT1",
            line="L2" if gone == "paid on another line" else "L1",
        )
    story.pay("5.00", "2026-03-20")

    assert stopped(story) == [("spending_while_suspended", "L1", "5.00", nature)]


def test_contracts_without_a_line_are_of_every_line_and_those_without_a_name_are_pooled() -> None:
    """30 signed by nobody's name, of which 30 are paid: 10 without a line, 20 on L1."""
    story = decide(funded(), "2026-03-10", "disbursement_stopped")
    story.tell("commitment.recorded", "2026-02-01", amount="30.00")
    story.pay("10.00", "2026-02-02", line=None).pay("20.00", "2026-02-02")
    story.pay("1.00", "2026-03-20").pay("2.00", "2026-03-20", line="L2")

    assert stopped(story) == [
        ("spending_while_suspended", "L1", "1.00", "finding"),
        # Nothing was paid on L2: of L2 and of no line 20 are still to be paid.
        ("spending_while_suspended", "L2", "2.00", "for_review"),
    ]


def test_a_correction_moves_a_commitment_on_its_own_date() -> None:
    """Signed on L2, corrected onto L1 on the day before the stop, or on its first day."""
    for day, nature in (("2026-03-09", "for_review"), ("2026-03-10", "finding")):
        story = funded().tell("commitment.recorded", "2026-02-01", amount="30.00", line="L2")
        story.tell("fact.corrected", day, entry=3, line="L1", reason="列错资金行")
        decide(story, "2026-03-10", "disbursement_stopped").pay("1.00", "2026-03-20")
        assert stopped(story) == [("spending_while_suspended", "L1", "1.00", nature)]


def back(story: Story, amount: str, date: str, **data: Any) -> Story:
    """Give money back."""
    return story.tell("expenditure.reversed", date, **{"amount": amount, "line": "L1"} | data)


def test_what_comes_back_is_taken_off_only_what_went_out_before_in_the_span() -> None:
    """30 of before come back on the 11th and allow nothing; of 8 paid then 3 come back."""
    story = decide(funded().pay("30.00"), "2026-03-10", "disbursement_stopped")
    back(story, "30.00", "2026-03-11").pay("8.00", "2026-03-12")
    assert stopped(story, "2026-03-12") == [("spending_while_suspended", "L1", "8.00", "finding")]
    back(story, "3.00", "2026-03-13")
    assert stopped(story) == [("spending_while_suspended", "L1", "5.00", "finding")]

    # 6 more come back: nothing is left of it; what is paid anew counts from there, by its day.
    back(story, "6.00", "2026-03-14")
    assert stopped(story) == []
    story.pay("4.00", "2026-03-15").pay("1.00", "2026-03-16")
    assert stopped(story) == [("spending_while_suspended", "L1", "5.00", "finding")]
    found = story.at("2026-12-31")["findings"].values()
    assert {f["entry_sequence"] for f in found if f["kind"] in KINDS} == {9}


def test_of_one_day_only_the_net_movement_counts() -> None:
    """On one day 5 come back and 7 are paid, in whichever order."""
    story = decide(funded(), "2026-03-10", "project_suspended")
    back(story, "5.00", "2026-03-11").pay("7.00", "2026-03-11")
    assert stopped(story) == [("spending_while_suspended", "L1", "2.00", "finding")]


@pytest.mark.parametrize(("anew", "amount"), [("2026-04-01", "4.00"), ("2026-04-02", "7.00")])
def test_suspensions_without_a_day_between_are_one(anew: str, amount: str) -> None:
    """7 paid in the first, 3 given back in the second."""
    story = change(funded(), "2026-03-01", "suspended", until="2026-03-31")
    change(story, anew, "suspended")
    back(story.pay("7.00", "2026-03-10"), "3.00", "2026-04-10")
    assert stopped(story) == [("spending_while_suspended", "L1", amount, "finding")]


def test_each_nature_has_a_sum_of_its_own_and_a_suspension_does_not_cut_a_stop() -> None:
    """9 paid and 4 back in the stop; in the suspension 3 paid and 5 back, for review."""
    story = decide(funded(), "2026-03-01", "disbursement_stopped")
    change(story, "2026-03-10", "suspended", until="2026-03-20", procurement_begun=True)
    story.pay("9.00", "2026-03-05").pay("3.00", "2026-03-15")
    back(back(story, "5.00", "2026-03-16"), "4.00", "2026-03-25")
    assert stopped(story) == [("spending_while_suspended", "L1", "5.00", "finding")]


def test_two_stops_are_two_spans() -> None:
    """6 paid in the first, 5 back in the second, then 2 paid; disbursements likewise."""
    story = decide(funded(), "2026-03-01", "disbursement_stopped")
    decide(story, "2026-03-10", "disbursement_resumed", name="CZ2")
    decide(story, "2026-03-20", "disbursement_stopped", name="CZ3")
    back(story.pay("6.00", "2026-03-05"), "5.00", "2026-03-21").pay("2.00", "2026-03-22")
    for kind, day, amount in (
        ("disbursed", "2026-03-05", "60.00"),
        ("returned", "2026-03-21", "50.00"),
        ("disbursed", "2026-03-22", "20.00"),
    ):
        story.tell(f"funds.{kind}", day, amount=amount, line="L2")
    assert stopped(story) == [
        ("disbursed_while_stopped", "L2", "80.00", "finding"),
        ("spending_while_suspended", "L1", "8.00", "finding"),
    ]


@pytest.mark.parametrize(("between", "amount"), [(None, "1.00"), ("resumed", "4.00")])
def test_ends_that_follow_each_other_are_one(between: str | None, amount: str) -> None:
    """4 paid after the completion, 3 back after the termination; or resumed between."""
    story = change(funded(), "2026-03-01", "completed")
    if between:
        change(story, "2026-03-10", between)
    change(story, "2026-03-20", "terminated")
    back(story.pay("4.00", "2026-03-05"), "3.00", "2026-03-25")
    assert stopped(story) == [("spending_after_end", "L1", amount, "finding")]


def test_extended_monitoring_counts_stops_line_by_line() -> None:
    """L1 is stopped, L2 resumed; then all are resumed; then stopped but for L1."""

    def says(as_of: str) -> bool:
        return bool(story.at(as_of)["extended"]["disbursement_stopped"])

    story = decide(funded(), "2026-03-01", "disbursement_stopped", line="L1")
    decide(story, "2026-03-02", "disbursement_resumed", name="CZ2", line="L2")
    assert says("2026-03-02")
    decide(story, "2026-03-03", "disbursement_resumed", name="CZ3")
    assert not says("2026-03-03")
    decide(story, "2026-03-04", "disbursement_stopped", name="CZ4")
    decide(story, "2026-03-05", "disbursement_resumed", name="CZ5", line="L1")
    assert says("2026-03-05")


def test_each_day_is_told_by_one_cause_and_a_line_by_nature() -> None:
    """Stopped from the 10th, suspended with procurement begun from the 20th, ended on the 30th."""
    story = decide(funded(), "2026-03-10", "disbursement_stopped")
    change(story, "2026-03-20", "suspended", procurement_begun=True)
    change(story, "2026-03-30", "terminated")
    for day, amount in (("10", "1.00"), ("20", "2.00"), ("31", "4.00")):
        story.pay(amount, f"2026-03-{day}")
        story.tell("funds.disbursed", f"2026-03-{day}", amount=amount, line="L2")

    assert stopped(story) == [
        ("disbursed_while_stopped", "L2", "2.00", "for_review"),
        ("disbursed_while_stopped", "L2", "5.00", "finding"),
        ("spending_after_end", "L1", "4.00", "finding"),
        ("spending_while_suspended", "L1", "1.00", "finding"),
        ("spending_while_suspended", "L1", "2.00", "for_review"),
    ]
