"""The topic `submissions` as a queue of ours: admitted events on their way to their owners."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

import msgspec

from contracts.record import CORRELATION, CORRELATION_HEADER, TRACE, TRACE_HEADER
from contracts.topics import SUBMISSIONS, partition_of
from services.chassis.publisher import OutRecord
from services.intake.domain.admission import Admitted, subject_of
from services.intake.domain.decision import OutgoingCopy
from services.intake.domain.orders import Order
from services.intake.domain.submissions import (
    KEPT_BYTES_MAX,
    Candidate,
    Context,
    Origin,
    admitted,
    copied,
    ordered,
    refused,
)
from services.intake.domain.verdicts import Refusal

KEY_BYTES_MAX: Final = 1_024
NAMES_MAX: Final = 1_024
"""Names of publishers and doors remembered, as they stand on every record."""
UNKNOWN: Final = "unknown"
"""Publisher and door of a record that none of our doors wrote."""


class Submission(NamedTuple):
    """One event as a door hands it on."""

    raw: bytes
    admission: Admitted | Refusal
    origin: Origin


class Publishes(Protocol):
    """What puts records on a topic."""

    async def publish(self, topic: str, partition: int, records: Sequence[OutRecord]) -> None:
        """Return when the broker has all of them, in order."""


class Submissions:
    """Puts events where their stream's owner reads them."""

    def __init__(self, publisher: Publishes, partitions: int) -> None:
        """`partitions` is the deployment's number."""
        self.publisher = publisher
        self.partitions = partitions

    async def put(self, submissions: Iterable[Submission]) -> None:
        """Submit events; those of one partition keep their order. Returns when all are there."""
        lanes: dict[int, list[OutRecord]] = {}
        for submission in submissions:
            subject = _subject(submission)
            # A refused event without a readable subject has no home; any one partition will do.
            partition = 0 if subject is None else partition_of(subject, self.partitions)
            lanes.setdefault(partition, []).append(_record(submission, subject))
        await self._publish(lanes)

    async def put_copies(self, copies: dict[int, list[OutgoingCopy]]) -> None:
        """Send jurisdiction facts to the partitions that lack them."""
        await self._publish(
            {
                partition: [_copy_record(copy) for copy in missing]
                for partition, missing in copies.items()
            }
        )

    async def put_order(
        self, raw: bytes, subject: str | None, origin: Origin, order: Order
    ) -> None:
        """Send an entry of the quarantine to the owner who carries the order out."""
        headers = [
            ("index", b"0"),
            ("publisher", origin.publisher.encode()),
            ("door", origin.door.encode()),
            ("received", b"%d" % origin.received_ms),
            ("size", b"%d" % origin.size),
            ("request", order.request),
            ("order", order.to_bytes()),
        ]
        partition = 0 if subject is None else partition_of(subject, self.partitions)
        key = None if subject is None else _key(subject)
        await self._publish({partition: [(key, raw, headers)]})

    async def _publish(self, lanes: dict[int, list[OutRecord]]) -> None:
        await asyncio.gather(
            *(
                self.publisher.publish(SUBMISSIONS.name, partition, records)
                for partition, records in lanes.items()
            )
        )


def read(value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> Candidate:
    """Read a record of `submissions`; one that no door of ours wrote is refused, never a crash."""
    found = dict(headers)
    raw = value or b""
    origin = Origin(
        _name(found.get("publisher")),
        _name(found.get("door")),
        found.get("request"),
        _number(found.get("index")),
        _number(found.get("received")),
        _number(found["size"]) if "size" in found else len(raw),
        () if CORRELATION_HEADER not in found else context_of(found),
    )
    refusal = found.get("refusal")
    if refusal is not None:
        return refused(raw, origin, refusal)
    order = found.get("order")
    if order is not None:
        return ordered(raw, origin, order)
    copy = found.get("copy")
    return admitted(raw, origin) if copy is None else copied(raw, origin, copy)


@lru_cache(NAMES_MAX)
def _name(value: bytes | None) -> str:
    return UNKNOWN if value is None else value.decode(errors="replace")


def _number(value: bytes | None) -> int:
    return 0 if value is None or not value.isdigit() else int(value)


def _subject(submission: Submission) -> str | None:
    admission = submission.admission
    if isinstance(admission, Admitted):
        return admission.subject
    subject = subject_of(submission.raw)
    return subject or None


def context_of(headers: Mapping[str, bytes]) -> Context:
    """Take over by what an event is found again; what does not look like it is left behind."""
    return _context(headers.get(CORRELATION_HEADER, b""), headers.get(TRACE_HEADER, b""))


@lru_cache(NAMES_MAX)
def _context(correlation: bytes, trace: bytes) -> Context:
    given = ((CORRELATION_HEADER, CORRELATION, correlation), (TRACE_HEADER, TRACE, trace))
    return tuple(
        (name, value) for name, form, value in given if form.fullmatch(value.decode("latin-1"))
    )


def _record(submission: Submission, subject: str | None) -> OutRecord:
    raw, admission, origin = submission
    headers = [
        ("index", b"%d" % origin.index),
        ("publisher", origin.publisher.encode()),
        ("door", origin.door.encode()),
        ("received", b"%d" % origin.received_ms),
        *origin.context,
    ]
    if origin.request is not None:
        headers.append(("request", origin.request))
    if isinstance(admission, Refusal):
        headers.append(("refusal", msgspec.json.encode(admission.problem())))
        headers.append(("size", b"%d" % origin.size))
        raw = raw[:KEPT_BYTES_MAX]
    return (None if subject is None else _key(subject), raw, headers)


def _key(subject: str) -> bytes:
    # A refused event's subject may hold a lone surrogate, or be as long as it likes.
    return subject.encode(errors="replace")[:KEY_BYTES_MAX]


def _copy_record(copy: OutgoingCopy) -> OutRecord:
    return (
        copy.subject.encode(),
        copy.raw,
        [
            ("publisher", copy.publisher.encode()),
            ("door", b"copy"),
            ("copy", copy.copy.to_bytes()),
        ],
    )
