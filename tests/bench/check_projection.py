"""What the projection must be after a `ledger` in which stretches come twice."""

import json
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from contracts.record import MARK_HEADER, Mark
from tests.bench.events import FIRST_MS, YEAR, Fact, totals
from tests.bench.lab import Lab, OutRecord
from tests.bench.limit_batch import unpack
from tests.bench.limit_store import expand
from tests.bench.stages import LIMIT_DATABASE, ledger

RETURN_EVERY: Final = 40
"""So many facts bring one whose money comes back."""
STRETCH: Final = 1_000
"""So many records of a partition, and the last REPUBLISHED come again."""
REPUBLISHED: Final = 300
RETURNS: Final = {
    "dualwatch.expenditure.recorded.v1": ("dualwatch.expenditure.reversed.v1", {}),
    "dualwatch.funds.disbursed.v1": ("dualwatch.funds.disbursed.v1", {"returned": True}),
}


def with_returns(facts: Iterable[Fact]) -> list[Fact]:
    """Let some of the money come back, spent or disbursed."""
    found: list[Fact] = []
    for fact in facts:
        found.append(Fact(fact.subject, fact.value, len(found)))
        event = json.loads(fact.value)
        if fact.index % RETURN_EVERY == 0 and event["type"] in RETURNS:
            kind, more = RETURNS[event["type"]]
            data = {**event["data"], **more}
            returned = {**event, "id": f"{event['id']}-returned", "type": kind, "data": data}
            value = json.dumps(returned, ensure_ascii=False, separators=(",", ":")).encode()
            found.append(Fact(fact.subject, value, len(found)))
    return found


def republished(facts: Sequence[Fact]) -> Iterator[OutRecord]:
    """Give the records of `ledger` with repeats, as a killed owner's successor publishes them."""
    latest: dict[int, deque[OutRecord]] = defaultdict(lambda: deque(maxlen=REPUBLISHED))
    counts: Counter[int] = Counter()
    for record in ledger(facts):
        yield record
        partition = record[0]
        latest[partition].append(record)
        counts[partition] += 1
        if counts[partition] % STRETCH == 0:
            yield from latest[partition]


def beyond(facts: Sequence[Fact], positions: Sequence[int]) -> OutRecord:
    """Give a record that comes one position too early."""
    fact = facts[0]
    position = positions[0] + 2
    mark = Mark(position, 1, FIRST_MS, position, json.loads(fact.value)["type"])
    return 0, fact.subject.encode(), fact.value, [(MARK_HEADER, mark.to_bytes())]


async def verify(lab: Lab, facts: Sequence[Fact]) -> None:
    """Compare everything that the limit wrote with what was sent."""
    expected: dict[str, list[tuple[bytes, bytes]]] = defaultdict(list)
    for _, key, value, headers in ledger(facts):
        if b"/" in key:
            expected[key.decode()].append((dict(headers)[MARK_HEADER], value))
    db = lab.mongo[LIMIT_DATABASE]
    kept: dict[str, dict[int, tuple[bytes, bytes]]] = defaultdict(dict)
    async for document in db["entries"].find():
        project = kept[document["_id"]["p"]]
        for sequence, (mark, value) in enumerate(
            unpack(expand(document["e"])), document["_id"]["n"]
        ):
            assert sequence not in project
            project[sequence] = mark, value
    assert expected == {
        subject: [project[n] for n in range(1, len(project) + 1)]
        for subject, project in kept.items()
    }
    found = {project.pop("_id"): project async for project in db["projects"].find()}
    assert found == {
        subject: {
            "n": len(expected[subject]),
            "spent": sum(total.spent),
            "disbursed": sum(total.disbursed),
            "years": {str(YEAR): [total.spent, total.disbursed]},
        }
        for subject, total in totals(facts).items()
    }
