"""Corrections 更正: domain-rules 4. The total stays; what moves, moves on the correction's date."""

from typing import Any

import pytest

from contracts.codec import decode, encode
from contracts.envelope import AnyEvent
from contracts.events.analysis import Money
from services.analysis.domain import evolve, new_year
from services.analysis.domain.encoding import decode_state, encode_state
from services.analysis.domain.folding import corrections as correction_folds
from services.analysis.domain.folding import flows as flow_folds
from services.analysis.domain.state import Entry, ProjectYear
from services.analysis.store.events import read_hot
from tests.spec.engines import folded
from tests.support.builders import (
    PROJECT,
    adjustment,
    budget,
    carryover,
    commitment,
    disbursement,
    expenditure,
    fund_return,
    jurisdiction,
    payment_request,
    recovery,
    reversal,
    targets,
)
from tests.support.measuring import correction, state_changed

LINES = [jurisdiction(), budget(), budget(line="L2", amount="50.00")]
"""Two entries of the project: what follows is its third."""


def by_line(*events: AnyEvent, as_of: str = "2026-06-30") -> tuple[Money, dict[str, Money]]:
    found = folded([*LINES, *events]).assessment(as_of=as_of).execution
    return found.money, {line.line: line.money for line in found.lines}


def test_a_payment_moves_to_another_line_and_the_total_stays() -> None:
    """On the correction's date; the day before all is as it was stated."""
    events = [expenditure(amount="30.00"), correction(3, line="L2")]
    before, lines_before = by_line(*events, as_of="2026-05-09")
    after, lines_after = by_line(*events, as_of="2026-05-10")

    assert (3_000, 3_000, 0) == (
        before.spent,
        lines_before["L1"].spent,
        lines_before["L2"].spent,
    )
    assert (3_000, 0, 3_000) == (after.spent, lines_after["L1"].spent, lines_after["L2"].spent)
    assert (0, 3_000) == (lines_after["L1"].disbursed, lines_after["L2"].disbursed)


def test_it_moves_within_the_correction_s_month() -> None:
    """Month series of the project do not change."""
    events = [expenditure(amount="30.00"), correction(3, line="L2")]
    found = folded([*LINES, *events]).assessment().execution

    assert (0, 0, 3_000, 0, 0, 0) == found.month_spent


@pytest.mark.parametrize(
    ("event", "figure", "moved"),
    [
        (expenditure(amount="7.00"), "spent", 700),
        (expenditure(amount="7.00", channel="own_funds"), "spent", 700),
        (expenditure(amount="7.00", pay_type="2"), "disbursed", 700),
        (reversal("7.00"), "reversed", 700),
        (reversal("7.00", prior_year=True), "prior_year_refunds", 700),
        (disbursement("7.00"), "disbursed", 700),
        (fund_return("7.00"), "disbursed", -700),
        (commitment("7.00"), "committed", 700),
        (commitment("7.00", released=True, contract="C1"), "committed", -700),
        (payment_request("7.00"), "requested", 700),
        (budget(amount="7.00"), "adjusted_budget", 700),
        (adjustment("supplement", "7.00"), "adjusted_budget", 700),
        (adjustment("cut", "7.00"), "adjusted_budget", -700),
        (adjustment("virement", "7.00", direction="out"), "adjusted_budget", -700),
        (carryover("7.00"), "adjusted_budget", 700),
        (recovery("7.00", date="2026-04-01"), "adjusted_budget", -700),
    ],
)
def test_every_money_fact_can_move(event: AnyEvent, figure: str, moved: int) -> None:
    """In whatever figure it had moved."""
    stated, lines_stated = by_line(event)
    total, lines = by_line(event, correction(3, line="L2"))

    def change(line: str) -> int:
        found: int = getattr(lines[line], figure) - getattr(lines_stated[line], figure)
        return found

    assert getattr(stated, figure) == getattr(total, figure)
    assert (-moved, moved) == (change("L1"), change("L2"))


