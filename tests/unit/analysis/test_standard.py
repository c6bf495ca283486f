"""The whole order of standards: domain-rules 10, and what a standstill does to it (Art. 14(2))."""

from typing import Any

import pytest

from contracts.envelope import AnyEvent
from contracts.events.analysis import Execution
from contracts.vocabulary import ExpectedBasis
from services.analysis.domain.execution.standard import expected_spending, planned_values
from services.analysis.domain.money.commitments import committed_due
from services.analysis.domain.snapshot import Snapshot, snapshot
from tests.spec.engines import PureEngine, folded
from tests.support.builders import (
    PROJECT,
    adjustment,
    budget,
    carryover,
    commitment,
    day,
    expenditure,
    jurisdiction,
    plan,
    project,
    reversal,
)
from tests.support.measuring import parameters, standard, state_changed

CONSTRUCTION = project(project_class="construction")
PROFILE = [0, 0, 500, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 9_000, 10_000]
TABLE = [500, 1_000, 2_500, 3_000, 4_000, 5_800, 6_500, 7_000, 7_500, 8_000, 9_000, 10_000]
QUARTERS = [
    ("2026-01-01", "2026-03-31", "10.00"),
    ("2026-04-01", "2026-06-30", "20.00"),
    ("2026-07-01", "2026-09-30", "30.00"),
    ("2026-10-01", "2026-12-31", "40.00"),
]


def schedule(*dues: tuple[str, str]) -> list[dict[str, str]]:
    return [{"due": due, "amount": amount} for due, amount in dues]


HALVES = schedule(("2026-05-31", "40.00"), ("2026-11-30", "50.00"))


def execution(*events: AnyEvent, as_of: str = "2026-06-30", start: str = "01-01") -> Execution:
    place = jurisdiction(fiscal_year_start=start)
    return folded([place, *events]).assessment(as_of=as_of).execution


def at(engine: PureEngine, as_of: str) -> Snapshot:
    return snapshot(
        engine.jurisdiction(PROJECT),
        engine.heads[PROJECT],
        engine.year(PROJECT, 2026),
        day(as_of),
    )


def test_each_basis_gives_way_to_the_one_before_it() -> None:
    """Plan → contract → profile of the class → assessment table → months."""
    layers = [
        standard(TABLE),
        standard(PROFILE, "construction"),
        commitment("90.00", contract="C1", schedule=HALVES),
        plan(QUARTERS),
    ]
    found = [execution(CONSTRUCTION, budget(), *layers[:count]) for count in range(len(layers) + 1)]

    assert [
        (ExpectedBasis.MONTHS, 5_000),
        (ExpectedBasis.ASSESSMENT_TABLE, 5_800),
        (ExpectedBasis.CLASS_PROFILE, 3_000),
        (ExpectedBasis.CONTRACT, 4_000),
        (ExpectedBasis.PLAN, 3_000),
    ] == [(made.expected_basis, made.expected_spent) for made in found]


def quarter(number: int, amount: str, date: str = "2026-01-25", **fields: Any) -> AnyEvent:
    """A plan of its own for one quarter."""
    start, end, _ = QUARTERS[number]
    return plan([(start, end, amount)], date, plan_id=f"Q{number}", **fields)


EACH = [quarter(number, amount) for number, (*_, amount) in enumerate(QUARTERS)]


def planned(*events: AnyEvent, as_of: str = "2026-06-30") -> tuple[ExpectedBasis | None, int]:
    """Give basis and expectation of 100.00 on one line."""
    found = execution(budget(), *events, as_of=as_of)
    return found.expected_basis, found.expected_spent or 0


def test_plans_of_several_ids_are_one_plan_together() -> None:
    """A plan a quarter, of whatever order, is what one plan of four periods is; three are none."""
    assert (ExpectedBasis.PLAN, 3_000) == planned(*EACH) == planned(plan(QUARTERS))
    assert (ExpectedBasis.PLAN, 3_000) == planned(*reversed(EACH))
    assert (ExpectedBasis.PLAN, 1_000) == planned(*EACH, as_of="2026-06-29")
    assert (ExpectedBasis.MONTHS, 5_000) == planned(*EACH[:3])


def test_a_later_version_takes_the_place_of_its_own_id_alone() -> None:
    """From its date on; the other quarters stay."""
    raised = quarter(1, "25.00", "2026-05-01")

    assert (ExpectedBasis.PLAN, 3_500) == planned(*EACH, raised)
    assert (ExpectedBasis.PLAN, 3_000) == planned(*EACH, quarter(1, "25.00", "2026-07-01"))


