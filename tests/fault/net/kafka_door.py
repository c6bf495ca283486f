"""Sending through the Kafka door: a publisher's own producer on `publish.demo`.

In all forms that a record may have; each event keeps its form, so that it is a duplicate when it
comes again.
"""

import asyncio
import json
import time
import zlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.fault.net.inputlog import Line, Outcome
from tests.fault.net.load import Fact

TOPIC: Final = "publish.demo"
REQUEST_TIMEOUT_MS: Final = 10_000
SEND_SECONDS: Final = 20.0
STOP_SECONDS: Final = 3.0
PAUSE_SECONDS: Final = 0.3
PATIENCE_SECONDS: Final = 420.0
STRUCTURED: Final = ("content-type", b"application/cloudevents+json")
JSON: Final = ("content-type", b"application/json")
FORMS: Final = 3
"""Bare, structured by name, binary: a third of the events each."""
BINARY: Final = 2

Record = tuple[bytes, list[tuple[str, bytes]]]
"""Value and headers."""


class KafkaSender:
    """Sends until the brokers have it; after an error with a new producer, so some come twice."""

    def __init__(self, bootstrap_servers: str) -> None:
        """Connect on first use; to be used by one thread."""
        self._servers = bootstrap_servers.split(",")
        self._runner = asyncio.Runner()
        self._producer: AIOKafkaProducer | None = None
        self.retries = 0

    def send(self, facts: Sequence[Fact], lines: Sequence[Line]) -> None:
        """Send facts in order and note that the brokers have them."""
        for fact, line in zip(facts, lines, strict=True):
            line.raw = as_kept(fact)
        self._runner.run(self._send(facts))
        for line in lines:
            line.decide(Outcome.ACKED)

    def close(self) -> None:
        """Stop the producer."""
        self._runner.run(self._discard())
        self._runner.close()

    async def _send(self, facts: Sequence[Fact]) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                await asyncio.wait_for(self._attempt(facts), SEND_SECONDS)
            except (KafkaError, OSError, TimeoutError):
                self.retries += 1
                await self._discard()
                if time.monotonic() > give_up:
                    raise
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                return

    async def _attempt(self, facts: Sequence[Fact]) -> None:
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self._servers,
                acks="all",
                enable_idempotence=True,
                request_timeout_ms=REQUEST_TIMEOUT_MS,
            )
            await self._producer.start()
        sent = []
        for fact in facts:
            value, headers = record_of(fact)
            key = fact.subject.encode()
            sent.append(await self._producer.send(TOPIC, value, key=key, headers=headers))
        await asyncio.gather(*sent)

    async def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(producer.stop(), STOP_SECONDS)


def record_of(fact: Fact) -> Record:
    """Write a fact as a record, always in the same form."""
    form = zlib.crc32(fact.raw) % FORMS
    if form == 0:
        return fact.raw, []
    if form != BINARY:
        return fact.raw, [STRUCTURED]
    event = json.loads(fact.raw)
    data = json.dumps(event.pop("data"), ensure_ascii=False).encode()
    return data, [JSON, *((f"ce_{name}", value.encode()) for name, value in event.items())]


def as_kept(fact: Fact) -> bytes:
    """Give the event that the ledger must show: a record's content type is an attribute of it."""
    if zlib.crc32(fact.raw) % FORMS != BINARY:
        return fact.raw
    event = {**json.loads(fact.raw), "datacontenttype": JSON[1].decode()}
    return json.dumps(event, ensure_ascii=False).encode()
