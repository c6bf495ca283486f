"""What there is in a city, and what is irregular about it without being wrong."""

import datetime as dt
from collections import defaultdict
from enum import StrEnum
from typing import Any

import pytest

from contracts.vocabulary import (
    Accumulation,
    AdjustmentKind,
    BudgetAccount,
    BudgetOrigin,
    Channel,
    IndicatorBehaviour,
    IndicatorDirection,
    ProjectClass,
    ValueKind,
)
from tests.unit.simulate.cities import PROJECTS, events, fen, of, truths


def _planted() -> set[tuple[str, int]]:
    return {(truth.subject, truth.fiscal_year) for truth in truths()}


def _order(kind: str, **wanted: Any) -> dict[tuple[str, str], int]:
    """Return where the first event of a kind stands, by subject and line."""
    found: dict[tuple[str, str], int] = {}
    for place, event in enumerate(events()):
        data = event["data"]
        if event["type"] == f"dualwatch.{kind}.v1" and wanted.items() <= data.items():
            found.setdefault((event["subject"], data.get("line", "")), place)
    return found


def test_the_tree_of_organisations() -> None:
    """At least 40 departments with a counterpart division each, 200 units, own bodies."""
    kinds: defaultdict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for data in of("organisation.registered"):
        kinds[data["kind"]][data["organisation"]] = data
    divisions, departments = kinds["bureau_division"], kinds["department"]

    assert 1 == len(kinds["bureau"])
    assert 40 <= len(departments)
    assert {data["counterpart_division"] for data in departments.values()} <= set(divisions)
    assert 200 <= len(kinds["unit"])
    bodies = [data["parent"] for data in kinds["unit"].values() if "本级" in data["name"]]
    assert sorted(departments) == sorted(bodies)


@pytest.mark.parametrize(
    ("kind", "field", "closed_list"),
    [
        ("budget.approved", "account", BudgetAccount),
        ("budget.approved", "channel", Channel),
        ("expenditure.recorded", "channel", Channel),
        ("budget.adjusted", "adjustment_kind", AdjustmentKind),
        ("project.registered", "project_class", ProjectClass),
    ],
)
def test_all_there_is_of_a_closed_list(kind: str, field: str, closed_list: type[StrEnum]) -> None:
    """Four budgets and other money, three channels, all kinds of change and project."""
    assert set(closed_list) == {data[field] for data in of(kind) if field in data}


@pytest.mark.parametrize(
    ("field", "closed_list"),
    [
        ("behaviour", IndicatorBehaviour),
        ("direction", IndicatorDirection),
        ("accumulation", Accumulation),
        ("value_kind", ValueKind),
    ],
)
def test_indicators_of_every_kind(field: str, closed_list: type[StrEnum]) -> None:
    """Every behaviour, direction, accumulation and kind of value."""
    targets = [target for data in of("targets.approved") for target in data["targets"]]

    assert set(closed_list) == {target[field] for target in targets}


def test_origins_and_codes() -> None:
    """Money of the year, from above and carried over; codes as long as declared."""
    assert {BudgetOrigin.TRANSFER_FROM_ABOVE} == {
        data["origin"] for data in of("budget.approved") if "origin" in data
    }
    assert of("carryover.registered")
    assert {21} == {len(data["subject"].split("/")[1]) for data in of("project.registered")}
    codes = [data["classification"] for data in of("budget.approved")]
    assert {7} == {len(code["function"]) for code in codes}
    assert {5} == {len(code["government_economic"]) for code in codes}


def test_projects_come_and_go() -> None:
    """Each year holds as many, some new; a project without a plan has its own answer."""
    for year in (2025, 2026):
        registered = [
            data for data in of("project.registered") if data["date"].startswith(str(year))
        ]
        active = [data for data in registered if "project_class" in data]
        planned = {d["subject"] for d in of("spending_plan.approved") if d["fiscal_year"] == year}

        assert PROJECTS == len(active)
        assert 0 < sum(data["new_this_year"] for data in active) < PROJECTS
        assert 0 < len(planned) < PROJECTS


def test_most_budgets_are_approved_in_late_february() -> None:
    """A year begins without its budget; money carried over is there from January."""
    dates = [data["date"][5:] for data in of("budget.approved")]

    assert 0.3 < sum("02-18" <= date <= "02-28" for date in dates) / len(dates) < 0.8
    assert all(data["date"][5:7] == "01" for data in of("carryover.registered"))


def test_regular_payments_are_made_on_working_days() -> None:
    """Batches and transfers too; urgent things happen on any day."""
    dates = [data["date"] for kind in ("funds.disbursed", "payment.requested") for data in of(kind)]
    dates += [data["date"] for data in of("expenditure.recorded") if data.get("batch")]

    assert {0, 1, 2, 3, 4} == {dt.date.fromisoformat(date).weekday() for date in dates}


