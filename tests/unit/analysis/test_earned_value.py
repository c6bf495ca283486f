"""Earned value and earned schedule: domain-rules 15, formulas and their edges."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import AnyEvent
from contracts.events.analysis import EarnedValue
from services.analysis.domain.earned_value.formulas import earned, earned_schedule
from services.analysis.domain.earned_value.year import ESTIMATE_MAX, half_up, written
from tests.spec.engines import folded
from tests.support.builders import (
    adjustment,
    budget,
    expenditure,
    jurisdiction,
    plan,
    progress,
    target,
    targets,
)

QUARTERS = [
    ("2026-01-01", "2026-03-31", "10.00"),
    ("2026-04-01", "2026-06-30", "20.00"),
    ("2026-07-01", "2026-09-30", "30.00"),
    ("2026-10-01", "2026-12-31", "40.00"),
]


def value(*facts: AnyEvent, as_of: str = "2026-06-30") -> EarnedValue | None:
    return folded([jurisdiction(), *facts]).assessment(as_of=as_of).earned_value


def known(*facts: AnyEvent, as_of: str = "2026-06-30") -> EarnedValue:
    found = value(*facts, as_of=as_of)
    assert found is not None
    return found


def test_a_year_is_measured_whole() -> None:
    """100.00 by quarters; half a year over, 25.00 spent, 24 % reached."""
    found = known(budget(), plan(QUARTERS), expenditure(amount="25.00"), targets(), progress("24"))

    assert {
        "bac": 10_000,
        "pv": 3_000,
        "ev": 2_400,
        "ac": 2_500,
        "cv": -100,
        "sv": -600,
        "cpi_bp": 9_600,
        "spi_bp": 8_000,
        "eac": 10_417,
        "eac_atypical": 10_100,
        "eac_combined": 12_396,
        "etc": 7_917,
        "vac": -417,
        "tcpi_bp": 10_133,
        "es_bp": 57_000,
        "at_bp": 60_000,
        "sv_t_bp": -3_000,
        "spi_t_bp": 9_500,
        "ieac_t_bp": 126_316,
    } == dict(found)


@pytest.mark.parametrize(
    "facts",
    [
        (targets(), progress("24")),
        (budget(amount="0.00"), targets(), progress("24")),
        (budget(), expenditure()),
        (budget(), targets()),
        (budget(), targets(target(behaviour="cost")), progress("24")),
        (budget(), targets(target(behaviour="outcome")), progress("24")),
        (budget(), targets(target(behaviour="satisfaction")), progress("24")),
        (budget(undistributed=True), targets(), progress("24")),
    ],
    ids=[
        "no budget",
        "no money",
        "no targets",
        "no result",
        "cost alone",
        "outcome alone",
        "satisfaction alone",
        "nothing to expect",
    ],
)
def test_it_is_not_available(facts: tuple[AnyEvent, ...]) -> None:
    """domain-rules 15: null, never zero."""
    assert None is value(*facts)


def test_cost_outcome_and_satisfaction_earn_nothing() -> None:
    """domain-rules 15: quantity, timeliness and quality alone."""
    others = [
        target(name, behaviour=name, accumulation="once", due=["2026-06-30"])
        for name in ("cost", "outcome", "satisfaction")
    ]
    results = [progress("0", indicator=one["indicator"]) for one in others]

    assert 2_400 == known(budget(), targets(target(), *others), progress("24"), *results).ev


def test_value_is_earned_by_the_exact_rate() -> None:
    """A third of a budget of a million is not 33.33 % of it."""
    facts = (budget(amount="1000000.00"), targets(target("K1", "3")), progress("1"))

    assert 33_333_333 == known(*facts).ev


def test_before_a_month_is_over_there_is_no_time() -> None:
    """Stage targets can be due: money is compared, time is not."""
    stages = [{"due": "2026-01-15", "value": "10"}]
    facts = (
        budget(date="2026-01-02"),
        plan(QUARTERS, date="2026-01-02"),
        targets(target(stages=stages), date="2026-01-02"),
        progress("10", date="2026-01-15"),
    )
    found = known(*facts, as_of="2026-01-30")

    assert (1_000, 0, None, None) == (found.ev, found.pv, found.cpi_bp, found.spi_bp)
    assert (0, None, None, None, None) == (
        found.at_bp,
        found.es_bp,
        found.sv_t_bp,
        found.spi_t_bp,
        found.ieac_t_bp,
    )


def test_at_the_years_end_spi_is_one_and_spi_t_is_not() -> None:
    """What earned schedule is for: done by December what was planned for June."""
    halves = [("2026-01-01", "2026-06-30", "100.00"), ("2026-07-01", "2026-12-31", "0.00")]
    facts = (budget(), plan(halves), targets(), progress("80", date="2026-12-30"))
    found = known(*facts, as_of="2026-12-31")

    assert (8_000, 58_000, 4_833) == (found.spi_bp, found.es_bp, found.spi_t_bp)


def test_the_plan_is_the_one_known_at_the_date() -> None:
    """A supplement of August changes nothing that is said of June."""
    facts = (budget(), targets(), progress("50"), adjustment("supplement", "50.00", "2026-08-10"))

    assert (10_000, 60_000) == ((june := known(*facts)).bac, june.es_bp)
    assert 15_000 == known(*facts, as_of="2026-08-31").bac


def test_nothing_spent_and_nothing_left_are_not_divided_by() -> None:
    """CPI before anything is spent or more came back; TCPI when no budget is left."""
    none = written(100, 50, 40, 0, (50, 100), 1)
    back = written(100, 50, 40, -10, (50, 100), 1)
    over = written(100, 50, 40, 100, (50, 100), 1)

    assert (None, None, None) == (none.cpi_bp, none.eac, none.vac)
    assert (None, None, 50) == (back.cpi_bp, back.eac_combined, back.cv)
    assert (4_000, None, 160) == (over.cpi_bp, over.tcpi_bp, over.eac_atypical)


def test_nothing_earned_has_no_end_in_sight() -> None:
    """CPI and SPI(t) are 0, what follows is null."""
    found = written(100, 50, 0, 30, (50, 100), 1)

    assert (0, 0, 0) == (found.cpi_bp, found.spi_bp, found.spi_t_bp)
    assert (None, None, None) == (found.eac, found.eac_combined, found.ieac_t_bp)


def test_falling_value_is_told_as_it_is() -> None:
    """A result that was corrected downwards: earned schedule falls with it."""
    assert [Fraction(3), Fraction(3, 2)] == [
        earned_schedule(ev, (10, 20, 30, 40), 3) for ev in (30, 15)
    ]


@pytest.mark.parametrize(
    ("ev", "periods", "schedule"),
    [
        (0, 1, 1),
        (0, 2, 2),
        (0, 3, 2),
        (5, 3, Fraction(5, 2)),
        (10, 2, 3),
        (10, 4, 4),
        (10, 6, 5),
        (30, 5, 6),
        (30, 8, 8),
        (30, 13, 9),
        (31, 7, 9),
    ],
)
def test_where_the_plan_stands_still_on_plan_is_on_time(
    ev: int, periods: int, schedule: Fraction | int
) -> None:
    """Nothing by month 2, 10 by month 3, 30 by month 6, the same until month 9; never 31."""
    assert schedule == earned_schedule(ev, (0, 0, 10, 10, 10, 30, 30, 30, 30), periods)


def test_a_plan_never_falls() -> None:
    """A cut later on takes back no past."""
    assert Fraction(5, 2) == earned_schedule(25, (10, 20, 15, 30, 40), 2) - Fraction(1)


def test_estimates_stay_on_the_wire() -> None:
    """Next to nothing earned of a very large budget."""
    found = written(10**19, 10**18, 1, 10**17, (10**18, 10**19), 1)

    assert (ESTIMATE_MAX, ESTIMATE_MAX) == (found.eac, found.eac_combined)
    assert found == EarnedValue.model_validate_json(found.model_dump_json())


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [(Fraction(1, 2), 1), (Fraction(-1, 2), -1), (Fraction(-1, 3), 0), (Fraction(5, 2), 3), (7, 7)],
)
def test_a_half_goes_up(exact: Any, rounded: int) -> None:
    """Away from zero."""
    assert rounded == half_up(exact)


MONEY = st.integers(0, 10**12)


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=24), st.integers(0, 30), st.data())
def test_earned_schedule_is_the_plans_own_time(
    parts: list[int], periods: int, data: st.DataObject
) -> None:
    """Read back from the plan, ES gives what is earned; it lies within the planned duration."""
    plan_ = [sum(parts[: n + 1]) for n in range(len(parts))]
    ev = data.draw(st.integers(0, plan_[-1]))
    schedule = earned_schedule(ev, plan_, periods)
    values = [0, *plan_]
    month, part = divmod(schedule, 1)
    upper = values[min(int(month) + 1, len(plan_))]

    assert 0 <= schedule <= len(plan_)
    assert ev == values[int(month)] + part * (upper - values[int(month)])


@given(MONEY, MONEY, MONEY, MONEY, st.integers(1, 20))
def test_the_figures_hang_together(bac: int, pv: int, ev: int, ac: int, periods: int) -> None:
    """CV and SV by definition; on plan and on cost everything is 1."""
    found = earned(bac=bac, pv=pv, ev=ev, ac=ac, plan=[pv, max(pv, bac)], periods=periods)

    assert (ev - ac, ev - pv) == (found.cost_variance, found.schedule_variance)
    if found.eac is not None and found.cpi is not None:
        assert bac == found.eac * found.cpi
    if ev == ac == pv > 0:
        assert found.cpi == found.spi == 1
