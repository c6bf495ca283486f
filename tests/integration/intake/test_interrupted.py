"""The real thing, interrupted: whatever fails once is made good by taking the partition again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest

from services.chassis.publisher import OutRecord, PublishError
from services.intake.handlers.ledger import LedgerOwner
from tests.integration.intake.running import Intake, new_code
from tests.support.hostile import BATCH, event, registered, wire

pytestmark = pytest.mark.integration

Publish = Callable[[str, int, Sequence[OutRecord]], Awaitable[None]]


def owner_of(intake: Intake) -> LedgerOwner:
    handler = intake.service.broker.subscriptions[0]._handler("submissions")
    assert isinstance(handler, LedgerOwner)
    return handler


class FailingPublisher:
    """Fails once per topic and partition, before or after the records are there."""

    def __init__(self, publish: Publish, topic: str, *, after: bool) -> None:
        self.real = publish
        self.topic = topic
        self.after = after
        self.failed: set[int] = set()

    async def publish(self, topic: str, partition: int, records: Sequence[OutRecord]) -> None:
        """Publish, or fail the first time."""
        fails = topic == self.topic and partition not in self.failed
        if fails:
            self.failed.add(partition)
        if not fails or self.after:
            await self.real(topic, partition, records)
        if fails:
            raise PublishError


@pytest.fixture(params=["ledger", "submissions"])
def topic(request: pytest.FixtureRequest) -> str:
    """What fails: the ledger's publication, or the copies'."""
    return str(request.param)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_publication_that_fails_loses_and_doubles_nothing(
    intake: Intake, monkeypatch: pytest.MonkeyPatch, topic: str, *, after: bool
) -> None:
    """Committed but not published, or published but not known to be."""
    code = new_code()
    owner = owner_of(intake)
    failing = FailingPublisher(owner.publisher.publish, topic, after=after)
    monkeypatch.setattr(owner, "publisher", failing)
    monkeypatch.setattr(owner.submissions, "publisher", failing)
    events = [event(f"{code}-{n}", f"{code}/P{n}") for n in range(40)]
    answer = await intake.send(registered(code), *events)
    await intake.open_day(code, "2026-03-02")

    assert 41 == answer["counts"]["accepted"]
    assert failing.failed
    await assert_exactly_once(intake, code, events)


async def assert_exactly_once(intake: Intake, code: str, events: list[dict[str, Any]]) -> None:
    """Each event is in the topic once, and the store agrees with it."""
    ledger = await intake.ledger_once()
    found = [
        value
        for partition in ledger.values()
        for key, value in partition.values()
        if key.startswith(f"{code}/")
    ]
    assert sorted(map(wire, events)) == sorted(found)
    cut = [int(word) for word in (await intake.get("/v1/position"))["position"].split("-")]
    assert cut == [len(ledger[partition]) for partition in sorted(ledger)]
    assert 0 == (await intake.get("/v1/ledger/verification"))["faults_total"]


async def test_requests_side_by_side_are_each_decided_once(intake: Intake) -> None:
    """The same events from several clients at once: one accepts, the others are duplicates."""
    code = new_code()
    await intake.send(registered(code))
    events = [event(f"{code}-{n}", f"{code}/P{n % 9}") for n in range(60)]
    answers = await asyncio.gather(*(intake.send(*events) for _ in range(5)))

    counts = [answer["counts"] for answer in answers]
    assert 60 == sum(count["accepted"] for count in counts)
    assert 240 == sum(count["duplicate"] for count in counts)
    await assert_exactly_once(intake, code, events)


async def test_while_kafka_does_not_take_events_the_answer_is_503(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With Retry-After; the same request is decided later."""
    code = new_code()
    await intake.send(registered(code))
    raw = wire([event(f"{code}-1", f"{code}/P1")])

    async def away(*_: object) -> None:
        raise PublishError

    with monkeypatch.context() as patched:
        patched.setattr(intake.service.publisher, "publish", away)
        answer: httpx.Response = await intake.post(raw, BATCH, Idempotency_Key=code)

        assert (503, "unavailable") == (answer.status_code, answer.json()["code"])
        assert answer.headers["retry-after"]
    again = await intake.post(raw, BATCH, Idempotency_Key=code)
    assert 1 == again.json()["counts"]["accepted"]
