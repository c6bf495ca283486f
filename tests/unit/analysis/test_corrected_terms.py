"""What a line is after corrections 更正, there and back: domain-rules 1, 4."""

from typing import Any, Final

import pytest

from contracts.envelope import AnyEvent
from contracts.events.analysis import LineFigures
from contracts.vocabulary import BudgetAccount, Channel
from services.analysis.domain.folding import flows
from services.analysis.domain.folding.flows import TERMS_OF_A_DAY_MAX
from services.analysis.domain.money.terms import said_by
from services.analysis.domain.state import Line, LineTerms
from tests.spec.engines import folded
from tests.support.builders import (
    PROJECT,
    budget,
    carryover,
    disbursement,
    expenditure,
    jurisdiction,
)
from tests.support.measuring import correction

KNOWN = [jurisdiction(), budget(), budget(line="L2", amount="50.00")]
"""Two entries of the project: what follows is its third."""
CODES: Final = BudgetAccount.GENERAL_PUBLIC, Channel.TREASURY_PAYMENT, None, False, False
"""What else a fact says of a line, as `LineTerms` has it behind the unit."""
ALLOCATED: dict[str, Any] = {"channel": "allocation"}
AT_ONCE: dict[str, Any] = {**ALLOCATED, "allocation_is_expenditure": True}


def line(name: str, *events: AnyEvent, as_of: str = "2026-06-30") -> LineFigures:
    found = folded([*KNOWN, *events]).assessment(as_of=as_of).execution.lines
    return next(each for each in found if each.line == name)


def test_an_approval_that_comes_back_is_as_all_its_corrections_left_it() -> None:
    """Also what one said that had moved it away."""
    away = correction(1, line="L2", unit="U8", classification={"function": "2130305"})
    back = correction(1, "2026-05-20", line="L1", account="government_funds")

    before, after = line("L1", away, back, as_of="2026-05-09"), line("L1", away, back)

    assert ("U1", None, "general_public") == (before.unit, before.function, before.account)
    assert ("U8", "2130305", "government_funds") == (after.unit, after.function, after.account)


def test_a_correction_dated_before_an_earlier_one_says_what_that_one_said_too() -> None:
    """It goes on from where the first left the fact, whatever their dates are."""
    first = correction(1, "2026-05-20", classification={"function": "2130305"})
    second = correction(1, "2026-03-10", unit="U9")

    found = line("L1", first, second, as_of="2026-03-10")

    assert ("U9", "2130305") == (found.unit, found.function)


def test_of_two_facts_moved_to_a_line_nobody_stated_the_first_moved_states_it() -> None:
    """By the dates of their corrections, in whichever order these come."""
    one = correction(1, "2026-05-20", line="L7", unit="U8")
    two = correction(2, "2026-04-20", line="L7", unit="U9")

    assert ["U9", "U9"] == [line("L7", *told).unit for told in ([one, two], [two, one])]
    again = correction(2, "2026-06-01", unit="U5")
    assert ["U9", "U5"] == [
        line("L7", one, two, again, as_of=day).unit for day in ("2026-05-31", "2026-06-01")
    ]


def test_of_two_facts_moved_there_on_one_day_the_first_correction_s_states_it() -> None:
    """Whichever fact is the older."""
    one, two = correction(2, line="L7", unit="U8"), correction(1, line="L7", unit="U9")

    assert "U8" == line("L7", one, two).unit


def test_what_is_stated_of_a_line_comes_before_what_is_moved_there_on_its_day() -> None:
    """Though the fact that is moved is the younger entry."""
    stated = budget(line="L7", amount="1.00", date="2026-05-10", unit="U5")
    moved = budget(amount="2.00", date="2026-02-01", unit="U6")

    assert "U5" == line("L7", stated, moved, correction(4, line="L7")).unit


def test_a_fact_that_moves_on_says_nothing_more_of_the_line_that_it_left() -> None:
    """What it stood before says it again, also if that comes later in the stream."""
    newer = budget(amount="1.00", date="2026-03-05", unit="U9")
    away = correction(3, line="L2")
    older = budget(amount="1.00", date="2026-02-05", unit="U5")

    def unit(*events: AnyEvent, as_of: str = "2026-06-30") -> str:
        return line("L1", newer, *events, as_of=as_of).unit

    assert "U9" == unit(older)
    assert "U1" == unit(away)
    assert "U5" == unit(older, correction(3, line="L2")) == unit(away, older)
    assert "U9" == unit(away, older, as_of="2026-05-09")


def test_a_line_that_all_facts_have_left_is_listed_no_more() -> None:
    """No fact says whose it is. What is still paid from it is over budget."""
    paid = expenditure(amount="7.00", date="2026-05-20")
    engine = folded([*KNOWN, correction(1, line="L2"), paid])

    before, after = engine.assessment(as_of="2026-05-09"), engine.assessment()

    assert ["L1", "L2"] == [each.line for each in before.execution.lines]
    assert ["L2"] == [each.line for each in after.execution.lines]
    assert [("over_budget", "L1", 7_00)] == [
        (found.kind, found.subject, found.amount) for found in after.findings
    ]
    back = correction(1, "2026-05-25", line="L1")
    assert "U1" == line("L1", correction(1, line="L2"), paid, back).unit


