"""Topic and store made from each other: `ledger` published again, or the store filled from it."""

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from contracts.codec import JURISDICTION_TYPES
from contracts.record import Mark
from contracts.topics import LEDGER, partition_of
from services.chassis.health import Health
from services.chassis.log import get_logger
from services.chassis.marked import mark_of, ours
from services.chassis.records import Record
from services.chassis.rereading import reread
from services.chassis.service import AWAY
from services.chassis.settings import KafkaSettings
from services.intake.domain.chain import Head
from services.intake.domain.decision import Before, Decision, Known, stream_of
from services.intake.domain.replay import Told, replay
from services.intake.domain.submissions import Copy, Origin, admitted
from services.intake.handlers.ledger import HEADS_MAX, LedgerOwner
from services.intake.store.ledger import ClaimTakenError, Held, LedgerStore
from services.intake.store.rebuilds import Rebuild, Rebuilds

log = get_logger(__name__)

LOOP: Final = "rebuilds"
LOOK_SECONDS: Final = 2.0
BEAT_LIMIT_SECONDS: Final = 3_600.0
"""A whole topic may be published at a look."""
RECORDS_AT_ONCE: Final = 2_000
DOOR: Final = "restore"


class TopicAheadError(Exception):
    """The topic has entries that the store has not: numbering must not go on from here."""


class NotRestoredError(Exception):
    """The topic does not hold what the store would need."""


class Restorer:
    """Sees to it that the store is never behind the topic; fills it from there if asked to."""

    def __init__(
        self,
        settings: KafkaSettings,
        store: LedgerStore,
        rebuilds: Rebuilds,
        partitions: int,
        health: Health,
    ) -> None:
        """What is behind shows in readiness."""
        self.settings = settings
        self.store = store
        self.rebuilds = rebuilds
        self.partitions = partitions
        self.behind: dict[int, int] = {}
        self._facts: dict[int, list[int]] = {}
        health.check("ledger", self._ready)

    async def __call__(self, held: Held, last: int) -> Held:
        """Bring the store up to the topic's last position, if that was asked for.

        TopicAheadError otherwise: a store that lost entries would give their numbers out again.
        """
        partition = held.taken.partition
        self.behind[partition] = last - held.position
        asked = await self.rebuilds.asked(Rebuild.STORE)
        if asked is None or partition in asked.done:
            msg = (
                f"partition {partition}: the topic ledger ends at {last}, the store at "
                f"{held.position}; `dualwatch ledger restore` fills the store from the topic"
            )
            raise TopicAheadError(msg)
        log.warning("store_restored", partition=partition, above=held.position, to=last)
        held = await self._restore(held, last)
        self.behind.pop(partition, None)
        if not self.behind:
            # The topic may be another the next time.
            self._facts.clear()
        return held

    async def _ready(self) -> str | None:
        if not self.behind:
            return None
        total = sum(self.behind.values())
        return f"the store lacks {total} entries that the topic has; see `dualwatch ledger restore`"

    async def _restore(self, held: Held, last: int) -> Held:
        run = _Run(held, self.partitions, self._facts_of)
        pages = reread(self.settings, LEDGER.name, held.taken.partition, RECORDS_AT_ONCE)
        async for page in pages:
            told = [await run.told(record) for record in run.following(page, last)]
            if told:
                run.held = await self._commit(run, told)
        if run.held.position < last:
            msg = f"partition {held.taken.partition}: position {run.held.position + 1} is missing"
            raise NotRestoredError(msg)
        return run.held

    async def _commit(self, run: "_Run", told: Sequence[Told]) -> Held:
        held = run.held
        streams = {stream_of(each.candidate, held.taken.partition) for each in told}
        missing = [stream for stream in streams if stream not in run.heads]
        run.heads.update(await self.store.heads(missing))
        before = Before(
            partition=held.taken.partition,
            position=held.position,
            heads=run.heads,
            jurisdictions=held.jurisdictions,
            copies=held.copies,
            facts=held.facts,
        )

        def judge(known: Known) -> Decision:
            return replay(told, before, known)

        offset, recorded_ms = held.taken.offset or 0, told[-1].recorded_ms
        try:
            held, decision = await self.store.commit(held, offset, judge, None, recorded_ms)
        except ClaimTakenError:
            # A document that was recorded twice: the second was released from quarantine.
            documents = [each.candidate.document for each in told]
            keys = [document for document in documents if document is not None]
            held, decision = await self.store.commit(held, offset, judge, keys, recorded_ms)
        run.remember(decision.heads)
        return held

    async def _facts_of(self, home: int) -> list[int]:
        """List the positions of the jurisdiction facts that are at home in a partition."""
        known = self._facts.get(home)
        if known is not None:
            return known
        found: list[int] = []
        last = 0
        async for page in reread(self.settings, LEDGER.name, home, RECORDS_AT_ONCE):
            for record in ours(page):
                mark = mark_of(record)
                if mark.position != last + 1:
                    continue
                last += 1
                subject = (record.key or b"").decode()
                is_home = partition_of(subject, self.partitions) == home
                if mark.event_type in JURISDICTION_TYPES and is_home:
                    found.append(last)
        self._facts[home] = found
        return found


