"""What a deployment stands on, as it is told: copies that are away, time that runs out."""

import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from aiokafka.errors import IncompatibleBrokerVersion, KafkaConnectionError
from pymongo.errors import ServerSelectionTimeoutError
from pymongo.read_preferences import ReadPreference

from deploy.local.certificates import Authority
from services.chassis import certificates, clock, metrics, redundancy
from services.chassis.redundancy import Redundancy, tell_cluster
from services.chassis.settings import KafkaSettings
from services.chassis.settings_mongo import MongoPlace
from services.intake.store.operations import Operations

NOW: Final = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)
REPLICAS: Final = [1, 2, 3]
THREE: Final = [{"name": f"{name}:1", "state": 2, "health": 1} for name in "abc"]


def value(name: str, **labels: str) -> float | None:
    """Read a metric."""
    return metrics.REGISTRY.get_sample_value(name, labels)


def cluster(brokers: list[int], *partitions: tuple[list[int], list[int], int]) -> dict[str, Any]:
    """Write what Kafka's metadata say: replicas, those in sync, the leader."""
    parts = [
        {"replicas": copies, "isr": synced, "leader": leader}
        for copies, synced, leader in partitions
    ]
    return {
        "brokers": [{"node_id": node} for node in brokers],
        "topics": [{"topic": "ledger", "partitions": parts}],
    }


@pytest.mark.moves("dualwatch_kafka_brokers", "dualwatch_kafka_partitions")
def test_a_broker_that_is_away_is_told() -> None:
    """Nobody else would: two of three serve as if nothing were."""
    tell_cluster(cluster([1, 2], (REPLICAS, [1, 2], 1), (REPLICAS, [1], 1), (REPLICAS, [3], -1)))

    assert (2, 1) == (
        value("dualwatch_kafka_brokers", state="answering"),
        value("dualwatch_kafka_brokers", state="away"),
    )
    assert [3, 2, 1] == [
        value("dualwatch_kafka_partitions", state=state)
        for state in ("behind", "alone", "leaderless")
    ]


@pytest.mark.parametrize(
    "found",
    [
        cluster([1, 2, 3], (REPLICAS, REPLICAS, 2)),
        # One broker alone, as on one machine: nothing is missing that was ever there.
        cluster([1], ([1], [1], 1)),
        cluster([1], *[]),
    ],
)
def test_a_whole_cluster_lacks_nothing(found: dict[str, Any]) -> None:
    """Also one that never had more than one copy."""
    tell_cluster(found)

    assert 0 == value("dualwatch_kafka_brokers", state="away")
    for state in ("behind", "alone", "leaderless"):
        assert 0 == value("dualwatch_kafka_partitions", state=state)


@pytest.mark.parametrize("synced", [[1], [2]])
def test_one_of_two_copies_may_well_be_written_to(synced: list[int]) -> None:
    """With two brokers one is mostly let go on alone: it is behind, and nobody need get up."""
    tell_cluster(cluster(synced, ([1, 2], synced, synced[0])))

    assert (1, 0) == (
        value("dualwatch_kafka_partitions", state="behind"),
        value("dualwatch_kafka_partitions", state="alone"),
    )


def test_of_a_shared_cluster_only_what_concerns_us_is_told() -> None:
    """Ours, publishers' and those that groups stand on; other people have other alarms."""
    lost = cluster([1, 2, 3], (REPLICAS, [1], -1))["topics"][0]
    names = ["clickstream", "assessments", "publish.treasury", "__consumer_offsets"]

    tell_cluster({**cluster([1, 2, 3]), "topics": [{**lost, "topic": name} for name in names]})
    assert [3, 3, 3] == [
        value("dualwatch_kafka_partitions", state=state)
        for state in ("behind", "alone", "leaderless")
    ]


class Server:
    """A MongoDB that says what it is told to."""

    def __init__(self, **answers: dict[str, Any]) -> None:
        self.answers = answers
        self.has_primary = True
        self.admin = self

    def __getitem__(self, _database: str) -> "Server":
        return self

    async def command(
        self, name: str, *_: object, read_preference: Any = ReadPreference.PRIMARY, **__: object
    ) -> dict[str, Any]:
        """Answer; without a primary only who asks anybody."""
        if not self.has_primary and read_preference == ReadPreference.PRIMARY:
            raise ServerSelectionTimeoutError
        return self.answers[name]


