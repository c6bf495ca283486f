"""A whole intake in this process, on the real Kafka and MongoDB, asked over its HTTP API."""

import contextlib
import functools
import itertools
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any
from urllib.parse import quote

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from contracts.record import MARK_HEADER, Mark
from deploy.local.stack import Stack
from services.chassis.records import header
from services.chassis.service import Service
from services.chassis.settings import KafkaSettings, MongoSettings
from services.intake.app import create_app
from services.intake.settings import IntakeSettings
from tests.support.eventually import eventually_async
from tests.support.hostile import BATCH, LINES, SINGLE, wire

PARTITIONS = 4
KEY = "a-key-for-tests-only"
WAIT = {"Prefer": "wait=20"}


def settings_of(stack: Stack, **changes: Any) -> IntakeSettings:
    """Make the settings of an intake on this stack."""
    places = stack.endpoints()
    return IntakeSettings(
        kafka=KafkaSettings(bootstrap_servers=places.kafka),
        mongo=MongoSettings(url=places.mongo),
        key=KEY,
        partitions=PARTITIONS,
        **{"clock_seconds": 0.2, **changes},
    )


_codes = itertools.count(1)


def new_code() -> str:
    """Name a jurisdiction that no other test uses."""
    return f"J{next(_codes)}"


class Intake:
    """A running intake and a client of it."""

    def __init__(self, service: Service, client: httpx.AsyncClient) -> None:
        self.service = service
        self.client = client
        self.kafka = service.settings.kafka.bootstrap_servers

    async def post(self, body: bytes, media_type: str = SINGLE, **headers: str) -> httpx.Response:
        """Send a body as it is."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(
            "/v1/events", content=body, headers={"content-type": media_type, **WAIT, **named}
        )

    async def send(self, *events: Mapping[str, Any], **headers: str) -> dict[str, Any]:
        """Send events as a batch and wait for the verdicts."""
        answer = await self.post(wire(list(events)), BATCH, **headers)
        assert answer.status_code in {202, 422}, answer.text
        return answer.json()

    async def send_lines(self, lines: Iterable[bytes]) -> dict[str, Any]:
        """Send events line by line in one request."""
        answer = await self.post(b"\n".join(lines), LINES)
        assert answer.status_code in {202, 422}, answer.text
        return answer.json()

    async def get(self, path: str, **params: Any) -> Any:
        """Ask for JSON."""
        answer = await self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def entries(self, stream: str) -> list[dict[str, Any]]:
        """Read a stream's entries."""
        found = await self.get(f"/v1/ledger/{quote(stream, safe='')}", limit=1_000)
        return found["items"]

    async def open_day(self, jurisdiction: str, date: str, *, jump: bool = False) -> dict[str, Any]:
        """Open a day by hand."""
        wanted = {"jurisdiction": jurisdiction, "date": date, "jump": jump}
        answer = await self.client.post("/v1/days", json=wanted)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def topic(self, topic: str) -> dict[int, list[ConsumerRecord]]:
        """Read a whole topic from the beginning to its present end."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka, enable_auto_commit=False)
        await consumer.start()
        try:
            parts = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            consumer.assign(parts)
            ends = await consumer.end_offsets(parts)
            for part in parts:
                consumer.seek(part, 0)
            found: dict[int, list[ConsumerRecord]] = {tp.partition: [] for tp in parts}
            while sum(map(len, found.values())) < sum(ends.values()):
                for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                    found[tp.partition].extend(records)
            return found
        finally:
            await consumer.stop()

    async def ledger_once(self) -> dict[int, dict[int, tuple[str, bytes]]]:
        """Read the topic `ledger` as a careful reader does: partition → position → key, value.

        Fails on a gap, or where one position stands for two events.
        """
        read: dict[int, dict[int, tuple[str, bytes]]] = {}
        for partition, records in (await self.topic("ledger")).items():
            seen = read.setdefault(partition, {})
            for record in records:
                position = Mark.from_bytes(header(record, MARK_HEADER) or b"").position
                entry = (record.key.decode(), record.value)
                assert position <= len(seen) + 1, f"gap before {position} on {partition}"
                assert seen.setdefault(position, entry) == entry
        return read

    async def published(self, topic: str, *records: tuple[bytes | None, bytes | None]) -> None:
        """Put records on a topic as a publisher does."""
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka, acks="all")
        await producer.start()
        try:
            for key, value in records:
                await producer.send_and_wait(topic, key=key, value=value)
        finally:
            await producer.stop()


@contextlib.asynccontextmanager
async def running(stack: Stack, *, ready: bool = True, **changes: Any) -> AsyncIterator[Intake]:
    """Run an intake until the block ends; it begins when all is there, or else at once."""
    service = create_app(settings_of(stack, **changes))
    async with service.app.router.lifespan_context(service.app):
        transport = httpx.ASGITransport(app=service.app)
        async with httpx.AsyncClient(
            transport=transport,
            base_url="http://intake",
            headers={"authorization": f"Bearer {KEY}"},
            timeout=60,
        ) as client:
            all_there: Any = functools.partial(_is_ready, client)
            if ready:
                await eventually_async(all_there, deadline_seconds=60)
            yield Intake(service, client)


async def _is_ready(client: httpx.AsyncClient) -> bool:
    answer = await client.get("/readyz")
    assert answer.status_code == 200, json.dumps(answer.json())
    return True
