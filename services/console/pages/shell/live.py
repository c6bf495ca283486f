"""News for an open page: the streams of analysis and alerts as one, as its owner may see them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from services.chassis import clock
from services.console.domain.news import Frames, News, cursor_text, cursors_of, event
from services.console.pages.frame.asking import RefusedError, ServiceAwayError, Services, segment
from services.console.pages.frame.view import View, view_of

GATHER_SECONDS: Final = 0.05
"""What comes within so long is told at once."""
HEARTBEAT_SECONDS: Final = 15.0
AGAIN_SECONDS: Final = 1.0
"""Before a stream that ended is asked for again."""
ENDS_MAX: Final = 3
"""Streams that end so often at once: whoever looks comes back, perhaps with another key."""
STEADY_SECONDS: Final = 10.0
"""A stream that held so long has not ended at once."""
RETRY_MS: Final = 2_000
NOW: Final = "now"
SSE: Final = "text/event-stream"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def add_routes(router: APIRouter, services: Services) -> None:
    """Add the route."""

    @router.get("/live", name="live")
    async def live(request: Request) -> Response:
        """Tell the open page that something happened, from now on or since it was told last."""
        view = view_of(request)
        last = request.headers.get("last-event-id") or request.query_params.get("cursor", "")
        following = Following(services, view, request.query_params.get("project"), last)
        await following.begin()
        return StreamingResponse(following.words(), media_type=SSE, headers=HEADERS)


class Following:
    """One open page's way through the news."""

    def __init__(self, services: Services, view: View, project: str | None, last: str) -> None:
        """Nothing is asked yet."""
        code = view.get("jurisdiction")
        self._services = services
        self._asked: dict[str, str | int | None] = {"jurisdiction": code}
        self._paths = {"analysis": "/v1/changes"}
        if code is not None:
            self._paths["alerts"] = f"/v1/feeds/{segment(code)}"
        known = {name: mark for name, mark in cursors_of(last).items() if name in self._paths}
        self._news = News(known, project)
        self._came = asyncio.Event()
        self._ended = False

    async def begin(self) -> None:
        """Ask where the services stand now, for those whose place the page does not know."""
        missing = [name for name in self._paths if name not in self._news.cursors]
        await asyncio.gather(*(self._stand(name) for name in missing))

    async def _stand(self, service: str) -> None:
        asked = {**self._asked, "cursor": NOW, "limit": 1}
        try:
            found = await self._services.get(service, self._paths[service], asked)
        except (RefusedError, ServiceAwayError):
            return
        mark = found.get("next_cursor", found.get("cursor"))
        if mark is not None:
            self._news.cursors[service] = str(mark)

    async def words(self) -> AsyncIterator[bytes]:
        """Write what happens until the page goes away."""
        yield f"retry: {RETRY_MS}\n\n".encode()
        yield event("following", {}, cursor_text(self._news.cursors))
        readers = [asyncio.create_task(self._read(name)) for name in self._paths]
        try:
            while not self._ended:
                try:
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await self._came.wait()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                await asyncio.sleep(GATHER_SECONDS)
                self._came.clear()
                if self._news.of:
                    yield self._news.word()
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def _read(self, service: str) -> None:
        """Follow one service; come back to it when its stream ends, until it ends too often."""
        ends = 0
        while ends < ENDS_MAX:
            began = clock.monotonic()
            try:
                await self._follow(service)
            except RefusedError:
                # What came between nobody can tell: the page asks for all of it anew, from now on.
                self._news.lost(service)
                await self._stand(service)
                self._came.set()
            ends = 1 if clock.monotonic() - began >= STEADY_SECONDS else ends + 1
            await asyncio.sleep(AGAIN_SECONDS)
        self._ended = True
        self._came.set()

    async def _follow(self, service: str) -> None:
        """Take in what a service tells until its stream ends."""
        frames = Frames()
        asked = {**self._asked, "cursor": self._news.cursors.get(service, NOW)}
        async for part in self._services.stream(service, self._paths[service], asked, None):
            for told in frames.feed(part):
                if self._news.take(service, told):
                    self._came.set()
