"""What every contender is given: the same deliveries, raw or as our ledger's, and their outcome."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.events import MONTHS, Fact, load, totals
from tests.bench.lab import OutRecord
from tests.bench.peers.judging import Figures
from tests.bench.stages import ledger

PARTITIONS: Final = 6
REPEAT_EVERY: Final = 50
"""So many facts, and one comes again."""
REPEAT_NEAR: Final = 20
"""So far behind comes every other that comes again; the others come half of the load behind."""
EVENTS_A_PROJECT: Final = 40
"""Where a contender takes a smaller backlog, of as many fewer projects."""


@dataclass(frozen=True)
class Backlog:
    """Deliveries, in order: facts, some of which come twice."""

    deliveries: int
    projects: int

    @property
    def raw_topic(self) -> str:
        """Its topic as publishers send it."""
        return f"peers-{self.deliveries}"

    def facts(self) -> list[Fact]:
        """Give each fact once, as many as come."""
        found = {fact.index: fact for fact in self.delivered()}
        return [found[index] for index in sorted(found)]

    def delivered(self) -> list[Fact]:
        """Give all deliveries."""
        return deliveries(self.deliveries, self.projects)

    def raw(self) -> Iterator[OutRecord]:
        """Give the records of `raw_topic`: no number, no mark; the event's id says what it is."""
        for fact in self.delivered():
            yield fact.partition(PARTITIONS), fact.subject.encode(), fact.value, []

    def ordered(self) -> Iterator[OutRecord]:
        """Give the records of `ledger`: the same deliveries, numbered as intake does it.

        The jurisdiction's own come first, one in each partition; a fact that comes twice comes
        with its first number, as a killed publisher's successor sends it.
        """
        facts = self.facts()
        records = list(ledger(facts, PARTITIONS))
        yield from records[:PARTITIONS]
        by_index = dict(zip((fact.index for fact in facts), records[PARTITIONS:], strict=True))
        for fact in self.delivered():
            yield by_index[fact.index]

    def expected(self) -> dict[str, Figures]:
        """Say what every project comes to, with no contender's code."""
        facts = self.facts()
        return outcome(facts)


def deliveries(count: int, projects: int) -> list[Fact]:
    """Make `count` deliveries of facts about `projects` projects."""
    facts: list[Fact] = []
    found: list[Fact] = []
    for fact in load(count, projects):
        if len(found) == count:
            break
        facts.append(fact)
        found.append(fact)
        turn, behind = divmod(fact.index + 1, REPEAT_EVERY)
        if behind == 0 and len(found) < count:
            back = REPEAT_NEAR if turn % 2 else fact.index // 2
            found.append(facts[fact.index - back])
    return found


def outcome(facts: Sequence[Fact]) -> dict[str, Figures]:
    """Sum facts in the plainest way."""
    counts: Mapping[str, int] = Counter(fact.subject for fact in facts)
    found = {}
    for subject, total in totals(facts).items():
        used, paid = tuple(total.spent), tuple(total.disbursed)
        assert len(used) == len(paid) == MONTHS
        found[subject] = Figures(counts[subject], sum(used), sum(paid), used, paid)
    return found
