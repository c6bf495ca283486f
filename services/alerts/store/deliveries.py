"""What whoever delivers keeps: leases, how far each subscription is, and the delivery log.

A shard of the subscriptions is delivered by the process that holds its lease, until a moment of
the wall clock. The lease alone could not keep out a process that slept through its end, so every
write names the lease's epoch, and whoever takes a shard first raises the epoch of all that is in
it: a write of the former holder then matches nothing, and its transaction is rolled back.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.alerts.domain.delivery import ATTEMPTS_KEPT_MAX, Attempt, LogKind, LogStatus
from services.alerts.domain.subscriptions import Entry, Reason, State, Subscription, entry_of
from services.alerts.store.subscriptions import CHANGES, SHARDS, subscription_of
from services.alerts.store.telling import feed_counter
from services.alerts.store.trees import above
from services.chassis.mongo import Document, Mongo, Session, SupersededError

LOADED_MAX: Final = 2_500
"""Most subscriptions, and most requests, read at once."""
ORGANISATIONS_MAX: Final = 50_000
"""Most organisations whose place in the tree is read."""
LOG_OF_SUBSCRIPTION_MAX: Final = 1_000
"""Most deliveries of one subscription that the log keeps."""
DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Move:
    """Where a subscription stands after an attempt, or after entries it does not want."""

    subscription: str
    turn: int
    """As it was when what is told here began."""
    cursor: int
    attempt: int = 0
    next_ms: int = 0
    failing_since_ms: int | None = None
    state: State | None = None
    """None: as it is."""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What is gathered for one recipient."""

    line: str
    shard: int
    due_ms: int | None = None
    """When the window that is open ends; None: none is open."""
    number: int = 0
    """Of the last mail that was put together."""
    spans: tuple[tuple[str, int, int], ...] = ()
    """The mail that is being sent: subscription, behind which cursor, up to which."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of the delivery log that an attempt writes, anew or once more."""

    id: str
    subscriptions: tuple[str, ...]
    kind: LogKind
    status: LogStatus
    attempt: Attempt | None = None
    """None: a notice."""
    entries: tuple[tuple[str, int], ...] = ()
    """Jurisdiction and cursor of what it tells."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A delivery out of turn: a test, or one that is sent again."""

    id: str
    """Of the delivery."""
    subscription: str
    kind: LogKind
    entries: tuple[tuple[str, int], ...]


