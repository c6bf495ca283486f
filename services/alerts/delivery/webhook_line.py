"""A webhook's line: entry by entry, in the order of the feed; the next one once it has the last."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from contracts.codec import encode_json
from contracts.record import CORRELATION_HEADER, TRACE_HEADER
from services.alerts.delivery.lines import (
    PASSED_MAX,
    PASSED_SECONDS,
    UNKNOWN_SECONDS,
    Line,
    World,
    after_failure,
    gets,
    may,
    notice,
    standing_of,
)
from services.alerts.delivery.webhooks import Sender
from services.alerts.domain.delivery import (
    Attempt,
    LogKind,
    LogStatus,
    Outcome,
    context_of,
    message_id,
    payload,
)
from services.alerts.domain.signing import headers_of
from services.alerts.domain.subscriptions import Channel, Entry, Reason, State, Subscription
from services.alerts.store.deliveries import Logged, Move, Request
from services.alerts.store.distances import delivered
from services.alerts.store.sealing import Seal, UnreadableError
from services.chassis import clock
from services.chassis.identity import Principal
from services.chassis.log import get_logger
from services.chassis.tracing import CLIENT, span

log = get_logger(__name__)

NO_CONTEXT: Final[Mapping[str, str]] = {}
TEST_TYPE: Final = "dualwatch.subscription.tested.v1"
SOURCE: Final = "dualwatch:alerts"


class WebhookLine(Line):
    """One webhook."""

    channel = Channel.WEBHOOK

    def __init__(
        self, name: str, shard: int, epoch: int, world: World, *, sender: Sender, seal: Seal
    ) -> None:
        """Nothing is sent before `run`."""
        super().__init__(name, shard, epoch, world)
        self._sender = sender
        self._seal = seal
        self._passed = 0
        self._noted = clock.monotonic()

    async def step(self) -> float | None:
        """Answer what was asked for out of turn, then go on with the feed."""
        one = self.members.get(self.name)
        if one is None:
            return None
        if not self.world.known():
            return UNKNOWN_SECONDS
        owner, keys = self.world.owner(one.owner), self._keys(one)
        if owner is None or not may(owner, one.jurisdiction) or keys is None:
            if one.state is State.ACTIVE:
                reason = Reason.SECRET if keys is None else Reason.REVOKED
                await self.stop([one], State.PAUSED, reason)
            return None
        if self.requests:
            await self._answer(one, owner, keys, self.requests[0])
            return 0.0
        return await self._next(one, owner, keys)

    def _keys(self, one: Subscription) -> list[bytes] | None:
        """Open the secrets that sign; None if the present one was sealed with another key.

        A former one that cannot be opened signs no more: its owner has rotated because of that.
        """
        present, *former = one.keys_at(clock.now_ms())
        try:
            keys = [self._seal.open(present.sealed, one.id)]
        except UnreadableError:
            return None
        for key in former:
            with suppress(UnreadableError):
                keys.append(self._seal.open(key.sealed, one.id))
        return keys

    async def _next(self, one: Subscription, owner: Principal, keys: list[bytes]) -> float | None:
        if one.state is not State.ACTIVE:
            return None
        wait_ms = one.standing.next_ms - clock.now_ms()
        return wait_ms / 1_000 if wait_ms > 0 else await self._go_on(one, owner, keys)

    async def _go_on(self, one: Subscription, owner: Principal, keys: list[bytes]) -> float | None:
        """Deliver what is next, or pass over what is not for this one."""
        for entry in await self.world.tail.after(one.jurisdiction, one.standing.cursor):
            if gets(owner, one, entry, self.world):
                await self._deliver(one, entry, keys)
                return 0.0
            self._passed += 1
            one = replace(one, standing=replace(one.standing, cursor=entry.cursor))
            self.stand(one.id, one.standing)
        if not self._passed:
            return None
        since = clock.monotonic() - self._noted
        if self._passed < PASSED_MAX and since < PASSED_SECONDS:
            return PASSED_SECONDS - since
        await self._write(one, Move(one.id, one.standing.turn, one.standing.cursor), ())
        return 0.0

    async def _deliver(self, one: Subscription, entry: Entry, keys: list[bytes]) -> None:
        attempt = await self._send(one, entry, keys)
        now_ms = clock.now_ms()
        moved, reason = Move(one.id, one.standing.turn, entry.cursor), None
        status = LogStatus.DELIVERED
        if attempt.outcome is not Outcome.DELIVERED:
            moved, reason = after_failure(one, attempt, now_ms)
            status = LogStatus.WAITING if reason is None else LogStatus.FAILED
        name = message_id(one.id, entry.cursor)
        told = ((entry.jurisdiction, entry.cursor),)
        lines = [Logged(name, (one.id,), LogKind.EVENT, status, attempt, told)]
        if reason is not None:
            lines.append(notice(one, reason, now_ms))
        await self._write(one, moved, tuple(lines))
        if attempt.outcome is Outcome.DELIVERED:
            delivered(self.channel.value, [entry])
        if reason is not None:
            self.stopped([self.members.get(one.id, one)], State.DISABLED, reason)
        await self.prune()

    async def _write(self, one: Subscription, move: Move, lines: tuple[Logged, ...]) -> None:
        await self.world.store.record(self.epoch, now_ms=clock.now_ms(), moves=[move], logged=lines)
        self.stand(one.id, standing_of(move, self.epoch))
        self._passed, self._noted = 0, clock.monotonic()

    async def _send(self, one: Subscription, entry: Entry, keys: list[bytes]) -> Attempt:
        body, context = payload(entry.event, entry.cursor), context_of(entry.event)
        return await self._post(one, message_id(one.id, entry.cursor), body, keys, context)

    async def _post(
        self,
        one: Subscription,
        name: str,
        body: bytes,
        keys: list[bytes],
        context: Mapping[str, str] = NO_CONTEXT,
    ) -> Attempt:
        signed = headers_of(keys, name, clock.now_ms() // 1_000, body)
        correlation = context.get(CORRELATION_HEADER)
        with span("webhook", [context.get(TRACE_HEADER)], kind=CLIENT) as headers:
            attempt = await self._sender.send(one.address, {**signed, **context, **headers}, body)
        self.observe(attempt)
        log.debug(
            "webhook_sent",
            correlation_id=correlation,
            message=name,
            outcome=attempt.outcome.value,
            status=attempt.status,
        )
        return replace(attempt, correlation_id=correlation)

    async def _answer(
        self, one: Subscription, owner: Principal, keys: list[bytes], request: Request
    ) -> None:
        """Send a test, or something once more: once, whatever stands in the line."""
        attempt, status = None, LogStatus.WITHHELD
        if request.kind is LogKind.TEST:
            attempt = await self._post(one, request.id, test_event(one, request.id), keys)
        else:
            for entry in await self.world.store.named(request.entries):
                if owner.sees(entry.project, entry.lead_unit, entry.department):
                    attempt = await self._send(one, entry, keys)
        if attempt is not None:
            delivered = attempt.outcome is Outcome.DELIVERED
            status = LogStatus.DELIVERED if delivered else LogStatus.FAILED
        line = Logged(request.id, (one.id,), request.kind, status, attempt, request.entries)
        await self.world.store.record(
            self.epoch, now_ms=clock.now_ms(), logged=[line], answered=request.id
        )
        self.requests = [other for other in self.requests if other.id != request.id]


def test_event(one: Subscription, name: str) -> bytes:
    """Write the CloudEvent of a test: no alert, so that nobody works on it."""
    return encode_json(
        {
            "specversion": "1.0",
            "id": name,
            "source": SOURCE,
            "type": TEST_TYPE,
            "time": clock.now().isoformat().replace("+00:00", "Z"),
            "subject": one.jurisdiction,
            "datacontenttype": "application/json",
            "data": {"subscription": one.id, "name": one.name},
            "cursor": None,
        }
    )
