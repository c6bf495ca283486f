"""How far a partition's numbers have come, whoever else writes to it."""

from collections.abc import AsyncIterator, Sequence

import pytest

from contracts.record import MARK_HEADER, Mark
from services.chassis import rereading
from services.chassis.rereading import last_mark
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

    async def last_record(*_: object) -> LogRecord | None:
        return records[-1] if records else None

    async def reread(*_: object) -> AsyncIterator[list[LogRecord]]:
        for record in records:
            yield [record]

    monkeypatch.setattr(rereading, "last_record", last_record)
    monkeypatch.setattr(rereading, "reread", reread)
    found = await last_mark(KafkaSettings(), TOPIC, 0)

    assert expected == (found and found.position)
