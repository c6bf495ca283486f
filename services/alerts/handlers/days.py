"""What an opened day does: reminders, escalation, mutes that end, sums of units and departments.

All of it is done when a partition passes `day assessed`, before anything that follows on it. It is
written page by page, and what is written is not due any more: a crash in the middle goes on where
it stopped, and nothing is told twice.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from contracts.envelope import AnyEvent
from contracts.events.alerts import Mute
from contracts.events.analysis import DayAssessed
from contracts.record import Mark
from services.alerts.domain.alert import Alert, Change
from services.alerts.domain.case import Case
from services.alerts.domain.facts import Scope
from services.alerts.domain.judging import sorted_out
from services.alerts.domain.noise import Noise, muted, settle
from services.alerts.domain.papers import asked_of, papers_withdrawn
from services.alerts.domain.rules import NO_TERM, Rule
from services.alerts.domain.suppressions import Suppression
from services.alerts.domain.telling import Told
from services.alerts.domain.terms import (
    OpenedDay,
    OpenedDays,
    due,
    measures_due,
    soonest,
    term_of,
)
from services.alerts.domain.withdrawing import withdrawn
from services.alerts.domain.work import StepKind
from services.alerts.handlers.reading import CONFLICTS, CONFLICTS_MAX, Reading, because
from services.alerts.store.batch import Batch
from services.alerts.store.days import OPENED, DayStore
from services.alerts.store.due import DueStore, Page
from services.alerts.store.rollups import RollupStore
from services.alerts.store.suppressions import SuppressionStore
from services.alerts.store.writing import AlertStore, Also, ConflictError
from services.chassis import metrics
from services.chassis.mongo import Session, Taken

DAY_ASSESSED: Final = DayAssessed.event_type()
PAGES_MAX: Final = 20_000
"""Most pages of one day on one partition: ten million alerts."""

REMINDERS: Final = metrics.counter(
    "dualwatch_alerts_reminders_total", "Reminders of a term or of a measure's last day.", ("rule",)
)
ESCALATIONS: Final = metrics.counter(
    "dualwatch_alerts_escalations_total", "Alerts that became a higher level's matter.", ("level",)
)
MUTED: Final = metrics.counter(
    "dualwatch_alerts_muted_total",
    "Alerts that nobody is notified of any more, by ground; `none`: one is notified again.",
    ("ground",),
)
DAY_SECONDS: Final = metrics.histogram(
    "dualwatch_alerts_day_steps_seconds",
    "What a partition needs for an opened day's reminders, escalations and mutes.",
)


RulesFor = Callable[[str | None], Iterable[Rule]]
"""Rules in force for a department's projects, on the day."""


@dataclass(frozen=True, slots=True)
class DayStores:
    """Where a day's steps are read and written."""

    alerts: AlertStore
    days: DayStore
    due: DueStore
    rollups: RollupStore
    suppressions: SuppressionStore


@dataclass(frozen=True, slots=True)
class Today:
    """A day, and what decides on it."""

    event: AnyEvent
    mark: Mark
    days: OpenedDays
    worked: int
    rules: RulesFor
    noise: Noise

    @property
    def date(self) -> dt.date:
        """Which day."""
        found: dt.date = self.event.data.date
        return found


def parts(reading: Reading, offset: int | None) -> list[Reading]:
    """Cut a batch before every `day assessed`: what comes before it is written first.

    The offset of a part is only a hint: all of them go on from where the whole batch began.
    """
    found: list[Reading] = []
    events: list[tuple[Mark, AnyEvent]] = []
    for mark, event in reading.events:
        if mark.event_type == DAY_ASSESSED and events:
            found.append(Reading(mark.position - 1, offset, events))
            events = []
        events.append((mark, event))
    return [*found, Reading(reading.position, reading.offset, events)]


def opens_with_day(reading: Reading) -> bool:
    """Tell whether a part begins with `day assessed`."""
    return bool(reading.events) and reading.events[0][0].event_type == DAY_ASSESSED


