"""What changes, as it changes: a stream of rows with a cursor, or the same pulled (SSE, JSON)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from contracts.record import format_cut, parse_cut
from contracts.vocabulary import ID_LENGTH_MAX
from services.analysis.api.asking import CUT_LENGTH_MAX
from services.analysis.api.problems import invalid_cut, too_many_streams, unknown_jurisdiction
from services.analysis.api.rows import shown
from services.analysis.store.tables import Changed, TableReader
from services.chassis import clock
from services.chassis.cuts import Wait
from services.chassis.identity import Caller, Permission, Principal
from services.chassis.identity_leave import Leave
from services.chassis.problems import ProblemError

STREAMS_MAX: Final = 200
"""Streams open at once in one process; more are told to come back."""
PAGE: Final = 200
"""Most rows read, and buffered, at once: a stream that reads slowly is waited for."""
PAGE_MAX: Final = 500
POLL_SECONDS: Final = 0.25
HEARTBEAT_SECONDS: Final = 15.0
RETRY_MS: Final = 2_000
"""When a client that lost its stream comes back."""
NOW: Final = "now"
POINTER: Final = "/cursor"
SSE: Final = "text/event-stream"

_JSON: Final = msgspec.json.Encoder()

Cursor = Annotated[
    str | None,
    Query(
        max_length=CUT_LENGTH_MAX,
        description="Go on behind this: `cursor` of an earlier answer, `id` of an event, or `now`; "
        "everything from the beginning if left out.",
    ),
]
LastEventId = Annotated[
    str | None,
    Header(max_length=CUT_LENGTH_MAX, description="As `cursor`: what a browser sends by itself."),
]
Jurisdiction = Annotated[
    str | None,
    Query(min_length=1, max_length=ID_LENGTH_MAX, description="Of this one alone; else of all."),
]


def add_routes(router: APIRouter, reader: TableReader, stopping: asyncio.Event) -> None:
    """Add the route; streams end by themselves when `stopping` is set."""
    open_streams: set[object] = set()

    @router.get(
        "/changes",
        response_model=None,
        responses={200: {"content": {SSE: {"schema": {"type": "string"}}}}},
    )
    async def changes(
        request: Request,
        *,
        asking: Caller,
        cursor: Cursor = None,
        last_event_id: LastEventId = None,
        jurisdiction: Jurisdiction = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX, description="Most of a page.")] = PAGE,
        wait: Wait = 0,
    ) -> Response:
        """Give each project year whose figures changed, in its latest state, as its row.

        With `Accept: application/json` one page, after up to `wait` seconds if there is none
        yet; else a stream of server-sent events (`project_year`, `id` is the cursor) that goes on
        until it is closed, with a comment now and then while nothing changes. Of a project year
        that changes often some states are passed over, never the last one.
        """
        if jurisdiction is not None and not asking.may_enter(jurisdiction):
            raise unknown_jurisdiction(jurisdiction)
        leave = Leave(request, lambda one: _may_read(one, jurisdiction))
        following = Following(reader, leave, jurisdiction)
        await following.begin(last_event_id or cursor)
        if _wants_json(request):
            return JSONResponse(await _pulled(following, limit, wait, stopping))
        if len(open_streams) >= STREAMS_MAX:
            raise too_many_streams(STREAMS_MAX)
        stream = _stream(following, stopping, open_streams)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(stream, media_type=SSE, headers=headers)


def _may_read(one: Principal, jurisdiction: str | None) -> bool:
    return one.may(Permission.READ) and (jurisdiction is None or one.may_enter(jurisdiction))


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and SSE not in accepted


class Following:
    """Somebody's way through what changes: where they are, and what they may see."""

    def __init__(self, reader: TableReader, leave: Leave, jurisdiction: str | None) -> None:
        """Begin nowhere yet."""
        self._reader = reader
        self._leave = leave
        self._jurisdiction = jurisdiction
        self.cursor: list[int] = []

    async def begin(self, text: str | None) -> None:
        """Read a cursor; 422 for one that this service never gave."""
        async with self._reader.moment() as moment:
            present = moment.out
        if text == NOW:
            self.cursor = present
            return
        self.cursor = [0] * len(present) if text is None else _read(text, present)

    async def next(self, limit: int) -> tuple[list[Changed], bool]:
        """Return the next rows that may be seen, and whether there are no more for now.

        401 once whoever reads may not any more.
        """
        asking = self._leave.held()
        of = asking.jurisdictions if self._jurisdiction is None else {self._jurisdiction}
        found, self.cursor, done = await self._reader.changes(self.cursor, of, limit)
        return await self._seen(asking, found), done

    async def _seen(self, asking: Principal, found: Sequence[Changed]) -> list[Changed]:
        whole = [known for known in found if known.state is not None]
        if not asking.narrow or not whole:
            return whole
        leads = await self._reader.leads([known.key.project for known in whole])
        return [
            known
            for known in whole
            if asking.sees(known.key.project, *leads.get(known.key.project, (None, None)))
        ]


def _read(text: str, present: Sequence[int]) -> list[int]:
    try:
        cursor = parse_cut(text)
    except ValueError as error:
        raise invalid_cut(POINTER, str(error)) from error
    if len(cursor) != len(present):
        detail = f"the cursor names {len(cursor)} partitions, there are {len(present)}"
        raise invalid_cut(POINTER, detail)
    if any(seen > now for seen, now in zip(cursor, present, strict=True)):
        raise invalid_cut(POINTER, f"{text} is ahead of {format_cut(list(present))}")
    return cursor


async def _pulled(
    following: Following, limit: int, wait: float, stopping: asyncio.Event
) -> dict[str, Any]:
    deadline = clock.monotonic() + wait
    while True:
        found, done = await following.next(limit)
        left = deadline - clock.monotonic()
        if found or left <= 0 or stopping.is_set():
            items = [_row(known) for known in found]
            return {"items": items, "cursor": format_cut(following.cursor), "more": not done}
        if done:
            await _pause(stopping, min(POLL_SECONDS, left))


async def _stream(
    following: Following, stopping: asyncio.Event, open_streams: set[object]
) -> AsyncIterator[bytes]:
    token = object()
    open_streams.add(token)
    try:
        yield b"retry: %d\n\n" % RETRY_MS
        said = clock.monotonic()
        while not stopping.is_set():
            try:
                found, done = await following.next(PAGE)
            except ProblemError:
                # Said as alerts' feeds say it: a browser that comes again hears why.
                yield b'event: end\ndata: {"reason":"not_let_in"}\n\n'
                return
            for known in found[:-1]:
                yield _event(known, None)
            if found:
                # The page as a whole has a cursor: one that is cut off comes again from before it.
                yield _event(found[-1], format_cut(following.cursor))
                said = clock.monotonic()
            elif clock.monotonic() - said >= HEARTBEAT_SECONDS:
                yield f"id: {format_cut(following.cursor)}\n: still here\n\n".encode()
                said = clock.monotonic()
            if done:
                await _pause(stopping, POLL_SECONDS)
        yield b"event: end\ndata: {}\n\n"
    finally:
        open_streams.discard(token)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return


def _row(known: Changed) -> dict[str, Any]:
    if known.state is None:
        msg = "a row of another release is not shown"
        raise ValueError(msg)
    return shown(known.state)


def _event(known: Changed, cursor: str | None) -> bytes:
    head = b"" if cursor is None else f"id: {cursor}\n".encode()
    return head + b"event: project_year\ndata: " + _JSON.encode(_row(known)) + b"\n\n"