def test_a_second_correction_moves_from_where_the_first_left_it() -> None:
    """Not from where it was stated."""
    events = [
        budget(line="L3"),
        expenditure(amount="30.00"),
        correction(4, line="L2"),
        correction(4, line="L3", date="2026-05-20"),
    ]
    total, lines = by_line(*events)

    assert (3_000, 0, 0, 3_000) == (
        total.spent,
        *(lines[name].spent for name in ("L1", "L2", "L3")),
    )


def test_what_named_no_line_can_be_given_one() -> None:
    """Then it is no longer without budget."""
    total, lines = by_line(expenditure(line=None, amount="30.00"), correction(3, line="L2"))

    assert (3_000, 3_000) == (total.spent, lines["L2"].spent)


def test_a_contract_moves_with_its_commitment() -> None:
    """What is owed under it is owed on the new line."""
    events = [commitment("40.00", contract="C1"), correction(3, line="L2")]
    _, lines = by_line(*events, expenditure(line="L2", amount="10.00", contract="C1"))

    assert (10_000, 5_000 - 1_000 - 3_000) == (
        lines["L1"].uncommitted_balance,
        lines["L2"].uncommitted_balance,
    )


def test_its_payment_schedule_moves_too() -> None:
    """The standard of the new line from then on (domain-rules 10)."""
    schedule = [{"due": "2026-06-01", "amount": "40.00"}]
    events = [
        commitment("40.00", contract="C1", schedule=schedule),
        correction(3, line="L2"),
    ]
    found = folded([*LINES, *events]).assessment().execution

    assert ["months", "contract"] == [str(line.expected_basis) for line in found.lines]
    assert [5_000, 4_000] == [line.expected_spent for line in found.lines]


def test_unit_account_and_class_of_an_approval_are_what_the_line_is_from_then_on() -> None:
    """Its money does not move."""
    changes: dict[str, Any] = {
        "unit": "U9",
        "account": "government_funds",
        "classification": {"function": "2130305"},
    }
    engine = folded([*LINES, correction(1, **changes)])
    before = engine.assessment(as_of="2026-05-09").execution.lines[0]
    after = engine.assessment(as_of="2026-05-10").execution.lines[0]

    assert ("U1", "general_public", None) == (before.unit, str(before.account), before.function)
    assert ("U9", "government_funds", "2130305") == (after.unit, str(after.account), after.function)
    assert before.money == after.money


def test_what_was_stated_of_a_line_later_stands() -> None:
    """Correcting an earlier approval changes its line no more; correcting it twice does."""
    later = budget(amount="1.00", date="2026-03-01", unit="U5")
    twice = [correction(1, unit="U8"), correction(1, unit="U9")]

    def unit(*events: AnyEvent) -> str:
        return folded([*LINES, *events]).assessment().execution.lines[0].unit

    assert "U5" == unit(later, *twice)
    assert "U9" == unit(*twice)
    assert "U7" == unit(*twice, budget(amount="1.00", date="2026-06-01", unit="U7"))


def test_a_correction_dated_before_its_fact_moves_it_from_the_first() -> None:
    """There was nothing to move before."""
    events = [
        expenditure(amount="30.00", date="2026-03-01"),
        correction(3, "2026-02-01", line="L2"),
    ]
    _, before = by_line(*events, as_of="2026-02-28")
    _, after = by_line(*events, as_of="2026-03-01")

    assert [0, 0] == [before[name].spent for name in ("L1", "L2")]
    assert [0, 3_000] == [after[name].spent for name in ("L1", "L2")]


def test_an_approval_moved_to_an_unknown_line_makes_it_known() -> None:
    """With the terms that it stated. Of the line that it leaves nothing is stated any more."""
    whole, lines = by_line(correction(2, line="L7"))

    assert ["L1", "L7"] == sorted(lines)
    assert (15_000, 5_000) == (whole.adjusted_budget, lines["L7"].adjusted_budget)


