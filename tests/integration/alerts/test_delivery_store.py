"""Leases on the real MongoDB: whoever has lost one changes nothing, whatever it still believes."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from deploy.local.stack import Stack
from services.alerts.domain.delivery import Attempt, LogKind, LogStatus, Outcome
from services.alerts.domain.subscriptions import OF_PRINCIPAL_MAX, Reason, State, Subscription
from services.alerts.store import deliveries
from services.alerts.store.deliveries import DeliveryStore, Logged, Mailbox, Move
from services.alerts.store.subscriptions import (
    SHARDS,
    StaleError,
    SubscriptionStore,
    TooManyError,
    shard_of,
)
from services.chassis.mongo import Mongo, SupersededError
from services.chassis.settings import MongoSettings
from tests.unit.alerts.test_subscriptions import subscription

pytestmark = pytest.mark.integration
DATABASE = "dualwatch_delivery_store"
TERM_MS = 100


@pytest.fixture
async def mongo(shared_stack: Stack) -> AsyncIterator[Mongo]:
    """An empty database with its indexes."""
    found = Mongo(MongoSettings(url=shared_stack.endpoints().mongo), DATABASE)
    await found.client.drop_database(DATABASE)
    await SubscriptionStore(found).open()
    yield found
    found.close()


def one(number: int = 0) -> Subscription:
    """Make a subscription."""
    name = f"{number:08x}{'0' * 24}"
    made = subscription(id=name, line=name, shard=shard_of(name), version=1, secrets=())
    return replace(made, standing=replace(made.standing, cursor=5, turn=2, epoch=0))


def line(name: str) -> Logged:
    """Make a line of the log."""
    attempt = Attempt(Outcome.DELIVERED, 1, 2, 200)
    return Logged(f"{name}_6", (name,), LogKind.EVENT, LogStatus.DELIVERED, attempt)


async def test_whoever_lost_its_lease_changes_nothing(mongo: Mongo) -> None:
    """It slept through its end; its cursor, its log, its mailbox are rolled back."""
    store, made = DeliveryStore(mongo, 30), one()
    await SubscriptionStore(mongo).add(made)
    old = await store.take("old", 1_000, 1_000 + TERM_MS)
    assert {} == await store.take("new", 1_000, 1_000 + TERM_MS)
    await store.record(old[made.shard], now_ms=1, mailbox=Mailbox(made.line, made.shard, 1))
    new = await store.take("new", 2_000, 2_000 + TERM_MS)
    moved = Move(made.id, 2, 6)
    for late in ({"moves": [moved], "logged": [line(made.id)]}, {"mailbox": Mailbox(made.line, 0)}):
        with pytest.raises(SupersededError):
            await store.record(old[made.shard], now_ms=2, **late)
    assert [] == await SubscriptionStore(mongo).deliveries(made.id, None, None, 10)
    await store.record(new[made.shard], now_ms=2, moves=[moved], logged=[line(made.id)])
    found = await store.subscription(made.id)

    assert found is not None
    assert (6, new[made.shard]) == (found.standing.cursor, found.standing.epoch)
    assert SHARDS == len(new)
    assert {} == await store.renew("old", old, 9_000)
    assert new == await store.renew("new", new, 9_000)


async def test_what_an_owner_moved_is_not_moved_back(mongo: Mongo) -> None:
    """What was under way then does not count; what is removed is written nowhere."""
    owners, store, made = SubscriptionStore(mongo), DeliveryStore(mongo, 30), one()
    await owners.add(made)
    held = await store.take("me", 1_000, 1_000 + TERM_MS)
    behind = replace(made, standing=replace(made.standing, cursor=1))
    changed = await owners.change(made, behind, moved=True)
    with pytest.raises(SupersededError):
        await store.record(held[made.shard], now_ms=1, moves=[Move(made.id, 2, 6)])
    with pytest.raises(StaleError):
        await owners.change(made, behind, moved=False)
    assert (1, 2) == (changed.standing.cursor, changed.version)
    await owners.remove(changed)
    with pytest.raises(SupersededError):
        await store.record(
            held[made.shard], now_ms=1, moves=[Move(made.id, 3, 6)], logged=[line(made.id)]
        )
    assert [] == await owners.deliveries(made.id, None, None, 10)


async def test_a_change_by_its_owner_leaves_how_far_it_is(mongo: Mongo) -> None:
    """A new name and a delivery at the same time: both are there."""
    owners, store, made = SubscriptionStore(mongo), DeliveryStore(mongo, 30), one()
    await owners.add(made)
    held = await store.take("me", 1_000, 1_000 + TERM_MS)
    await store.record(held[made.shard], now_ms=1, moves=[Move(made.id, 2, 9)])
    changed = await owners.change(made, replace(made, name="Other"), moved=False)
    stop = Move(made.id, 2, 9, state=State.DISABLED, reason=Reason.GONE)
    await store.record(held[made.shard], now_ms=1, moves=[stop])
    found = await store.subscription(made.id)

    assert ("Other", 9) == (changed.name, changed.standing.cursor)
    assert found is not None
    assert (State.DISABLED, Reason.GONE, 3) == (found.state, found.reason, found.version)


async def test_principals_have_so_many_and_no_more(mongo: Mongo) -> None:
    """The bound is held though they are made at once."""
    owners = SubscriptionStore(mongo)
    for number in range(OF_PRINCIPAL_MAX):
        await owners.add(one(number))
    with pytest.raises(TooManyError):
        await owners.add(one(99))
    await owners.add(replace(one(99), owner="other"))

    assert OF_PRINCIPAL_MAX == len(await owners.of("bureau", "", 100))


async def test_the_log_of_a_subscription_is_bounded(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest go; what is left is the last first."""
    monkeypatch.setattr(deliveries, "LOG_OF_SUBSCRIPTION_MAX", 3)
    owners, store, made = SubscriptionStore(mongo), DeliveryStore(mongo, 30), one()
    for number in range(6):
        told = replace(line(made.id), id=f"{made.id}_{number}")
        await store.record(1, now_ms=1_000 + number, logged=[told])
    await store.prune(made.id)
    found = await owners.deliveries(made.id, None, None, 10)
    page = await owners.deliveries(made.id, (1_005, f"{made.id}_5"), "delivered", 1)

    assert [f"{made.id}_{number}" for number in (5, 4, 3)] == [one["_id"] for one in found]
    assert [f"{made.id}_{number}" for number in (4, 3)] == [one["_id"] for one in page]
