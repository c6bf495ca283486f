"""How far each reader of a topic is: where the topic ends, beside what the reader has stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.cli.findings import Finding, fault, ok, warning
from services.cli.topic_ends import NUMBERED, Ends

BEHIND_WARNING: Final = 20_000
"""Records: one large batch."""


@dataclass
class Reader:
    """One reader of a topic, over all partitions."""

    behind: int = 0
    partitions: int = 0
    beyond: int = 0
    """Partitions of which it has more than the topic."""


def judge(progress: Iterable[tuple[str, Mapping[str, Any]]], ends: Ends) -> list[Finding]:
    """Say for every reader how far behind it is."""
    readers: dict[tuple[str, str], Reader] = {}
    for database, found in progress:
        projection, topic, partition = str(found["_id"]).rsplit(":", 2)
        distance = _distance(found, topic, int(partition), ends)
        if distance is None:
            continue
        reader = readers.setdefault((database, f"{projection} on {topic}"), Reader())
        reader.partitions += 1
        reader.behind += max(0, distance)
        reader.beyond += distance < 0
    return [_finding(name, reader) for (_, name), reader in sorted(readers.items())]


def _distance(found: Mapping[str, Any], topic: str, partition: int, ends: Ends) -> int | None:
    """Count records that are not read; below 0 the topic has lost some; None: nothing is known."""
    if topic in NUMBERED:
        last = ends.positions.get(topic, [])
        return None if partition >= len(last) else last[partition] - int(found["position"])
    end, offset = ends.offset(topic, partition), found.get("offset")
    return None if end is None or offset is None else end - int(offset)


def _finding(name: str, reader: Reader) -> Finding:
    if reader.beyond:
        words = f"it has more than the topic on {reader.beyond} partitions: the topic was lost"
        do = "dualwatch ledger republish (ledger); else see docs/backup.md"
        return fault("lag", name, words, do, "backup.md")
    words = f"{reader.behind:,} records behind on {reader.partitions} partitions"
    if reader.behind >= BEHIND_WARNING:
        do = "is it running? add instances, up to the number of partitions"
        return warning("lag", name, words, do, "dualwatchconsumerlaggrowing")
    return ok("lag", name, words)
