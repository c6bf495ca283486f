"""What reporting keeps of its topics, through the real broker and store."""

import datetime as dt
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from contracts.codec import encode, new_event
from contracts.envelope import AnyEvent
from contracts.events.alerts import AlertCleared, AlertFact, AlertMeasurePlanned, AlertRaised
from contracts.record import MARK_HEADER, Mark
from services.chassis.health import Health
from services.chassis.kafka import SupervisedBroker
from services.chassis.mongo import Mongo, Progress
from services.chassis.publisher import OutRecord, Publisher, ensure_topics
from services.chassis.settings import KafkaSettings
from services.reporting.handlers.keeping import NAMES_TYPES, Keep, Keeper
from services.reporting.store.names import MongoReportStore
from tests.support import builders
from tests.support.eventually import eventually_async

pytestmark = pytest.mark.integration

JUNE = dt.date(2026, 6, 30)
NOON = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)


def _record(position: int, event: AnyEvent) -> OutRecord:
    mark = Mark(position, 0, 0, position, event.type)
    return (event.subject.encode(), encode(event), [(MARK_HEADER, mark.to_bytes())])


def _alert(
    kind: type[AlertFact],
    cursor: int,
    severity: str = "red",
    day: dt.date = JUNE,
    more: Mapping[str, object] | None = None,
) -> AnyEvent:
    data = kind.model_validate(
        {
            "date": day,
            "alert": "a1",
            "rule": "over_budget",
            "pack": "city",
            "pack_version": "1",
            "scope": "project",
            "scope_subject": builders.PROJECT,
            "fiscal_year": 2026,
            "severity": severity,
            "aspect": "compliance",
            "article": "第十条",
            "title_zh": "超预算开支",
            "title_en": "Spending over budget",
            "department": "D1",
            "cursor": cursor,
            **(more or {}),
        }
    )
    return new_event(data, event_id=f"a-{cursor}", source="t", subject=builders.PROJECT, time=NOON)


@asynccontextmanager
async def _keeping(
    kafka: KafkaSettings,
    mongo: Mongo,
    topic: str,
    keep: Keep,
    types: frozenset[str] | None = None,
) -> AsyncIterator[Progress]:
    progress = Progress(mongo, "reporting.test", topic)
    progress.partitions = 1
    broker = SupervisedBroker(kafka, Health())
    broker.subscribe(topic, f"group-{topic}", Keeper(progress, types, keep))
    broker.start()
    yield progress
    await broker.stop()


async def _reach(progress: Progress, position: int) -> None:
    async def there() -> bool:
        return await progress.positions(1) == [position]

    await eventually_async(there)


async def test_an_alert_is_kept_in_its_last_state(
    kafka: KafkaSettings, mongo: Mongo, publisher: Publisher
) -> None:
    """Raised, sent twice, then cleared: the form shows it while it is open."""
    topic, store = f"alerts-{secrets.token_hex(4)}", MongoReportStore(mongo)
    await ensure_topics(kafka, {topic: {}}, 1)
    raised = _record(1, _alert(AlertRaised, 1))
    await publisher.publish(topic, 0, [raised, raised])
    async with _keeping(kafka, mongo, topic, store.keep_alerts) as progress:
        await _reach(progress, 1)
        (kept,) = await store.alerts_of(builders.PROJECT, 2026, JUNE)
        counted = await store.open_alerts_by_rule(builders.JURISDICTION, "D1", 2026)
        await publisher.publish(topic, 0, [_record(2, _alert(AlertCleared, 2))])
        await _reach(progress, 2)

    assert (kept.alert_id, kept.severity, kept.rule_id) == ("a1", "red", "over_budget")
    assert counted == {"over_budget": 1}
    assert await store.alerts_of(builders.PROJECT, 2026, JUNE) == []


