"""What becomes of a delivery: ids, outcomes, and when it is tried again."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from contracts.record import CORRELATION, CORRELATION_HEADER, TRACE, TRACE_HEADER

RETRY_SECONDS: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Pauses after the first, second, … failure: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h,
some three days in all. A failure after the last pause disables the subscription."""
JITTER_PERCENT: Final = 20
"""A pause is longer by up to so much, so that many do not come back at once."""
GONE_STATUS: Final = 410
ERROR_CHARACTERS_MAX: Final = 200
ATTEMPTS_KEPT_MAX: Final = 20
"""Most attempts of one delivery that the log keeps."""


class Outcome(StrEnum):
    """How one attempt ended."""

    DELIVERED = "delivered"
    FAILED = "failed"
    GONE = "gone"
    """The receiver says that it wants nothing any more."""


class LogKind(StrEnum):
    """What a line of the delivery log is about."""

    EVENT = "event"
    """A webhook's entry."""
    MAIL = "mail"
    TEST = "test"
    NOTICE = "notice"
    """The subscription itself: disabled, paused."""


class LogStatus(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    """Failed, and is tried again."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """Not tried again by itself."""
    WITHHELD = "withheld"
    """Not sent again: its owner may not see it any more, or it is not there any more."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, as the log keeps it: never what the receiver wrote."""

    outcome: Outcome
    at_ms: int
    duration_ms: int
    status: int | None = None
    """HTTP or SMTP status, if there was an answer."""
    error: str | None = None
    """Why there was none, in a word."""
    correlation_id: str | None = None
    """By what everything is found that the same request brought about."""


def outcome_of(status: int) -> Outcome:
    """Tell what an HTTP status means; a redirect is a failure like any other."""
    if 200 <= status < 300:  # noqa: PLR2004 - 2xx
        return Outcome.DELIVERED
    return Outcome.GONE if status == GONE_STATUS else Outcome.FAILED


def pause_ms(failures: int, chance: float) -> int | None:
    """Return the pause after so many failures in a row (≥ 1); None: it is given up.

    `chance` lies between 0 and 1 and is drawn anew each time.
    """
    if failures > len(RETRY_SECONDS):
        return None
    milliseconds = 1_000 * RETRY_SECONDS[failures - 1]
    return milliseconds + int(milliseconds * JITTER_PERCENT * min(max(chance, 0.0), 1.0)) // 100


def message_id(subscription: str, cursor: int) -> str:
    """Name a webhook's message: the same for the same entry, however often it is sent."""
    # No full stop: it stands between the parts that are signed.
    return f"{subscription}_{cursor}"


def mail_id(line: str, number: int) -> str:
    """Name a mail: the same however often it is sent."""
    return f"{line}_m{number}"


class _Extensions(msgspec.Struct, gc=False):
    """What is looked for in an event: by what it is found again."""

    correlationid: str | None = None
    traceparent: str | None = None


_extensions: Final = msgspec.json.Decoder(_Extensions).decode


def context_of(event: bytes) -> dict[str, str]:
    """Read the headers by which a message is found again; none if the event names nothing.

    An event may name any text: what no header could carry would stop the subscriber's line.
    """
    found = _extensions(event)
    given = (
        (CORRELATION_HEADER, CORRELATION, found.correlationid),
        (TRACE_HEADER, TRACE, found.traceparent),
    )
    return {name: value for name, form, value in given if value and form.fullmatch(value)}


def payload(event: bytes, cursor: int) -> bytes:
    """Write a webhook's body: the CloudEvent of the feed's entry, and its cursor."""
    return event[: event.rindex(b"}")] + b',"cursor":%d}' % cursor
