"""The hostile corpus through every door of one running intake: nothing breaks, all is accounted."""

import asyncio
import contextlib
import json
import re
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import pytest

from deploy.local.ports import BLOCK_SIZE
from deploy.local.stack import Stack
from services.chassis.runner import Server
from tests.fault.hostile.case import ACCEPTED, JURISDICTION, Form, event, wire
from tests.fault.hostile.corpus import CASES
from tests.fault.hostile.doors import Door, Piece, batches, pieces
from tests.fault.hostile.outcome import Outcome, Tally
from tests.fault.hostile.wires import Answer, HttpWire, KafkaWire
from tests.integration.intake.running import KEY, PARTITIONS, Intake, running
from tests.support.eventually import eventually_async
from tests.support.hostile import registered
from tests.support.stack import free_ports_from, shared_stack

__all__ = ["shared_stack"]

pytestmark = pytest.mark.integration

TOPIC: Final = "publish.hostile-records"
PUBLISHER: Final = TOPIC.removeprefix("publish.")
ENTERED_SECONDS: Final = 60
PAGE_ITEMS: Final = 200
TOKEN: Final = re.compile(r"h[0-9]{4}[a-g]")
HTTP: Final = (Door.HTTP_SINGLE, Door.HTTP_BATCH, Door.HTTP_BINARY, Door.HTTP_REQUEST)
KAFKA: Final = (Door.KAFKA_STRUCTURED, Door.KAFKA_BINARY, Door.KAFKA_RECORD)


@dataclass
class World:
    """A running intake with both wires into it."""

    intake: Intake
    http: HttpWire
    kafka: KafkaWire
    tally: Tally = field(default_factory=Tally)


@pytest.fixture(scope="module")
async def world(shared_stack: Stack) -> AsyncIterator[World]:
    """An intake on a port of its own, its jurisdiction registered."""
    port = free_ports_from() + BLOCK_SIZE - 1
    generous: dict[str, Any] = {"requests_burst": 100_000, "events_burst": 1_000_000}
    async with running(shared_stack, **generous) as intake, _served(intake, port):
        found = World(intake, HttpWire(port, KEY), KafkaWire(intake.kafka, TOPIC))
        # A publisher's topic is made with its first key, and found while intake runs.
        wanted = {"id": PUBLISHER, "name": PUBLISHER, "roles": ["publisher"], "jurisdictions": None}
        answer = await intake.client.post("/v1/principals", json=wanted)
        assert answer.status_code == 201, answer.text
        await intake.send(registered(JURISDICTION))
        yield found


@contextlib.asynccontextmanager
async def _served(intake: Intake, port: int) -> AsyncIterator[None]:
    """Serve it on a socket as its process does; its lifespan is begun already."""
    server = Server(intake.service, "127.0.0.1", port)
    server.config.lifespan = "off"
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually_async(started)
    yield
    server.should_exit = True
    await serving


def test_the_corpus_is_large() -> None:
    """At least 300 cases, each told apart by its name."""
    assert len(CASES) >= 300
    assert len({str(case) for case in CASES}) == len(CASES)


async def test_http_refuses_what_is_wrong_and_counts_the_rest(world: World) -> None:
    """No 5xx; each event is accepted, a duplicate, or quarantined for the reason it must be."""
    found = list(pieces(CASES, HTTP))
    alone = [piece for piece in found if piece.door is not Door.HTTP_BATCH]
    together = [piece for piece in found if piece.door is Door.HTTP_BATCH]
    await asyncio.gather(*(_request(world, piece) for piece in alone))
    await asyncio.gather(*(_batch(world, *batch) for batch in batches(together)))

    assert not world.tally.faults, "\n".join(world.tally.faults)
    kept = [o async for o in _quarantine(world, "http")]
    refused = world.tally.total("quarantined")
    assert refused == sum(item["times"] for item in kept)


