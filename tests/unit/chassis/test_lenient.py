"""Header names that are no UTF-8 stop nobody."""

import struct
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

from services.chassis import expanding, lenient
from services.chassis.health import Health
from services.chassis.kafka import SupervisedBroker
from services.chassis.lenient import LenientRecords
from services.chassis.settings import KafkaSettings

CRC_AT = 17
CHECKED_FROM = 21
GZIP, SNAPPY, LZ4, ZSTD = 1, 2, 3, 4


def batch(*names: str, codec: int = 0, broken: bool = False) -> bytes:
    """Build a batch of one record for each header name; `broken` makes one of them no UTF-8."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 100_000)
    for number, name in enumerate(names):
        builder.append(number, 1, b"key", b"value", [(name, b"x"), ("null", None)])
    found = bytearray(builder.build())
    if broken:
        at = bytes(found).index(b"@bad")
        found[at : at + 4] = b"\xff\xfea\xff"
        struct.pack_into(">I", found, CRC_AT, calc_crc32c(bytes(found[CHECKED_FROM:])))
    return bytes(found)


Read = tuple[int, bytes | None, list[tuple[str, bytes | None]]]


def read(records: Any) -> list[Read]:
    found: dict[tuple[int, int], Read] = {}
    number = 0
    while records.has_next():
        following = records.next_batch()
        assert following.validate_crc()
        assert not following.is_control_batch
        # As aiokafka does, whatever comes twice is taken once.
        found |= {(number, r.offset): (r.offset, r.value, list(r.headers)) for r in following}
        number += 1
    return list(found.values())


@pytest.mark.parametrize("codec", [0, LZ4])
def test_sound_batches_are_read_as_aiokafka_reads_them(codec: int) -> None:
    """Record by record, batch by batch, compressed or not."""
    data = batch("a", "名", codec=codec) + batch("b")

    assert read(MemoryRecords(data)) == read(LenientRecords(data))
    assert len(data) == LenientRecords(data).size_in_bytes()


def test_a_name_that_is_no_text_is_escaped_and_its_neighbours_are_whole() -> None:
    """Where aiokafka's own reader raises."""
    data = batch("a", "@bad", "b", broken=True) + batch("c")
    with pytest.raises(UnicodeDecodeError):
        read(MemoryRecords(data))

    found = read(LenientRecords(data))
    assert [0, 1, 2, 0] == [offset for offset, _, _ in found]
    assert ["a", "\\xff\\xfea\\xff", "b", "c"] == [headers[0][0] for _, _, headers in found]
    assert all(("null", None) == headers[1] for _, _, headers in found)
    assert {b"value"} == {value for _, value, _ in found}


def test_a_long_batch_with_such_a_name_comes_in_pieces_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """None of them is longer than others: whoever takes a few records copies no more than one."""
    monkeypatch.setattr(lenient, "PIECE_RECORDS", 5)
    names = [f"name{number}" for number in range(23)]
    data = batch(*names, "@bad", *names[:4], broken=True)

    pieces = list(LenientRecords(data).next_batch().pieces())

    # What stands before the name was read already, by whole pieces.
    assert [5, 5, 5, 5, *[5] * 5, 3] == [len(piece) for piece in pieces]
    offsets = [record.offset for piece in pieces for record in piece]
    assert [*range(20), *range(28)] == offsets


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
def test_a_batch_that_expands_too_much_is_one_empty_record(
    codec: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the last of its offsets, so that reading goes on behind it."""
    monkeypatch.setattr(expanding, "EXPANDED_BYTES_MAX", 100_000)
    expanding.install()
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 10_000_000)
    for number in range(5):
        builder.append(number, 1, b"key", b" " * 30_000, [])
    data = bytes(builder.build()) + batch("b", codec=codec)

    found = read(LenientRecords(data))
    assert [4, 0] == [offset for offset, _, _ in found]
    assert (None, [("unreadable", b"expands_too_much")]) == found[0][1:]
    assert b"value" == found[1][1]


@pytest.mark.parametrize("codec", [GZIP, SNAPPY, LZ4, ZSTD])
@pytest.mark.parametrize("size", [1, 10_000, 3_000_000])
def test_what_may_be_expanded_is(codec: int, size: int) -> None:
    """Whatever the codec, byte for byte."""
    expanding.install()
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 10_000_000)
    builder.append(0, 1, b"key", b"x" * size, [])

    ((_, value, _),) = read(LenientRecords(bytes(builder.build())))
    assert b"x" * size == value


def test_what_services_read_goes_through_it() -> None:
    """Else the module would protect nobody."""
    SupervisedBroker(KafkaSettings(), Health())

    assert fetcher.MemoryRecords is LenientRecords


@pytest.mark.parametrize("codec", [LZ4, ZSTD])
def test_a_room_is_used_again_only_when_nobody_looks_into_it(codec: int) -> None:
    """Batches that are read side by side keep their own; what was read stays what it was."""
    expanding.install()
    batches = [_large(codec, letter) for letter in (b"a", b"b", b"c")]
    first, second = (iter(LenientRecords(data).next_batch()) for data in batches[:2])
    seen = [next(first).value, next(second).value]
    waiting = len(expanding._kept)
    seen += [record.value for record in first]
    del first
    assert waiting + 1 == len(expanding._kept)

    third = [record.value for record in LenientRecords(batches[2]).next_batch()]
    seen += [record.value for record in second]
    assert {b"a" * 500 + b"%d" % n for n in range(2_000)} == {v for v in seen if v[:1] == b"a"}
    assert {b"b" * 500 + b"%d" % n for n in range(2_000)} == {v for v in seen if v[:1] == b"b"}
    assert 2_000 == len({v for v in third if v[:1] == b"c"})


def test_what_does_not_fit_into_a_room_is_expanded_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And the room is there for the next."""
    monkeypatch.setattr(expanding, "KEPT_BYTES", 600_000)
    monkeypatch.setattr(expanding, "_kept", [])
    expanding.install()

    found = [record.value for record in LenientRecords(_large(LZ4, b"a")).next_batch()]
    assert 2_000 == len(set(found))
    assert [600_000] == [len(room) for room in expanding._kept]


def test_of_many_rooms_few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebalance may end many reads at once."""
    monkeypatch.setattr(expanding, "_kept", [])
    expanding.install()
    batches = [LenientRecords(_large(LZ4, b"a")).next_batch() for _ in range(6)]
    for one in batches:
        next(iter(one))

    batches.clear()
    del one
    assert expanding.KEPT_MAX == len(expanding._kept)


def _large(codec: int, letter: bytes) -> bytes:
    builder = DefaultRecordBatchBuilder(2, codec, 0, -1, -1, -1, 10_000_000)
    for number in range(2_000):
        builder.append(number, 1, b"key", letter * 500 + b"%d" % number, [])
    return bytes(builder.build())
