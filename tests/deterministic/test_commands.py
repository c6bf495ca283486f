"""Killed at any write of a command, alerts carries it out once: kept, told and published once."""

import contextlib
import datetime as dt
import json
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from contracts.events.alerts import Note
from contracts.topics import ALERTS
from services.alerts.domain.alert import Alert
from services.alerts.domain.commands import Command
from services.alerts.domain.work import StepKind
from services.alerts.store.commanding import INDEXES as COMMANDING
from services.alerts.store.commanding import CommandStore, Ordered
from services.alerts.store.documents import alert_document
from services.alerts.store.telling import Teller
from services.alerts.store.writing import INDEXES as ALERTS_INDEXES
from services.chassis.answers import Outcome
from services.chassis.fencing import COLLECTION, Fence
from services.chassis.mongo import Mongo, Session
from services.chassis.relaying import Relaying
from tests.deterministic.roles import PARTITIONS
from tests.deterministic.scenes import Theatre
from tests.support.crashing import Crash, CrashError, Topics, bury, empty, mark_of, mortal_mongo
from tests.unit.alerts.test_alert import RED, live

pytestmark = pytest.mark.integration

LIFETIME: Final = "transactionLifetimeLimitSeconds"
"""How long the server keeps a transaction open whose process has died; a minute by itself."""
SILENT_SECONDS: Final = 3_600.0
"""Longer than any test: who is dead says so by an old last word."""
SAID: Final = Command(StepKind.COMMENTED, Note(note="看过"))


def standing() -> Alert:
    """Return an open alert."""
    found = live(RED)[0]
    assert found is not None
    return found


ALERT: Final = standing()
ORDERED: Final = Ordered(ALERT.id, SAID, "li", "k" * 32, b"m" * 16, version=ALERT.version)


class Service:
    """What of a process of alerts takes commands and relays."""

    def __init__(self, mongo: Mongo, topics: Topics, crash: Crash) -> None:
        self.mongo = mongo
        self.fence = Fence(mongo, SILENT_SECONDS)
        teller = Teller(mongo, topics.publisher(crash))
        teller.partitions = PARTITIONS
        self.relaying = Relaying(mongo, ALERTS.name, teller.relay)
        self.commands = CommandStore(mongo, teller, self.relaying)

    async def work(self) -> Outcome:
        """Carry the command out and publish it, as the service and its task do."""
        answer = await self.commands.carry_out(ORDERED, lambda _: True)
        wanted, self.relaying._wanted = self.relaying._wanted, set()
        await self.relaying._relay(wanted)
        return answer.outcome

    async def look(self) -> None:
        """Publish what was left behind, as two looks find it."""
        await self.relaying._left()
        await self.relaying._relay(await self.relaying._left())


@contextlib.asynccontextmanager
async def process(theatre: Theatre, topics: Topics, crash: Crash) -> AsyncIterator[Service]:
    """Run a process until the block ends, or its death."""
    mongo = mortal_mongo(theatre.settings, theatre.database, crash)
    try:
        yield Service(mongo, topics, crash)
    except Exception:
        # Whatever a dead process says last, it is that it was killed.
        with contextlib.suppress(CrashError):
            crash.check()
            raise
    except CrashError:
        pass
    finally:
        bury(mongo)


async def ready(theatre: Theatre) -> None:
    """Begin with an open alert and nothing else."""
    for indexes in (ALERTS_INDEXES, COMMANDING, Fence.INDEXES):
        await theatre.mongo.create(indexes)
    await empty(theatre.mongo)
    await theatre.mongo.db["alerts"].insert_one(alert_document(ALERT, latest=True))


