"""The queue before a lane, and numbered records."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.record import MARK_HEADER, Mark
from services.chassis.marked import fresh
from services.chassis.records import (
    BatchLimits,
    FetchedRecord,
    GapError,
    Queue,
    Record,
    header,
)


@dataclass
class Fake:
    """A record without a Kafka."""

    offset: int
    value: bytes | None = b"v"
    headers: Sequence[tuple[str, bytes]] = ()
    topic: str = "ledger"
    partition: int = 0
    timestamp: int = 0
    key: bytes | None = None


def numbered(positions: Iterable[int]) -> list[Record]:
    """Make records with these positions at consecutive offsets."""
    return [
        Fake(offset, headers=(("other", b""), ("entry", Mark(n, 0, 0, n, "t").to_bytes())))
        for offset, n in enumerate(positions)
    ]


@given(
    st.lists(st.lists(st.integers(0, 30), min_size=1, max_size=12), max_size=12),
    st.integers(1, 10),
    st.integers(1, 60),
)
def test_batches_are_bounded_and_whole(
    fetches: list[list[int]], records_max: int, bytes_max: int
) -> None:
    """Every record once and in order; never too many, never too large but for one alone."""
    queue = Queue(BatchLimits(records_max, bytes_max))
    sizes = [size for fetch in fetches for size in fetch]
    for number, fetch in enumerate(fetches):
        before = sum(map(len, fetches[:number]))
        queue.put([Fake(before + n, b"x" * size) for n, size in enumerate(fetch)])
    assert len(queue) == len(sizes)

    offsets: list[int] = []
    while len(queue):
        batch, told = queue.get()
        size = sum(len(record.value or b"") for record in batch)
        assert told == size
        assert 1 <= len(batch) <= records_max
        assert size <= bytes_max or len([r for r in batch if r.value]) == 1
        offsets.extend(record.offset for record in batch)

    assert offsets == list(range(len(sizes)))
    assert queue.get() == ([], 0)


def test_a_queue_is_full_by_count_or_by_bytes() -> None:
    """And empty again when it is cleared."""
    queue = Queue(BatchLimits(records_max=2, bytes_max=100))
    queue.put([Fake(0), Fake(1), Fake(2)])
    assert not queue.is_full()
    queue.put([Fake(3)])
    assert queue.is_full()
    queue.clear()
    assert not queue.is_full()
    queue.put([Fake(0, b"x" * 200)])
    assert queue.is_full()


def test_header_is_looked_up_by_name() -> None:
    """None where there is none."""
    record = Fake(0, headers=(("a", b"1"), ("b", b"2")))

    assert header(record, "b") == b"2"
    assert header(record, "c") is None


@pytest.mark.parametrize(
    ("mark", "more"),
    [
        (b"m", ()),
        (b"m", [("b", b"2"), (MARK_HEADER, b"other")]),
        (None, [("b", b"2"), (MARK_HEADER, b"m")]),
    ],
)
def test_a_light_record_tells_its_headers_in_order(
    mark: bytes | None, more: Sequence[tuple[str, bytes]]
) -> None:
    """Of several marks the first counts, whether it stands by itself or not."""
    record = FetchedRecord("t", 0, 0, 0, None, None, mark, more)
    first = [] if mark is None else [(MARK_HEADER, mark)]

    assert [*first, *more] == list(record.headers)
    assert header(record, MARK_HEADER) == b"m"
    assert header(record, "b") == (b"2" if more else None)


@pytest.mark.parametrize(
    ("positions", "last", "expected"),
    [
        ([1, 2, 3], 0, [1, 2, 3]),
        ([1, 2, 3], 2, [3]),
        ([1, 2, 3], 3, []),
        ([2, 3, 3, 2, 4], 1, [2, 3, 4]),
        ([1, 2, 4, 5], 0, [1, 2]),
        # What came too early is passed over when the missing tail follows it.
        ([3, 1, 2, 3, 4], 0, [1, 2, 3, 4]),
        ([], 7, []),
    ],
)
def test_fresh_records_follow_without_a_gap(
    positions: list[int], last: int, expected: list[int]
) -> None:
    """Seen ones are skipped; what lies behind a gap waits."""
    assert [mark.position for mark, _ in fresh(numbered(positions), last)] == expected


def test_a_gap_at_the_beginning_is_told() -> None:
    """The lane then waits and reads again."""
    with pytest.raises(GapError, match="ledger-0: position 3 is missing, 5 came"):
        fresh(numbered([2, 5, 6]), 2)


def test_a_record_without_a_mark_is_not_ours() -> None:
    """ValueError, with the place."""
    with pytest.raises(ValueError, match="ledger-0@9"):
        fresh([Fake(9)], 0)
