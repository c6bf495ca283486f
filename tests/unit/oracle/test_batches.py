"""What balances within a batch number, and documents, reckoned by hand (domain-rules 2, 4)."""

import datetime as dt
from typing import Any

from tests.oracle.batches import compare_batches, compare_documents, unbalanced
from tests.oracle.report import UNDECIDED, Report
from tests.unit.oracle.facts import Story

NAME = (2026, "virement", "TJ-1")


def side(story: Story, direction: str, amount: str, **more: Any) -> Story:
    """State one side of a virement."""
    known = {"line": "L1", "adjustment_kind": "virement", "batch_number": "TJ-1"}
    return story.tell(
        "budget.adjusted", "2026-05-06", direction=direction, amount=amount, **(known | more)
    )


def open_day(story: Story, day: int) -> None:
    """Open a day of May."""
    story.jurisdiction.days.append(dt.date(2026, 5, day))


class Desk:
    """An intake that answers what it is given."""

    def __init__(self, items: list[dict[str, Any]], behind: int = 0) -> None:
        self._items, self._behind = items, behind

    def get(self, _: str, **__: Any) -> dict[str, Any]:
        """Give the head of the list."""
        return {"behind": self._behind}

    def pages(self, _: str, *, state: str, **__: Any) -> list[dict[str, Any]]:
        """Give what is in a state."""
        return [item for item in self._items if item["state"] == state]


def test_a_batch_is_settling_until_the_next_day_and_then_work_until_it_balances() -> None:
    """60 of 100 came; the day it left its balance is told, and with 40 more it is gone."""
    story = side(Story(), "out", "1.00", batch_number="TJ-0")
    assert unbalanced(story.jurisdiction)[2026, "virement", "TJ-0"]["since"] is UNDECIDED
    side(story, "in", "1.00", batch_number="TJ-0")
    open_day(story, 6)
    side(side(story, "out", "100.00"), "in", "60.00")
    side(story, "out", "7.00", adjustment_kind="cut", batch_number="TJ-2")
    stated = {
        "state": "settling",
        "amount_in": "60.00",
        "amount_out": "100.00",
        "difference": "-40.00",
        "sides": 2,
        "since": "2026-05-06",
    }
    assert unbalanced(story.jurisdiction) == {NAME: stated}

    open_day(story, 7)
    assert unbalanced(story.jurisdiction) == {NAME: stated | {"state": "unbalanced"}}

    side(story, "in", "40.00")
    assert unbalanced(story.jurisdiction) == {}

    open_day(story, 8)
    side(story, "in", "0.01")
    assert unbalanced(story.jurisdiction)[NAME]["since"] == "2026-05-08"


def test_the_lists_of_the_desk_are_compared_once_all_is_counted() -> None:
    """Field by field; what is missing differs, and what is still counted is undecided."""
    story = Story()
    open_day(story, 6)
    side(story, "out", "100.00")
    item = {"fiscal_year": 2026, "kind": "virement", "batch_number": "TJ-1"}
    shown = unbalanced(story.jurisdiction)[NAME] | item
    report = Report()
    for items, behind in (([shown], 0), ([shown | {"sides": 2}], 0), ([], 0), ([], 9)):
        compare_batches(story.jurisdiction, Desk(items, behind), report)  # type: ignore[arg-type]

    assert report.differing == {"intake.batches.sides": 1, "intake.batches.listed": 1}
    assert report.compared["intake.batches (undecided)"] == 1


def test_two_facts_of_one_document_differ() -> None:
    """Lines of one number are documents of their own, and so are those of another year."""
    paper = {"kind": "payment_certificate", "number": "D1"}
    story = Story().pay("1.00", document=paper).pay("1.00", document=paper | {"line": "2"})
    story.pay("1.00", document=paper, fiscal_year=2025)
    report = Report()
    compare_documents(story.jurisdiction, report)
    assert report.equal

    story.pay("2.00", document=paper)
    compare_documents(story.jurisdiction, report)
    assert report.differing == {"intake.document_once": 1}