class _Run:
    """One partition's restoration: how far it has come."""

    def __init__(
        self, held: Held, partitions: int, facts_of: Callable[[int], Awaitable[list[int]]]
    ) -> None:
        self.held = held
        self.partitions = partitions
        self.facts_of = facts_of
        self.heads: dict[str, Head] = {}
        self._position = held.position
        self._copied = dict(held.copies)

    def following(self, page: Sequence[Record], last: int) -> list[Record]:
        """Choose the records that follow without a gap: others come again, or came before."""
        found: list[Record] = []
        for record in ours(page):
            if mark_of(record).position == self._position + 1 <= last:
                self._position += 1
                found.append(record)
        return found

    def remember(self, heads: Mapping[str, Head]) -> None:
        """Keep heads for the next page, within a bound."""
        if len(self.heads) + len(heads) > HEADS_MAX:
            self.heads.clear()
        self.heads.update(heads)

    async def told(self, record: Record) -> Told:
        """Read a record as the ledger judges it."""
        mark = mark_of(record)
        key, raw = record.key or b"", record.value or b""
        if not mark.publisher:
            msg = f"{record.topic}-{record.partition}@{record.offset}: who stated it is not there"
            raise NotRestoredError(msg)
        origin = Origin(mark.publisher, DOOR, None, 0, mark.recorded_ms, len(raw))
        candidate = admitted(raw, origin, await self._copy(mark, key.decode()))
        return Told(candidate, mark.recorded_ms, (key, raw, mark.to_bytes()))

    async def _copy(self, mark: Mark, subject: str) -> Copy | None:
        """Tell where the fact stands at home that this record copies: the next one of its home."""
        home = partition_of(subject, self.partitions)
        if mark.event_type not in JURISDICTION_TYPES or home == self.held.taken.partition:
            return None
        facts, previous = await self.facts_of(home), self._copied.get(home, 0)
        following = bisect_right(facts, previous)
        if following == len(facts):
            msg = f"{subject}: partition {home} does not have the fact that was copied"
            raise NotRestoredError(msg)
        self._copied[home] = facts[following]
        return Copy(home, facts[following], mark.sequence, previous)


class Rebuilder:
    """Does what was asked for, for the partitions that this process owns."""

    def __init__(
        self,
        owner: LedgerOwner,
        rebuilds: Rebuilds,
        make_topic: Callable[[], Awaitable[None]],
        health: Health,
    ) -> None:
        """`make_topic` makes the topic `ledger` if it is not there."""
        self.owner = owner
        self.rebuilds = rebuilds
        self.make_topic = make_topic
        self.health = health

    async def run(self) -> None:
        """Look again and again."""
        while True:
            self.health.beat(LOOP, BEAT_LIMIT_SECONDS)
            try:
                await self.look()
            except AWAY as error:
                log.warning("rebuild_not_done_yet", reason=repr(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Do what is not done yet."""
        for kind in Rebuild:
            asked = await self.rebuilds.asked(kind)
            todo = [] if asked is None else [p for p in self.owner.owned if p not in asked.done]
            if asked is None or not todo:
                continue
            if kind is Rebuild.TOPIC:
                await self.make_topic()
            for partition in todo:
                # Who owns a partition has a store that is not behind: that is done then.
                republished = kind is not Rebuild.TOPIC or await self.owner.republish(
                    partition, everything=asked.everything
                )
                if republished:
                    await self.rebuilds.done(asked, partition)
