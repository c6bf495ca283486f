"""How far a partition's numbers have come, whoever else writes to it."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

import pytest
from aiokafka import TopicPartition

from contracts.record import MARK_HEADER, Mark
from services.chassis import publisher, rereading
from services.chassis.rereading import last_marks
from services.chassis.settings import KafkaSettings
from tests.support.crashing import LogRecord

TOPIC = "assessments"


def ours(position: int) -> LogRecord:
    """Make a record with its mark."""
    mark = Mark(position, 0, 1, 10 * position, "dualwatch.assessment.made.v1")
    headers = [(MARK_HEADER, mark.to_bytes())]
    return LogRecord(TOPIC, 0, position, b"J/P", b"{}", headers)


FOREIGN = LogRecord(TOPIC, 0, 9, None, b"?", [])


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], None),
        ([ours(1), ours(2)], 2),
        ([ours(1), ours(2), FOREIGN], 2),
        ([ours(1), FOREIGN, ours(2), FOREIGN, FOREIGN], 2),
        ([ours(1), ours(2), ours(1), FOREIGN], 2),
        ([FOREIGN], None),
    ],
)
async def test_a_foreign_record_does_not_hide_the_last_of_ours(
    monkeypatch: pytest.MonkeyPatch, records: Sequence[LogRecord], expected: int | None
) -> None:
    """Numbers that began at one again would be passed over by every reader."""

    async def last_records(*_: object) -> dict[tuple[str, int], LogRecord | None]:
        return {(TOPIC, 0): records[-1] if records else None}

    async def reread(*_: object) -> AsyncIterator[list[LogRecord]]:
        for record in records:
            yield [record]

    monkeypatch.setattr(rereading, "last_records", last_records)
    monkeypatch.setattr(rereading, "reread", reread)
    found = (await last_marks(KafkaSettings(), [(TOPIC, 0)]))[TOPIC, 0]

    assert expected == (found and found.position)


class Reader:
    """A consumer that knows what stands on partitions, and how often it was started."""

    starts = 0
    stops = 0
    log: Final[dict[TopicPartition, list[LogRecord]]] = {}

    def __init__(self, **_settings: object) -> None:
        self.at = TopicPartition("", 0)

    async def start(self) -> None:
        """Log in."""
        Reader.starts += 1

    async def stop(self) -> None:
        """Close."""
        Reader.stops += 1

    def assign(self, parts: list[TopicPartition]) -> None:
        """Read from there."""
        (self.at,) = parts

    async def beginning_offsets(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Nothing is forgotten."""
        return dict.fromkeys(parts, 0)

    async def end_offsets(self, parts: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Say how many there are."""
        return {part: len(self.log[part]) for part in parts}

    def seek(self, part: TopicPartition, offset: int) -> None:
        """Only the last one is asked for."""
        assert len(self.log[part]) - 1 == offset

    async def getmany(
        self, part: TopicPartition, **_limits: int
    ) -> dict[TopicPartition, list[LogRecord]]:
        """Give it."""
        assert self.at == part
        return {part: self.log[part][-1:]}


async def test_many_partitions_are_asked_with_one_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment has hundreds of them, and a login with SCRAM is meant to be slow."""
    log = {TopicPartition(TOPIC, n): [ours(k + 1) for k in range(n)] for n in range(64)}
    monkeypatch.setattr(Reader, "log", log)
    monkeypatch.setattr(publisher, "AIOKafkaConsumer", Reader)
    found = await last_marks(KafkaSettings(), [(TOPIC, n) for n in range(64)])

    assert [None, *range(1, 64)] == [mark and mark.position for mark in found.values()]
    assert (1, 1) == (Reader.starts, Reader.stops)