@dataclass
class Noises:
    """What mutes in the jurisdictions of a batch, day by day as it goes through them."""

    suppressions: Mapping[str, tuple[Suppression, ...]] = field(default_factory=dict)
    days: dict[str, OpenedDay] = field(default_factory=dict)
    """The last opened day of each jurisdiction; changes with every day in the batch."""

    def open(self, event: AnyEvent) -> None:
        """Go on to a day, if that is what happened."""
        if event.type != OPENED:
            return
        last = self.days.get(event.subject)
        if last is None or event.data.date > last.date:
            worked = (last.worked if last else 0) + int(event.data.working_day)
            number = last.number + 1 if last else 1
            self.days[event.subject] = OpenedDay(event.data.date, number, worked)

    def of(self, event: AnyEvent) -> Noise:
        """Give what mutes in the jurisdiction of an event."""
        jurisdiction = event.subject.split("/", 1)[0]
        last = self.days.get(jurisdiction)
        return Noise(self.suppressions.get(jurisdiction, ()), last.number if last else 0)


class DaySteps:
    """Does what an opened day does, on one partition."""

    def __init__(self, stores: DayStores, reported: Callable[[], None]) -> None:
        """`reported` is called when a partition has reported a day."""
        self._stores = stores
        self._reported = reported
        self._last: dict[int, dict[str, OpenedDay]] = {}

    def begin(self, partition: int) -> None:
        """Become the owner of a partition: what was known of it may be old."""
        self._last[partition] = {}

    def passed(self, partition: int, noises: Noises) -> None:
        """Remember how far the days of a partition have come, once it counts."""
        self._last[partition] |= noises.days

    async def take(self, taken: Taken, event: AnyEvent, mark: Mark, rules: RulesFor) -> Taken:
        """Do everything, by the partition's rules of the day.

        SupersededError if the partition has another owner.
        """
        with DAY_SECONDS.time():
            today = await self._today(taken.partition, event, mark, rules)
            part = await self._stores.rollups.part(taken.partition, event, mark)
            taken = await self._all_due(taken, today)
            taken = await self._all_passing(taken, today)
            taken = await self._stores.alerts.commit(
                taken,
                Batch(taken.position, taken.offset, {}),
                lambda session: self._stores.rollups.report(session, part),
            )
        self._reported()
        return taken

    async def noises(self, partition: int, events: Iterable[AnyEvent]) -> Noises:
        """Read what mutes in the jurisdictions of a batch, as it begins."""
        first: dict[str, dt.date] = {}
        for event in events:
            jurisdiction, date = event.subject.split("/", 1)[0], event.data.date
            first[jurisdiction] = min(date, first.get(jurisdiction, date))
        found = Noises(await self._stores.suppressions.lasting(first))
        known = self._last[partition]
        for jurisdiction in first:
            last = known.get(jurisdiction)
            last = last or await self._stores.days.last(partition, jurisdiction)
            if last is not None:
                found.days[jurisdiction] = last
        return found

    def prioritised(self, before: Mapping[str, Case], after: Mapping[str, Case]) -> Also | None:
        """Have terms looked at anew where a project came onto a priority list or left one."""
        changed = [name for name, case in after.items() if case.priority != before[name].priority]
        if not changed:
            return None

        async def also(session: Session) -> None:
            await self._stores.due.wake(session, changed)

        return also

    async def _today(self, partition: int, event: AnyEvent, mark: Mark, rules: RulesFor) -> Today:
        jurisdiction, date = event.subject, event.data.date
        days = await self._stores.days.days(partition, jurisdiction)
        suppressions = await self._stores.suppressions.lasting({jurisdiction: date})
        return Today(
            event,
            mark,
            days,
            days.worked(date),
            rules,
            Noise(suppressions.get(jurisdiction, ()), days.last.number if days.last else 0),
        )

    async def _all_due(self, taken: Taken, today: Today) -> Taken:
        jurisdiction = today.event.subject
        for _ in range(PAGES_MAX):
            page = await self._stores.due.due(taken.partition, jurisdiction, today.worked)
            taken = await self._write(taken, today, page)
            if not page.more:
                break
        return taken

    async def _all_passing(self, taken: Taken, today: Today) -> Taken:
        after = ""
        for _ in range(PAGES_MAX):
            page = await self._stores.due.passing(taken.partition, today.event.subject, after)
            taken = await self._write(taken, today, page)
            after = page.last
            if not page.more:
                break
        return taken

    async def _write(self, taken: Taken, today: Today, page: Page) -> Taken:
        """Write a page; what somebody changes meanwhile is decided again."""
        if not page.alerts:
            return taken
        for tries_left in reversed(range(CONFLICTS_MAX)):
            cases = await self._stores.alerts.cases_by_id(page.cases)
            batch = Batch(taken.position, taken.offset, cases)
            until = step_cases(batch, today, page.alerts)
            try:
                taken = await self._stores.alerts.commit(taken, batch, self._sleep(until))
            except ConflictError:
                CONFLICTS.inc()
                if not tries_left:
                    raise
            else:
                count_steps(batch.told)
                await self._stores.alerts.teller.relay_told(batch.told)
                break
        return taken

    def _sleep(self, until: Mapping[str, tuple[Alert, int | None]]) -> Also:
        async def also(session: Session) -> None:
            await self._stores.due.sleep(session, until)

        return also