def test_a_version_without_periods_that_were_its_own_drops_them() -> None:
    """What the id said before is gone: the year is not covered any more."""
    moved = plan([QUARTERS[2]], "2026-05-01", plan_id="Q1")

    assert (ExpectedBasis.MONTHS, 5_000) == planned(*EACH, moved)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([("2026-04-01", "2026-06-30", "5.00")], 1_500),
        ([("2026-06-30", "2026-06-30", "5.00")], None),
        ([("2026-04-01", "2026-06-29", "5.00"), ("2026-06-30", "2026-06-30", "2.00")], 1_700),
        ([("2026-03-31", "2026-06-30", "5.00")], None),
        ([("2026-01-01", "2026-12-31", "90.00")], 0),
    ],
    ids=["the same quarter", "its last day", "in two", "a day of another", "the whole year"],
)
def test_a_later_plan_takes_the_place_of_periods_that_it_shares_a_day_with(
    later: list[tuple[str, str, str]], expected: int | None
) -> None:
    """Of whatever id; whole periods go, all others stay."""
    found = planned(*EACH, plan(later, "2026-05-01", plan_id="MORE"))
    known = (ExpectedBasis.MONTHS, 5_000) if expected is None else (ExpectedBasis.PLAN, expected)

    assert known == found


def test_of_plans_of_one_day_the_later_entry_takes_the_place() -> None:
    """By day, then by entry, whatever came first."""
    first = plan(QUARTERS, plan_id="A")
    again = plan([(*QUARTERS[1][:2], "5.00")], plan_id="B")
    older = plan(QUARTERS, "2026-01-24", plan_id="C")

    assert (ExpectedBasis.PLAN, 1_500) == planned(first, again)
    assert (ExpectedBasis.PLAN, 3_000) == planned(again, first)
    assert (ExpectedBasis.PLAN, 1_500) == planned(first, again, older)


def test_a_plan_that_went_to_another_line_leaves_the_others_of_its_old_line() -> None:
    """Of an id the latest version says which line it is for."""
    lines = [budget(), budget(line="L2")]
    told = [quarter(number, row[2], line="L1") for number, row in enumerate(QUARTERS)]
    found = execution(*lines, *told, quarter(3, "40.00", "2026-05-01", line="L2"))
    restated = execution(*lines, *told, plan(QUARTERS, "2026-05-01", line="L2", plan_id="Q0"))

    assert [ExpectedBasis.MONTHS, ExpectedBasis.MONTHS] == [n.expected_basis for n in found.lines]
    assert [ExpectedBasis.MONTHS, ExpectedBasis.PLAN] == [n.expected_basis for n in restated.lines]


def test_a_standstill_is_known_to_the_plans_that_were_stated_after_it_began() -> None:
    """Each period by the plan that says it: the first quarter knew nothing, the second did."""
    before, after = EACH[0], quarter(1, "20.00", "2026-03-16")

    assert (ExpectedBasis.PLAN, 2_000) == planned(before, after, *EACH[2:], *SUSPENDED)
    assert (ExpectedBasis.PLAN, 0) == planned(*EACH, state_changed("suspended", "2026-03-15"))


def test_a_profile_is_for_its_class_and_year_from_its_date_on() -> None:
    """Of one class the latest holds."""
    other = standard(PROFILE, "procurement")
    past = standard(PROFILE, "construction", fiscal_year=2025)
    late = standard(TABLE, "construction", date="2026-06-30")

    def basis(*events: AnyEvent, as_of: str = "2026-06-30") -> ExpectedBasis | None:
        return execution(CONSTRUCTION, budget(), *events, as_of=as_of).expected_basis

    assert ExpectedBasis.MONTHS is basis(other)
    assert ExpectedBasis.MONTHS is basis(past)
    assert ExpectedBasis.MONTHS is basis(late, as_of="2026-06-29")
    assert ExpectedBasis.CLASS_PROFILE is basis(late)
    assert (
        5_800
        == execution(CONSTRUCTION, budget(), standard(PROFILE, "construction"), late).expected_spent
    )


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2026-01-30", 0), ("2026-01-31", 500), ("2026-06-29", 4_000), ("2026-12-31", 10_000)],
)
def test_a_table_counts_by_months_completed(as_of: str, expected: int) -> None:
    """Nothing before the first month ends, all of it at the last."""
    assert expected == execution(budget(), standard(TABLE), as_of=as_of).expected_spent


