"""One recipient's line: what all his subscriptions want, gathered for a while, in one mail."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from email.message import EmailMessage
from typing import Final

from services.alerts.delivery.lines import (
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
from services.alerts.delivery.mail import Mailer
from services.alerts.domain.delivery import Attempt, LogKind, LogStatus, Outcome, mail_id
from services.alerts.domain.mailing import ENTRIES_MAX
from services.alerts.domain.subscriptions import Channel, Entry, Reason, State, Subscription
from services.alerts.store.deliveries import Logged, Mailbox, Move, Request
from services.alerts.store.distances import delivered
from services.chassis import clock

PAGES_MAX: Final = 50
"""Most pages of one feed that are looked through for one mail."""
SENDING_MAX: Final = 4
"""Most mails handed to the server at once."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What a subscription has behind its cursor."""

    upto: int
    entries: list[Entry]


class MailLine(Line):
    """One recipient's mails."""

    channel = Channel.EMAIL

    def __init__(
        self,
        name: str,
        shard: int,
        epoch: int,
        world: World,
        *,
        mailer: Mailer,
        sending: asyncio.Semaphore,
    ) -> None:
        """Nothing is sent before `run`."""
        super().__init__(name, shard, epoch, world)
        self._mailer = mailer
        self._sending = sending
        self._mailbox: Mailbox | None = None
        self._noted = clock.monotonic()

    async def step(self) -> float | None:
        """Answer what was asked for out of turn, then gather and send."""
        if not self.world.known():
            return UNKNOWN_SECONDS
        await self._leave_those_who_may_not()
        if self._mailbox is None:
            self._mailbox = await self.world.store.mailbox(self.name, self.shard)
        if self.requests:
            await self._answer(self.requests[0])
            return 0.0
        active = self._active()
        if not active:
            return None
        wait_ms = max(one.standing.next_ms for one in active) - clock.now_ms()
        if wait_ms > 0:
            return wait_ms / 1_000
        if self._mailbox.spans:
            return await self._send_batch(self._mailbox)
        return await self._gather(self._mailbox, active)

    async def _begin_anew(self) -> None:
        self._mailbox = None
        await super()._begin_anew()

    def _active(self) -> list[Subscription]:
        return [one for one in self.members.values() if one.state is State.ACTIVE]

    async def _leave_those_who_may_not(self) -> None:
        gone = [
            one for one in self._active() if not may(self.world.owner(one.owner), one.jurisdiction)
        ]
        if gone:
            await self.stop(gone, State.PAUSED, Reason.REVOKED)

    async def _gather(self, mailbox: Mailbox, active: list[Subscription]) -> float | None:
        """Open a window when there is something, close it when it is over."""
        now_ms = clock.now_ms()
        if mailbox.due_ms is not None and mailbox.due_ms > now_ms:
            return (mailbox.due_ms - now_ms) / 1_000
        found = {one.id: await self._behind(one) for one in active}
        waiting = [one for one in active if found[one.id].entries]
        if not waiting:
            if mailbox.due_ms is not None:
                # What it was opened for may not be seen any more.
                await self._keep(replace(mailbox, due_ms=None))
            return await self._pass(active, found)
        if mailbox.due_ms is None:
            window_ms = 1_000 * min(one.window_seconds for one in waiting)
            await self._keep(replace(mailbox, due_ms=now_ms + window_ms))
            return window_ms / 1_000
        spans = tuple((one.id, one.standing.cursor, found[one.id].upto) for one in active)
        # Written before it is sent: should we die, the same mail goes out again under its number.
        batch = replace(mailbox, due_ms=None, number=mailbox.number + 1, spans=spans)
        moves = [Move(one.id, one.standing.turn, one.standing.cursor) for one in active]
        await self._finish(batch, moves, [])
        return 0.0

    async def _behind(self, one: Subscription, upto: int | None = None) -> _Found:
        """Give what a subscription wants behind its cursor, bounded."""
        owner = self.world.owner(one.owner)
        cursor = one.standing.cursor
        found: list[Entry] = []
        for _ in range(PAGES_MAX):
            page = await self.world.tail.after(one.jurisdiction, cursor)
            for entry in page:
                if upto is not None and entry.cursor > upto:
                    return _Found(cursor, found)
                cursor = entry.cursor
                if owner is not None and gets(owner, one, entry, self.world):
                    found.append(entry)
                if len(found) >= ENTRIES_MAX:
                    return _Found(cursor, found)
            if not page:
                break
        return _Found(cursor, found)

    async def _pass(self, active: list[Subscription], found: dict[str, _Found]) -> float | None:
        """Remember what was passed over, now and then for all of it."""
        moves = [
            Move(one.id, one.standing.turn, found[one.id].upto)
            for one in active
            if found[one.id].upto > one.standing.cursor
        ]
        since = clock.monotonic() - self._noted
        if not moves or since < PASSED_SECONDS:
            return PASSED_SECONDS - since if moves else None
        await self.world.store.record(self.epoch, now_ms=clock.now_ms(), moves=moves)
        self._noted = clock.monotonic()
        for move in moves:
            self.stand(move.subscription, standing_of(move, self.epoch))
        return None

    async def _keep(self, mailbox: Mailbox) -> None:
        await self.world.store.record(self.epoch, now_ms=clock.now_ms(), mailbox=mailbox)
        self._mailbox = mailbox

    async def _send_batch(self, batch: Mailbox) -> float | None:
        """Send the mail that was put together; what its recipient may not see any more is out."""
        spans = {name: (after, upto) for name, after, upto in batch.spans}
        # Who is elsewhere was moved by its owner: what he gets now is in the next mail.
        members = [
            one
            for one in self._active()
            if one.id in spans and one.standing.cursor == spans[one.id][0]
        ]
        entries: list[Entry] = []
        for one in members:
            entries += (await self._behind(one, spans[one.id][1])).entries
        done = replace(batch, spans=())
        moves = [Move(one.id, one.standing.turn, spans[one.id][1]) for one in members]
        if not entries:
            await self._finish(done, moves, [])
            return 0.0
        name = mail_id(self.name, batch.number)
        attempt = await self._send(self._mailer.alerts(name, members, entries))
        if attempt.outcome is Outcome.DELIVERED:
            line = _line(name, members, LogStatus.DELIVERED, attempt, entries)
            await self._finish(done, moves, [line])
            delivered(self.channel.value, entries)
            await self.prune()
        else:
            await self._failed(name, members, attempt, entries)
        return 0.0

    async def _finish(self, mailbox: Mailbox, moves: list[Move], lines: list[Logged]) -> None:
        await self.world.store.record(
            self.epoch, now_ms=clock.now_ms(), moves=moves, mailbox=mailbox, logged=lines
        )
        self._mailbox = mailbox
        for move in moves:
            self.stand(move.subscription, standing_of(move, self.epoch))

    async def _failed(
        self, name: str, members: list[Subscription], attempt: Attempt, entries: list[Entry]
    ) -> None:
        now_ms = clock.now_ms()
        after = [(one, *after_failure(one, attempt, now_ms)) for one in members]
        ended = [(one, reason) for one, _, reason in after if reason is not None]
        status = LogStatus.FAILED if ended else LogStatus.WAITING
        lines = [_line(name, members, status, attempt, entries)]
        lines += [notice(one, reason, now_ms) for one, reason in ended]
        moves = [move for _, move, _ in after]
        await self.world.store.record(self.epoch, now_ms=now_ms, moves=moves, logged=lines)
        for move in moves:
            self.stand(move.subscription, standing_of(move, self.epoch))
        for one, reason in ended:
            self.stopped([self.members.get(one.id, one)], State.DISABLED, reason)

    async def _send(self, message: EmailMessage) -> Attempt:
        async with self._sending:
            attempt = await self._mailer.send(message)
        self.observe(attempt)
        return attempt

    async def _answer(self, request: Request) -> None:
        """Send a test, or a mail once more: once."""
        one = self.members.get(request.subscription)
        owner = None if one is None else self.world.owner(one.owner)
        attempt, status = None, LogStatus.WITHHELD
        if one is not None and owner is not None and may(owner, one.jurisdiction):
            if request.kind is LogKind.TEST:
                attempt = await self._send(self._mailer.test(request.id, one))
            else:
                named = await self.world.store.named(request.entries)
                seen = [e for e in named if owner.sees(e.project, e.lead_unit, e.department)]
                if seen:
                    attempt = await self._send(self._mailer.alerts(request.id, [one], seen))
        if attempt is not None:
            delivered = attempt.outcome is Outcome.DELIVERED
            status = LogStatus.DELIVERED if delivered else LogStatus.FAILED
        line = Logged(
            request.id, (request.subscription,), request.kind, status, attempt, request.entries
        )
        await self.world.store.record(
            self.epoch,
            now_ms=clock.now_ms(),
            logged=[line] if one is not None else [],
            answered=request.id,
        )
        self.requests = [other for other in self.requests if other.id != request.id]


def _line(
    name: str,
    members: Iterable[Subscription],
    status: LogStatus,
    attempt: Attempt,
    entries: Iterable[Entry],
) -> Logged:
    told = dict.fromkeys((entry.jurisdiction, entry.cursor) for entry in entries)
    ids = tuple(one.id for one in members)
    return Logged(name, ids, LogKind.MAIL, status, attempt, tuple(told))
