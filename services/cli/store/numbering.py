"""Where numbers go on after a restore: behind what the topics have, never the same twice.

A backup is older than the topics. Readers pass over positions that they have; so whoever writes a
topic must number on behind its end, not behind what the backup knew of it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.topics import ALERTS, QUARANTINE, REPORTS, SUBMISSIONS
from services.cli.store.client import Client, Document
from services.cli.topic_ends import Ends
from services.intake.store.rebuilds import Rebuild

INTAKE: Final = "dualwatch_intake"
ANALYSIS: Final = "dualwatch_analysis"
WRITERS: Final = {"dualwatch_alerts": ALERTS.name, "dualwatch_reporting": REPORTS.name}
"""Databases whose counters number a topic that many write."""
LEDGER_PROGRESS: Final = f"ledger:{SUBMISSIONS.name}"
MOVED: Final = ("progress", "counters", "deployment")
"""Collections that differ from the backup by what is done here."""


@dataclass(frozen=True)
class Numbers:
    """What Kafka says of the numbers that were given out."""

    ends: Ends
    now: dt.datetime
    cursors: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By database and jurisdiction: the last number of a feed that the topic tells of."""


def go_on(client: Client, databases: set[str], numbers: Numbers) -> list[str]:
    """Let all that was restored number on; say what was done, in words. Repeated, it is the same.

    The projection is not restored: if it is lost, analysis finds out itself where its topic ends.
    """
    said: list[str] = []
    if INTAKE in databases:
        _begin_ledger(client, numbers.ends, numbers.now)
        said += _projection(client)
    for database in sorted(databases & {INTAKE, *WRITERS}):
        said += _forget_offsets(client, database, numbers.ends)
    for database, topic in WRITERS.items():
        if database in databases:
            said += _count_on(client, database, topic, numbers)
    return said


def _begin_ledger(client: Client, ends: Ends, now: dt.datetime) -> None:
    """Let the ledger's owners find an empty store, fill it, and go on with all numbers.

    It is asked for here what `dualwatch ledger restore` asks for: services would wait for it.
    """
    asked: Document = {"at": now, "everything": False, "done": []}
    asked_id = f"rebuild:{Rebuild.STORE}"
    client[INTAKE]["deployment"].replace_one({"_id": asked_id}, asked, upsert=True)
    progress = client[INTAKE]["progress"]
    for partition, last in enumerate(ends.positions.get(QUARANTINE.name, [])):
        key = {"_id": f"{LEDGER_PROGRESS}:{partition}"}
        found = progress.find_one(key) or {}
        told = max(last, int(found.get("extra", {}).get("quarantine", 0)))
        fresh: Document = {"position": 0, "extra": {"quarantine": told}}
        first = {"epoch": 0, "offset": None}
        progress.update_one(key, {"$set": fresh, "$setOnInsert": first}, upsert=True)


def _projection(client: Client) -> list[str]:
    """Say what happens to a projection that is lost: analysis itself numbers on."""
    database = client[ANALYSIS]
    if any(database[name].find_one({}, {"_id": 1}) for name in ("generations", "progress")):
        return []
    return ["analysis has no projection: it builds one from the ledger by itself"]


def _forget_offsets(client: Client, database: str, ends: Ends) -> list[str]:
    """Take back offsets behind a topic's end: it was made anew, and is read from its start."""
    said = []
    progress = client[database]["progress"]
    for found in progress.find({"offset": {"$ne": None}}, {"offset": 1}):
        _, topic, partition = str(found["_id"]).rsplit(":", 2)
        end = ends.offset(topic, int(partition))
        if end is None or found["offset"] > end:
            progress.update_one({"_id": found["_id"]}, {"$set": {"offset": None}})
            said.append(f"{found['_id']}: the topic was made anew, it is read from its beginning")
    return said


def _count_on(client: Client, database: str, topic: str, numbers: Numbers) -> list[str]:
    counters = client[database]["counters"]
    said = []
    last = {
        f"{topic}:{partition}": position
        for partition, position in enumerate(numbers.ends.positions.get(topic, []))
    }
    feeds = numbers.cursors.get(database, {})
    for name, number in (last | {f"feed:{code}": n for code, n in feeds.items()}).items():
        found = counters.find_one({"_id": name})
        known = 0 if found is None else int(found["n"])
        if number > known:
            counters.update_one({"_id": name}, {"$set": {"n": number}}, upsert=True)
            said.append(f"{database}: {name} goes on behind {number}, the backup knew {known}")
    return said
