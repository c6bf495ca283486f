"""`dualwatch backup` and `restore` on a real MongoDB: equal, whole or not at all, one moment."""

import asyncio
import gzip
import json
import shutil
import threading
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from bson import ObjectId, encode
from gridfs import GridFSBucket
from pymongo import MongoClient

from contracts.record import MARK_HEADER, Mark
from contracts.topics import ALERTS, ASSESSMENTS, LEDGER, QUARANTINE, TOPICS
from deploy.local.stack import Stack
from services.chassis.catalogue import CLUSTERED
from services.chassis.publisher import ensure_topics
from services.chassis.settings import KafkaSettings
from services.cli import main
from services.cli.app import app
from services.cli.errors import CliError
from services.cli.places import places_of
from services.cli.session import Session
from services.cli.store import parts, restoring
from services.cli.store.catalogues import CATALOGUES
from services.cli.store.numbering import MOVED
from tests.support.command import command
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.integration

PARTITIONS = 2
INTAKE, ANALYSIS, ALERTING = "dualwatch_intake", "dualwatch_analysis", "dualwatch_alerts"
FEW = {"principals", "quarantine", "subscriptions", "alerts", "accounts", "deployment"}
EVIDENCE = b"%PDF-1.4 " + bytes(range(256)) * 3_000


@dataclass(frozen=True)
class Store:
    """A MongoDB and a Kafka of one's own, and the command on them."""

    stack: Stack
    client: MongoClient[dict[str, Any]]

    def __call__(self, *words: str, exit_code: int = 0) -> Any:
        """Run the command with --json."""
        return command(self.stack, *words, exit_code=exit_code)

    def fails(self, *words: str) -> str:
        """Run the command, which must end badly; give what it said."""
        session = Session(places_of(self.stack.endpoints()))
        with pytest.raises(CliError) as ended:
            app(args=list(words), obj=session, standalone_mode=False)
        return str(ended.value)

    def lose(self) -> None:
        """Lose every database of ours."""
        for database in CATALOGUES:
            self.client.drop_database(database)

    def content(self) -> dict[str, list[dict[str, Any]]]:
        """Read everything there is of ours."""
        return {
            f"{database}.{name}": list(self.client[database][name].find().sort("_id", 1))
            for database in CATALOGUES
            for name in sorted(self.client[database].list_collection_names())
        }


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run a Kafka and a MongoDB that may be lost."""
    data = tmp_path_factory.mktemp("backup") / "data"
    with Stack(data, ports_from=free_ports_from(), services=()) as stack:
        yield stack


@pytest.fixture
def store(own_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Fill the databases as services would."""
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(own_stack.data.path))
    with MongoClient[dict[str, Any]](own_stack.endpoints().mongo, tz_aware=True) as client:
        found = Store(own_stack, client)
        found.lose()
        _fill(client)
        yield found
        found.lose()


def _create(client: MongoClient[dict[str, Any]], wanted: Container[str] | None = None) -> None:
    """Create collections as services do: these, or all."""
    for database, catalogue in CATALOGUES.items():
        there = set(client[database].list_collection_names())
        for name in catalogue.collections:
            if name.endswith((".files", ".chunks")) or database == ANALYSIS or name in there:
                continue
            if wanted is not None and name not in wanted:
                continue
            options = CLUSTERED if name in catalogue.clustered else {}
            client[database].create_collection(name, **options)
            if models := list(catalogue.indexes.get(name, ())):
                client[database][name].create_indexes(models)


def _fill(client: MongoClient[dict[str, Any]]) -> None:
    _create(client, FEW)
    intake, alerts = client[INTAKE], client[ALERTING]
    intake["deployment"].insert_one({"_id": "deployment", "partitions": PARTITIONS})
    intake["principals"].insert_many(
        [{"_id": f"p{n}", "keys": [{"sha256": bytes([n % 256]) * 32}]} for n in range(1_200)]
    )
    intake["quarantine"].insert_one({"_id": "q1", "raw": bytes(range(256)), "a.b": {"$x": 1}})
    intake["entries"].insert_one({"_id": {"s": "J/P", "n": 1}, "e": b"in the ledger"})
    intake["progress"].insert_many(
        [
            {
                "_id": f"ledger:submissions:{n}",
                "epoch": 7,
                "position": 40 + n,
                "offset": 0,
                "extra": {"quarantine": 3, "facts": 2, "copies": {"1": 5}},
            }
            for n in range(PARTITIONS)
        ]
    )
    with GridFSBucket(intake, "evidence").open_upload_stream_with_id(ObjectId(), "f") as sink:
        sink.write(EVIDENCE)
    alerts["subscriptions"].insert_one({"_id": "s1", "secret": b"sealed", "cursor": 4})
    alerts["counters"].insert_many([{"_id": "alerts:0", "n": 4}, {"_id": "feed:J", "n": 4}])
    client["dualwatch_referrals"]["referrals"].insert_one({"_id": "r1", "steps": []})


