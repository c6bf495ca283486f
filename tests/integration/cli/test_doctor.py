"""`dualwatch doctor` on a running stack: well it says so; what is broken it names, with what to do.

Also here: every collection that a running stack has is in the catalogues that backups go by.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from pymongo import MongoClient

from contracts.topics import LEDGER
from deploy.local.stack import Stack
from services.cli.store.catalogues import CATALOGUES, table
from services.cli.store.restoring import MARKER
from tests.support.command import command
from tests.support.eventually import eventually

pytestmark = pytest.mark.integration

ALERTING = "dualwatch_alerts"
RESTED_SECONDS: Final = 60.0


@pytest.fixture
def store(
    whole_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MongoClient[dict[str, Any]]]:
    """Give the running stack's MongoDB, and let commands find the stack."""
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(whole_stack.data.path))
    with MongoClient[dict[str, Any]](whole_stack.endpoints().mongo) as client:
        yield client


def _found(stack: Stack, exit_code: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = command(stack, "doctor", exit_code=exit_code)
    return found


def _of(found: list[dict[str, Any]], check: str, part: str) -> list[dict[str, Any]]:
    return [each for each in found if (each["check"], each["part"]) == (check, part)]


def test_a_stack_that_is_well_has_no_faults(
    whole_stack: Stack, store: MongoClient[dict[str, Any]]
) -> None:
    """Services, Kafka, topics, MongoDB, indexes, readers, clocks: all of it was looked at."""
    assert store is not None
    # Readers may still be busy with what other tests have sent.
    found = eventually(lambda: _found(whole_stack, 0), RESTED_SECONDS)
    checks = {each["check"] for each in found}

    assert [] == [each for each in found if each["state"] in {"fault", "unknown"}]
    assert checks >= {
        *("service", "clock", "versions", "connection", "topics", "brokers"),
        *("replica set", "oplog", "disk", "indexes", "outbox", "lag", "quarantine", "checkpoints"),
    }
    assert all(each["do"] for each in found if each["state"] == "warning")


def test_what_is_broken_is_named_with_what_to_do(
    whole_stack: Stack, store: MongoClient[dict[str, Any]]
) -> None:
    """An index that is gone, things of nobody, half a restore, a topic that forgets."""
    alerts = store[ALERTING]
    alerts["alerts"].drop_index("one_open")
    alerts["cases"].create_index("foreign")
    alerts["whose"].insert_one({})
    alerts[MARKER].insert_one({"_id": "half"})
    asyncio.run(_keep(whole_stack, LEDGER.name, "1000"))
    try:
        found = _found(whole_stack, 1)
    finally:
        asyncio.run(_keep(whole_stack, LEDGER.name, "-1"))
        for name in ("whose", MARKER):
            alerts.drop_collection(name)
        alerts["cases"].drop_index("foreign_1")
        alerts["alerts"].create_indexes(list(CATALOGUES[ALERTING].indexes["alerts"]))
    indexes = {each["words"]: each["state"] for each in _of(found, "indexes", ALERTING)}
    (restore,) = _of(found, "restore", ALERTING)
    (topic,) = _of(found, "topics", LEDGER.name)
    (whose,) = _of(found, "database", ALERTING)

    assert {"fault", "warning"} == set(indexes.values())
    assert any("lacks its index one_open" in words for words in indexes)
    assert any("foreign_1, which nobody declares" in words for words in indexes)
    assert ("fault", True) == (restore["state"], "dualwatch restore" in restore["do"])
    assert ("fault", True) == (topic["state"], "retention.ms=-1" in topic["do"])
    assert ("warning", True) == (whose["state"], "whose" in whose["words"])


async def _keep(stack: Stack, topic: str, milliseconds: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.endpoints().kafka)
    await admin.start()
    try:
        configs = {"retention.ms": milliseconds, "cleanup.policy": "delete"}
        wanted = ConfigResource(ConfigResourceType.TOPIC, topic, configs)
        await admin.alter_configs([wanted])
    finally:
        await admin.close()


def test_every_collection_that_there_is_is_in_a_catalogue(
    whole_stack: Stack, store: MongoClient[dict[str, Any]]
) -> None:
    """Nothing is forgotten by a backup because nobody thought of it; and the page names it."""
    assert whole_stack is not None
    page = table()
    ours = [name for name in store.list_database_names() if name.startswith("dualwatch_")]
    unlisted = [
        f"{database}.{name}"
        for database in ours
        for name in store[database].list_collection_names()
        if database not in CATALOGUES or CATALOGUES[database].find(name) is None
    ]

    assert set(CATALOGUES) <= set(ours)
    assert [] == unlisted
    assert all(f"`{name}`" in page for each in CATALOGUES.values() for name in each.collections)