def step_cases(
    batch: Batch, today: Today, alerts: frozenset[str]
) -> dict[str, tuple[Alert, int | None]]:
    """Do to cases what a day does; tell when each of the alerts is to be looked at again."""
    until: dict[str, tuple[Alert, int | None]] = {}
    cause = because(today.event, today.mark)
    for name, case in sorted(batch.cases.items()):
        after, changes, wakes = step_case(case, today, alerts)
        batch.change(name, after, changes, cause)
        until |= {
            alert.id: (alert, wakes.get(alert.id))
            for alert in after.alerts.values()
            if alert.id in alerts
        }
    return until


def step_case(
    case: Case, today: Today, alerts: frozenset[str]
) -> tuple[Case, tuple[Change, ...], dict[str, int | None]]:
    """Do to one case what a day does.

    First what ends with its rule; then what is muted, for then a term rests or goes on.
    """
    rules = _rules(case, today)
    known = sorted_out(rules).by_id
    ended = _withdrawn(case, today)
    standing = muted(case.alerts, ended)
    settled = settle(standing, rules, case.returns, today.noise, today.date)
    found = muted(standing, settled)
    changes = [*ended, *settled]
    wakes: dict[str, int | None] = {}
    for key, alert in sorted(found.items(), key=lambda item: item[1].id):
        if alert.id not in alerts:
            continue
        rule = known.get((key.rule, key.scope))
        term = term_of(rule, alert.severity)
        done = due(alert, term, today.days, today.date, priority=bool(case.priority))
        # What was planned is late also where the alert only informs: its rule says who is told.
        chain = NO_TERM if rule is None else rule.term
        late = measures_due(done.alert, chain, today.days, today.date)
        found[key] = late.alert
        changes += (*done.changes, *late.changes)
        wakes[alert.id] = soonest(done.wake, late.wake)
    return replace(case, alerts=found), tuple(changes), wakes


def _rules(case: Case, today: Today) -> tuple[Rule, ...]:
    """Give the rules of a case; of those about papers the ones that the bureau asks by."""
    own = tuple(today.rules(case.department))
    if not any(key.scope == Scope.PAPERS for key in case.alerts):
        return own
    others = [rule for rule in own if rule.scope is not Scope.PAPERS]
    return (*others, *asked_of(today.rules(None), own))


def _withdrawn(case: Case, today: Today) -> tuple[Change, ...]:
    """Tell which open alerts end whose rule is in force no more, of those that nobody else ends.

    Projects are assessed and organisations judged day by day; of what is kept apart, and of papers,
    nothing may be told for weeks, and of a campaign that is over nothing ever. Both are told beside
    the partition: what is of a later day than this is judged by the rules of that one.
    """
    kept = {key: alert for key, alert in case.alerts.items() if key.scope == Scope.QUARANTINE}
    found = papers_withdrawn(case, today.rules, today.date)
    if kept:
        found += withdrawn(kept, today.rules(case.department), today.date)
    return tuple(one for one in found if case.alerts[one.key].where.as_of <= today.date)


def count_steps(told: Iterable[Told]) -> None:
    """Tell metrics what time and noise did, once it counts."""
    for item in told:
        change = item.change
        if change.kind in {StepKind.REMINDED, StepKind.MEASURE_DUE}:
            REMINDERS.labels(change.key.rule).inc()
        elif change.kind is StepKind.ESCALATED:
            ESCALATIONS.labels(change.work.level.value).inc()
        elif isinstance(change.detail, Mute):
            MUTED.labels(change.detail.ground.value if change.detail.ground else "none").inc()
