"""Feeds as server-sent events: an entry each, `id` is its cursor, until one of both sides ends it.

Whoever reads is asked for again and again: a key that expired or was revoked, or a scope that
shrank, holds for a stream as for a question. A reader that takes nothing for `SEND_SECONDS` is let
go; it comes back with `Last-Event-ID` and misses nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Final

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.alerts.api.feed_items import feed_item
from services.alerts.domain.feed import Entry
from services.alerts.store.following import AwayError, Reading
from services.chassis import clock, metrics
from services.chassis.identity_leave import Leave
from services.chassis.log import get_logger

log = get_logger(__name__)

SSE: Final = "text/event-stream"
PAGE: Final = 100
"""Most entries written at once to one stream."""
HEARTBEAT_SECONDS: Final = 15.0
CHECK_SECONDS: Final = 5.0
"""How often a silent stream looks whether its reader is still let in."""
SEND_SECONDS: Final = 30.0
"""Longest a reader may take nothing of what was sent."""
RETRY_MS: Final = 2_000
"""When a reader that lost its stream comes back."""

DELIVERED: Final = metrics.counter(
    "dualwatch_alerts_feed_delivered_total",
    "Entries of feeds given out, by way: json, atom, sse.",
    ("way",),
)
_STREAMED: Final = DELIVERED.labels("sse")
ENDED: Final = metrics.counter(
    "dualwatch_alerts_feed_streams_ended_total",
    "Streams ended by us, by why: stopping, not let in any more, too slow, no MongoDB.",
    ("reason",),
)

_JSON: Final = msgspec.json.Encoder()


def frame(entry: Entry) -> bytes:
    """Write an entry as an event: JSON on one line, so that nothing in it can end the line."""
    return b"id: %d\nevent: alert\ndata: %b\n\n" % (entry.cursor, _JSON.encode(feed_item(entry)))


async def events(
    reading: Reading, leave: Leave, stopping: asyncio.Event
) -> AsyncGenerator[bytes, None]:
    """Write what comes, and a comment now and then; ends when the service stops or the leave."""
    yield b"retry: %d\n\n" % RETRY_MS
    said = clock.monotonic()
    while not stopping.is_set():
        asking = leave.holder()
        if asking is None:
            ENDED.labels("not_let_in").inc()
            yield ending("not_let_in")
            return
        try:
            found = await reading.next(asking, PAGE, frame)
        except AwayError as error:
            log.warning("stream_ended", reason=repr(error))
            ENDED.labels("unavailable").inc()
            yield ending("unavailable")
            return
        if found:
            _STREAMED.inc(len(found))
            yield b"".join([held.frame for held in found])
            said = clock.monotonic()
        elif clock.monotonic() - said >= HEARTBEAT_SECONDS:
            # The cursor moves on although nothing of it was wanted.
            yield b"id: %d\n: still here\n\n" % reading.cursor
            said = clock.monotonic()
        left = HEARTBEAT_SECONDS - (clock.monotonic() - said)
        await reading.news(max(0.0, min(left, CHECK_SECONDS)))
    ENDED.labels("stopping").inc()
    yield ending("stopping")


def ending(reason: str) -> bytes:
    """Say that the stream ends on purpose."""
    return b'event: end\ndata: {"reason":"%b"}\n\n' % reason.encode()


class EventStream(Response):
    """A stream that a reader who takes nothing cannot hold for ever."""

    media_type = SSE

    def __init__(self, stream: AsyncGenerator[bytes, None], closed: Callable[[], None]) -> None:
        """`closed` is called once, however it ends."""
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._stream = stream
        self._closed = closed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the stream ends, or its reader is gone."""
        del scope
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait([sending, leaving], return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                await sending
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.wait([sending, leaving])
            await self._stream.aclose()
            self._closed()

    async def _send(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        try:
            async for piece in self._stream:
                async with asyncio.timeout(SEND_SECONDS):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError:
            ENDED.labels("too_slow").inc()
            log.info("stream_too_slow", seconds=SEND_SECONDS)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
