"""What is made of the benches of running services: the arithmetic, the verdicts, the chapters."""

import dataclasses
import math
from typing import Any

import pytest

from tests.proof import services
from tests.proof.hostile import tried
from tests.proof.page import page
from tests.proof.promises import promises
from tests.proof.reading import Lines, covered
from tests.proof.verdict import Holds
from tests.unit.proof import builders
from tests.unit.proof.builders import (
    answer,
    crowd,
    full,
    line,
    receivers,
    scraped,
    shown,
    silenced,
    timing,
    way,
)


def held(**lines: Any) -> dict[str, tuple[str, Holds]]:
    """Give what is seen of each promise, and its verdict, where only so much was recorded."""
    return {one.key: (one.seen, one.holds) for one in promises(Lines(**lines))}


def test_every_promise_holds_where_figures_are_as_good_as_asked() -> None:
    """And every one of them is answered by a line of its own bench."""
    lines = full()
    found = {one.key: one.holds for one in promises(lines)}

    assert {Holds.YES} == set(found.values())
    for name, key in (
        ("stages", "6-projection"),
        ("rebuild", "6-rebuild"),
        ("opening", "6-sweep"),
        ("reading", "6-reading-project"),
        ("latency", "7-feed"),
        ("latency", "7-feed-chain"),
        ("feeds", "7-feeds"),
        ("webhooks", "7-webhooks"),
        ("forms", "8-forms"),
        ("pages", "9-pages-warm"),
        ("seen", "9-open-page"),
        ("drills", "10-failover"),
        ("metrics", "10-scrape"),
        ("metrics", "10-metrics"),
    ):
        nothing: Any = {name: ()}
        without = promises(dataclasses.replace(lines, **nothing))
        assert Holds.UNKNOWN is {one.key: one.holds for one in without}[key]


def test_a_rebuild_is_compared_by_medians_of_its_rounds() -> None:
    """By the clock, and by processor time, mongod's with the processes'."""
    figures = [way("door to projection", s) for s in (2.0, 1.0, 9.0)]
    figures += [way("rebuild", s, whole_seconds=4.0) for s in (0.5, 0.4, 0.25)]
    found = services.rebuilt([line(*figures, events=996, projects=10)])

    assert found is not None
    assert (500.0, 2_500.0, 5.0) == (found.door, found.rebuild, found.times)
    assert 5.0 == pytest.approx(found.times_by_cpu)
    assert (4.0, 3) == (found.whole_seconds, found.rounds)


def test_a_rebuild_that_is_not_three_times_as_fast_misses() -> None:
    """The newest line counts."""
    slow = [way("door to projection", 1.0), way("rebuild", 0.4, whole_seconds=1.0)]

    assert ("2.50", Holds.NO) == held(rebuild=[*full().rebuild, line(*slow)])["6-rebuild"]


def test_answers_over_fewer_projects_answer_nothing() -> None:
    """A line of 500 projects is shown, and held against no target."""
    small = line(answer("project", 1.0), projects=500, rate=50)
    slow = line(answer("project", 7.0), answer("overview", 60.0), projects=10_000, rate=50)

    assert Holds.UNKNOWN is held(reading=[small])["6-reading-project"][1]
    found = held(reading=[slow, small])
    assert ("21 ms", Holds.NO) == found["6-reading-project"]
    assert ("180 ms", Holds.YES) == found["6-reading-overview"]


@pytest.mark.parametrize(("seen", "holds"), [(74.9, Holds.NO), (75.0, Holds.YES), (90.5, Holds.NO)])
def test_intervals_must_hold_neither_too_little_nor_too_much(seen: float, holds: Holds) -> None:
    """Read from the page of the backtest."""
    assert holds is held(coverage=seen)["6-coverage"][1]
    assert seen == covered(f"On years …, they hold **{seen} %**; by completed months:")
    assert covered("nothing") is None


def test_the_stream_is_held_at_500_a_second() -> None:
    """Only if all of it came; the chain beside it of the newest line that had one."""
    quick = line(timing("feed", 300.0), {"stage": "rate", "held": True, "of_chain": 3.2}, rate=500)
    other = line(timing("feed", 9_000.0), {"stage": "rate", "held": False}, rate=2_000)
    alone = line(timing("feed", 400.0), {"stage": "rate", "held": True, "of_chain": None}, rate=500)
    lost = line(
        timing("feed", 1.0), {"stage": "rate", "held": False, "failed": "9 of 10"}, rate=500
    )

    found = held(latency=[quick, alone, other])
    assert ("1,200 ms", Holds.NO) == found["7-feed"]
    assert ("3.20", Holds.NO) == found["7-feed-chain"]
    assert ("9 of 10", Holds.NO) == held(latency=[quick, lost])["7-feed"]


