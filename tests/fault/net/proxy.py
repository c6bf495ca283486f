"""A TCP proxy in a process of its own: before each store's port, with faults on demand.

Run as `python -m tests.fault.net.proxy`; the arguments are triples name:listen:target. A line of
JSON on standard input sets a target's mode, `{"name": "kafka-1", "mode": "delay", "seconds": 0.2}`;
each is answered by the target's counters. The process ends with its standard input.
"""

import asyncio
import json
import socket
import struct
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

import uvloop

HOST: Final = "127.0.0.1"
CHUNK_BYTES: Final = 256 * 1024
BUFFER_BYTES: Final = 1024 * 1024
LINGER_NOT: Final = struct.pack("ii", 1, 0)


class Mode(StrEnum):
    """What a proxy does with what passes."""

    PASS = "pass"
    CUT = "cut"
    """All connections are reset, and every new one as soon as it is there."""
    HOLE = "hole"
    """Connections stay open and new ones are taken, but nothing comes through."""
    DELAY = "delay"
    """Every piece waits before it is passed on."""


@dataclass
class Counts:
    """What the faults of a target have done, since the start."""

    passed: int = 0
    """Connections that were opened to the target."""
    cut: int = 0
    """Connections that were reset."""
    swallowed_bytes: int = 0
    delayed_bytes: int = 0


@dataclass(eq=False)
class Link:
    """One connection through the proxy."""

    writers: list[asyncio.StreamWriter]
    torn: bool = False
    """Something was swallowed: it can never go on."""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def reset(self) -> None:
        """End it without a word: both sides get a reset, not an orderly end."""
        self.over.set()
        for writer in self.writers:
            sock = writer.get_extra_info("socket")
            if sock is not None and sock.fileno() >= 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            writer.transport.abort()


@dataclass
class Target:
    """One store's port and the port before it."""

    name: str
    listen: int
    port: int
    mode: Mode = Mode.PASS
    seconds: float = 0.0
    counts: Counts = field(default_factory=Counts)
    links: set[Link] = field(default_factory=set)
    tasks: set[asyncio.Task[None] | None] = field(default_factory=set)
    """Somebody has to hold them: the event loop does not."""

    async def serve(self) -> None:
        """Listen."""
        await asyncio.start_server(self._accept, HOST, self.listen, limit=BUFFER_BYTES)

    def set(self, mode: Mode, seconds: float) -> None:
        """Begin another mode; what the one before has torn is reset."""
        self.mode, self.seconds = mode, seconds
        for link in list(self.links):
            if mode is Mode.CUT or link.torn:
                self.counts.cut += 1
                link.reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link([writer])
        if self.mode is Mode.CUT:
            self.counts.cut += 1
            link.reset()
            return
        self.links.add(link)
        self.tasks.add(task := asyncio.current_task())
        try:
            await self._pass(link, reader, writer)
        finally:
            self.links.discard(link)
            self.tasks.discard(task)
            link.reset()

    async def _pass(
        self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if self.mode is Mode.HOLE:
            link.torn = True
            await self._swallow(reader)
            return
        with suppress(OSError):
            there, back = await asyncio.open_connection(HOST, self.port, limit=BUFFER_BYTES)
            self.counts.passed += 1
            link.writers.append(back)
            ways = [
                asyncio.create_task(self._pump(link, reader, back)),
                asyncio.create_task(self._pump(link, there, writer)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)

    async def _pump(
        self, link: Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                if self.mode is Mode.HOLE:
                    link.torn = True
                    self.counts.swallowed_bytes += len(chunk)
                elif not link.torn:
                    if self.mode is Mode.DELAY:
                        self.counts.delayed_bytes += len(chunk)
                        await asyncio.sleep(self.seconds)
                    writer.write(chunk)
                    await writer.drain()
            if link.torn:
                # Even the end of a connection does not come through.
                await link.over.wait()

    async def _swallow(self, reader: asyncio.StreamReader) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK_BYTES):
                self.counts.swallowed_bytes += len(chunk)


async def main(words: list[str]) -> None:
    """Serve all targets until the standard input ends."""
    targets = {}
    for word in words:
        name, listen, port = word.split(":")
        targets[name] = Target(name, int(listen), int(port))
        await targets[name].serve()
    commands = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    answer({"ready": True})
    while line := await commands.readline():
        command = json.loads(line)
        target = targets[command["name"]]
        if "mode" in command:
            target.set(Mode(command["mode"]), float(command.get("seconds", 0)))
        answer(asdict(target.counts))


def answer(content: dict[str, Any]) -> None:
    """Answer a command with one line."""
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1:]))
