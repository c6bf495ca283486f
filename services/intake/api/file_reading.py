"""An uploaded file: received to a file without a name, read in a thread, kept in chunks."""

import asyncio
import contextlib
import hashlib
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import IO, Any, BinaryIO, Final, cast

from fastapi import Request
from starlette.requests import ClientDisconnect

from services.intake.api import file_problems
from services.intake.domain.redaction import Redactor, suspicious
from services.intake.files.mapper import Context
from services.intake.files.names import column_name
from services.intake.files.outcomes import Rejected
from services.intake.files.presets import Preset
from services.intake.files.tables import Header, UnreadableTableError
from services.intake.files.uploads import Chunk, chunks
from services.intake.store.files import Files, UploadedFile

FILE_BYTES_MAX: Final = 16 * 1024 * 1024
"""Largest file over HTTP: about 150,000 vouchers, read in a minute; the CLI takes any."""
IN_MEMORY_BYTES_MAX: Final = 1024 * 1024
DRAINED_BYTES_MAX: Final = 16 * 1024 * 1024
"""So much of a file that is too large is read and dropped, so that its sender hears why."""
EVENTS_SHOWN: Final = 5
REJECTS_SHOWN: Final = 20


@dataclass(frozen=True)
class Received:
    """A file as it came: at its beginning, and gone when it is closed."""

    stream: IO[bytes]
    sha256: str
    size_bytes: int


@contextlib.asynccontextmanager
async def received(request: Request) -> AsyncIterator[Received]:
    """Receive a request's body to disk; a problem if it is empty or too large."""
    digest = hashlib.sha256()
    size = 0
    with tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES_MAX) as stream:
        try:
            async for part in request.stream():
                size += len(part)
                if size > FILE_BYTES_MAX:
                    if size > FILE_BYTES_MAX + DRAINED_BYTES_MAX:
                        break
                    continue
                digest.update(part)
                stream.write(part)
        except ClientDisconnect as error:
            raise file_problems.cut_off() from error
        if size > FILE_BYTES_MAX:
            raise file_problems.too_large(FILE_BYTES_MAX)
        if not size:
            raise file_problems.empty()
        stream.seek(0)
        yield Received(stream, digest.hexdigest(), size)


class Figures:
    """What is told of a file that was read: its counts and its first rows."""

    def __init__(self, redactor: Redactor, people: frozenset[str]) -> None:
        """`people` are columns whose cells are told to nobody else than the file's sender."""
        self._redactor = redactor
        self._people = people
        self.events = self.rejected = self.passed = self.chunks = 0
        self.first_events: list[dict[str, Any]] = []
        self.first_rejects: list[dict[str, Any]] = []
        self.passed_for: dict[str, dict[str, Any]] = {}

    def add(self, chunk: Chunk) -> None:
        """Count a chunk."""
        self.events += len(chunk.events)
        self.rejected += len(chunk.rejected)
        self.passed += len(chunk.passed)
        self.chunks += 1
        for line, event in zip(chunk.lines, chunk.events, strict=True):
            if len(self.first_events) == EVENTS_SHOWN:
                break
            self.first_events.append({"line": line, "event": json.loads(event)})
        for row in chunk.rejected[: REJECTS_SHOWN - len(self.first_rejects)]:
            self.first_rejects.append(self._told(row))
        for one in chunk.passed:
            known = self.passed_for.setdefault(
                one.english, {"reason": one.english, "reason_zh": one.chinese, "rows": 0}
            )
            known["rows"] += 1

    def _told(self, row: Rejected) -> dict[str, Any]:
        """Tell of a rejected row; its cells as a whole are in the rejects file alone."""
        hidden = column_name(row.column).key in self._people
        value = "***" if hidden else self._redactor.redact(row.value.encode()).decode()
        return {
            "sheet": row.sheet,
            "line": row.line,
            "column": row.column,
            "value": value,
            "code": row.code,
            "reason": row.english,
            "reason_zh": row.chinese,
        }

    def document(self, header: Header) -> dict[str, Any]:
        """Return them as they are kept."""
        return {
            "events": self.events,
            "rejected": self.rejected,
            "passed": self.passed,
            "chunks": self.chunks,
            "preview": {
                "heading": list(header.names),
                "unit": header.unit,
                "events": [
                    # Text, for a key of an event may not be one of the database.
                    {**one, "event": json.dumps(one["event"], ensure_ascii=False)}
                    for one in self.first_events
                ],
                "rejects": self.first_rejects,
                "passed": list(self.passed_for.values()),
            },
        }


async def read(
    files: Files, file: UploadedFile, preset: Preset, got: Received, redactor: Redactor
) -> None:
    """Map a file and keep what it became; of one that cannot be read nothing is left."""
    try:
        figures, header = await _read(files, file, preset, got, redactor)
    except UnreadableTableError as error:
        await files.forget(file.file_id)
        raise file_problems.unreadable(error) from error
    except BaseException:
        await asyncio.shield(files.forget(file.file_id))
        raise
    await files.ready(file.file_id, figures.document(header))


async def _read(
    files: Files, file: UploadedFile, preset: Preset, got: Received, redactor: Redactor
) -> tuple[Figures, Header]:
    context = Context(file.jurisdiction)

    def redact(raw: bytes) -> bytes:
        # The mapper has judged it already.
        return redactor.redact(raw) if suspicious(raw) else raw

    # Parsing takes the processor for seconds: in a thread, so that others are served.
    opened = await asyncio.to_thread(preset.open, cast("BinaryIO", got.stream), file.name, context)
    pieces = chunks(opened.outcomes, redact)
    figures = Figures(redactor, preset.people)
    while (chunk := await asyncio.to_thread(_next, pieces)) is not None:
        number = figures.chunks
        figures.add(chunk)
        rejects = [
            [row.line, row.column, row.value, row.code, row.english, row.chinese, *row.cells]
            for row in chunk.rejected
        ]
        events = list(zip(chunk.lines, chunk.events, strict=True))
        await files.add(file, number, events, rejects)
    return figures, opened.header


def _next(pieces: Iterator[Chunk]) -> Chunk | None:
    return next(pieces, None)
