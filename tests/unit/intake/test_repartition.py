"""A ledger in another number of partitions: every stream's order, and the facts before an entry."""

import itertools
from collections import defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.codec import JURISDICTION_TYPES
from contracts.topics import partition_of
from services.intake.domain.decision import COPY_MARK
from services.intake.domain.repartition import DisorderError, Line, Numbering, Ordering

FACT = "dualwatch.day.opened.v1"
ENTRY = "dualwatch.expenditure.recorded.v1"
JURISDICTIONS = ("J1", "J2", "J3")
PARTITIONS = 4


class Ledger:
    """Enters as intake does: a fact at home first, its copies whenever a partition gets to them."""

    def __init__(self) -> None:
        """Begin empty."""
        self.lines: list[list[Line]] = [[] for _ in range(PARTITIONS)]
        self.sequences: dict[str, int] = defaultdict(int)
        self.waiting: list[list[tuple[str, str]]] = [[] for _ in range(PARTITIONS)]
        self.clock_ms = 1_000

    def fact(self, jurisdiction: str) -> None:
        """Enter a fact at home; its copies wait."""
        home = partition_of(jurisdiction, PARTITIONS)
        event = f"{jurisdiction} fact {self.sequences[jurisdiction] + 1}"
        self._enter(home, jurisdiction, FACT, event)
        for partition in range(PARTITIONS):
            if partition != home:
                self.waiting[partition].append((jurisdiction, event))

    def copy(self, partition: int) -> None:
        """Enter the next copy that waits."""
        if self.waiting[partition]:
            jurisdiction, event = self.waiting[partition].pop(0)
            self._enter(partition, f"{jurisdiction}{COPY_MARK}{partition}", FACT, event)

    def entry(self, project: str) -> None:
        """Enter a fact of a project, once its partition knows the jurisdiction."""
        partition = partition_of(project, PARTITIONS)
        jurisdiction = project.partition("/")[0]
        if any(line.is_fact and line.subject == jurisdiction for line in self.lines[partition]):
            self._enter(partition, project, ENTRY, f"{project} {self.sequences[project] + 1}")

    def _enter(self, partition: int, stream: str, kind: str, event: str) -> None:
        self.sequences[stream] += 1
        self.clock_ms += 1
        position = len(self.lines[partition]) + 1
        # The partitions' clocks differ.
        recorded_ms = self.clock_ms + 5 * partition
        sequence = self.sequences[stream]
        line = Line(partition, position, stream, sequence, recorded_ms, kind, "me", event)
        self.lines[partition].append(line)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("fact"), st.sampled_from(JURISDICTIONS)),
        st.tuples(st.just("copy"), st.integers(0, PARTITIONS - 1)),
        st.tuples(
            st.just("entry"),
            st.builds("{}/P{}".format, st.sampled_from(JURISDICTIONS), st.integers(0, 5)),
        ),
    ),
    max_size=60,
)


def _ledger(todo: Sequence[tuple[str, str | int]]) -> Ledger:
    ledger = Ledger()
    for jurisdiction in JURISDICTIONS:
        ledger.fact(jurisdiction)
    for kind, what in todo:
        getattr(ledger, kind)(what)
    for partition in range(PARTITIONS):
        while ledger.waiting[partition]:
            ledger.copy(partition)
    return ledger


def _ordered(ledger: Ledger) -> list[Line]:
    ordering = Ordering()
    lines = list(itertools.chain.from_iterable(ledger.lines))
    for line in lines:
        if line.is_fact and not line.is_copy:
            ordering.learn(line)
    placed = [(ordering.place(line), line) for line in lines]
    return [line for _, line in sorted(placed, key=lambda each: each[0]) if not line.is_copy]


def _seen(records: Sequence[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """Give what each project's measuring sees: its own entries and its jurisdiction's facts."""
    seen: dict[str, list[tuple[str, str]]] = defaultdict(list)
    projects = {subject for subject, _ in records if "/" in subject}
    for subject, event in records:
        for project in projects:
            if subject in {project, project.partition("/")[0]}:
                seen[project].append((subject, event))
    return seen


@given(steps, st.integers(1, 7))
def test_each_project_sees_the_same_in_the_same_order(
    todo: list[tuple[str, str | int]], partitions: int
) -> None:
    """Whatever the number: its own entries, and between them the same facts."""
    ledger = _ledger(todo)
    numbering = Numbering(partitions)
    anew: list[list[tuple[str, str]]] = [[] for _ in range(partitions)]
    for line in _ordered(ledger):
        for partition, key, value, mark in numbering.records(line):
            anew[partition].append((key.decode(), value.decode()))
            assert len(anew[partition]) == mark.position == mark.cause
    before = [[(line.subject, line.event) for line in part] for part in ledger.lines]
    seen_before = {k: v for part in before for k, v in _seen(part).items()}
    seen_anew = {k: v for part in anew for k, v in _seen(part).items()}

    assert seen_before == seen_anew


def test_an_export_that_lacks_a_fact_is_refused() -> None:
    """Half a ledger must not become a whole one."""
    with pytest.raises(DisorderError, match="fact 1 of J1 is missing"):
        Ordering().learn(Line(0, 1, "J1", 2, 1, FACT, "me", "{}"))
    with pytest.raises(DisorderError, match="no fact of J1"):
        Ordering().place(Line(0, 1, "J1/P1", 1, 1, ENTRY, "me", "{}"))


def test_the_types_are_what_the_test_takes_them_for() -> None:
    """A day is a jurisdiction's fact, a payment is not."""
    assert FACT in JURISDICTION_TYPES
    assert ENTRY not in JURISDICTION_TYPES