def _kept(content: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Give what a backup holds, of what is not moved on by a restore."""
    found = {}
    for name, documents in content.items():
        database, _, collection = name.partition(".")
        catalogue = CATALOGUES[database]
        if catalogue.restricted or collection not in catalogue.backed_up():
            continue
        if documents and collection not in MOVED:
            found[name] = documents
    return found


def test_what_is_lost_comes_back_equal(store: Store, tmp_path: Path) -> None:
    """Documents to the byte, evidence, indexes, clustered collections; only its owner reads it."""
    place = tmp_path / "backups" / "monday"
    _create(store.client)
    before = store.content()
    indexes = store.client[ALERTING]["alerts"].index_information()
    made = store("backup", str(place))
    files = [file for file in place.rglob("*") if file.is_file()]
    store.lose()
    restored = store("restore", str(place))
    checked = store("restore", str(place), "--check")
    pieces = GridFSBucket(store.client[INTAKE], "evidence")
    (file,) = list(pieces.find())

    assert _kept(before) == _kept(store.content())
    assert EVIDENCE == pieces.open_download_stream(file._id).read()
    assert indexes == store.client[ALERTING]["alerts"].index_information()
    assert "files_id_1_n_1" in store.client[INTAKE]["evidence.chunks"].index_information()
    assert {0o600} == {file.stat().st_mode & 0o777 for file in files}
    assert 0o700 == place.stat().st_mode & 0o777
    assert [] == store.client[INTAKE]["entries"].distinct("_id")
    assert {"equal", "goes on"} >= {row["compared"] for row in checked["compared"]}
    assert "dualwatch ledger restore" in restored["next"]
    assert 40 == made["positions"][INTAKE]["ledger:submissions:0"]
    assert not any("referrals" in row["collection"] for row in made["parts"])


def test_referrals_have_a_backup_of_their_own(store: Store, tmp_path: Path) -> None:
    """Its keepers are others (Art. 16): nothing else is in it, and it is in nothing else."""
    place = tmp_path / "restricted"
    made = store("backup", str(place), "--referrals")
    store.client.drop_database("dualwatch_referrals")
    store("restore", str(place))

    assert ["dualwatch_referrals.referrals"] == [row["collection"] for row in made["parts"]]
    assert "r1" == store.client["dualwatch_referrals"]["referrals"].find_one({})["_id"]  # type: ignore[index]


def test_all_databases_are_of_one_moment(store: Store, tmp_path: Path) -> None:
    """Who writes in one and then in another is never seen with the second alone."""
    stop = threading.Event()

    def write() -> None:
        for number in range(1_000_000):
            if stop.is_set():
                return
            store.client[ALERTING]["alerts"].insert_one({"_id": number, "key": str(number)})
            store.client[INTAKE]["quarantine"].insert_one({"_id": number})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while store.client[INTAKE]["quarantine"].estimated_document_count() < 50:
            stop.wait(0.01)
        made = store("backup", str(tmp_path / "busy"))
    finally:
        stop.set()
        writer.join()
    counts = {row["collection"]: row["documents"] for row in made["parts"]}

    # The quarantine has one more, of `_fill`.
    first, second = counts[f"{ALERTING}.alerts"], counts[f"{INTAKE}.quarantine"] - 1
    assert 0 <= first - second <= 1


def test_nothing_is_written_where_something_is(store: Store, tmp_path: Path) -> None:
    """Unless told so, and then what was there is gone."""
    place = tmp_path / "monday"
    store("backup", str(place))
    said = store.fails("restore", str(place))
    store.client[INTAKE]["quarantine"].insert_one({"_id": "later"})
    store("restore", str(place), "--replace")
    again = store.fails("backup", str(place))

    assert "is not empty" in said
    assert "--replace" in said
    assert ["q1"] == store.client[INTAKE]["quarantine"].distinct("_id")
    assert "never written over" in again


def test_one_that_was_broken_off_is_gone_on_with(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of it is never taken for all; what is there already is not written again."""
    place = tmp_path / "monday"
    before = _kept(store.content())
    store("backup", str(place))
    store.lose()
    written: list[str] = []
    write = restoring._write

    def breaking(client: Any, folder: Path, part: parts.Part) -> None:
        if part.collection == "quarantine" and "quarantine" not in written:
            written.append(part.collection)
            raise KeyboardInterrupt
        written.append(part.collection)
        write(client, folder, part)

    monkeypatch.setattr(restoring, "_write", breaking)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        main(["restore", str(place)], Session(places_of(store.stack.endpoints())))
    half = len(written)
    other = tmp_path / "tuesday"
    shutil.copytree(place, other)
    store("restore", str(place))

    assert before == _kept(store.content())
    assert "principals" not in written[half:]
    assert restoring.MARKER not in store.client[INTAKE].list_collection_names()


def _flip(place: Path) -> None:
    file = place / INTAKE / "principals.bson.gz"
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)


def _truncate(place: Path) -> None:
    file = place / INTAKE / "principals.bson.gz"
    file.write_bytes(file.read_bytes()[:-20])


def _remove(place: Path) -> None:
    (place / ALERTING / "subscriptions.bson.gz").unlink()


