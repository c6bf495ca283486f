"""The owner at work on one partition: fold a run, assess what is due, open a day.

Each step is one transaction, after which its records are published. Memory is changed before the
transaction; if that fails, the share is forgotten and read again from the store.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from contracts.events.analysis import DayAssessed
from contracts.topics import LEDGER
from services.analysis.domain import (
    Entry,
    evolve_jurisdiction,
    needs_sweep,
    swept_years,
)
from services.analysis.handlers import correcting, counting
from services.analysis.handlers.arriving import Arrived
from services.analysis.handlers.assessing import assess_due, assess_into, has_today, turn
from services.analysis.handlers.folding import Broken, Folding, keep_fact
from services.analysis.handlers.grouping import grouped, subjects
from services.analysis.handlers.share import Share
from services.analysis.handlers.telling import Cause, forward, silence, tell
from services.analysis.settings import AnalysisSettings
from services.analysis.store.events import read_event
from services.analysis.store.moments import steps_of
from services.analysis.store.states import Batch, Project, Round, Sweep, YearKey
from services.analysis.store.writing import OwnerStore
from services.chassis import clock
from services.chassis.health import Health
from services.chassis.log import get_logger

log = get_logger(__name__)

DUE_MAX: Final = 50_000
"""Most years put on an agenda from the store at once."""
AT_ONCE_MAX: Final = 100
"""Most years assessed in the transaction that changes them; more wait for their turn."""


class Owner:
    """Works on shares; whoever calls holds the share's lock."""

    def __init__(self, store: OwnerStore, settings: AnalysisSettings, health: Health) -> None:
        """Work with this store."""
        self._store = store
        self._settings = settings
        self._health = health
        # One partition folds or assesses while another's transaction is under way: side by side
        # all would do so at half the speed and then all wait for the store. Held over nothing but
        # that work, which gives people their turns.
        self._folding = asyncio.Lock()

    async def fold(
        self,
        share: Share,
        run: Sequence[Arrived],
        offset: int,
        broken: Broken,
        *,
        backlog: bool,
        corrects: bool,
    ) -> None:
        """Fold a run of entries; `offset` is where reading goes on after it.

        `corrects`: whether corrections may be among them.
        """
        while corrects and (part := correcting.first_part(run)) < len(run):
            at = min(offset, run[part].offset)
            await self._fold(share, run[:part], at, broken, backlog=backlog, corrects=True)
            run = run[part:]
        await self._fold(share, run, offset, broken, backlog=backlog, corrects=corrects)

    async def _fold(
        self,
        share: Share,
        run: Sequence[Arrived],
        offset: int,
        broken: Broken,
        *,
        backlog: bool,
        corrects: bool,
    ) -> None:
        batch = _batch(share, run, offset)
        steps = grouped(run)
        projects = await self._projects(share, subjects(steps))
        originals = await self._originals(run, broken) if corrects else {}
        bytes_max = self._settings.state_bytes_max
        folding = Folding(share, batch, projects, broken, originals, bytes_max=bytes_max)
        async with self._folding:
            await folding.fold(steps)
            at_once = _schedule(share, folding, backlog=backlog)
            await assess_due(batch, share, projects, at_once)
        await self._commit(share, batch)
        if not share.building:
            counting.projected(run, share.contexts)
            counting.told(batch.out)
        share.cache.keep(projects)
        await self._say(share, batch, at_once)

    async def attend(self, share: Share) -> bool:
        """Assess some of what is due; give whether there was any."""
        if not len(share.agenda) and share.more_due:
            await self.refill(share)
        now = clock.monotonic()
        counting.OLDEST_DUE.labels(str(share.partition)).set(share.agenda.oldest(now))
        keys = share.agenda.due(now, self._settings.sweep_page)
        if keys:
            await self.assess(share, keys)
        rounds = share.standing.rounds
        if not rounds or not share.agenda.is_quiet(now):
            return bool(keys)
        await self._round_page(share, rounds[0])
        return True

    async def assess(self, share: Share, keys: Collection[YearKey]) -> None:
        """Assess years that are due."""
        batch = Batch(share.standing.copy())
        projects = await self._projects(share, {key.project for key in keys})
        async with self._folding:
            await assess_due(batch, share, projects, keys)
        if batch.assessed:
            await self._commit(share, batch)
            counting.told(batch.out)
        share.cache.keep(projects)
        await self._say(share, batch, keys)

    async def refill(self, share: Share) -> bool:
        """Put years on the agenda that the store knows to be due; give whether there were any."""
        known = len(share.agenda)
        keys = await self._store.due(share.partition, DUE_MAX)
        share.more_due = len(keys) == DUE_MAX
        share.agenda.add(keys, clock.monotonic())
        return len(share.agenda) > known

    async def open_day(self, share: Share, arrived: Arrived, offset: int) -> None:
        """Assess what is due as of the day before, then open the day and assess everything."""
        name = arrived.subject
        await self._flush(share, name)
        event = read_event(arrived.raw, arrived.event_type)
        entry = Entry(arrived.sequence, arrived.position, arrived.recorded_ms, event)
        former = share.jurisdictions.get(name)
        yesterday = former.today if former else None
        jurisdiction = share.jurisdictions[name] = evolve_jurisdiction(former, entry)
        batch = _batch(share, (arrived,), offset)
        if jurisdiction.today != yesterday:
            day = event.data.date.isoformat()
            batch.standing.sweep = Sweep(
                name,
                day,
                event.data.working_day,
                arrived.position,
                arrived.recorded_ms,
                event.id,
            )
        batch.jurisdictions[name] = jurisdiction
        keep_fact(batch, share, arrived)
        forward(batch, arrived)
        await self._commit(share, batch)
        counting.projected((arrived,), share.contexts)
        await self._say(share, batch, ())
        await self.finish_sweep(share)

    async def finish_sweep(self, share: Share) -> None:
        """Assess, page by page, what the opened day still lacks; entries wait meanwhile."""
        while share.standing.sweep is not None:
            await self._sweep_page(share, share.standing.sweep)
            self.renew(share)

    def renew(self, share: Share) -> None:
        """Say that a long call of the consumer is no stuck consumer."""
        self._health.renew(f"{self._store.projection}:{LEDGER.name}-{share.partition}")

    async def _sweep_page(self, share: Share, sweep: Sweep) -> None:
        jurisdiction = share.jurisdictions[sweep.jurisdiction]
        limit = self._settings.sweep_page
        keys = await self._store.sweep_page(
            share.partition,
            sweep,
            swept_years(jurisdiction, sweep.date),
            jurisdiction.previous_position,
            limit,
        )
        projects = await self._projects(share, {key.project for key in keys})
        cause = Cause(sweep.position, sweep.recorded_ms, sweep.event_id)
        batch = Batch(share.standing.copy())
        made = 0
        async with self._folding:
            for place, key in enumerate(keys):
                await turn(place)
                project = projects[key.project]
                year = project.years[key.fiscal_year]
                if not needs_sweep(jurisdiction, year.state):
                    continue
                before = (year.assessed, year.due)
                made += assess_into(batch, share, project, year, cause, settled=True)
                if (year.assessed, year.due) != before:
                    batch.assessed[key] = year
        done = replace(sweep, projects=sweep.projects + made)
        if len(keys) == limit:
            batch.standing.sweep = replace(done, after=keys[-1])
        else:
            batch.standing.sweep = None
            self._end_day(share, batch, done, cause)
        await self._commit(share, batch)
        counting.told(batch.out)
        await self._say(share, batch, keys)

    async def _round_page(self, share: Share, asked: Round) -> None:
        """Assess the next years of a round."""
        limit = self._settings.sweep_page
        keys = await self._store.round_page(share.partition, asked, limit)
        projects = await self._projects(share, {key.project for key in keys})
        cause = Cause(asked.position, asked.recorded_ms, asked.event_id)
        batch = Batch(share.standing.copy())
        done: list[YearKey] = []
        again = asked.reprojected
        async with self._folding:
            for place, key in enumerate(keys):
                await turn(place)
                project = projects[key.project]
                year = project.years[key.fiscal_year]
                # What is due by itself is no mere repetition: its turn comes.
                own = again and year.due is not None and not share.building
                if own or not has_today(share, key.project):
                    continue
                before = (year.assessed, year.due)
                because = None if again else cause
                assess_into(batch, share, project, year, because, reprojected=again)
                done.append(key)
                if (year.assessed, year.due) != before:
                    batch.assessed[key] = year
        index = share.standing.rounds.index(asked)
        if len(keys) == limit:
            batch.standing.rounds[index] = replace(asked, after=keys[-1])
        else:
            del batch.standing.rounds[index]
        await self._commit(share, batch)
        await self._say(share, batch, done)

    def _end_day(self, share: Share, batch: Batch, sweep: Sweep, cause: Cause) -> None:
        data = DayAssessed(
            date=sweep.date,
            partition=share.partition,
            working_day=sweep.working_day,
            projects=sweep.projects,
        )
        tell(batch, share.partition, sweep.jurisdiction, data, cause)
        log.info(
            "day_assessed",
            partition=share.partition,
            jurisdiction=sweep.jurisdiction,
            day=sweep.day,
            projects=sweep.projects,
        )

    async def _flush(self, share: Share, jurisdiction: str) -> None:
        """Assess everything of a jurisdiction that waits, as of the day that ends."""
        page = self._settings.sweep_page
        while True:
            while keys := share.agenda.of(jurisdiction, page):
                await self.assess(share, keys)
            if not (share.more_due and await self.refill(share)):
                break
        while True:
            rounds = [known for known in share.standing.rounds if known.jurisdiction]
            mine = next((known for known in rounds if known.jurisdiction == jurisdiction), None)
            if mine is None:
                return
            await self._round_page(share, mine)
            self.renew(share)

    async def _originals(self, run: Sequence[Arrived], broken: Broken) -> correcting.Originals:
        asked = correcting.wanted(run)
        if not asked:
            return {}
        whole = [entry for entry in run if entry.position not in broken]
        found = correcting.in_run(whole, asked)
        kept = await self._store.originals(correcting.missing(asked, found))
        for project, events in correcting.decoded(kept).items():
            found[project] |= events
        return found

    async def _projects(self, share: Share, names: Collection[str]) -> dict[str, Project]:
        found = share.cache.known(names)
        missing = [name for name in names if name not in found]
        return {**found, **await self._store.load(missing)} if missing else found

    async def _commit(self, share: Share, batch: Batch) -> None:
        if share.building:
            silence(batch, share.standing.out)
        share.taken = await self._store.commit(share.taken, batch)
        share.standing = batch.standing

    async def _say(self, share: Share, batch: Batch, assessed: Collection[YearKey]) -> None:
        share.agenda.done(assessed, clock.monotonic())
        label = str(share.partition)
        counting.DUE.labels(label).set(len(share.agenda))
        counting.CACHED.labels(label).set(len(share.cache))
        await self._store.publish(share.partition, batch)


def _batch(share: Share, run: Sequence[Arrived], offset: int) -> Batch:
    """Begin the batch of a run of entries."""
    steps = steps_of(run, share.standing.recorded_ms)
    return Batch(share.standing.moved(run[-1].position, offset, steps), steps=steps)


def _schedule(share: Share, folding: Folding, *, backlog: bool) -> list[YearKey]:
    """Mark what changed as due; return what is assessed in the same transaction."""
    if share.is_catching_up:
        return []
    now = clock.monotonic()
    keys = [key for key in folding.changed if has_today(share, key.project)]
    for key in keys:
        year = folding.batch.years[key]
        year.due = year.due or folding.changed[key]
    share.wake.set()
    if backlog:
        share.agenda.defer(keys, now)
        return []
    return share.agenda.changed(keys, now, AT_ONCE_MAX)