def test_payments_are_known_late_and_some_weeks_late() -> None:
    """The business date is the day of the payment, whenever it becomes known."""
    lags = [
        (event["time"][:10], event["data"]["date"])
        for event in events()
        if event["type"].startswith("dualwatch.expenditure.recorded")
    ]
    late = [(known, date) for known, date in lags if known != date]

    assert all(known > date for known, date in late)
    assert 0.01 < len(late) / len(lags) < 0.1
    assert any(known[5:7] != date[5:7] for known, date in late)


def test_some_allotments_come_in_the_night_after_the_payments_made_on_them() -> None:
    """The line is unknown for hours, in projects in which nothing is planted."""
    paid, approved = _order("expenditure.recorded"), _order("budget.approved")
    planted = {subject for subject, _ in _planted()}
    early = [
        key
        for key in paid.keys() & approved.keys()
        if paid[key] < approved[key] and key[0] not in planted
    ]

    assert early
    for key in early:
        first, later = events()[paid[key]], events()[approved[key]]
        assert first["time"][:10] == later["time"][:10] < later["time"]


def test_money_comes_back_and_is_put_right() -> None:
    """Bank returns, corrections and refunds of earlier years, all in order."""
    reversed_ = of("expenditure.reversed")
    numbers = {data["document"]["number"] for data in of("expenditure.recorded")}
    originals = [data["original"]["number"] for data in reversed_ if "original" in data]

    assert originals
    assert set(originals) <= numbers
    reasons = {data["reason"][:2] for data in reversed_}
    assert {"退票", "更正", "退回"} <= reasons
    assert any(data.get("prior_year") for data in reversed_)


def test_june_brings_supplements_and_cuts_take_the_targets_along() -> None:
    """A cut on objective grounds is followed by the targets within days (Art. 14(1))."""
    changes = [data for data in of("budget.adjusted") if not _is_planted(data)]
    months = {data["date"][5:7] for data in changes if data["adjustment_kind"] == "supplement"}
    cuts = [data["subject"] for data in changes if data["adjustment_kind"] == "cut"]
    adjusted = {data["subject"] for data in of("targets.adjusted")}

    assert {"06"} == months
    assert cuts
    assert set(cuts) <= adjusted


def _is_planted(data: dict[str, Any]) -> bool:
    return (data["subject"], data["fiscal_year"]) in _planted()


def test_nobody_spends_more_than_the_line_has_where_nothing_is_planted() -> None:
    """Over all facts of the two years, line by line (nightly allotments included)."""
    left: defaultdict[tuple[str, int, str], int] = defaultdict(int)
    signs = {"cut": -1, "recovery": -1}
    for kind in ("budget.approved", "carryover.registered", "expenditure.reversed"):
        for data in of(kind):
            left[data["subject"], data["fiscal_year"], data.get("line", "")] += fen(data["amount"])
    for data in of("budget.adjusted"):
        sign = -1 if data.get("direction") == "out" else signs.get(data["adjustment_kind"], 1)
        left[data["subject"], data["fiscal_year"], data["line"]] += sign * fen(data["amount"])
    for data in of("expenditure.recorded"):
        left[data["subject"], data["fiscal_year"], data.get("line", "")] -= fen(data["amount"])

    assert [] == [key for key, fen_ in left.items() if fen_ < 0 and key[:2] not in _planted()]


def test_batches_hold_persons_who_cannot_be_told() -> None:
    """One number, a line for each; a masked name and a hash, never an account (rule 7)."""
    batches = defaultdict(list)
    for data in of("expenditure.recorded"):
        if data.get("batch"):
            batches[data["document"]["number"]].append(data)

    assert batches
    for entries in batches.values():
        assert len(entries) == len({data["document"]["line"] for data in entries}) > 1
        assert all(data["payee"]["natural_person"] for data in entries)
        assert all(data["payee"]["name"].endswith("*") for data in entries)


def test_surveys_come_once_a_year() -> None:
    """Satisfaction is due in November alone; before, nothing is owed."""
    surveys = {
        (data["subject"], data["fiscal_year"], target["indicator"])
        for data in of("targets.approved")
        for target in data["targets"]
        if target["behaviour"] == "satisfaction"
    }
    reports = [
        data
        for data in of("target_progress.reported")
        if (data["subject"], data["fiscal_year"], data["indicator"]) in surveys
    ]

    assert reports
    assert {"11-30"} == {data["date"][5:] for data in reports}
