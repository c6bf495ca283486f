"""A whole alerts service in this process, what feeds it, and a careful reader of its topic."""

import contextlib
import functools
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.codec import encode
from contracts.envelope import AnyEvent
from contracts.record import MARK_HEADER, Mark, format_cut
from contracts.topics import ALERTS, ASSESSMENTS, partition_of
from deploy.local.stack import Stack
from services.alerts.app import create_app
from services.alerts.settings import AlertsSettings
from services.chassis.publisher import OutRecord, Publisher
from services.chassis.records import header
from services.chassis.service import Service
from services.chassis.settings import KafkaSettings, MongoSettings
from tests.support.eventually import eventually_async

PARTITIONS = 4
KEY = "a-key-for-tests-only"
RECORDED_MS = 1_782_900_000_000


def settings_of(stack: Stack, **changes: Any) -> AlertsSettings:
    """Make the settings of an alerts service on this stack."""
    places = stack.endpoints()
    return AlertsSettings(
        kafka=KafkaSettings(bootstrap_servers=places.kafka),
        mongo=MongoSettings(url=places.mongo),
        key=KEY,
        **changes,
    )


class Analysis:
    """Writes the topic `assessments` as analysis does: numbered without gaps per partition."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._publisher = Publisher(kafka)
        self.positions = [0] * PARTITIONS

    async def say(self, *events: AnyEvent) -> str:
        """Publish events of projects; return the cut that holds them."""
        for event in events:
            partition = partition_of(event.subject, PARTITIONS)
            await self.put(partition, self.number(partition, event))
        return format_cut(self.positions)

    async def say_everywhere(self, *events: AnyEvent) -> str:
        """Publish a jurisdiction's facts as they come: a copy to every partition."""
        for event in events:
            for partition in range(PARTITIONS):
                await self.put(partition, self.number(partition, event))
        return format_cut(self.positions)

    def number(self, partition: int, event: AnyEvent) -> OutRecord:
        """Give an event the next position of a partition."""
        self.positions[partition] += 1
        position = self.positions[partition]
        mark = Mark(position, 0, RECORDED_MS + position, position, event.type)
        return (event.subject.encode(), encode(event), [(MARK_HEADER, mark.to_bytes())])

    async def put(self, partition: int, *records: OutRecord) -> None:
        """Publish records as they are."""
        await self._publisher.publish(ASSESSMENTS.name, partition, records)

    async def close(self) -> None:
        """Close the producer."""
        await self._publisher.close()


class Alerts:
    """A running alerts service and a client of it."""

    def __init__(self, service: Service, client: httpx.AsyncClient) -> None:
        self.service = service
        self.client = client
        self.kafka = service.settings.kafka.bootstrap_servers

    async def get(self, path: str, **params: Any) -> Any:
        """Ask for JSON."""
        answer = await self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def passed(self, cut: str) -> dict[str, str]:
        """Wait until assessments are judged; return both cuts."""
        return await self.get("/v1/position", at_least=cut, wait=30)

    async def feed(self, jurisdiction: str, limit: int = 1_000) -> list[dict[str, Any]]:
        """Read a whole feed, page by page."""
        items: list[dict[str, Any]] = []
        cursor = 0
        while True:
            page = await self.get(
                f"/v1/feeds/{quote(jurisdiction, safe='')}", cursor=cursor, limit=limit
            )
            items += page["items"]
            cursor = page["next_cursor"]
            if "next_url" not in page:
                return items

    async def topic(self) -> dict[int, dict[int, dict[str, Any]]]:
        """Read the topic `alerts` as a careful reader does: partition → position → event.

        Fails on a gap, or where one position stands for two events.
        """
        read: dict[int, dict[int, dict[str, Any]]] = {}
        for partition, records in (await records_of(self.kafka)).items():
            seen = read.setdefault(partition, {})
            for record in records:
                position = Mark.from_bytes(header(record, MARK_HEADER) or b"").position
                assert position <= len(seen) + 1, f"gap before {position} on {partition}"
                event = json.loads(record.value)
                assert seen.setdefault(position, event) == event
        return read

    async def told(self, jurisdiction: str) -> list[dict[str, Any]]:
        """Return a jurisdiction's events on the topic, in order."""
        partition = partition_of(jurisdiction, PARTITIONS)
        events = (await self.topic())[partition]
        mine = [events[n] for n in sorted(events)]
        return [event for event in mine if event["subject"].startswith(f"{jurisdiction}/")]


async def records_of(kafka: str, topic: str = ALERTS.name) -> dict[int, list[Any]]:
    """Read all records of a topic, by partition."""
    # Not seek_to_beginning: it races with the consumer's own first reset, to the end.
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        parts = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        found: dict[int, list[Any]] = {tp.partition: [] for tp in parts}
        while sum(map(len, found.values())) < sum(ends.values()):
            for tp, records in (await consumer.getmany(timeout_ms=500)).items():
                found[tp.partition].extend(records)
        return found
    finally:
        await consumer.stop()


class Standing:
    """One alerts service for all tests that need no more than that: a start takes seconds."""

    def __init__(self) -> None:
        self._held: contextlib.AsyncExitStack | None = None
        self._alerts: Alerts | None = None

    async def get(self, stack: Stack) -> Alerts:
        """Start it, if it does not stand."""
        if self._alerts is None:
            self._held = contextlib.AsyncExitStack()
            self._alerts = await self._held.enter_async_context(_running(stack))
        return self._alerts

    async def end(self) -> None:
        """Stop it: what comes is to be the only one, or the last."""
        held, self._held, self._alerts = self._held, None, None
        if held is not None:
            await held.aclose()


STANDING = Standing()


@contextlib.asynccontextmanager
async def standing(stack: Stack) -> AsyncIterator[Alerts]:
    """Use the service that other tests use as well; each test has a jurisdiction of its own."""
    yield await STANDING.get(stack)


@contextlib.asynccontextmanager
async def running(stack: Stack, **changes: Any) -> AsyncIterator[Alerts]:
    """Run an alerts service of one's own until the block ends; nobody else's reads beside it."""
    await STANDING.end()
    async with _running(stack, **changes) as alerts:
        yield alerts


@contextlib.asynccontextmanager
async def _running(stack: Stack, **changes: Any) -> AsyncIterator[Alerts]:
    service = create_app(settings_of(stack, **changes))
    async with service.app.router.lifespan_context(service.app):
        transport = httpx.ASGITransport(app=service.app)
        async with httpx.AsyncClient(
            transport=transport,
            base_url="http://alerts",
            headers={"authorization": f"Bearer {KEY}"},
            timeout=60,
        ) as client:
            ready: Any = functools.partial(_is_ready, client)
            await eventually_async(ready, deadline_seconds=60)
            yield Alerts(service, client)


async def _is_ready(client: httpx.AsyncClient) -> bool:
    answer = await client.get("/readyz")
    assert answer.status_code == 200, json.dumps(answer.json())
    return True
