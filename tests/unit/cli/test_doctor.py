"""`dualwatch doctor` without Kafka and MongoDB: what services say, and how topics are judged."""

import datetime as dt
import email.utils
import re
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from aiokafka.errors import KafkaConnectionError

from contracts.topics import LEDGER, PRINCIPALS, PUBLISH_DEMO, QUARANTINE, Topic
from services.chassis.settings import KafkaSettings
from services.cli import doctor_kafka, doctor_lag, doctor_services, findings
from services.cli.doctor_kafka import Cluster, topic_findings
from services.cli.findings import State, clock, disk, span
from services.cli.topic_ends import Ends
from tests.unit.cli.fake_services import FakeServices, problem, run

SERVICES = ("intake", "analysis", "alerts", "reporting", "console")
WELL = """# TYPE dualwatch_build_info gauge
dualwatch_build_info{service="x",version="1.2.0"} 1.0
"""


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeServices:
    """Five services that are well, and no Kafka and MongoDB to look at."""
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(tmp_path / "none"))
    found = FakeServices()
    for service in SERVICES:
        found.on(service, "GET", "/livez", httpx.Response(200, json={}))
        found.on(service, "GET", "/readyz", httpx.Response(200, json={}))
        found.on(service, "GET", "/v1/position", {})
        found.on(service, "GET", "/metrics", httpx.Response(200, text=WELL))
    return found


def of(found: list[dict[str, Any]], check: str, part: str) -> dict[str, Any]:
    """Give the one finding of a check about a part."""
    (one,) = [each for each in found if (each["check"], each["part"]) == (check, part)]
    return one


