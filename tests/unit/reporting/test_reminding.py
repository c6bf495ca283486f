"""Reminding: a campaign's first day is a day like all others."""

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from contracts.vocabulary import Dueness, PaperKind
from services.reporting.assembly.reminding import Reminder
from services.reporting.domain.campaign import Campaign
from services.reporting.domain.campaign_events import Because
from services.reporting.domain.reminding import Owing, Reminded, reminded_told, urged_told
from services.reporting.store.commanding import Plan
from services.reporting.store.reminding import PROGRESS, Reminding
from tests.unit.reporting.filings import CAMPAIGN

DUE = CAMPAIGN.dues.unit
NOON = dt.datetime(2026, 7, 20, 12, tzinfo=dt.UTC)


class World:
    """Stores in memory: one unit owes a form."""

    def __init__(self, today: dt.date) -> None:
        self.today = today
        self.progress: Reminding | None = None
        self.told: list[str] = []
        reminding = SimpleNamespace(
            reminding=self._progress, reminded=self._nobody, steps=self._no_steps
        )
        parts: Any = SimpleNamespace(
            reminding=reminding,
            boards=SimpleNamespace(owing=self._owing),
            days=SimpleNamespace(today=self._today),
            commands=SimpleNamespace(do=self._do),
        )
        self.reminder = Reminder(parts)

    async def _progress(self, _campaign: Campaign) -> Reminding | None:
        return self.progress

    async def _nobody(self, *_: Any) -> dict[str, Any]:
        return {}

    async def _no_steps(self, _campaign: Campaign, after: int) -> tuple[int, set[str]]:
        return after, set()

    async def _owing(self, _campaign: Campaign, kinds: Any, **_: Any) -> list[Owing]:
        return [Owing("A", kind, 1, 1) for kind in kinds if kind is PaperKind.FORM]

    async def _today(self, _jurisdiction: str) -> dt.date:
        return self.today

    async def _do(self, plan: Plan) -> None:
        for write in plan.writes:
            if write.collection == PROGRESS:
                kept = dict(write.document)
                dates = {name: kept.pop(name) for name in ("day", "going_to")}
                days: dict[str, Any] = {
                    name: day and dt.date.fromisoformat(day) for name, day in dates.items()
                }
                self.progress = Reminding(key=kept.pop("_id"), **kept, **days)
        self.told += [told.event_id for told in plan.told]


@pytest.mark.parametrize(("days_before", "reminders"), [(14, 1), (13, 0), (0, 1)])
async def test_a_campaign_opened_on_a_marked_day_reminds_on_it(
    days_before: int, reminders: int
) -> None:
    """Once, however often it is looked at."""
    opened = DUE - dt.timedelta(days=days_before)
    world = World(opened)
    campaign = replace(CAMPAIGN, opened_on=opened)
    for _ in range(3):
        await world.reminder._look(campaign)

    assert reminders == len(world.told)
    assert world.progress is not None
    assert opened == world.progress.day


def test_a_due_date_that_is_moved_twice_on_a_day_is_told_twice() -> None:
    """Whoever reads events by their ids learns of the last one; an urging is one event a day."""
    because = Because("reminding", DUE, NOON)
    owing = Owing("A", PaperKind.FORM, 1, 1)
    first = replace(CAMPAIGN, dues=replace(CAMPAIGN.dues, unit=dt.date(2026, 8, 1)), version=4)
    second = replace(CAMPAIGN, version=5)

    again = [reminded_told(one, owing, because, None) for one in (first, second, second)]
    assert 2 == len({told.event_id for told in again})
    urged = [urged_told(one, owing, "", because).event_id for one in (first, second)]
    assert 1 == len(set(urged))


def test_papers_that_are_all_in_twice_on_a_day_are_told_twice() -> None:
    """Given back and urged in between: whoever reads by ids would take them for owed for ever."""
    because, owing = Because("reminding", DUE, NOON), Owing("A", PaperKind.FORM, 0, 1)
    first, second = (Reminded(Dueness.COMING, DUE, version) for version in (1, 3))

    again = [reminded_told(CAMPAIGN, owing, because, last) for last in (first, second, second)]
    assert 2 == len({told.event_id for told in again})
