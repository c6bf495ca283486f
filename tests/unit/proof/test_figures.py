"""Figures of the page of proof, from small lines."""

from typing import Any

import pytest

from tests.proof.benches import BOTH, absent, last, peers_of, staged, timed
from tests.proof.growth import along, costs, failures, slopes
from tests.proof.hostile import tried
from tests.proof.net import broken, net_of, ours, soaks
from tests.proof.reading import controls, reasons_of
from tests.unit.proof.builders import cost, full, kill, line, peer, run, stage, timing

LIMITED = {"contender": "limit"}


def test_runs_add_up() -> None:
    """Events that were entered, faults by kind, seeds once each, recoveries of every run."""
    net = net_of([run(1), run(1, recoveries=[1.0, 9.0]), run(2, swizzles=["cut, twice"])])

    assert (3, (1, 2), 3_030, 9) == (net.runs, net.seeds, net.events, net.faults)
    assert (("kill a service", 6), ("cut connections", 3)) == net.kinds
    assert (2.5, 1.0, 9.0, 2.5) == net.recoveries
    assert 1 == net.swizzles
    assert net.boundaries is None


def test_what_differs_is_lost_doubled_or_wrong() -> None:
    """Said by the run itself, or told apart by the invariant that found it."""
    counts = {"events": 9, "faults: exactly once": 2, "faults: gapless positions": 1}
    guessed = net_of([run(counts=counts, differences=7)])
    said = net_of([run(lost=1, doubled=2, wrong=3, differences=6)])

    assert (2, 1, 4) == (guessed.lost, guessed.doubled, guessed.wrong)
    assert (1, 2, 3) == (said.lost, said.doubled, said.wrong)


def test_runs_of_a_broken_service_and_of_earlier_releases_do_not_count() -> None:
    """They are controls, and history."""
    runs = [run(1), run(2, broken="dedupe"), run(3, date="2026-11-29")]

    assert [1] == [one["seed"] for one in ours(runs)]
    assert [2] == [one["seed"] for one in broken(runs)]


def test_a_soak_says_how_memory_went() -> None:
    """The last by the first megabytes of each process."""
    (soak,) = soaks(full().runs)

    assert 1.04 == pytest.approx(soak.memory[0].grown)


def test_a_peer_is_the_median_of_its_runs_by_that_of_the_limit() -> None:
    """And what a kill left of its state is its guarantee."""
    figures = [peer("limit", rate) for rate in (900, 1_000, 1_300)]
    figures += [peer("faust", 50), kill("faust", "doubled 3"), {"contender": "x", "reason": "no"}]
    limit, faust = peers_of(line(*figures))

    assert (1_000, 900, 1_300, 1.0) == (limit.rate, limit.least, limit.most, limit.of_limit)
    assert (0.05, "doubled 3", False) == (faust.of_limit, faust.guarantee, faust.exact)
    assert [("x", "no")] == absent(line(*figures))


def test_two_stages_are_one_after_the_other() -> None:
    """The time of an event in both, ours beside the limit's."""
    found = staged(
        line(
            stage("ledger", "product", 50, 1.0),
            stage("ledger", "limit", 100, 1.0),
            stage("projection", "product", 50, 1.0),
            stage("projection", "limit", 100, 0.5),
        )
    )
    both = found[-1]

    assert BOTH == both.stage
    assert (25, 50, 0.5) == (both.product, both.limit, both.by_clock)
    assert 0.75 == pytest.approx(both.by_cpu)


def test_the_newest_line_of_a_rate_counts() -> None:
    """Rates are told in their order."""
    lines = [
        line(timing("door", 9.0), rate=500),
        line(timing("door", 3.0), rate=100),
        line(timing("door", 7.0), rate=500),
    ]

    assert [(100, 3.0), (500, 7.0)] == [(one.rate, one.p50) for one in timed(lines)]


