"""The owner's side of the quarantine: entries opened and closed with the ledger's transaction.

What is told of them goes to the topic `quarantine` through an outbox, numbered in the partition
like the ledger; its last number stands in the owner's progress.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from pymongo import UpdateOne

from contracts.record import Mark
from contracts.topics import QUARANTINE
from services.chassis.mongo import Mongo, Session
from services.chassis.outbox import Marked, Outbox
from services.chassis.publisher import Publisher
from services.intake.domain.decision import Decision, Quarantined
from services.intake.domain.jurisdictions import Jurisdiction
from services.intake.domain.orders import Act, Outcome, State
from services.intake.domain.quarantine import About, about
from services.intake.domain.telling import Kept, record_of
from services.intake.domain.verdicts import Verdict
from services.intake.store import documents as docs
from services.intake.store.documents import Document, moment
from services.intake.store.kept import code_of, quarantine_update

HISTORY_MAX: Final = 100
"""Acts that an entry remembers, the last ones."""
IDS_PER_QUERY_MAX: Final = 5_000
_LOADED: Final = (
    *("state", "change", "attempt", "subject", "stated", "fiscal_year"),
    *("verdict", "code", "publisher", "door"),
)


class QuarantineBook:
    """Writes entries and tells of them."""

    def __init__(self, mongo: Mongo, publisher: Publisher | None) -> None:
        """Without a publisher nobody is told."""
        self.mongo = mongo
        self.outbox = None if publisher is None else Outbox(mongo, publisher, QUARANTINE.name)

    async def write(
        self,
        decision: Decision,
        partition: int,
        session: Session,
        known: Mapping[str, Jurisdiction],
        recorded_ms: int,
        told: int,
    ) -> list[Marked]:
        """Write what a batch has refused and what it has closed; give what is to be told of it.

        `told` is the last number of the partition on the topic.
        """
        if not decision.quarantine and not decision.orders:
            return []
        before = await self._before(decision, session)
        writes = [quarantine_update(entry, partition) for entry in decision.quarantine]
        telling = _entered(decision.quarantine, before, known, recorded_ms)
        for outcome in decision.orders:
            kept = _kept(outcome, before.get(outcome.order.entry), known, recorded_ms)
            if kept is None:
                continue
            writes.append(_settled(outcome, kept, partition, recorded_ms))
            order = None if outcome.problem is not None else outcome.order
            telling.append(record_of(kept, moment(recorded_ms), order))
        if writes:
            # In order: the same bytes may stand in it several times.
            collection = self.mongo.db[docs.QUARANTINE]
            await collection.bulk_write(writes, ordered=True, session=session)
        if self.outbox is None:
            return []
        marked = [
            Marked(key, value, Mark(number, 0, recorded_ms, decision.position, event_type))
            for number, (key, value, event_type) in enumerate(telling, told + 1)
        ]
        await self.outbox.add(session, partition, marked)
        return marked

    async def publish(self, partition: int, marked: Sequence[Marked]) -> None:
        """Publish what has been committed."""
        if self.outbox is not None:
            await self.outbox.publish(partition, marked)

    async def flush(self, partition: int) -> None:
        """Publish what a former owner left."""
        if self.outbox is not None:
            await self.outbox.flush(partition)

    async def _before(self, decision: Decision, session: Session) -> dict[str, Document]:
        wanted = {entry.quarantine_id for entry in decision.quarantine}
        wanted.update(outcome.order.entry for outcome in decision.orders)
        ids = sorted(wanted)
        found: dict[str, Document] = {}
        for start in range(0, len(ids), IDS_PER_QUERY_MAX):
            some = {"_id": {"$in": ids[start : start + IDS_PER_QUERY_MAX]}}
            cursor = self.mongo.db[docs.QUARANTINE].find(some, _LOADED, session=session)
            found.update({item["_id"]: item async for item in cursor})
        return found


def _entered(
    quarantine: Iterable[Quarantined],
    before: Mapping[str, Document],
    known: Mapping[str, Jurisdiction],
    recorded_ms: int,
) -> list[tuple[bytes, bytes, str]]:
    """Tell of entries that were not there; the same bytes again are nothing new."""
    new: dict[str, tuple[bytes, bytes, str]] = {}
    for entry in quarantine:
        if entry.quarantine_id in before or entry.quarantine_id in new:
            continue
        origin = entry.candidate.origin
        said = about(entry.kept)
        kept = Kept(
            entry.quarantine_id,
            1,
            entry.verdict,
            code_of(entry.problem),
            origin.publisher,
            origin.door,
            said,
            _date(said, known, recorded_ms),
        )
        new[entry.quarantine_id] = record_of(kept, moment(recorded_ms), None)
    return list(new.values())


def _kept(
    outcome: Outcome,
    before: Document | None,
    known: Mapping[str, Jurisdiction],
    recorded_ms: int,
) -> Kept | None:
    """Say what is told of a closed entry; None if the order has been carried out already.

    What has been accepted counts whatever has become of the entry meanwhile.
    """
    if before is None or before["state"] in {State.RELEASED, State.DISCARDED}:
        return None
    order = outcome.order
    accepted = order.act is Act.RELEASE and outcome.problem is None
    if not accepted and before.get("attempt") != order.attempt:
        return None
    said = About(before["subject"], before["stated"], before["fiscal_year"])
    refused = outcome.problem is not None
    return Kept(
        order.entry,
        before["change"] + 1,
        Verdict(outcome.verdict if refused and outcome.verdict else before["verdict"]),
        code_of(outcome.problem) if outcome.problem is not None else before["code"],
        before["publisher"],
        before["door"],
        said,
        _date(said, known, recorded_ms),
    )


def _settled(outcome: Outcome, kept: Kept, partition: int, recorded_ms: int) -> UpdateOne:
    order = outcome.order
    fields: Document = {
        "state": outcome.state.value,
        "change": kept.change,
        "settled": order.attempt,
    }
    act: Document = {"at": recorded_ms, "by": order.by, "note": order.note, "did": outcome.state}
    if outcome.problem is not None:
        fields |= {"verdict": kept.verdict.value, "code": kept.code}
        fields["problem"] = outcome.problem.decode()
        act |= {"did": "refused_again", "code": kept.code}
    elif order.act is Act.RELEASE:
        where = {"partition": partition, "sequence": outcome.sequence}
        fields["entry"] = {**where, "position": outcome.position}
        act |= {"override": order.override, "verdict": outcome.verdict}
    return UpdateOne(
        {"_id": order.entry},
        {"$set": fields, "$push": {"history": {"$each": [_plain(act)], "$slice": -HISTORY_MAX}}},
    )


def _plain(act: Document) -> Any:
    return msgspec.to_builtins(act)


def _date(said: About, known: Mapping[str, Jurisdiction], recorded_ms: int) -> dt.date:
    jurisdiction = known.get((said.subject or "").partition("/")[0])
    today = None if jurisdiction is None else jurisdiction.today
    return today or moment(recorded_ms).date()
