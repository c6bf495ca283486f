"""What aiokafka fetched comes as light records: the same ones, in any pieces, each once."""

import struct
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Final

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.consumer.subscription_state import Assignment
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c
from faststream.kafka.subscriber.usecase import BatchSubscriber

from services.chassis import lenient
from services.chassis.fetched import FetchedRecords, FetchedResult, poll
from services.chassis.health import Health
from services.chassis.kafka import SupervisedBroker
from services.chassis.lenient import LenientRecords
from services.chassis.settings import KafkaSettings

TP: Final = TopicPartition("ledger", 3)
AS_ASKED: Final = (None, None, True, 1)
"""No deserializers; sums are checked; what is committed is read."""
LZ4: Final = 3
ATTRIBUTES_AT: Final = 21
CRC_AT: Final = 17
CONTROL: Final = 0x20
ABORT: Final = struct.pack(">hh", 0, 0)
PRODUCER: Final = 7
(AIOKAFKAS_OWN,) = FetchedRecords.__bases__
PLAIN_FIELDS: Final = ("topic", "partition", "offset", "timestamp", "key", "value")


def batch(
    first: int, count: int, *, codec: int = 0, aborted: bool = False, control: bool = False
) -> bytes:
    """Build a batch of so many records from an offset on; `control` makes it an abort marker."""
    of = PRODUCER if aborted or control else -1
    builder = DefaultRecordBatchBuilder(2, codec, int(of > 0), of, 0 * of, 0, 10_000_000)
    for number in range(count):
        offset = first + number
        key = ABORT if control else (None if offset % 3 else b"key%d" % offset)
        value = None if offset % 5 == 0 else b"value%d" % offset
        headers = [("名", b"x%d" % offset), ("empty", None)][: offset % 3]
        builder.append(number, 1_000 + offset, key, value, headers)
    found = bytearray(builder.build())
    struct.pack_into(">q", found, 0, first)
    if control:
        found[ATTRIBUTES_AT + 1] |= CONTROL
        struct.pack_into(">I", found, CRC_AT, calc_crc32c(bytes(found[ATTRIBUTES_AT:])))
    return bytes(found)


def fetched(data: bytes, start: int = 0, aborted: Sequence[tuple[int, int]] = ()) -> FetchedRecords:
    found = LenientRecords(data)
    return FetchedRecords(TP, found, list(aborted), start, *AS_ASKED)


def as_aiokafka(
    data: bytes, start: int = 0, aborted: Sequence[tuple[int, int]] = ()
) -> tuple[list[Any], int]:
    found = MemoryRecords(data)
    records = AIOKAFKAS_OWN(TP, found, list(aborted), start, *AS_ASKED)
    return list(records), records.next_fetch_offset


def fields(records: Sequence[Any]) -> list[tuple[Any, ...]]:
    return [
        (*(getattr(record, name) for name in PLAIN_FIELDS), list(record.headers))
        for record in records
    ]


@pytest.mark.parametrize("start", [0, 4, 7, 30])
@pytest.mark.parametrize("codec", [0, LZ4])
def test_records_are_those_that_aiokafka_gives(codec: int, start: int) -> None:
    """From wherever reading begins, also within a batch; and reading goes on at the same place."""
    data = batch(0, 7, codec=codec) + batch(7, 1) + batch(20, 25, codec=codec)

    own, end = as_aiokafka(data, start)
    records = fetched(data, start)
    assert fields(own) == fields(list(records))
    assert end == records.next_fetch_offset == 45


