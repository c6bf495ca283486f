"""Why: the entries of a figure, summing exactly to it."""

import datetime as dt

import pytest

from contracts.vocabulary import fen_to_wire, wire_to_fen
from services.analysis.domain import FIGURES, UnknownFigureError, explain
from services.analysis.domain.why.explanation import MOVED_NOTHING
from tests.spec.engines import folded
from tests.support.builders import (
    PROJECT,
    adjustment,
    budget,
    carryover,
    commitment,
    day_opened,
    disbursement,
    expenditure,
    jurisdiction,
    payment_request,
    plan,
    progress,
    project,
    reversal,
    target,
    targets,
)
from tests.support.measuring import correction, parameters

COMPONENTS = (
    "carryover",
    "supplement",
    "passed_down",
    "budget_cut",
    "recovered",
    "virement",
    "distributed",
)
TODAY = dt.date(2026, 6, 30)
DOCUMENT = {"kind": "payment_certificate", "number": "P-1", "line": "2"}


def test_an_entry_is_told_with_all_that_a_reader_needs_to_find_it() -> None:
    """Number, position, document, reason; the amount with its sign."""
    engine = folded(
        [
            jurisdiction(),
            project(),
            budget(),
            expenditure(amount="50.00", document=DOCUMENT, unit="U7", event_id="pay"),
            reversal("8.00", reason="退票", event_id="back"),
        ]
    )
    why = engine.why("spent")
    paid, back = why.entries

    assert ("spent", "42.00", "42.00") == (why.figure, why.value, why.sum)
    assert (3, 4, "pay", "50.00", "L1", "U7", DOCUMENT) == (
        paid.sequence,
        paid.position,
        paid.event_id,
        paid.amount,
        paid.line,
        paid.unit,
        paid.document,
    )
    assert ("back", "-8.00", "退票", dt.date(2026, 3, 10)) == (
        back.event_id,
        back.amount,
        back.note,
        back.date,
    )


EVERYTHING = [
    jurisdiction(),
    budget(),
    budget(amount="9.00", line="L2", allocation_is_expenditure=True),
    budget(amount="7.00", line="L3", period={"start": "2026-04-01", "end": "2027-03-31"}),
    budget(amount="6.00", line="L4", origin="carryover"),
    carryover("5.00"),
    adjustment("supplement", "4.00"),
    adjustment("cut", "3.00"),
    adjustment("virement", "2.00", direction="out"),
    commitment("11.00"),
    commitment("1.00", released=True),
    payment_request("13.00"),
    disbursement("17.00"),
    disbursement("19.00", line="L2"),
    disbursement("1.00", line="L2", returned=True),
    disbursement("2.00", channel="treasury_payment"),
    expenditure(amount="23.00"),
    expenditure(amount="29.00", channel="allocation"),
    expenditure(amount="31.00", channel="allocation", line="L2"),
    expenditure(amount="37.00", channel="own_funds", line=None),
    reversal("3.00"),
    reversal("2.00", channel="allocation"),
    reversal("1.00", channel="allocation", line="L2"),
    reversal("41.00", prior_year=True),
    expenditure(amount="99.00", date="2026-12-01"),
    expenditure(amount="99.00", fiscal_year=2025),
]


@pytest.mark.parametrize("figure", FIGURES)
def test_contributions_sum_to_the_figure(figure: str) -> None:
    """Every money figure, of a project with every kind of fact."""
    engine = folded(EVERYTHING)
    why = engine.why(figure)
    money = engine.assessment().execution.money
    components = {
        name: getattr(money.components, name.removeprefix("budget_")) for name in COMPONENTS
    }
    shown = {"original_budget": money.components.original, **components}.get(figure)

    assert fen_to_wire(getattr(money, figure) if shown is None else shown) == why.value == why.sum
    assert why.entries or figure in COMPONENTS


@pytest.mark.parametrize("figure", [*FIGURES, "expected_spent"])
def test_contributions_of_each_line_sum_to_its_figure(figure: str) -> None:
    """Line by line, the money that names none too; together they are the project's.

    Only what is owed under contracts is not the sum of its lines: it is pooled.
    """
    engine = folded(EVERYTHING)
    entries, jurisdiction_ = engine.entries[PROJECT], engine.jurisdiction(PROJECT)
    found = []
    for line in engine.year(PROJECT, 2026).lines:
        why = explain(jurisdiction_, entries, 2026, figure, dt.date(2026, 6, 30), line)
        assert why.value == why.sum
        found.append(wire_to_fen(why.value or "0.00"))

    assert figure == "uncommitted_balance" or wire_to_fen(engine.why(figure).value or "") == sum(
        found
    )


