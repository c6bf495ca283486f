"""A jurisdiction fact that takes its time to reach every partition."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.local.stack import Stack
from tests.integration.intake.running import Intake, new_code, running
from tests.integration.intake.test_interrupted import owner_of
from tests.support.hostile import BATCH, event, registered, wire

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
async def intake(shared_stack: Stack) -> AsyncIterator[Intake]:
    """One that does not wait long."""
    async with running(shared_stack, hold_seconds=2.0) as started:
        yield started


async def test_a_fact_that_is_not_everywhere_in_time_is_told(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows it is not submitted; the same request goes on where it stopped."""
    code = new_code()
    raw = wire([registered(code), event(f"{code}-1", f"{code}/P1")])
    owner = owner_of(intake)
    released = asyncio.Event()

    async def held_back(copies: dict[int, list[Any]]) -> None:
        await released.wait()
        await type(owner.submissions).put_copies(owner.submissions, copies)

    monkeypatch.setattr(owner.submissions, "put_copies", held_back)
    answer = await intake.post(raw, BATCH, Idempotency_Key=code)
    released.set()

    assert (503, "not_settled") == (answer.status_code, answer.json()["code"])
    monkeypatch.undo()
    again = await intake.post(raw, BATCH, Idempotency_Key=code)
    assert {"sent": 2, "accepted": 2} == {k: v for k, v in again.json()["counts"].items() if v}
