"""What must hold whatever happens, by name: a control says which of these has caught it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from contracts.codec import JURISDICTION_TYPES
from services.chassis.publisher import OutRecord
from tests.support.crashing import Topics, mark_of

Given = Mapping[tuple[str, int], int]
"""Last position that a store says it has given out, by topic and partition."""


class Invariant(StrEnum):
    """Names of what must hold."""

    ONCE = "every event exactly once"
    GAPLESS = "positions come without a gap"
    ONE_EVENT = "one position is one event"
    STORED = "only what is stored is published"
    COMPLETE = "all that is stored is published"
    SAME_END = "the end is that of an undisturbed run"
    FENCED = "a former owner changes nothing"
    REBUILT = "rebuilt is live"
    AT_REST = "work comes to an end"
    FIGURES = "figures are those of the model"


@dataclass(frozen=True)
class Breach:
    """One invariant that did not hold, and where."""

    invariant: Invariant
    what: str

    def __str__(self) -> str:
        """Say both."""
        return f"{self.invariant.value}: {self.what}"


def read_carefully(
    topics: Topics, topic: str, partition: int
) -> tuple[dict[int, OutRecord], list[Breach]]:
    """Read a partition as its readers do, each position once; tell what they would stumble over."""
    found: dict[int, OutRecord] = {}
    breaches: list[Breach] = []
    where = f"{topic}-{partition}"
    for record in topics.log(topic, partition):
        position = mark_of(record).position
        if position > len(found) + 1:
            breaches.append(Breach(Invariant.GAPLESS, f"{where}: {position} came too early"))
        elif position not in found:
            found[position] = record
        elif found[position] != record:
            breaches.append(Breach(Invariant.ONE_EVENT, f"{where}: {position} is two events"))
    return found, breaches


def ahead(topics: Topics, given: Given) -> Iterator[Breach]:
    """Find what was published before it was stored; holds at every moment."""
    for (topic, partition), log in topics.logs.items():
        stored = given.get((topic, partition))
        if stored is None and not any(name == topic for name, _ in given):
            continue
        last = max((mark_of(record).position for record in log), default=0)
        if last > (stored or 0):
            yield Breach(
                Invariant.STORED, f"{topic}-{partition}: {last} published, {stored or 0} stored"
            )


def doubled(topics: Topics, topic: str) -> Iterator[Breach]:
    """Find events that stand at two positions; holds at every moment.

    Jurisdiction facts stand once in every partition, all others once in all of them.
    """
    places: dict[tuple[str, str, str], list[str]] = {}
    for name, partition in topics.logs:
        if name != topic:
            continue
        for position, record in read_carefully(topics, topic, partition)[0].items():
            event: dict[str, str] = json.loads(record[1] or b"{}")
            everywhere = mark_of(record).event_type in JURISDICTION_TYPES
            key = (event["source"], event["id"], str(partition) if everywhere else "")
            places.setdefault(key, []).append(f"{partition}:{position}")
    for key, found in places.items():
        if len(found) > 1:
            yield Breach(Invariant.ONCE, f"{topic}: {key[1]} is at {', '.join(found)}")


def missing(topics: Topics, given: Given) -> Iterator[Breach]:
    """Find what was stored and never published; holds at rest."""
    for (topic, partition), stored in given.items():
        found, _ = read_carefully(topics, topic, partition)
        if len(found) < stored:
            yield Breach(
                Invariant.COMPLETE,
                f"{topic}-{partition}: {stored} stored, readers come to {len(found)}",
            )


def differences(
    expected: Mapping[str, list[str]], actual: Mapping[str, list[str]], invariant: Invariant
) -> Iterator[Breach]:
    """Compare what is kept under names, and name what differs."""
    for name in sorted(expected.keys() | actual.keys()):
        before, after = expected.get(name, []), actual.get(name, [])
        if before != after:
            yield Breach(invariant, f"{name}: {_told(before, after)}")


def _told(expected: Iterable[str], actual: Iterable[str]) -> str:
    expected, actual = list(expected), list(actual)
    lost = [text for text in expected if text not in actual]
    more = [text for text in actual if text not in expected]
    text = f"{len(expected)} expected, {len(actual)} found"
    return f"{text}; lacking {str(lost[:1])[:300]}; instead {str(more[:1])[:300]}"
