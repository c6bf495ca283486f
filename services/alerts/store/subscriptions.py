"""Subscriptions as their owners keep them: made, changed, listed, removed.

Whoever delivers moves the part `standing` of the same document (`deliveries.py`): owners change by
version, deliverers under a lease, and neither overwrites the other.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from bson.binary import Binary
from pymongo import IndexModel

from services.alerts.domain.subscriptions import (
    OF_PRINCIPAL_MAX,
    SUBSCRIPTIONS_MAX,
    Channel,
    Language,
    Reason,
    Sealed,
    Standing,
    State,
    Subscription,
    Wanted,
)
from services.alerts.store import trees
from services.chassis.mongo import Document, Mongo, Session

SHARDS: Final = 8
"""Parts of the subscriptions that one process at a time delivers."""
CHANGES: Final = "subscriptions"
"""The counter that every change increments: who delivers looks at it."""
INDEXES: Final = {
    "subscriptions": [
        IndexModel([("owner", 1), ("_id", 1)]),
        IndexModel([("shard", 1)]),
        IndexModel(
            [("owner", 1), ("request", 1)],
            unique=True,
            partialFilterExpression={"request": {"$type": "string"}},
        ),
    ],
    "delivery_shards": [],
    "mailboxes": [],
    "delivery_requests": [IndexModel([("subscription", 1)]), IndexModel([("shard", 1)])],
    "deliveries": [
        IndexModel([("subscriptions", 1), ("updated_ms", -1), ("_id", 1)]),
        IndexModel([("expires", 1)], expireAfterSeconds=0),
    ],
}


class StaleError(Exception):
    """It was changed since."""

    def __init__(self, version: int) -> None:
        """Tell the present version."""
        super().__init__(version)
        self.version = version


class TooManyError(Exception):
    """There are as many as there may be."""

    def __init__(self, most: int) -> None:
        """Tell how many that is."""
        super().__init__(most)
        self.most = most


class SubscriptionStore:
    """The owners' side."""

    def __init__(self, mongo: Mongo) -> None:
        """`open` comes before the first use."""
        self._mongo = mongo
        self._found = mongo.db["subscriptions"]
        self._counters = mongo.db["counters"]
        self._shards = mongo.db["delivery_shards"]
        self._requests = mongo.db["delivery_requests"]
        self._log = mongo.db["deliveries"]
        self._jurisdictions = mongo.db["jurisdictions"]

    async def open(self) -> None:
        """Create collections and indexes."""
        await self._mongo.create({**INDEXES, **trees.INDEXES, "counters": []})
        await self._counters.update_one({"_id": CHANGES}, {"$setOnInsert": {"n": 0}}, upsert=True)
        for shard in range(SHARDS):
            unheld = {"holder": None, "epoch": 0, "until_ms": 0}
            await self._shards.update_one({"_id": shard}, {"$setOnInsert": unheld}, upsert=True)

    async def head(self, jurisdiction: str) -> int | None:
        """Return the last cursor of a jurisdiction's feed; None if there is no such one."""
        counter = await self._counters.find_one({"_id": f"feed:{jurisdiction}"})
        if counter:
            return int(counter["n"])
        return 0 if await self._jurisdictions.find_one({"_id": jurisdiction}) else None

    async def again(self, owner: str, request: str) -> tuple[Subscription, str] | None:
        """Find what a request with this key has made, with the fingerprint of its body."""
        found = await self._found.find_one({"owner": owner, "request": request})
        return None if found is None else (subscription_of(found), found["fingerprint"])

    async def add(
        self, made: Subscription, request: str | None = None, fingerprint: str = ""
    ) -> None:
        """Keep a new one; TooManyError if its owner, or the deployment, has as many as may be."""

        async def work(session: Session) -> None:
            # First of all: whoever else adds one meets us here.
            await self._changed(session)
            bounds: tuple[tuple[Document, int], ...] = (
                ({}, SUBSCRIPTIONS_MAX),
                ({"owner": made.owner}, OF_PRINCIPAL_MAX),
            )
            for query, limit in bounds:
                if await self._found.count_documents(query, limit=limit, session=session) >= limit:
                    raise TooManyError(limit)
            shard = await self._shards.find_one({"_id": made.shard}, session=session)
            standing = replace(made.standing, epoch=shard["epoch"] if shard else 0)
            document = document_of(replace(made, standing=standing))
            if request is not None:
                document |= {"request": request, "fingerprint": fingerprint}
            await self._found.insert_one(document, session=session)

        await self._mongo.transaction(work)

    async def of(self, owner: str, after: str, limit: int) -> list[Subscription]:
        """List an owner's, by id, one more than the limit if there are more."""
        query = {"owner": owner, "_id": {"$gt": after}}
        cursor = self._found.find(query).sort("_id", 1).limit(limit + 1)
        return [subscription_of(found) for found in await cursor.to_list(limit + 1)]

    async def get(self, owner: str, name: str) -> Subscription | None:
        """Find one of an owner's."""
        found = await self._found.find_one({"_id": name, "owner": owner})
        return subscription_of(found) if found else None

    async def change(
        self, known: Subscription, changed: Subscription, *, moved: bool
    ) -> Subscription:
        """Replace what its owner says of one; StaleError if that was changed since.

        `moved` is for changes that begin anew: what is under way then does not count.
        """
        written = document_of(changed)
        fields = {n: written[n] for n in OWNED if n in written} | {"version": known.version + 1}
        standing: Document = {}
        if moved:
            standing = {
                "standing.cursor": changed.standing.cursor,
                "standing.attempt": 0,
                "standing.next_ms": 0,
                "standing.failing_since_ms": None,
            }

        async def work(session: Session) -> None:
            update: Document = {"$set": {**fields, **standing}}
            if moved:
                update["$inc"] = {"standing.turn": 1}
            done = await self._found.update_one(
                {"_id": known.id, "version": known.version}, update, session=session
            )
            if not done.matched_count:
                present = await self._found.find_one({"_id": known.id}, session=session)
                raise StaleError(present["version"] if present else 0)
            await self._changed(session)

        await self._mongo.transaction(work)
        found = await self._found.find_one({"_id": known.id})
        return subscription_of(found) if found else changed

    async def remove(self, known: Subscription) -> None:
        """Forget one with its log; StaleError if it was changed since."""

        async def work(session: Session) -> None:
            query = {"_id": known.id, "version": known.version}
            if not (await self._found.delete_one(query, session=session)).deleted_count:
                raise StaleError(0)
            await self._requests.delete_many({"subscription": known.id}, session=session)
            await self._changed(session)

        await self._mongo.transaction(work)
        await self._log.delete_many({"subscriptions": [known.id]})

    async def unsubscribe(self, names: Sequence[str], now_ms: int) -> None:
        """Pause subscriptions by e-mail because their recipient asked for it."""

        async def work(session: Session) -> None:
            await self._found.update_many(
                {
                    "_id": {"$in": list(names)},
                    "channel": Channel.EMAIL.value,
                    "state": State.ACTIVE.value,
                },
                {
                    "$set": {
                        "state": State.PAUSED.value,
                        "reason": Reason.RECIPIENT.value,
                        "changed_ms": now_ms,
                    },
                    "$inc": {"version": 1},
                },
                session=session,
            )
            await self._changed(session)

        await self._mongo.transaction(work)

    async def request(self, document: Document, most: int) -> None:
        """Ask for a delivery out of turn; TooManyError if so many are waiting.

        The same one asked for again is one.
        """

        async def work(session: Session) -> None:
            await self._changed(session)
            mine = {"subscription": document["subscription"]}
            if await self._requests.count_documents(mine, limit=most, session=session) >= most:
                raise TooManyError(most)
            await self._requests.replace_one(
                {"_id": document["_id"]}, document, upsert=True, session=session
            )

        await self._mongo.transaction(work)

    async def deliveries(
        self, name: str, after: tuple[int, str] | None, status: str | None, limit: int
    ) -> list[Document]:
        """List deliveries, the last one first, one more than the limit if there are more."""
        query: Document = {"subscriptions": name}
        if status is not None:
            query["status"] = status
        if after is not None:
            moment, last = after
            query["$or"] = [
                {"updated_ms": {"$lt": moment}},
                {"updated_ms": moment, "_id": {"$gt": last}},
            ]
        cursor = self._log.find(query).sort([("updated_ms", -1), ("_id", 1)]).limit(limit + 1)
        return await cursor.to_list(limit + 1)

    async def delivery(self, name: str, delivery: str) -> Document | None:
        """Find one delivery of a subscription."""
        return await self._log.find_one({"_id": delivery, "subscriptions": name})

    async def _changed(self, session: Session) -> None:
        await self._counters.update_one({"_id": CHANGES}, {"$inc": {"n": 1}}, session=session)


