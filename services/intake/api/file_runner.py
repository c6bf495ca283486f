"""Takes started files in, chunk by chunk, whichever process has the time.

Each chunk is one request of the ledger with an id of its own: taken in again after a crash, it has
the same verdicts, and it is counted once, by a comparison of where the file stands.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any, Final

import structlog

from contracts.record import format_cut
from services.chassis import clock, metrics
from services.chassis.health import Health
from services.chassis.log import get_logger
from services.chassis.problems import ProblemError
from services.chassis.tracing import context_here
from services.intake.api import events
from services.intake.domain.admission import Admitted, admit, event_id_of
from services.intake.domain.decision import quarantine_id
from services.intake.domain.receipts import Result, count, results_of
from services.intake.domain.requests import REQUEST_ID_BYTES, fingerprint
from services.intake.domain.submissions import Origin
from services.intake.domain.verdicts import Refusal, Verdict
from services.intake.store import reading
from services.intake.store.documents import moment
from services.intake.store.errors import AWAY
from services.intake.store.files import Files, UploadedFile
from services.intake.store.submissions import Submission

log = get_logger(__name__)

LOOP: Final = "files"
LOOK_SECONDS: Final = 0.5
"""How often is looked for a file to go on with."""
SETTLE_SECONDS: Final = 10.0
TURN_CHUNKS_MAX: Final = 20
"""Chunks before another file has its turn."""
LOOP_SECONDS_MAX: Final = 120.0
TAKEN_IN = metrics.counter(
    "dualwatch_intake_file_events_total",
    "Events of uploaded files that are decided, by verdict.",
    ("verdict",),
)
_GOOD: Final = frozenset({Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.PENDING})


class NotSettledError(Exception):
    """The verdicts are not there yet; the same chunk is tried again."""


class FileRunner:
    """Goes on with started files."""

    def __init__(self, files: Files, door: events.Door, health: Health) -> None:
        """`door` is how events come in."""
        self.files = files
        self.door = door
        self.health = health
        self.holder = clock.new_id()

    async def run(self) -> None:
        """Take turns with the files for ever; what goes wrong is told, and tried again."""
        failures = 0
        while True:
            self.health.beat(LOOP, LOOP_SECONDS_MAX)
            pause = LOOK_SECONDS
            try:
                file = await self.files.take(self.holder)
                if file is not None:
                    await self.turn(file)
                    pause = 0.0
                failures = 0
            except (*AWAY, NotSettledError, ProblemError, TimeoutError) as error:
                failures += 1
                log.warning("file_not_taken_in_yet", reason=repr(error))
                pause = clock.backoff(failures, LOOK_SECONDS, SETTLE_SECONDS)
            await asyncio.sleep(pause)

    async def turn(self, file: UploadedFile) -> None:
        """Take in some chunks of a file, in order; what they bring about is found by its id."""
        with structlog.contextvars.bound_contextvars(correlation_id=file.file_id):
            await self._turn(file)

    async def _turn(self, file: UploadedFile) -> None:
        for _ in range(TURN_CHUNKS_MAX):
            self.health.beat(LOOP, LOOP_SECONDS_MAX)
            if file.next_chunk == file.chunks:
                await self.files.finish(file, self.holder, await self._cut())
                log.info("file_taken_in", file=file.file_id, sent=file.sent)
                return
            moved = await self._take_in(file)
            if moved is None:
                # Another process has gone on with it; what we did has the same verdicts there.
                return
            file = moved
        await self.files.release(file.file_id, self.holder)

    async def _take_in(self, file: UploadedFile) -> UploadedFile | None:
        number = file.next_chunk
        found = await self.files.events(file.file_id, number)
        results: Sequence[Result] = []
        if found:
            taken = _taken(file, number, [event for _, event in found])
            await events.submit(self.door, taken, repeatable=True)
            settled = await self.door.settling.wait(taken.request, SETTLE_SECONDS)
            if not settled.covers(range(len(found))):
                raise NotSettledError(file.file_id, number)
            results = results_of(taken.request.event_ids, settled.decided, {})
        counts = count(results)
        figures = {
            "accepted": counts.accepted,
            "duplicate": counts.duplicate,
            "quarantined": counts.quarantined,
        }
        lines = [line for line, _ in found]
        moved = await self.files.advance(file, self.holder, figures, _refused(results, lines))
        if moved is not None:
            for verdict, times in figures.items():
                TAKEN_IN.labels(verdict).inc(times)
        return moved

    async def _cut(self) -> str:
        standings = await self.door.reader.standings()
        return format_cut([standing.position for standing in standings])


def _taken(file: UploadedFile, number: int, raws: Sequence[bytes]) -> events.Taken:
    text = f"{file.publisher}\0file\0{file.file_id}\0{number}".encode()
    identity = hashlib.blake2b(text, digest_size=REQUEST_ID_BYTES, person=b"file").digest()
    received_ms, context = clock.now_ms(), context_here()
    ids: list[str | None] = []
    spread: list[int] = []
    submissions = []
    refused: dict[int, tuple[Refusal, str]] = {}
    for index, raw in enumerate(raws):
        judged = admit(raw)
        if isinstance(judged, Admitted):
            ids.append(judged.event_id)
            if judged.jurisdiction_fact:
                spread.append(index)
        else:
            # Kept by an older release, refused by this one.
            ids.append(event_id_of(raw))
            refused[index] = (judged, quarantine_id(file.publisher, raw))
        size = len(raw)
        origin = Origin(
            file.publisher, events.FILE_DOOR, identity, index, received_ms, size, context
        )
        submissions.append(Submission(raw, judged, origin))
    request = reading.Request(
        identity, fingerprint(b"\n".join(raws)), ids, spread, moment(received_ms), file.publisher
    )
    return events.Taken(request, submissions, refused)


def _refused(results: Sequence[Result], lines: Sequence[int]) -> list[dict[str, Any]]:
    return [
        {"line": line, "verdict": result.verdict.value, "quarantine": result.quarantine}
        for result, line in zip(results, lines, strict=True)
        if result.verdict not in _GOOD
    ]
