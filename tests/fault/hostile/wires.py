"""The two wires that cases are sent over, with nothing in between that would mend them."""

import asyncio
import contextlib
import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c

from tests.fault.hostile.case import Headers

ANSWER_SECONDS: Final = 60.0
TOGETHER_MAX: Final = 16
"""Connections at once."""
UNREADABLE_NAME: Final = "@unreadable@"
"""A header of this name is sent with one that is no UTF-8."""
BOMB_NAME: Final = "@bomb@"
"""A record with a header of this name is sent as a compressed bomb instead."""
BOMB_BYTES: Final = 100 * 1024 * 1024
ZSTD: Final = 4
CRC_AT: Final = 17
CHECKED_FROM: Final = 21
"""Where a record batch has its checksum, and from where it is reckoned."""
RECORD_BYTES_MAX: Final = 2 * 1024 * 1024

Sent = tuple[bytes | None, Headers]
"""A record's value and headers."""


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The JSON in it; empty if it is none."""
        try:
            found: dict[str, Any] = json.loads(self.body)
        except ValueError:
            return {}
        return found


class HttpWire:
    """Requests as bytes on a socket of their own."""

    def __init__(self, port: int, key: str) -> None:
        self._port, self._key = port, key.encode()
        self._gate = asyncio.Semaphore(TOGETHER_MAX)

    async def post(self, headers: Headers, body: bytes) -> Answer:
        """Post to the event door, waiting for the verdicts."""
        head = [
            b"POST /v1/events HTTP/1.1",
            b"Host: intake",
            b"Connection: close",
            b"Prefer: wait=30",
            b"Authorization: Bearer " + self._key,
            b"Content-Length: %d" % len(body),
            *(name.encode() + b": " + (value or b"") for name, value in headers),
        ]
        return await self.exchange(b"\r\n".join(head) + b"\r\n\r\n" + body)

    async def exchange(self, raw: bytes) -> Answer:
        """Send bytes and read until the end."""
        raw = raw.replace(b"@key@", self._key)
        async with self._gate, asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            try:
                # Who is refused early closes while we still send.
                with contextlib.suppress(ConnectionError):
                    writer.write(raw)
                    await writer.drain()
                return await _answer(reader)
            finally:
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> Answer:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.strip().split("\r\n")
    named = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in named}
    body = await reader.readexactly(int(headers["content-length"]))
    return Answer(int(first.split()[1]), headers, body)


class KafkaWire:
    """Records on a publisher's topic."""

    def __init__(self, servers: str, topic: str) -> None:
        self._servers, self._topic = servers, topic

    async def send(self, records: Iterable[Sent], partitions: Sequence[int]) -> None:
        """Send records in order to the partitions in turn; returns when the broker has them."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._servers, acks="all", max_request_size=RECORD_BYTES_MAX
        )
        await producer.start()
        try:
            sent = [
                await self._one(producer, record, partitions[number % len(partitions)])
                for number, record in enumerate(records)
            ]
            await asyncio.gather(*sent)
        finally:
            await producer.stop()

    async def _one(
        self, producer: AIOKafkaProducer, record: Sent, partition: int
    ) -> asyncio.Future[Any]:
        value, headers = record
        batch = producer.create_batch()
        # Without a key the client sends no tombstone.
        batch.append(key=b"any", value=value, timestamp=None, headers=list(headers))
        batch.close()
        if any(name == UNREADABLE_NAME for name, _ in headers):
            batch._buffer = _broken(bytes(batch._build()))
        if any(name == BOMB_NAME for name, _ in headers):
            batch._buffer = _bomb()
        sent: asyncio.Future[Any] = await producer.send_batch(
            batch, self._topic, partition=partition
        )
        return sent


def _bomb() -> bytes:
    """Make a batch of a few kilobytes that expands to more than anybody would read."""
    builder = DefaultRecordBatchBuilder(2, ZSTD, 0, -1, -1, -1, 2 * BOMB_BYTES)
    builder.append(0, 1, b"any", b" " * BOMB_BYTES, [])
    return bytes(builder.build())


def _broken(batch: bytes) -> bytes:
    """Make a header's name bytes that are no text, as no decent client can."""
    found = bytearray(batch)
    at = batch.index(UNREADABLE_NAME.encode())
    found[at : at + len(UNREADABLE_NAME)] = b"\xff" * len(UNREADABLE_NAME)
    struct.pack_into(">I", found, CRC_AT, calc_crc32c(bytes(found[CHECKED_FROM:])))
    return bytes(found)