@pytest.mark.parametrize(
    ("date", "as_of", "expected"),
    [
        ("2025-12-20", "2026-06-30", 3_480),
        ("2026-04-10", "2026-04-30", 0),
        ("2026-04-10", "2026-06-30", 2_400),
        ("2026-04-10", "2026-12-31", 6_000),
        ("2026-12-01", "2026-12-30", 0),
        ("2026-12-01", "2026-12-31", 6_000),
    ],
)
def test_a_supplement_takes_what_is_left_of_a_profile(date: str, as_of: str, expected: int) -> None:
    """60.00 of April: (P(6) − P(4)) ÷ (100 % − P(4)) = 28 ÷ 70 of it by June."""
    supplement = adjustment("supplement", "60.00", date=date, fiscal_year=2026)
    found = execution(carryover("0.00"), standard(TABLE), supplement, as_of=as_of)

    assert expected == found.expected_spent


def test_a_supplement_of_a_profile_that_is_at_its_end_is_due_at_the_years_end() -> None:
    """All of the class's money is due by September: there is nothing left to spread over."""
    early = [0] * 6 + [5_000, 8_000] + [10_000] * 4
    events = [carryover("0.00"), standard(early), adjustment("supplement", "6.00", "2026-10-05")]

    assert 0 == execution(*events, as_of="2026-12-30").expected_spent
    assert 600 == execution(*events, as_of="2026-12-31").expected_spent


def test_parts_of_a_supplement_are_exact_and_rounded_once() -> None:
    """1.00 of March over 75 %: 33 ÷ 75 of it by June is 0.44; two lines of it 0.88."""
    events = [
        event
        for line in ("L1", "L2")
        for event in (
            carryover("0.00", line=line),
            adjustment("supplement", "1.00", "2026-03-03", line=line),
        )
    ]

    assert 88 == execution(*events, standard(TABLE)).expected_spent


def test_an_instalment_counts_on_its_day_and_within_the_year_alone() -> None:
    """What falls due in another year is that year's."""
    parts = schedule(("2025-12-31", "5.00"), ("2026-03-31", "20.00"), ("2027-01-01", "9.00"))
    events = [budget(), commitment("34.00", contract="C1", schedule=parts)]

    assert 0 == execution(*events, as_of="2026-03-30").expected_spent
    assert 2_000 == execution(*events, as_of="2026-03-31").expected_spent
    assert 2_000 == execution(*events, as_of="2026-12-31").expected_spent


@pytest.mark.parametrize("contract", ["C1", None])
def test_a_contract_that_is_released_is_no_standard_any_more(contract: str | None) -> None:
    """Still committed: more signed than released."""
    signed = commitment("90.00", contract=contract, schedule=HALVES)
    part = commitment("89.00", "2026-06-01", contract=contract, released=True)
    rest = commitment("1.00", "2026-06-02", contract=contract, released=True)

    assert 4_000 == execution(budget(), signed, part).expected_spent
    assert ExpectedBasis.MONTHS is execution(budget(), signed, part, rest).expected_basis


@pytest.mark.parametrize("contract", ["C1", None])
@pytest.mark.parametrize("others", [[], [budget(line="L2")]])
def test_a_contract_without_a_line_is_released_on_any(
    contract: str | None, others: list[AnyEvent]
) -> None:
    """With one line that is judged, and with several; L9 has no budget."""
    signed = commitment("90.00", line=None, contract=contract, schedule=HALVES)
    part = commitment("89.00", "2026-06-01", line="L9", contract=contract, released=True)
    rest = commitment("1.00", "2026-06-02", line="L1", contract=contract, released=True)
    named = commitment("5.00", contract="C2", schedule=schedule(("2026-06-01", "5.00")))
    events = [budget(), *others, signed, part]

    assert 4_000 == execution(*events).expected_spent
    released = execution(*events, rest)
    assert ExpectedBasis.MONTHS is released.expected_basis
    assert (1 + len(others)) * 5_000 == released.expected_spent
    bases = [line.expected_basis for line in execution(*events, rest, named).lines]
    assert [ExpectedBasis.CONTRACT, ExpectedBasis.MONTHS][: len(bases)] == bases


