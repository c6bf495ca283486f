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


def test_two_facts_that_say_the_same_are_one_suspension() -> None:
    """On its last day the project is suspended already: the disposition changes nothing."""
    story = change(funded(), "2026-03-01", "suspended", until="2026-03-31")
    decide(story, "2026-03-31", "project_suspended")
    assert state(story, "2026-04-01") == ("active", "2026-04-01")

    decide(story, "2026-04-01", "project_suspended", name="CZ2")
    assert state(story, "2026-04-02") == ("suspended", "2026-04-01")
    change(story, "2026-05-01", "suspended", until="2026-05-31")
    assert state(story, "2026-06-01") == ("active", "2026-06-01")


def test_a_succession_ends_the_project_after_its_last_day() -> None:
    """Only what starts or resumes it makes it active again; the balance is surplus."""
    story = succeed(funded(), "2026-05-25")
    change(story, "2026-06-01", "suspended")
    decide(story, "2026-06-02", "project_suspended")
    succeed(story, "2026-06-03")

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
    ("signed", "released", "nature"),
    [
        ("2026-03-09", None, "for_review"),
        ("2026-03-10", None, "finding"),
        ("2026-02-01", "2026-03-09", "finding"),
        ("2026-02-01", "2026-03-10", "for_review"),
    ],
)
def test_procurement_had_begun_if_more_was_committed_than_released_before(
    signed: str, released: str | None, nature: str
) -> None:
    """Of a suspension that a disposition began the contracts of the line tell it."""
    story = decide(funded(), "2026-03-10", "project_suspended")
    story.tell("commitment.recorded", signed, amount="20.00", contract="HT1")
    if released:
        story.tell(
            "commitment.recorded",
            released,
            amount="20.00",
            contract="HT1",
            released=True,
            line="L1",
        )
    story.pay("5.00", "2026-03-20")

    assert stopped(story) == [("spending_while_suspended", "L1", "5.00", nature)]


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
