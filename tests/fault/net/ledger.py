"""The ledger as its topic and its interface tell it, against the input log."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import httpx
import msgspec

from contracts.topics import partition_of
from deploy.local.datadir import Endpoints
from tests.fault.net.inputlog import InputLog, Outcome
from tests.fault.net.topics import Numbered

DAY_OPENED: Final = "dualwatch.day.opened.v1"
PUBLISHER_HEARD: Final = "dualwatch.publisher.heard.v1"
IN_LEDGER: Final = frozenset({None, "accepted", "duplicate"})
"""Verdicts (None: the broker has it) after which an event is in the ledger."""
PAGE_MAX: Final = 1_000
PAGES_MAX: Final = 1_000
ANSWER_SECONDS: Final = 120.0
Identity = tuple[str, str]


class Head(msgspec.Struct):
    """What tells an event from others."""

    source: str
    id: str
    type: str
    subject: str


class Entry(msgspec.Struct):
    """One entry as the interface shows it."""

    partition: int
    position: int
    sequence: int
    event: msgspec.Raw


class Page(msgspec.Struct):
    """Some entries of a stream."""

    items: list[Entry]
    next: int | None


_head = msgspec.json.Decoder(Head).decode
_page = msgspec.json.Decoder(Page).decode


@dataclass(frozen=True)
class Entered:
    """What the topic `ledger` holds."""

    partitions: Sequence[Numbered]
    home: Counter[Identity]
    """How often each event is in its own partition."""
    copies: Counter[Identity]
    """How often a jurisdiction's fact is in another."""
    streams: dict[str, list[tuple[int, int, int, bytes]]]
    """Subject → partition, position, sequence, bytes of its entries at home, in order."""
    days: Counter[tuple[str, str]]
    """Jurisdiction and date of opened days, at home."""
    heard: Counter[tuple[str, str, str]]
    """Jurisdiction, publisher and day of each time that one was heard, at home."""

    @property
    def count(self) -> int:
        """How many events have been entered."""
        return self.home.total()


def entered(partitions: Sequence[Numbered]) -> Entered:
    """Read the events of the topic."""
    home: Counter[Identity] = Counter()
    copies: Counter[Identity] = Counter()
    days: Counter[tuple[str, str]] = Counter()
    heard: Counter[tuple[str, str, str]] = Counter()
    streams: dict[str, list[tuple[int, int, int, bytes]]] = defaultdict(list)
    for found in partitions:
        pairs = zip(found.sequences, found.values, strict=True)
        for position, (sequence, value) in enumerate(pairs, 1):
            head = _head(value)
            if partition_of(head.subject, len(partitions)) != found.partition:
                copies[head.source, head.id] += 1
                continue
            home[head.source, head.id] += 1
            streams[head.subject].append((found.partition, position, sequence, value))
            if head.type == DAY_OPENED:
                days[head.subject, json.loads(value)["data"]["date"]] += 1
            elif head.type == PUBLISHER_HEARD:
                told = json.loads(value)["data"]
                heard[head.subject, told["publisher"], told["date"]] += 1
    return Entered(partitions, home, copies, dict(streams), days, heard)


