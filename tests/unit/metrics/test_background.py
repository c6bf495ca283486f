"""Gauges that tasks fill now and then, and what goes wrong too seldom for any other test."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition

from contracts.topics import PRINCIPALS
from contracts.vocabulary import Clock, PaperKind
from services.alerts.domain.case import Examination
from services.alerts.domain.work import StepKind
from services.alerts.handlers import days, reading
from services.alerts.store import commanding, counting
from services.alerts.store.writing import ConflictError
from services.chassis import storage, subscription
from services.chassis.health import Health
from services.chassis.identity_keys import Directory
from services.chassis.identity_topic import Following
from services.chassis.metrics import REGISTRY
from services.chassis.mongo import SupersededError
from services.chassis.settings import KafkaSettings
from services.chassis.statements import Statements
from services.intake.domain.batches import BatchKind
from services.intake.domain.days import behind
from services.intake.domain.jurisdictions import Jurisdiction
from services.intake.domain.verdicts import Verdict
from services.intake.handlers.backlog import BacklogWatch
from services.intake.handlers.balancing import Balancing
from services.intake.handlers.checkpoints import Notary
from services.intake.handlers.numbering import Numbering
from services.intake.store.desk import Backlog
from services.reporting.assembly import paper_counting
from services.reporting.assembly.counting import Counting
from services.reporting.domain.campaign import CampaignState
from services.reporting.store import commanding as reporting
from services.reporting.store.boards import MissingPapers
from tests.support.eventually import eventually_async

CITY = "340700"
TODAY = dt.date(2026, 6, 30)


class Found:
    """A collection: whatever is asked, the same rows."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = list(rows)
        self.deleted = 0

    def __getitem__(self, _name: str) -> "Found":
        return self

    @property
    def db(self) -> "Found":
        """Be the database as well."""
        return self

    async def aggregate(self, *_stages: Any, **_more: Any) -> AsyncIterator[dict[str, Any]]:
        """Give them one by one."""
        for row in self.rows:
            yield row

    def find(self, *_query: Any) -> "Found":
        """Give itself as cursor."""
        return self

    sort = limit = find

    async def to_list(self, _limit: int) -> list[dict[str, Any]]:
        """Give all."""
        return self.rows

    async def delete_many(self, _query: Any) -> None:
        """Note it."""
        self.deleted += 1

    async def command(self, _asked: dict[str, Any]) -> dict[str, float]:
        """Answer `dbStats`."""
        return {"storageSize": 4.0, "indexSize": 2.0, "fsTotalSize": 100.0, "fsUsedSize": 60.0}


def shown(name: str, **labels: str) -> float | None:
    """Read a metric."""
    return REGISTRY.get_sample_value(name, labels)


@pytest.mark.moves("dualwatch_alerts_by_state")
async def test_alerts_are_counted_by_state_and_severity() -> None:
    """What there is none of is told as zero."""
    rows = Found({"_id": {"state": "open", "severity": "red"}, "n": 3})
    await counting.Counting(rows).count()  # type: ignore[arg-type]

    assert 3 == shown("dualwatch_alerts_by_state", state="open", severity="red")
    assert 0 == shown("dualwatch_alerts_by_state", state="closed", severity="red")


@pytest.mark.moves("dualwatch_reporting_papers_by_state")
async def test_papers_are_counted_by_state() -> None:
    """Each kind by its own states."""

    async def by_state() -> dict[tuple[str, str], int]:
        return {("form", "filling"): 2}

    await paper_counting.count(SimpleNamespace(by_state=by_state))  # type: ignore[arg-type]

    assert 2 == shown("dualwatch_reporting_papers_by_state", kind="form", state="filling")


