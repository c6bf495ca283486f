"""The page of proof: verdicts, text and pictures."""

import dataclasses

from tests.proof import pictures
from tests.proof.benches import last, peers_of, timed
from tests.proof.growth import costs
from tests.proof.hostile import tried
from tests.proof.net import net_of, ours
from tests.proof.page import page
from tests.proof.reading import Control, Lines, read
from tests.proof.targets import reason, targets, unexplained
from tests.proof.verdict import Holds
from tests.unit.proof.builders import (
    RECALLED,
    cost,
    day,
    full,
    line,
    peer,
    rule_row,
    run,
)


def verdicts(lines: Lines) -> dict[str, Holds]:
    """Give each target's verdict by its key."""
    return {target.key: target.holds for target in targets(lines)}


def test_a_target_that_does_not_hold_has_a_reason() -> None:
    """Whoever records figures that miss a target says why in docs/proof/reasons.md."""
    assert [] == unexplained(read())


def test_nothing_recorded_is_not_measured() -> None:
    """And never an error."""
    assert {Holds.UNKNOWN} == set(verdicts(Lines()).values())
    assert "Not measured." in page(Lines(), tried())


def test_everything_holds_where_figures_are_as_good_as_asked() -> None:
    """No verdict is typed: the same figures, a little worse, do not hold."""
    lines = dataclasses.replace(full(), controls=(Control("dedupe", "a scene", "exactly once"),))

    assert {Holds.YES} == set(verdicts(lines).values())


def test_the_newest_soak_that_is_long_enough_is_held_against_what_was_asked() -> None:
    """Neither a better one of before, nor one that was broken off."""
    soaks = [{"seconds": seconds, "achieved": rate} for seconds, rate in SOAKS]
    found = {one.key: one.seen for one in targets(Lines(runs=[run(1, soak=one) for one in soaks]))}

    assert "310" == found["soak-rate"]


SOAKS = ((2_100, 282), (1_900, 310), (60, 400))
"""Seconds and events a second, in the order of running."""


def test_each_target_can_be_missed() -> None:
    """A run that loses, a slow peer, a slope, a control that nobody noticed."""
    runs = [run(lost=1, recoveries=[30.0]), run(2, broken="dedupe", differences=0)]
    figures = [peer("limit", 1_000), peer("product", 700), peer("bytewax", 690)]
    growth = line(cost("fold", 1.0, 10_000, 10), cost("fold", 1.16, 100_000, 100))
    lines = Lines(
        runs=runs,
        peers=[line(*figures)],
        growth=[growth],
        controls=(Control("dedupe", "a scene", ""),),
    )
    found = verdicts(lines)
    missed = {"seeds", "lost", "recovery", "controls", "limit", "bytewax", "growth-fold"}

    assert missed <= {key for key, holds in found.items() if holds is Holds.NO}
    assert missed <= set(unexplained(lines))


def test_growth_is_held_divided_by_the_limit() -> None:
    """And told both ways; what had no limit beside it is held as it is."""
    beside = {"contender": "limit"}
    growth = line(
        *(cost("fold", value, size, size) for value, size in ((40.0, 10_000), (50.0, 100_000))),
        *(cost("fold", v, s, s, **beside) for v, s in ((4.0, 10_000), (4.8, 100_000))),
        *(cost("sweep", value, size, size) for value, size in ((1.0, 10_000), (1.2, 100_000))),
    )
    lines = Lines(growth=[growth])
    found = {one.key: (one.what, one.seen, one.holds) for one in targets(lines)}
    text = page(lines, tried())

    assert found["growth-fold"][0].endswith("fold, divided by the limit's")
    assert ("1.04", Holds.YES) == found["growth-fold"][1:]
    assert ("1.20", Holds.NO) == found["growth-sweep"][1:]
    assert "| 40 → 50 ms | the same for each project | 1.25 | 1.20 | 1.04 | yes |" in text
    assert "| 1 → 1.20 ms | the same for each project | 1.20 |  |  | **no** |" in text
    assert "| fold | 10,000 | 10,000 | 1 | 40 | 4 | ms | abc123 |" in text


def test_a_reason_is_found_by_its_target_or_the_group_of_it() -> None:
    """`growth-pages` explains all pages."""
    growth = line(cost("pages", 1.0, 10_000, 1, what="overview"), cost("pages", 2.0, 100_000, 1,
                  what="overview"))  # fmt: skip
    (target,) = [one for one in targets(Lines(growth=[growth])) if one.holds is Holds.NO]

    assert "growth-pages-overview" == target.key
    assert "It adds up." == reason(target, {"growth-pages": "It adds up."})
    assert not reason(target, {"growth-form": "x"})


def test_the_page_tells_what_does_not_hold() -> None:
    """With its reason, and how a seed is replayed as it was run."""
    lines = Lines(runs=[run(31, lost=2)], reasons={"lost": "A door was open."})
    text = page(lines, tried())

    assert "| lost | 0 | 2 | A door was open. |" in text
    assert "make fault SEED=31 EVENTS=1000 ARGS='--faults 3 --days 5 --folder" in text


def test_a_weaker_guarantee_stands_in_a_column_of_its_own() -> None:
    """A ratio of what is not exact after a kill is not beside those that are."""
    text = page(full(), tried())

    assert "| bytewax | 0.50 |  | 0.51 | exact |" in text
    assert "| faust |  | 0.04 | 0.04 | doubled 1,600 |" in text
    assert "- flink does not run: no wheel." in text


def test_who_ran_and_was_not_killed_in_time_is_not_said_not_to_run() -> None:
    """Its figures stand in the table above."""
    lines = full()
    lines.peers[-1]["figures"].append({"contender": "bytewax", "reason": "done before the kill"})
    assert "bytewax" in {one.name for one in peers_of(last(lines.peers))}

    text = page(lines, tried())

    assert "- bytewax ran, but gave no result after a kill: done before the kill." in text


def test_pictures_are_the_same_bytes_for_the_same_figures() -> None:
    """So that a page can be compared."""
    lines = full()
    net, costly = net_of(ours(lines.runs)), costs(lines.growth)
    found, took = peers_of(last(lines.peers)), timed(lines.latency)

    drawn = [pictures.peers(found), pictures.growth(costly)]
    others = [pictures.faults(net), pictures.recovery(net), pictures.latency(took)]

    assert drawn == [pictures.peers(found), pictures.growth(costly)]
    assert all(b"<svg" in picture and b"<dc:date>" not in picture for picture in others)


def test_alerts_are_told_rule_by_rule() -> None:
    """What was missed is named, and counts; a day of fewer projects is no answer to the target."""
    row = rule_row(in_time=1, missed=["P-1"])
    lines = Lines(recall=[line(row, **RECALLED)], opening=[line(day(projects=500), projects=500)])
    text = page(lines, tried())
    found = {one.key: (one.seen, one.holds) for one in targets(lines)}

    assert ("0.50", Holds.NO) == found["recall"]
    assert ("0.08", Holds.YES) == found["false-alarms"]
    assert Holds.UNKNOWN == found["opening"][1]
    assert "| `over_budget` | 2 | 1 | 0 | 1 | 3 | 1 | 0.08 |" in text
    assert "- missed: P-1" in text
    assert "| 2026-07-01 | 500 | 45 | 30 | 350,000 | 61 | alerts 21.4 |" in text
