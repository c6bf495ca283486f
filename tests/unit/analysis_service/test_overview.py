"""Choosing, ordering, paging and adding up rows: what lists and totals are made of."""

import base64
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analysis.api.groups import Groups
from services.analysis.api.ordering import LIGHTS, Chosen, Order, Sort, TokenError
from services.analysis.api.overview import departments, worst
from services.analysis.api.rollup import GroupBy, everything, figures, grouped, totals
from services.analysis.api.tally import Tally, tally
from services.analysis.store.rowstate import RowLine, RowMoney, RowState

MONEY = RowMoney.__struct_fields__
NOTHING: dict[str, Any] = {
    **dict.fromkeys(RowState.__struct_fields__),
    "fiscal_year": 2026,
    "as_of": "2026-06-30",
    "state": "active",
    "priority": (),
    "registered": True,
    "months_spent": (),
    "finding_kinds": (),
    "finding_counts": (),
    "lines": (),
    **dict.fromkeys(("sequence", "position", "judged", "indicators", "findings"), 0),
    **dict.fromkeys(("months_completed", "late_facts", "milestones_overdue"), 0),
    **dict.fromkeys(("problems_open", "problems_serious", "problems_overdue"), 0),
    **dict.fromkeys(("settled", "frozen", "incomplete"), False),
}


def row(project: str, **figures: Any) -> RowState:
    """A project of which nothing is known but its id, unless said otherwise; money in fen."""
    money = RowMoney(**{name: figures.pop(name) for name in MONEY if name in figures})
    return RowState(**{**NOTHING, "project": project, "money": money, **figures})


ROWS = st.lists(
    st.builds(
        row,
        st.text(max_size=3),
        name=st.none() | st.text(max_size=2),
        department=st.none() | st.sampled_from(["D1", "D2"]),
        adjusted_budget=st.sampled_from([900, 1_000, -300, 10_000]),
        spent=st.integers(-5, 500),
        execution_rate_bp=st.none() | st.integers(-3, 3),
        attainment_rate_bp=st.none() | st.integers(0, 10_000),
        judged=st.integers(0, 3),
        light=st.none() | st.sampled_from(LIGHTS[:-1]),
        expected_spent=st.none() | st.integers(0, 500),
        expected_basis=st.sampled_from(["plan", "months"]),
        months_spent=st.lists(st.integers(-9, 9), max_size=3).map(tuple),
        forecast_point=st.none() | st.integers(0, 500),
        finding_counts=st.sampled_from([(), (("over_budget", "finding", 2),)]),
    ),
    unique_by=lambda found: found.project,
    max_size=12,
).map(lambda rows: sorted(rows, key=lambda one: one.project))


@given(ROWS, st.data())
def test_sums_kept_up_row_by_row_are_those_of_all_at_once(
    rows: list[RowState], data: st.DataObject
) -> None:
    """Whatever came and went meanwhile."""
    kept = Tally()
    gone = data.draw(ROWS)
    for one in [*rows, *gone]:
        kept.move(one, 1)
    for one in gone:
        kept.move(one, -1)

    assert figures(kept, whole=True)["month_spent"][: len(_months(rows))] == _months(rows)
    trimmed = {**figures(kept, whole=True), "month_spent": _months(rows)}
    alone = everything(rows, Chosen())
    assert {**figures(tally(rows, alone.amounts), whole=True)} == trimmed


@given(ROWS, ROWS, st.sampled_from([by for by in GroupBy if by is not GroupBy.LINE]))
def test_groups_kept_up_are_those_of_all_rows(
    before: list[RowState], now: list[RowState], by: GroupBy
) -> None:
    """To the byte, whatever changed; of other projects they are made anew."""
    # As long as each month is there of every row: a table is of one day.
    before, now = ([_of_day(one) for one in rows] for rows in (before, now))
    kept = Groups.of(by, before)
    if not kept.follow(now):
        kept = Groups.of(by, now)
    wanted = [
        msgspec.json.encode({"key": group.key, **totals(group)})
        for group in grouped(now, by, Chosen())
    ]

    assert [bytes(group) for group in kept.written()] == wanted
    assert len(kept) == len(wanted)


def _of_day(one: RowState) -> RowState:
    lines = (
        RowLine("L1", "U1", "general", "21303", None, undistributed=False, money=one.money),
        RowLine("L2", one.lead_unit, None, None, None, undistributed=False, money=one.money),
    )
    months = (*one.months_spent, 0, 0, 0)[:3]
    return msgspec.structs.replace(one, months_spent=months, lines=lines[: one.judged])


def _months(rows: list[RowState]) -> list[str]:
    found = figures(tally(rows, everything(rows, Chosen()).amounts), whole=True)["month_spent"]
    return [str(month) for month in found]