def _promote(place: Path) -> None:
    """Change a document and its hashes: who has no key cannot sign the list."""
    file = place / INTAKE / "accounts.bson.gz"
    raw = encode({"_id": "mallory", "hash": "known"})
    file.write_bytes(gzip.compress(raw))
    _edit(place, lambda found: found["parts"][0].update(documents=1))


def _edit(place: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    file = place / parts.MANIFEST
    found = json.loads(file.read_text())
    change(found)
    file.write_text(json.dumps(found))


def _newer(place: Path) -> None:
    _edit(place, lambda found: found.update(format=parts.FORMAT + 1, release="9.0", what="new"))


def _elsewhere(place: Path) -> None:
    _edit(place, lambda found: found["parts"][0].update(database="admin", collection="system"))


def _outside(place: Path) -> None:
    _edit(place, lambda found: found["parts"][0].update(collection="../../../etc/passwd"))


def _nonsense(place: Path) -> None:
    (place / parts.MANIFEST).write_text("[" * 200_000)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_flip, "its hash is another"),
        (_truncate, "its hash is another"),
        (_remove, "subscriptions.bson.gz is missing"),
        (_promote, "its list was changed"),
        (_newer, "restore with that release"),
        (_elsewhere, "which no backup has"),
        (_outside, "which no backup has"),
        (_nonsense, "is no list of a backup"),
    ],
)
def test_a_damaged_backup_changes_nothing(
    store: Store, tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    """Whatever is wrong with it is found before anything is written, --replace or not."""
    place = tmp_path / "monday"
    store("backup", str(place))
    before = store.content()
    damage(place)
    found = store.fails("restore", str(place), "--replace")

    assert said in found
    assert "nothing was changed" in found
    assert before == store.content()


def test_a_part_that_lies_about_itself_is_refused(store: Store, tmp_path: Path) -> None:
    """Signed by us, and still no document: broken while it was made, or made to fill the memory."""
    place = tmp_path / "monday"
    store("backup", str(place))
    manifest = parts.read_manifest(place)
    part = next(each for each in manifest.parts if each.collection == "quarantine")
    for raw, said in (
        (b"\xff\xff\xff\x7f" + bytes(100), "holds what is no document"),
        (encode({"_id": 1, "x": b"0" * 10_000_000}), "holds what is no document"),
        (encode({"x": 1}), "without an id"),
        (encode({"_id": 1})[:-3], "holds what is no document|ends within a document"),
    ):
        (place / part.file).write_bytes(gzip.compress(raw))
        with pytest.raises(parts.DamagedError, match=said):
            list(parts.read_part(place, part))


async def test_numbers_go_on_behind_what_the_topics_have(store: Store, tmp_path: Path) -> None:
    """What was told after the backup is never told again under the same number."""
    kafka = KafkaSettings(bootstrap_servers=store.stack.endpoints().kafka)
    await ensure_topics(kafka, {topic.name: {} for topic in TOPICS}, PARTITIONS)
    place = tmp_path / "monday"
    await _run(store, "backup", str(place))
    await _tell(kafka, ALERTS.name, [(n, n + 2, "J") for n in range(1, 10)])
    await _tell(kafka, QUARANTINE.name, [(n, 0, "J/P") for n in range(1, 6)])
    await _tell(kafka, ASSESSMENTS.name, [(n, 0, "J/P") for n in range(1, 31)])
    await _tell(kafka, LEDGER.name, [(n, 0, "J/P") for n in range(1, 21)])
    store.lose()
    await _run(store, "restore", str(place))
    counters = {each["_id"]: each["n"] for each in store.client[ALERTING]["counters"].find()}
    progress = store.client[INTAKE]["progress"].find_one({"_id": "ledger:submissions:0"}) or {}

    assert {"alerts:0": 9, "feed:J": 11} == counters
    assert (0, {"quarantine": 5}, 0) == (
        progress["position"],
        progress["extra"],
        progress["offset"],
    )
    # Analysis itself finds out where its topic ends.
    assert [] == store.client[ANALYSIS].list_collection_names()
    assert store.client[INTAKE]["deployment"].find_one({"_id": "rebuild:store", "done": []})


async def _run(store: Store, *words: str) -> Any:
    """Run the command beside this loop: it has one of its own."""
    return await asyncio.to_thread(store, *words)


async def _tell(kafka: KafkaSettings, topic: str, records: list[tuple[int, int, str]]) -> None:
    async with AIOKafkaProducer(**kafka.client) as producer:
        for position, sequence, key in records:
            mark = Mark(position, sequence, 1_700_000_000_000, position, "dualwatch.x.v1")
            headers = [(MARK_HEADER, mark.to_bytes())]
            await producer.send_and_wait(
                topic, b"{}", key=key.encode(), partition=0, headers=headers
            )


def test_a_running_service_is_not_written_under(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Services are stopped first: what they remember would not be what is there."""
    place = tmp_path / "monday"
    store("backup", str(place))
    store.lose()
    monkeypatch.setattr(
        "services.cli.backup_work.is_running", lambda _, service: service == "alerts"
    )
    said = store.fails("restore", str(place))

    assert "alerts still runs" in said
    assert [] == store.client[INTAKE].list_collection_names()
