"""A whole analysis service in this process, and the ledger that feeds it, on the real parts."""

import contextlib
import datetime as dt
import functools
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx

from contracts.codec import JURISDICTION_TYPES, encode
from contracts.envelope import AnyEvent
from contracts.record import MARK_HEADER, Mark, format_cut
from contracts.topics import LEDGER, partition_of
from contracts.vocabulary import PrincipalKind, Role
from deploy.local.stack import Stack
from services.analysis.app import create_app
from services.analysis.domain import Entry
from services.analysis.settings import AnalysisSettings
from services.chassis.identity import Key, Principal
from services.chassis.identity_keys import draw
from services.chassis.publisher import OutRecord, Publisher
from services.chassis.service import Service
from services.chassis.settings import KafkaSettings, MongoSettings
from tests.integration.analysis.stages import KEY, RECORDED_MS
from tests.support.eventually import eventually_async

PARTITIONS = 4
READY_SECONDS = 60.0


def settings_of(stack: Stack, **changes: Any) -> AnalysisSettings:
    """Make the settings of an analysis service on this stack."""
    places = stack.endpoints()
    return AnalysisSettings(
        kafka=KafkaSettings(bootstrap_servers=places.kafka),
        mongo=MongoSettings(url=places.mongo),
        key=KEY,
        **changes,
    )


class Ledger:
    """Writes `ledger` as intake does: positions without gaps, jurisdiction facts everywhere."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._publisher = Publisher(kafka)
        self.positions = [0] * PARTITIONS
        self.entries: list[list[Entry]] = [[] for _ in range(PARTITIONS)]
        self._sequences: Counter[tuple[int, str]] = Counter()

    async def enter(self, *events: AnyEvent) -> str:
        """Publish facts; return the cut that holds them."""
        out: dict[int, list[OutRecord]] = {}
        for event in events:
            everywhere = event.type in JURISDICTION_TYPES
            home = partition_of(event.subject, PARTITIONS)
            for partition in range(PARTITIONS) if everywhere else [home]:
                out.setdefault(partition, []).append(self.number(partition, event))
        for partition, records in out.items():
            await self.put(partition, *records)
        return format_cut(self.positions)

    def number(self, partition: int, event: AnyEvent) -> OutRecord:
        """Give an event the next position of a partition."""
        self.positions[partition] += 1
        self._sequences[partition, event.subject] += 1
        position, sequence = self.positions[partition], self._sequences[partition, event.subject]
        mark = Mark(position, sequence, RECORDED_MS + position, position, event.type)
        self.entries[partition].append(Entry(sequence, position, mark.recorded_ms, event))
        return (event.subject.encode(), encode(event), [(MARK_HEADER, mark.to_bytes())])

    async def put(self, partition: int, *records: OutRecord) -> None:
        """Publish records as they are."""
        await self._publisher.publish(LEDGER.name, partition, records)

    def of(self, project: str) -> list[Entry]:
        """Return a project's entries."""
        entries = self.entries[partition_of(project, PARTITIONS)]
        return [entry for entry in entries if entry.event.subject == project]

    async def close(self) -> None:
        """Close the producer."""
        await self._publisher.close()


class Analysis:
    """A client of a running analysis service."""

    def __init__(self, client: httpx.AsyncClient, service: Service | None = None) -> None:
        self.client = client
        self.service = service

    @contextlib.asynccontextmanager
    async def of_unit(self, jurisdiction: str, *units: str) -> AsyncIterator["Analysis"]:
        """Ask as a reader who sees only what these units lead."""
        assert self.service is not None
        key = draw()
        held = Key(key.key_id, key.sha256, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        principal = Principal(
            f"reader-{key.key_id}",
            PrincipalKind.STAFF,
            frozenset({Role.UNIT_FILLER}),
            jurisdictions=frozenset({jurisdiction}),
            organisations=units,
            within=frozenset(units),
            keys=(held,),
        )
        self.service.directory.put(principal)
        transport = httpx.ASGITransport(app=self.service.app)
        headers = {"authorization": f"Bearer {key.secret}"}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://analysis", headers=headers, timeout=90
        ) as client:
            yield Analysis(client, self.service)
        self.service.directory.forget(principal.id)

    async def get(self, path: str, **params: Any) -> Any:
        """Ask for JSON."""
        answer = await self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def problem(self, path: str, **params: Any) -> tuple[int, str]:
        """Ask for what is refused; give status and code of the problem."""
        answer = await self.client.get(path, params=params)
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code, answer.json()["code"]

    async def passed(self, cut: str) -> dict[str, Any]:
        """Wait until the ledger is folded up to a cut and everything assessed."""
        found: dict[str, Any] = await self.get("/v1/position", at_least=cut, wait=60)
        return found

    async def project(self, project: str, **params: Any) -> Any:
        """Ask for a project."""
        return await self.get(f"/v1/projects/{quote(project, safe='')}", **params)

    async def why(self, project: str, figure: str, **params: Any) -> Any:
        """Ask why a figure is what it is."""
        path = f"/v1/projects/{quote(project, safe='')}/why/{quote(figure, safe='')}"
        return await self.get(path, **params)


@contextlib.asynccontextmanager
async def running(stack: Stack, **changes: Any) -> AsyncIterator[Analysis]:
    """Run an analysis service until the block ends."""
    service = create_app(settings_of(stack, **changes))
    async with service.app.router.lifespan_context(service.app):
        transport = httpx.ASGITransport(app=service.app)
        async with httpx.AsyncClient(
            transport=transport,
            base_url="http://analysis",
            headers={"authorization": f"Bearer {KEY}"},
            timeout=90,
        ) as client:
            ready: Any = functools.partial(_is_ready, client)
            await eventually_async(ready, deadline_seconds=READY_SECONDS)
            yield Analysis(client, service)


async def _is_ready(client: httpx.AsyncClient) -> bool:
    answer = await client.get("/readyz")
    assert answer.status_code == 200, json.dumps(answer.json())
    return True