class DeliveryStore:
    """The deliverers' side."""

    def __init__(self, mongo: Mongo, log_days: int) -> None:
        """`SubscriptionStore.open` comes before the first use."""
        self._mongo = mongo
        self._log_ms = log_days * DAY_MS
        self._subscriptions = mongo.db["subscriptions"]
        self._shards = mongo.db["delivery_shards"]
        self._mailboxes = mongo.db["mailboxes"]
        self._requests = mongo.db["delivery_requests"]
        self._log = mongo.db["deliveries"]
        self._feeds = mongo.db["feeds"]
        self._counters = mongo.db["counters"]
        self._organisations = mongo.db["organisations"]

    async def take(self, holder: str, now_ms: int, until_ms: int) -> dict[int, int]:
        """Take every shard that nobody holds; give the epoch of each."""
        taken: dict[int, int] = {}
        for shard in range(SHARDS):
            found = await self._shards.find_one_and_update(
                {"_id": shard, "until_ms": {"$lt": now_ms}},
                {"$set": {"holder": holder, "until_ms": until_ms}, "$inc": {"epoch": 1}},
                return_document=ReturnDocument.AFTER,
            )
            if found is not None:
                await self._raise(shard, found["epoch"])
                taken[shard] = found["epoch"]
        return taken

    async def renew(self, holder: str, held: Mapping[int, int], until_ms: int) -> dict[int, int]:
        """Hold on to shards; give those that are still ours."""
        kept: dict[int, int] = {}
        for shard, epoch in held.items():
            done = await self._shards.update_one(
                {"_id": shard, "holder": holder, "epoch": epoch}, {"$set": {"until_ms": until_ms}}
            )
            if done.matched_count:
                kept[shard] = epoch
        return kept

    async def release(self, holder: str) -> None:
        """Let go of everything."""
        await self._shards.update_many({"holder": holder}, {"$set": {"until_ms": 0}})

    async def changes(self) -> int:
        """Return a number that grows whenever an owner changes anything."""
        found = await self._counters.find_one({"_id": CHANGES})
        return int(found["n"]) if found else 0

    async def subscriptions(self, shards: Iterable[int]) -> list[Subscription]:
        """Read the subscriptions of shards."""
        cursor = self._subscriptions.find({"shard": {"$in": sorted(shards)}})
        return [subscription_of(found) for found in await cursor.to_list(LOADED_MAX)]

    async def subscription(self, name: str) -> Subscription | None:
        """Read one."""
        found = await self._subscriptions.find_one({"_id": name})
        return subscription_of(found) if found else None

    async def requests(self, shards: Iterable[int]) -> list[Request]:
        """Read what is asked for out of turn."""
        cursor = self._requests.find({"shard": {"$in": sorted(shards)}}).sort("asked_ms", 1)
        return [
            Request(
                found["_id"],
                found["subscription"],
                LogKind(found["kind"]),
                tuple((where, number) for where, number in found["entries"]),
            )
            for found in await cursor.to_list(LOADED_MAX)
        ]

    async def trees(self, jurisdictions: Iterable[str]) -> dict[str, dict[str, tuple[str, ...]]]:
        """Read which organisations stand above each, by jurisdiction."""
        wanted = sorted(jurisdictions)
        found: dict[str, dict[str, tuple[str, ...]]] = {name: {} for name in wanted}
        if not wanted:
            return found
        cursor = self._organisations.find({"jurisdiction": {"$in": wanted}})
        for one in await cursor.to_list(ORGANISATIONS_MAX):
            found[one["jurisdiction"]][one["code"]] = above(one)
        return found

    async def mailbox(self, line: str, shard: int) -> Mailbox:
        """Read a mailbox; a new one is empty."""
        found = await self._mailboxes.find_one({"_id": line})
        if found is None:
            return Mailbox(line, shard)
        spans = tuple((name, after, upto) for name, after, upto in found["spans"])
        return Mailbox(line, shard, found["due_ms"], found["number"], spans)

    async def heads(self, jurisdictions: Iterable[str]) -> dict[str, int]:
        """Read the last cursor of feeds."""
        names = {feed_counter(one): one for one in jurisdictions}
        cursor = self._counters.find({"_id": {"$in": sorted(names)}})
        return {names[found["_id"]]: found["n"] async for found in cursor}

    async def entries(self, jurisdiction: str, after: int, limit: int) -> list[Entry]:
        """Read what follows on a cursor, in order."""
        query = {"jurisdiction": jurisdiction, "cursor": {"$gt": after}}
        cursor = self._feeds.find(query).sort("cursor", 1).limit(limit)
        return [entry_of(found) for found in await cursor.to_list(limit)]

    async def named(self, wanted: Sequence[tuple[str, int]]) -> list[Entry]:
        """Read entries by jurisdiction and cursor."""
        by_feed: dict[str, list[int]] = {}
        for jurisdiction, number in wanted:
            by_feed.setdefault(jurisdiction, []).append(number)
        found: list[Entry] = []
        for jurisdiction, numbers in by_feed.items():
            query = {"jurisdiction": jurisdiction, "cursor": {"$in": numbers}}
            cursor = self._feeds.find(query).sort("cursor", 1)
            found += [entry_of(one) for one in await cursor.to_list(len(numbers))]
        return found

    async def record(
        self,
        epoch: int,
        *,
        now_ms: int,
        moves: Sequence[Move] = (),
        mailbox: Mailbox | None = None,
        logged: Sequence[Logged] = (),
        answered: str | None = None,
    ) -> None:
        """Write what came of an attempt, all or nothing.

        SupersededError if the lease went to another, or an owner moved or removed a subscription.
        """

        async def work(session: Session) -> None:
            for move in moves:
                await self._move(move, epoch, session)
            if mailbox is not None:
                await self._keep(mailbox, epoch, session)
            for line in logged:
                await self._note(line, now_ms, session)
            if answered is not None:
                await self._requests.delete_one({"_id": answered}, session=session)

        await self._mongo.transaction(work)

    async def prune(self, name: str) -> None:
        """Forget what is beyond the bound of a subscription's log."""
        cursor = self._log.find({"subscriptions": name}, {"updated_ms": 1})
        cursor = cursor.sort([("updated_ms", -1), ("_id", 1)]).skip(LOG_OF_SUBSCRIPTION_MAX)
        beyond = await cursor.limit(1).to_list(1)
        if beyond:
            old = {"subscriptions": name, "updated_ms": {"$lte": beyond[0]["updated_ms"]}}
            await self._log.delete_many(old)

    async def _raise(self, shard: int, epoch: int) -> None:
        """Keep the former holder out of everything in a shard."""
        await self._subscriptions.update_many(
            {"shard": shard, "standing.epoch": {"$lt": epoch}}, {"$set": {"standing.epoch": epoch}}
        )
        await self._mailboxes.update_many(
            {"shard": shard, "epoch": {"$lt": epoch}}, {"$set": {"epoch": epoch}}
        )

    async def _move(self, move: Move, epoch: int, session: Session) -> None:
        names = ("cursor", "attempt", "next_ms", "failing_since_ms")
        fields: Document = {f"standing.{name}": getattr(move, name) for name in names}
        update: Document = {"$set": {**fields, "standing.epoch": epoch}}
        if move.state is not None:
            update["$set"] |= {"state": move.state.value, "reason": _value(move.reason)}
            update["$inc"] = {"version": 1}
        mine = {
            "_id": move.subscription,
            "standing.turn": move.turn,
            "standing.epoch": {"$lte": epoch},
        }
        done = await self._subscriptions.update_one(mine, update, session=session)
        if not done.matched_count:
            raise SupersededError(move.subscription)

    async def _keep(self, mailbox: Mailbox, epoch: int, session: Session) -> None:
        fields = {
            "shard": mailbox.shard,
            "due_ms": mailbox.due_ms,
            "number": mailbox.number,
            "spans": [list(span) for span in mailbox.spans],
            "epoch": epoch,
        }
        mine = {"_id": mailbox.line, "epoch": {"$lte": epoch}}
        try:
            await self._mailboxes.update_one(mine, {"$set": fields}, upsert=True, session=session)
        except DuplicateKeyError as error:
            raise SupersededError(mailbox.line) from error

    async def _note(self, line: Logged, now_ms: int, session: Session) -> None:
        expires = dt.datetime.fromtimestamp((now_ms + self._log_ms) / 1_000, dt.UTC)
        update: Document = {
            "$set": {
                "kind": line.kind.value,
                "status": line.status.value,
                "updated_ms": now_ms,
                "expires": expires,
                "note": line.note,
            },
            "$setOnInsert": {
                "subscriptions": list(line.subscriptions),
                "entries": [list(entry) for entry in line.entries],
            },
            "$inc": {"tries": 0 if line.attempt is None else 1},
        }
        if line.attempt is not None:
            update["$push"] = {
                "attempts": {"$each": [_written(line.attempt)], "$slice": -ATTEMPTS_KEPT_MAX}
            }
        await self._log.update_one({"_id": line.id}, update, upsert=True, session=session)


def _written(attempt: Attempt) -> dict[str, Any]:
    return {
        "outcome": attempt.outcome.value,
        "at_ms": attempt.at_ms,
        "duration_ms": attempt.duration_ms,
        "status": attempt.status,
        "error": attempt.error,
        "correlation_id": attempt.correlation_id,
    }


def _value(reason: Reason | None) -> str | None:
    return None if reason is None else reason.value
