"""The job that opens a campaign: killed at any write, analysis away, as many projects as may be."""

import datetime as dt
import secrets
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import httpx
import pytest
from pydantic import TypeAdapter

from contracts.events.analysis import AssessmentMade
from deploy.local.stack import Stack
from services.chassis import clock
from services.chassis.fencing import Fence
from services.chassis.mongo import Mongo
from services.chassis.publisher import Publisher
from services.chassis.relaying import Relaying
from services.chassis.settings import KafkaSettings, MongoSettings
from services.chassis.statements import Statements
from services.reporting.app import INDEXES
from services.reporting.asking.alerts import Alerts
from services.reporting.asking.figures import Figures
from services.reporting.assembly import opening
from services.reporting.assembly.opening import Opener, OpeningStores
from services.reporting.domain.campaign import Campaign, CampaignState, Scope, default_dues
from services.reporting.store.campaigns import CampaignStore, campaign_document
from services.reporting.store.commanding import Commands
from services.reporting.store.days import DayStore
from services.reporting.store.opening import Opening, OpeningStore, opening_document
from services.reporting.store.telling import Teller
from tests.support.crashing import Crash, CrashError, bury, contents, empty, mortal_mongo
from tests.unit.alerts.builders import assessment

pytestmark = pytest.mark.integration

JUNE: Final = dt.date(2026, 6, 30)
PAGE: Final = 3
PROJECTS: Final = 7
KEY: Final = "340700/2026-07"
TIMED: Final = frozenset({"until_ms", "version", "at", "event"})
"""What differs with the number of processes, and with the time."""
_MADE: Final = TypeAdapter(AssessmentMade)


