"""Sending through the Kafka door: a publisher's own producer on `publish.demo`."""

import asyncio
import time
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
        sent = [await self._producer.send(TOPIC, f.raw, key=f.subject.encode()) for f in facts]
        await asyncio.gather(*sent)

    async def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(KafkaError, OSError, TimeoutError):
                await asyncio.wait_for(producer.stop(), STOP_SECONDS)
