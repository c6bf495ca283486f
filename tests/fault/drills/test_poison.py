"""A record that nobody can read lies on the topic `ledger`, in an entry's place.

It is parked and told, its project says that it is incomplete, and every other goes on. Only intake
may write there (docs/operations.md, "A secured Kafka"): whoever did had its password.
"""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from contracts.record import MARK_HEADER, Mark, parse_cut
from contracts.topics import LEDGER, PUBLISH_DEMO, SUBMISSIONS, partition_of
from deploy.local.stack import Stack
from tests.fault.drills.scene import SERVICES, Scene, drop_database
from tests.support.command import command
from tests.support.eventually import eventually, eventually_async
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.long
PARTITIONS = 4
PARKED = "dualwatch_analysis_parked_entries_total"
PAYMENT = "dualwatch.expenditure.recorded.v1"


def test_a_poisoned_partition_goes_on_and_is_cleansed(tmp_path: Path) -> None:
    """Seen in a metric and on the project; topic and projection are then made anew."""
    with Stack(tmp_path / "data", ports_from=free_ports_from(), services=SERVICES) as stack:
        scene = Scene(stack, "990224")
        scene.fill()
        before = scene.rows()
        kafka, victim = stack.endpoints().kafka, scene.project
        partition = partition_of(victim, PARTITIONS)
        for topic in (SUBMISSIONS.name, PUBLISH_DEMO.name, LEDGER.name):
            asyncio.run(_put(kafka, topic, partition, b"\x00 not an event", b"", None))
        last = parse_cut(_position(stack))[partition]
        mark = Mark(last + 1, 99, 1_780_000_000_000, last + 1, PAYMENT, "nobody")
        asyncio.run(_put(kafka, LEDGER.name, partition, b"{", victim.encode(), mark))

        eventually(lambda: _metric(stack, PARKED) >= 1, 60)
        assert [victim] == [row["project_id"] for row in scene.rows() if row["incomplete"]]

        stack.halt("analysis")
        asyncio.run(_delete(kafka, LEDGER.name))
        command(stack, "ledger", "republish")
        drop_database(stack, "analysis")
        stack.restart("analysis")
        scene.pay()

        after = scene.rows()
        assert not any(row["incomplete"] for row in after)
        assert _others(before, victim) == _others(after, victim)
        assert [] == command(stack, "ledger", "verify")["faults"]


def _others(rows: list[dict[str, Any]], project: str) -> list[dict[str, Any]]:
    return [row for row in rows if row["project_id"] != project]


def _position(stack: Stack) -> str:
    places = stack.endpoints()
    headers = {"Authorization": f"Bearer {places.key}"}
    answer = httpx.get(f"{places.intake}/v1/position", headers=headers, trust_env=False)
    return str(answer.json()["position"])


def _metric(stack: Stack, name: str) -> float:
    answer = httpx.get(f"{stack.endpoints().analysis}/metrics", trust_env=False)
    lines = [line for line in answer.text.splitlines() if line.startswith(name)]
    return sum(float(line.split()[-1]) for line in lines)


async def _put(
    kafka: str, topic: str, partition: int, value: bytes, key: bytes, mark: Mark | None
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    headers = [] if mark is None else [(MARK_HEADER, mark.to_bytes())]
    try:
        await producer.send_and_wait(topic, value, key=key, partition=partition, headers=headers)
    finally:
        await producer.stop()


async def _delete(kafka: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()

    async def gone() -> bool:
        return topic not in await admin.list_topics()

    try:
        await admin.delete_topics([topic])
        await eventually_async(gone)
    finally:
        await admin.close()