def test_where_the_fact_that_was_moved_there_first_moves_on_the_next_states_the_line() -> None:
    """The one that was moved there second; dated before the first's move, from its own day on."""
    told = [
        correction(1, "2026-04-20", line="L7", unit="U8"),
        correction(2, "2026-04-25", line="L7", unit="U9"),
        correction(1, "2026-05-20", line="L3"),
    ]
    on = [line("L7", *told, as_of=day).unit for day in ("2026-05-19", "2026-05-20")]
    assert ["U8", "U9"] == on

    soon = correction(1, "2026-04-22", line="L3")
    on = [line("L7", *told[:2], soon, as_of=day).unit for day in ("2026-04-21", "2026-04-25")]
    assert ["U8", "U9"] == on


def test_a_fact_is_charged_as_the_last_of_its_corrections_by_then_says() -> None:
    """One that is dated before another takes the fact from the line to which that one moves it."""
    there, elsewhere = correction(1, "2026-05-20", line="L7"), correction(1, line="L3")

    lines = folded([*KNOWN, there, elsewhere]).assessment().execution.lines

    assert ["L2", "L3"] == [each.line for each in lines]


def test_the_example_of_the_handbook() -> None:
    """docs/measuring.md, "What a line is"."""
    told = [
        budget(amount="1.00", date="2026-03-05", unit="U9"),
        budget(amount="1.00", date="2026-02-05", unit="U5"),
        correction(1, "2026-01-01", line="L2"),
        correction(3, line="L7"),
        correction(4, "2026-05-12", line="L7"),
        correction(3, "2026-05-20", line="L2"),
    ]
    back = correction(3, "2026-05-11", line="L1")

    def on(date: str, *events: AnyEvent) -> tuple[str | None, str | None]:
        lines = folded([*KNOWN, *told, *events]).assessment(as_of=date).execution.lines
        units = {each.line: each.unit for each in lines}
        return units.get("L1"), units.get("L7")

    assert ("U9", None) == on("2026-05-09")
    assert ("U5", "U9") == on("2026-05-10")
    assert (None, "U9") == on("2026-05-12")
    assert (None, "U5") == on("2026-05-20")
    assert ("U9", None) == on("2026-05-11", back)
    assert ("U9", "U5") == on("2026-05-12", back) == on("2026-05-20", back)


def test_a_payment_is_held_to_what_its_line_was_on_its_day_whatever_has_left_it_since() -> None:
    """Of a day on which no fact said what the line is, to what the first of a later day says."""
    account = "government_funds"
    before, after = (
        expenditure(amount="7.00", date=day, account=account)
        for day in ("2026-05-09", "2026-05-10")
    )

    def diverted(*events: AnyEvent) -> list[int]:
        made = folded([*KNOWN, correction(1, line="L2"), *events]).assessment()
        return [found.amount for found in made.findings if found.kind == "diversion"]

    assert [7_00] == diverted(before)
    assert [] == diverted(after)
    assert [] == diverted(after, budget(amount="1.00", date="2026-06-05", account=account))
    assert [7_00] == diverted(after, budget(amount="1.00", date="2026-06-05"))


def test_a_line_remembers_the_last_facts_of_a_day() -> None:
    """A publisher that repeats itself does not make it grow."""
    again = [budget(amount="0.01", unit=f"U{n}") for n in range(3 * TERMS_OF_A_DAY_MAX)]
    engine = folded([*KNOWN, *again])

    known = engine.year(PROJECT, 2026).lines["L1"].terms

    assert TERMS_OF_A_DAY_MAX == len(known)
    last = [f"U{n}" for n in range(2 * TERMS_OF_A_DAY_MAX, 3 * TERMS_OF_A_DAY_MAX)]
    assert last == [terms.unit for terms in known]
    assert last[-1] == line("L1", *again).unit