async def test_kafka_quarantines_what_is_wrong_and_goes_on(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """No partition stands still, and a sound event behind all of it is entered."""
    found = list(pieces(CASES, KAFKA))
    await world.kafka.send([(p.body, p.headers) for p in found], range(PARTITIONS))
    behind = [wire(event(id=f"behind-{n}")) for n in range(PARTITIONS)]
    await world.kafka.send([(body, ()) for body in behind], range(PARTITIONS))

    async def all_there() -> dict[str, Outcome]:
        there, events = await _entered(world)
        assert {f"behind-{n}" for n in range(PARTITIONS)} <= there.keys(), sorted(there)
        assert len(found) + PARTITIONS == events
        return there

    there = await eventually_async(all_there, deadline_seconds=ENTERED_SECONDS)
    for piece in found:
        world.tally.told_apart(piece, [_of(there, piece)])
    with capsys.disabled():
        sys.stdout.write(f"\n{world.tally.table()}\n")
    assert not world.tally.faults, "\n".join(world.tally.faults)


async def test_it_is_well_after_all_of_it(world: World) -> None:
    """Alive, ready, no failed batch, and every record of its topics handled."""
    live = await world.intake.client.get("/livez")
    ready = await world.intake.client.get("/readyz")
    metrics = (await world.intake.client.get("/metrics")).text

    assert (200, 200) == (live.status_code, ready.status_code), (live.text, ready.text)
    # While it starts, /readyz rightly says 503.
    busy = "\n".join(line for line in metrics.splitlines() if "/readyz" not in line)
    assert not re.search(r"dualwatch_handler_failures_total\{.*\} [1-9]", metrics)
    assert not re.search(r'dualwatch_http_requests_total\{.*status="5..".*\} [1-9]', busy)


async def _request(world: World, piece: Piece) -> None:
    raw = piece.case.form is Form.RAW
    body = piece.body or b""
    answer = await (world.http.exchange(body) if raw else world.http.post(piece.headers, body))
    if piece.case.status:
        world.tally.refused_whole(piece, answer.status, answer.document)
        return
    document = answer.document
    results = document.get("results", [document])
    world.tally.told_apart(piece, [_outcome(answer, result) for result in results])


async def _batch(world: World, kind: str, batch: Sequence[Piece], body: bytes) -> None:
    answer = await world.http.post((("content-type", kind.encode()),), body)
    results = answer.document.get("results", [])
    assert len(batch) == len(results), answer.body[:500]
    for piece, result in zip(batch, results, strict=True):
        world.tally.told_apart(piece, [_outcome(answer, result)])


def _outcome(answer: Answer, result: dict[str, Any]) -> Outcome:
    # A single event's problem is the answer itself.
    problem = result.get("problem") or (result if "code" in result else {})
    verdict = str(result.get("verdict", f"answered {answer.status} {answer.body[:200]!r}"))
    if problem and answer.status not in {202, 422, problem["status"]}:
        verdict = f"answered {answer.status}"
    return Outcome(problem.get("code", verdict), problem, result.get("quarantine"))


async def _quarantine(world: World, door: str) -> AsyncIterator[dict[str, Any]]:
    """Read everything that is kept of a door's events."""
    after: dict[str, Any] = {}
    while True:
        page = await world.intake.get("/v1/quarantine", limit=PAGE_ITEMS, **after)
        for item in page["items"]:
            if item["door"] == door:
                yield item
        if page["next"] is None:
            return
        after = {"after": page["next"]}


async def _entered(world: World) -> tuple[dict[str, Outcome], int]:
    """Give what became of the publisher's records, by token or bytes; and how many they are."""
    found: dict[str, Outcome] = {}
    events = 0
    async for item in _quarantine(world, "kafka"):
        whole = await world.intake.get(f"/v1/quarantine/{item['id']}")
        token = TOKEN.search(whole["original"])
        outcome = Outcome(item["code"], item["problem"], item["id"])
        found[token.group() if token else whole["original"]] = outcome
        events += item["times"]
    for subject in sorted(set(_subjects())):
        for entry in await _entries(world, subject):
            token = TOKEN.search(json.dumps(entry["event"]))
            if entry["publisher"] == PUBLISHER:
                name = token.group() if token else entry["event"]["id"]
                found[name] = Outcome(ACCEPTED, {}, None)
                events += 1
    return found, events


async def _entries(world: World, subject: str) -> list[dict[str, Any]]:
    """Read a whole stream."""
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        path = f"/v1/ledger/{quote(subject, safe='')}"
        page = await world.intake.get(path, limit=PAGE_ITEMS, after=after)
        found += page["items"]
        if page["next"] is None:
            return found
        after = page["next"]


def _subjects() -> Iterator[str]:
    """Name the streams of what is accepted."""
    for case in CASES:
        if case.form is Form.ATTRIBUTES and case.comes == ACCEPTED:
            yield json.loads(case.body or b"")["subject"]


def _of(there: dict[str, Outcome], piece: Piece) -> Outcome:
    original = (piece.body or b"").decode(errors="replace")
    return there.get(piece.token) or there.get(original) or Outcome("lost", {}, None)
