"""Opening a campaign: what was named and has no form is told."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from services.reporting.assembly.opening import Opener
from services.reporting.domain.campaign import Campaign, CampaignState, Scope, ScopeKind
from services.reporting.store import opening
from services.reporting.store.commanding import Plan
from services.reporting.store.opening import Opening
from tests.unit.reporting.filings import CAMPAIGN

NAMED = replace(
    CAMPAIGN,
    state=CampaignState.OPENING,
    scope=Scope(ScopeKind.PROJECTS, projects=("P1", f"{CAMPAIGN.jurisdiction}/P2", "P3", "P9/9")),
)


class World:
    """Everything was asked; P1 and P2 have forms."""

    def __init__(self, campaign: Campaign) -> None:
        """Begin to open it."""
        self.kept = campaign
        self.found = Opening(campaign.key, 1, (campaign.jurisdiction,), at=1, cut="1", forms=2)
        self.plans: list[Plan] = []
        self.made = {f"{campaign.key}/form/P{number}" for number in (1, 2)}
        self.claimed = False

    async def claim(self, _now: int) -> Opening | None:
        """Give the opening once."""
        first, self.claimed = not self.claimed, True
        return self.found if first else None

    async def campaign(self, _key: str) -> Campaign:
        """Give the campaign."""
        return self.kept

    async def departments(self, *_: str) -> list[str]:
        """Name those with forms."""
        return ["D1"]

    async def new(self, papers: Iterable[str]) -> set[str]:
        """Tell which are not there."""
        return set(papers) - self.made

    async def today(self, _jurisdiction: str) -> dt.date:
        """Tell the day."""
        return CAMPAIGN.cut_off

    async def packs(self, *_: Any) -> tuple[str, ...]:
        """Name no packs."""
        return ()

    async def do(self, plan: Plan) -> None:
        """Keep what is to be written."""
        self.plans.append(plan)


async def opened(campaign: Campaign) -> Any:
    """Open a campaign to its end; give what is kept of the opening."""
    world: Any = World(campaign)
    stores: Any = SimpleNamespace(openings=world, campaigns=world, days=world, commands=world)
    await Opener(stores, world, world, "k" * 16).open_waiting()
    (plan,) = world.plans
    (kept,) = (one.document for one in plan.writes if one.collection == opening.COLLECTION)
    return kept


async def test_projects_that_were_named_and_have_no_form_are_told() -> None:
    """Misspelt, of another place or with nothing in the year: nobody waits for their forms."""
    kept = await opened(NAMED)

    assert kept["unknown"] == ["P3", "P9/9"]
    assert kept["done"]


async def test_a_campaign_that_names_none_misses_none() -> None:
    """It asks for whatever there is."""
    kept = await opened(replace(NAMED, scope=Scope()))

    assert kept["unknown"] == []
