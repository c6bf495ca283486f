"""Urging 催办: whoever is urged is told when all is in, reminded before or not."""

import asyncio
import datetime as dt
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Final

from contracts.vocabulary import Dueness, PaperKind
from services.chassis.identity import Principal
from services.reporting.api.boards import BoardDesk, UrgeForm
from services.reporting.domain.campaign import CampaignState
from services.reporting.domain.reminding import Owing, Reminded, to_tell
from services.reporting.store.boards import Urged
from services.reporting.store.commanding import Plan
from services.reporting.store.reminding import REMINDED
from tests.unit.reporting.test_campaign import campaign

DAY: Final = dt.date(2026, 7, 1)
OPEN: Final = campaign(state=CampaignState.OPEN)
OWING: Final = tuple(Owing(code, PaperKind.FORM, 2, 3) for code in ("A", "B", "C"))


class World:
    """Stores in memory: B was reminded, and all of it was in once; C was urged today."""

    async def visible(self, *_: Any) -> Any:
        """Find the campaign."""
        return OPEN

    async def today(self, _: str) -> dt.date:
        """Tell the day."""
        return DAY

    async def owing(self, *_: Any, **__: Any) -> list[Owing]:
        """Tell what is missing."""
        return list(OWING)

    async def urged(self, *_: Any) -> list[Urged]:
        """Tell who was urged."""
        return [Urged("C", PaperKind.FORM, DAY, 1, 1)]

    async def reminded(self, *_: Any) -> dict[str, Reminded]:
        """Tell who was reminded."""
        return {"B": Reminded(Dueness.DONE, OPEN.dues.unit, 4)}


def test_who_is_urged_is_remembered_as_reminded() -> None:
    """An urging alone raises an alert; without this nothing would ever clear it."""
    world: Any = World()
    asking: Any = SimpleNamespace(spec=Principal, id="bureau", narrow=False)
    desk = BoardDesk(world, world, world, world)
    plan: Plan = asyncio.run(desk.urge(asking, OPEN.key, UrgeForm(kind=PaperKind.FORM)))
    kept = {
        write.document["organisation"]: (write.document["dueness"], write.version)
        for write in plan.writes
        if write.collection == REMINDED
    }

    assert kept == {"A": ("coming", None), "B": ("coming", 4)}
    assert len(plan.told) == 2
    before = Reminded(Dueness.COMING, OPEN.dues.unit, 1)
    handed_in = replace(OWING[0], missing=0)
    assert to_tell(handed_in, before, OPEN.dues.unit, marked=False, ended=False)
