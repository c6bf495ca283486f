"""A receiver of webhooks for tests: a real HTTP server that keeps what it was sent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

HEAD_BYTES_MAX = 65_536


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Its webhook-id."""
        return self.headers["webhook-id"]


Answer = Callable[[Received], Awaitable[int]]


async def fine(_: Received) -> int:
    """Take everything."""
    return 200


@dataclass
class Receiver:
    """Takes requests, and answers each with a status and what else is set."""

    answer: Answer = fine
    received: list[Received] = field(default_factory=list)
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer_body: bytes = b""
    port: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/hooks?from=dualwatch"

    @property
    def ids(self) -> list[str]:
        """The ids received, in order."""
        return [one.id for one in self.received]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the requests of one connection."""
        task = asyncio.current_task()
        if task is not None:
            self.tasks.add(task)
        ends = (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError)
        with contextlib.suppress(*ends), contextlib.closing(writer):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                first, *lines = head.decode("latin-1").strip().split("\r\n")
                pairs = (line.split(":", 1) for line in lines)
                headers = {name.lower(): value.strip() for name, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                found = Received(first.split(" ")[1], headers, body)
                self.received.append(found)
                status = await self.answer(found)
                more = {**self.answer_headers, "content-length": str(len(self.answer_body))}
                told = "".join(f"{name}: {value}\r\n" for name, value in more.items())
                writer.write(f"HTTP/1.1 {status} X\r\n{told}\r\n".encode() + self.answer_body)
                await writer.drain()


@contextlib.asynccontextmanager
async def receiving(answer: Answer = fine) -> AsyncIterator[Receiver]:
    """Run a receiver on a free port of this machine."""
    receiver = Receiver(answer)
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0, limit=HEAD_BYTES_MAX)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        for task in receiver.tasks:
            # Some hang on purpose.
            task.cancel()
        await asyncio.gather(*receiver.tasks, return_exceptions=True)