async def test_an_alert_that_is_worked_on_later_stays_on_the_form(
    kafka: KafkaSettings, mongo: Mongo, publisher: Publisher
) -> None:
    """Raised on 10 June, a measure planned on 10 July: a form as of 30 June shows both."""
    topic, store = f"alerts-{secrets.token_hex(4)}", MongoReportStore(mongo)
    await ensure_topics(kafka, {topic: {}}, 1)
    raised_on, planned_on = dt.date(2026, 6, 10), dt.date(2026, 7, 10)
    plan = {"measure": "1", "text": "重新核定预算", "owner": "U1", "due": "2026-08-31"}
    step = {"version": 2, "state": "open", "by": "li", "detail": plan}
    told = [
        _record(1, _alert(AlertRaised, 1, day=raised_on)),
        _record(2, _alert(AlertMeasurePlanned, 2, day=planned_on, more=step)),
    ]
    await publisher.publish(topic, 0, told)
    async with _keeping(kafka, mongo, topic, store.keep_alerts) as progress:
        await _reach(progress, 2)

    (kept,) = await store.alerts_of(builders.PROJECT, 2026, JUNE)
    assert (kept.as_of, kept.measures) == (
        raised_on,
        ("重新核定预算(期限2026-08-31,尚未落实)",),
    )
    assert await store.alerts_of(builders.PROJECT, 2026, dt.date(2026, 6, 9)) == []


async def test_a_missing_position_is_waited_for(
    kafka: KafkaSettings, mongo: Mongo, publisher: Publisher
) -> None:
    """Nothing after the gap counts before the gap is filled; then all of it does."""
    topic, store = f"alerts-{secrets.token_hex(4)}", MongoReportStore(mongo)
    await ensure_topics(kafka, {topic: {}}, 1)
    first, second = _record(1, _alert(AlertRaised, 1)), _record(2, _alert(AlertCleared, 2))
    third = _record(3, _alert(AlertRaised, 3, "yellow"))
    await publisher.publish(topic, 0, [first, third])
    async with _keeping(kafka, mongo, topic, store.keep_alerts) as progress:
        await _reach(progress, 1)
        await publisher.publish(topic, 0, [second, third])
        await _reach(progress, 3)

    (kept,) = await store.alerts_of(builders.PROJECT, 2026, JUNE)
    assert kept.severity == "yellow"


async def test_a_record_that_is_not_ours_stops_nothing(
    kafka: KafkaSettings, mongo: Mongo, publisher: Publisher
) -> None:
    """Whoever may write to the topic: what carries no mark is passed over."""
    topic, store = f"alerts-{secrets.token_hex(4)}", MongoReportStore(mongo)
    await ensure_topics(kafka, {topic: {}}, 1)
    foreign: OutRecord = (None, b"{", [])
    garbled: OutRecord = (b"k", b"{", [(MARK_HEADER, b"no mark")])
    await publisher.publish(topic, 0, [foreign, garbled, _record(1, _alert(AlertRaised, 1))])
    async with _keeping(kafka, mongo, topic, store.keep_alerts) as progress:
        await _reach(progress, 1)

    assert len(await store.alerts_of(builders.PROJECT, 2026, JUNE)) == 1


async def test_names_are_kept_and_assessments_passed_over(
    kafka: KafkaSettings, mongo: Mongo, publisher: Publisher
) -> None:
    """Forwarded jurisdiction facts name organisations; other records only move the position."""
    topic, store = f"assessments-{secrets.token_hex(4)}", MongoReportStore(mongo)
    await ensure_topics(kafka, {topic: {}}, 1)
    opaque: OutRecord = (
        b"k",
        b"not looked into",
        [(MARK_HEADER, Mark(2, 0, 0, 2, "dualwatch.assessment.made.v4").to_bytes())],
    )
    named = _record(1, builders.organisation("D1", name="水务局"))
    renamed = _record(3, builders.organisation("D1", name="水利局"))
    await publisher.publish(topic, 0, [named, opaque, renamed])
    async with _keeping(kafka, mongo, topic, store.keep_names, NAMES_TYPES) as progress:
        await _reach(progress, 3)

    assert (await store.names(builders.JURISDICTION)).of("D1") == "水利局"