def test_readers_beside_dead_ones_are_compared_with_the_slower_run_without_them() -> None:
    """Of as many readers; a small crowd answers nothing."""
    crowds = [crowd(10, 1.0), crowd(1_000, 8.0), crowd(1_000, 16.0, 10), crowd(1_000, 10.0)]
    few = [crowd(100, 8.0), crowd(100, 8.0, 10)]

    assert 1.6 == pytest.approx(services.crowded(line(*crowds)))
    assert ("1.60", Holds.NO) == held(feeds=[line(*crowds), line(*few)])["7-feeds"]
    assert Holds.UNKNOWN is held(feeds=[line(*few)])["7-feeds"][1]


def test_webhooks_must_be_whole_before_their_time_counts() -> None:
    """However fast they were."""
    beside = receivers(9.0, 10, whole=False)

    assert math.inf == services.delivered(line(receivers(10.0), beside))
    assert ("lost or out of order", Holds.NO) == held(
        webhooks=[line(receivers(10.0), beside, targets=100)]
    )["7-webhooks"]
    slow = line(receivers(10.0), receivers(16.0, 10), targets=100)
    assert ("1.60", Holds.NO) == held(webhooks=[slow])["7-webhooks"]


def test_pages_are_held_by_the_slowest_that_is_promised_and_the_largest_of_all() -> None:
    """In kilobytes as they are sent."""
    pages = [
        shown("overview", 90.0),
        shown("unit", 101.0, cold_bytes=1_600_000),
        shown("why of a sum", 900.0, promised=False, warm_bytes=100_000),
    ]
    found = held(pages=[line(*pages, projects=10_000, rate=10)])

    assert ("303 ms", Holds.NO) == found["9-pages-time"]
    assert ("1,600 kB", Holds.NO) == found["9-pages-cold"]
    assert ("100 kB", Holds.NO) == found["9-pages-warm"]


def test_metrics_are_held_by_the_stage_that_they_cost_most() -> None:
    """And by the slowest scrape, a full registry's too."""
    figures = [scraped("intake", 9.0), scraped("intake, full", 50.0)]
    figures += [silenced("ledger", -0.01), silenced("projection", 0.031)]
    found = held(metrics=[line(*figures)])

    assert ("50 ms", Holds.NO) == found["10-scrape"]
    assert ("3.10 %", Holds.NO) == found["10-metrics"]


def test_a_lost_broker_that_costs_an_event_is_no_recovery() -> None:
    """The longest of all, and nothing lost or doubled; the newest figure of each drill."""
    old = {"drill": "failover: mongo-1", "seconds": 40.0, "lost": 0, "doubled": 0}
    new = {**old, "seconds": 8.0}
    worse = {"drill": "failover: kafka-2", "seconds": 11.0, "lost": 1, "doubled": 1}
    found = held(drills=[line(old), line(new), line(worse)])

    assert ("11 s", Holds.YES) == found["10-failover"]
    assert ("2", Holds.NO) == found["10-failover-amiss"]


def test_chapters_tell_what_was_recorded() -> None:
    """Each with its table, its commit and its day."""
    text = page(full(), tried())

    for row in (
        "| rebuild | 4,000 | 4,000 | 4 | 4 |",
        "| 1000, 10 bad | 100 | 12 | 24 | 36 | 48 |  |",
        "| 90 receivers of webhooks beside 10 dead or slow | 100 | 12 | 24 | 36 | 48 | yes |",
        "| overview | 100 | 20 | 40 | 60 | 80 | 1.50 |",
        "| why of a sum |  | 100 | 400 | 800 | 1,200 | 1,600 | 30 | 20 | 120 | 900 |",
        "A payment was on an open page 0.40 s after it was sent; commit abc123, 2026-12-01.",
        "| forms | 12 | 12 |",
        "median of the turns 1.20 times XlsxWriter's own; commit abc123, 2026-12-01.",
        "| intake, full | 900 | 20 | 40 |",
        "| projection | 980 | 1,000 | 2.0 % | 1.0 % | 4 |",
    ):
        assert row in text


def test_chapters_of_nothing_say_so() -> None:
    """One of two halves is told alone."""
    text = page(Lines(webhooks=builders.services()["webhooks"]), tried())

    assert "webhooks: commit abc123, 2026-12-01." in text
    assert "streams:" not in text
    assert text.count("Not measured.") >= 5
