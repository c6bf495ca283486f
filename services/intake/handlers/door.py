"""The Kafka door: publishers' topics, admitted like HTTP and handed on to `submissions`.

Who publishes is the topic's name: who may write to a topic is the broker's to decide (its ACLs).
"""

import asyncio
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Final

from contracts.record import CORRELATION_HEADER
from contracts.topics import PUBLISH_PREFIX
from services.chassis import clock
from services.chassis.holding import Holding
from services.chassis.mongo import Mongo, Progress, Session, Taken
from services.chassis.records import BatchLimits, Record
from services.intake.domain.admission import Admitted
from services.intake.domain.forms import arrival_of_record
from services.intake.domain.redaction import Redactor
from services.intake.domain.requests import REQUEST_ID_BYTES, held_apart
from services.intake.domain.submissions import Origin
from services.intake.store.documents import moment
from services.intake.store.reading import Request
from services.intake.store.settling import Settling
from services.intake.store.submissions import Submission, Submissions, context_of

GROUP: Final = "intake.door"
PROJECTION: Final = "door"
PARTITIONS_MAX: Final = 10_000
"""No topic has more partitions."""
DOOR: Final = "kafka"
JUDGED_AT_ONCE: Final = 200
"""Records judged before other work of the process gets its turn."""
LARGE_BYTES: Final = 16 * 1024
"""A record of so many bytes may take a while by itself."""
LIMITS: Final = BatchLimits(records_max=2_000)
"""Admission reads every field, so batches are small: other work gets its turn."""
PATTERN: Final = re.escape(PUBLISH_PREFIX) + "[A-Za-z0-9._-]+$"
"""Topics that are read: everything Kafka allows behind the prefix."""


class NotEnteredError(Exception):
    """A jurisdiction fact is not in every partition yet: the batch is handed on once more."""


class KafkaDoor(Holding):
    """Hands one publisher's records on; its own progress moves once the broker has them.

    A crash in between hands some on twice: the ledger answers them as duplicates.
    """

    def __init__(
        self,
        topic: str,
        mongo: Mongo,
        submissions: Submissions,
        settling: Settling,
        hold_seconds: float,
        redactor: Redactor,
    ) -> None:
        """`hold_seconds` bounds the wait after jurisdiction facts."""
        super().__init__(Progress(mongo, PROJECTION, topic))
        self.publisher = topic.removeprefix(PUBLISH_PREFIX)
        self.submissions = submissions
        self.settling = settling
        self.hold_seconds = hold_seconds
        self.redactor = redactor

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Admit and hand on; what follows a jurisdiction fact waits until all have it."""
        taken = self.taken[partition]
        submissions: list[Submission] = []
        for record in records:
            if len(submissions) % JUDGED_AT_ONCE == 0 or len(record.value or b"") > LARGE_BYTES:
                await asyncio.sleep(0)
            submissions.append(_submission(self.publisher, self.redactor, record))
        for run in held_apart([submission.admission for submission in submissions]):
            await self.submissions.put(submissions[index] for index in run)
            await self._hold(submissions[index].origin for index in run)

        async def advance(session: Session) -> Taken:
            offset = records[-1].offset + 1
            return await taken.advance(session, position=offset, offset=offset, extra={})

        self.taken[partition] = await taken.transaction(advance)

    async def _hold(self, origins: Iterable[Origin]) -> None:
        """Wait until every partition has the jurisdiction facts among these."""
        until = clock.monotonic() + self.hold_seconds
        for origin in origins:
            if origin.request is None:
                continue
            request = Request(origin.request, b"", [None], [0], moment(origin.received_ms))
            found = await self.settling.wait(request, until - clock.monotonic())
            if not found.covers([0]):
                raise NotEnteredError


def _submission(publisher: str, redactor: Redactor, record: Record) -> Submission:
    arrival = arrival_of_record(record.value, record.headers)
    raw, admission = redactor.judge(arrival)
    request = None
    # Offsets repeat between partitions: this number tells every record of the topic apart.
    index = record.offset * PARTITIONS_MAX + record.partition
    if isinstance(admission, Admitted) and admission.jurisdiction_fact:
        # Only these are waited for, so only these get a receipt. Offsets come again where a topic
        # was begun anew, moments do not: an old receipt would say that a new fact is entered.
        place = f"{record.topic}:{record.partition}:{record.offset}:{record.timestamp}".encode()
        request = hashlib.blake2b(place, digest_size=REQUEST_ID_BYTES, person=b"door").digest()
        index = 0
    headers = dict(record.headers) if record.headers else {}
    context = context_of(headers) if CORRELATION_HEADER in headers else ()
    size = len(arrival.raw)
    origin = Origin(publisher, DOOR, request, index, clock.now_ms(), size, context)
    return Submission(raw, admission, origin)