def test_slopes_compare_like_with_like() -> None:
    """As many entries for each project, where that was measured; what failed has no slope."""
    found = costs(
        [
            line(
                cost("fold", 1.0, 1_000, 10_000),
                cost("fold", 2.0, 10_000, 100_000),
                cost("fold", 5.0, 10_000, 1_000_000),
                cost("fold", 3.0, 100_000, 1_000_000),
                cost("fold", 9.0, 100_000, 1_000_000, instances=2),
                cost("sweep", None, 100_000, 0, failed="too slow"),
            )
        ]
    )
    (slope,) = slopes(found)

    assert (1.5, True) == (slope.times, slope.alike)
    assert {1_000: 1.0, 10_000: 2.0, 100_000: 3.0} == along(found, slope)


def test_a_slope_is_divided_by_that_of_the_limit_beside_it() -> None:
    """Of the same subject, size and line: ten times as many documents cost it too."""
    (slope,) = slopes(
        costs(
            [
                line(cost("fold", 40.0, 10_000, 100), cost("fold", 4.0, 10_000, 100, **LIMITED)),
                line(
                    cost("fold", 60.0, 100_000, 1_000), cost("fold", 5.0, 100_000, 1_000, **LIMITED)
                ),
            ]
        )
    )

    assert (1.5, 1.25, 1.2) == (slope.times, slope.limit_times, slope.divided)
    assert 1.2 == slope.held


def test_where_a_line_recorded_no_limit_the_slope_stands_as_it_is() -> None:
    """Neither another line's limit nor another figure's takes its place."""
    low = line(cost("fold", 40.0, 10_000, 100), cost("fold", 4.0, 10_000, 100, **LIMITED))
    later = line(
        cost("fold", 50.0, 10_000, 100), cost("fold", 9.0, 10_000, 100, what="CPU", **LIMITED)
    )
    high = line(cost("fold", 60.0, 100_000, 1_000), cost("fold", 5.0, 100_000, 1_000, **LIMITED))
    (slope,) = slopes(costs([low, later, high]))

    assert (1.2, None, None, 1.2) == (slope.times, slope.limit_times, slope.divided, slope.held)


def test_what_the_limit_takes_of_nothing_divides_nothing() -> None:
    """A clock that saw no time passing is no clock."""
    low = line(cost("fold", 40.0, 10_000, 100), cost("fold", 0.0, 10_000, 100, **LIMITED))
    high = line(cost("fold", 60.0, 100_000, 1_000), cost("fold", 5.0, 100_000, 1_000, **LIMITED))
    (slope,) = slopes(costs([low, high]))

    assert (None, 1.5) == (slope.divided, slope.held)


def test_slopes_fall_back_to_as_many_entries_in_all() -> None:
    """Which is said of them."""
    (slope,) = slopes(costs([line(cost("x", 2.0, 10_000, 50), cost("x", 3.0, 100_000, 50))]))

    assert (1.5, False) == (slope.times, slope.alike)


def test_what_could_not_be_measured_is_told() -> None:
    """Of the newest line."""
    lines = [line(cost("a", None, 1, 1, failed="old")), line(cost("b", None, 1, 1, failed="new"))]

    assert ["new"] == [figure["failed"] for figure in failures(lines)]


def test_pages_that_people_write_are_read() -> None:
    """The table of controls, and reasons under the keys of targets."""
    table = "# t\n\n| guard | b | s | n |\n|---|---|---|---|\n| **one**: x | how | scene | told |\n"
    (control,) = controls(table)

    assert ("one", "scene", "told") == (control.guard, control.scene, control.noticed)
    assert {"limit": "Two lines."} == reasons_of("# Why\n\n## limit\n\nTwo\nlines.\n")


def test_bad_inputs_are_counted_by_door() -> None:
    """What the corpus really sends: more than its cases, and most of it bad."""
    found = {one.door: one for one in tried()}

    assert found["http single"].pieces > found["http single"].bad > 0
    assert found["http request"].events > found["http request"].pieces


@pytest.mark.parametrize("lines", [[], [line()]])
def test_nothing_is_no_error(lines: list[Any]) -> None:
    """A bench that never ran has no figures."""
    assert ([], [], []) == (peers_of(last(lines)), staged(last(lines)), timed(lines))