def test_the_class_alone_moves_no_money() -> None:
    """The charge moves (domain-rules 17c)."""
    paid = expenditure(amount="30.00", classification={"function": "2130305"})
    plain, _ = by_line(paid)
    moved, _ = by_line(paid, correction(3, classification={"function": "2130306"}))

    assert plain == moved


@pytest.mark.parametrize(
    "stated", [expenditure(amount="30.00"), budget(amount="7.00"), reversal("7.00")]
)
def test_what_was_read_fast_is_corrected_alike(stated: AnyEvent) -> None:
    """The past is folded from entries that are decoded as they are when they arrive."""
    change = correction(
        1, line="L2", unit="U9", account="other_funds", classification={"function": "2130305"}
    )
    slow, fast = new_year(PROJECT, 2026), new_year(PROJECT, 2026)
    raw = encode(stated)
    for year, original in ((slow, decode(raw)), (fast, read_hot(raw, stated.type))):
        evolve(year, Entry(1, 1, 0, original))
        evolve(year, Entry(2, 2, 0, change, original))

    assert fast.corrected
    assert slow == fast


@pytest.mark.parametrize(
    "events",
    [
        [correction(9, line="L2")],
        [targets(), correction(3, line="L2")],
        [expenditure(fiscal_year=2025), correction(3, line="L2")],
        [expenditure(fiscal_year=2025), correction(3, line="L2", fiscal_year=2025)],
        [
            budget(period={"start": "2026-01-01", "end": "2026-12-31"}, amount="5.00"),
            correction(3, line="L2"),
        ],
    ],
    ids=["unknown", "no money", "other year", "all of another year", "own period"],
)
def test_what_cannot_move_is_kept_as_an_entry_only(events: list[AnyEvent]) -> None:
    """Nothing of this year changes; the project goes on."""
    assert by_line(*events[:-1]) == by_line(*events)


def test_what_is_remembered_of_corrections_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first corrected go."""
    monkeypatch.setattr(correction_folds, "CORRECTED_MAX", 2)
    engine = folded(
        [
            *LINES,
            *(expenditure(amount="1.00") for _ in range(3)),
            *(correction(3 + n, line="L2") for n in range(3)),
        ]
    )
    year: ProjectYear = engine.year(PROJECT, 2026)

    assert [4, 5] == list(year.corrected)
    assert 300 == engine.assessment().execution.lines[1].money.spent


SUPPLEMENT = adjustment("supplement", "12.00", date="2026-02-10")


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-04-30", [33_33 + 2_40, 16_67]),
        ("2026-05-31", [41_67, 20_83 + 3_60]),
        ("2026-06-30", [50_00, 25_00 + 4_80]),
        ("2026-12-31", [100_00, 50_00 + 12_00]),
    ],
)
def test_a_supplement_runs_from_its_approval_on_the_line_it_is_moved_to(
    as_of: str, expected: list[int]
) -> None:
    """It was approved in February, whenever it is corrected; its old line expects none of it."""
    engine = folded([*LINES, SUPPLEMENT, correction(3, line="L2")])
    lines = engine.assessment(as_of=as_of).execution.lines

    assert expected == [line.expected_spent for line in lines]


def test_a_supplement_moved_on_and_back_is_as_if_it_had_stayed() -> None:
    """The month of its approval goes along both times."""
    back = [correction(3, line="L2"), correction(3, "2026-06-10", line="L1")]
    stated = folded([*LINES, SUPPLEMENT]).assessment().execution
    moved = folded([*LINES, SUPPLEMENT, *back]).assessment().execution

    assert stated.expected_spent == moved.expected_spent
    assert stated.lines == moved.lines


def test_what_is_remembered_of_moved_supplements_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the earliest months; others run from their correction on."""
    monkeypatch.setattr(flow_folds, "SUPPLEMENT_MONTHS_MAX", 1)
    march = adjustment("supplement", "12.00", date="2026-03-10")
    moved = [correction(3, line="L2"), correction(4, line="L2")]
    engine = folded([*LINES, SUPPLEMENT, march, *moved])
    line = engine.assessment(as_of="2026-06-30").execution.lines[1]

    assert 25_00 + 4_80 + (12_00 * 1 + 3) // 7 == line.expected_spent