def test_what_was_aborted_and_markers_are_passed_over() -> None:
    """Reading stands behind them."""
    data = batch(0, 2) + batch(2, 3, aborted=True) + batch(5, 1, control=True)
    aborted = [(PRODUCER, 2)]

    own, end = as_aiokafka(data, 0, aborted)
    records = fetched(data, 0, aborted)
    assert [0, 1] == [record.offset for record in own] == [record.offset for record in records]
    assert 6 == end == records.next_fetch_offset


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_batches_of_any_length_come_whole(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that are some pieces long, to the record."""
    monkeypatch.setattr(lenient, "PIECE_RECORDS", 5)
    data = batch(0, 10 + more) + batch(50, 5)

    offsets = [*range(10 + more), *range(50, 55)]
    assert offsets == [record.offset for record in fetched(data)]


def test_a_mark_that_comes_first_stands_by_itself() -> None:
    """One that does not, or has no value, is a header like any other."""
    mark, other = ("entry", b"1 1 1 1 t"), ("名", b"x")
    sent = [[mark], [mark, other], [other, mark], [("entry", None)], []]
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, 10_000)
    for number, headers in enumerate(sent):
        builder.append(number, 1, None, b"v", headers)
    records = list(fetched(bytes(builder.build())))

    assert sent == [list(record.headers) for record in records]
    assert [mark[1], mark[1], None, None, None] == [record.mark for record in records]


async def test_a_fetch_is_taken_in_pieces_each_once() -> None:
    """And the consumer's position is behind what was taken, always."""
    assignment = Assignment([TP])
    position = assignment.state_value(TP)
    position.seek(1)
    data = batch(0, 4) + batch(4, 3)
    result = FetchedResult(TP, assignment=assignment, partition_records=fetched(data, 1), backoff=0)

    taken = []
    for count, behind in ((2, 3), (2, 5), (2, 7)):
        assert result.has_more()
        taken += [record.offset for record in result.getall(count)]
        assert behind == position.position
    assert [1, 2, 3, 4, 5, 6] == taken
    assert [] == result.getall(2)
    assert not result.has_more()


@pytest.mark.parametrize("most", [1, 3, 4, 5, 7, 100])
async def test_taken_in_any_steps_it_is_the_same(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also within pieces, behind what is passed over, and where a header's name is escaped."""
    monkeypatch.setattr(lenient, "PIECE_RECORDS", 4)
    whole = batch(0, 10) + batch(10, 3, aborted=True) + batch(13, 1, control=True) + batch(14, 9)
    bad = bytearray(whole)
    at = bad.rindex("名".encode())
    bad[at : at + 2] = b"\xff\xff"
    begin = len(whole) - len(batch(14, 9))
    struct.pack_into(">I", bad, begin + CRC_AT, calc_crc32c(bytes(bad[begin + ATTRIBUTES_AT :])))
    for data in (whole, bytes(bad)):
        assignment = Assignment([TP])
        position = assignment.state_value(TP)
        position.seek(2)
        records = fetched(data, 2, [(PRODUCER, 10)])
        result = FetchedResult(TP, assignment=assignment, partition_records=records, backoff=0)
        taken: list[int] = []
        while result.has_more():
            some = result.getall(most)
            assert len(some) <= most
            taken += [record.offset for record in some]
            assert not some or len(some) < most or some[-1].offset < position.position
        assert [*range(2, 10), *range(14, 23)] == taken
        assert 23 == position.position


def test_of_a_long_batch_with_a_name_that_is_no_text_little_is_copied_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is left of a piece is moved on by each taking: it is never most of the batch."""
    monkeypatch.setattr(lenient, "PIECE_RECORDS", 4)
    data = bytearray(batch(0, 200))
    at = data.index("名".encode())
    data[at : at + 2] = b"\xff\xff"
    struct.pack_into(">I", data, CRC_AT, calc_crc32c(bytes(data[ATTRIBUTES_AT:])))
    records = fetched(bytes(data))

    taken, copied = 0, 0
    while some := records.take(1):
        taken += len(some)
        copied += len(records._left)
    assert 200 == taken
    assert copied < 4 * taken


async def test_of_a_fetch_from_elsewhere_nothing_is_taken() -> None:
    """The consumer was set to another offset after it had asked."""
    assignment = Assignment([TP])
    assignment.state_value(TP).seek(2)
    result = FetchedResult(
        TP, assignment=assignment, partition_records=fetched(batch(0, 4)), backoff=0
    )

    assert [] == result.getall()
    assert not result.has_more()
    assert 2 == assignment.state_value(TP).position


async def test_what_is_fetched_of_a_paused_partition_is_let_go() -> None:
    """As aiokafka does: a batch in hand is expanded whole, and nobody counts how many wait."""
    assignment = Assignment([TP])
    state = assignment.state_value(TP)
    state.seek(0)
    result = FetchedResult(
        TP, assignment=assignment, partition_records=fetched(batch(0, 4)), backoff=0
    )
    assert [0] == [record.offset for record in result.getall(1)]
    state.pause()

    assert [] == result.getall()
    assert not result.has_more()
    assert 1 == state.position


async def test_one_record_is_taken_alone() -> None:
    """As `getone` does, which some clients of ours use."""
    assignment = Assignment([TP])
    assignment.state_value(TP).seek(0)
    result = FetchedResult(
        TP, assignment=assignment, partition_records=fetched(batch(0, 2)), backoff=0
    )

    assert 0 == result.getone().offset
    assert 1 == assignment.state_value(TP).position
    assert [1] == [record.offset for record in result.getall()]


async def test_nothing_is_slept_when_nothing_came(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait for records is the wait: what comes at its end is not kept waiting as long again."""
    asked: list[dict[str, int]] = []
    given = [{}, {TP: ["one", "two"], TopicPartition("ledger", 4): ["three"]}]

    async def getmany(**how: int) -> dict[TopicPartition, list[str]]:
        asked.append(how)
        return given[len(asked) - 1]

    async def sleep(_: float) -> None:
        raise AssertionError

    monkeypatch.setattr("anyio.sleep", sleep)
    subscriber = SimpleNamespace(batch_timeout_ms=100, max_records=7)
    consumer = SimpleNamespace(getmany=getmany)

    polled: list[Any] = [await poll(subscriber, consumer) for _ in given]
    assert [(), ("one", "two", "three")] == polled
    assert [{"timeout_ms": 100, "max_records": 7}] * 2 == asked


def test_services_read_so() -> None:
    """Else nobody would be the faster."""
    SupervisedBroker(KafkaSettings(), Health())

    assert BatchSubscriber.get_msg is poll
    assert fetcher.PartitionRecords is FetchedRecords
    assert fetcher.FetchResult is FetchedResult
