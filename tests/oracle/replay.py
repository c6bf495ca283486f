"""Day by day through a jurisdiction's log: the alerts that are open at each boundary."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.oracle.assessment import Memo, assess
from tests.oracle.dates import (
    ONE_DAY,
    FiscalYear,
    after_working_days,
    fiscal_year,
    fiscal_year_of,
)
from tests.oracle.dates import day as day_of
from tests.oracle.facts import HEAD_KINDS, Fact, Jurisdiction, Project
from tests.oracle.moment import Key, Moment, Parameters
from tests.oracle.packs import PUBLISHED, in_force, published
from tests.oracle.rules import FOR_DAYS, Verdicts, decide, read_pack, read_together
from tests.oracle.setting import Setting
from tests.oracle.silence import HEARD, NOBODY, is_frozen, silent_at
from tests.oracle.state import DISPOSITION, decided
from tests.oracle.together import STANDARD_RULE, Open, Part, groups
from tests.oracle.together import Key as TogetherKey

Alerts = dict[Key, str]
"""Severity of each open alert."""


@dataclass(frozen=True)
class Boundary:
    """What is open around a day boundary.

    Between days a project that changes twice may be assessed once or twice. Where a rule decides
    nothing at the end but would have in between, both outcomes are right: `undecided` names them.
    """

    day: dt.date
    opened: Alerts
    """Once the opened day's state is judged."""
    closed: Alerts
    """Once all that was stated before the next day is judged."""
    undecided: frozenset[Key]
    together: Mapping[TogetherKey, str] | None = None
    """Severity of each open alert of a unit or a department, of the day's year; None: it was closed
    since the day was opened, and who knows what has ended with it."""


@dataclass
class Watch:
    """One project and year on its way through the days."""

    project: Project
    """Grows as its facts become known."""
    year: FiscalYear
    pack: Mapping[str, Parameters]
    within: Jurisdiction
    """What is known of the tenant; grows as well."""
    silent: frozenset[str] = NOBODY
    """Publishers that are silent."""
    dirty: bool = True
    memo: Memo = field(default_factory=dict)
    changes: list[dt.date] = field(default_factory=list)
    """Dates at which the state changes by itself."""
    frozen: bool = field(init=False)
    """Whether the publisher of its last payment is silent."""
    part: Part | None = None
    """What it added to its units and its department when a day was last assessed."""

    def __post_init__(self) -> None:
        """Look whether it is frozen from the start."""
        self.frozen = is_frozen(self.project, self.year.year, self.silent)

    def listen(self, silent: frozenset[str], day: dt.date) -> bool:
        """Take in who is silent on a day, and say whether that makes a difference."""
        self.silent, before = silent, self.frozen
        self.frozen = is_frozen(self.project, self.year.year, silent)
        changed = self.frozen != before and self.looked_at(day)
        self.dirty |= changed
        return changed

    def learn(self, facts: Sequence[Fact]) -> None:
        """Take in facts of the year that have become known, and all else that has."""
        for fact in facts:
            self.project.add(fact)
        self.changes = sorted({*self.changes, *_changes(facts, self)})
        self.frozen = is_frozen(self.project, self.year.year, self.silent)
        self.dirty = True

    def reconsider(self) -> None:
        """Take in what has become known of the tenant."""
        self.learn(())
        known = self.project.years.get(self.year.year, ())
        self.changes = sorted({*self.changes, *_changes(known, self)})

    @property
    def name(self) -> tuple[str, int]:
        """Project and year."""
        return self.project.subject, self.year.year

    def due(self, before: dt.date | None, day: dt.date) -> bool:
        """Whether anything differs from the last judgement."""
        if self.dirty or before is None:
            return True
        return self.looked_at(day) and bisect_right(self.changes, before) < bisect_right(
            self.changes, day
        )

    def looked_at(self, day: dt.date) -> bool:
        """Whether a day looks at the year though nothing was told of it.

        It does at its own year, and at the one before it until that is closed: what is due at the
        year's end is overdue in the next (domain-rules 5, 16). Once closed nothing is raised.
        """
        return day <= fiscal_year(self.year.year + 1, f"{self.year.start:%m-%d}").end

    def open_day(self, before: dt.date | None, day: dt.date) -> Verdicts:
        """Judge the state at an opened day."""
        months_before = self.year.months_completed(before) if before else 0
        found = assess(
            self.project,
            self.year,
            day,
            within=self.within,
            months_before=months_before,
            memo=self.memo,
        )
        self.dirty = False
        self.part = Part.of(found, frozen=self.frozen)
        moment = Moment(self.project.subject, self.year, day, found, None, self.frozen)
        return decide(self.pack, moment)

    def without(self, facts: Iterable[Fact]) -> "Watch":
        """Give the same before some facts were known."""
        left = {fact.sequence for fact in facts}
        known = [f for f in self.project.years[self.year.year] if f.sequence not in left]
        years = self.project.years | {self.year.year: known}
        project = Project(self.project.subject, self.project.head, years)
        return Watch(project, self.year, self.pack, self.within, self.silent)

    def between(self, day: dt.date, epoch: int) -> Verdicts:
        """Judge the state between days."""
        found = assess(self.project, self.year, day, within=self.within, memo=self.memo)
        moment = Moment(self.project.subject, self.year, day, found, epoch, self.frozen)
        return decide(self.pack, moment)


