"""Header names that are no UTF-8 stop nobody."""

import struct
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.record.util import calc_crc32c

from services.chassis import expanding
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