def watching(**answers: dict[str, Any]) -> Redundancy:
    """Watch such a MongoDB."""
    mongo: Any = SimpleNamespace(client=Server(**answers))
    return Redundancy(KafkaSettings(), MongoPlace(), mongo)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([KafkaConnectionError(), [(100, 30)]], 100),
        ([[(100, 30)], IncompatibleBrokerVersion()], 100),
        ([IncompatibleBrokerVersion(), IncompatibleBrokerVersion()], 0),
        ([KafkaConnectionError(), KafkaConnectionError()], None),
    ],
)
async def test_disks_of_brokers_that_answer_are_told(
    monkeypatch: pytest.MonkeyPatch, answers: list[Any], told: int | None
) -> None:
    """Where none of them answered nobody was asked, and that is told as well."""

    @contextlib.asynccontextmanager
    async def administrator(_: object) -> AsyncIterator[Any]:
        brokers = [SimpleNamespace(nodeId=node) for node in range(len(answers))]
        yield SimpleNamespace(
            _client=SimpleNamespace(cluster=SimpleNamespace(brokers=lambda: brokers))
        )

    async def disks(_: object, node: int) -> list[tuple[int, int]]:
        answer: list[tuple[int, int]] | Exception = answers[node]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(redundancy, "administrator", administrator)
    monkeypatch.setattr(redundancy, "disks", disks)
    if told is None:
        with pytest.raises(KafkaConnectionError):
            await watching().look_at_disks()
        return
    await watching().look_at_disks()

    assert told == value("dualwatch_kafka_disk_size_bytes")


@pytest.mark.moves("dualwatch_mongo_members")
async def test_a_member_that_is_away_is_told() -> None:
    """One that is not reached, and one that is reached and does not serve."""
    members = [
        {"name": "a:1", "state": 1, "health": 1},
        {"name": "b:1", "state": 8, "health": 0},
        {"name": "c:1", "state": 3, "health": 1},
    ]
    await watching(replSetGetStatus={"members": members}).look_at_members()

    assert 1 == value("dualwatch_mongo_members", state="serving")
    assert 2 == value("dualwatch_mongo_members", state="away")


async def test_members_are_told_where_there_is_no_primary() -> None:
    """With two of three away none is elected, and this is the worst that may be told."""
    members = [THREE[0], *({**each, "state": 8, "health": 0} for each in THREE[1:])]
    server = Server(replSetGetStatus={"members": members})
    server.has_primary = False
    mongo: Any = SimpleNamespace(client=server)
    await Redundancy(KafkaSettings(), MongoPlace(), mongo).look_at_members()

    assert 2 == value("dualwatch_mongo_members", state="away")


@pytest.mark.moves("dualwatch_mongo_oplog_window_seconds")
async def test_an_oplog_has_a_window_once_it_is_full() -> None:
    """Before that it forgets nothing, however young it is."""
    ends = {"earliestOptime": SimpleNamespace(time=100), "latestOptime": SimpleNamespace(time=700)}
    told: dict[str, Any] = {
        "serverStatus": {"oplog": ends},
        "replSetGetStatus": {"members": THREE},
    }
    for size, window in ((95, 600), (10, 0)):
        found = watching(**told, collStats={"size": size, "maxSize": 100})
        await found.look_at_members()
        await found.look_at_oplog()
        assert window == value("dualwatch_mongo_oplog_window_seconds")


async def test_the_oplog_of_one_member_is_nobodys_limit() -> None:
    """It is full for good within hours, and there is no member that could be away longer."""
    redundancy.OPLOG.set(600)
    ends = {"earliestOptime": SimpleNamespace(time=100), "latestOptime": SimpleNamespace(time=700)}
    found = watching(
        serverStatus={"oplog": ends},
        replSetGetStatus={"members": THREE[:1]},
        collStats={"size": 95, "maxSize": 100},
    )
    await found.look_at_members()
    await found.look_at_oplog()

    assert 0 == value("dualwatch_mongo_oplog_window_seconds")


@pytest.mark.moves("dualwatch_stores_looked_seconds")
async def test_what_cannot_be_asked_for_holds_nothing_else_up() -> None:
    """Its last look grows old, which is told."""
    found = watching(replSetGetStatus={"members": []})
    redundancy.LOOKED.labels("oplog").set(0)
    done: list[str] = []

    async def look() -> None:
        done.append("backup")

    found.add("backup", look)
    for kind in ("kafka", "kafka_disk", "certificates"):
        found.add(kind, look)
    await found.look()

    assert ["backup"] * 4 == done
    assert 0 == value("dualwatch_stores_looked_seconds", kind="oplog")
    assert 0 < (value("dualwatch_stores_looked_seconds", kind="mongodb") or 0)