@given(ROWS, st.sampled_from(Sort), st.sampled_from(Order), st.integers(1, 4))
def test_pages_of_any_order_hold_every_row_once(
    rows: list[RowState], sort: Sort, order: Order, limit: int
) -> None:
    """Page by page gives what one page gives."""
    chosen = Chosen(sort=sort, order=order)
    whole, following = chosen.page(rows, None, len(rows) + 1)
    paged: list[RowState] = []
    token = None
    for _ in range(len(rows) + 1):
        page, token = chosen.page(rows, token, limit)
        paged += page
        if token is None:
            break

    assert following is None
    assert whole == paged
    assert sorted(r.project for r in rows) == sorted(r.project for r in whole)


def test_money_is_ordered_as_money_and_lights_worst_first() -> None:
    """9 yuan before 10; what has no value comes last in both directions."""
    rows = [
        row("a", adjusted_budget=1_000, light="green"),
        row("b", adjusted_budget=900, light="red"),
        row("c", adjusted_budget=-100),
    ]

    def order(sort: Sort, direction: Order = Order.ASCENDING) -> str:
        page, _ = Chosen(sort=sort, order=direction).page(rows, None, 9)
        return "".join(r.project for r in page)

    assert ("cba", "abc") == (order(Sort.BUDGET), order(Sort.BUDGET, Order.DESCENDING))
    assert ("bac", "abc") == (order(Sort.LIGHT), order(Sort.LIGHT, Order.DESCENDING))


def test_rows_are_chosen_by_light_department_and_any_part_of_name_or_id() -> None:
    """In any case; `none` is a light of its own."""
    rows = [
        row("J/P1", name="Road REPAIR", department="D1", light="red"),
        row("J/P2", name="道路维修", department="D1"),
        row("J/P3", department="D2", light="red"),
    ]

    def chosen(**wanted: Any) -> list[str]:
        found = [r for r in rows if Chosen(**wanted).matches(r)]
        return [r.project for r in found]

    assert ["J/P1", "J/P3"] == chosen(light="red")
    assert ["J/P2"] == chosen(light="none")
    assert ["J/P1"] == chosen(light="red", department="D1")
    assert ["J/P1"] == chosen(search="repair")
    assert ["J/P2"] == chosen(search="路维")
    assert ["J/P3"] == chosen(search="p3")
    assert 3 == len(chosen(search=""))


@pytest.mark.parametrize(
    "token",
    ["x", "é", "=", "AAAA", base64.urlsafe_b64encode(b'["project_id",1,"a"]').decode(), "W" * 900],
)
def test_a_foreign_token_is_none(token: str) -> None:
    """Also one of another order, or one that somebody made up."""
    with pytest.raises(TokenError):
        Chosen().page([row("a")], token, 1)
    _, other = Chosen(sort=Sort.FINDINGS).page([row("a"), row("b")], None, 1)
    with pytest.raises(TokenError):
        Chosen().page([row("a")], other, 1)


def test_totals_are_sums_and_rates_of_the_sums() -> None:
    """To the fen; attainment weighs each judged indicator the same."""
    rows = [
        row(
            "a",
            adjusted_budget=10_000,
            spent=5_001,
            expected_spent=7_500,
            indicators=4,
            judged=3,
            attainment_rate_bp=10_000,
            light="red",
            quadrant="both_behind",
            findings=2,
        ),
        row("b", adjusted_budget=20_000, spent=4_000, judged=2, attainment_rate_bp=9_001),
    ]
    found = totals(everything(rows, Chosen()))

    assert ("300.00", "90.01", 3000) == (
        found["adjusted_budget"],
        found["spent"],
        found["execution_rate_bp"],
    )
    assert ("75.00", 2500) == (found["expected_spent"], found["expected_rate_bp"])
    assert (9600, 5, 2) == (found["attainment_rate_bp"], found["judged"], found["findings"])
    assert {"red": 1, "yellow": 0, "green": 0, "blue": 0, "none": 1} == found["lights"]
    assert 1 == found["quadrants"]["both_behind"]
    assert totals(everything([], Chosen()))["execution_rate_bp"] is None
    assert totals(everything([], Chosen()))["attainment_rate_bp"] is None


def test_departments_are_counted_and_points_have_both_rates() -> None:
    """Projects without a department, or without one of the rates, are not among them."""
    rows = [
        row("a", department="D2", execution_rate_bp=1, attainment_rate_bp=2, light="green"),
        row("b", department="D1", execution_rate_bp=1, attainment_rate_bp=2, light="red"),
        row("c", department="D2", execution_rate_bp=1),
        row("d"),
    ]

    counts = Counter(one.department for one in rows)
    assert [("D1", 1), ("D2", 2)] == [(d["department"], d["projects"]) for d in departments(counts)]
    assert ["b", "a"] == [point["project_id"] for point in worst(rows)]