@pytest.mark.moves(
    "dualwatch_reporting_campaigns",
    "dualwatch_reporting_papers_missing",
    "dualwatch_reporting_papers_overdue",
)
async def test_campaigns_are_counted_with_what_they_lack() -> None:
    """Overdue is what was due before today."""

    async def states() -> dict[CampaignState, int]:
        return {CampaignState.OPEN: 1}

    async def open_ones() -> list[Any]:
        return [SimpleNamespace(jurisdiction=CITY)]

    async def missing(_campaign: Any) -> list[MissingPapers]:
        yesterday = TODAY - dt.timedelta(days=1)
        return [
            MissingPapers(PaperKind.FORM, yesterday, 4),
            MissingPapers(PaperKind.FORM, TODAY, 5),
        ]

    async def today(_jurisdiction: str) -> dt.date:
        return TODAY

    campaigns = SimpleNamespace(states=states, open_ones=open_ones)
    boards, opened = SimpleNamespace(missing=missing), SimpleNamespace(today=today)
    await Counting(campaigns, boards, opened).count()  # type: ignore[arg-type]

    assert 1 == shown("dualwatch_reporting_campaigns", state="open")
    assert 9 == shown("dualwatch_reporting_papers_missing", kind="form")
    assert 4 == shown("dualwatch_reporting_papers_overdue", kind="form")


@pytest.mark.moves(
    "dualwatch_intake_quarantine_open",
    "dualwatch_intake_quarantine_oldest_seconds",
    "dualwatch_intake_quarantine_resent_total",
)
async def test_orders_that_were_sent_again_are_counted() -> None:
    """And the backlog by reason."""

    async def backlog() -> dict[Verdict, Backlog]:
        return {Verdict.INVALID: Backlog(2, 1)}

    async def resend() -> int:
        return 3

    await BacklogWatch(SimpleNamespace(backlog=backlog, resend=resend)).look()  # type: ignore[arg-type]

    assert 2 == shown("dualwatch_intake_quarantine_open", reason="invalid")


async def _held() -> bool:
    return True


LEASE: Any = SimpleNamespace(take=_held)


@pytest.mark.moves("dualwatch_intake_document_numbers_behind")
async def test_how_far_document_numbers_are_behind_is_told() -> None:
    """After every step."""

    async def advance() -> int:
        return 7

    numbering = Numbering(SimpleNamespace(advance=advance), LEASE, Health())  # type: ignore[arg-type]
    running = asyncio.create_task(numbering.run())
    await eventually_async(lambda: shown("dualwatch_intake_document_numbers_behind") == 7)
    running.cancel()


@pytest.mark.moves("dualwatch_intake_adjustments_behind", "dualwatch_intake_batches_unbalanced")
async def test_batches_that_do_not_balance_are_told_by_kind() -> None:
    """And how much of the ledger is not counted yet; another process's step is waited for."""
    others = asyncio.Event()

    async def advance() -> int:
        if not others.is_set():
            others.set()
            msg = "adjustments_reached:0"
            raise SupersededError(msg)
        return 7

    async def unbalanced() -> dict[BatchKind, int]:
        return {BatchKind.VIREMENT: 2, BatchKind.DISTRIBUTED: 0}

    store = SimpleNamespace(advance=advance, unbalanced=unbalanced)
    balancing = Balancing(store, LEASE, Health())  # type: ignore[arg-type]
    running = asyncio.create_task(balancing.run())
    await asyncio.wait_for(others.wait(), 10)
    await balancing.look(counting=True)

    assert not running.done()
    running.cancel()
    assert 7 == shown("dualwatch_intake_adjustments_behind")
    told = "dualwatch_intake_batches_unbalanced"
    assert (2, 0) == (shown(told, kind="virement"), shown(told, kind="distributed"))


@pytest.mark.moves("dualwatch_intake_checkpoint_failures_total")
async def test_checkpoints_that_cannot_be_made_are_counted() -> None:
    """And tried again."""
    tried = asyncio.Event()

    async def make() -> None:
        tried.set()
        raise OSError

    notary = Notary(SimpleNamespace(make=make), LEASE, Health(), 60)  # type: ignore[arg-type]
    running = asyncio.create_task(notary.run())
    await asyncio.wait_for(tried.wait(), 10)
    await asyncio.sleep(0)
    running.cancel()


@pytest.mark.moves("dualwatch_statements_waiting")
async def test_what_waits_to_be_stated_is_told() -> None:
    """Until the broker has it."""
    sent: list[Any] = []

    async def publish(_topic: str, _partition: int, records: list[Any]) -> None:
        sent.extend(records)

    rows = Found({"_id": "1", "partition": 0, "key": b"k", "event": b"{}"})
    found = Statements(rows, SimpleNamespace(publish=publish), "publish.alerts")  # type: ignore[arg-type]

    assert (1, 1) == (await found.flush(), len(sent))