async def test_what_cannot_be_asked_for_any_more_is_not_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broker came back, and this process cannot see it: the others can."""
    now = 1_000.0
    monkeypatch.setattr(clock, "monotonic", lambda: now)
    found = watching()
    fails = True

    async def look() -> None:
        if fails:
            raise TimeoutError
        tell_cluster(cluster([1, 2], (REPLICAS, [1, 2], 1)))
        redundancy.MEMBERS.labels("away").set(1)
        redundancy.KAFKA_SIZE.set(10)
        redundancy.OPLOG.set(600)

    for kind in ("kafka", "kafka_disk", "mongodb", "oplog", "certificates"):
        found.add(kind, look)
    fails = False
    await found.look()
    fails, now = True, now + redundancy.KEPT_SECONDS
    await found.look()
    assert 1 == value("dualwatch_kafka_brokers", state="away")

    now += 1
    await found.look()
    assert value("dualwatch_kafka_brokers", state="away") is None
    assert value("dualwatch_kafka_partitions", state="behind") is None
    assert value("dualwatch_mongo_members", state="away") is None
    assert 0 == value("dualwatch_kafka_disk_size_bytes")
    assert 0 == value("dualwatch_mongo_oplog_window_seconds")


@pytest.mark.moves("dualwatch_certificate_ends_seconds")
def test_the_first_certificate_to_end_is_told(tmp_path: Path) -> None:
    """Of all that a process shows; of authorities the last, for old ones may stand by."""
    authority = Authority.of(tmp_path, NOW)
    authority.issue("intake", ("intake",))
    own, ca = tmp_path / "intake.pem", tmp_path / "ca.pem"
    place = SimpleNamespace(certificate_file=str(own), ca_file=str(ca))
    certificates.tell(place, SimpleNamespace(certificate_file="", ca_file=""))

    ends = value("dualwatch_certificate_ends_seconds", kind="own")
    assert certificates.ends_of(str(own))[0] == ends
    assert max(certificates.ends_of(str(ca))) == value(
        "dualwatch_certificate_ends_seconds", kind="trusted"
    )
    assert NOW.timestamp() < (ends or 0)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("mongo-1:27018", ("mongo-1", 27_018)),
        ("mongo-1", ("mongo-1", 27_017)),
        ("[::1]:27018", ("::1", 27_018)),
        ("[fd00::7]", ("fd00::7", 27_017)),
    ],
)
def test_a_server_s_name_is_taken_apart(name: str, place: tuple[str, int]) -> None:
    """Also an address of IPv6."""
    assert place == redundancy.place_of(name)


async def test_a_certificate_that_is_not_trusted_hides_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the others show is told, and that one was refused."""
    authority = Authority.of(tmp_path, NOW)
    asked: list[str] = []

    async def shown_by(host: str, *_: object) -> float:
        asked.append(host)
        if host == "a":
            raise ssl.SSLCertVerificationError
        if host == "b":
            raise TimeoutError
        return 5_000.0

    monkeypatch.setattr(certificates, "shown_by", shown_by)
    place: Any = SimpleNamespace(
        url="mongodb://x@a:1,b:1,c/?replicaSet=rs0",
        ca_file=str(authority.certificate_file),
        certificate_file="",
    )
    mongo: Any = SimpleNamespace()
    with pytest.raises(ssl.SSLError):
        await Redundancy(KafkaSettings(), place, mongo).look_at_certificates()

    assert ["a", "b", "c"] == asked
    assert 5_000 == value("dualwatch_certificate_ends_seconds", kind="mongodb")


def test_a_certificate_that_cannot_be_read_ends_nothing(tmp_path: Path) -> None:
    """Whoever needs it says so himself."""
    (tmp_path / "no.pem").write_bytes(b"no PEM")

    assert [] == certificates.ends_of(str(tmp_path / "no.pem"))
    assert [] == certificates.ends_of(str(tmp_path / "gone.pem"))


class Notes:
    """The collection of notes."""

    def __init__(self, *found: dict[str, Any]) -> None:
        self.found = found

    def find(self, _query: object) -> "Notes":
        """Find all."""
        return self

    def max_time_ms(self, _: int) -> "Notes":
        """Wait no longer."""
        return self

    async def __aiter__(self) -> Any:
        """Give one after the other."""
        for each in self.found:
            yield each


@pytest.mark.moves("dualwatch_backup_made_seconds")
async def test_the_last_backup_is_told() -> None:
    """One that was never made is told as never."""
    mongo: Any = SimpleNamespace(
        db={"operations": Notes({"_id": "backup:deployment", "made": NOW})}
    )
    await Operations(mongo).look()

    assert NOW.timestamp() == value("dualwatch_backup_made_seconds", kind="deployment")
    assert 0 == value("dualwatch_backup_made_seconds", kind="referrals")
