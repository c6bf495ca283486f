"""What was asked, what was seen, and whether it holds: reckoned from recorded lines alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.proof.alerting import recall_of, slowest
from tests.proof.benches import BOTH, Peer, last, peers_of, staged
from tests.proof.growth import MEMORY, costs, slopes
from tests.proof.net import Net, Soak, broken, net_of, ours, soaks
from tests.proof.promises import promises
from tests.proof.reading import Lines
from tests.proof.verdict import Holds, Target, below, least, most, none

SEEDS: Final = 10
FAULTS: Final = 500
KINDS: Final = 8
EVENTS: Final = 2_000_000
RECOVERY_SECONDS: Final = 20.0
SLOPE: Final = 1.15
SOAK_SECONDS: Final = 1_800
SOAK_RATE: Final = 300
FLAT: Final = 1.10
"""A process whose memory at the end is at most so many times that of the beginning is flat."""
TWO_STAGES: Final = 0.6
OF_LIMIT: Final = 0.75
RECALL: Final = 1.0
FALSE_RATE: Final = 2.0
OPENING_SECONDS: Final = 60.0
OPENING_PROJECTS: Final = 10_000


@dataclass(frozen=True)
class Rival:
    """A peer that we are held against."""

    key: str
    contender: str
    variant: str
    """How its variant begins; the fastest of those counts."""
    times: float
    said: str


RIVALS: Final = (
    Rival("kafka-streams-default", "kafka-streams", "default", 1.2, "Kafka Streams, defaults"),
    Rival("kafka-streams-tuned", "kafka-streams", "tuned", 1.0, "Kafka Streams, tuned"),
    Rival("bytewax", "bytewax", "", 1.3, "Bytewax"),
    Rival("quix", "quix", "own sink", 4.0, "Quix exactly-once, its own sink"),
)


def targets(lines: Lines) -> list[Target]:
    """Hold everything that was recorded against what was asked."""
    runs = ours(lines.runs)
    return [
        *_of_net(net_of(runs)),
        _controls(lines),
        *_of_soak(soaks(runs)),
        *_of_peers(peers_of(last(lines.peers))),
        _two_stages(lines),
        *_of_alerts(lines),
        *promises(lines),
        *_of_growth(lines),
    ]


def _of_net(net: Net) -> Iterator[Target]:
    ran = bool(net.runs)
    yield least("seeds", "seeds that ran", SEEDS, len(net.seeds) if ran else None)
    yield least("faults", "effective faults", FAULTS, net.faults if ran else None)
    yield least("kinds", "kinds of them", KINDS, len(net.kinds) if ran else None)
    yield least("events", "events entered", EVENTS, net.events if ran else None)
    yield none("lost", "lost", net.lost if ran else None)
    yield none("doubled", "doubled", net.doubled if ran else None)
    yield none("wrong", "wrong", net.wrong if ran else None)
    differing = None if net.boundaries is None else net.missing + net.extra
    yield none("alerts", "alerts missing or extra, at ends of days", differing)
    yield below("recovery", "recovery, 95th percentile", RECOVERY_SECONDS, net.p95, " s")


def _controls(lines: Lines) -> Target:
    """Every guard broken by itself was noticed, and so was every service run without one."""
    whole = broken(lines.runs)
    missed = sum(not run.get("differences") for run in whole)
    missed += sum(not control.noticed for control in lines.controls)
    count = len(lines.controls) + len(whole)
    if not lines.controls:
        return Target("controls", "negative controls noticed", "all", "", Holds.UNKNOWN)
    seen = f"{count - missed} of {count}"
    holds = Holds.NO if missed else Holds.YES
    return Target("controls", "negative controls noticed", "all", seen, holds)


def _of_soak(found: Sequence[Soak]) -> Iterator[Target]:
    # The newest that is long enough; while there is none, the longest.
    whole = [one for one in found if one.seconds >= SOAK_SECONDS]
    soak = whole[-1] if whole else max(found, key=lambda one: one.seconds, default=None)
    yield least("soak", "soak with faults, seconds", SOAK_SECONDS, soak.seconds if soak else None)
    yield least("soak-rate", "soak, events a second", SOAK_RATE, soak.rate if soak else None)
    yield none("soak-differences", "soak, differences", soak.differences if soak else None)
    yield _flat(soak)
    if soak is None or soak.lag_max is None or soak.lag_bound is None:
        yield Target("soak-lag", "soak, greatest lag", "bounded", "", Holds.UNKNOWN)
    else:
        yield most("soak-lag", "soak, greatest lag, events", soak.lag_bound, soak.lag_max)


def _flat(soak: Soak | None) -> Target:
    """Hold services' memory against the soak's own bound, else its end against its beginning."""
    mine = [one for one in soak.memory if one.bounded] if soak else []
    if soak is None or soak.slope_bound is None:
        grown = max((one.grown for one in mine), default=None)
        what = "soak, memory at the end of that at the beginning"
        return most("soak-memory", what, FLAT, grown)
    slopes_mb = [one.slope_mb_per_hour for one in mine if one.slope_mb_per_hour is not None]
    what = "soak, memory of the service that grows most"
    return most("soak-memory", what, soak.slope_bound, max(slopes_mb, default=None), " MB an hour")


def _of_peers(found: Sequence[Peer]) -> Iterator[Target]:
    product = next((peer for peer in found if peer.name == "product"), None)
    what = "our stage of the limit of the common job"
    yield least("limit", what, OF_LIMIT, product.of_limit if product else None)
    what = "our stage of the limit that takes the same ordered events"
    yield least("limit-ordered", what, OF_LIMIT, product.of_ordered if product else None)
    for rival in RIVALS:
        variants = [
            peer
            for peer in found
            if peer.name == rival.contender and peer.variant.startswith(rival.variant)
        ]
        fastest = max((peer.rate for peer in variants), default=None)
        times = product.rate / fastest if product and fastest else None
        yield least(rival.key, f"our stage of {rival.said}", rival.times, times)


def _two_stages(lines: Lines) -> Target:
    both = next((one for one in staged(last(lines.stages)) if one.stage == BOTH), None)
    what = "door to projection of the two-stage limit"
    return least("two-stages", what, TWO_STAGES, both.by_clock if both else None)


def _of_alerts(lines: Lines) -> Iterator[Target]:
    found = recall_of(lines.recall)
    what = "planted deviations raised within a day, share"
    yield least("recall", what, RECALL, found.share if found else None)
    rate = found.false_rate if found else None
    yield below("false-alarms", "false alarms per 100 projects and month", FALSE_RATE, rate)
    what = "opening a day over 10,000 projects, the sweep included, seconds"
    yield most("opening", what, OPENING_SECONDS, slowest(lines.opening, OPENING_PROJECTS))


def _of_growth(lines: Lines) -> Iterator[Target]:
    found = [slope for slope in slopes(costs(lines.growth)) if slope.subject != MEMORY]
    if not found:
        what = "cost at 100,000 projects of that at 10,000"
        yield most("growth", what, SLOPE, None, " times")
    for slope in found:
        key = "growth-" + "-".join(slope.label.replace(",", "").split())
        shape = "" if slope.alike else ", as many entries in all"
        shape += "" if slope.divided is None else ", divided by the limit's"
        what = f"growth to ten times the projects: {slope.label}{shape}"
        yield most(key, what, SLOPE, slope.held)


def unexplained(lines: Lines) -> list[str]:
    """Give the keys of targets that do not hold and have no reason."""
    return [
        target.key
        for target in targets(lines)
        if target.holds is Holds.NO and not reason(target, lines.reasons)
    ]


def reason(target: Target, reasons: Mapping[str, str]) -> str:
    """Give the reason for a target: its own, else that of the group its key begins with."""
    words = target.key.split("-")
    keys = ("-".join(words[:count]) for count in range(len(words), 0, -1))
    return next((reasons[key] for key in keys if reasons.get(key)), "")
