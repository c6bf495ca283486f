"""What is delivered in order, one thing at a time: the part that webhooks and mails share.

A line is a task of its own. It waits for its own receiver and for nobody else's: a receiver that
is dead or slow delays what is behind it in its own line, and nothing beside it.
"""

import asyncio
import contextlib
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from services.alerts.delivery.tail import Tail
from services.alerts.domain import delivery
from services.alerts.domain.delivery import Attempt, LogKind, LogStatus, Outcome
from services.alerts.domain.subscriptions import (
    NO_TREE,
    Channel,
    Entry,
    Reason,
    Standing,
    State,
    Subscription,
    wants,
)
from services.alerts.store.deliveries import DeliveryStore, Logged, Move, Request
from services.chassis import clock, metrics
from services.chassis.identity import Permission, Principal
from services.chassis.log import get_logger
from services.chassis.mongo import SupersededError
from services.chassis.service import AWAY

log = get_logger(__name__)

RETRY_SECONDS: Final = (0.25, 5.0)
"""Pauses while our own store is away."""
UNKNOWN_SECONDS: Final = 1.0
"""Pause while it is not known who may see what."""
PASSED_MAX: Final = 1_000
PASSED_SECONDS: Final = 5.0
"""Entries that are not wanted are remembered as passed after so many, or so long: they need no
write each, and being passed over again costs nothing but the look."""
PRUNE_EVERY: Final = 100
CHANCES: Final = 10_000

DELIVERIES: Final = metrics.counter(
    "dualwatch_alerts_deliveries_total",
    "Attempts to deliver to subscribers, by channel and outcome.",
    ("channel", "outcome"),
)
SECONDS: Final = metrics.histogram(
    "dualwatch_alerts_delivery_seconds",
    "Seconds of one attempt to deliver.",
    ("channel",),
)
STOPPED: Final = metrics.counter(
    "dualwatch_alerts_subscriptions_stopped_total",
    "Subscriptions that delivery paused or disabled, by reason.",
    ("reason",),
)


@dataclass(frozen=True, slots=True)
class World:
    """What lines share."""

    store: DeliveryStore
    tail: Tail
    owner: Callable[[str], Principal | None]
    """Finds a principal as it is now; None if it was revoked."""
    known: Callable[[], bool]
    """Whether what is known of principals is young enough to send anything by it."""
    trees: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    """By jurisdiction: the organisations above each."""


def may(principal: Principal | None, jurisdiction: str) -> bool:
    """Tell whether somebody may still have a subscription there."""
    return (
        principal is not None
        and principal.may(Permission.SUBSCRIBE)
        and principal.may_enter(jurisdiction)
    )


def gets(principal: Principal, subscription: Subscription, entry: Entry, world: World) -> bool:
    """Tell whether an entry is wanted, and may be seen now."""
    above = world.trees.get(entry.jurisdiction, NO_TREE)
    return wants(subscription.wanted, entry, above) and principal.sees(
        entry.project, entry.lead_unit, entry.department
    )


