"""Keys are known to others: each is replaced, and the old one lets nobody in any more.

An API key, the password of a publisher's Kafka user, and the key that signs checkpoints.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from deploy.local.datadir import SIGNING_KEY
from deploy.local.stack import Stack
from deploy.local.topology import Topology
from tests.fault.drills.scene import SERVICES, Scene
from tests.fault.drills.sending import tell
from tests.support.command import command
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.long
JURISDICTION = "990226"
STAFF = "drill-reviewer"
PUBLISHER = "demo"
REFUSED_SECONDS = 10.0
"""Ours is a busy machine; docs/drills.md says what was seen."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """All services on a Kafka that asks who is there."""
    data = tmp_path_factory.mktemp("keys") / "data"
    topology = Topology(secure=True, publishers=(PUBLISHER,))
    with Stack(data, ports_from=free_ports_from(), services=SERVICES, topology=topology) as stack:
        found = Scene(stack, JURISDICTION)
        found.send(found.city.events[:40])
        yield found


@pytest.fixture
def words() -> tuple[str, ...]:
    """Who the staff member is."""
    return ("--role", "department_reviewer", "--jurisdiction", JURISDICTION)


def test_an_api_key_is_rotated_and_the_old_one_revoked(
    scene: Scene, words: tuple[str, ...]
) -> None:
    """Every service refuses it; the new one works at once."""
    stack = scene.stack
    first = command(stack, "keys", "create", STAFF, *words)
    eventually(lambda: _statuses(stack, first["key"]) == [200, 200, 200], 30)

    second = command(stack, "keys", "rotate", STAFF, "--overlap", "0s")
    _until("API key", lambda: _statuses(stack, first["key"]) == [401, 401, 401])

    eventually(lambda: _statuses(stack, second["key"]) == [200, 200, 200], 30)
    command(stack, "keys", "revoke", STAFF)
    _until("principal", lambda: _statuses(stack, second["key"]) == [401, 401, 401])


def test_a_publishers_password_is_changed(scene: Scene) -> None:
    """`dualwatch up --secure` again with the file gone makes another; Kafka takes it at once."""
    security = scene.stack.security
    assert security is not None
    kafka, user = scene.stack.endpoints().kafka, f"publish.{PUBLISHER}"
    old = security.client(user, kafka)
    assert asyncio.run(_may_write(old, user))

    security.password_file(user).unlink()
    security.grant(kafka)

    _until("Kafka password", lambda: not asyncio.run(_may_write(old, user)))
    assert asyncio.run(_may_write(security.client(user, kafka), user))


def test_the_key_of_checkpoints_is_changed(scene: Scene) -> None:
    """What was signed goes on being checked; what is signed from now on is by another key."""
    stack, file = scene.stack, scene.stack.data.path / SIGNING_KEY
    before = command(stack, "ledger", "checkpoint")
    _write_key(file)
    stack.restart("intake")
    scene.send(scene.city.events[40:50])

    after = command(stack, "ledger", "checkpoint")

    assert after["number"] == before["number"] + 1
    assert after["key"] != before["key"]
    assert command(stack, "ledger", "verify")["faults"] == []


def _until(what: str, refused: Callable[[], bool]) -> None:
    began = time.monotonic()
    eventually(refused, REFUSED_SECONDS)
    tell(f"{what} refused everywhere after {time.monotonic() - began:.2f} s")


def _statuses(stack: Stack, key: str) -> list[int]:
    """Ask intake, analysis and alerts with a key."""
    places, headers = stack.endpoints(), {"Authorization": f"Bearer {key}"}
    urls = [f"{base}/v1/position" for base in (places.intake, places.analysis, places.alerts)]
    return [httpx.get(url, headers=headers, trust_env=False).status_code for url in urls]


async def _may_write(client: dict[str, Any], topic: str) -> bool:
    producer = AIOKafkaProducer(**client, acks="all", request_timeout_ms=5_000)
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"{}", key=b"x")
    except KafkaError:
        return False
    else:
        return True
    finally:
        await producer.stop()


def _write_key(file: Path) -> None:
    """`openssl genpkey -algorithm ed25519`, without it."""
    key = Ed25519PrivateKey.generate()
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