def test_what_is_expected_is_explained_by_what_fell_due() -> None:
    """Month by month without a plan; by the plan's periods and its entry with one."""
    months = folded([jurisdiction(), budget(amount="100.00")]).why("expected_spent")
    planned = folded(
        [
            jurisdiction(),
            budget(amount="100.00"),
            plan([("2026-01-01", "2026-03-31", "30.00"), ("2026-04-01", "2026-12-31", "70.00")]),
        ]
    ).why("expected_spent")

    assert ("50.00", "50.00") == (months.value, months.sum)
    assert ["8.33", "8.34", "8.33", "8.33", "8.34", "8.33"] == [p.amount for p in months.parts]
    assert {"months"} == {part.kind for part in months.parts}
    assert {"adjusted_budget"} == {part.rests_on for part in months.parts}
    assert [("plan", dt.date(2026, 3, 31), "30.00", [2])] == [
        (part.kind, part.date, part.amount, part.sequences) for part in planned.parts
    ]
    assert [2] == [entry.sequence for entry in planned.entries]


def test_what_several_plans_expect_names_the_plan_that_says_each_part() -> None:
    """A part is what falls due on a day; its entry states the period that ends on it."""
    first = plan([("2026-01-01", "2026-03-31", "30.00")], plan_id="A")
    rest = plan([("2026-04-01", "2026-12-31", "70.00")], plan_id="B")
    later = plan([("2026-04-01", "2026-06-30", "25.00")], "2026-04-10", plan_id="C")
    last = plan([("2026-07-01", "2026-12-31", "45.00")], "2026-04-10", plan_id="D")
    known = [jurisdiction(), budget(amount="100.00"), first, rest, later, last]
    why = folded(known).why("expected_spent")

    assert ("55.00", "55.00") == (why.value, why.sum)
    assert [("2026-03-31", "30.00", [2]), ("2026-06-30", "25.00", [4])] == [
        (str(part.date), part.amount, part.sequences) for part in why.parts
    ]
    assert [2, 4] == [entry.sequence for entry in why.entries]


def test_a_share_that_moves_on_a_day_without_an_end_rests_on_all_plans() -> None:
    """From 1 July undistributed money has its share of what fell due before."""
    first = plan([("2026-01-01", "2026-06-30", "30.00")], plan_id="A")
    rest = plan([("2026-07-01", "2026-12-31", "70.00")], plan_id="B")
    lines = [budget(), budget(line="L2", undistributed=True)]
    late = parameters(undistributed_judged_from="07-01")
    why = folded([jurisdiction(), late, *lines, first, rest]).why(
        "expected_spent", as_of="2026-07-01"
    )

    assert ("30.00", "30.00") == (why.value, why.sum)
    assert [
        ("2026-06-30", "L1", "30.00", [3]),
        ("2026-07-01", "L1", "-15.00", [3, 4]),
        ("2026-07-01", "L2", "15.00", [3, 4]),
    ] == [(str(part.date), part.line, part.amount, part.sequences) for part in why.parts]


def test_attainment_is_explained_by_what_each_judged_indicator_adds() -> None:
    """Points that sum to the rate exactly, each with its result."""
    engine = folded(
        [
            jurisdiction(),
            targets(target("K1", "100"), target("K2", "100"), target("K3", "100")),
            progress("40", indicator="K1"),
            progress("50", indicator="K2"),
            progress("20", indicator="K3", event_id="last"),
        ]
    )
    why = engine.why("attainment_rate_bp")
    rate = engine.assessment().attainment.attainment_rate_bp

    assert str(rate) == why.value == why.sum
    assert rate == sum(part.points_bp or 0 for part in why.parts)
    assert ["K1", "K2", "K3"] == [part.label for part in why.parts]
    assert "last" in {entry.event_id for entry in why.entries}