def test_what_is_wrong_is_named_in_plain_words(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """A service may be away, stuck, waiting for something, building, or lock us out."""
    services.on("intake", "GET", "/livez", problem(503, "no", checks={"clock": "no progress"}))
    services.on("analysis", "GET", "/readyz", problem(503, "no", checks={"kafka": "away"}))
    services.on("alerts", "GET", "/v1/position", problem(401, "unauthorised"))
    services.on("reporting", "GET", "/livez", httpx.ConnectError("refused"))
    outcome = run(services, capsys, "doctor", "--json")

    assert 1 == outcome.exit_code
    for service, words in (
        ("intake", "makes no progress (clock: no progress)"),
        ("analysis", "kafka: away"),
        ("alerts", "refuses the key"),
        ("reporting", "cannot be reached"),
    ):
        found = of(outcome.json, "service", service)
        assert ("fault", True) == (found["state"], words in found["words"])
        assert found["do"]
    assert "ok" == of(outcome.json, "service", "console")["state"]


def test_what_cannot_be_looked_at_is_said_as_such(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without Kafka and MongoDB at hand services are looked at, and nothing is called a fault."""
    outcome = run(services, capsys, "doctor", "--json")

    assert 0 == outcome.exit_code
    for part in ("kafka", "mongodb"):
        found = of(outcome.json, "connection", part)
        assert "unknown" == found["state"]
        assert "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS" in found["words"]


def test_figures_of_services_become_findings(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Releases that differ, a backlog, checkpoints that have ceased, what is being made anew."""
    old = time.time() - 7 * 3_600
    metrics = (
        'dualwatch_build_info{service="intake",version="1.3.0"} 1.0\n'
        'dualwatch_intake_quarantine_open{reason="invalid"} 150.0\n'
        'dualwatch_intake_quarantine_oldest_seconds{reason="invalid"} 400.0\n'
        f"dualwatch_intake_checkpoint_checked_seconds {old}\n"
        'dualwatch_outbox_waiting_records{partition="1",topic="quarantine"} 12000.0\n'
    )
    services.on("intake", "GET", "/metrics", httpx.Response(200, text=metrics))
    building = problem(503, "no", checks={"projection": "rebuilding, 7 %, remaining 9 s"})
    services.on("analysis", "GET", "/readyz", building)
    found = run(services, capsys, "doctor", "--json").json

    assert "intake 1.3.0" in of(found, "versions", "services")["words"]
    assert "150 entries wait" in of(found, "quarantine", "intake")["words"]
    assert "7 h ago" in of(found, "checkpoints", "intake")["words"]
    assert "12,000 records" in of(found, "outbox", "intake")["words"]
    assert "7 %" in of(found, "rebuild", "analysis")["words"]
    assert {"warning"} == {
        of(found, check, part)["state"]
        for check, part in (("versions", "services"), ("quarantine", "intake"))
    }


@pytest.mark.parametrize(
    ("checked_hours", "figure_hours", "state", "words"),
    [
        (0.5, None, "ok", "30 min ago"),
        (0.5, 7, "ok", "30 min ago"),
        (7, None, "warning", "7 h ago"),
        (None, 7, "warning", "7 h ago"),
        (None, None, "warning", "no process has found"),
    ],
)
def test_a_checkpoint_of_any_intake_covers_the_ledger(
    services: FakeServices,
    capsys: pytest.CaptureFixture[str],
    checked_hours: float | None,
    figure_hours: float | None,
    state: str,
    words: str,
) -> None:
    """The one that answers may never have had the lease: what all of them know is asked."""

    def ago(hours: float) -> float:
        return time.time() - hours * 3_600

    checked = None
    if checked_hours is not None:
        checked = dt.datetime.fromtimestamp(ago(checked_hours), dt.UTC).isoformat()
    services.on("intake", "GET", "/v1/checkpoints", {"items": [], "next": None, "checked": checked})
    figure = ago(figure_hours) if figure_hours is not None else 0
    text = f"dualwatch_intake_checkpoint_checked_seconds {figure}\n"
    services.on("intake", "GET", "/metrics", httpx.Response(200, text=text))
    found = of(run(services, capsys, "doctor", "--json").json, "checkpoints", "intake")

    assert (state, True) == (found["state"], words in found["words"])


def test_where_figures_stay_inside_the_rest_is_asked_all_the_same(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """A proxy gives 404 for /metrics: that is unknown, with where to ask, and no fault."""
    for service in SERVICES:
        services.on(service, "GET", "/metrics", problem(404, "not_found"))
    checked = dt.datetime.fromtimestamp(time.time(), dt.UTC).isoformat()
    services.on("intake", "GET", "/v1/checkpoints", {"items": [], "next": None, "checked": checked})
    outcome = run(services, capsys, "doctor", "--json")

    assert 0 == outcome.exit_code
    figures = of(outcome.json, "figures", "intake")
    assert ("unknown", True) == (figures["state"], "Prometheus" in figures["do"])
    assert "ok" == of(outcome.json, "checkpoints", "intake")["state"]


def test_a_key_that_may_not_see_checkpoints_leaves_them_unknown(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither covered nor uncovered can be said."""
    services.on("intake", "GET", "/metrics", problem(404, "not_found"))
    services.on("intake", "GET", "/v1/checkpoints", problem(403, "forbidden"))
    found = of(run(services, capsys, "doctor", "--json").json, "checkpoints", "intake")

    assert "unknown" == found["state"]


def test_a_clock_that_is_wrong_is_found_by_the_date_of_an_answer(
    services: FakeServices, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a minute is a fault: leases end too early."""
    then = dt.datetime.fromtimestamp(time.time() - 40, dt.UTC)
    headers = {"date": email.utils.format_datetime(then, usegmt=True)}
    services.on("alerts", "GET", "/livez", httpx.Response(200, json={}, headers=headers))
    found = of(run(services, capsys, "doctor", "--json").json, "clock", "alerts")

    assert "fault" == found["state"]
    assert re.match(r"-(39|40|41)\.\d s", found["words"])
    assert State.WARNING is clock("x", findings.SKEW_SECONDS_WARNING).state
    assert State.OK is clock("x", -1).state


async def test_one_lost_broker_is_no_lost_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one that is named says as well which requests it knows; if none does, unknown."""
    settings = KafkaSettings(bootstrap_servers="a:1,b:2,c:3")
    asked: list[str] = []

    async def connect(host: str, _port: int, **_told: object) -> Any:
        asked.append(host)
        if host in away:
            raise KafkaConnectionError
        return SimpleNamespace(_versions={66: (0, 1)}, close=lambda: None)

    monkeypatch.setattr(doctor_kafka, "create_conn", connect)
    away = {"a"}
    known = await doctor_kafka.knows(settings, 66), await doctor_kafka.knows(settings, 67)
    asked_then = [*asked]
    away = {"a", "b", "c"}

    assert (True, False) == known
    assert ["a", "b"] * 2 == asked_then
    assert await doctor_kafka.knows(settings, 66) is None


@pytest.mark.parametrize(
    ("knows", "state"), [(True, None), (False, State.FAULT), (None, State.UNKNOWN)]
)
async def test_what_the_brokers_know_is_not_guessed(
    monkeypatch: pytest.MonkeyPatch, state: State | None, *, knows: bool | None
) -> None:
    """What was gathered is told whatever comes of it."""

    async def look(_settings: KafkaSettings) -> Cluster:
        return Cluster(brokers=3)

    async def known(_settings: KafkaSettings, _request: int) -> bool | None:
        return knows

    monkeypatch.setattr(doctor_kafka, "_look", look)
    monkeypatch.setattr(doctor_kafka, "knows", known)
    found = await doctor_kafka.examine(KafkaSettings(bootstrap_servers="a:1"), 2)
    by_check = {each.check: each for each in found if each.part == "kafka"}

    assert "3 brokers answer" in by_check["connection"].words
    assert state == (by_check["versions"].state if "versions" in by_check else None)


def part(leader: int = 1, replicas: int = 3, in_sync: int = 3) -> dict[str, Any]:
    """Describe a partition."""
    return {"leader": leader, "replicas": [*range(replicas)], "isr": [*range(in_sync)]}


KEPT = {"retention.ms": "-1", "cleanup.policy": "delete", "min.insync.replicas": "2"}


@pytest.mark.parametrize(
    ("parts", "configs", "state", "said"),
    [
        ([part(), part()], KEPT, State.OK, "2 partitions"),
        ([part()], KEPT, State.FAULT, "1 partitions, the deployment 2"),
        ([part(), part(leader=-1)], KEPT, State.FAULT, "without a leader"),
        ([part(), part(in_sync=2)], KEPT, State.WARNING, "not in sync"),
        ([part(replicas=1, in_sync=1)] * 2, KEPT, State.WARNING, "1 copies"),
        ([part()] * 2, KEPT | {"min.insync.replicas": "1"}, State.WARNING, "acknowledged"),
        ([part()] * 2, KEPT | {"retention.ms": "604800000"}, State.FAULT, "must keep all"),
        ([part()] * 2, KEPT | {"cleanup.policy": "compact"}, State.FAULT, "must be delete"),
        ([part()] * 2, KEPT | {"retention.bytes": "1000"}, State.FAULT, "1,000 bytes"),
        ([part()] * 2, {}, State.UNKNOWN, "is not told"),
    ],
)
def test_topics_are_held_against_the_registry(
    parts: list[dict[str, Any]], configs: dict[str, str], state: State, said: str
) -> None:
    """Partitions, leaders, copies, and for how long it is kept."""
    cluster = Cluster(3, topics={LEDGER.name: parts}, configs={LEDGER.name: configs})
    (found,) = topic_findings(LEDGER, cluster, 2)

    assert state is found.state
    assert said in found.words
    assert found.do or state is State.OK


def test_retention_of_what_is_kept_for_a_time_may_be_longer() -> None:
    """Shorter is a warning; a topic of states has none."""
    month = str(30 * 86_400_000)
    for kept, state in ((month, State.OK), ("-1", State.OK), ("1000", State.WARNING)):
        configs = {QUARANTINE.name: KEPT | {"retention.ms": kept}}
        cluster = Cluster(3, topics={QUARANTINE.name: [part()]}, configs=configs)
        assert state is topic_findings(QUARANTINE, cluster, 1)[0].state
    configs = {PRINCIPALS.name: KEPT | {"cleanup.policy": "compact", "retention.ms": "5"}}
    cluster = Cluster(3, topics={PRINCIPALS.name: [part()]}, configs=configs)
    assert State.OK is topic_findings(PRINCIPALS, cluster, 1)[0].state
    assert State.FAULT is topic_findings(PRINCIPALS, Cluster(3), 1)[0].state


@pytest.mark.parametrize(
    ("topic", "kind", "states"),
    [
        (PUBLISH_DEMO, "LogAppendTime", [State.OK]),
        (PUBLISH_DEMO, "CreateTime", [State.WARNING]),
        (QUARANTINE, "CreateTime", [State.OK]),
    ],
)
def test_a_publisher_s_times_are_not_believed(topic: Topic, kind: str, states: list[State]) -> None:
    """One record stamped 1970 would be 56 years old in every average; our own may have theirs."""
    month = {"retention.ms": str(30 * 86_400_000), "message.timestamp.type": kind}
    cluster = Cluster(3, topics={topic.name: [part()]}, configs={topic.name: KEPT | month})

    assert states == [each.state for each in topic_findings(topic, cluster, 1)]


def test_a_reader_is_as_far_as_its_store_says() -> None:
    """By position where there is one, else by offset; one that has more than the topic is odd."""
    ends = Ends({"submissions": [10], "ledger": [99, 99]}, {"ledger": [50_000, 7]})
    progress = [
        ("dualwatch_intake", {"_id": "ledger:submissions:0", "position": 4, "offset": 7}),
        ("dualwatch_analysis", {"_id": "analysis.v1:ledger:0", "position": 10, "offset": None}),
        ("dualwatch_analysis", {"_id": "analysis.v1:ledger:1", "position": 7, "offset": 1}),
        ("dualwatch_alerts", {"_id": "x:gone:0", "position": 7, "offset": 1}),
    ]
    analysis, intake = doctor_lag.judge(progress, ends)
    (beyond,) = doctor_lag.judge(
        [("dualwatch_analysis", {"_id": "a:ledger:1", "position": 8, "offset": 1})], ends
    )

    assert ("analysis.v1 on ledger", State.WARNING) == (analysis.part, analysis.state)
    assert "49,990 records behind on 2 partitions" == analysis.words
    assert ("3 records behind on 1 partitions", State.OK) == (intake.words, intake.state)
    assert (State.FAULT, True) == (beyond.state, "republish" in beyond.do)


def test_disks_and_times_are_written_for_people() -> None:
    """A full disk stops everything: it is told in time."""
    assert State.OK is disk("x", 1e9, 1e12).state
    assert State.WARNING is disk("x", 85e9, 1e11).state
    assert State.FAULT is disk("x", 95e9, 1e11).state
    assert "85% used, 15 GB free of 100 GB" == disk("x", 85e9, 1e11).words
    assert ["59 s", "3 min", "5 h", "30 d"] == [
        span(seconds) for seconds in (59, 180, 5 * 3_600, 30 * 86_400)
    ]


def test_every_entry_of_the_runbook_that_is_named_is_there() -> None:
    """The runbook has an entry for each alert rule, called as the rule is."""
    root = Path(doctor_services.__file__).parents[2]
    rules = [each.read_text(encoding="utf-8") for each in root.glob("deploy/observe/rules/*.yml")]
    there = {name.lower() for each in rules for name in re.findall(r"alert: (\w+)", each)}
    named = {
        anchor
        for file in Path(doctor_services.__file__).parent.rglob("*.py")
        if "doctor" in file.name or file.name in {"findings.py", "examining.py"}
        for anchor in re.findall(r'"(dualwatch[a-z]{6,})"', file.read_text(encoding="utf-8"))
    }

    assert named
    assert set() == named - there
