"""The topic `quarantine` in, alerts out, on the real Kafka and MongoDB."""

from typing import Any

import pytest

from contracts.codec import encode
from contracts.envelope import AnyEvent
from contracts.events.quarantine import QuarantineReleased, RefusalKind
from contracts.record import MARK_HEADER, Mark
from contracts.topics import QUARANTINE, partition_of
from deploy.local.stack import Stack
from services.chassis.publisher import Publisher
from tests.integration.alerts.running import PARTITIONS, Alerts, Analysis, running, settings_of
from tests.integration.alerts.test_rules import published
from tests.support.eventually import eventually_async
from tests.unit.alerts.builders import assessment, finding, kept

pytestmark = pytest.mark.integration

PROJECT = "J775/P-1"
FIRST_POSITION = 41
"""The topic forgets: what it still has does not begin with 1."""


class Told:
    """Writes the topic as intake does."""

    def __init__(
        self, publisher: Publisher, project: str = PROJECT, position: int = FIRST_POSITION
    ) -> None:
        self._publisher = publisher
        self._partition = partition_of(project, PARTITIONS)
        self._position = position - 1

    async def say(self, *events: AnyEvent) -> None:
        """Publish changes of entries, numbered on."""
        for event in events:
            self._position += 1
            mark = Mark(self._position, 0, 1_782_900_000_000, 1, event.type)
            record = (event.subject.encode(), encode(event), [(MARK_HEADER, mark.to_bytes())])
            await self._publisher.publish(QUARANTINE.name, self._partition, [record])


async def _open(alerts: Alerts, count: int, code: str = "J775") -> list[dict[str, Any]]:
    async def as_many() -> list[dict[str, Any]]:
        found = await alerts.get("/v1/alerts", jurisdiction=code, state="open")
        assert count == len(found["items"])
        return list(found["items"])

    return await eventually_async(as_many)


async def test_what_is_kept_apart_is_an_alert_until_it_is_settled(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Over a restart, beside the project's own alerts, which do not touch it."""
    about: dict[str, Any] = {"about": PROJECT, "jurisdiction": "J775"}
    publisher = Publisher(settings_of(shared_stack).kafka)
    told = Told(publisher)
    async with running(shared_stack) as alerts:
        await told.say(
            kept("a" * 32, **about),
            kept("b" * 32, **about),
            kept("c" * 32, reason=RefusalKind.DOCUMENT_REPEATED, **about),
        )
        raised = await _open(alerts, 2)
    async with running(shared_stack) as alerts:
        over = assessment(project=PROJECT, findings=(finding(),))
        await alerts.passed(await analysis.say(over))
        await _open(alerts, 3)
        await told.say(
            kept("a" * 32, 2, kind=QuarantineReleased, **about),
            kept("c" * 32, 2, RefusalKind.DOCUMENT_REPEATED, QuarantineReleased, **about),
        )
        left = await _open(alerts, 2)
        await told.say(kept("b" * 32, 2, kind=QuarantineReleased, **about))
        [own] = await _open(alerts, 1)
        feed = await alerts.feed("J775")
    await publisher.close()

    assert {"fact_in_conflict", "document_repeated"} == {item["rule_id"] for item in raised}
    assert {"fact_in_conflict", "over_budget"} == {item["rule_id"] for item in left}
    assert "over_budget" == own["rule_id"]
    assert [1, 2, 3, 4, 5] == [item["cursor"] for item in feed]
    assert all("/" in item["title"] for item in feed)


PACK = """\
id: strict
version: "1"
effective_from: "2026-01-01"
title_zh: 部门规则
title_en: A department's rules
extends: quarantine
overrides:
  - rule: fact_in_conflict
    parameters: {red_from: 1}
"""


STRICT, LAX = "J776/P-2", "J776/P-4"
"""Projects of a department with rules of its own and of one without, on partitions of their own:
what is kept apart is numbered partition by partition."""


async def test_a_departments_layer_judges_what_is_kept_apart_of_its_projects(
    shared_stack: Stack, analysis: Analysis
) -> None:
    """Stricter for its own alone (Art. 17); who sees the alert stays as it was."""
    publisher = Publisher(settings_of(shared_stack).kafka)
    async with running(shared_stack) as alerts:
        pack = published(PACK, "J776", pack="strict", organisation="D-1")
        await alerts.passed(await analysis.say_everywhere(pack))
        cut = await analysis.say(
            assessment(project=STRICT, department="D-1"),
            assessment(project=LAX, department="D-2"),
        )
        await alerts.passed(cut)
        for entry, project in (("1" * 32, STRICT), ("2" * 32, LAX)):
            await Told(publisher, project).say(kept(entry, about=project, jurisdiction="J776"))
        raised = await _open(alerts, 2, "J776")
    await publisher.close()

    assert 3 == len({partition_of(project, PARTITIONS) for project in (PROJECT, STRICT, LAX)})
    assert {(STRICT, "red", "strict"), (LAX, "yellow", "quarantine")} == {
        (item["project_id"], item["severity"], item["pack"]) for item in raised
    }
    assert {None} == {item["department"] for item in raised}
