"""What benches record is what the page of proof reads."""

import argparse
from typing import Any

import pytest

from tests.bench import feeds, forms, metrics, pages, reading, rebuild, webhooks
from tests.bench.feeds import Crowd
from tests.bench.latency import percentiles
from tests.bench.pages import Seen
from tests.bench.webhooks import Round
from tests.proof import services
from tests.proof.promises import promises
from tests.proof.reading import Lines
from tests.proof.verdict import Holds


def line(figures: list[dict[str, Any]], **about: Any) -> dict[str, Any]:
    """Make a line of figures."""
    return {"date": "2026-12-01", "commit": "abc123", **about, "figures": figures}


def test_percentiles_are_values_that_were_seen() -> None:
    """The least that so many per cent do not exceed, to a tenth of a millisecond."""
    took = [float(number) for number in range(1, 201)]

    assert {"p50_ms": 100.0, "p90_ms": 180.0, "p99_ms": 198.0, "max_ms": 200.0} == percentiles(took)


def test_answers_are_told_beside_the_bare_read() -> None:
    """A bare read beside nothing."""
    took = {"overview": [30.0, 30.0, 210.0], "bare rows": [20.0] * 3, "project": [5.0]}
    took["bare project"] = [2.0]
    found = {one["question"]: one for one in reading.figures(took)}

    assert (1.5, None, 2.5) == tuple(
        found[name]["of_bare"] for name in ("overview", "bare rows", "project")
    )
    assert 210.0 == services.p99(line([*found.values()], projects=10_000), "overview")


def test_pages_are_told_with_what_is_sent() -> None:
    """Cold with their files; whether their time is promised."""
    seen = Seen([10.0, 310.0], 0.04, 20_000, 90_000, {"/a.js": 300_000, "/b.css": 80_000})
    found = pages.figures({"overview": seen, "livez": Seen([1.0], 0.001, 2, 2, {})})
    overview, livez = found

    assert (True, 400_000, 20.0) == (
        overview["promised"],
        overview["cold_bytes"],
        overview["cpu_ms"],
    )
    assert not livez["promised"]
    assert (310.0, 400_000) == (
        services.slowest_page(line(found)),
        services.largest_page(line(found), "cold_bytes"),
    )


def test_forms_are_told_by_the_median_of_their_turns() -> None:
    """One turn that something disturbed says nothing."""
    found = forms.figures([1.0, 1.2, 9.0], [1.0, 1.0, 1.0])

    assert 1.2 == services.written(line(found))
    assert [11.2, 3.0] == [one["cpu_seconds"] for one in found if "contender" in one]


def test_crowds_are_told_in_their_order() -> None:
    """From the assessment to each reader."""
    crowds = [
        Crowd(name, readers, bad, {1: 0.0}, [(1, seconds)] * readers)
        for name, readers, bad, seconds in (
            ("few", 1, 0, 0.001),
            ("many", 3, 0, 0.010),
            ("beside", 3, 1, 0.012),
            ("again", 3, 0, 0.008),
        )
    ]
    found = feeds.figures(crowds)

    assert ["few", "many", "beside", "again"] == [one["crowd"] for one in found]
    assert 1.2 == pytest.approx(services.crowded(line(found)))


def test_receivers_are_whole_when_each_had_all_in_order() -> None:
    """Of every turn: one entry behind another is as bad as one that is missing."""
    asked = argparse.Namespace(entries=2, dead=10)
    good = Round({2: 0.0}, [10.0], {0: [1, 2, 3], 1: [1, 2, 3]})
    behind = Round({2: 0.0}, [12.0], {0: [1, 3, 2], 1: [1, 2, 3]})
    absent = Round({2: 0.0}, [12.0], {0: [1, 2, 3]})

    assert [True, True] == [o["whole"] for o in webhooks.figures([good], [good], 2, asked)]
    for amiss in (behind, absent):
        found = webhooks.figures([good], [good, amiss], 2, asked)
        assert [True, False] == [one["whole"] for one in found]
        assert [0, 10] == [one["dead"] for one in found]


@pytest.mark.parametrize(
    ("figure", "missed"),
    [
        ({"service": "intake", "p99_ms": 50.0}, False),
        ({"service": "intake", "p99_ms": 50.1}, True),
        ({"stage": "ledger", "share": -0.2}, False),
        ({"stage": "ledger", "share": 0.031}, True),
    ],
)
def test_metrics_are_missed_beyond_their_bounds(figure: dict[str, Any], *, missed: bool) -> None:
    """A scrape's 99th percentile, a stage's share of throughput."""
    assert missed == metrics.missed(figure)


def test_a_rebuild_is_told_as_the_page_reckons_it() -> None:
    """Medians of the rounds, both in entries a second."""
    figures = [
        {"what": what, "entries": 1_000, "seconds": seconds, "whole_seconds": 1.0}
        | {"cpu_seconds": seconds, "mongod_cpu_seconds": 0.0}
        for what, seconds in (("door to projection", 1.0), ("rebuild", 0.25))
        for seconds in (seconds, 2 * seconds, 1.5 * seconds)
    ]
    (target,) = [
        one
        for one in promises(Lines(rebuild=[line(figures, events=996, projects=10)]))
        if one.key == "6-rebuild"
    ]

    assert 4.0 == rebuild.times(figures)
    assert ("4", Holds.YES) == (target.seen, target.holds)
    assert "× 4.00 (at least × 3)" in rebuild.markdown(figures)
