"""Reading a batch of records: skip, notice, decode; judge again when someone else was faster."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from contracts.codec import encode, new_event
from contracts.envelope import AnyEvent
from contracts.events.analysis import AssessmentMadeV1, DayAssessed, FindingDetected
from contracts.events.analysis.earlier import ProjectStanding
from contracts.record import Mark
from contracts.topics import partition_of
from services.alerts.domain.case import Case
from services.alerts.domain.telling import Told
from services.alerts.handlers.assessments import AssessmentHandler
from services.alerts.handlers.reading import CONFLICTS_MAX, read
from services.alerts.store.batch import Batch
from services.alerts.store.documents import case_id
from services.alerts.store.writing import ConflictError
from services.chassis.marked import ours
from services.chassis.records import GapError
from tests.unit.alerts.builders import JUNE_30, NOTED, assessment, finding
from tests.unit.alerts.rules import PACKS

SWEPT = new_event(
    DayAssessed(date=JUNE_30, partition=0, working_day=True, projects=1),
    event_id="d",
    source="dualwatch:analysis",
    subject="340700",
    time=NOTED,
)


@dataclass
class Sent:
    """A record as the lane gives it."""

    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    offset: int = 0
    topic: str = "assessments"
    partition: int = 0
    timestamp: int = 0
    key: bytes | None = b"340700/P-1"


def sent(position: int, event: AnyEvent | None = None, event_type: str | None = None) -> Sent:
    """Make a numbered record."""
    event = event or assessment(ledger_position=position)
    mark = Mark(position, 0, 1_000, position, event_type or event.type)
    return Sent(encode(event), [("entry", mark.to_bytes())], offset=position + 100)


def test_reads_what_follows() -> None:
    """Known positions are skipped; the offset is where to read on."""
    reading = read([sent(3), sent(4), sent(5)], position=3)

    assert reading is not None
    assert (5, 106, [4, 5]) == (
        reading.position,
        reading.offset,
        [mark.position for mark, _ in reading.events],
    )


def test_nothing_new_is_nothing() -> None:
    """A redelivery."""
    assert read([sent(1), sent(2)], position=2) is None


def test_a_missing_position_is_noticed() -> None:
    """What comes before a gap counts; what follows it waits."""
    reading = read([sent(1), sent(3)], position=0)

    assert reading is not None
    assert (1, 102) == (reading.position, reading.offset)
    with pytest.raises(GapError):
        read([sent(3)], position=1)


def test_passes_over_what_it_does_not_judge_without_decoding_it() -> None:
    """Its position counts all the same."""
    record = sent(1, event_type=FindingDetected.event_type())
    record.value = b"not even JSON"
    reading = read([record], position=0)

    assert reading is not None
    assert (1, []) == (reading.position, reading.events)


def test_an_unknown_type_stops_the_partition() -> None:
    """A newer release wrote it: nothing is skipped, the upgrade is awaited."""
    with pytest.raises(Exception, match=r"assessment\.made\.v9"):
        read([sent(1, event_type="dualwatch.assessment.made.v9")], position=0)


@pytest.mark.moves("dualwatch_foreign_records_total")
def test_foreign_records_are_passed_over() -> None:
    """Without a mark, with a broken one, without a value."""
    foreign = [Sent(b"{", []), Sent(b"{", [("entry", b"x")]), Sent(None, [("entry", b"1 0 1 1 t")])]
    good = sent(1)

    assert [good] == ours([*foreign, good])
    assert read(foreign, position=0) is None


@dataclass
class FakeTaken:
    """A partition that is ours."""

    position: int = 0
    offset: int | None = None

    async def release(self) -> None:
        """Give it back."""


@dataclass
class FakeStore:
    """A store in memory that loses against others so many times."""

    conflicts: int = 0
    written: list[Batch] = field(default_factory=list)
    relayed: list[list[int]] = field(default_factory=list)
    kept: dict[str, Case] = field(default_factory=dict)

    async def take(self, partition: int) -> FakeTaken:
        """Take a partition."""
        assert partition >= 0
        return FakeTaken()

    @property
    def teller(self) -> "FakeStore":
        """Publish what was told."""
        return self

    def home(self, jurisdiction: str) -> int:
        """Four partitions."""
        return partition_of(jurisdiction, 4)

    async def relay_told(self, told: list[Told]) -> None:
        """Remember what was to be published."""
        self.relayed.append(sorted({self.home(item.jurisdiction) for item in told}))

    async def cases(self, wanted: set[tuple[str, int]]) -> dict[str, Case]:
        """Give what was kept."""
        return {case_id(*key): self.kept.get(case_id(*key), Case(*key)) for key in wanted}

    async def commit(self, taken: FakeTaken, batch: Batch) -> FakeTaken:
        """Keep a batch, unless someone else was faster."""
        if self.conflicts:
            self.conflicts -= 1
            raise ConflictError
        assert taken.position < batch.position
        self.written.append(batch)
        self.kept |= batch.judged()
        return FakeTaken(batch.position, batch.offset)


async def handler_on(store: Any) -> AssessmentHandler:
    """Make a handler that owns partition 0."""
    handler = AssessmentHandler(store, PACKS)
    await handler.assigned(0)
    return handler


BAD = assessment(findings=(finding(),), ledger_position=1)


async def test_judges_writes_and_publishes() -> None:
    """One batch, one write, one publication."""
    store = FakeStore()
    handler = await handler_on(store)
    await handler.handle(0, [sent(1, BAD), sent(2, SWEPT)])
    (batch,) = store.written

    assert (2, ["raised"]) == (batch.position, [str(t.change.kind) for t in batch.told])
    assert [[store.home("340700")]] == store.relayed


async def test_judges_what_an_earlier_release_wrote() -> None:
    """An assessment of the first version, without what the second tells beside it."""
    earlier = AssessmentMadeV1.event_type()
    document = json.loads(encode(BAD)) | {"type": earlier}
    known = ProjectStanding.model_fields.keys()
    document["data"]["standing"] = {
        name: value for name, value in document["data"]["standing"].items() if name in known
    }
    record = Sent(json.dumps(document).encode(), [("entry", Mark(1, 0, 1, 1, earlier).to_bytes())])
    store = FakeStore()
    await (await handler_on(store)).handle(0, [record])
    (batch,) = store.written

    assert ["raised"] == [str(told.change.kind) for told in batch.told]


async def test_goes_on_from_where_it_is() -> None:
    """The same records again are no second batch."""
    store = FakeStore()
    handler = await handler_on(store)
    await handler.handle(0, [sent(1, BAD)])
    await handler.handle(0, [sent(1, BAD)])

    assert 1 == len(store.written)


@pytest.mark.moves("dualwatch_alerts_conflicts_total")
async def test_judges_again_what_someone_else_changed() -> None:
    """Conflicts are repeated, within a bound."""
    store = FakeStore(conflicts=2)
    handler = await handler_on(store)
    await handler.handle(0, [sent(1, BAD)])

    assert ([1], 0) == ([len(batch.told) for batch in store.written], store.conflicts)


async def test_gives_up_judging_again_after_a_bound() -> None:
    """The lane then waits and takes the partition anew."""
    handler = await handler_on(FakeStore(conflicts=CONFLICTS_MAX))

    with pytest.raises(ConflictError):
        await handler.handle(0, [sent(1, BAD)])


async def test_forgets_a_partition_that_is_revoked() -> None:
    """Nothing is written for it any more."""
    store = FakeStore()
    handler = await handler_on(store)
    await handler.revoked(0)

    with pytest.raises(KeyError):
        await handler.handle(0, [sent(1, BAD)])
    assert [] == store.written
