"""Batches of virements and distributions that do not balance: work of the data desk."""

import re
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from contracts.vocabulary import (
    FISCAL_YEAR_MAX,
    FISCAL_YEAR_MIN,
    ID_LENGTH_MAX,
    Flow,
    fen_to_wire,
)
from services.chassis.identity import Caller, Principal
from services.chassis.problems import ProblemError, foreign_token, not_found
from services.intake.api.answers import answer
from services.intake.api.callers import batch_scope
from services.intake.domain.batches import BatchKind, BatchState, Side
from services.intake.store.batches import Batches, Kept, Wanted

PAGE_MAX: Final = 1_000
PAGE_DEFAULT: Final = 100
CURSOR_PATTERN: Final = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?\.[0-9a-f]{32}$"
SIDE_LENGTH_MAX: Final = 2 * ID_LENGTH_MAX + 32
_SIDE: Final = re.compile(r"([1-9][0-9]{0,17})\.(.+)", re.ASCII | re.DOTALL)

BatchId = Annotated[str, Path(max_length=64)]


class OpenState(StrEnum):
    """What a list can be of: batches that balance are found by their id alone."""

    UNBALANCED = BatchState.UNBALANCED.value
    SETTLING = BatchState.SETTLING.value


class BatchShown(msgspec.Struct):
    """A batch number of virements 调剂 or distributions 分配 in one fiscal year."""

    id: str
    jurisdiction: str
    fiscal_year: int
    kind: BatchKind
    batch_number: str
    """What makes its sides one [adj_batch_no]."""
    state: BatchState
    amount_in: str
    """Sum of what comes in, to the fen."""
    amount_out: str
    """Sum of what goes out."""
    difference: str
    """In − out; negative: the side that takes is missing."""
    since: str | None
    """Opened day on which it left its balance last; null: it balances, or left it before any."""
    sides: int
    """Entries of which it consists."""
    publishers: list[str]
    """Who stated them; at most 50."""


class BatchPage(msgspec.Struct):
    """A page of batches."""

    items: list[BatchShown]
    next: str | None
    """What `after` is for the next page; null: this is the last."""
    settled: str | None
    """Opened day up to whose beginning the ledger is counted; null: none was opened yet."""
    behind: int
    """Positions of the ledger that are not counted yet."""


class SideShown(msgspec.Struct):
    """One entry of a batch."""

    project: str
    sequence: int
    """Its number in the project's stream: `GET /v1/ledger/{project}` has its event."""
    direction: Flow
    amount: str
    line: str
    """Line that changes, as stated; a later correction 更正 may have moved it."""
    date: str
    """Business date."""
    opened: str | None
    """Last opened day when it was entered; null: none was opened yet."""
    publisher: str


class KindCounted(msgspec.Struct):
    """How many batches of one kind."""

    kind: BatchKind
    batches: int


