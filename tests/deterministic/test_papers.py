"""Killed at any write of a submission: one whole edition or none, and nothing stated twice."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Collection
from typing import Any, Final, cast

import pytest

from contracts.codec import decode
from contracts.topics import PUBLISH_REPORTING, REPORTS
from contracts.vocabulary import PaperKind, PaperStepKind
from services.chassis.answers import Answers, Outcome
from services.chassis.fencing import Fence
from services.chassis.identity import deployment
from services.chassis.mongo import Mongo
from services.chassis.relaying import Relaying
from services.chassis.statements import INDEXES as STATEMENTS
from services.chassis.statements import Statements
from services.reporting.asking.beside import Beside
from services.reporting.asking.figures import Figures as FiguresClient
from services.reporting.asking.figures import Measured
from services.reporting.asking.ledger import Ledger
from services.reporting.assembly.papers import Papers, Stores
from services.reporting.assembly.stepping import Ordered, Stepping
from services.reporting.assembly.submitting import Submitting
from services.reporting.domain import paper as steps
from services.reporting.domain.declaration import DraftField
from services.reporting.domain.filled import Figures
from services.reporting.domain.paper import Paper
from services.reporting.store import campaigns, days, names, papers, telling
from services.reporting.store.campaigns import CampaignStore, campaign_document
from services.reporting.store.commanding import Commands
from services.reporting.store.days import DayStore
from services.reporting.store.names import MongoReportStore
from services.reporting.store.naming import Naming
from services.reporting.store.papers import PaperStore, figures_document, paper_document
from services.reporting.store.telling import Teller
from tests.deterministic.roles import PARTITIONS
from tests.deterministic.scenes import Theatre
from tests.deterministic.test_commands import lifetime
from tests.support.crashing import Crash, CrashError, Topics, bury, empty, mortal_mongo
from tests.unit.reporting.filings import CAMPAIGN, CITY, assessed
from tests.unit.reporting.test_gaps import whole

pytestmark = pytest.mark.integration

PROJECT: Final = f"{CITY}/P2"
PAPER: Final = f"{CAMPAIGN.key}/form/P2"
MADE: Final = assessed()[PROJECT]
FIGURES: Final = Figures(MADE, "9-9-9-9")
AT: Final = dt.datetime(2026, 7, 10, 8, tzinfo=dt.UTC)
TYPED: Final = {
    **whole(FIGURES),
    "/indicators/K1/result": {"value_text": "62", "value": "62"},
}
FORM: Final = Paper(
    PAPER,
    PaperKind.FORM,
    CITY,
    CAMPAIGN.id,
    2026,
    CAMPAIGN.dues.unit,
    project=PROJECT,
    unit="U2",
    department="D1",
    draft={name: DraftField(value=v, version=1, by="li", at=AT) for name, v in TYPED.items()},
)
ORDERED: Final = Ordered(PAPER, deployment(), "k" * 32, b"m" * 16, b"Bearer")


class FakeLedger:
    """Takes what is published, as intake does."""

    def __init__(self, topics: Topics, statements: Statements) -> None:
        self._topics = topics
        self._statements = statements

    async def positions(
        self, _authorization: bytes, _project: str, _after: int, ids: Collection[str]
    ) -> dict[int, int] | None:
        """Find facts among those that were published."""
        await self._statements.flush()
        return {0: 1} if set(ids) <= {one for one, _ in stated(self._topics)} else None


class NothingRefused:
    """A quarantine without anything that this form stated."""

    async def kept_apart(self, _project: str, _ids: Any) -> dict[str, Any]:
        """Find nothing."""
        return {}


class FakeAnalysis:
    """Has folded whatever it is asked about."""

    async def project(self, *_asked: Any) -> Measured:
        """Give the same figures at a later cut."""
        return Measured(MADE, "10-9-9-9")


class Service:
    """What of a process of reporting takes a submission and relays."""

    def __init__(self, mongo: Mongo, topics: Topics, crash: Crash) -> None:
        publisher = topics.publisher(crash)
        teller = Teller(mongo, publisher)
        teller.partitions = PARTITIONS
        statements = Statements(mongo, publisher, PUBLISH_REPORTING.name)
        statements.partitions = PARTITIONS
        self.relaying = Relaying(mongo, REPORTS.name, teller.relay)
        commands = Commands(mongo, teller, self.relaying, statements)
        stores = Stores(
            PaperStore(mongo),
            CampaignStore(mongo),
            DayStore(mongo),
            Naming(mongo),
            MongoReportStore(mongo),
        )
        found = Papers(stores, cast("Any", None), "1")
        ledger = cast("Ledger", FakeLedger(topics, statements))
        submitting = Submitting(
            found,
            commands,
            ledger,
            cast("FiguresClient", FakeAnalysis()),
            wait_seconds=60,
            others=cast("Beside", NothingRefused()),
        )
        self.stepping = Stepping(found, commands, submitting)

    async def work(self) -> Outcome:
        """Hand the form in and publish it, as the service and its tasks do."""
        answer = await self.stepping.freeze(ORDERED, PaperStepKind.SUBMITTED, steps.submit)
        wanted, self.relaying._wanted = self.relaying._wanted, set()
        await self.relaying._relay(wanted)
        return answer.outcome

    async def look(self) -> None:
        """Publish what was left behind, as two looks find it."""
        await self.relaying._left()
        await self.relaying._relay(await self.relaying._left())


def stated(topics: Topics) -> list[tuple[str, bytes]]:
    """Give ids and contents of what was stated to intake, published twice or once."""
    found = {
        (decode(record[1] or b"").id, bytes(record[1] or b""))
        for (topic, _), log in topics.logs.items()
        for record in log
        if topic == PUBLISH_REPORTING.name
    }
    return sorted(found)


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


async def run(theatre: Theatre, crash: Crash) -> dict[str, Any]:
    """Let a process die of a submission and another one repeat it; give what there is then."""
    mongo = theatre.mongo
    for indexes in (
        names.INDEXES,
        telling.INDEXES,
        campaigns.INDEXES,
        papers.INDEXES,
        days.INDEXES,
        Answers.INDEXES,
        STATEMENTS,
        Fence.INDEXES,
    ):
        await mongo.create(indexes)
    await empty(mongo)
    await mongo.db["campaigns"].insert_one(campaign_document(CAMPAIGN))
    await mongo.db["papers"].insert_one(paper_document(FORM))
    await mongo.db["figures"].insert_one(figures_document(PAPER, FIGURES, 1))
    topics = Topics()
    async with process(theatre, topics, crash) as first:
        await first.work()
    editions = await mongo.db["editions"].find().to_list(None)
    paper = await mongo.db["papers"].find_one({"_id": PAPER})
    assert len(editions) == (paper or {})["edition"]
    async with process(theatre, topics, Crash()) as second:
        await second.look()
        await second.work()
        await second.look()
    (edition,) = await mongo.db["editions"].find().to_list(None)
    paper = await mongo.db["papers"].find_one({"_id": PAPER})
    feed = await mongo.db["feed"].find().to_list(None)
    told = {
        decode(record[1] or b"").id
        for (topic, _), log in topics.logs.items()
        for record in log
        if topic == REPORTS.name
    }
    return {
        "sha256": edition["sha256"],
        "results": (edition["results_cut"], edition["results"]),
        "paper": [(paper or {})[name] for name in ("version", "edition", "state", "sha256")],
        "feed": [(entry["cursor"], entry["type"]) for entry in feed],
        "told": sorted(told),
        "stated": stated(topics),
        "waiting": await mongo.db["statements"].count_documents({}),
        "steps": await mongo.db["paper_steps"].count_documents({}),
        "answers": await mongo.db["answers"].count_documents({}),
    }


@pytest.fixture
async def impatient(theatre: Theatre) -> AsyncIterator[Theatre]:
    """Let the server give up what a dead process has begun within a second or two."""
    async with lifetime(theatre, 1):
        yield theatre


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.long)])
async def test_a_form_is_handed_in_once_whichever_write_was_the_last(
    impatient: Theatre, step: int
) -> None:
    """Before and after its writes, each in the long run: stated once, frozen whole, told once."""
    undisturbed = Crash()
    expected = await run(impatient, undisturbed)
    writes = list(undisturbed.writes)
    for at in range(1, len(writes) + 1, step):
        # Before a write is as after the one before it, but where a commit or a broker is between.
        between = {"commitTransaction", "publish"} & {writes[at - 1].split(" ", 1)[0]}
        for after in (False, True) if between else (True,):
            crash = Crash(at, after=after)
            assert expected == await run(impatient, crash), str(crash)

    assert {"insert stated", "insert statements", "insert editions", "insert feed"} <= set(writes)
    assert (expected["paper"][:3], expected["steps"]) == ([2, 1, "unit_approval"], 1)
    assert len(expected["stated"]) == len(expected["feed"]) == 1
    assert expected["waiting"] == 0
    assert (expected["results"][0], bool(expected["results"][1])) == ("10-9-9-9", True)
