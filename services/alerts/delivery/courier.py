"""Whoever delivers: holds leases, reads what is new, and keeps a task for every line.

A process delivers the shards whose lease it holds; what it cannot renew in time it lets go of by
itself, and what it wrote without a lease counts nothing (`store/deliveries.py`).
"""

import asyncio
import math
from collections import defaultdict
from typing import Final

from services.alerts.delivery.lines import Line, World
from services.alerts.delivery.mail import Mailer
from services.alerts.delivery.mail_line import SENDING_MAX, MailLine
from services.alerts.delivery.webhook_line import WebhookLine
from services.alerts.delivery.webhooks import Sender
from services.alerts.domain.subscriptions import Channel, State, Subscription
from services.alerts.store.deliveries import Request
from services.alerts.store.sealing import Seal
from services.chassis import clock, metrics
from services.chassis.log import get_logger
from services.chassis.service import AWAY

log = get_logger(__name__)

ROUND_SECONDS: Final = 0.2
"""How often is looked for what is new."""
RELOAD_SECONDS: Final = 30.0
"""How often everything is read anew, whatever the counter of changes says."""
AGAIN_SECONDS: Final = 2.0
"""How soon a line that ended is begun again."""
RENEWALS: Final = 3
"""So often within its term a lease is renewed."""
RETRY_SECONDS: Final = (0.25, 2.0)

BACKLOG: Final = metrics.gauge(
    "dualwatch_alerts_delivery_backlog_entries",
    "Entries of feeds that active subscriptions of this process have not looked at, in all.",
)
SUBSCRIPTIONS: Final = metrics.gauge(
    "dualwatch_alerts_subscriptions",
    "Subscriptions that this process delivers, by state: disabled ones need their owner.",
    ("state",),
)


class Courier:
    """Delivers what this process holds the lease of."""

    def __init__(
        self,
        world: World,
        *,
        sender: Sender,
        seal: Seal,
        mailer: Mailer | None,
        lease_seconds: float,
    ) -> None:
        """Nothing is sent before `run`; without a mailer mails wait."""
        self._world = world
        self._store = world.store
        self._sender = sender
        self._seal = seal
        self._mailer = mailer
        self._sending = asyncio.Semaphore(SENDING_MAX)
        self._lease_seconds = lease_seconds
        self._holder = clock.new_id().hex()
        self._held: dict[int, int] = {}
        self._renewed = -math.inf
        self._lines: dict[str, tuple[Line, asyncio.Task[None]]] = {}
        self._seen = -1
        self._loaded = 0.0

    async def run(self) -> None:
        """Deliver as long as the process runs."""
        failures = 0
        try:
            while True:
                try:
                    await self._round()
                    failures = 0
                except AWAY as error:
                    failures += 1
                    log.warning("delivery_waits", attempt=failures, reason=repr(error))
                    self._let_go_of_what_is_over()
                pause = clock.backoff(failures, *RETRY_SECONDS) if failures else ROUND_SECONDS
                await asyncio.sleep(pause)
        finally:
            await self._end(list(self._lines))

    async def close(self) -> None:
        """Let others take over at once."""
        await self._end(list(self._lines))
        await self._store.release(self._holder)
        await self._sender.close()

    async def _round(self) -> None:
        await self._lease()
        changes = await self._store.changes()
        due = clock.monotonic() - self._loaded >= RELOAD_SECONDS
        if changes != self._seen or due:
            await self._load()
            self._seen = changes
        lines = [line for line, _ in self._lines.values()]
        await self._world.tail.look(
            one.jurisdiction for line in lines for one in line.members.values()
        )
        backlog = 0
        for line in lines:
            behind = line.behind()
            backlog += behind
            if behind:
                line.wake()
        BACKLOG.set(backlog)
        await self._look_after(lines)

    async def _lease(self) -> None:
        """Renew what is held, and take what nobody holds."""
        present = clock.monotonic()
        if present - self._renewed < self._lease_seconds / RENEWALS:
            return
        now_ms = clock.now_ms()
        until_ms = now_ms + int(1_000 * self._lease_seconds)
        kept = await self._store.renew(self._holder, self._held, until_ms)
        taken = await self._store.take(self._holder, now_ms, until_ms)
        lost = {shard for shard in self._held if shard not in kept} | taken.keys()
        self._held, self._renewed = {**kept, **taken}, present
        if lost:
            log.info("delivery_shards", held=sorted(self._held))
            await self._end([n for n, (line, _) in self._lines.items() if line.shard in lost])
            self._seen = -1

    def _let_go_of_what_is_over(self) -> None:
        """Send nothing more under leases that could not be renewed in time."""
        if self._held and clock.monotonic() - self._renewed >= self._lease_seconds:
            for _, task in self._lines.values():
                task.cancel()
            self._lines.clear()
            self._held = {}
            self._renewed = -math.inf
            self._seen = -1

    async def _load(self) -> None:
        """Read everything of our shards, and give every line its part."""
        found = await self._store.subscriptions(self._held) if self._held else []
        requests = await self._store.requests(self._held) if self._held else []
        asking = {one.jurisdiction for one in found if one.wanted.organisations}
        self._world.trees.clear()
        self._world.trees.update(await self._store.trees(asking))
        asked: dict[str, list[Request]] = defaultdict(list)
        for request in requests:
            asked[request.subscription].append(request)
        by_line: dict[str, list[Subscription]] = defaultdict(list)
        for one in found:
            if one.shard in self._held and (one.channel is Channel.WEBHOOK or self._mailer):
                by_line[one.line].append(one)
        await self._end([name for name in self._lines if name not in by_line])
        for name, members in by_line.items():
            line = self._lines[name][0] if name in self._lines else self._begin(members[0])
            line.set(members, [r for one in members for r in asked[one.id]])
        for state in State:
            SUBSCRIPTIONS.labels(state.value).set(sum(one.state is state for one in found))
        self._loaded = clock.monotonic()

    def _begin(self, one: Subscription) -> Line:
        epoch = self._held[one.shard]
        line: Line
        if self._mailer is None or one.channel is Channel.WEBHOOK:
            line = WebhookLine(
                one.line, one.shard, epoch, self._world, sender=self._sender, seal=self._seal
            )
        else:
            line = MailLine(
                one.line,
                one.shard,
                epoch,
                self._world,
                mailer=self._mailer,
                sending=self._sending,
            )
        self._lines[one.line] = (line, asyncio.create_task(line.run(), name=f"line {one.line}"))
        return line

    async def _look_after(self, lines: list[Line]) -> None:
        """Notice lines that ended: their lease is lost, or they failed and are begun anew."""
        for line in lines:
            known = self._lines.get(line.name)
            if known is None or not known[1].done():
                continue
            error = None if known[1].cancelled() else known[1].exception()
            if error is not None:
                log.error("delivery_line_failed", line=line.name, reason=repr(error))
            del self._lines[line.name]
            if line.lost:
                self._held.pop(line.shard, None)
            # Soon, but not at once: what fails whenever it is begun must not fill the log.
            self._loaded = min(self._loaded, clock.monotonic() - RELOAD_SECONDS + AGAIN_SECONDS)

    async def _end(self, names: list[str]) -> None:
        tasks = [self._lines.pop(name)[1] for name in names if name in self._lines]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
