"""Killed at any write of a command, alerts carries it out once: kept, told and published once."""

import contextlib
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
from services.chassis.mongo import Mongo
from services.chassis.relaying import Relaying
from tests.deterministic.roles import PARTITIONS
from tests.deterministic.scenes import Theatre
from tests.support.crashing import Crash, CrashError, Topics, bury, empty, mark_of, mortal_mongo
from tests.unit.alerts.test_alert import RED, live

pytestmark = pytest.mark.integration

LIFETIME: Final = "transactionLifetimeLimitSeconds"
"""How long the server keeps a transaction open whose process has died; a minute by itself."""
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


async def run(theatre: Theatre, crash: Crash) -> tuple[dict[str, Any], list[Any]]:
    """Let a process die of a command and another one repeat it; give what there is then."""
    for indexes in (ALERTS_INDEXES, COMMANDING):
        await theatre.mongo.create(indexes)
    await empty(theatre.mongo)
    await theatre.mongo.db["alerts"].insert_one(alert_document(ALERT, latest=True))
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


@pytest.fixture
async def impatient(theatre: Theatre) -> AsyncIterator[Theatre]:
    """Let the server give up what a dead process has begun within a second or two."""
    admin = theatre.mongo.client.admin
    found = await admin.command({"getParameter": 1, LIFETIME: 1})
    await admin.command({"setParameter": 1, LIFETIME: 1})
    yield theatre
    await admin.command({"setParameter": 1, LIFETIME: found[LIFETIME]})


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
