"""Days, calendars and jurisdictions as intake and analysis hand them to alerts."""

import datetime as dt
from typing import Any

from contracts.codec import new_event
from contracts.envelope import AnyEvent
from contracts.events.analysis import DayAssessed
from contracts.events.intake import DayOpened
from contracts.record import format_cut
from tests.integration.alerts.running import PARTITIONS, Alerts, Analysis
from tests.unit.alerts.builders import NOTED


def opened(jurisdiction: str, day: dt.date, *, working: bool = True) -> AnyEvent:
    """Open a day."""
    return new_event(
        DayOpened(date=day, working_day=working),
        event_id=f"{jurisdiction}.{day}",
        source="dualwatch:intake",
        subject=jurisdiction,
        time=NOTED,
    )


def swept(jurisdiction: str, day: dt.date, partition: int, *, working: bool = True) -> AnyEvent:
    """Say that a partition has assessed a day."""
    return new_event(
        DayAssessed(date=day, partition=partition, working_day=working, projects=0),
        event_id=f"{jurisdiction}.{day}.{partition}",
        source="dualwatch:analysis",
        subject=jurisdiction,
        time=NOTED,
    )


async def everywhere(analysis: Analysis, *events: AnyEvent) -> None:
    """Hand facts to every partition, as copies."""
    for partition in range(PARTITIONS):
        for event in events:
            await analysis.put(partition, analysis.number(partition, event))


async def assessed(
    analysis: Analysis,
    jurisdiction: str,
    day: dt.date,
    *assessments: AnyEvent,
    working: bool = True,
) -> str:
    """Open a day, assess projects, end the day on every partition; return the cut."""
    await everywhere(analysis, opened(jurisdiction, day, working=working))
    await analysis.say(*assessments)
    for partition in range(PARTITIONS):
        event = swept(jurisdiction, day, partition, working=working)
        await analysis.put(partition, analysis.number(partition, event))
    return format_cut(analysis.positions)


def days_from(first: dt.date, count: int) -> list[dt.date]:
    """Return days, one after the other."""
    return [first + dt.timedelta(days=number) for number in range(count)]


def steps(feed: list[dict[str, Any]], *kinds: str) -> list[tuple[str, str]]:
    """Return kind and date of a feed's entries, of some kinds."""
    found = [(item["type"].split(".")[2], item["data"]["date"]) for item in feed]
    return [item for item in found if not kinds or item[0] in kinds]


async def told_once(alerts: Alerts, jurisdiction: str) -> list[dict[str, Any]]:
    """Read a feed, and see that every change of every alert is told exactly once, in order."""
    feed = await alerts.feed(jurisdiction)
    assert list(range(1, len(feed) + 1)) == [item["cursor"] for item in feed]
    assert len({item["id"] for item in feed}) == len(feed)
    return feed