OWNED: Final = (
    "name", "wanted", "address", "language", "window_seconds", "state", "reason", "changed_ms",
    "line", "shard", "secrets",
)  # fmt: skip
"""What owners change; `shard` and `line` follow from it."""


def line_of(channel: Channel, name: str, owner: str, address: str, language: str) -> str:
    """Name what is delivered together: a webhook by itself, mails to one recipient together."""
    if channel is Channel.WEBHOOK:
        return name
    words = f"{owner}\0{address}\0{language}"
    return hashlib.blake2b(words.encode(), digest_size=16).hexdigest()


def shard_of(line: str) -> int:
    """Return the part that a line belongs to."""
    return int(line[:8], 16) % SHARDS


def document_of(made: Subscription) -> Document:
    """Write a subscription."""
    plain = {name: getattr(made, name) for name in PLAIN}
    return {
        **plain,
        "_id": made.id,
        "wanted": made.wanted.model_dump(mode="json"),
        "channel": made.channel.value,
        "language": made.language.value,
        "state": made.state.value,
        "reason": None if made.reason is None else made.reason.value,
        "secrets": [{"sealed": Binary(s.sealed), "until_ms": s.until_ms} for s in made.secrets],
        "standing": {name: getattr(made.standing, name) for name in STANDING},
    }


PLAIN: Final = (
    "owner", "name", "jurisdiction", "address", "window_seconds", "version", "created_ms",
    "changed_ms", "line", "shard",
)  # fmt: skip
STANDING: Final = ("cursor", "attempt", "next_ms", "failing_since_ms", "turn", "epoch")


def subscription_of(document: Mapping[str, Any]) -> Subscription:
    """Read a subscription."""
    reason = document["reason"]
    return Subscription(
        id=document["_id"],
        wanted=Wanted.model_validate(document["wanted"]),
        channel=Channel(document["channel"]),
        language=Language(document["language"]),
        state=State(document["state"]),
        reason=None if reason is None else Reason(reason),
        secrets=tuple(Sealed(bytes(s["sealed"]), s["until_ms"]) for s in document["secrets"]),
        standing=Standing(**{name: document["standing"][name] for name in STANDING}),
        **{name: document[name] for name in PLAIN},
    )