def _changes(facts: Iterable[Fact], watch: Watch) -> Iterator[dt.date]:
    """Give every date on which an assessment or a rule may change without a new fact."""
    yield from watch.year.month_ends
    yield from _tenants_changes(watch)
    yield from _states_change(watch.project)
    after_approval = {p.get("days_after_approval", 0) for p in watch.pack.values()}
    for fact in facts:
        yield fact.date
        yield from _terms(fact, watch)
        if fact.kind == "budget.approved":
            yield from (fact.date + (days + 1) * ONE_DAY for days in after_approval)
            setting = Setting(watch.within, dt.date.max)
            days = setting.parameters["awaiting_working_days"]
            yield after_working_days(fact.date, days, setting.calendar) + ONE_DAY
        for name in ("planned_on", "due"):
            # A milestone's day, a problem's term: over once it is past.
            if isinstance(fact.data.get(name), str):
                yield day_of(fact.data[name]) + ONE_DAY
        parts = [*fact.data.get("periods", ()), *fact.data.get("schedule", ())]
        for target in fact.data.get("targets", ()):
            parts += target.get("stages", ())
            dues = [*target.get("due", ()), target.get("target_date")]
            yield from (day_of(due) for due in dues if due)
            yield from _overdue_days(watch, [day_of(due) for due in dues if due])
        yield from (day_of(part["start"]) for part in parts if "start" in part)
        yield from (day_of(part.get("due") or part["end"]) for part in parts)


def _states_change(project: Project) -> Iterator[dt.date]:
    """Give the dates from which something said of a project as a whole, or of its money, holds."""
    for fact in project.head:
        # A succession names the last day.
        yield from (fact.date, fact.date + ONE_DAY)
        if fact.data.get("until"):
            yield day_of(fact.data["until"]) + ONE_DAY
    for since, fact in decided(fact for of in project.years.values() for fact in of):
        yield from (since, fact.date)


def _terms(fact: Fact, watch: Watch) -> Iterator[dt.date]:
    """Give the days on which the term of changed targets, or of a cut's pair, is over."""
    if fact.kind in {"targets.approved", "targets.adjusted"}:
        yield from (fact.date + (days + 1) * ONE_DAY for days in _limits(watch, "days"))
    if fact.kind == "budget.adjusted" and fact.data.get("objective_grounds"):
        calendar = Setting(watch.within, dt.date.max).calendar
        for days in _limits(watch, "working_days"):
            yield after_working_days(fact.date, days + 1, calendar)


def _limits(watch: Watch, name: str) -> Iterator[int]:
    """Give what the rules have for a parameter."""
    return (rule[name] for rule in watch.pack.values() if name in rule)


def _overdue_days(watch: Watch, dues: Iterable[dt.date]) -> Iterator[dt.date]:
    """Give the days from which results of these due dates are overdue (domain-rules 16)."""
    setting = Setting(watch.within, dt.date.max)
    month_ends = watch.year.month_ends
    for due in {*dues, *month_ends, watch.year.end}:
        days = setting.parameters["overdue_working_days"]
        yield after_working_days(due, days, setting.calendar)