def test_one_more_fact_does_not_look_at_all_that_its_line_remembers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A publisher that approves a line day by day does not slow its partition down."""
    known = Line(terms=[LineTerms(day, day, "U1", *CODES) for day in range(1, 1025)])
    asked: list[LineTerms] = []

    def counted(terms: LineTerms) -> tuple[int, int]:
        asked.append(terms)
        return said_by(terms)

    monkeypatch.setattr(flows, "said_by", counted)
    flows.set_terms(known, LineTerms(512, 2000, "U2", *CODES))
    flows.set_terms(known, LineTerms(1025, 2001, "U3", *CODES))

    assert ["U1", "U2", "U1"] == [terms.unit for terms in known.terms[511:514]]
    assert "U3" == known.terms[-1].unit
    assert 100 > len(asked)


def test_an_allocation_is_spent_at_once_as_the_line_says_last() -> None:
    """Restated, the whole of it counts as the line says now, and as it said before at a day before.

    A registered carryover has no word for it: the line stays what its approvals say.
    """
    put_out, paid = disbursement("20.00"), expenditure(amount="7.00", **ALLOCATED)
    at_once = budget(amount="1.00", date="2026-03-05", **AT_ONCE)
    not_so = budget(amount="1.00", date="2026-05-05", **ALLOCATED)
    carried = carryover("1.00", "2026-05-05")

    def spent(*events: AnyEvent) -> list[int]:
        told = [put_out, paid, *events]
        return [line("L1", *told, as_of=day).money.spent for day in ("2026-04-30", "2026-05-31")]

    assert [7_00, 7_00] == spent()
    assert [20_00, 7_00] == spent(at_once, not_so)
    assert [20_00, 20_00] == spent(at_once, carried) == spent(carried, at_once)
    assert [20_00, 7_00] == spent(at_once, carried, not_so)
    assert [7_00, 7_00] == spent(carried)
    assert [20_00, 20_00] == spent(at_once)


def test_a_registered_carryover_takes_nothing_from_a_line_for_which_it_has_no_word() -> None:
    """What it does say it states: its unit, its classes. Of a line of its own it is no."""
    held = budget(line="L7", amount="1.00", date="2026-02-05", unit="U5", undistributed=True)
    carried = carryover("1.00", "2026-03-05", line="L7", unit="U8")
    alone = carryover("1.00", "2026-03-05", line="L8", unit="U8")
    given = budget(line="L7", amount="1.00", date="2026-04-05", unit="U5")

    def of(name: str, *events: AnyEvent, as_of: str = "2026-06-30") -> tuple[str, bool]:
        found = line(name, held, carried, alone, *events, as_of=as_of)
        return found.unit, found.undistributed

    assert ("U5", True) == of("L7", as_of="2026-03-04")
    assert ("U8", True) == of("L7", as_of="2026-03-05") == of("L7", given, as_of="2026-04-04")
    assert ("U5", False) == of("L7", given)
    assert ("U8", False) == of("L8")


def test_the_handbook_s_example_of_what_a_carryover_has_no_word_for() -> None:
    """docs/measuring.md, "What a line is"."""
    put_out = disbursement("20.00", "2026-03-20", line="L9")
    paid = expenditure(amount="7.00", date="2026-04-20", line="L9", **ALLOCATED)
    first = budget(line="L9", amount="1.00", date="2026-03-05", undistributed=True, **AT_ONCE)
    carried = carryover("1.00", "2026-05-05", line="L9", unit="U8")
    given = budget(line="L9", amount="1.00", date="2026-06-05")
    alone = carryover("1.00", "2026-03-05", line="L9", unit="U8")

    def on(date: str, *events: AnyEvent) -> tuple[str, int, bool]:
        found = line("L9", put_out, paid, *events, as_of=date)
        return found.unit, found.money.spent, found.expected_spent is not None

    told = first, carried, given
    assert ("U1", 20_00, False) == on("2026-05-04", *told)
    assert ("U8", 20_00, False) == on("2026-05-05", *told)
    assert ("U1", 7_00, True) == on("2026-06-05", *told)
    assert ("U8", 7_00, True) == on("2026-06-05", alone)


def test_where_the_approval_moves_on_nothing_says_what_the_carryover_has_no_word_for() -> None:
    """It takes its words with it to the line to which it is moved."""
    held = budget(line="L7", amount="1.00", date="2026-02-05", undistributed=True)
    carried = carryover("1.00", "2026-03-05", line="L7", unit="U8")
    other = carryover("1.00", "2026-03-05", line="L8", unit="U9")
    told = held, carried, other, correction(3, line="L8")

    def both(as_of: str) -> list[tuple[str, bool]]:
        return [
            (known.unit, known.undistributed)
            for known in (line(name, *told, as_of=as_of) for name in ("L7", "L8"))
        ]

    assert [("U8", True), ("U9", False)] == both("2026-05-09")
    assert [("U8", False), ("U9", True)] == both("2026-05-10")


def test_what_moves_is_spent_as_the_line_says_that_it_is_charged_to() -> None:
    """An allocation is spent at once on the one line, the unit's own payment on the other."""
    restated = budget(amount="1.00", date="2026-02-05", **AT_ONCE)
    told = [
        restated,
        disbursement("20.00"),
        expenditure(amount="7.00", **ALLOCATED),
        correction(4, line="L2"),
        correction(5, line="L2"),
    ]

    before = [line(name, *told, as_of="2026-05-09").money for name in ("L1", "L2")]
    after = [line(name, *told).money for name in ("L1", "L2")]

    assert [(20_00, 20_00), (0, 0)] == [(money.spent, money.disbursed) for money in before]
    assert [(0, 0), (7_00, 20_00)] == [(money.spent, money.disbursed) for money in after]
