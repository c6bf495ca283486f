"""What the ledger must be after all facts, the refused ones among them, came twice."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.record import MARK_HEADER, Mark
from tests.bench.events import REQUEST_EVENTS, Fact
from tests.bench.lab import PARTITIONS, Lab, OutRecord
from tests.bench.limit_batch import (
    ACCEPTED,
    CONFLICT,
    DUPLICATE,
    FIRST_HASH,
    REPEATED,
    VERDICT_LAYOUT,
    unpack,
)
from tests.bench.limit_store import expand
from tests.bench.stages import LIMIT_DATABASE, submissions

EVERY: Final = 60
"""So many facts bring one each of what is refused."""
LATER: Final = 3_000
"""Facts between one and its contradiction: another batch, another request."""
RESENT: Final = 2_000
"""Records that come again as they are, as when a request is repeated."""
REQUEST_BYTES: Final = 16

Answer = tuple[int, int, int]
"""Verdict, sequence, position."""


@dataclass(frozen=True)
class Case:
    """An event as it is sent for the first time, and the verdicts that are right."""

    fact: Fact
    allowed: frozenset[int]

    @property
    def key(self) -> tuple[bytes, int]:
        """Give its request, and its place there."""
        return _key(self.fact)


def cases(facts: Sequence[Fact]) -> list[Case]:
    """Mix in events that are no new facts, and two for one document in two partitions."""
    found: list[Case] = []

    def add(value: bytes, *allowed: int) -> None:
        subject = json.loads(value)["subject"]
        found.append(Case(Fact(subject, value, len(found)), frozenset(allowed)))

    for index, fact in enumerate(facts):
        former, kind = facts[index - LATER], index % EVERY
        has_paper = "document" in json.loads(fact.value)["data"]
        rivalled = kind == 1 and has_paper
        add(fact.value, *((ACCEPTED, REPEATED) if rivalled else (ACCEPTED,)))
        if rivalled:
            elsewhere = next(
                other.subject
                for other in facts
                if other.partition(PARTITIONS) != fact.partition(PARTITIONS)
            )
            rival = _altered(fact, id=f"rival-{index}", subject=elsewhere)
            add(rival, ACCEPTED, REPEATED)
        if kind == 2:
            # Most often in the same request.
            add(fact.value, DUPLICATE)
        if kind == 3 and index >= LATER:
            add(_altered(former, time="2026-03-13T09:30:00+08:00"), CONFLICT)
        if kind == 4 and index >= LATER and "document" in json.loads(former.value)["data"]:
            add(_altered(former, id=f"repeated-{index}"), REPEATED)
    return found


def _altered(fact: Fact, **change: str) -> bytes:
    event = {**json.loads(fact.value), **change}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def sent(cases: Sequence[Case]) -> list[Fact]:
    """Give all as they are sent first, the last of them sent again."""
    facts = [case.fact for case in cases]
    return [*facts, *facts[-RESENT:]]


def sent_again(cases: Sequence[Case]) -> list[Fact]:
    """Give all once more, in other requests."""
    first = (len(cases) // REQUEST_EVENTS + 1) * REQUEST_EVENTS
    return [Fact(case.fact.subject, case.fact.value, first + case.fact.index) for case in cases]


def records(facts: Iterable[Fact]) -> Iterator[OutRecord]:
    """Give the records of `submissions`."""
    return submissions(list(facts))


@dataclass
class Expected:
    """What the verdicts say is in the ledger, each list in order."""

    partitions: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    streams: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    numbers: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    """Sequence and position by the event's bytes."""

    def enter(self, fact: Fact) -> None:
        """Add the next one."""
        partition, stream = (
            self.partitions[fact.partition(PARTITIONS)],
            self.streams[fact.subject],
        )
        partition.append(fact.value)
        stream.append(fact.value)
        self.numbers[fact.value] = len(stream), len(partition)


async def verify(
    lab: Lab, cases: Sequence[Case], first: Sequence[Fact], again: Sequence[Fact]
) -> None:
    """Compare everything that the limit wrote with what was sent."""
    answers = await _answers(lab, [*first, *again])
    expected = Expected()
    for case in cases:
        verdict = answers[case.key][0]
        assert verdict in case.allowed, (case, verdict)
        if verdict == ACCEPTED:
            expected.enter(case.fact)
    _answered(answers, [*first, *again], expected)
    for case, fact in zip(cases, again, strict=True):
        once, twice = answers[case.key][0], answers[_key(fact)][0]
        assert twice == (DUPLICATE if once == ACCEPTED else once), (case, once, twice)
    await _claimed(lab, expected)
    await _published(lab, expected)
    await _chained(lab, expected)
    refused = [fact.value for fact in [*first, *again] if answers[_key(fact)][0] >= CONFLICT]
    kept = {
        item["bytes"]: item["times"] async for item in lab.mongo[LIMIT_DATABASE]["refused"].find()
    }
    assert kept == Counter(refused)