@dataclass
class Analysis:
    """Analysis and alerts, answering from memory, page by page."""

    projects: int = PROJECTS
    away: int = 0
    """How many of the next questions find nobody."""
    limits: set[int] = field(default_factory=set)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        if request.url.path == "/v1/rules":
            return httpx.Response(200, json={"items": [{"layers": ["city@6"]}]})
        if self.away:
            self.away -= 1
            message = "nobody is there"
            raise httpx.ConnectError(message)
        asked = request.url.params
        limit = int(asked["limit"])
        self.limits.add(limit)
        first = int(asked["after"].rsplit("-", 1)[1]) + 1 if "after" in asked else 0
        numbers = range(first, min(first + limit, self.projects))
        items = [self._item(number) for number in numbers]
        more = numbers.stop < self.projects
        following = items[-1]["project_id"] if items and more else None
        cut = asked.get("at", "5-5")
        return httpx.Response(200, json={"items": items, "next": following, "cut": cut})

    @staticmethod
    def _item(number: int) -> dict[str, Any]:
        project = f"340700/P-{number:06d}"
        made = assessment(project=project, department=f"D-{number % 2}").data
        return {"project_id": project, "assessment": _MADE.dump_python(made, mode="json")}

    def client(self) -> httpx.AsyncClient:
        """Make a client that asks here."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self), base_url="http://away.test")


@dataclass
class Process:
    """One process of reporting, as far as it opens campaigns."""

    mongo: Mongo
    opener: Opener

    @classmethod
    async def start(cls, mongo: Mongo, analysis: Analysis) -> "Process":
        """Put it together; whoever was before it is dead."""
        await Fence(mongo, silent_seconds=0.0).open()
        publisher = Publisher(KafkaSettings())
        teller = Teller(mongo, publisher)
        teller.partitions = 1

        async def nothing(_partitions: list[int]) -> None:
            """Publish nothing: what is told lies in the outbox."""

        relaying = Relaying(mongo, "reports", nothing)
        commands = Commands(mongo, teller, relaying, Statements(mongo, publisher, "x"))
        stores = OpeningStores(OpeningStore(mongo), CampaignStore(mongo), DayStore(mongo), commands)
        figures, alerts = Figures("http://away.test", 1), Alerts("http://away.test", 1)
        figures.client, alerts.client = analysis.client(), analysis.client()
        return cls(mongo, Opener(stores, figures, alerts, "k" * 16))


@dataclass
class Place:
    """A database for the processes of a test."""

    settings: MongoSettings
    name: str
    outside: Mongo

    async def plan(self) -> None:
        """Let a campaign wait to be opened."""
        await empty(self.outside)
        campaign = Campaign(
            "340700",
            "2026-07",
            "上半年监控",
            2026,
            dt.date(2026, 1, 1),
            JUNE,
            default_dues(JUNE),
            "bureau",
            (),
            Scope(),
            state=CampaignState.OPENING,
            opened_on=JUNE,
        )
        await self.outside.db["campaigns"].insert_one(campaign_document(campaign))
        began = opening_document(Opening(KEY, 1, ("340700",)))
        await self.outside.db["openings"].insert_one(began)

    async def open(self, analysis: Analysis, crash: Crash) -> None:
        """Have a process open what waits."""
        mongo = mortal_mongo(self.settings, self.name, crash)
        try:
            process = await Process.start(mongo, analysis)
            await process.opener.open_waiting()
        except CrashError:
            assert crash.dead
        finally:
            bury(mongo)

    async def left(self) -> dict[str, list[str]]:
        """Give all that was made, without what is only about when and by whom."""
        found = await contents(self.outside, _without_times)
        return {name: made for name, made in found.items() if name != "session_holders"}


def _without_times(_name: str, document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {name: value for name, value in document.items() if name not in {*TIMED, "records"}}


@pytest.fixture
async def place(shared_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    """A database; each look at the clock is a minute later, so that no lease is waited for."""
    minutes = count(1)
    monkeypatch.setattr(clock, "now_ms", lambda: next(minutes) * 60_000)
    monkeypatch.setattr(opening, "PAGE", PAGE)
    settings = MongoSettings(url=shared_stack.endpoints().mongo)
    name = f"opening_{secrets.token_hex(4)}"
    outside = Mongo(settings, name)
    await outside.create({**INDEXES, **Fence.INDEXES})
    yield Place(settings, name, outside)
    await outside.client.drop_database(name)
    outside.close()


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.long)])
async def test_killed_at_a_write_another_process_goes_on(place: Place, step: int) -> None:
    """Nothing twice, nothing left out, opened once: at every fourth write, and at every one."""
    undisturbed = Crash()
    await place.plan()
    await place.open(Analysis(), undisturbed)
    expected = await place.left()
    opened = await place.outside.db["campaigns"].find_one({"_id": KEY})
    assert opened is not None
    assert (opened["state"], opened["forms"], opened["reports"]) == ("open", PROJECTS, 2)
    assert opened["packs"] == ["city 6"]
    assert len(expected["papers"]) == PROJECTS + 2
    assert len(expected["figures"]) == len(expected["asked"]) == PROJECTS
    assert len(expected["feed"]) == 1

    for number in range(1, len(undisturbed.writes) + 1, step):
        await place.plan()
        crash = Crash(number)
        await place.open(Analysis(), crash)
        await place.open(Analysis(), Crash())
        assert await place.left() == expected, str(crash)


async def test_analysis_away_is_waited_for_and_told(place: Place) -> None:
    """The campaign stays `opening` and says why; then it goes on at the same cut."""
    await place.plan()
    analysis = Analysis(away=1)
    mongo = Mongo(place.settings, place.name)
    process = await Process.start(mongo, analysis)
    openings = OpeningStore(mongo)
    first = await openings.claim(clock.now_ms())
    assert first is not None
    await process.opener._go_on(first)
    waiting = await openings.opening(KEY)
    assert waiting is not None
    assert "analysis_unreachable" in str(waiting.hindrance)
    await process.opener.open_waiting()
    done = await openings.opening(KEY)
    assert done is not None
    assert (done.done, done.hindrance, done.cut) == (True, None, "5-5")
    mongo.close()


@pytest.mark.long
async def test_ten_thousand_projects_are_opened_in_bounded_memory(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page: what is held does not grow with the city."""
    monkeypatch.setattr(opening, "PAGE", 50)
    analysis = Analysis(projects=10_000)
    await place.plan()
    mongo = Mongo(place.settings, place.name)
    process = await Process.start(mongo, analysis)
    tracemalloc.start()
    await process.opener.open_waiting()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    opened = await CampaignStore(mongo).campaign(KEY)
    mongo.close()

    assert opened is not None
    assert opened.forms == 10_000
    assert analysis.limits == {50}
    assert peak < 64_000_000
