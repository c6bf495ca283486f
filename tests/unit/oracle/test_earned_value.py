"""The published golden tables of earned value, and extended monitoring by hand."""

from fractions import Fraction
from typing import Any

import pytest

from tests.oracle.earned import earned_schedule, measures, time_measures
from tests.unit.oracle.facts import Story

EV = {
    1: "25.645", 2: "68.074", 3: "89.135", 4: "125.244", 5: "198.754", 6: "268.763",
    7: "292.469", 8: "306.725", 9: "312.864", 13: "360.738",
}  # fmt: skip
AC = {1: "25.567", 3: "78.293", 6: "259.845", 8: "290.843", 9: "303.489", 13: "349.379"}
PV = [
    Fraction(value)
    for value in (
        "28.975", "81.681", "91.681", "138.586", "218.141", "302.478", "323.632", "345.876",
        "360.738",
    )
]  # fmt: skip


def places(value: Fraction | None, count: int) -> Fraction | None:
    """Round half up to some places, as the tables print."""
    if value is None:
        return None
    scale = 10**count
    return Fraction(int(value * scale + Fraction(1, 2)), scale)


def test_golden_1() -> None:
    """R package PRA: BAC 100000, 40 % planned, 35 % earned, 36000 spent."""
    found = measures(100_000, 40_000, 35_000, 36_000)

    assert [found["cv"], found["sv"]] == [-1000, -5000]
    assert places(found["cpi"], 7) == Fraction("0.9722222")
    assert found["spi"] == Fraction("0.875")
    assert places(found["eac"], 2) == Fraction("102857.14")


def test_golden_1_estimates() -> None:
    """Typical at CPI 0.83; atypical and combined at AC 63000, SPI 0.875; to complete."""
    typical = measures(100_000, 40_000, 83, 100)["eac"]
    assert places(typical, 1) == Fraction("120481.9")

    found = measures(100_000, 40_000, 35_000, 63_000)
    assert found["eac_atypical"] == 128_000
    assert places(found["tcpi"], 2) == Fraction("1.76")

    combined = 63_000 + Fraction(65_000) / (Fraction("0.83") * Fraction("0.875"))
    assert places(combined, 2) == Fraction("152500.86")


def test_golden_3() -> None:
    """pmev: BAC 47934."""
    found = measures(47_934, Fraction("25144.5"), Fraction("13878.46"), 10_000)

    assert (found["sv"], found["cv"]) == (Fraction("-11266.04"), Fraction("3878.46"))
    assert places(found["cpi"], 2) == Fraction("1.39")


@pytest.mark.parametrize(
    ("at", "spi", "cpi", "es", "spi_t", "ieac_t", "tcpi"),
    [
        (1, ".8851", "1.0031", "0.8851", ".8851", "10.1686", ".9998"),
        (3, ".9722", "1.1385", "2.7454", ".9151", "9.8346", ".9616"),
        (6, ".8885", "1.0343", "5.6002", ".9334", "9.6425", ".9116"),
        (8, ".8868", "1.0546", "6.2008", ".7751", "11.6115", ".7728"),
        (9, ".8673", "1.0309", "6.4910", ".7212", "12.4789", ".8362"),
        (13, "1.0000", "1.0325", "9.0000", ".6923", "13.0000", "0"),
    ],
)
def test_golden_2(at: int, spi: str, cpi: str, es: str, spi_t: str, ieac_t: str, tcpi: str) -> None:
    """castor00/EVapp: a nine-month project of 360.738 that was finished in 13."""
    ev, bac = Fraction(EV[at]), PV[-1]
    value = measures(bac, PV[min(at, 9) - 1], ev, Fraction(AC[at]))
    time = time_measures(PV, ev, at)

    shown = (value["spi"], value["cpi"], time["es"], time["spi_t"], time["ieac_t"], value["tcpi"])

    assert [places(one, 4) for one in shown] == [
        Fraction(one) for one in (spi, cpi, es, spi_t, ieac_t, tcpi)
    ]


def test_where_the_plan_stands_still_the_nearest_time_counts() -> None:
    """Who is on plan is on time."""
    planned = [10, 10, 10, 20]

    assert [earned_schedule(planned, 10, at) for at in (1, 2, 4)] == [1, 2, 3]
    assert earned_schedule(planned, 15, 4) == Fraction(7, 2)
    assert earned_schedule([0, 0, 10], 0, 1) == 1


def test_nothing_is_divided_by_nothing() -> None:
    """Null over zero and below."""
    found = measures(100, 0, 0, 100)
    assert [n for n, value in found.items() if value is None] == [
        "spi", "eac", "eac_combined", "etc", "vac", "tcpi",
    ]  # fmt: skip
    assert time_measures([1], 1, 0)["es"] is None


