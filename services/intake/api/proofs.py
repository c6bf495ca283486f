"""Proofs of the ledger: checkpoints, the proof of one entry, and the whole of it to take along."""

import asyncio
import datetime as dt
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.chassis.identity import Caller
from services.chassis.segments import Segment
from services.intake.api import proof_problems as problems
from services.intake.api.answers import answer
from services.intake.api.ledger import SEQUENCE_MAX, sees
from services.intake.domain.chain import Entry
from services.intake.domain.checkpoints import NUMBER_MAX, Checkpoint
from services.intake.store.archive import BrokenArchiveError
from services.intake.store.checkpoints import Checkpoints, ForkedError, OvertakenError
from services.intake.store.documents import moment
from services.intake.store.exporting import Export
from services.intake.store.proving import (
    NoCheckpointError,
    NoEntryError,
    NotCoveredError,
    TooLongError,
    prove,
)
from services.intake.store.reading import Reader

LINES: Final = "application/x-ndjson"
CHECKPOINTS_MAX: Final = 1_000
ENTRIES_MAX: Final = 1_000
"""Entries in one page of the export; few enough for 64 MB of the largest."""
ENTRIES_DEFAULT: Final = 500
PROVING_MAX: Final = 2
"""Proofs that are made at once: each reads the heads of the whole ledger, and may hold 16 MB."""


class CheckpointPage(msgspec.Struct):
    """Some checkpoints, in the order that was asked for."""

    items: list[Checkpoint]
    next: int | None
    """Give it as `after` (or `before`) for the next page; null at the end."""
    checked: dt.datetime | None
    """When a process of intake last found the newest one to cover the ledger; null: never."""


class KeyShown(msgspec.Struct):
    """The public key that checks checkpoints; keep a copy where only you can change it."""

    key: str
    public_key: str
    """PEM."""


class ExportedEntry(msgspec.Struct):
    """One entry of the export: all that its hash covers, and the hash."""

    partition: int
    position: int
    stream: str
    sequence: int
    recorded: dt.datetime
    recorded_ms: int
    type: str
    publisher: str
    hash: str
    event: str
    """The event's bytes, which are UTF-8, as they came."""


def router(checkpoints: Checkpoints | None) -> APIRouter:
    """Make the routes of checkpoints; without them, they say what is missing."""
    routes = APIRouter(tags=["ledger"])
    _checkpoint_routes(routes, checkpoints)
    return routes


def proof_router(checkpoints: Checkpoints | None, reader: Reader) -> APIRouter:
    """Make the routes that prove one entry, for whoever may read it."""
    routes = APIRouter(tags=["ledger"])
    _proof_route(routes, checkpoints, reader)
    return routes


def export_router(export: Export) -> APIRouter:
    """Make the route that gives the whole ledger: for those who may see all of it."""
    routes = APIRouter(tags=["ledger"])
    _export_route(routes, export)
    return routes


def _checkpoint_routes(routes: APIRouter, given: Checkpoints | None) -> None:
    @routes.get("/v1/checkpoints")
    async def listed(
        after: Annotated[int, Query(ge=0, le=NUMBER_MAX)] = 0,
        before: Annotated[int | None, Query(ge=1, le=NUMBER_MAX)] = None,
        limit: Annotated[int, Query(ge=1, le=CHECKPOINTS_MAX)] = 100,
    ) -> Response:
        """List the checkpoints in order; each names the one before and is signed.

        With `before`, which `next` then continues, those below it, the newest first.
        """
        known = _require(given)
        if before is not None:
            items = await known.latest(before, limit)
        else:
            items = await known.page(after, limit)
        more = items[-1].number if len(items) == limit else None
        return answer(CheckpointPage(items, more, await known.checked()))

    @routes.post("/v1/checkpoints")
    async def make() -> Response:
        """Make a checkpoint now; the last one again if the ledger has not grown since."""
        try:
            return answer(await _require(given).make())
        except OvertakenError:
            raise problems.overtaken() from None
        except (BrokenArchiveError, ForkedError) as error:
            raise problems.broken(str(error)) from error


def _proof_route(routes: APIRouter, given: Checkpoints | None, reader: Reader) -> None:
    turns = asyncio.Semaphore(PROVING_MAX)

    @routes.get("/v1/proofs/{project}/{sequence}")
    async def proof(
        asking: Caller,
        project: Segment,
        sequence: Annotated[int, Path(ge=1, le=SEQUENCE_MAX)],
    ) -> Response:
        """Prove an entry: its chain to the head, and the head's way to a signed root."""
        archive = _require(given).archive
        if not await sees(reader, asking, project):
            raise problems.no_entry(project, sequence)
        try:
            async with turns:
                return answer(await prove(reader, archive, project, sequence))
        except NoEntryError:
            raise problems.no_entry(project, sequence) from None
        except (NotCoveredError, NoCheckpointError) as error:
            raise problems.not_covered(error.args[0] if error.args else None) from error
        except TooLongError as error:
            raise problems.too_long(str(error)) from error
        except BrokenArchiveError as error:
            raise problems.broken(str(error)) from error

    @routes.get("/v1/checkpoints/key")
    async def key() -> Response:
        """Give the public key of the one that signs now."""
        signer = _require(given).signer
        return answer(KeyShown(signer.key_id, signer.public_pem.decode()))


def _export_route(routes: APIRouter, export: Export) -> None:
    @routes.get("/v1/entries", response_class=Response)
    async def entries(
        partition: Annotated[int, Query(ge=0)],
        after: Annotated[int, Query(ge=0, le=SEQUENCE_MAX)] = 0,
        limit: Annotated[int, Query(ge=1, le=ENTRIES_MAX)] = ENTRIES_DEFAULT,
    ) -> Response:
        """Give a partition's entries behind a position, one line of JSON each; none: its end."""
        if partition >= export.partitions:
            raise problems.no_partition(export.partitions)
        found = await export.page(partition, after, limit)
        lines = msgspec.json.Encoder().encode_lines([_exported(partition, *each) for each in found])
        return Response(lines, media_type=LINES)


def _exported(partition: int, entry: Entry, stream: str) -> ExportedEntry:
    sequence, position, recorded_ms, event_type, publisher, raw, hashed = entry
    return ExportedEntry(
        partition=partition,
        position=position,
        stream=stream,
        sequence=sequence,
        recorded=moment(recorded_ms),
        recorded_ms=recorded_ms,
        type=event_type,
        publisher=publisher,
        hash=hashed.hex(),
        event=raw.decode(),
    )


def _require(checkpoints: Checkpoints | None) -> Checkpoints:
    if checkpoints is None:
        raise problems.none_made()
    return checkpoints
