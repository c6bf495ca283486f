"""第十四条(二): what was paid while it was forbidden stays paid, however it is corrected."""

from typing import Any

import pytest

from contracts.envelope import AnyEvent
from contracts.vocabulary import fen_to_wire
from tests.spec.engines import Engine
from tests.support.builders import budget, disbursement, expenditure, jurisdiction, project
from tests.support.measuring import correction, state_changed
from tests.support.watching import disposition

title = "Corrections do not hide money that moved while it was stopped"

BEFORE = [
    jurisdiction(),
    project(),
    budget(amount="120.00"),
    budget(line="L2", amount="50.00"),
    disposition("disbursement_stopped", date="2026-03-15"),
]
"""Four entries of the project: the payment is its fifth."""
PAID = 5
DAY = "2026-04-20"
PAYMENT = expenditure(amount="4.00", date=DAY)
CLASS: dict[str, Any] = {"classification": {"function": "2130306"}}
CORRECTIONS: dict[str, list[AnyEvent]] = {
    "never": [],
    "on its day": [correction(PAID, DAY, line="L2")],
    "before it": [correction(PAID, "2026-03-20", line="L2")],
    "later": [correction(PAID, "2026-05-20", line="L2")],
    "there and back on its day": [
        correction(PAID, DAY, line="L2"),
        correction(PAID, DAY, line="L1"),
    ],
    "there on its day, back later": [
        correction(PAID, DAY, line="L2"),
        correction(PAID, "2026-05-20", line="L1"),
    ],
    "of its class": [correction(PAID, DAY, **CLASS)],
    "of line and class": [correction(PAID, DAY, line="L2", **CLASS)],
}
Said = list[tuple[str, str, str, int]]


def said(engine: Engine, *events: AnyEvent) -> Said:
    """Give what is found of stopped money: kind, subject, amount, entry."""
    engine.given(*BEFORE, *events)
    return [
        (str(found.kind), found.subject, fen_to_wire(found.amount), found.entry_sequence)
        for found in engine.assessment(as_of="2026-06-30").findings
        if str(found.kind) != "diversion"
    ]


@pytest.mark.parametrize("corrected", CORRECTIONS.values(), ids=CORRECTIONS)
def test_a_payment_is_found_on_its_own_line_and_day(
    engine: Engine, corrected: list[AnyEvent]
) -> None:
    """Named by itself, not by what corrected it."""
    found = said(engine, PAYMENT, *corrected)

    assert [("spending_while_suspended", "L1", "4.00", PAID)] == found


@pytest.mark.parametrize("corrected", CORRECTIONS.values(), ids=CORRECTIONS)
def test_so_it_is_after_the_end(engine: Engine, corrected: list[AnyEvent]) -> None:
    """An end comes before a stop; its fact comes after the corrections here."""
    found = said(engine, PAYMENT, *corrected, state_changed("completed", "2026-03-31"))

    assert [("spending_after_end", "L1", "4.00", PAID)] == found


@pytest.mark.parametrize("corrected", CORRECTIONS.values(), ids=CORRECTIONS)
def test_so_is_what_is_disbursed(engine: Engine, corrected: list[AnyEvent]) -> None:
    """It has no class to be corrected, but a line."""
    found = said(engine, disbursement("4.00", DAY), *corrected)

    assert [("disbursed_while_stopped", "L1", "4.00", PAID)] == found


AT_ONCE = budget(
    amount="0.00", date="2026-01-25", channel="allocation", allocation_is_expenditure=True
)
ELSEWHERE = budget(
    line="L2", amount="0.00", date="2026-01-25", channel="allocation",
    allocation_is_expenditure=True,
)  # fmt: skip


@pytest.mark.parametrize("corrected", CORRECTIONS.values(), ids=CORRECTIONS)
@pytest.mark.parametrize(
    ("line", "kind"), [("L1", "spending_while_suspended"), ("L2", "disbursed_while_stopped")]
)
def test_an_allocation_is_what_it_was_on_its_own_line(
    engine: Engine, corrected: list[AnyEvent], line: str, kind: str
) -> None:
    """Spending if that line says so, though it is moved to or from one that does not."""
    terms = AT_ONCE if line == "L1" else ELSEWHERE
    moved = [
        one.model_copy(update={"data": one.data.model_copy(update={"entry": PAID + 1})})
        for one in corrected
    ]
    found = said(engine, terms, disbursement("4.00", DAY, channel="allocation"), *moved)

    assert [(kind, "L1", "4.00", PAID + 1)] == found


def test_what_others_paid_on_the_day_of_a_correction_names_them(engine: Engine) -> None:
    """The day's last payment, not the correction that came after it."""
    other = expenditure(amount="1.00", date="2026-05-20")
    found = said(engine, PAYMENT, other, correction(PAID, "2026-05-20", line="L2"))

    assert [("spending_while_suspended", "L1", "5.00", PAID)] == found


def test_a_payment_moved_onto_a_line_whose_money_moved_adds_nothing_there(engine: Engine) -> None:
    """It was not paid there."""
    other = expenditure(line="L2", amount="1.00", date=DAY)
    found = said(engine, PAYMENT, other, correction(PAID, DAY, line="L2"))

    assert [
        ("spending_while_suspended", "L1", "4.00", PAID),
        ("spending_while_suspended", "L2", "1.00", PAID + 1),
    ] == found