class Line(ABC):
    """One line: a webhook, or one recipient's mails."""

    channel: Channel

    def __init__(self, name: str, shard: int, epoch: int, world: World) -> None:
        """`epoch` is the lease's: with another one nothing is written."""
        self.name = name
        self.shard = shard
        self.epoch = epoch
        self.world = world
        self.members: dict[str, Subscription] = {}
        self.requests: list[Request] = []
        self.lost = False
        """Whether the lease went to another."""
        self._delivered = 0
        self._news = asyncio.Event()

    def set(self, members: Sequence[Subscription], requests: Sequence[Request]) -> None:
        """Take over what owners say; how far it is stays ours, unless they moved it."""
        self.members = {one.id: self._kept(one) for one in members}
        self.requests = list(requests)
        self.wake()

    def wake(self) -> None:
        """There is something new."""
        self._news.set()

    def behind(self) -> int:
        """Return how many entries were not looked at."""
        return sum(
            max(0, self.world.tail.head(one.jurisdiction) - one.standing.cursor)
            for one in self.members.values()
            if one.state is State.ACTIVE
        )

    async def run(self) -> None:
        """Deliver until the lease is lost."""
        failures = 0
        while not self.lost:
            self._news.clear()
            try:
                pause = await self.step()
                failures = 0
            except SupersededError:
                await self._begin_anew()
                pause = 0.0
            except AWAY as error:
                failures += 1
                pause = clock.backoff(failures, *RETRY_SECONDS)
                log.warning("delivery_store_away", attempt=failures, reason=repr(error))
            if pause is None or pause > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._news.wait()

    @abstractmethod
    async def step(self) -> float | None:
        """Do what can be done now; return seconds until there may be more, None: until woken."""

    async def stop(self, members: Sequence[Subscription], state: State, reason: Reason) -> None:
        """Pause or disable subscriptions, and say so in their log."""
        now_ms = clock.now_ms()
        await self.world.store.record(
            self.epoch,
            now_ms=now_ms,
            moves=[replace(_move_of(one), state=state, reason=reason) for one in members],
            logged=[notice(one, reason, now_ms) for one in members],
        )
        self.stopped(members, state, reason)

    def stopped(self, members: Sequence[Subscription], state: State, reason: Reason) -> None:
        """Know that subscriptions were paused or disabled."""
        for one in members:
            STOPPED.labels(reason.value).inc()
            log.warning("subscription_stopped", subscription=one.id, reason=reason.value)
            self.members[one.id] = replace(one, state=state, reason=reason, version=one.version + 1)

    def observe(self, attempt: Attempt) -> None:
        """Count an attempt."""
        DELIVERIES.labels(self.channel.value, attempt.outcome.value).inc()
        SECONDS.labels(self.channel.value).observe(attempt.duration_ms / 1_000)

    def stand(self, name: str, standing: Standing) -> None:
        """Know where a subscription stands."""
        if name in self.members:
            self.members[name] = replace(self.members[name], standing=standing)

    async def prune(self) -> None:
        """Now and then forget what is beyond the log's bound."""
        self._delivered += 1
        if self._delivered % PRUNE_EVERY == 0:
            for name in list(self.members):
                await self.world.store.prune(name)

    async def _begin_anew(self) -> None:
        """Read again how far it is: an owner moved or removed it, or the lease is lost."""
        for name in list(self.members):
            found = await self.world.store.subscription(name)
            if found is None or found.line != self.name:
                del self.members[name]
            elif found.standing.epoch > self.epoch:
                self.lost = True
                return
            else:
                self.members[name] = found

    def _kept(self, found: Subscription) -> Subscription:
        known = self.members.get(found.id)
        if known is None or known.standing.turn != found.standing.turn:
            return found
        if known.version > found.version:
            # Read before we stopped it.
            return known
        return replace(found, standing=known.standing)


def _move_of(one: Subscription) -> Move:
    standing = one.standing
    return Move(
        one.id,
        standing.turn,
        standing.cursor,
        standing.attempt,
        standing.next_ms,
        standing.failing_since_ms,
    )


def notice(one: Subscription, reason: Reason, now_ms: int) -> Logged:
    """Write into the log that a subscription was stopped."""
    name = f"{one.id}_n{now_ms}"
    return Logged(name, (one.id,), LogKind.NOTICE, LogStatus.FAILED, note=reason.value)


def after_failure(one: Subscription, attempt: Attempt, now_ms: int) -> tuple[Move, Reason | None]:
    """Tell where a subscription stands after a failure, and why it ends, if it does."""
    standing = one.standing
    failures = standing.attempt + 1
    pause = delivery.pause_ms(failures, secrets.randbelow(CHANCES) / CHANCES)
    reason = None
    if attempt.outcome is Outcome.GONE:
        reason = Reason.GONE
    elif pause is None:
        reason = Reason.EXHAUSTED
    move = Move(
        one.id,
        standing.turn,
        standing.cursor,
        failures,
        now_ms + (pause or 0),
        standing.failing_since_ms or now_ms,
        None if reason is None else State.DISABLED,
        reason,
    )
    return move, reason


def standing_of(move: Move, epoch: int) -> Standing:
    """Read where a subscription stands out of what was written."""
    return Standing(
        move.cursor, move.attempt, move.next_ms, move.failing_since_ms, move.turn, epoch
    )