def test_moved_supplements_are_kept_whole() -> None:
    """State is stored and read alike, also beyond 64 bits."""
    year = folded([*LINES, SUPPLEMENT, correction(3, line="L2")]).year(PROJECT, 2026)
    for line in year.lines.values():
        for kept in (line.corrections, *line.supplements.values()):
            if kept is not None:
                kept.flows[0] = 2**70

    assert year == decode_state(encode_state(year), ProjectYear)


def test_an_instalment_moved_in_a_suspension_is_no_newer_than_it_was() -> None:
    """Its contract did not know of the suspension (Art. 14(2)): it is not expected on any line."""
    schedule = [{"due": "2026-06-01", "amount": "40.00"}]
    others = [{"due": "2026-03-01", "amount": "5.00"}]
    events = [
        commitment("40.00", contract="C1", schedule=schedule),
        commitment("5.00", contract="C1", schedule=others),
        commitment("5.00", contract="C1", line="L2", schedule=others),
        state_changed("suspended", "2026-04-10"),
        correction(3, line="L2"),
    ]
    lines = folded([*LINES, *events]).assessment().execution.lines

    assert [5_00, 5_00] == [line.expected_spent for line in lines]


def test_a_later_fact_states_the_line_whenever_it_comes() -> None:
    """Before the correction of an earlier one or after it: the latest by date, then by entry."""
    later = budget(amount="1.00", date="2026-03-01", unit="U5")
    same_day = budget(amount="1.00", unit="U5")

    def units(*events: AnyEvent) -> list[str]:
        engine = folded([*LINES, *events])
        days = ("2026-02-28", "2026-04-30", "2026-06-30")
        return [engine.assessment(as_of=day).execution.lines[0].unit for day in days]

    assert ["U1", "U5", "U5"] == units(later, correction(1, unit="U8"))
    assert ["U1", "U5", "U5"] == units(correction(1, unit="U8"), later)
    assert ["U5", "U5", "U5"] == units(correction(1, unit="U8"), same_day)
    assert ["U8", "U5", "U5"] == units(correction(1, "2026-02-10", unit="U8"), later)


def test_the_entry_that_is_later_of_a_day_is_corrected_whenever_the_other_comes() -> None:
    """A correction on the day of a later fact yields to it, though its entry is the younger."""
    older = budget(amount="1.00", date="2026-03-01", unit="U5")
    moved = budget(amount="1.00", date="2026-02-01", unit="U6")
    given = correction(4, "2026-03-01", unit="U8")

    assert "U5" == folded([*LINES, older, moved, given]).assessment().execution.lines[0].unit


def test_what_is_stated_of_a_line_itself_comes_before_what_was_moved_to_it() -> None:
    """Money moved to an unknown line makes it known until something is stated of it."""
    moved = correction(2, line="L7")
    stated = budget(line="L7", amount="1.00", date="2026-03-01", unit="U5")
    lines = folded([*LINES, moved, stated]).assessment().execution.lines

    assert {"L1": "U1", "L7": "U5"} == {line.line: line.unit for line in lines}


def test_a_later_correction_says_more_than_an_earlier_one_whatever_their_dates() -> None:
    """From its own date on, and still when the earlier one's date has come."""
    first, second = correction(1, "2026-05-20", unit="U9"), correction(1, "2026-03-10", unit="U8")
    again = correction(1, "2026-03-10", unit="U9")

    def units(*events: AnyEvent) -> list[str]:
        engine = folded([*LINES, *events])
        days = ("2026-02-28", "2026-04-30", "2026-06-30")
        return [engine.assessment(as_of=day).execution.lines[0].unit for day in days]

    assert ["U1", "U8", "U8"] == units(first, second)
    assert ["U1", "U8", "U9"] == units(second, first)
    assert ["U1", "U9", "U9"] == units(first, again)
