"""The ledger over another number of partitions: a new order of its entries, and new positions.

Each partition has an order of its own, in which copies of jurisdictions' facts stand. What is
measured hangs on which facts of its jurisdiction came before an entry, and on the order within its
stream; so the new order keeps both. Streams keep their sequences, times, publishers and bytes;
positions are given out anew, and with them hashes: a chain covers where its entries stand.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from contracts.codec import JURISDICTION_TYPES
from contracts.record import Mark
from contracts.topics import partition_of
from services.intake.domain.decision import COPY_MARK


class DisorderError(Exception):
    """The export is not one: a fact is missing, or an entry stands before its jurisdiction."""


class Line(msgspec.Struct, frozen=True):
    """One line of the export (`dualwatch ledger export`)."""

    partition: int
    position: int
    stream: str
    sequence: int
    recorded_ms: int
    type: str
    publisher: str
    event: str

    @property
    def subject(self) -> str:
        """The project, or the jurisdiction; a copy's stream names its partition behind it."""
        return self.stream.partition(COPY_MARK)[0]

    @property
    def is_copy(self) -> bool:
        """Whether it is another partition's fact."""
        return COPY_MARK in self.stream

    @property
    def is_fact(self) -> bool:
        """Whether it is a jurisdiction's: every partition has it."""
        return self.type in JURISDICTION_TYPES


class Place(NamedTuple):
    """Where a line comes in the new order; places of all lines sort."""

    time_ms: int
    jurisdiction: str
    facts: int
    """How many facts of its jurisdiction came before."""
    kind: int
    """A fact comes before what came after it."""
    partition: int
    position: int


FACT: Final = 0
ENTRY: Final = 1


class Ordering:
    """Gives places; first it is shown all lines at home that are facts, in order."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._times: dict[str, list[int]] = defaultdict(list)
        self._passed: dict[tuple[int, str], int] = {}
        self._latest: dict[int, int] = {}

    def learn(self, line: Line) -> None:
        """Note when a fact was recorded; DisorderError if one before it is missing."""
        times = self._times[line.subject]
        if line.sequence != len(times) + 1:
            msg = f"fact {len(times) + 1} of {line.subject} is missing"
            raise DisorderError(msg)
        # Clocks differ a little; the order is the stream's.
        times.append(max(line.recorded_ms, times[-1] if times else 0))

    def place(self, line: Line) -> Place:
        """Give a line's place; lines of a partition come in the order of positions."""
        jurisdiction = line.subject.partition("/")[0]
        times, where = self._times[jurisdiction], (line.partition, jurisdiction)
        if line.is_fact:
            self._passed[where] = line.sequence
            time_ms = times[line.sequence - 1]
            return Place(time_ms, jurisdiction, line.sequence, FACT, line.partition, line.position)
        facts = self._passed.get(where, 0)
        if not facts:
            msg = f"partition {line.partition}, position {line.position}: no fact of {jurisdiction}"
            raise DisorderError(msg)
        latest = max(line.recorded_ms, self._latest.get(line.partition, 0))
        self._latest[line.partition] = latest
        # Not before the fact that it came after, nor behind the one that came after it.
        time_ms = max(latest, times[facts - 1])
        if facts < len(times):
            time_ms = min(time_ms, times[facts])
        return Place(time_ms, jurisdiction, facts, ENTRY, line.partition, line.position)


class Numbering:
    """Gives positions in the new partitions, in the new order."""

    def __init__(self, partitions: int) -> None:
        """Nothing has been numbered."""
        self.positions = [0] * partitions

    def records(self, line: Line) -> Iterator[tuple[int, bytes, bytes, Mark]]:
        """Yield partition, key, value and mark of each record that a line becomes."""
        count = len(self.positions)
        home = partition_of(line.subject, count)
        for partition in range(count) if line.is_fact else (home,):
            self.positions[partition] += 1
            position = self.positions[partition]
            mark = Mark(
                position, line.sequence, line.recorded_ms, position, line.type, line.publisher
            )
            yield partition, line.subject.encode(), line.event.encode(), mark
