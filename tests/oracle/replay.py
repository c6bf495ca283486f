"""Day by day through a jurisdiction's log: the alerts that are open at each boundary."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.oracle.dates import fiscal_year, fiscal_year_of
from tests.oracle.facts import HEAD_KINDS, Fact, Jurisdiction, Project
from tests.oracle.moment import Key, Parameters
from tests.oracle.packs import PUBLISHED, in_force, published
from tests.oracle.report import UNDECIDED
from tests.oracle.rules import FOR_DAYS, Verdicts, read_pack, read_together
from tests.oracle.setting import Setting
from tests.oracle.silence import HEARD, NOBODY, silent_at
from tests.oracle.state import DISPOSITION
from tests.oracle.together import STANDARD_RULE, Open, Pack, groups
from tests.oracle.together import Key as TogetherKey
from tests.oracle.watch import CLOSED, MEASURED_BY, Watch

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
    together: Mapping[TogetherKey, object] | None = None
    """Severity of each open alert of a unit or a department, of the day's year; None: it was closed
    since the day was opened, and who knows what has ended with it."""


class Replay:
    """A jurisdiction's days, one after the other."""

    def __init__(self, jurisdiction: Jurisdiction, pack: Mapping[str, Parameters]) -> None:
        self._jurisdiction = jurisdiction
        self._shipped = pack
        self._shipped_together: Mapping[str, Parameters] = read_together()
        self._of_departments: dict[str | None, tuple[Pack, Pack]] = {
            None: (pack, self._shipped_together)
        }
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
            unknown = dict.fromkeys(self._together.undecided, UNDECIDED)
            together = {**self._together.alerts, **unknown}
            closed = {fact.data["fiscal_year"] for fact in self._said(epoch, CLOSED)}
            known = None if self._together.year in closed else together
            yield Boundary(day, opened, self._open_now(), undecided, known)
            before = day

    def _change_pack(self, before: dt.date | None, day: dt.date, epoch: int) -> None:
        """Judge by what is in force on a day: packs that were published before it was opened."""
        known = {
            department: [fact for fact in facts if fact.epoch < epoch]
            for department, facts in self._packs.items()
        }
        layers = {name: (known[None], *([facts] if name else [])) for name, facts in known.items()}
        before_that, self._of_departments = (
            self._of_departments,
            {
                name: (
                    in_force(self._shipped, day, *of_it),
                    in_force(self._shipped_together, day, *of_it),
                )
                for name, of_it in layers.items()
            },
        )
        if len(known) == 1 and before_that == self._of_departments:
            return
        for watch in self._watches.values():
            pack = self._pack_of(watch.department(day))
            if pack == watch.pack:
                continue
            # Every active project is assessed for an opened day (`day.assessed`).
            was = watch.open_day(before, day) if watch.looked_at(day) else None
            watch.pack = pack
            if was is not None:
                now = watch.open_day(before, day)
                self.by_changed_pack += len(was.raised.items() ^ now.raised.items())
                watch.dirty = True

    def _pack_of(self, department: str | None) -> Pack:
        """Give what judges the projects of a department."""
        return (self._of_departments.get(department) or self._of_departments[None])[0]

    def _judge_together(self, day: dt.date) -> None:
        """Judge units and departments by their projects as the day was assessed."""
        year = fiscal_year_of(day, self._jurisdiction.first_day)
        together = {name: packs[1] for name, packs in self._of_departments.items()}
        if Setting(self._known, day).closing(year.year) is not None:
            self._together.judge({}, year, day, together)
            return
        parts = [
            watch.part
            for watch in self._watches.values()
            if watch.year.year == year.year and watch.part is not None
        ]
        standard = self._pack_of(None).get(STANDARD_RULE) or read_pack()[STANDARD_RULE]
        found = groups(parts, day, standard["days_after_approval"])
        self._together.judge(found, year, day, together)

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
                project, named, self._pack_of(None), self._known, self._silent
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
            if key[0] not in watch.pack:
                continue
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
        watch.pack = self._pack_of(watch.department(day))
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
