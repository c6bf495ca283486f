"""The consumer of `ledger`: takes partitions, hands them their records, attends to what is due."""

import asyncio
import contextlib
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from contracts.events.intake import DayOpened
from contracts.topics import ASSESSMENTS
from services.analysis.domain.corrections import FACT_CORRECTED
from services.analysis.handlers import counting
from services.analysis.handlers.agenda import Agenda
from services.analysis.handlers.arriving import Arrival, Arrived, arrive
from services.analysis.handlers.building import POLL_SECONDS, Builder
from services.analysis.handlers.folding import Broken, FoldError
from services.analysis.handlers.gate import Gate
from services.analysis.handlers.owner import Owner
from services.analysis.handlers.share import Cache, Share
from services.analysis.settings import AnalysisSettings
from services.analysis.store.events import BrokenEntryError, read_event
from services.analysis.store.writing import OwnerStore, standing_of
from services.chassis import clock, metrics
from services.chassis.health import Health
from services.chassis.lane import Record
from services.chassis.log import get_logger, is_debugging
from services.chassis.mongo import SupersededError

log = get_logger(__name__)

DAY_OPENED: Final = DayOpened.event_type()
IDLE_SECONDS: Final = 5.0
"""Longest sleep of an assessor; it then says that it lives."""
ROUND_SECONDS: Final = 0.25
"""Longest sleep of an assessor with a round under way that a backlog holds up."""
RETRY_SECONDS: Final = (0.2, 5.0)
SUPERSEDED_SECONDS: Final = 10.0
"""Kafka's session timeout: by then a partition that has another owner was revoked here."""
RELEASE_SECONDS: Final = 3.0
"""Longest that giving a partition up waits for the transaction in hand."""
TOLD_MAX: Final = 100
"""Most requests of one batch that the log names."""
BROKEN_MAX: Final = 1_000
"""Most positions remembered, over all partitions, that are parked when they come again."""


class ShareLostError(Exception):
    """The share in memory may not be the stored one any more: take the partition anew."""


