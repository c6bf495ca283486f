"""The net: a seed's load and faults on the full topology; nothing is lost, doubled or wrong."""

from pathlib import Path
from typing import Final

import pytest

from tests.fault.net.invariants import FROZEN_COUNT
from tests.fault.net.kinds import REPEATS, TARGETS, Kind, Lane
from tests.fault.net.load import SILENCE_BEGINS, SILENCE_LASTS, Load
from tests.fault.net.movement import Movement
from tests.fault.net.outcome import Order
from tests.fault.net.run import run
from tests.fault.net.schedule import schedule
from tests.fault.net.soaking import POINTS_KEPT_MAX, faults_of, kept, slope

ROUND: Final = 50
"""Faults in which every kind comes round, each target counted."""
SHORT: Final = Order(seed=1402, events=2_500, faults=6, days=12)
"""Connections are cut; brokers, mongods and services are lost in a swizzle, all at once."""
LONG: Final = [Order(seed, events=20_000, faults=ROUND, days=40) for seed in (11, 12, 13)]
EFFECTIVE_SHARE: Final = 0.8


def test_one_seed_under_faults(tmp_path: Path) -> None:
    """Real processes, three brokers, three members, two of each service: about two minutes."""
    _holds(SHORT, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("order", LONG, ids=lambda order: f"seed-{order.seed}")
def test_more_seeds_under_more_faults(order: Order, tmp_path: Path) -> None:
    """Every kind of fault comes round at least once."""
    _holds(order, tmp_path)


def test_a_seed_always_stands_for_the_same_schedule() -> None:
    """So a run that fails can be done again; another seed does other things."""
    assert schedule(7, ROUND) == schedule(7, ROUND)
    assert schedule(7, ROUND) != schedule(8, ROUND)
    assert {fault.kind for fault in schedule(7, ROUND)} == set(Kind)
    assert {fault.lane for fault in schedule(7, ROUND)} == set(Lane)


def test_a_publisher_falls_silent_for_some_days_and_then_tells_all() -> None:
    """Nothing of its projects is lost, and each project's facts stay in order."""
    load = Load(SHORT.seed, SHORT.events, SHORT.days)
    opened, when = 0, []
    for day in load.days:
        opened += day.opens is not None
        when += [opened for fact in day.facts if fact.quiet]
    others = {fact.subject for day in load.days for fact in day.facts if not fact.quiet}

    assert set(when).isdisjoint(range(SILENCE_BEGINS, SILENCE_BEGINS + SILENCE_LASTS))
    assert min(when) < SILENCE_BEGINS < SILENCE_BEGINS + SILENCE_LASTS in when
    assert others.isdisjoint(fact.subject for day in load.days for fact in day.facts if fact.quiet)


def test_what_is_swizzled_comes_back_in_another_order() -> None:
    """And nothing is in two hands at once: each lane has parts of its own."""
    swizzled = [f for f in schedule(7, 2 * ROUND) if f.kind in TARGETS and f.kind not in REPEATS]

    assert {fault.kind for fault in swizzled} == set(TARGETS) - REPEATS
    for fault in swizzled:
        assert sorted(fault.targets) == sorted(set(fault.healed))
        assert fault.targets != fault.healed


def test_memory_that_grows_and_a_reader_that_stays_behind_are_told() -> None:
    """A slope does not hang on single points, and what happens at a fault is no fault."""
    points = [(float(at), 100.0 + at / 60) for at in range(0, 1_800, 5)]
    points[50] = (250.0, 900.0)

    assert slope(points) == pytest.approx(1 / 60)
    held = {"first_mb": 1, "last_mb": 9}
    figures = {
        "memory": [
            {"service": name, "bounded": name == "a", "slope_mb_per_hour": 61.0, **held}
            for name in ("a", "b")
        ],
        "slope_bound_mb_per_hour": 60.0,
        "lag": [{"topic": "t", "group": "g", "max_away_from_faults": 11}],
        "lag_bound": 10,
    }
    assert [found[:7] for found in faults_of(figures)] == ["a grows", "g is 11"]


def test_a_record_keeps_some_points_of_each_process_and_its_last_one() -> None:
    """A step after a fault is told from a slope by them."""
    points = [(at + 0.4, 100.04 + at) for at in range(0, 1_800, 5)]

    thinned = kept(points)
    assert len(thinned) <= POINTS_KEPT_MAX
    assert thinned[-1] == [1795, 1895.0]
    assert kept(points[:2]) == [[0, 100.0], [5, 105.0]]
    assert kept([]) == []


def test_recovery_is_told_once_every_partition_was_projected_beyond_where_it_was() -> None:
    """One that nothing came for any more says nothing."""
    seen = Movement([])
    for when, entered, projected in (
        (0, 10, 10),
        (1, 10, 9),
        (2, 11, 10),
        (3, 12, 11),
        (4, 12, 12),
    ):
        seen.samples.append((when, {("intake", 0): entered, ("analysis", 0): projected}))

    assert seen.recovery(0.5) == 2.5
    assert seen.recovery(3.5) is None


def _holds(order: Order, folder: Path) -> None:
    outcome = run(order, folder, lambda _: None)

    assert outcome.differences == 0, "\n".join(outcome.lines())
    assert outcome.effective.total() >= EFFECTIVE_SHARE * order.faults
    assert outcome.findings.counts["events"] >= EFFECTIVE_SHARE * order.events
    # A silence that froze nothing would compare nothing.
    assert outcome.findings.counts[FROZEN_COUNT]