@pytest.mark.moves(
    "dualwatch_mongo_disk_size_bytes",
    "dualwatch_mongo_disk_used_bytes",
    "dualwatch_mongo_stored_bytes",
)
async def test_mongodb_says_how_full_it_is() -> None:
    """What this service keeps, and the file system below it."""
    await storage.Storage(Found()).look()  # type: ignore[arg-type]

    assert 6 == shown("dualwatch_mongo_stored_bytes")


@pytest.mark.moves("dualwatch_principals_unreadable_total")
def test_principals_that_cannot_be_read_are_counted() -> None:
    """Such a principal is let in no more."""
    following = Following(KafkaSettings(), Directory("a-key-for-tests-only"))
    record = SimpleNamespace(topic=PRINCIPALS.name, key=b"someone", value=b"{")
    following.take(record)


@pytest.mark.moves("dualwatch_consumer_lag_records", "dualwatch_oldest_unhandled_seconds")
def test_topics_that_share_a_label_are_added_up() -> None:
    """The oldest record of all of them counts."""
    found = subscription._Shown("group", 100_000)
    found.add(TopicPartition("ledger", 0), 5, 40_000)
    found.add(TopicPartition("ledger", 0), 7, 90_000)
    found.tell()
    of = {"topic": "ledger", "group": "group", "partition": "0"}

    assert 12 == shown("dualwatch_consumer_lag_records", **of)
    assert 60 == shown("dualwatch_oldest_unhandled_seconds", **of)


@pytest.mark.moves(
    "dualwatch_alerts_stale_assessments_total", "dualwatch_alerts_rule_failures_total"
)
def test_rules_that_gave_no_answer_are_counted() -> None:
    """So are assessments that came too late."""
    case: Any = SimpleNamespace(project=f"{CITY}/P")
    verdict: Any = SimpleNamespace(rule=SimpleNamespace(id="over_budget"), error="no such fact")
    batch: Any = SimpleNamespace(told=[])
    found = [Examination(case, stale=True), Examination(case, failures=(verdict,))]

    reading.count(batch, found)


@pytest.mark.moves("dualwatch_alerts_escalations_total")
def test_alerts_that_became_a_higher_levels_matter_are_counted() -> None:
    """By level."""
    change: Any = SimpleNamespace(
        kind=StepKind.ESCALATED, work=SimpleNamespace(level=SimpleNamespace(value="bureau"))
    )

    days.count_steps([SimpleNamespace(change=change)])  # type: ignore[list-item]


class Unanswered:
    """No command was carried out before."""

    async def earlier(self, _key: str, _mark: bytes) -> None:
        """Know of none."""


@pytest.mark.moves("dualwatch_alerts_command_conflicts_total")
async def test_commands_that_met_another_change_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And decided anew, within a bound."""

    async def conflict(*_given: Any) -> None:
        raise ConflictError

    monkeypatch.setattr(commanding, "PAUSE_SECONDS", (0.0, 0.0))
    store: Any = object.__new__(commanding.CommandStore)
    store._turns, store.answers, store._once = {}, Unanswered(), conflict
    with pytest.raises(commanding.BusyError):
        await store.carry_out(SimpleNamespace(alert="a", key="k", mark=b""), bool)


@pytest.mark.moves("dualwatch_reporting_command_conflicts_total")
async def test_commands_of_papers_that_met_another_change_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And planned anew, within a bound."""

    async def conflict() -> Any:
        raise reporting.ConflictError

    monkeypatch.setattr(reporting, "PAUSE_SECONDS", (0.0, 0.0))
    commands: Any = object.__new__(reporting.Commands)
    commands.answers = Unanswered()
    with pytest.raises(reporting.BusyError):
        await commands.carry_out("k", b"", conflict)


def test_the_day_that_is_not_opened_yet_began_at_local_midnight() -> None:
    """Of a jurisdiction whose first day is to come nothing is late."""
    fresh = Jurisdiction(
        code=CITY,
        name="市",
        fiscal_year_start="01-01",
        time_zone="Asia/Shanghai",
        currency="CNY",
        clock=Clock.LIVE,
    )
    opened = msgspec.structs.replace(fresh, today=TODAY)
    noon = dt.datetime(2026, 7, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))

    assert 12 * 3_600 == behind(opened, noon)
    assert 0 == behind(opened, noon - dt.timedelta(hours=13))
    assert 0 == behind(fresh, noon)
