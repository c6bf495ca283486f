"""Reading the ledger: positions, a stream's entries, verification, jurisdictions."""

import datetime as dt
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import Response

from contracts.record import format_cut
from contracts.vocabulary import Clock
from services.chassis.identity import Caller, Principal
from services.chassis.problems import ProblemError, not_found
from services.chassis.segments import Segment
from services.intake.api.answers import answer
from services.intake.domain.chain import Entry
from services.intake.store.checkpoints import Checkpoints
from services.intake.store.documents import moment
from services.intake.store.reading import Reader
from services.intake.store.verification import verify

SEQUENCE_MAX: Final = 2**63 - 1
"""MongoDB's integers end here."""
PAGE_MAX: Final = 1_000
PAGE_DEFAULT: Final = 100


class LedgerEntry(msgspec.Struct):
    """One entry as it is shown."""

    sequence: int
    """Number in the stream, from 1."""
    position: int
    """Number in the partition, from 1."""
    partition: int
    recorded: dt.datetime
    """When the ledger took it."""
    type: str
    publisher: str
    hash: str
    """Hexadecimal SHA-256 over the hash before it (32 zero bytes before the first entry), the text
    `<position> <recorded, ms since 1970 UTC> <type> <publisher>` with a newline, and `event`.
    """
    event: msgspec.Raw
    """The event, byte for byte."""


class LedgerPage(msgspec.Struct):
    """Some entries of a stream."""

    items: list[LedgerEntry]
    next: int | None
    """Give it as `after` for the next page; null at the end."""


class JurisdictionShown(msgspec.Struct):
    """A jurisdiction as intake knows it."""

    jurisdiction: str
    name: str
    fiscal_year_start: str
    time_zone: str
    currency: str
    clock: Clock
    parent: str | None
    today: dt.date | None
    """Last opened day."""
    working_day: bool | None


def position_router(reader: Reader) -> APIRouter:
    """Make the routes that everybody may ask who has a key."""
    routes = APIRouter(tags=["ledger"])

    @routes.get("/v1/position")
    async def position() -> Response:
        """Tell the cut: the last position of every partition."""
        standings = await reader.standings()
        return answer({"position": format_cut([standing.position for standing in standings])})

    @routes.get("/v1/jurisdictions")
    async def jurisdictions(asking: Caller) -> Response:
        """List one's jurisdictions with their last opened day."""
        items = [
            JurisdictionShown(
                jurisdiction=found.code,
                name=found.name,
                fiscal_year_start=found.fiscal_year_start,
                time_zone=found.time_zone,
                currency=found.currency,
                clock=found.clock,
                parent=found.parent,
                today=found.today,
                working_day=found.working_day,
            )
            for found in await reader.jurisdictions()
            if asking.may_enter(found.code)
        ]
        return answer({"items": items})

    return routes


def verification_router(reader: Reader, checkpoints: Checkpoints | None = None) -> APIRouter:
    """Make the routes about the ledger as a whole."""
    routes = APIRouter(tags=["ledger"])

    @routes.get("/v1/ledger/verification")
    async def verification() -> Response:
        """Recompute every hash chain; compare it with the heads and with the last checkpoint."""
        return answer(await verify(reader, checkpoints))

    return routes


def router(reader: Reader) -> APIRouter:
    """Make the routes about one stream."""
    routes = APIRouter(tags=["ledger"])

    @routes.get("/v1/ledger/{project}")
    async def entries(
        asking: Caller,
        project: Segment,
        after: Annotated[int, Query(ge=0, le=SEQUENCE_MAX)] = 0,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
    ) -> Response:
        """List a stream's entries in order; `project` may be a jurisdiction."""
        if not await sees(reader, asking, project):
            raise _no_entries(project)
        partition, found = await reader.entries(project, after, limit)
        if not found and not await reader.head(project):
            raise _no_entries(project)
        items = [_shown(entry, partition) for entry in found]
        return answer(LedgerPage(items, items[-1].sequence if len(items) == limit else None))

    return routes


async def sees(reader: Reader, asking: Principal, stream: str) -> bool:
    """Whether a stream is in scope: a project by who leads it, a jurisdiction's own as a whole."""
    if not asking.narrow:
        return asking.may_enter(stream.partition("/")[0])
    if "/" not in stream:
        return False
    return asking.sees(stream, await reader.lead(stream), None)


def _no_entries(stream: str) -> ProblemError:
    return not_found(
        "unknown_stream",
        f"The ledger has no entries of {stream[:64]}.",
        f"账本中没有 {stream[:64]} 的条目。",
    )


def _shown(entry: Entry, partition: int) -> LedgerEntry:
    sequence, position, recorded_ms, event_type, publisher, raw, hashed = entry
    return LedgerEntry(
        sequence=sequence,
        position=position,
        partition=partition,
        recorded=moment(recorded_ms),
        type=event_type,
        publisher=publisher,
        hash=hashed.hex(),
        event=msgspec.Raw(raw),
    )