def test_released_instalments_are_taken_off() -> None:
    """Never below nothing."""
    signed = commitment("90.00", contract="C1", schedule=HALVES)
    released = commitment(
        "30.00", contract="C1", released=True, schedule=schedule(("2026-05-31", "30.00"))
    )
    too_much = commitment(
        "50.00", contract="C1", released=True, schedule=schedule(("2026-05-31", "50.00"))
    )

    assert 1_000 == execution(budget(), signed, released).expected_spent
    assert 0 == execution(budget(), signed, too_much).expected_spent


def test_contracts_of_a_line_add_up() -> None:
    """Those with instalments; the others call for nothing on a day."""
    found = execution(
        budget(),
        commitment("90.00", contract="C1", schedule=HALVES),
        commitment("10.00", contract="C2", schedule=schedule(("2026-06-30", "10.00"))),
        commitment("60.00", contract="C3"),
    )

    assert (5_000, ExpectedBasis.CONTRACT) == (found.expected_spent, found.expected_basis)


def test_a_schedule_counts_from_the_day_it_was_stated() -> None:
    """As of a day before, the next basis rules."""
    events = [budget(), commitment("90.00", "2026-06-10", contract="C1", schedule=HALVES)]

    assert ExpectedBasis.MONTHS is execution(*events, as_of="2026-06-09").expected_basis
    assert ExpectedBasis.CONTRACT is execution(*events, as_of="2026-06-10").expected_basis


def test_a_contract_without_a_line_is_the_only_lines() -> None:
    """Where one line is judged it can only be its; together with what names it."""
    unnamed = commitment("90.00", line=None, contract="C1", schedule=HALVES)
    named = commitment("5.00", contract="C2", schedule=schedule(("2026-06-01", "5.00")))
    found = execution(budget(), unnamed, named)

    assert [4_500] == [line.expected_spent for line in found.lines]
    assert ExpectedBasis.CONTRACT is found.expected_basis


def test_a_contract_without_a_line_rules_several_lines_together() -> None:
    """All instalments due, shared out by adjusted budget."""
    unnamed = commitment("80.00", line=None, contract="C1", schedule=HALVES)
    named = commitment("5.00", contract="C2", schedule=schedule(("2026-06-01", "5.00")))
    found = execution(budget(), budget(line="L2", amount="50.00"), unnamed, named)

    assert (4_500, ExpectedBasis.CONTRACT) == (found.expected_spent, found.expected_basis)
    assert [3_000, 1_500] == [line.expected_spent for line in found.lines]
    assert {ExpectedBasis.CONTRACT} == {line.expected_basis for line in found.lines}


def test_a_contract_without_a_line_gives_way_to_the_plans_of_lines() -> None:
    """Every plan comes before every contract; then it counts for no line."""
    unnamed = commitment("80.00", line=None, contract="C1", schedule=HALVES)
    found = execution(budget(), budget(line="L2"), unnamed, plan(QUARTERS, line="L2"))

    assert [
        (5_000, ExpectedBasis.MONTHS),
        (3_000, ExpectedBasis.PLAN),
    ] == [(line.expected_spent, line.expected_basis) for line in found.lines]


def test_lines_have_bases_of_their_own_and_the_weakest_is_named() -> None:
    """L1 by plan, L2 by contract, L3 by the profile."""
    found = execution(
        CONSTRUCTION,
        standard(PROFILE, "construction"),
        budget(),
        budget(line="L2"),
        budget(line="L3"),
        plan(QUARTERS, line="L1"),
        commitment("90.00", line="L2", contract="C1", schedule=HALVES),
    )

    assert [
        (3_000, ExpectedBasis.PLAN),
        (4_000, ExpectedBasis.CONTRACT),
        (3_000, ExpectedBasis.CLASS_PROFILE),
    ] == [(line.expected_spent, line.expected_basis) for line in found.lines]
    assert (10_000, ExpectedBasis.CLASS_PROFILE) == (found.expected_spent, found.expected_basis)


def test_the_parts_of_lines_make_the_whole_to_the_fen() -> None:
    """Three times 5/12 of 0.10 is 12.5 fen: 13, of which the first line gets the odd one."""
    lines = [budget(line=name, amount="0.10") for name in ("A", "B", "C")]
    found = execution(*lines, as_of="2026-05-31")
    planned = execution(*lines, plan([(*QUARTERS[0][:2], "0.13"), *QUARTERS[1:]]))

    assert (13, [5, 4, 4]) == (
        found.expected_spent,
        [line.expected_spent for line in found.lines],
    )
    assert planned.expected_spent == sum(line.expected_spent or 0 for line in planned.lines)


