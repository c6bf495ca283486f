"""The owner of a ledger partition: submissions in, one transaction, then the topic `ledger`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, Protocol

from contracts.record import CORRELATION_HEADER, MARK_HEADER, Mark
from contracts.topics import LEDGER, QUARANTINE
from services.chassis import clock, distances, metrics
from services.chassis.distances import exemplar_in
from services.chassis.log import get_logger, is_debugging
from services.chassis.publisher import last_record
from services.chassis.records import BatchLimits, Record, header
from services.chassis.settings import KafkaSettings
from services.intake.domain.chain import Head
from services.intake.domain.decision import Before, Decision, Known, Published, stream_of
from services.intake.domain.jurisdictions import Jurisdiction, to_tell
from services.intake.domain.ledger import decide
from services.intake.domain.scopes import Scopes
from services.intake.domain.silence import Heard
from services.intake.domain.submissions import Candidate, Context
from services.intake.store.board import Board
from services.intake.store.errors import AWAY
from services.intake.store.hearing import submission_of
from services.intake.store.ledger import ClaimTakenError, Held, LedgerStore
from services.intake.store.submissions import Publishes, Submissions, read

log = get_logger(__name__)

GROUP: Final = "intake.ledger"
HEAL_SECONDS: Final = 30.0
"""How often is looked for copies that got lost: on the way for so long, they are."""
LIMITS: Final = BatchLimits(records_max=20_000, bytes_max=10_000_000)
HEADS_MAX: Final = 50_000
"""Heads of streams kept in memory per partition; the longest unused go first."""
HEADS_OF_ALL_MAX: Final = 200_000
"""Heads kept of all partitions that a process owns, some 60 MB."""
NO_CONTEXTS: Final[Mapping[int, Context]] = {}
TOLD_MAX: Final = 100
"""Most requests of one batch that the log names."""
READ_AT_ONCE: Final = 1_000
"""Records read before other work of the process gets its turn."""

VERDICTS = metrics.counter(
    "dualwatch_intake_verdicts_total", "Events decided by ledger owners, by verdict.", ("verdict",)
)
REPUBLISHED = metrics.counter(
    "dualwatch_intake_republished_total",
    "Ledger entries published again when a partition was taken.",
)

ACCEPTED = metrics.histogram(
    "dualwatch_accepted_seconds",
    "Seconds from a door's receipt of an event until the ledger has decided on it.",
    buckets=metrics.DISTANCE_BUCKETS,
)

LastPosition = Callable[[int], Awaitable[int]]
Restore = Callable[[Held, int], Awaitable[Held]]
"""Brings a store that is behind the topic up to its last position, or raises."""


class Publishers(Protocol):
    """Knows who may state what."""

    async def scopes(self, names: AbstractSet[str]) -> Scopes:
        """Return the bounds of each of these publishers; None: it has none."""


@dataclass
class Owned:
    """A partition that this process owns, with what its owner remembers."""

    held: Held
    heads: dict[str, Head] = field(default_factory=dict)
    look_up: bool = False
    """Whether the last batch repeated events: then claims are looked up before they are made."""
    begun: bool = False
    """Whether records have come since it was taken."""

    def remember(self, held: Held, decision: Decision, heads_max: int) -> None:
        """Go on from a committed batch."""
        self.held = held
        for stream, head in decision.heads.items():
            # Taken out and put in again: the order of the dictionary is that of last use.
            self.heads.pop(stream, None)
            self.heads[stream] = head
        for stream in list(self.heads)[: max(0, len(self.heads) - heads_max)]:
            del self.heads[stream]


class LedgerOwner:
    """Enters submissions in the ledger, partition by partition."""

    def __init__(
        self,
        store: LedgerStore,
        publisher: Publishes,
        board: Board,
        partitions: int,
        last_position: LastPosition,
        publishers: Publishers | None = None,
        restore: Restore | None = None,
    ) -> None:
        """`last_position` reads the last position on a partition of the topic `ledger`.

        `publishers` knows who may state what; without it, everybody may state everything.
        `restore` is called where the topic has more than the store, which must not go on then.
        """
        self.store = store
        self.publisher = publisher
        self.board = board
        self.partitions = partitions
        self.last_position = last_position
        self.publishers = publishers
        self.restore = restore
        # Whoever publishes on a partition waits for his turn: its order is that of positions.
        self._turns: dict[int, asyncio.Lock] = {}
        self.submissions = Submissions(publisher, partitions)
        self.owned: dict[int, Owned] = {}

    async def assigned(self, partition: int) -> int | None:
        """Take a partition; what a former owner committed but did not send goes out first."""
        held = await self.store.take(partition)
        async with self._turn(partition):
            above = await self.last_position(partition)
            if above > held.position and self.restore is not None:
                held = await self.restore(held, above)
            await self._publish_tail(held, above)
        await self.store.tell(partition, None)
        await self.submissions.put_copies(await self.store.copies_missing(held))
        await self._say_heard(_to_tell(held.jurisdictions))
        self.owned[partition] = Owned(held)
        metrics.END_POSITION.labels(LEDGER.name, str(partition)).set(held.position)
        return held.taken.offset

    async def revoked(self, partition: int) -> None:
        """Forget a partition."""
        owned = self.owned.pop(partition, None)
        if owned is not None:
            await owned.held.taken.release()
        for topic in (LEDGER.name, QUARANTINE.name):
            metrics.OUTBOX_WAITING.remove(topic, str(partition))

    async def republish(self, partition: int, *, everything: bool) -> bool:
        """Publish again what the topic lacks, or everything; False if the partition is not ours."""
        async with self._turn(partition):
            owned = self.owned.get(partition)
            if owned is None:
                return False
            above = 0 if everything else await self.last_position(partition)
            await self._publish_tail(owned.held, above)
            return True

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Enter a batch: decide, commit, announce, publish, copy."""
        async with self._turn(partition):
            owned = self.owned[partition]
            start = owned.held.taken.offset or 0
            if not owned.begun and records[0].offset < start:
                # The lane begins before what was stored only where the topic does not reach so
                # far: it was begun anew, or cut off. What comes is new, or known by its claims.
                log.warning("topic_ends_before", partition=partition, stored=start)
                start = 0
            owned.begun = True
            end = records[-1].offset + 1
            batch = await _read([record for record in records if record.offset >= start])
            # A record takes as much memory as all that is made of it: one of them at a time.
            del records
            if batch:
                await self._enter(owned, batch, end)

    def _turn(self, partition: int) -> asyncio.Lock:
        return self._turns.setdefault(partition, asyncio.Lock())

    async def _enter(self, owned: Owned, batch: Sequence[Candidate], end: int) -> None:
        partition = owned.held.taken.partition
        copies_before, known = owned.held.copies, owned.held.jurisdictions
        held, decision = await self._commit(owned, batch, end)
        heads_max = min(HEADS_MAX, HEADS_OF_ALL_MAX // max(1, len(self.owned)))
        owned.remember(held, decision, heads_max)
        metrics.END_POSITION.labels(LEDGER.name, str(partition)).set(held.position)
        # Before anybody learns that his event is there: who then opens a day opens it behind this.
        await self._say_heard(_newly_heard(known, decision.jurisdictions))
        self.board.announce(decision.verdicts, everybody=held.copies != copies_before)
        for verdict, number in decision.counts.items():
            VERDICTS.labels(verdict).inc(number)
        distances.observe(ACCEPTED, _ends(batch))
        if is_debugging(__name__):
            tell_entries(partition, decision)
        await self._publish(partition, decision.published, decision.contexts)
        await self.store.tell(partition, decision)
        if decision.copies:
            others = (other for other in range(self.partitions) if other != partition)
            await self.submissions.put_copies(dict.fromkeys(others, decision.copies))

    async def _say_heard(self, heard: AbstractSet[Heard]) -> None:
        """Send what was heard here to the homes, who state it to all."""
        if heard:
            await self.submissions.put(submission_of(each) for each in sorted(heard))

    async def say_lost(self, before: AbstractSet[Heard]) -> AbstractSet[Heard]:
        """Send again what no fact says now, and said none at the look before already.

        Gives what no fact says.
        """
        untold: set[Heard] = set()
        for owned in list(self.owned.values()):
            untold |= _to_tell(owned.held.jurisdictions)
        await self._say_heard(untold & before)
        return untold

    async def heal(self) -> None:
        """Look again and again whether copies got lost, and send them once more."""
        lacking: dict[int, dict[int, int]] = {}
        untold: AbstractSet[Heard] = frozenset()
        while True:
            await asyncio.sleep(HEAL_SECONDS)
            try:
                lacking = await self.send_lost_copies(lacking)
                untold = await self.say_lost(untold)
            except AWAY as error:
                log.warning("copies_not_checked", reason=repr(error))

    async def send_lost_copies(
        self, before: dict[int, dict[int, int]]
    ) -> dict[int, dict[int, int]]:
        """Send what some partition lacks now and lacked at the look before already.

        Gives what is lacking: home → partition → position of the first fact it lacks.
        """
        lacking: dict[int, dict[int, int]] = {}
        for home, owned in list(self.owned.items()):
            missing = await self.store.copies_missing(owned.held)
            lacking[home] = {other: facts[0].copy.position for other, facts in missing.items()}
            known = before.get(home, {})
            lost = {
                other: facts
                for other, facts in missing.items()
                if known.get(other) == lacking[home][other]
            }
            if lost:
                log.warning("copies_sent_again", home=home, partitions=sorted(lost))
                await self.submissions.put_copies(lost)
        return lacking

    async def _commit(
        self, owned: Owned, batch: Sequence[Candidate], offset: int
    ) -> tuple[Held, Decision]:
        before = await self._before(owned, batch)
        recorded_ms = clock.now_ms()

        def judge(known: Known) -> Decision:
            owned.look_up = bool(known)
            return decide(batch, before, known, recorded_ms)

        if not owned.look_up:
            try:
                return await self.store.commit(owned.held, offset, judge, None, recorded_ms)
            except ClaimTakenError:
                # Rare, and it comes in runs (a file sent twice): the next batch looks first.
                log.info("claims_looked_up", partition=before.partition, events=len(batch))
        return await self.store.commit(owned.held, offset, judge, _keys(batch), recorded_ms)

    async def _before(self, owned: Owned, batch: Sequence[Candidate]) -> Before:
        partition = owned.held.taken.partition
        streams = {stream_of(item, partition) for item in batch if item.refusal is None}
        missing = [stream for stream in streams if stream not in owned.heads]
        if missing:
            owned.heads.update(await self.store.heads(missing))
        scopes, leads = await self._bounds(batch)
        return Before(
            partition=partition,
            position=owned.held.position,
            heads=owned.heads,
            jurisdictions=owned.held.jurisdictions,
            copies=owned.held.copies,
            facts=owned.held.facts,
            scopes=scopes,
            leads=leads,
        )

    async def _bounds(self, batch: Sequence[Candidate]) -> tuple[Scopes | None, dict[str, str]]:
        """Find out which publishers of a batch have bounds, and who leads what they speak of."""
        if self.publishers is None:
            return None, {}
        scopes = await self.publishers.scopes({item.origin.publisher for item in batch})
        if all(scope is None for scope in scopes.values()):
            return None, {}
        narrow = {name for name, scope in scopes.items() if scope and scope.within is not None}
        subjects = {
            item.subject for item in batch if item.origin.publisher in narrow and not item.refusal
        }
        return scopes, await self.store.leads(list(subjects)) if subjects else {}

    async def _publish_tail(self, held: Held, above: int) -> None:
        partition = held.taken.partition
        if above < held.position:
            log.info("tail_republished", partition=partition, above=above, to=held.position)
        async for page in self.store.tail(held, above):
            await self._publish(partition, page)
            REPUBLISHED.inc(len(page))

    async def _publish(
        self,
        partition: int,
        published: Sequence[Published],
        contexts: Mapping[int, Context] = NO_CONTEXTS,
    ) -> None:
        waiting = metrics.OUTBOX_WAITING.labels(LEDGER.name, str(partition))
        waiting.set(len(published))
        await self.publisher.publish(
            LEDGER.name,
            partition,
            [(key, value, [(MARK_HEADER, mark)]) for key, value, mark in published]
            if not contexts
            else [
                (key, value, [(MARK_HEADER, mark), *contexts.get(place, ())])
                for place, (key, value, mark) in enumerate(published)
            ],
        )
        waiting.set(0)


def _to_tell(jurisdictions: Mapping[str, Jurisdiction]) -> AbstractSet[Heard]:
    """Tell what of these was heard and is to be stated."""
    return {heard for known in jurisdictions.values() for heard in to_tell(known)}


def _newly_heard(
    before: Mapping[str, Jurisdiction], after: Mapping[str, Jurisdiction]
) -> AbstractSet[Heard]:
    """Tell what a batch adds to that."""
    return {
        heard
        for code, known in after.items()
        for heard in to_tell(known) - to_tell(before.get(code))
    }


def tell_entries(partition: int, decision: Decision) -> None:
    """Write which requests' events a batch has entered, and where."""
    by_request: dict[str, list[int]] = {}
    for place, context in decision.contexts.items():
        mark = Mark.from_bytes(decision.published[place][2])
        correlation = dict(context).get(CORRELATION_HEADER, b"").decode()
        by_request.setdefault(correlation, []).append(mark.position)
    for correlation, positions in list(by_request.items())[:TOLD_MAX]:
        log.debug(
            "entries_recorded",
            correlation_id=correlation,
            partition=partition,
            entries=len(positions),
            first=positions[0],
            last=positions[-1],
        )
    log.debug(
        "batch_recorded",
        partition=partition,
        position=decision.position,
        verdicts=dict(decision.counts),
    )


def last_ledger_position(settings: KafkaSettings) -> LastPosition:
    """Make the reader of the last position on a partition of `ledger`; 0 if it is empty."""

    async def read_it(partition: int) -> int:
        record = await last_record(settings, LEDGER.name, partition)
        mark = None if record is None else header(record, MARK_HEADER)
        return 0 if mark is None else Mark.from_bytes(mark).position

    return read_it


async def _read(records: Sequence[Record]) -> list[Candidate]:
    batch: list[Candidate] = []
    for start in range(0, len(records), READ_AT_ONCE):
        some = records[start : start + READ_AT_ONCE]
        batch.extend([read(record.value, record.headers) for record in some])
        await asyncio.sleep(0)
    return batch


def _ends(batch: Sequence[Candidate]) -> list[tuple[int, dict[str, str] | None]]:
    """Give when a door took the first and the last event of a batch that came by one."""
    ends = [next(filter(_came, found), None) for found in (batch, reversed(batch))]
    found = {id(item): item for item in ends if item is not None}
    return [(item.origin.received_ms, exemplar_in(item.origin.context)) for item in found.values()]


def _came(item: Candidate) -> bool:
    """Whether an event came by a door just now: no copy of ours, nothing out of quarantine."""
    return bool(item.origin.received_ms) and item.copy is None and item.order is None


def _keys(batch: Sequence[Candidate]) -> list[bytes]:
    wanted = {item.key for item in batch if item.refusal is None and item.copy is None}
    wanted.update(item.document for item in batch if item.document is not None)
    return list(wanted)
