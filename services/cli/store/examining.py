"""What the doctor looks at in MongoDB itself: the replica set, and what our databases hold."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from pymongo.errors import OperationFailure, PyMongoError

from services.chassis.catalogue import Catalogue
from services.cli.findings import Finding, clock, disk, fault, ok, span, unknown, warning
from services.cli.store.backing_up import NOTED_IN
from services.cli.store.catalogues import CATALOGUES
from services.cli.store.client import UNAUTHORIZED, WINDOW, Client, Document, in_words
from services.cli.store.restoring import MARKER
from services.intake.store.operations import OPERATIONS, note_of

OLDEST: Final = (6, 0)
"""The oldest release of MongoDB that is tried."""
BEHIND_SECONDS_WARNING: Final = 30.0
OPLOG_SECONDS_WARNING: Final = 24 * 3_600
OPLOG_FULL: Final = 0.9
"""Share of the oplog that is used before it forgets: only then has it a window."""
MONITOR: Final = "give this user the role clusterMonitor"
PRIMARY: Final = 1
VOTING_STATES: Final = frozenset({1, 2, 7})
"""Primary, secondary, arbiter."""
OUTBOX_SECONDS_WARNING: Final = 60.0
OUTBOX_SECONDS_FAULT: Final = 600.0
COMPARED: Final = ("key", "unique", "sparse", "expireAfterSeconds", "partialFilterExpression")
SYSTEM: Final = "system."
BACKUP_SECONDS_WARNING: Final = 36 * 3_600
WINDOW_USED: Final = 0.5
"""Share of the time for which a moment is kept that a backup may take: data grow."""


@dataclass
class Looked:
    """What was found in MongoDB that others go on from."""

    findings: list[Finding] = field(default_factory=list)
    partitions: int | None = None
    """The deployment's number of partitions."""
    progress: list[tuple[str, Document]] = field(default_factory=list)
    """Every reader's progress, by database."""


Check = Callable[[Client], Iterable[Finding]]


def examine(client: Client) -> Looked:
    """Look at everything; what this user may not see is told as such."""
    looked = Looked()
    for check, look in _CHECKS:
        try:
            looked.findings += look(client)
        except OperationFailure as error:
            if error.code != UNAUTHORIZED:
                raise
            looked.findings.append(unknown(check, "mongodb", in_words(error), MONITOR))
    for database, catalogue in CATALOGUES.items():
        try:
            looked.findings += _database(client, database, catalogue)
        except OperationFailure as error:
            if error.code != UNAUTHORIZED:
                raise
            looked.findings.append(
                unknown("database", database, "this user may not read it", "give it the right")
            )
    looked.partitions, looked.progress = _readers(client)
    return looked


def replica_set(client: Client) -> Iterator[Finding]:
    """Say whether a majority serves, and who is away or behind."""
    status = client.admin.command("replSetGetStatus")
    members = status["members"]
    well = [each for each in members if each["state"] in VOTING_STATES and each["health"] == 1]
    away = [each["name"] for each in members if each not in well]
    primary = next((each for each in members if each["state"] == PRIMARY), None)
    words = f"{len(well)} of {len(members)} members serve"
    if primary is None or 2 * len(well) <= len(members):
        do = f"bring back {', '.join(away) or 'the members'}: without a majority nothing is written"
        yield fault("replica set", "mongodb", words, do, "dualwatchnotready")
        return
    if away:
        words = f"{words}; away: {', '.join(away)}"
        yield warning("replica set", "mongodb", words, "bring it back: one more may not be lost")
    else:
        yield ok("replica set", "mongodb", words)
    for each in well:
        lead = primary["optimeDate"] - each.get("optimeDate", primary["optimeDate"])
        behind = lead.total_seconds()
        if behind >= BEHIND_SECONDS_WARNING:
            words = f"it is {span(behind)} behind the primary"
            yield warning("replica set", each["name"], words, "is it, or its disk, slow?")


def oplog(client: Client) -> Iterator[Finding]:
    """Say how far the oplog reaches back, once it is full."""
    told = client.admin.command("serverStatus", oplog=1).get("oplog")
    stats = client["local"].command("collStats", "oplog.rs")
    if not told:
        return
    window = told["latestOptime"].time - told["earliestOptime"].time
    full = stats["size"] / max(1, stats.get("maxSize") or 1)
    words = f"it holds {span(window)}, {full:.0%} full"
    copies = len(client.admin.command("replSetGetStatus")["members"])
    # With one member there is nobody who could be away longer than it reaches back.
    if copies > 1 and full >= OPLOG_FULL and window < OPLOG_SECONDS_WARNING:
        do = "db.adminCommand({replSetResizeOplog: 1, size: MB}) on each member"
        yield warning("oplog", "mongodb", f"{words}: who is away longer starts anew", do)
    else:
        yield ok("oplog", "mongodb", words)


def _server(client: Client) -> Iterator[Finding]:
    before = time.time()
    hello = client.admin.command("hello")
    took = time.time() - before
    yield clock("mongodb", hello["localTime"].timestamp() - before - took / 2)
    version = str(client.admin.command("buildInfo")["version"])
    found = tuple(int(part) for part in version.split(".")[:2])
    if found < OLDEST:
        words = f"{version} is older than {'.'.join(str(part) for part in OLDEST)}"
        yield fault("versions", "mongodb", words, "update it")
    else:
        yield ok("versions", "mongodb", version)