def _key(fact: Fact) -> tuple[bytes, int]:
    headers = dict(fact.headers())
    return headers["request"], int(headers["index"])


async def _answers(lab: Lab, facts: Iterable[Fact]) -> dict[tuple[bytes, int], Answer]:
    """Read the verdicts: one for each record, the same for the same record."""
    found: dict[tuple[bytes, int], list[Answer]] = defaultdict(list)
    async for answer in lab.mongo[LIMIT_DATABASE]["verdicts"].find():
        for index, *told in VERDICT_LAYOUT.iter_unpack(answer["v"]):
            found[answer["_id"][:REQUEST_BYTES], index].append((told[0], told[1], told[2]))
    assert Counter(map(_key, facts)) == {key: len(told) for key, told in found.items()}
    assert all(len(set(told)) == 1 for told in found.values())
    return {key: told[0] for key, told in found.items()}


def _answered(
    answers: dict[tuple[bytes, int], Answer], facts: Iterable[Fact], expected: Expected
) -> None:
    """Who is told that an event is in the ledger is told where."""
    for fact in facts:
        verdict, *numbers = answers[_key(fact)]
        if verdict in {ACCEPTED, DUPLICATE}:
            assert tuple(numbers) == expected.numbers[fact.value], fact


async def _claimed(lab: Lab, expected: Expected) -> None:
    """Each event has a claim, and each document one: no two events rest on the same."""
    papers: list[Any] = []
    for value in expected.numbers:
        data = json.loads(value)["data"]
        if paper := data.get("document"):
            papers.append((data["fiscal_year"], *sorted(paper.items())))
    assert len(papers) == len(set(papers))
    claims = await lab.mongo[LIMIT_DATABASE]["claims"].count_documents({})
    assert claims == len(expected.numbers) + len(papers)


async def _published(lab: Lab, expected: Expected) -> None:
    """`ledger` holds every entry, in order of position; what was sent again is the same again."""
    found: dict[int, list[tuple[bytes, bytes, Mark]]] = defaultdict(list)
    async for batch in lab.read("ledger"):
        for record in batch:
            entries = found[record.partition]
            mark = Mark.from_bytes(dict(record.headers)[MARK_HEADER])
            copy = record.key, record.value, mark
            if mark.position == len(entries) + 1:
                entries.append(copy)
            assert mark.position <= len(entries), f"{mark} leaves a gap"
            assert entries[mark.position - 1] == copy, f"{mark} is another record now"
    assert expected.partitions == {
        partition: [value for _, value, _ in entries] for partition, entries in found.items()
    }
    for key, value, mark in (copy for entries in found.values() for copy in entries):
        event = json.loads(value)
        assert (mark.sequence, mark.position) == expected.numbers[value]
        assert (mark.event_type, key.decode()) == (event["type"], event["subject"])


async def _chained(lab: Lab, expected: Expected) -> None:
    """Streams hold their events' bytes, numbered without gap, and heads their chains' ends."""
    db = lab.mongo[LIMIT_DATABASE]
    streams: dict[str, dict[int, bytes]] = defaultdict(dict)
    async for document in db["entries"].find():
        stream = streams[document["_id"]["s"]]
        for sequence, entry in enumerate(unpack(expand(document["e"])), document["_id"]["n"]):
            position, _, value = entry
            assert sequence not in stream
            assert (sequence, position) == expected.numbers[value]
            stream[sequence] = value
    assert expected.streams == {
        subject: [stream[n] for n in range(1, len(stream) + 1)]
        for subject, stream in streams.items()
    }
    heads = {head["_id"]: (head["n"], head["h"]) async for head in db["heads"].find()}
    assert heads == {
        subject: (len(values), _chain(values)) for subject, values in expected.streams.items()
    }


def _chain(values: Sequence[bytes]) -> bytes:
    last = FIRST_HASH
    for value in values:
        last = hashlib.sha256(last + hashlib.sha256(value).digest()).digest()
    return last
