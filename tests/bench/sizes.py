"""`python -m tests.bench.sizes DATA`: bytes an entry of each collection and topic of a stack.

What `deploy/sizing.py` reckons with comes from here, and the memory that each process takes.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient
from pymongo.database import Database

from deploy.local.datadir import Endpoints

SERVICES = ("intake", "analysis", "alerts", "reporting")


def main() -> None:
    """Print the tables of a data directory's stack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="data directory of the running stack")
    folder: Path = parser.parse_args().data
    endpoints = Endpoints.read(folder)
    if endpoints is None:
        parser.error(f"no stack runs in {folder}")
    client: MongoClient[dict[str, Any]]
    with MongoClient(endpoints.mongo) as client:
        intake: Database[dict[str, Any]] = client["dualwatch_intake"]
        progress = intake["progress"].find({"_id": {"$regex": "^ledger:"}})
        entries = sum(int(found["position"]) for found in progress)
        print(f"{entries:,} entries")
        for name, documents, size, indexes in _collections(client):
            each = (size + indexes) / entries
            print(f"{name:40} {documents:9,} {size:12,} {indexes:12,} {each:9.1f} bytes an entry")
    for topic, size in sorted(_topics(folder).items()):
        print(f"topic {topic:34} {size:12,} {size / entries:9.1f} bytes an entry")
    for name, megabytes in _processes(folder):
        print(f"{name:40} {megabytes:8.0f} MB")


def _collections(client: "MongoClient[dict[str, Any]]") -> Iterator[tuple[str, int, int, int]]:
    for service in SERVICES:
        database = client[f"dualwatch_{service}"]
        for name in sorted(database.list_collection_names()):
            found = database.command("collStats", name)
            size, indexes = int(found["storageSize"]), int(found["totalIndexSize"])
            yield f"{service}.{name}", int(found["count"]), size, indexes


def _topics(folder: Path) -> dict[str, int]:
    """Add up the segments of each topic on one broker."""
    found: dict[str, int] = {}
    for file in folder.glob("kafka*/**/*.log"):
        topic = file.parent.name.rpartition("-")[0]
        if topic:
            found[topic] = found.get(topic, 0) + file.stat().st_size
    return found


def _processes(folder: Path) -> Iterator[tuple[str, float]]:
    for process in psutil.process_iter(["cmdline", "memory_info", "environ"]):
        words, environ = process.info["cmdline"] or [], process.info["environ"] or {}
        ours = str(folder) in " ".join(words) or environ.get("DUALWATCH_DATA_DIR") == str(folder)
        if words and ours:
            yield " ".join(words)[-60:], process.info["memory_info"].rss / 1e6


if __name__ == "__main__":
    main()