async def run(theatre: Theatre, crash: Crash) -> tuple[dict[str, Any], list[Any]]:
    """Let a process die of a command and another one repeat it; give what there is then."""
    await ready(theatre)
    topics = Topics()
    async with process(theatre, topics, crash) as first:
        await first.work()
    async with process(theatre, topics, Crash()) as second:
        await second.look()
        await second.work()
        await second.look()
    alert = await theatre.mongo.db["alerts"].find_one({"_id": ALERT.id})
    feed = await theatre.mongo.db["feeds"].find().to_list(None)
    kept = {
        "version": (alert or {})["version"],
        "comments": (alert or {})["work"]["comments"],
        "feed": [(entry["cursor"], entry["version"], entry["kind"]) for entry in feed],
        "answers": await theatre.mongo.db["answers"].count_documents({}),
    }
    records = [record for (topic, _), log in topics.logs.items() for record in log if topic]
    told = {mark_of(record).position: json.loads(record[1] or b"")["id"] for record in records}
    assert {ALERTS.name} == {topic for topic, _ in topics.logs}
    return kept, sorted(told.items())


@contextlib.asynccontextmanager
async def lifetime(theatre: Theatre, seconds: int) -> AsyncIterator[None]:
    """Let the server keep transactions open for so long."""
    admin = theatre.mongo.client.admin
    found = await admin.command({"getParameter": 1, LIFETIME: 1})
    await admin.command({"setParameter": 1, LIFETIME: seconds})
    yield
    await admin.command({"setParameter": 1, LIFETIME: found[LIFETIME]})


@pytest.fixture
async def impatient(theatre: Theatre) -> AsyncIterator[Theatre]:
    """Let the server give up what a dead process has begun within a second or two."""
    async with lifetime(theatre, 1):
        yield theatre


async def test_a_command_is_carried_out_once_whichever_write_was_the_last(
    impatient: Theatre,
) -> None:
    """Before and after each of its writes; the repeated command gets the first answer."""
    undisturbed = Crash()
    expected = await run(impatient, undisturbed)
    writes = list(undisturbed.writes)
    for at in range(1, len(writes) + 1):
        for after in (False, True):
            crash = Crash(at, after=after)
            assert expected == await run(impatient, crash), str(crash)

    assert {"insert answers", "update alerts", "insert feeds", "commitTransaction"} <= set(writes)
    assert "publish alerts" in {name.rsplit("-", 1)[0] for name in writes}
    assert (
        {"version": 2, "comments": 1, "feed": [(1, 2, "commented")], "answers": 1},
        [(1, f"{ALERT.id}.2")],
    ) == expected


@pytest.fixture
async def patient(theatre: Theatre) -> AsyncIterator[Theatre]:
    """Let the server keep what a dead process has begun for longer than any test waits."""
    async with lifetime(theatre, 3_600):
        yield theatre


async def long_ago(theatre: Theatre) -> None:
    """Let the last word of every process be old."""
    holders = theatre.mongo.db[COLLECTION]
    await holders.update_many({}, {"$set": {"at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}})


@pytest.mark.moves("dualwatch_dead_sessions_ended_total")
async def test_what_a_dead_process_has_locked_is_free_once_another_looks(patient: Theatre) -> None:
    """Killed with the feed's counter in its hand; the server would wait an hour."""
    undisturbed = Crash()
    await run(patient, undisturbed)
    at = undisturbed.writes.index("insert feeds") + 1
    await ready(patient)
    topics, crash = Topics(), Crash(at, after=True)
    async with process(patient, topics, crash) as first:
        await first.work()
    await long_ago(patient)
    async with process(patient, topics, Crash()) as second:
        await second.fence.open()
        outcome = await second.work()
        left = await patient.mongo.db[COLLECTION].count_documents({})

    assert "insert feeds" == crash.writes[-1]
    assert (Outcome.DONE, 1) == (outcome, left)


async def test_whoever_lives_keeps_the_transaction_it_is_in(patient: Theatre) -> None:
    """Another one ends the sessions of the dead alone, and looks while a transaction is open."""
    await ready(patient)
    topics = Topics()
    async with process(patient, topics, Crash()) as dead:
        await dead.work()
    await long_ago(patient)
    async with (
        process(patient, topics, Crash()) as first,
        process(patient, topics, Crash()) as second,
    ):

        async def work(session: Session) -> int:
            await first.mongo.db["answers"].insert_one({"_id": "first"}, session=session)
            return await second.fence.look()

        ended = await first.mongo.transaction(work)
        kept = await patient.mongo.db["answers"].count_documents({"_id": "first"})

    assert (1, 1) == (ended, kept)
