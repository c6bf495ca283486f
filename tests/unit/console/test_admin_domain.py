"""What administration's forms state, and how the layers of rules are numbered."""

from typing import Any

import pytest

from services.console.domain import admin_facts, admin_people
from services.console.domain.admin_packs import following, number_after
from services.console.domain.admin_places import ROWS_MAX, branches, left_out


@pytest.mark.parametrize("day", ["2026-06-30", "2026-02-30", "soon", ""])
def test_a_day_that_is_none_is_stated_as_it_was_typed(day: str) -> None:
    """Intake refuses it by name; the page does not break."""
    form = {"organisation": ["U1"], "request": ["r1"]}

    event = admin_facts.organisation(form, "close", "城", day)

    assert (day, f"{day}T00:00:00Z") == (event["data"]["date"], event["time"])


@pytest.mark.parametrize(
    ("typed", "stated"),
    [("2027", 2027), ("", ""), ("2027年", "2027年"), ("9" * 5_000, "9" * 5_000)],
)
def test_a_year_that_is_none_is_stated_as_it_was_typed(typed: str, stated: int | str) -> None:
    """Neither letters nor thousands of digits break the page."""
    event = admin_facts.calendar({"year": [typed]}, "城", "2026-06-30")

    assert stated == event["data"]["year"]


def test_a_flat_tree_is_cut_at_its_rows() -> None:
    """A jurisdiction may register thousands of units under none."""
    known = {
        f"U{number}": {"organisation": f"U{number}", "kind": "unit", "parent": None}
        for number in range(ROWS_MAX + 7)
    }

    assert (ROWS_MAX, 7) == (len(branches(known)), left_out(known))


def test_versions_are_ordered_by_their_numbers() -> None:
    """1.10 comes after 1.9, and the next one of either is 2."""
    packs = [
        {"jurisdiction": "城", "organisation": None, "version": version}
        for version in ("1.9", "1.10", "1")
    ]

    newest = following(packs, "城", "")

    assert newest is not None
    assert "1.10" == newest["version"]
    assert [2, 4, 1] == [number_after(version) for version in ("1.10", "3", None)]


@pytest.mark.parametrize(
    ("form", "ends"),
    [
        ({"expires": ["never"]}, {"expires": None}),
        ({"expires": ["year"]}, {}),
        ({}, {}),
        (
            {"expires": ["date"], "expires_on": ["2027-01-01"]},
            {"expires": "2027-01-01T23:59:59+00:00"},
        ),
        ({"expires": ["date"], "expires_on": [""]}, {"expires": ""}),
        ({"expires": ["date"]}, {"expires": ""}),
    ],
)
def test_a_day_that_was_not_said_is_no_year(
    form: dict[str, list[str]], ends: dict[str, Any]
) -> None:
    """Whoever chose a day and named none is asked for it: intake refuses an empty one."""
    assert ends == admin_people.expiry(form)