def against_log(log: InputLog, found: Entered, days: Iterable[tuple[str, str]]) -> list[str]:
    """Acked: exactly once; unknown: once or not at all; nothing else."""
    outcomes: dict[Identity, set[tuple[Outcome, str | None]]] = defaultdict(set)
    for line in log.events():
        head = _head(line.raw)
        outcomes[head.source, head.id].add((line.outcome, line.verdict))
    faults = []
    for identity, told in outcomes.items():
        count = found.home[identity]
        acked = any(o is Outcome.ACKED and v in IN_LEDGER for o, v in told)
        unknown = any(o is Outcome.UNKNOWN for o, _ in told)
        if acked and count != 1:
            faults.append(f"{identity} was acked and is in the ledger {count} times")
        elif not acked and count > (1 if unknown else 0):
            faults.append(f"{identity} was {told} and is in the ledger {count} times")
    wanted = Counter(days)
    if found.days != wanted:
        faults.append(f"days opened: {wanted - found.days} missing, {found.days - wanted} too many")
    unsent = set(found.home) - set(outcomes)
    if len(unsent) != found.days.total() + found.heard.total():
        faults.append(
            f"{len(unsent)} events that nobody sent, {found.days.total()} days among them,"
            f" {found.heard.total()} times that a publisher was heard"
        )
    return faults + [
        f"{publisher} was heard {count} times on {day} in {jurisdiction}, opened"
        f" {found.days[jurisdiction, day]} times"
        for (jurisdiction, publisher, day), count in sorted(found.heard.items())
        if count != 1 or not found.days[jurisdiction, day]
    ]


def copies_complete(found: Entered, jurisdictions: Sequence[str]) -> list[str]:
    """Each fact of a jurisdiction is once in every other partition."""
    others = len(found.partitions) - 1
    heads = [_head(value) for name in jurisdictions for *_, value in found.streams.get(name, [])]
    wanted = Counter({(head.source, head.id): others for head in heads})
    return (
        []
        if found.copies == wanted
        else [f"copies differ: {found.copies - wanted}, {wanted - found.copies}"]
    )


def sequences_gapless(found: Entered) -> list[str]:
    """Every stream's entries count from 1, in the topic's order."""
    faults = []
    for subject, entries in found.streams.items():
        sequences = [sequence for _, _, sequence, _ in entries]
        if sequences != list(range(1, len(entries) + 1)):
            faults.append(f"sequences of {subject}: {sequences[:50]}")
    return faults


def same_in_store(endpoints: Endpoints, found: Entered) -> list[str]:
    """MongoDB's entries, as the interface gives them, are those of the topic, byte for byte."""
    faults = []
    headers = {"Authorization": f"Bearer {endpoints.key}"}
    with httpx.Client(headers=headers, timeout=ANSWER_SECONDS, trust_env=False) as client:
        for subject, entries in found.streams.items():
            stored = _stored(client, f"{endpoints.intake}/v1/ledger/{quote(subject, safe='')}")
            if stored != entries:
                faults.append(f"{subject}: {len(stored)} stored, {len(entries)} in the topic")
        verification = client.get(f"{endpoints.intake}/v1/ledger/verification").json()
    total = sum(len(numbered.values) for numbered in found.partitions)
    if verification["faults"] or verification["entries"] != total:
        faults.append(f"verification: {str(verification)[:500]}, the topic has {total}")
    return faults


def _stored(client: httpx.Client, url: str) -> list[tuple[int, int, int, bytes]]:
    rows: list[tuple[int, int, int, bytes]] = []
    after = 0
    for _ in range(PAGES_MAX):
        page = _page(client.get(url, params={"after": after, "limit": PAGE_MAX}).content)
        rows += [(e.partition, e.position, e.sequence, bytes(e.event)) for e in page.items]
        if page.next is None:
            return rows
        after = page.next
    raise AssertionError(PAGES_MAX)


SIGNS: Final = {
    "dualwatch.expenditure.recorded.v1": 1,
    "dualwatch.expenditure.reversed.v1": -1,
}
"""How facts move what is spent."""


def spent_by_project(found: Entered, jurisdiction: str) -> dict[str, int]:
    """Add up what a jurisdiction's projects paid and got back, fen, from the events alone."""
    spent: dict[str, int] = defaultdict(int)
    for subject, entries in found.streams.items():
        if subject.startswith(f"{jurisdiction}/"):
            for *_, value in entries:
                event: dict[str, Any] = json.loads(value)
                sign = SIGNS.get(event["type"], 0)
                if sign:
                    spent[subject] += sign * int(event["data"]["amount"].replace(".", ""))
    return dict(spent)
