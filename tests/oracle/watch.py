"""One project and year on its way through the days, and when it may change by itself."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.oracle.assessment import Memo, assess
from tests.oracle.dates import ONE_DAY, FiscalYear, after_working_days, fiscal_year
from tests.oracle.dates import day as day_of
from tests.oracle.facts import Fact, Jurisdiction, Project
from tests.oracle.moment import Moment, Parameters
from tests.oracle.rules import Verdicts, decide
from tests.oracle.setting import Setting
from tests.oracle.silence import NOBODY, is_frozen
from tests.oracle.state import decided
from tests.oracle.together import Part


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

    def department(self, day: dt.date) -> str | None:
        """Name the department that answers for it on a day."""
        named: str | None = (self.project.registered(day) or {}).get("department")
        return named

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
