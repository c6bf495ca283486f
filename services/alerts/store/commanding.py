"""What people command: one transaction with the answer kept under the command's key.

The consumer and the day change alerts too, so a command is decided on what was read and written by
compare-and-set on `version`; it is decided anew if somebody was faster. A command repeated under
its key gets its first answer, before anything else is looked at: in the same transaction as what it
changed, that answer is there exactly if the change is.
"""

import asyncio
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

from pymongo import IndexModel
from pymongo.errors import DuplicateKeyError

from services.alerts.domain.alert import Alert, evolve
from services.alerts.domain.commands import Command, carry_out
from services.alerts.domain.telling import Because, Told
from services.alerts.store.documents import alert_document, alert_item, alert_of
from services.alerts.store.telling import Teller
from services.alerts.store.writing import ConflictError
from services.chassis import clock, metrics
from services.chassis.answers import Answer, Answers, Outcome
from services.chassis.mongo import Mongo, Session
from services.chassis.relaying import Relaying

TRIES_MAX: Final = 20
"""How often a command is decided because somebody changed the alert meanwhile."""
PAUSE_SECONDS: Final = (0.005, 0.2)
INDEXES: Final = {
    **Answers.INDEXES,
    "alerts": [
        IndexModel([("jurisdiction", 1), ("state", 1), ("severity", 1), ("raised_as_of", -1)]),
        IndexModel([("jurisdiction", 1), ("state", 1), ("as_of", -1), ("_id", 1)]),
        IndexModel([("assignee", 1), ("state", 1), ("raised_as_of", -1)]),
        # Pages of a department and of a unit: without these each reads all that is open in a city.
        IndexModel([("department", 1), ("state", 1), ("severity", 1), ("raised_as_of", -1)]),
        IndexModel([("lead_unit", 1), ("state", 1), ("severity", 1), ("raised_as_of", -1)]),
        # Measures outlive their alert: those of all years are asked for, and most alerts have none.
        IndexModel(
            [("level", 1), ("jurisdiction", 1), ("raised_as_of", -1), ("_id", 1)],
            name="late",
            partialFilterExpression={"work.measures.reminded_at": {"$lt": 0}},
        ),
        IndexModel(
            [("work.measures.plan.owner", 1), ("raised_as_of", -1), ("_id", 1)],
            name="planned",
            partialFilterExpression={"work.measures.plan.owner": {"$gte": ""}},
        ),
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


class BusyError(Exception):
    """Others changed the alert again and again."""


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


class CommandStore:
    """The commanders' side of the store."""

    def __init__(self, mongo: Mongo, teller: Teller, relaying: Relaying) -> None:
        """`open` comes before the first use."""
        self._mongo = mongo
        self._teller = teller
        self._relaying = relaying
        self._alerts = mongo.db["alerts"]
        self.answers = Answers(mongo)
        """First answers, by key."""
        self._jurisdictions = mongo.db["jurisdictions"]
        # Commands of one process to one alert go one after the other instead of conflicting.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def open(self) -> None:
        """Create the collection and the indexes."""
        await self._mongo.create(INDEXES)

    async def carry_out(self, ordered: Ordered, sees: Callable[[Alert], bool]) -> Answer:
        """Carry a command out, once.

        RefusedError, StaleError: it may not be, and nothing was done; BusyError: it could not.
        """
        turn = self._turns.setdefault(ordered.alert, asyncio.Lock())
        async with turn:
            for attempt in range(1, TRIES_MAX + 1):
                earlier = await self.answers.earlier(ordered.key, ordered.mark)
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
            await self.answers.keep(session, ordered.key, ordered.mark, answer)
            if told:
                await self._replace(session, alert.version, after)
            await self._teller.tell(session, told)

        await self._teller.within(told, lambda: self._mongo.transaction(work))
        self._relaying.wake(self._teller.homes(told))
        return answer

    async def day(self, alert: Alert) -> dt.date:
        """Tell the last opened day of an alert's jurisdiction; that of its figures if it is later.

        What the consumer has judged may be ahead of the day's own record.
        """
        found = await self._jurisdictions.find_one({"_id": alert.where.jurisdiction}, {"day": 1})
        text = (found or {}).get("day")
        opened = alert.where.as_of if text is None else dt.date.fromisoformat(text)
        return max(opened, alert.where.as_of)

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