def test_earned_value_of_a_project() -> None:
    """Half of the year's months, 40 of 100 reached, 60 of 120 spent."""
    story = Story().budget("120.00").pay("60.00").target().report("40", "2026-06-28")

    found = story.at("2026-06-30")["earned_value"]

    assert {n: found[n] for n in ("bac", "pv", "ev", "ac", "cv", "sv", "eac")} == {
        "bac": "120.00", "pv": "60.00", "ev": "48.00", "ac": "60.00", "cv": "-12.00",
        "sv": "-12.00", "eac": "150.00",
    }  # fmt: skip
    assert {n: found[n] for n in ("cpi_bp", "spi_bp", "tcpi_bp", "es_bp", "at_bp")} == {
        "cpi_bp": 8000, "spi_bp": 8000, "tcpi_bp": 12_000, "es_bp": 48_000, "at_bp": 60_000,
    }  # fmt: skip
    assert (found["spi_t_bp"], found["ieac_t_bp"]) == (8000, 150_000)


@pytest.mark.parametrize("fields", [{"behaviour": "cost"}, {"behaviour": "satisfaction"}])
def test_earned_value_is_not_available_without_outputs(fields: dict[str, Any]) -> None:
    """Domain-rules 15: cost and satisfaction never enter it."""
    story = Story().budget("120.00").target(**fields).report("40", "2026-06-28")

    assert story.at("2026-06-30")["earned_value"] is None


def extended(story: Story, as_of: str, *names: str) -> tuple[Any, ...]:
    """Give some counts."""
    found = story.at(as_of)["extended"]
    return tuple(found[name] for name in names)


def test_milestones_by_their_last_word() -> None:
    """Planned for an earlier day and not met is overdue; on its day it is not."""
    story = Story()
    known = {"milestone": "J1", "name": "开工", "planned_on": "2026-04-30"}
    names = ("milestones", "milestones_met", "milestones_overdue", "progress_bp")
    story.tell("milestone.reported", "2026-01-10", state="scheduled", **known)
    assert extended(story, "2026-04-30", *names) == (1, 0, 0, None)

    story.tell("milestone.reported", "2026-05-02", state="partly_met", progress_bp=4000, **known)
    assert extended(story, "2026-05-02", *names) == (1, 0, 1, 4000)

    met = {"state": "met", "met_on": "2026-05-09"}
    story.tell("milestone.reported", "2026-05-09", **met, **known)
    assert extended(story, "2026-05-09", *names) == (1, 1, 0, 4000)


def test_checks_and_problems() -> None:
    """A problem that was ended and is registered anew is open again."""
    story = Story()
    names = ("problems_open", "problems_serious", "problems_overdue", "problems_amount")
    problem = {"problem": "W1", "severity": "red", "due": "2026-04-12", "amount": "5.00"}
    check = {"check": "C1", "mode": "routine", "checked_by": "局"}
    story.tell("check.recorded", "2026-03-13", result="failed", **check)
    assert extended(story, "2026-03-13", "checks", "checks_failed") == (1, 1)

    story.tell("problem.registered", "2026-03-13", **problem)
    assert extended(story, "2026-04-12", *names) == (1, 1, 0, "5.00")
    assert extended(story, "2026-04-13", *names) == (1, 1, 1, "5.00")

    story.tell("problem.resolved", "2026-04-20", problem="W1", outcome="corrected")
    assert extended(story, "2026-04-20", *names) == (0, 0, 0, "0.00")

    story.tell("problem.registered", "2026-05-13", **problem)
    assert extended(story, "2026-05-13", "problems_open") == (1,)


def test_disbursing_is_stopped_by_the_last_decision_in_effect() -> None:
    """A decision for June says nothing in May."""
    story = Story()
    names = ("dispositions", "disbursement_stopped")
    stop, resume = {"measure": "disbursement_stopped"}, {"measure": "disbursement_resumed"}
    story.tell(
        "disposition.decided", "2026-05-01", disposition="D1", effective_from="2026-06-01", **stop
    )
    story.tell("disposition.decided", "2026-07-01", disposition="D2", **resume)

    shown = [extended(story, f"2026-0{month}-15", *names) for month in (5, 6, 7)]

    assert shown == [(1, False), (1, True), (2, False)]


def test_the_schedule_variance_is_that_of_the_schedule_that_is_shown() -> None:
    """1.00005 months are earned, shown as 1.0001, of two: 0.9999 behind, not 1."""
    story = Story().budget("200.02").target().report("50", "2026-02-20")
    story.plan(
        ("2026-01-01", "2026-01-31", "100.00"),
        ("2026-02-01", "2026-02-28", "200.00"),
        ("2026-03-01", "2026-12-31", "0.00"),
    )

    earned = story.at("2026-02-28")["earned_value"]
    assert (earned["ev"], earned["es_bp"], earned["sv_t_bp"]) == ("100.01", 10_001, -9_999)