class Filters(BaseModel):
    """Which batches; what is not given does not count."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    jurisdiction: Annotated[str, Field(min_length=1, max_length=ID_LENGTH_MAX)]
    """Tenant."""
    fiscal_year: Annotated[int | None, Field(ge=FISCAL_YEAR_MIN, le=FISCAL_YEAR_MAX)] = None
    """Fiscal year that the batch is of."""
    kind: BatchKind | None = None
    """virement or distributed."""
    state: OpenState = OpenState.UNBALANCED
    """unbalanced: to be looked at; settling: no day was opened since it left its balance."""

    @property
    def wanted(self) -> Wanted:
        """Write them for the store."""
        state = BatchState(self.state.value)
        return Wanted(self.jurisdiction, self.fiscal_year, self.kind, state)


class Listing(Filters):
    """Which batches of a list, and which page of it."""

    after: Annotated[str | None, Field(pattern=CURSOR_PATTERN)] = None
    """`next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT
    """Most batches in the answer."""


def router(batches: Batches) -> APIRouter:
    """Make the routes."""
    routes = APIRouter(tags=["adjustment batches"])

    @routes.get("/v1/adjustment-batches")
    async def listing(asking: Caller, wanted: Annotated[Listing, Query()]) -> Response:
        """List batches that do not balance, the longest first.

        Of a jurisdiction, in the caller's scope. The count follows the ledger within seconds;
        `behind` says how much of it is not counted yet.
        """
        behind = await batches.behind()
        if not asking.may_enter(wanted.jurisdiction):
            return answer(BatchPage([], None, None, behind))
        after = None if wanted.after is None else _split(wanted.after)
        scope = batch_scope(asking)
        found = await batches.page(scope, wanted.wanted, after, wanted.limit)
        settled = await batches.settled(wanted.jurisdiction)
        following = _cursor(found[-1]) if len(found) == wanted.limit else None
        return answer(BatchPage([_shown(one) for one in found], following, settled, behind))

    # Before the route of one batch, whose address would swallow this one's.
    @routes.get("/v1/adjustment-batches/counts")
    async def counts(asking: Caller, wanted: Annotated[Filters, Query()]) -> Response:
        """Count batches that do not balance, by kind; at most 100,000."""
        found = (
            await batches.counts(batch_scope(asking), wanted.wanted)
            if asking.may_enter(wanted.jurisdiction)
            else ()
        )
        items = [KindCounted(one.kind, one.batches) for one in found]
        return answer({"items": items, "total": sum(one.batches for one in items)})

    @routes.get("/v1/adjustment-batches/{batch_id}")
    async def one(asking: Caller, batch_id: BatchId) -> Response:
        """Show one batch, whether or not it balances."""
        return answer(_shown(await _found(batches, asking, batch_id)))

    @routes.get("/v1/adjustment-batches/{batch_id}/sides")
    async def sides(
        asking: Caller,
        batch_id: BatchId,
        after: Annotated[str | None, Query(max_length=SIDE_LENGTH_MAX)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
    ) -> Response:
        """List the entries of which a batch consists, by project and sequence."""
        kept = await _found(batches, asking, batch_id)
        found = await batches.sides(kept.batch.name, _side_after(after), limit)
        items = [_side_shown(each) for each in found]
        full = len(found) == limit
        following = f"{found[-1].sequence}.{found[-1].project}" if full else None
        return answer({"items": items, "next": following})

    return routes


async def _found(batches: Batches, asking: Principal, batch_id: str) -> Kept:
    kept = await batches.one(batch_id, batch_scope(asking))
    if kept is None or not asking.may_enter(kept.batch.name.jurisdiction):
        raise _unknown(batch_id)
    return kept


def _shown(kept: Kept) -> BatchShown:
    batch = kept.batch
    return BatchShown(
        batch.name.id,
        batch.name.jurisdiction,
        batch.name.fiscal_year,
        batch.name.kind,
        batch.name.number,
        kept.state,
        fen_to_wire(batch.amount_in),
        fen_to_wire(batch.amount_out),
        fen_to_wire(batch.amount_in - batch.amount_out),
        batch.since or None,
        batch.sides,
        list(batch.publishers),
    )


def _side_shown(side: Side) -> SideShown:
    return SideShown(
        side.project,
        side.sequence,
        side.direction,
        fen_to_wire(side.amount),
        side.line,
        side.date,
        side.day,
        side.publisher,
    )


def _cursor(kept: Kept) -> str:
    return f"{kept.batch.since or ''}.{kept.batch.name.id}"


def _split(cursor: str) -> tuple[str, str]:
    day, _, batch_id = cursor.partition(".")
    return day, batch_id


def _side_after(cursor: str | None) -> tuple[str, int] | None:
    if cursor is None:
        return None
    found = _SIDE.fullmatch(cursor)
    if found is None:
        raise foreign_token()
    return found[2], int(found[1])


def _unknown(batch_id: str) -> ProblemError:
    return not_found(
        "unknown_batch", f"There is no batch {batch_id}.", f"没有调剂或分配批次 {batch_id}。"
    )
