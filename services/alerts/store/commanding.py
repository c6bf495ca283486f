"""What people command: one transaction with the answer kept under the command's key.

The consumer and the day change alerts too, so a command is decided on what was read and written by
compare-and-set on `version`; it is decided anew if somebody was faster. A command repeated under
its key gets its first answer, before anything else is looked at: in the same transaction as what it
changed, that answer is there exactly if the change is.
"""

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from weakref import WeakValueDictionary

from bson.binary import Binary
from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.alerts.domain.alert import Alert, evolve
from services.alerts.domain.commands import Command, carry_out
from services.alerts.domain.telling import Because, Told
from services.alerts.store.documents import Document, alert_document, alert_item, alert_of
from services.alerts.store.relaying import Relaying
from services.alerts.store.telling import Teller
from services.alerts.store.writing import ConflictError
from services.chassis import clock, metrics
from services.chassis.mongo import Mongo, Session

ANSWERS_KEPT: Final = dt.timedelta(days=30)
"""How long a command is known again by its key."""
TRIES_MAX: Final = 20
"""How often a command is decided because somebody changed the alert meanwhile."""
PAUSE_SECONDS: Final = (0.005, 0.2)
_DIGEST: Final = 16

INDEXES: Final = {
    "answers": [IndexModel([("at", 1)], expireAfterSeconds=int(ANSWERS_KEPT.total_seconds()))],
    "alerts": [
        IndexModel([("jurisdiction", 1), ("state", 1), ("severity", 1), ("raised_as_of", -1)]),
        IndexModel([("jurisdiction", 1), ("state", 1), ("as_of", -1), ("_id", 1)]),
        IndexModel([("assignee", 1), ("state", 1), ("raised_as_of", -1)]),
    ],
}
"""Answers by key, and what lists and tasks look alerts up by."""

CONFLICTS: Final = metrics.counter(
    "dualwatch_alerts_command_conflicts_total",
    "Commands decided anew because their alert was changed meanwhile.",
)


class UnknownAlertError(Exception):
    """There is no such alert, or not for whoever asks."""


class StaleError(Exception):
    """The alert has another version than the one the command is about."""

    def __init__(self, version: int) -> None:
        """Tell the present version."""
        super().__init__(version)
        self.version = version


class KeyReusedError(Exception):
    """The key stands for another command."""


class BusyError(Exception):
    """Others changed the alert again and again."""


class Outcome(StrEnum):
    """What became of a command that was not refused."""

    DONE = "done"
    """The alert was changed."""
    UNCHANGED = "unchanged"
    """It was so already."""
    REPEATED = "repeated"
    """It had its answer before."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """A command as somebody sent it."""

    alert: str
    """Id of the alert."""
    command: Command
    by: str
    """Principal."""
    key: str
    """What it is known again by: see `key_of`."""
    mark: bytes
    """What it asks for, in short: one key stands for one request."""
    version: int | None = None
    """The version that the alert must have; null: any."""
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The alert after a command, as the HTTP API tells it."""

    body: bytes
    """JSON."""
    version: int
    outcome: Outcome


def key_of(principal: str, *words: str) -> str:
    """Make the id of a command: its sender and its Idempotency-Key."""
    text = "\0".join((principal, *words))
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST, person=b"command").hexdigest()


def mark_of(*words: bytes) -> bytes:
    """Put in short what a request asks for."""
    lengths = b"".join(len(word).to_bytes(4) for word in words)
    text = lengths + b"".join(words)
    return hashlib.blake2b(text, digest_size=_DIGEST, person=b"content").digest()


