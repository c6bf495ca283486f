"""The topic `reports` in, alerts about papers out, on the real Kafka and MongoDB."""

import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.codec import encode, new_event
from contracts.envelope import AnyEvent
from contracts.record import MARK_HEADER, Mark
from contracts.topics import REPORTS, partition_of
from deploy.local.stack import Stack
from services.chassis.publisher import Publisher
from tests.integration.alerts.running import PARTITIONS, Alerts, Analysis, running, settings_of
from tests.integration.alerts.test_rules import published
from tests.integration.alerts.timing import assessed, steps, told_once
from tests.support.eventually import eventually_async
from tests.unit.alerts.builders import NOTED, reminded

pytestmark = pytest.mark.integration

OFF = """\
id: quiet
version: "1"
effective_from: "2026-01-01"
title_zh: 不提醒
title_en: No reminders
extends: reporting
overrides:
  - rule: forms_due
    enabled: false
    reason: Units are called.
"""
MONDAY, TUESDAY = dt.date(2026, 7, 6), dt.date(2026, 7, 7)
"""The first is a fortnight before forms are due."""


POSITIONS: Counter[int] = Counter()
"""Last position of each partition of `reports`, all through the folder."""


class Reporting:
    """Writes the topic `reports` as reporting does: numbered without gaps per partition."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def remind(self, jurisdiction: str, days_left: int, **changes: Any) -> None:
        """Say how a unit's forms stand, so many days before they are due."""
        data = reminded(days_left=days_left, **changes).data
        name = f"{jurisdiction}.{data.campaign}.{days_left}"
        event: AnyEvent = new_event(
            data, event_id=name, source="dualwatch:reporting", subject=jurisdiction, time=NOTED
        )
        partition = partition_of(jurisdiction, PARTITIONS)
        POSITIONS[partition] += 1
        mark = Mark(POSITIONS[partition], 1, 1_782_900_000_000, 0, event.type)
        record = (jurisdiction.encode(), encode(event), [(MARK_HEADER, mark.to_bytes())])
        await self._publisher.publish(REPORTS.name, partition, [record])


@pytest.fixture
async def reporting(shared_stack: Stack) -> AsyncIterator[Reporting]:
    """Stand in for reporting."""
    publisher = Publisher(settings_of(shared_stack).kafka)
    yield Reporting(publisher)
    await publisher.close()


async def _as_many(alerts: Alerts, jurisdiction: str, state: str, count: int) -> None:
    async def found() -> bool:
        items = (await alerts.get("/v1/alerts", jurisdiction=jurisdiction, state=state))["items"]
        return count == len(items)

    await eventually_async(found)


async def test_an_alert_whose_rule_is_switched_off_ends_with_the_next_reminder(
    shared_stack: Stack, analysis: Analysis, reporting: Reporting
) -> None:
    """Over a restart, by whichever of two instances judges it: each knows what was published.

    A rule that only a published pack states is in force at a start as well.
    """
    code = "papers-off"
    more = OFF.replace("quiet", "more").split("overrides:", maxsplit=1)[0] + MORE
    async with running(shared_stack) as alerts:
        cut = await analysis.say_everywhere(published(more, code, pack="more"))
        await alerts.passed(cut)
        await reporting.remind(code, 14)
        await _as_many(alerts, code, "open", 2)
        cut = await analysis.say_everywhere(published(OFF, code, pack="quiet"))
        await alerts.passed(cut)
    async with running(shared_stack) as one, running(shared_stack) as two:
        await reporting.remind(code, 7)
        await _as_many(one, code, "closed", 1)
        await _as_many(two, code, "open", 1)
        feed = await told_once(one, code)

    told = [(item["type"].split(".")[2], item["data"]["rule"]) for item in feed]
    assert sorted(told[:2]) == [("raised", "forms_due"), ("raised", "more_due")]
    assert sorted(told[2:]) == [("closed", "forms_due"), ("updated", "more_due")]


MORE = """\
rules:
  - id: more_due
    title_zh: 另行提醒
    title_en: Reminded besides
    article: "12"
    aspect: timeliness
    scope: papers
    basis: Reminded as long as something is missing.
    when: papers.missing > 0
    severity: yellow
    shows: [papers.missing, papers.days_left]
    tests:
      - {name: missing, given: {papers.missing: 1}, expect: yellow}
      - {name: all in, given: {papers.missing: 0}, expect: silent}
"""


async def test_an_alert_whose_rule_is_in_force_no_more_ends_with_the_next_day(
    shared_stack: Stack, analysis: Analysis, reporting: Reporting
) -> None:
    """Of a campaign that is over nobody is reminded any more.

    And after a start, where its rule has left the packs that are shipped: nobody publishes that.
    """
    off, left = "papers-day", "papers-left"
    async with running(shared_stack) as alerts:
        for code in (off, left):
            await reporting.remind(code, 14)
            await _as_many(alerts, code, "open", 1)
            await alerts.passed(await assessed(analysis, code, MONDAY))
        kept = alerts.service.mongo.db["alerts"]
        asleep = {"jurisdiction": left, "wake": None}
        gone: Any = await kept.update_one(asleep, {"$set": {"rule": "gone_due"}})
        await analysis.say_everywhere(published(OFF, off, pack="quiet"))
        await alerts.passed(await assessed(analysis, off, TUESDAY))
        first = await told_once(alerts, off)
    async with running(shared_stack) as alerts:
        await alerts.passed(await assessed(analysis, left, TUESDAY))
        second = await told_once(alerts, left)

    assert gone.matched_count == 1
    expected = [("raised", str(MONDAY)), ("closed", str(TUESDAY))]
    assert expected == steps(first) == steps(second)