class LedgerHandler:
    """What analysis does with the partitions of the ledger that it is given."""

    def __init__(self, store: OwnerStore, settings: AnalysisSettings, health: Health) -> None:
        """Nothing is taken before the broker assigns it."""
        self._store = store
        self._settings = settings
        self._health = health
        self._owner = Owner(store, settings, health)
        self.builder = Builder(store, self._owner)
        self._shares: dict[int, Share] = {}
        self._assessors: dict[int, asyncio.Task[None]] = {}
        self._told: dict[int, int | None] = {}
        self._broken: dict[int, dict[int, str]] = {}

    async def assigned(self, partition: int) -> int | None:
        """Take the partition; give the offset to read from."""
        await self._release(partition)
        share = self._shares[partition] = await self._take(partition)
        self._ration()
        self._assessors[partition] = asyncio.create_task(
            self._attend(partition), name=f"assessor-{partition}"
        )
        return share.standing.offset

    async def revoked(self, partition: int) -> None:
        """Give the partition up."""
        await self._release(partition)

    async def handle(self, partition: int, records: Sequence[Record]) -> None:
        """Fold records of one partition; any failure leads to taking the partition anew."""
        share = self._shares.get(partition)
        if share is None:
            raise ShareLostError(partition)
        async with share.lock:
            try:
                if share.lost:
                    raise ShareLostError(partition)
                await self._handle(share, records)
            except FoldError as error:
                self._remember(partition, error)
                raise
            finally:
                # Kept over the next taking: a gap is reported once, then waited for.
                self._told[partition] = share.gate.told

    async def _handle(self, share: Share, records: Sequence[Record]) -> None:
        try:
            await self._owner.finish_sweep(share)
            arrival = arrive(share.gate, share.partition, records)
            share.contexts.add(arrival.contexts)
            resume = share.gate.resume_at(arrival.next_offset)
            counting.GAP.labels(str(share.partition)).set(share.gate.pin is not None)
            backlog = len(records) >= self._settings.backlog_records
            entries: Sequence[Arrived] = arrival.entries
            while entries:
                ready = await self.builder.ready(share, entries) if share.building else entries
                await self._take_in(share, ready, arrival.kinds, resume, backlog=backlog)
                entries = entries[len(ready) :]
            if arrival.contexts and is_debugging(__name__):
                tell_contexts(share.partition, arrival)
            if arrival.unreadable is not None:
                counting.UNREADABLE.inc()
                raise arrival.unreadable
            share.gate.check(share.partition)
        except BaseException:
            share.lost = True
            raise

    async def _take_in(
        self,
        share: Share,
        entries: Sequence[Arrived],
        kinds: AbstractSet[str],
        resume: int,
        *,
        backlog: bool,
    ) -> None:
        broken = self._broken.get(share.partition, {})
        # Where nothing is assessed yet, a day that opens is a fact like any other.
        opens = DAY_OPENED in kinds and not share.is_catching_up
        for run, day in runs(entries, broken) if opens else [(entries, None)]:
            if run:
                offset = min(resume, run[-1].offset + 1)
                corrects = FACT_CORRECTED in kinds
                await self._owner.fold(
                    share, run, offset, broken, backlog=backlog, corrects=corrects
                )
            if day is not None:
                await self._owner.open_day(share, day, min(resume, day.offset + 1))

    async def _take(self, partition: int) -> Share:
        taken = await self._store.take(partition)
        standing = standing_of(taken)
        gate = Gate(standing.position, told=self._told.get(partition))
        settings = self._settings
        return Share(
            partition,
            taken,
            standing,
            gate,
            await self._store.jurisdictions(partition),
            await self._store.organisations(partition),
            Cache(settings.cache_projects),
            Agenda(settings.assess_interval_ms / 1000, settings.assess_deferral_ms / 1000),
            building=not await self._store.is_live(partition),
        )

    async def _release(self, partition: int) -> None:
        share = self._shares.pop(partition, None)
        assessor = self._assessors.pop(partition, None)
        if share is not None:
            # A transaction in hand is waited for; one that hangs is left to its deadline.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RELEASE_SECONDS):
                    await share.lock.acquire()
            share.lost = True
        if assessor is not None:
            assessor.cancel()
            await asyncio.wait([assessor])
        if share is not None:
            await share.taken.release()
            if share.lock.locked():
                share.lock.release()
        for shown in (counting.DUE, counting.CACHED, counting.GAP, counting.OLDEST_DUE):
            shown.labels(str(partition)).set(0)
        metrics.OUTBOX_WAITING.remove(ASSESSMENTS.name, str(partition))
        self._health.rest(_loop(partition))

    def _remember(self, partition: int, error: FoldError) -> None:
        log.error("entry_not_folded", partition=partition, exc_info=error)
        broken = self._broken.setdefault(partition, {})
        broken[error.position] = error.reason
        while len(broken) > BROKEN_MAX:
            del broken[next(iter(broken))]

    async def _attend(self, partition: int) -> None:
        """Assess what is due when it is due, and end sweeps that a former owner began."""
        failures = 0
        while (share := self._shares.get(partition)) is not None:
            self._health.beat(_loop(partition))
            try:
                if share.lost:
                    await self._take_again(share)
                else:
                    await self._attend_once(share)
                    await self._sleep(share)
            except SupersededError:
                log.warning("assessor_superseded", partition=partition)
                await asyncio.sleep(SUPERSEDED_SECONDS)
            except Exception as error:
                failures += 1
                log.warning("assessing_failed", partition=partition, exc_info=error)
                await asyncio.sleep(clock.backoff(failures, *RETRY_SECONDS))
            else:
                failures = 0

    async def _attend_once(self, share: Share) -> None:
        while True:
            async with share.lock:
                if share.lost:
                    return
                try:
                    if not await self._assess_some(share):
                        return
                except BaseException:
                    share.lost = True
                    raise

    async def _assess_some(self, share: Share) -> bool:
        await self._owner.finish_sweep(share)
        if share.building:
            return await self.builder.step(share)
        return await self._owner.attend(share)

    async def _sleep(self, share: Share) -> None:
        now = clock.monotonic()
        counting.OLDEST_DUE.labels(str(share.partition)).set(share.agenda.oldest(now))
        wait = share.agenda.wait(now)
        seconds = IDLE_SECONDS if wait is None else min(wait, IDLE_SECONDS)
        if share.building:
            seconds = min(seconds, POLL_SECONDS)
        elif share.standing.rounds:
            seconds = min(seconds, ROUND_SECONDS)
        # Not wait_for: before Python 3.12 it may swallow the cancellation that ends us.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await share.wake.wait()
        share.wake.clear()

    async def _take_again(self, share: Share) -> None:
        partition = share.partition
        async with share.lock:
            if self._shares.get(partition) is share:
                await share.taken.release()
                self._shares[partition] = await self._take(partition)
                self._ration()

    def _ration(self) -> None:
        """Give every partition its part of the memory."""
        for share in self._shares.values():
            share.cache.projects_max = self._settings.cache_projects // len(self._shares)


def tell_contexts(partition: int, arrival: Arrival) -> None:
    """Write which requests' entries were folded."""
    found: dict[str, int] = {}
    for position, context in arrival.contexts.items():
        if context.correlation is not None:
            found[context.correlation] = position
    for correlation, position in list(found.items())[:TOLD_MAX]:
        log.debug(
            "entries_folded", correlation_id=correlation, partition=partition, position=position
        )


def runs(
    entries: Sequence[Arrived], broken: Broken
) -> list[tuple[Sequence[Arrived], Arrived | None]]:
    """Split entries where a day opens: what comes before is folded before."""
    found: list[tuple[Sequence[Arrived], Arrived | None]] = []
    first = 0
    for index, arrived in enumerate(entries):
        if arrived.event_type == DAY_OPENED and _is_whole(arrived, broken):
            found.append((entries[first:index], arrived))
            first = index + 1
    if first < len(entries):
        found.append((entries[first:], None))
    return found


def _is_whole(arrived: Arrived, broken: Broken) -> bool:
    """Say whether an entry can be read; if not, it is parked like any other."""
    if arrived.position in broken:
        return False
    try:
        event = read_event(arrived.raw, arrived.event_type)
    except BrokenEntryError:
        return False
    return bool(event.subject == arrived.subject)


def _loop(partition: int) -> str:
    return f"assessor-{partition}"