class CommandStore:
    """The commanders' side of the store."""

    def __init__(self, mongo: Mongo, teller: Teller, relaying: Relaying) -> None:
        """`open` comes before the first use."""
        self._mongo = mongo
        self._teller = teller
        self._relaying = relaying
        self._alerts = mongo.db["alerts"]
        self._answers = mongo.db["answers"]
        self._jurisdictions = mongo.db["jurisdictions"]
        # Commands of one process to one alert go one after the other instead of conflicting.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def open(self) -> None:
        """Create the collection and the indexes."""
        await self._mongo.create(INDEXES)

    async def earlier(self, key: str, mark: bytes) -> Answer | None:
        """Find the first answer; KeyReusedError if the key stands for something else."""
        found = await self._answers.find_one({"_id": key})
        if found is None:
            return None
        if found["mark"] != mark:
            raise KeyReusedError
        return Answer(bytes(found.get("body", b"")), found.get("version", 0), Outcome.REPEATED)

    async def claim(self, key: str, mark: bytes) -> None:
        """Let a key stand for a request whose parts are answered one by one; KeyReusedError."""
        try:
            await self._answers.insert_one(
                {"_id": key, "mark": Binary(mark), "at": clock.now()},
            )
        except DuplicateKeyError:
            await self.earlier(key, mark)

    async def carry_out(self, ordered: Ordered, sees: Callable[[Alert], bool]) -> Answer:
        """Carry a command out, once.

        RefusedError, StaleError: it may not be, and nothing was done; BusyError: it could not.
        """
        turn = self._turns.setdefault(ordered.alert, asyncio.Lock())
        async with turn:
            for attempt in range(1, TRIES_MAX + 1):
                earlier = await self.earlier(ordered.key, ordered.mark)
                if earlier is not None:
                    return earlier
                try:
                    return await self._once(ordered, sees)
                except (ConflictError, DuplicateKeyError):
                    CONFLICTS.inc()
                await asyncio.sleep(clock.backoff(attempt, *PAUSE_SECONDS))
        raise BusyError

    async def _once(self, ordered: Ordered, sees: Callable[[Alert], bool]) -> Answer:
        document = await self._alerts.find_one({"_id": ordered.alert})
        alert = None if document is None else alert_of(document)
        if alert is None or not sees(alert):
            raise UnknownAlertError
        if ordered.version not in {None, alert.version}:
            raise StaleError(alert.version)
        day = await self.day(alert)
        changes = carry_out(alert, ordered.command, ordered.by, day)
        after = alert
        for change in changes:
            after = evolve(after, change)
        because = Because(ordered.key, ordered.correlation_id, clock.now_ms(), 0)
        told = [Told(change, because) for change in changes]
        outcome = Outcome.DONE if told else Outcome.UNCHANGED
        answer = Answer(body_of(after), after.version, outcome)

        async def work(session: Session) -> None:
            await self._keep(session, ordered, answer)
            if told:
                await self._replace(session, alert.version, after)
            await self._teller.tell(session, told)

        await self._teller.within(told, lambda: self._mongo.transaction(work))
        self._relaying.wake(told)
        return answer

    async def day(self, alert: Alert) -> dt.date:
        """Tell the last opened day of an alert's jurisdiction; that of its figures if it is later.

        What the consumer has judged may be ahead of the day's own record.
        """
        found = await self._jurisdictions.find_one({"_id": alert.where.jurisdiction}, {"day": 1})
        text = (found or {}).get("day")
        opened = alert.where.as_of if text is None else dt.date.fromisoformat(text)
        return max(opened, alert.where.as_of)

    async def _keep(self, session: Session, ordered: Ordered, answer: Answer) -> None:
        document: Document = {
            "_id": ordered.key,
            "mark": Binary(ordered.mark),
            "at": clock.now(),
            "version": answer.version,
            "body": Binary(answer.body),
        }
        await self._answers.insert_one(document, session=session)

    async def _replace(self, session: Session, version: int, alert: Alert) -> None:
        fields = alert_document(alert, latest=True)
        # Whether it is the latest of its key is the consumer's alone.
        del fields["latest"]
        result = await self._alerts.update_one(
            {"_id": alert.id, "version": version}, {"$set": fields}, session=session
        )
        if result.matched_count != 1:
            raise ConflictError


def body_of(alert: Alert) -> bytes:
    """Write an alert as an answer's body."""
    return json.dumps(alert_item(alert), ensure_ascii=False, separators=(",", ":")).encode()