@pytest.mark.parametrize(
    ("judged_from", "as_of", "expected"),
    [
        (None, "2026-12-31", None),
        ("07-01", "2026-06-30", None),
        ("07-01", "2026-07-01", 5_000),
        ("02-29", "2026-02-28", None),
        ("02-29", "2026-03-01", 1_667),
    ],
)
def test_undistributed_lines_are_judged_from_a_day_on(
    judged_from: str | None, as_of: str, expected: int | None
) -> None:
    """domain-rules 2: a date of the jurisdiction; null: never."""
    found = execution(
        parameters(undistributed_judged_from=judged_from), budget(undistributed=True), as_of=as_of
    )

    assert expected == found.expected_spent


def test_the_day_is_the_first_such_day_of_the_fiscal_year() -> None:
    """1 February of a year that begins in April is in the next calendar year."""
    events = [
        parameters(undistributed_judged_from="02-01"),
        budget(undistributed=True, date="2026-04-02"),
    ]

    assert execution(*events, as_of="2026-12-31", start="04-01").expected_spent is None
    assert 8_333 == execution(*events, as_of="2027-02-01", start="04-01").expected_spent


SUSPENDED = [state_changed("suspended", "2026-03-15"), state_changed("resumed", "2026-05-10")]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], 5_000),
        ([standard(TABLE)], 5_800 - 1_500 - 500),
        ([plan(QUARTERS)], 2_000),
        ([plan(QUARTERS, date="2026-03-15")], 2_000),
        ([plan(QUARTERS, date="2026-03-16")], 3_000),
    ],
    ids=["months", "table", "plan", "plan of the first day", "plan made knowing it"],
)
def test_what_falls_due_in_a_standstill_is_not_expected(
    events: list[AnyEvent], expected: int
) -> None:
    """From 15 March to 9 May: the ends of March and April."""
    wanted = expected if events else 10_000 * 4 // 12
    found = execution(budget(), *events, *SUSPENDED)

    assert wanted == found.expected_spent


def test_an_instalment_within_a_standstill_is_not_expected() -> None:
    """Unless the contract was signed knowing of it."""
    parts = schedule(("2026-04-30", "10.00"), ("2026-05-31", "20.00"))
    before = commitment("30.00", contract="C1", schedule=parts)
    after = commitment("30.00", "2026-04-01", contract="C1", schedule=parts)

    assert 2_000 == execution(budget(), before, *SUSPENDED).expected_spent
    assert 3_000 == execution(budget(), after, *SUSPENDED).expected_spent


@pytest.mark.parametrize(
    ("changes", "months"),
    [
        ([state_changed("suspended", "2026-03-31")], 2),
        ([state_changed("suspended", "2026-04-01")], 3),
        ([state_changed("suspended", "2026-03-15", until="2026-04-29")], 5),
        ([state_changed("suspended", "2026-03-15", until="2026-04-30")], 4),
        ([state_changed("suspended", "2026-03-15"), state_changed("started", "2026-03-31")], 6),
        ([state_changed("completed", "2026-05-01")], 4),
        ([state_changed("terminated", "2026-06-30")], 5),
        ([state_changed("completed", "2026-02-01"), state_changed("resumed", "2026-05-01")], 3),
    ],
)
def test_months_that_end_in_a_standstill_do_not_count(changes: list[AnyEvent], months: int) -> None:
    """Suspended, completed, terminated; a first day counts, the day of resumption does not."""
    assert 1_000 * months == execution(budget(amount="120.00"), *changes).expected_spent


def test_a_supplement_of_the_standstill_runs_over_the_months_that_count() -> None:
    """Approved in March, April is left out: two of nine months by June."""
    found = execution(
        carryover("0.00"), adjustment("supplement", "9.00", date="2026-03-20"), *SUSPENDED
    )

    assert 200 == found.expected_spent


def test_where_no_money_is_judged_nothing_is_expected() -> None:
    """A line that was cut away beside one that is not distributed."""
    found = execution(
        budget(undistributed=True),
        budget(line="L2", amount="5.00"),
        adjustment("cut", "5.00", line="L2"),
    )

    assert (None, None) == (found.expected_spent, found.expected_basis)


