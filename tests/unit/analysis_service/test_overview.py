"""Choosing, ordering, paging and adding up rows: what lists and totals are made of."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analysis.api.ordering import LIGHTS, Chosen, Order, Sort, TokenError
from services.analysis.api.overview import departments, mean_attainment, points, totals


def row(project: str, **figures: Any) -> dict[str, Any]:
    """A project of which nothing is known but its id, unless said otherwise."""
    return {
        "project_id": project,
        "project_name": None,
        "department": None,
        "original_budget": "0.00",
        "adjusted_budget": "0.00",
        "disbursed": "0.00",
        "spent": "0.00",
        "expected_spent": None,
        "execution_rate_bp": None,
        "attainment_rate_bp": None,
        "indicators": 0,
        "judged": 0,
        "light": None,
        "quadrant": None,
        "findings": 0,
        "incomplete": False,
        **figures,
    }


ROWS = st.lists(
    st.builds(
        row,
        st.text(max_size=3),
        project_name=st.none() | st.text(max_size=2),
        department=st.none() | st.sampled_from(["D1", "D2"]),
        adjusted_budget=st.sampled_from(["9.00", "10.00", "-3.00", "100.00"]),
        execution_rate_bp=st.none() | st.integers(-3, 3),
        light=st.none() | st.sampled_from(LIGHTS[:-1]),
    ),
    unique_by=lambda found: found["project_id"],
    max_size=12,
)


@given(ROWS, st.sampled_from(Sort), st.sampled_from(Order), st.integers(1, 4))
def test_pages_of_any_order_hold_every_row_once(
    rows: list[dict[str, Any]], sort: Sort, order: Order, limit: int
) -> None:
    """Page by page gives what one page gives, however the rows came."""
    chosen = Chosen(sort=sort, order=order)
    whole, following = chosen.page(rows, None, len(rows) + 1)
    paged: list[dict[str, Any]] = []
    token = None
    for _ in range(len(rows) + 1):
        page, token = chosen.page(rows[::-1], token, limit)
        paged += page
        if token is None:
            break

    assert following is None
    assert whole == paged
    assert sorted(r["project_id"] for r in rows) == sorted(r["project_id"] for r in whole)


def test_money_is_ordered_as_money_and_lights_worst_first() -> None:
    """9 yuan before 10; what has no value comes last in both directions."""
    rows = [
        row("a", adjusted_budget="10.00", light="green"),
        row("b", adjusted_budget="9.00", light="red"),
        row("c", adjusted_budget="-1.00"),
    ]

    def order(sort: Sort, direction: Order = Order.ASCENDING) -> str:
        page, _ = Chosen(sort=sort, order=direction).page(rows, None, 9)
        return "".join(r["project_id"] for r in page)

    assert ("cba", "abc") == (order(Sort.BUDGET), order(Sort.BUDGET, Order.DESCENDING))
    assert ("bac", "abc") == (order(Sort.LIGHT), order(Sort.LIGHT, Order.DESCENDING))


def test_rows_are_chosen_by_light_department_and_any_part_of_name_or_id() -> None:
    """In any case; `none` is a light of its own."""
    rows = [
        row("J/P1", project_name="Road REPAIR", department="D1", light="red"),
        row("J/P2", project_name="道路维修", department="D1"),
        row("J/P3", department="D2", light="red"),
    ]

    def chosen(**wanted: Any) -> list[str]:
        found = [r for r in rows if Chosen(**wanted).matches(r)]
        return [r["project_id"] for r in found]

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
            adjusted_budget="100.00",
            spent="50.01",
            expected_spent="75.00",
            indicators=4,
            judged=3,
            attainment_rate_bp=10_000,
            light="red",
            quadrant="both_behind",
            findings=2,
        ),
        row("b", adjusted_budget="200.00", spent="40.00", judged=2, attainment_rate_bp=9_001),
    ]
    found = totals(rows)

    assert ("300.00", "90.01", 3000) == (
        found["adjusted_budget"],
        found["spent"],
        found["execution_rate_bp"],
    )
    assert ("75.00", 2500) == (found["expected_spent"], found["expected_rate_bp"])
    assert (9600, 5, 2) == (found["attainment_rate_bp"], found["judged"], found["findings"])
    assert {"red": 1, "yellow": 0, "green": 0, "blue": 0, "none": 1} == found["lights"]
    assert 1 == found["quadrants"]["both_behind"]
    assert totals([])["execution_rate_bp"] is None
    assert mean_attainment([]) is None


def test_departments_are_counted_and_points_have_both_rates() -> None:
    """Projects without a department, or without one of the rates, are not among them."""
    rows = [
        row("a", department="D2", execution_rate_bp=1, attainment_rate_bp=2, light="green"),
        row("b", department="D1", execution_rate_bp=1, attainment_rate_bp=2, light="red"),
        row("c", department="D2", execution_rate_bp=1),
        row("d"),
    ]

    assert [("D1", 1), ("D2", 2)] == [(d["department"], d["projects"]) for d in departments(rows)]
    assert ["b", "a"] == [point["project_id"] for point in points(rows)]
