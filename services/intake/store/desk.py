"""The data desk's side of the quarantine: what is chosen, fixed, ordered; the owner closes it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from pymongo import ASCENDING, ReturnDocument

from services.chassis import clock
from services.chassis.mongo import Mongo
from services.intake.domain.admission import Admitted
from services.intake.domain.orders import Act, Order, State
from services.intake.domain.quarantine import Changed
from services.intake.domain.submissions import Origin
from services.intake.domain.verdicts import Verdict
from services.intake.store import documents as docs
from services.intake.store.board import Board, woken
from services.intake.store.documents import Document
from services.intake.store.quarantine import HISTORY_MAX
from services.intake.store.submissions import Submissions

STUCK_SECONDS: Final = 30.0
"""An order that its owner has not carried out for so long is sent once more."""
STUCK_MAX: Final = 500
"""Orders sent again at one look."""
COUNT_MAX: Final = 100_000
"""So many entries are counted; more are said to be so many."""

Scope = Mapping[str, Any]
"""What a caller may see, as a query."""


@dataclass(frozen=True)
class Backlog:
    """Entries of one reason that somebody has to look at."""

    count: int
    oldest_ms: int | None
    """When the oldest was refused first."""


class MongoDesk:
    """The desk's queries and commands."""

    def __init__(self, mongo: Mongo, submissions: Submissions, board: Board) -> None:
        """`submissions` takes orders to the owners, `board` tells when they are done."""
        self.entries = mongo.db[docs.QUARANTINE]
        self.commands = mongo.db[docs.QUARANTINE_COMMANDS]
        self.submissions = submissions
        self.board = board

    async def entry(self, entry: str, scope: Scope) -> Document | None:
        """Read one entry that the caller may see."""
        return await self.entries.find_one({"$and": [{"_id": entry}, scope]})

    async def chosen(self, wanted: Scope, limit: int) -> list[Document]:
        """Read entries that fit, the oldest first."""
        cursor = self.entries.find(wanted).sort([("first_seen", ASCENDING), ("_id", ASCENDING)])
        return await cursor.limit(limit).to_list(limit)

    async def count(self, wanted: Scope) -> int:
        """Count entries that fit, within a bound."""
        return await self.entries.count_documents(dict(wanted), limit=COUNT_MAX)

    async def codes(self, wanted: Scope) -> dict[str, int]:
        """Count entries that fit by the code of their problem, within a bound."""
        steps: list[Document] = [
            {"$match": dict(wanted)},
            {"$limit": COUNT_MAX},
            {"$group": {"_id": "$code", "n": {"$sum": 1}}},
        ]
        return {item["_id"]: item["n"] async for item in self.entries.aggregate(steps)}

    async def fix(
        self, entry: Document, edited: bytes, changes: Sequence[Changed], by: str, note: str
    ) -> Document | None:
        """Keep an edited event beside the original; None if the entry is not open any more."""
        act = {"at": clock.now_ms(), "by": by, "did": "fixed", "note": note}
        return await self.entries.find_one_and_update(
            {"_id": entry["_id"], "state": State.OPEN.value},
            {
                "$set": {"edited": edited, "diff": msgspec.to_builtins(list(changes))},
                "$push": {"history": {"$each": [act], "$slice": -HISTORY_MAX}},
            },
            return_document=ReturnDocument.AFTER,
        )

    async def refused_again(self, entry: Document, problem: bytes, code: str, by: str) -> None:
        """Note that a release was refused before it went to the owner; the entry stays open."""
        act = {"at": clock.now_ms(), "by": by, "did": "refused_again", "code": code}
        await self.entries.update_one(
            {"_id": entry["_id"], "state": State.OPEN.value},
            {
                "$set": {"problem": problem.decode(), "code": code},
                "$push": {"history": {"$each": [act], "$slice": -HISTORY_MAX}},
            },
        )

    async def claim(self, entry: Document, order: Order, raw: bytes, subject: str | None) -> bool:
        """Note an order that is about to be sent; False if the entry is not open any more."""
        state = State.RELEASING if order.act is Act.RELEASE else State.DISCARDING
        act = {"at": clock.now_ms(), "by": order.by, "did": order.act.value, "note": order.note}
        sent = {
            "order": msgspec.to_builtins(order),
            "raw": raw,
            "subject": subject,
            "at": clock.now_ms(),
        }
        found = await self.entries.update_one(
            {"_id": entry["_id"], "state": State.OPEN.value, "attempt": order.attempt - 1},
            {
                "$set": {"state": state.value, "attempt": order.attempt, "sent": sent},
                "$push": {"history": {"$each": [act], "$slice": -HISTORY_MAX}},
            },
        )
        return found.matched_count == 1

    async def send(self, entry: Document, order: Order, raw: bytes, subject: str | None) -> None:
        """Send an order to its owner; sent twice it is carried out once."""
        origin = Origin(
            entry["publisher"], entry["door"], order.request, 0, clock.now_ms(), len(raw)
        )
        await self.submissions.put_order(raw, subject, origin, order)

    async def wait(self, order: Order, seconds: float) -> Document:
        """Wait until an order is carried out, or time is up; give the entry as it is then."""
        deadline = clock.monotonic() + seconds
        with self.board.watch(order.request) as event:
            while True:
                found = await self.entries.find_one({"_id": order.entry})
                left = deadline - clock.monotonic()
                if found is None or left <= 0 or found.get("settled", 0) >= order.attempt:
                    return found or {}
                await woken(event, left)

    async def resend(self) -> int:
        """Send orders again whose process was stopped before it had sent them."""
        late = clock.now_ms() - int(STUCK_SECONDS * 1_000)
        moving = [State.RELEASING.value, State.DISCARDING.value]
        cursor = self.entries.find({"state": {"$in": moving}, "sent.at": {"$lt": late}})
        stuck = await cursor.limit(STUCK_MAX).to_list(STUCK_MAX)
        for entry in stuck:
            sent = entry["sent"]
            order = msgspec.convert(sent["order"], Order)
            await self.send(entry, order, sent["raw"], sent["subject"])
            await self.entries.update_one(
                {"_id": entry["_id"], "attempt": order.attempt},
                {"$set": {"sent.at": clock.now_ms()}},
            )
        return len(stuck)

    async def backlog(self) -> dict[Verdict, Backlog]:
        """Count open entries by reason: a range of an index each, within a bound."""
        found: dict[Verdict, Backlog] = {}
        for verdict in Verdict:
            wanted = {"state": State.OPEN.value, "verdict": verdict.value}
            oldest = await self.entries.find_one(
                wanted, {"first_seen": 1}, sort=[("first_seen", ASCENDING)]
            )
            if oldest is None:
                found[verdict] = Backlog(0, None)
                continue
            found[verdict] = Backlog(await self.count(wanted), oldest["first_seen"])
        return found

    async def answered(self, command: bytes) -> tuple[bytes, int, bytes] | None:
        """Find the first answer to a command: fingerprint, status, body."""
        found = await self.commands.find_one({"_id": command})
        return None if found is None else (found["f"], found["status"], found["answer"])

    async def remember(self, command: bytes, mark: bytes, status: int, answer: bytes) -> None:
        """Keep the first answer to a command."""
        first = {"f": mark, "status": status, "answer": answer, "at": _now()}
        await self.commands.update_one({"_id": command}, {"$setOnInsert": first}, upsert=True)


def subject_of_order(admission: Admitted | None, entry: Document) -> str | None:
    """Say on whose partition an order is carried out: the event's, or the entry's own."""
    if admission is not None:
        return admission.subject
    subject: str | None = entry.get("subject")
    return subject


def _now() -> dt.datetime:
    return clock.now()
