"""What the Kafka door hands on of a publisher's record."""

from typing import Any

from services.intake.domain.redaction import Redactor
from services.intake.handlers.door import _submission
from tests.support.crashing import LogRecord
from tests.support.hostile import event, registered, wire

REDACTOR = Redactor(None)


def request_of(offset: int, timestamp: int, fact: dict[str, Any] | None = None) -> bytes | None:
    """Give the request by which a record's receipt is found."""
    raw = wire(registered() if fact is None else fact)
    record = LogRecord("publish.city", 0, offset, b"340100", raw, [], timestamp)
    return _submission("city", REDACTOR, record).origin.request


def test_a_record_that_comes_again_has_the_same_receipt() -> None:
    """The door was killed between the broker's answer and its own progress."""
    assert request_of(7, 1_764_489_600_000) == request_of(7, 1_764_489_600_000)
    assert request_of(7, 1_764_489_600_000) != request_of(8, 1_764_489_600_000)
    assert request_of(7, 0, event()) is None


def test_a_topic_begun_anew_has_receipts_of_its_own() -> None:
    """Else an old one would say that a fact is entered which has only just come."""
    assert request_of(0, 1_764_489_600_000) != request_of(0, 1_764_489_700_000)