def test_a_finding_is_explained_by_both_figures_and_names_its_entry() -> None:
    """Over budget: what was spent less what was given; one entry brought it about."""
    engine = folded(
        [
            jurisdiction(),
            budget(amount="50.00"),
            expenditure(amount="40.00", date="2026-02-01"),
            expenditure(amount="30.00", date="2026-03-01", event_id="too_much"),
        ]
    )
    why = engine.why("finding:over_budget:L1")

    assert ("20.00", "20.00") == (why.value, why.sum)
    assert ["-50.00", "40.00", "30.00"] == [entry.amount for entry in why.entries]
    assert ["too_much"] == [entry.event_id for entry in why.entries if entry.caused]


def test_an_entry_that_came_after_its_day_had_ended_is_marked_late() -> None:
    """Late is what a later opened day preceded on the ledger."""
    engine = folded(
        [
            jurisdiction(),
            budget(),
            expenditure(amount="1.00", date="2026-03-10", event_id="in_time"),
            day_opened("2026-03-11"),
            expenditure(amount="2.00", date="2026-03-11", event_id="same_day"),
            expenditure(amount="3.00", date="2026-03-10", event_id="late"),
        ]
    )

    assert {"in_time": False, "same_day": False, "late": True} == {
        entry.event_id: entry.late for entry in engine.why("spent").entries
    }


def test_what_is_foreseen_is_what_is_spent_and_what_the_method_adds() -> None:
    """The entries and one part sum to the point."""
    engine = folded([jurisdiction(), budget(amount="100.00"), expenditure(amount="20.00")])
    why = engine.why("forecast")
    outlook = engine.assessment().execution.forecast

    assert outlook is not None
    assert fen_to_wire(outlook.point) == why.value == why.sum
    amounts = [why.entries[0].amount, why.parts[0].amount]
    assert outlook.point == sum(wire_to_fen(amount or "") for amount in amounts)


def test_what_a_quota_covers_is_told_with_nothing_and_why() -> None:
    """Every entry is shown; what is counted with the quota adds nothing again."""
    given = {"channel": "treasury_payment"}
    why = folded(
        [
            jurisdiction(),
            budget(),
            disbursement("50.00", date="2026-02-10", **given),
            disbursement("10.00", date="2026-02-11", returned=True, **given),
            expenditure(amount="30.00", date="2026-03-01", pay_type="2", purpose="材料"),
            expenditure(amount="7.00", date="2026-03-02", pay_type="1"),
            expenditure(amount="25.00", date="2026-03-03", pay_type="2"),
            reversal("9.00", date="2026-03-10", reason="退票"),
        ]
    ).why("disbursed")
    covered = "授权支付额度内: counted with the quota"

    assert [
        ("50.00", ""),
        ("-10.00", ""),
        ("0.00", f"材料; {covered}"),
        ("7.00", ""),
        ("15.00", covered),
        ("-9.00", "退票"),
    ] == [(entry.amount, entry.note) for entry in why.entries]
    assert ("53.00", "53.00") == (why.value, why.sum)


def test_more_quota_returned_than_given_is_told_with_nothing() -> None:
    """It is not below zero; the entry is shown."""
    why = folded(
        [jurisdiction(), budget(), disbursement("5.00", channel="treasury_payment", returned=True)]
    ).why("disbursed")

    assert ("0.00", "0.00", ["0.00"]) == (why.value, why.sum, [e.amount for e in why.entries])
    assert why.entries[0].note


def test_an_allocation_is_spending_only_on_the_line_that_says_so() -> None:
    """One that names no line is none of its."""
    facts = [jurisdiction(), budget(allocation_is_expenditure=True)]
    named, unnamed = disbursement("19.00"), disbursement("5.00", line=None)

    why = folded([*facts, named, unnamed]).why("spent")

    assert ("19.00", "19.00") == (why.value, why.sum)


def test_an_indicator_is_explained_by_the_result_that_counts() -> None:
    """Not by those it replaced."""
    engine = folded(
        [
            jurisdiction(),
            targets(),
            progress("40", date="2026-05-31"),
            progress("50", event_id="result", note="月报"),
        ]
    )
    why = engine.why("indicator:K1")
    (result,) = why.entries

    assert ("50", "50", "result", "50", None, "月报") == (
        why.value,
        why.sum,
        result.event_id,
        result.value,
        result.amount,
        result.note,
    )


def test_an_indicator_without_result_has_no_entries() -> None:
    """Not reported is its own answer."""
    why = folded([jurisdiction(), targets()]).why("indicator:K1")

    assert (None, None, []) == (why.value, why.sum, why.entries)


