"""Transactions of no partition on sessions that others can end: what a killed process left open.

Whoever takes a partition ends its former owner's session (`Progress.take`). A command of people
has no partition, and a process that is killed within its transaction would hold what it has locked
until the server gives the transaction up. So each process notes the sessions of such transactions
before it uses them and says every second that it lives; whoever starts or lives ends the sessions
of those that have said nothing for some seconds. Who was only slow loses the transaction it was
in, which is run again, and notes its sessions anew.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from bson.binary import Binary
from pymongo import IndexModel
from pymongo.errors import PyMongoError

from services.chassis import clock, metrics
from services.chassis.log import get_logger
from services.chassis.mongo import Document, Mongo, Session, id_of_session
from services.chassis.service import Service

log = get_logger(__name__)

COLLECTION: Final = "session_holders"
SILENT_SECONDS: Final = 4.0
"""Who has said nothing for so long is dead; by the server's clock, which is one for all."""
BEAT_SECONDS: Final = 1.0
"""How often one says that one lives, and looks for those that do not."""
SESSIONS_MAX: Final = 16
"""Most transactions at a time in a process; others wait for a session."""
DEAD_MAX: Final = 100
"""Most dead processes looked at in one look."""

ENDED = metrics.counter(
    "dualwatch_dead_sessions_ended_total",
    "Sessions of processes that died, ended so that what they had locked is free.",
)


class Fence:
    """The sessions of one process, and its look at those of the others."""

    INDEXES: Final[dict[str, list[IndexModel]]] = {COLLECTION: []}

    def __init__(self, mongo: Mongo, silent_seconds: float = SILENT_SECONDS) -> None:
        """Lend sessions to all transactions of `mongo` that bring none; `open` comes first."""
        self._mongo = mongo
        self._silent_seconds = silent_seconds
        self._processes = mongo.db[COLLECTION]
        self._me = Binary(clock.new_id())
        self._noted: list[Binary] = []
        self._idle: list[Session] = []
        self._room = asyncio.Semaphore(SESSIONS_MAX)
        self._noting = asyncio.Lock()
        mongo.lender = self

    async def open(self) -> None:
        """Create the collection, and end what those before us left."""
        await self._mongo.create(self.INDEXES)
        await self.look()

    async def run(self) -> None:
        """Say that we live, and look for those that do not, as long as the service runs."""
        while True:
            try:
                await self._note()
                await self.look()
            except PyMongoError as error:
                # Whoever cannot say it for too long loses the transaction it is in, nothing else.
                log.warning("fence_waits", reason=repr(error))
            await asyncio.sleep(BEAT_SECONDS)

    async def close(self) -> None:
        """Leave in good order: nobody has to end anything."""
        await self._processes.delete_one({"_id": self._me})

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Lend a session that is noted; nobody else has it meanwhile."""
        async with self._room:
            session = self._idle.pop() if self._idle else await self._another()
            try:
                yield session
            finally:
                self._idle.append(session)

    async def look(self) -> int:
        """End the sessions of those that are dead; give how many processes that were."""
        since = {"$subtract": ["$$NOW", int(self._silent_seconds * 1000)]}
        silent: Document = {"_id": {"$ne": self._me}, "$expr": {"$lt": ["$at", since]}}
        dead = await self._processes.find(silent).limit(DEAD_MAX).to_list(DEAD_MAX)
        for process in dead:
            sessions = [{"id": name} for name in process["sessions"]]
            await self._mongo.client.admin.command({"killSessions": sessions})
            # Only if it has said nothing since: what it uses is noted, then.
            await self._processes.delete_one({"_id": process["_id"], "at": process["at"]})
            ENDED.inc(len(sessions))
            log.info("dead_sessions_ended", sessions=len(sessions))
        return len(dead)

    async def _another(self) -> Session:
        session = await self._mongo.client.start_session()
        async with self._noting:
            self._noted.append(id_of_session(session))
        await self._note()
        return session

    async def _note(self) -> None:
        """Write our sessions down, and that we live; nothing before the first of them."""
        async with self._noting:
            if self._noted:
                change: Document = {
                    "$set": {"sessions": self._noted},
                    "$currentDate": {"at": True},
                }
                await self._processes.update_one({"_id": self._me}, change, upsert=True)


def fence(service: Service) -> None:
    """Have all transactions of a service that belong to no partition run on noted sessions."""
    found = Fence(service.mongo)
    service.prepare(found.open)
    service.task("fence", found.run)
    service.at_stop(found.close)