def _disk(client: Client) -> Iterator[Finding]:
    stats = client["dualwatch_intake"].command("dbStats")
    if stats.get("fsTotalSize"):
        yield disk("mongodb", float(stats["fsUsedSize"]), float(stats["fsTotalSize"]))


def backups(client: Client) -> Iterator[Finding]:
    """Say when the last backup was made, and whether the next one will have time enough."""
    found = client[NOTED_IN][OPERATIONS].find_one({"_id": note_of("deployment")})
    if found is None:
        words = "none was ever noted"
        yield warning("backup", "mongodb", words, "dualwatch backup DIR", "dualwatchbackupold")
        return
    age = time.time() - found["made"].timestamp()
    words = f"the last one is {span(age)} old"
    if age > BACKUP_SECONDS_WARNING:
        yield warning("backup", "mongodb", words, "dualwatch backup DIR", "dualwatchbackupold")
        return
    took = float(found["snapshot_seconds"])
    asked: Document = {"getParameter": 1, WINDOW: 1}
    window = int(client.admin.command(asked)[WINDOW])
    words = f"{words}; its moment took {span(took)}, the server keeps one for {span(window)}"
    if took > WINDOW_USED * window:
        do = f"set {WINDOW} higher on every member: a backup that takes longer fails"
        yield warning("backup", "mongodb", words, do, "backup.md")
    else:
        yield ok("backup", "mongodb", words)


_CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("server", _server),
    ("replica set", replica_set),
    ("oplog", oplog),
    ("disk", _disk),
    ("backup", backups),
)


def _database(client: Client, database: str, catalogue: Catalogue) -> Iterator[Finding]:
    there = [
        name for name in client[database].list_collection_names() if not name.startswith(SYSTEM)
    ]
    if MARKER in there:
        words = "a restore was broken off: only a part is there"
        yield fault("restore", database, words, "stop the services; dualwatch restore DIR again")
    if not there:
        words = "it is empty"
        yield warning("database", database, words, "has the service ever run with this MongoDB?")
        return
    unlisted = [name for name in there if catalogue.find(name) is None and name != MARKER]
    if unlisted:
        words = f"nobody knows {', '.join(sorted(unlisted))}: it is in no backup"
        yield warning("database", database, words, "whose is it?", "backup.md")
    yield from _indexes(client, database, catalogue, there)
    if "outbox" in there:
        yield from _outbox(client, database)


def _indexes(
    client: Client, database: str, catalogue: Catalogue, there: list[str]
) -> Iterator[Finding]:
    wrong = 0
    for name in there:
        wanted = {
            each.document["name"]: each.document
            for each in catalogue.indexes.get(catalogue.named(name), ())
        }
        have = {each["name"]: each for each in client[database][name].list_indexes()}
        for index, declared in wanted.items():
            if index not in have:
                wrong += 1
                words = f"{name} lacks its index {index}: it is read slowly, or doubled"
                do = "restart the service: it creates what is missing"
                yield fault("indexes", database, words, do)
            elif _plain(declared) != _plain(have[index]):
                wrong += 1
                words = f"the index {index} of {name} is not as it is declared"
                do = f'db.{name}.dropIndex("{index}"), then restart the service'
                yield fault("indexes", database, words, do)
        foreign = have.keys() - wanted.keys() - {"_id_"}
        if foreign and not name.endswith((".files", ".chunks")):
            wrong += 1
            words = f"{name} has {', '.join(sorted(foreign))}, which nobody declares"
            yield warning("indexes", database, words, "drop it if nobody needs it: it costs writes")
    if not wrong:
        yield ok("indexes", database, "all that are declared, and no other")


def _plain(index: Any) -> dict[str, Any]:
    """Reduce an index to what makes it that one."""
    found = {name: index[name] for name in COMPARED if index.get(name)}
    found["key"] = [(name, int(order)) for name, order in dict(index["key"]).items()]
    if "expireAfterSeconds" in index:
        found["expireAfterSeconds"] = int(index["expireAfterSeconds"])
    return found


def _outbox(client: Client, database: str) -> Iterator[Finding]:
    oldest = next(client[database]["outbox"].find({}, {"_id": 1}).sort("_id", 1).limit(1), None)
    if oldest is None:
        yield ok("outbox", database, "nothing waits to be published")
        return
    age = time.time() - oldest["_id"].generation_time.timestamp()
    words = f"the oldest batch has waited for {span(age)} to be published"
    do = "does Kafka take records? see the service's log"
    if age >= OUTBOX_SECONDS_FAULT:
        yield fault("outbox", database, words, do, "dualwatchoutboxstuck")
    elif age >= OUTBOX_SECONDS_WARNING:
        yield warning("outbox", database, words, do, "dualwatchoutboxstuck")
    else:
        yield ok("outbox", database, words)


def _readers(client: Client) -> tuple[int | None, list[tuple[str, Document]]]:
    progress: list[tuple[str, Document]] = []
    partitions = None
    try:
        found = client["dualwatch_intake"]["deployment"].find_one({"_id": "deployment"})
        partitions = None if found is None else int(found["partitions"])
        for database in CATALOGUES:
            documents = client[database]["progress"].find({"retired": {"$exists": False}})
            progress += [(database, each) for each in documents]
    except PyMongoError:
        return partitions, progress
    return partitions, progress