def test_a_result_in_words_is_told_as_written() -> None:
    """Text stays text."""
    why = folded([targets(target("K1", None, value_kind="text")), progress(None, grade="met")]).why(
        "indicator:K1"
    )

    assert "见说明" == why.value


@pytest.mark.parametrize("figure", ["balance_of_power", "", "indicator:", "indicator:K9"])
def test_an_unknown_figure_is_said_to_be_unknown(figure: str) -> None:
    """For a 404, never a 500."""
    with pytest.raises(UnknownFigureError):
        folded([jurisdiction(), targets()]).why(figure)


CORRECTED = [
    jurisdiction(),
    budget(amount="100.00"),
    budget(amount="80.00", line="L2", allocation_is_expenditure=True),
    budget(amount="60.00", line="L3"),
    disbursement("20.00", date="2026-02-02", channel="treasury_payment"),
    expenditure(amount="23.00", date="2026-03-01", pay_type="2", contract="C1"),
    disbursement("19.00", date="2026-03-02"),
    commitment("31.00", contract="C1"),
    commitment("7.00"),
    reversal("3.00"),
    payment_request("13.00"),
    adjustment("supplement", "4.00"),
    correction(5, line="L3", date="2026-04-20"),
    correction(5, line="L2", date="2026-05-20"),
    correction(6, line="L2", date="2026-05-21"),
    correction(7, line="L3", date="2026-05-22"),
    correction(9, line=None, unit="U9", date="2026-05-23"),
    correction(11, line="L2", date="2026-05-24"),
    correction(4, line="L3", date="2026-05-25"),
]


@pytest.mark.parametrize("as_of", ["2026-04-19", "2026-04-30", "2026-06-30"])
@pytest.mark.parametrize("figure", FIGURES)
def test_what_corrections_move_is_told_on_both_lines(figure: str, as_of: str) -> None:
    """Twice for one entry, of a quota, a contract, the budget: each line still sums exactly."""
    engine = folded(CORRECTED)
    entries, known = engine.entries[PROJECT], engine.jurisdiction(PROJECT)
    day = dt.date.fromisoformat(as_of)
    whole = explain(known, entries, 2026, figure, day)

    assert whole.value == whole.sum
    for line in engine.year(PROJECT, 2026).lines:
        why = explain(known, entries, 2026, figure, day, line)
        assert why.value == why.sum, line


def test_a_correction_takes_from_one_line_and_gives_to_the_other() -> None:
    """Both under the correction's own entry and date."""
    facts = [jurisdiction(), budget(), budget(line="L2"), expenditure(amount="30.00")]
    why = folded([*facts, correction(3, line="L2")]).why("spent")

    assert [(3, "L1", "30.00"), (4, "L1", "-30.00"), (4, "L2", "30.00")] == [
        (entry.sequence, entry.line, entry.amount) for entry in why.entries
    ]
    assert ("30.00", "30.00") == (why.value, why.sum)


@pytest.mark.parametrize("figure", ["spent", "adjusted_budget", "uncommitted_balance"])
def test_a_correction_that_moves_nothing_says_so(figure: str) -> None:
    """Of what has no money, of another year, or for a period of its own; from its date on."""
    period = {"start": "2026-01-01", "end": "2026-12-31"}
    engine = folded(
        [
            jurisdiction(),
            budget(),
            targets(target()),
            budget(amount="5.00", period=period),
            expenditure(amount="7.00", line="L2"),
            correction(2, "2026-04-10", line="L2"),
            correction(3, "2026-04-11", line="L3"),
            correction(4, "2026-04-12", line="L1"),
        ]
    )
    why = engine.why(figure)
    of_line = explain(
        engine.jurisdiction(PROJECT), engine.entries[PROJECT], 2026, figure, TODAY, "L2"
    )

    assert [(5, "0.00", "L2"), (6, "0.00", "L3")] == [
        (one.sequence, one.amount, one.line) for one in why.entries if MOVED_NOTHING in one.note
    ]
    assert why.sum == why.value
    assert [5] == [one.sequence for one in of_line.entries if MOVED_NOTHING in one.note]
    assert not any(
        MOVED_NOTHING in one.note for one in engine.why(figure, as_of="2026-04-09").entries
    )