def test_what_is_due_can_be_asked_for_any_day() -> None:
    """With the facts as of now: later ones do not count."""
    engine = folded(
        [jurisdiction(), project(), budget(), plan(QUARTERS), budget(date="2026-08-01", line="L2")]
    )
    now = at(engine, "2026-06-30")
    asked = [expected_spending(now, day(on).toordinal()) for on in ("2026-03-31", "2026-12-31")]

    assert [1_000, 10_000] == [expected.fen for expected in asked if expected]


def test_planned_values_of_the_twelve_months_never_fall() -> None:
    """A standstill holds them, a released instalment does not take them back."""
    months = folded([jurisdiction(), project(), budget(amount="120.00"), *SUSPENDED])
    released = commitment(
        "30.00", contract="C1", released=True, schedule=schedule(("2026-07-31", "30.00"))
    )
    contract = folded(
        [
            jurisdiction(),
            project(),
            budget(),
            commitment("90.00", contract="C1", schedule=HALVES),
            released,
        ]
    )
    none = folded([jurisdiction(), project(), budget(undistributed=True)])
    later = folded(
        [
            jurisdiction(),
            parameters(undistributed_judged_from="07-01"),
            project(),
            budget(amount="120.00", undistributed=True),
        ]
    )

    assert [1, 2, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10] == [
        fen // 1_000 for fen in planned_values(at(months, "2026-06-30"))
    ]
    assert [0] * 4 + [4_000] * 6 + [6_000] * 2 == list(planned_values(at(contract, "2026-06-30")))
    assert () == planned_values(at(none, "2026-06-30"))
    assert [0] * 6 + [7, 8, 9, 10, 11, 12] == [
        fen // 1_000 for fen in planned_values(at(later, "2026-03-01"))
    ]


def test_a_standstill_that_lasts_plans_nothing_more() -> None:
    """As known now: a suspension without a last day holds all later months."""
    stood = folded(
        [
            jurisdiction(),
            project(),
            budget(amount="120.00"),
            state_changed("suspended", "2026-03-15"),
            state_changed("resumed", "2026-08-01"),
        ]
    )

    assert [1] + [2] * 11 == [fen // 1_000 for fen in planned_values(at(stood, "2026-05-31"))]
    assert 7_000 == planned_values(at(stood, "2026-08-01"))[-1]


@pytest.mark.parametrize(
    ("events", "due"),
    [
        ([], 0),
        ([commitment("40.00")], 4_000),
        ([commitment("40.00", contract="C1")], 4_000),
        ([commitment("40.00"), expenditure(amount="15.00")], 2_500),
        ([commitment("90.00", contract="C1", schedule=HALVES)], 9_000),
        (
            [
                commitment(
                    "90.00",
                    contract="C1",
                    schedule=schedule(("2026-05-31", "30.00"), ("2027-02-01", "60.00")),
                )
            ],
            3_000,
        ),
        (
            [
                commitment(
                    "90.00",
                    contract="C1",
                    schedule=schedule(("2026-05-31", "30.00"), ("2027-02-01", "60.00")),
                ),
                expenditure(amount="20.00", contract="C1"),
            ],
            1_000,
        ),
        (
            [
                commitment("90.00", contract="C1", schedule=schedule(("2027-02-01", "90.00"))),
            ],
            9_000,
        ),
        (
            [
                commitment(
                    "90.00", schedule=schedule(("2026-05-31", "30.00"), ("2027-02-01", "60.00"))
                ),
                commitment("7.00"),
            ],
            3_700,
        ),
        ([commitment("40.00", released=True)], 0),
        (
            [
                commitment("40.00", contract="C1"),
                expenditure(amount="40.00", contract="C1"),
                reversal("10.00"),
            ],
            1_000,
        ),
        ([commitment("40.00", date="2026-07-01")], 0),
    ],
)
def test_commitments_due_by_the_years_end(events: list[AnyEvent], due: int) -> None:
    """domain-rules 3: instalments within the year if the contract has any, else all unpaid."""
    engine = folded([jurisdiction(), project(), budget(), *events])

    assert due == committed_due(at(engine, "2026-06-30"))


def test_an_unnamed_schedule_leaves_no_contract_behind() -> None:
    """Its money stays in the pool of what names no contract."""
    money = execution(budget(), commitment("90.00", schedule=HALVES), expenditure()).money

    assert (9_000, 10_000 - 1_200 - 7_800) == (money.committed, money.uncommitted_balance)