def _tenants_changes(watch: Watch) -> Iterator[dt.date]:
    """Give the dates from which something the tenant said holds."""
    for kind in MEASURED_BY:
        for fact in watch.within.facts.get(kind, ()):
            yield fact.date
            if fact.data.get("effective_from"):
                yield day_of(fact.data["effective_from"])
            judged_from = fact.data.get("undistributed_judged_from")
            if judged_from and judged_from != LEAP_DAY:
                yield from _on_such_days(judged_from, watch.year)
            for cut_off in fact.data.get("monitoring_cut_offs", ()):
                due = list(_on_such_days(cut_off, watch.year))
                yield from (*due, *_overdue_days(watch, due))


def _on_such_days(stated: str, year: FiscalYear) -> Iterator[dt.date]:
    """Give the days of a month and a day in both calendar years that a fiscal year may touch."""
    first = year.start.year
    yield from (day_of(f"{number}-{stated}") for number in (first, first + 1))


CLOSED: Final = "fiscal_year.closed"
MEASURED_BY: Final = (
    "monitoring_parameters.published",
    "progress_standard.published",
    "calendar.published",
    "priority_list.published",
    CLOSED,
)
"""What a tenant says that the two monitors and the rules rest on."""
LEAP_DAY: Final = "02-29"


class Replay:
    """A jurisdiction's days, one after the other."""

    def __init__(self, jurisdiction: Jurisdiction, pack: Mapping[str, Parameters]) -> None:
        self._jurisdiction = jurisdiction
        self._shipped = self._pack = pack
        self._shipped_together: Mapping[str, Parameters] = read_together()
        self._pack_together: Mapping[str, Parameters] = self._shipped_together
        self._together = Open()
        self._packs = published(jurisdiction)
        self.by_changed_pack = 0
        """Answers that a pack gave otherwise on the day on which it began to judge."""
        self._facts = _by_epoch(jurisdiction)
        self._known = Jurisdiction(jurisdiction.code)
        self._silent = self._silent_at_opening = NOBODY
        self._projects: dict[str, Project] = {}
        self._watches: dict[tuple[str, int], Watch] = {}
        self._alerts: dict[tuple[str, int], Alerts] = {}
        self._undecided: set[Key] = set()
        self._waiting: dict[tuple[str, int], dict[Key, int]] = {}
        self._last: dict[tuple[str, int], Verdicts] = {}
        self._unsure: set[Key] = set()

    def boundaries(self) -> Iterator[Boundary]:
        """Walk through the opened days and give what is open at each boundary."""
        self._hear_tenant(0)
        for watch, facts in self._learn(0):
            watch.learn(facts)
        before: dt.date | None = None
        for epoch, day in enumerate(self._jurisdiction.days, 1):
            self._known.days.append(day)
            self._listen(day)
            self._silent_at_opening = self._silent
            self._change_pack(before, day, epoch)
            for watch in self._watches.values():
                if watch.due(before, day):
                    self._last[watch.name] = watch.open_day(before, day)
                elif not watch.looked_at(day) or not self._waiting.get(watch.name):
                    continue
                self._apply(watch, self._last[watch.name], opened=True)
            self._judge_together(day)
            opened = self._open_now()
            self._hear_tenant(epoch)
            heard_again = self._heard_again(day, epoch)
            for watch, facts in self._learn(epoch):
                heard_again.discard(watch.name)
                self._apply(watch, self._evening(watch, facts, day, epoch))
            for name in heard_again:
                self._judge_again(self._watches[name], day, epoch)
            self._note_closed(epoch)
            undecided = frozenset(self._undecided | self._unsure)
            together = self._together.alerts
            closed = {fact.data["fiscal_year"] for fact in self._said(epoch, CLOSED)}
            known = None if self._together.year in closed else together
            yield Boundary(day, opened, self._open_now(), undecided, known)
            before = day

    def _change_pack(self, before: dt.date | None, day: dt.date, epoch: int) -> None:
        """Judge by what is in force on a day: packs that were published before it was opened."""
        known = [fact for fact in self._packs if fact.epoch < epoch]
        self._pack_together = in_force(self._shipped_together, known, day)
        pack = in_force(self._shipped, known, day)
        if pack == self._pack:
            return
        for watch in self._watches.values():
            was = watch.open_day(before, day) if watch.due(before, day) else None
            watch.pack = pack
            if was is not None:
                now = watch.open_day(before, day)
                self.by_changed_pack += len(was.raised.items() ^ now.raised.items())
                watch.dirty = True
        self._pack = pack

    def _judge_together(self, day: dt.date) -> None:
        """Judge units and departments by their projects as the day was assessed."""
        year = fiscal_year_of(day, self._jurisdiction.first_day)
        if Setting(self._known, day).closing(year.year) is not None:
            self._together.judge({}, year, day, self._pack_together)
            return
        parts = [
            watch.part
            for watch in self._watches.values()
            if watch.year.year == year.year and watch.part is not None
        ]
        standard = self._pack.get(STANDARD_RULE) or read_pack()[STANDARD_RULE]
        found = groups(parts, day, standard["days_after_approval"])
        self._together.judge(found, year, day, self._pack_together)

    def _learn(self, epoch: int) -> Iterator[tuple[Watch, list[Fact]]]:
        """Give what became known in an epoch, by project and year."""
        for subject, facts in self._facts.get(epoch, {}).items():
            project = self._projects.setdefault(subject, Project(subject))
            head = [fact for fact in facts if fact.kind in HEAD_KINDS]
            for fact in head:
                project.add(fact)
            by_year: dict[int, list[Fact]] = {}
            if head or any(fact.kind == DISPOSITION for fact in facts):
                # They bear on all the years of a project.
                by_year = {year: [] for known, year in self._watches if known == subject}
            for fact in facts:
                if fact.kind not in HEAD_KINDS:
                    by_year.setdefault(fact.data["fiscal_year"], []).append(fact)
            for year, known in by_year.items():
                yield self._watch(subject, year), known

    def _hear_tenant(self, epoch: int) -> None:
        """Take in what the tenant says: it is judged at the next opened day."""
        said = self._said(epoch, *MEASURED_BY)
        for fact in (*said, *self._said(epoch, HEARD)):
            self._known.add(fact)
        for watch in self._watches.values() if said else ():
            watch.reconsider()

    def _said(self, epoch: int, *kinds: str) -> list[Fact]:
        """Give the facts of some kinds about the tenant that became known in an epoch."""
        facts = (fact for kind in kinds for fact in self._jurisdiction.facts.get(kind, ()))
        return [fact for fact in facts if fact.epoch == epoch]

    def _listen(self, day: dt.date) -> list[Watch]:
        """Look who is silent on a day; give what is frozen by it, or no more."""
        before, self._silent = self._silent, silent_at(self._known, day)
        if not (before or self._silent):
            return []
        return [watch for watch in self._watches.values() if watch.listen(self._silent, day)]

    def _heard_again(self, day: dt.date, epoch: int) -> set[tuple[str, int]]:
        """Name what is to be judged at once: a silence ended since the day was opened.

        Every project is judged then, but with most of them nothing has happened. Whether parameters
        that name a longer time end one as well, the words do not say.
        """
        changed = self._listen(day)
        if self._silent_at_opening <= self._silent:
            return set()
        if self._said(epoch, *MEASURED_BY, PUBLISHED):
            return {watch.name for watch in self._watches.values() if watch.looked_at(day)}
        return {watch.name for watch in changed if not watch.frozen}

    def _judge_again(self, watch: Watch, day: dt.date, epoch: int) -> None:
        """Judge between days what nothing was told of, now that its publisher was heard.

        Who knows whether that was before or after what the tenant said meanwhile.
        """
        verdicts = watch.between(day, epoch)
        if not self._said(epoch, *MEASURED_BY, PUBLISHED):
            self._apply(watch, verdicts)
            return
        alerts = self._alerts.get(watch.name, {})
        decided_on = (alerts.keys() | verdicts.raised.keys()) - verdicts.held
        self._undecided |= {
            key for key in decided_on if alerts.get(key) != verdicts.raised.get(key)
        }

    def _watch(self, subject: str, year: int) -> Watch:
        if (subject, year) not in self._watches:
            project = self._projects[subject]
            named = fiscal_year(year, self._jurisdiction.first_day)
            self._watches[subject, year] = Watch(
                project, named, self._pack, self._known, self._silent
            )
        return self._watches[subject, year]

    def _apply(self, watch: Watch, verdicts: Verdicts, *, opened: bool = False) -> None:
        """Keep what is open after a judgement; one that decides ends what was undecided."""
        alerts = self._alerts.get(watch.name, {})
        raised = self._patient(watch, verdicts, opened=opened)
        kept = {key: alerts[key] for key in verdicts.held if key in alerts}
        self._undecided -= (alerts.keys() | verdicts.raised.keys()) - verdicts.held
        self._unsure -= {key for key in self._unsure if key[1] == watch.project.subject} - (
            verdicts.raised.keys() | verdicts.held
        )
        self._alerts[watch.name] = kept | raised

    def _patient(self, watch: Watch, verdicts: Verdicts, *, opened: bool) -> Alerts:
        """Leave out what has not been so for all the opened days of its rule yet."""
        alerts, known = self._alerts.get(watch.name, {}), self._waiting.get(watch.name, {})
        waiting = {key: days for key, days in known.items() if key in verdicts.held}
        raised: Alerts = {}
        for key, severity in verdicts.raised.items():
            wanted = watch.pack[key[0]].get(FOR_DAYS, 0)
            days = known.get(key, 0) + opened
            if key in alerts or days >= wanted:
                raised[key] = severity
            else:
                waiting[key] = days
        self._waiting[watch.name] = waiting
        return raised

    def _evening(self, watch: Watch, facts: list[Fact], day: dt.date, epoch: int) -> Verdicts:
        """Judge what became known between two days: at its end, noting what lay in between."""
        watch.learn(facts)
        verdicts = watch.between(day, epoch)
        on_the_way = [watch.without(facts[n:]) for n in range(1, len(facts))]
        if self._silent_at_opening != self._silent:
            on_the_way.append(watch.without(()))
            on_the_way[-1].listen(self._silent_at_opening, day)
        seen = [one.between(day, epoch) for one in (on_the_way if verdicts.held else ())]
        self._undecided |= {
            key for key in verdicts.held if any(key not in one.held for one in seen)
        }
        self._note_unsure(watch, facts, day, epoch)
        return verdicts

    def _note_unsure(self, watch: Watch, facts: list[Fact], day: dt.date, epoch: int) -> None:
        """Note what waits and may have begun anew between two days."""
        waiting = self._waiting.get(watch.name)
        if not waiting or len(facts) < 2:
            return
        for n in range(1, len(facts)):
            seen = watch.without(facts[n:]).between(day, epoch)
            self._unsure |= waiting.keys() - seen.raised.keys() - seen.held

    def _note_closed(self, epoch: int) -> None:
        """Note what ends with a year that was closed since the day was opened.

        It ends as soon as the project is looked at, by the next opened day at the latest.
        """
        closed = {
            fact.data["fiscal_year"]
            for fact in self._jurisdiction.facts.get(CLOSED, ())
            if fact.epoch == epoch
        }
        for (_, year), alerts in self._alerts.items() if closed else ():
            if year in closed:
                self._undecided |= alerts.keys()

    def _open_now(self) -> Alerts:
        return {key: light for some in self._alerts.values() for key, light in some.items()}


def _by_epoch(jurisdiction: Jurisdiction) -> dict[int, dict[str, list[Fact]]]:
    """Sort all facts of all projects by when they became known, each stream in its order."""
    found: dict[int, dict[str, list[Fact]]] = {}
    for subject, project in jurisdiction.projects.items():
        facts = [*project.head, *(fact for year in project.years.values() for fact in year)]
        for fact in sorted(facts, key=lambda fact: fact.sequence):
            found.setdefault(fact.epoch, {}).setdefault(subject, []).append(fact)
    return found
