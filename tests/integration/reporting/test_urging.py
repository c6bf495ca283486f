"""Urging 催办 thousands at once on the real MongoDB: once a day each, by whoever is first."""

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

import pytest

from contracts.vocabulary import PaperKind
from services.chassis.answers import Answers
from services.chassis.identity import Principal
from services.chassis.mongo import Mongo
from services.chassis.publisher import Publisher
from services.chassis.relaying import Relaying
from services.chassis.statements import Statements
from services.reporting.api.boards import URGED_MAX, BoardDesk, UrgeForm
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.reminding import Owing
from services.reporting.store import boards, reminding, telling
from services.reporting.store.boards import BoardStore
from services.reporting.store.commanding import Commands
from services.reporting.store.reminding import RemindingStore
from services.reporting.store.telling import Teller
from tests.unit.reporting.test_urging import OPEN, World

pytestmark = pytest.mark.integration

OWING: Final = tuple([Owing(f"U-{n:04}", PaperKind.FORM, 1, 2) for n in range(URGED_MAX)])
FORM: Final = UrgeForm(kind=PaperKind.FORM, note="请尽快报送" * 20)


class Campaigns(World):
    """Any campaign that is asked for is open."""

    async def visible(self, *asked: Any) -> Campaign:
        """Find the campaign."""
        return replace(OPEN, id=asked[-1].partition("/")[2])


class Boards(BoardStore):
    """Everybody owes a paper in every campaign."""

    async def owing(self, *_: Any, **__: Any) -> list[Owing]:
        """Tell what is missing."""
        return list(OWING)


class Instance:
    """What of a process of reporting urges."""

    def __init__(self, mongo: Mongo, publisher: Publisher) -> None:
        teller = Teller(mongo, publisher)
        teller.partitions = 1

        async def nothing(_partitions: list[int]) -> None:
            """Publish nothing: what is told lies in the outbox."""

        relaying = Relaying(mongo, "reports", nothing)
        self.commands = Commands(mongo, teller, relaying, Statements(mongo, publisher, "x"))
        world: Any = Campaigns()
        self.desk = BoardDesk(world, Boards(mongo), world, RemindingStore(mongo), "0.1")

    async def urge(self, campaign: str) -> dict[str, Any]:
        """Press the button of a campaign; give the answer."""
        asking: Any = SimpleNamespace(spec=Principal, id="bureau", narrow=False)
        answer = await self.commands.carry_out(
            campaign, b"urge", lambda: self.desk.urge(asking, campaign, FORM)
        )
        found: dict[str, Any] = json.loads(answer.body)
        return found


async def test_of_two_who_urge_thousands_at_once_one_is_first(
    mongo: Mongo, publisher: Publisher
) -> None:
    """Each is urged once, by one of them; the other is told for what. Repeated, it is the same."""
    await mongo.create(
        {**boards.INDEXES, **reminding.INDEXES, **telling.INDEXES, **Answers.INDEXES}
    )
    instances = [Instance(mongo, publisher), Instance(mongo, publisher)]
    keys = [f"{OPEN.jurisdiction}/{name}" for name in ("one", "two")]
    answers = await asyncio.gather(
        *(each.urge(key) for each, key in zip(instances, keys, strict=True))
    )
    again = [await each.urge(key) for each, key in zip(instances, keys, strict=True)]
    urged = sorted(len(answer["urged"]) for answer in answers)
    (first,) = {answer["campaign"] for answer in answers if answer["urged"]}
    (later,) = (answer for answer in answers if not answer["urged"])

    assert (urged, again) == ([0, URGED_MAX], list(answers))
    assert {one["organisation"] for one in later["not_urged"]} == {
        one.organisation for one in OWING
    }
    assert [{"campaign": first, "kind": "form"}] == [
        json.loads(one) for one in {json.dumps(left["urged_for"]) for left in later["not_urged"]}
    ]
    counted = {
        name: await mongo.db[name].count_documents({})
        for name in (boards.URGED_LAST, boards.URGINGS, reminding.REMINDED, "feed")
    }
    assert set(counted.values()) == {URGED_MAX}
