import asyncio
import datetime as dt
from collections.abc import Sequence

import bson
import pytest

from contracts.topics import partition_of
from services.chassis.publisher import OutRecord
from services.intake.domain.admission import admit
from services.intake.domain.decision import OutgoingCopy
from services.intake.domain.submissions import KEPT_BYTES_MAX, Copy, Origin
from services.intake.domain.verdicts import Refusal
from services.intake.store import documents as docs
from services.intake.store.board import Board, woken
from services.intake.store.submissions import Submission, Submissions, read
from tests.support.hostile import EVENTS, Hostile, event, wire
from tests.unit.intake.builders import HEFEI, NOW_MS, Ledger, taken

DOCUMENT_BYTES_MAX = 16 * 1024 * 1024


class Topic:
    """Remembers what was published."""

    def __init__(self) -> None:
        self.records: dict[int, list[OutRecord]] = {}

    async def publish(self, topic: str, partition: int, records: Sequence[OutRecord]) -> None:
        """Keep them."""
        assert topic == "submissions"
        self.records.setdefault(partition, []).extend(records)


def submission(raw: bytes, index: int = 0) -> Submission:
    return Submission(raw, admit(raw), Origin("demo", "http", b"r" * 16, index, NOW_MS, len(raw)))


async def test_a_submission_comes_out_as_it_went_in() -> None:
    """Exact bytes, origin, and what the ledger needs."""
    topic = Topic()
    raw = wire(event())
    await Submissions(topic, 4).put([submission(raw, 3)])

    partition = partition_of("340100/P1", 4)
    key, value, headers = topic.records[partition][0]
    found = read(value, headers)
    assert b"340100/P1" == key
    assert (raw, 3, b"r" * 16, "demo", NOW_MS) == (
        found.raw,
        found.origin.index,
        found.origin.request,
        found.origin.publisher,
        found.origin.received_ms,
    )
    assert "340100/P1" == found.subject


@pytest.mark.parametrize("hostile", EVENTS, ids=str)
async def test_a_refused_event_reaches_an_owner_with_its_problem(hostile: Hostile) -> None:
    """Whatever its bytes are."""
    topic = Topic()
    await Submissions(topic, 4).put([submission(hostile.body)])

    ((_, value, headers),) = [record for found in topic.records.values() for record in found]
    found = read(value, headers)
    refusal = admit(hostile.body)
    assert isinstance(refusal, Refusal)
    assert found.refusal is not None
    assert hostile.body[:KEPT_BYTES_MAX] == found.raw
    assert len(hostile.body) == found.origin.size


async def test_events_of_one_partition_keep_their_order() -> None:
    """Of a request's events, as far as they meet."""
    topic = Topic()
    events = [wire(event(f"e-{number}", f"340100/P{number}")) for number in range(40)]
    await Submissions(topic, 4).put(map(submission, events))

    assert set(topic.records) == {0, 1, 2, 3}
    for partition, records in topic.records.items():
        expected = [
            raw
            for number, raw in enumerate(events)
            if partition_of(f"340100/P{number}", 4) == partition
        ]
        assert expected == [value for _, value, _ in records]


async def test_a_copy_carries_where_it_came_from() -> None:
    """Its reader enters it under the home's sequence."""
    topic = Topic()
    raw = wire(event(subject="340100"))
    copy = OutgoingCopy("340100", raw, "demo", Copy(2, 7, 3, 5))
    await Submissions(topic, 4).put_copies({0: [copy], 1: [copy]})

    for partition in (0, 1):
        _, value, headers = topic.records[partition][0]
        assert Copy(2, 7, 3, 5) == read(value, headers).copy


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        (None, []),
        (b"", []),
        (b"{}", [("index", b"x"), ("publisher", b"\xff")]),
        (wire(event()), [("copy", b"1 2")]),
        (b"\x00\xff", [("request", b"")]),
    ],
)
def test_a_foreign_record_is_refused_not_raised(
    value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    """Nobody else writes there; if somebody does, the partition goes on."""
    assert read(value, headers).refusal is not None


def test_no_document_of_entries_can_grow_too_large() -> None:
    """A stream that gets a whole batch of the largest events is cut into several."""
    raws = [
        wire(event(f"e-{number}", data={**event()["data"], "purpose": "x" * 60_000}))
        for number in range(600)
    ]
    decision = Ledger().enter(*map(taken, raws))
    documents = docs.entry_documents(decision.entries, 0)

    assert len(documents) > 1
    assert all(len(bson.encode(document)) < DOCUMENT_BYTES_MAX for document in documents)
    sequences = [entry[0] for document in documents for entry in docs.entries_of(document)]
    assert list(range(1, 601)) == sequences
    assert [document["_id"]["n"] for document in documents] == [
        docs.entries_of(document)[0][0] for document in documents
    ]


def test_very_many_small_entries_are_cut_by_number() -> None:
    """A page of a stream is found by the first sequence of its documents."""
    raws = [wire(event(f"e-{number}")) for number in range(2_500)]
    decision = Ledger().enter(*map(taken, raws))
    found = [len(docs.entries_of(item)) for item in docs.entry_documents(decision.entries, 0)]

    assert [1_000, 1_000, 500] == found


def test_heads_of_new_streams_are_inserted_and_others_moved() -> None:
    """An insert is cheaper than an update that may find nothing."""
    ledger = Ledger()
    ledger.enter(taken(wire(event("e-1"))))
    decision = ledger.enter(taken(wire(event("e-2"))), taken(wire(event("e-3", "340100/P2"))))

    assert ["340100/P2"] == [item["_id"] for item in docs.new_heads(decision, 0)]
    assert [{"_id": "340100/P1"}] == [item["q"] for item in docs.moved_heads(decision, 0)]


def test_a_jurisdiction_comes_out_as_it_went_in() -> None:
    """With and without a day."""
    for today in (None, dt.date(2026, 3, 2)):
        state = HEFEI.__class__(
            "340100", "合肥", "01-01", "Asia/Shanghai", "CNY", HEFEI.clock, None, today, None
        )
        key, document = docs.jurisdiction_document(state, 1, 4)

        assert {"_id": {"j": "340100", "p": 1}} == key
        assert state == docs.jurisdiction_of(bson.decode(bson.encode(document)))


async def test_who_waits_is_woken() -> None:
    """By his own request, or by what concerns everybody."""
    board = Board()
    with board.watch(b"a") as mine, board.watch(b"b") as other:
        board.announce([b"a", b"unwatched"])
        assert (True, False) == (mine.is_set(), other.is_set())
        board.announce([], everybody=True)
        assert other.is_set()

    board.announce([b"a"])
    assert not board._waiting


async def test_waiting_ends_when_the_time_is_up() -> None:
    """Though nobody woke."""
    event_ = asyncio.Event()
    await woken(event_, 0.01)
    event_.set()
    await woken(event_, 10)

    assert not event_.is_set()
