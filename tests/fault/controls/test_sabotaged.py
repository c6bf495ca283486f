"""A whole service runs with a broken guard, as a program, as a harness of processes needs it."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest

from deploy.local.stack import KAFKA_VARIABLE, MONGO_VARIABLE, Service, Stack
from tests.support.hostile import SINGLE, event, registered, wire
from tests.support.stack import free_ports_from

SABOTAGED = (sys.executable, "-m", "tests.fault.controls.sabotaged", "--break", "dedupe")
CODE = "650100"


@contextmanager
def _intake(stack: Stack, folder: Path, *command: str) -> Iterator[httpx.Client]:
    where = stack.endpoints()
    stores = {KAFKA_VARIABLE: where.kafka, MONGO_VARIABLE: where.mongo}
    service = Service("intake", command)
    with (
        mock.patch.dict(os.environ, stores),
        Stack(folder, ports_from=free_ports_from(), services=(service,)) as running,
    ):
        own = running.endpoints()
        key = {"authorization": f"Bearer {own.key}", "content-type": SINGLE, "prefer": "wait=30"}
        with httpx.Client(base_url=own.intake, headers=key, timeout=60) as client:
            yield client


def _verdict(client: httpx.Client, document: dict[str, Any]) -> str:
    answer = client.post("/v1/events", content=wire(document))
    return str(answer.json()["verdict"])


@pytest.mark.integration
def test_a_sabotaged_intake_takes_the_same_event_twice(shared_stack: Stack, tmp_path: Path) -> None:
    """And the one as it is shipped does not, on the same stores."""
    payment = event(f"twice-{secrets.token_hex(4)}", f"{CODE}/P1")
    with _intake(shared_stack, tmp_path / "sound") as client:
        _verdict(client, registered(CODE))
        assert ["accepted", "duplicate"] == [_verdict(client, payment) for _ in range(2)]
    payment = event(f"twice-{secrets.token_hex(4)}", f"{CODE}/P1")
    with _intake(shared_stack, tmp_path / "broken", *SABOTAGED, "services.intake") as client:
        assert ["accepted", "accepted"] == [_verdict(client, payment) for _ in range(2)]
