"""What rules would have raised and cleared on past days: one trial, day after day.

Each day's assessments are judged as those of an opened day. What is raised, ripe and cleared is
reckoned as for real alerts, but that nobody works on them.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from contracts.events.analysis import AssessmentMade
from services.alerts.domain.facts import Facts, FactValue, Scope, complete
from services.alerts.domain.judging import Key, Outcome, ask
from services.alerts.domain.layers import Ignored, Layer, Override, lay
from services.alerts.domain.measured import project_facts, within_assessment
from services.alerts.domain.rules import Rule

NOT_HERE: Final = frozenset({Scope.UNIT, Scope.DEPARTMENT, Scope.QUARANTINE, Scope.PAPERS})
"""Scopes that no project's assessment answers."""
SPAN_DAYS_MAX: Final = 3_660
"""Longest time, ten years, that one backtest may span, however seldom it looks."""


TRIAL: Final = "trial"
"""What parameters that are only tried are called where a pack would be named."""


class Step(StrEnum):
    """How often it looks."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def days_of(first: dt.date, last: dt.date, step: Step) -> list[dt.date]:
    """Return the days to look at: each, each seventh, or the ends of months; always the last.

    ValueError if the last is before the first, or more than `SPAN_DAYS_MAX` behind it.
    """
    span = (last - first).days
    if span < 0:
        msg = "the last day is before the first"
        raise ValueError(msg)
    if span > SPAN_DAYS_MAX:
        msg = f"{span:,} days are more than {SPAN_DAYS_MAX:,}"
        raise ValueError(msg)
    days = [first + dt.timedelta(days=number) for number in range(span + 1)]
    if step is Step.WEEK:
        return [day for number, day in enumerate(days) if number % 7 == 0 or day == last]
    if step is Step.MONTH:
        return [day for day in days if _ends_month(day) or day == last]
    return days


def _ends_month(day: dt.date) -> bool:
    return (day + dt.timedelta(days=1)).day == 1 if day < dt.date.max else True


@dataclass
class Counted:
    """What became of one rule."""

    asked: int = 0
    """How often it was asked about something."""
    raised: Counter[str] = field(default_factory=Counter)
    """Deviations that it raised, by month (2026-07)."""
    cleared: Counter[str] = field(default_factory=Counter)
    """Those that it cleared, by month."""
    errors: int = 0
    """Evaluations without an answer."""
    example: str = ""
    """The last of these, in words."""


Place = tuple[str, int, Key]
"""Project, fiscal year, rule with what it is about."""

RulesOf = Callable[[str | None, dt.date], Sequence[Rule]]
"""Gives the rules in force for a department's projects (null: the jurisdiction's) on a day."""


class Trial:
    """Rules tried on one day after the other."""

    def __init__(self, rules_of: RulesOf) -> None:
        """Begin before the first day."""
        self._rules_of = rules_of
        self._rules: dict[tuple[str | None, dt.date], Sequence[Rule]] = {}
        self._seen: dict[Place, Outcome] = {}
        self._since: dict[Place, dt.date] = {}
        self._waits: dict[Place, int] = {}
        self._months: dict[tuple[str, int], int] = {}
        self.open: dict[Place, dt.date] = {}
        """What stands raised, and since which day."""
        self.raised: list[tuple[Place, dt.date]] = []
        """Everything that was raised, in order."""
        self.counts: dict[str, Counted] = defaultdict(Counted)
        """What became of each rule that was asked."""
        self.assessments = 0
        """How many were judged."""

    def judge(self, project: str, made: AssessmentMade) -> None:
        """Ask every rule about an assessment, as of an opened day."""
        self.assessments += 1
        mark = project, made.fiscal_year
        before = self._months.get(mark, 0)
        made = opened(made, before)
        self._months[mark] = made.months_completed
        shared = complete(project_facts(made))
        rules = self.rules(made.department, made.date)
        for scope, subject, own in within_assessment(project, made):
            facts = shared | complete(own)
            for rule in rules:
                if rule.scope is scope:
                    self._ask(rule, (project, made.fiscal_year), subject, facts)

    def _ask(self, rule: Rule, mark: tuple[str, int], subject: str, facts: Facts) -> None:
        counted = self.counts[rule.id]
        counted.asked += 1
        verdict = ask(rule, subject, facts)
        place = (*mark, verdict.key)
        if verdict.outcome is Outcome.FAILED:
            counted.errors += 1
            counted.example = f"{mark[0]}: {verdict.error}"
        # Several findings of one subject are one deviation.
        if self._seen.get(place) is not Outcome.RAISED:
            self._seen[place] = verdict.outcome
        self._waits[place] = rule.for_days

    def rules(self, department: str | None, day: dt.date) -> Sequence[Rule]:
        """Return the rules in force for a department's projects on a day."""
        key = department, day
        if key not in self._rules:
            self._rules[key] = self._rules_of(department, day)
        return self._rules[key]

    def end(self, day: dt.date) -> None:
        """Raise and clear by what a day's assessments said; held and failed change nothing."""
        month = f"{day:%Y-%m}"
        for place, outcome in self._seen.items():
            if outcome is not Outcome.RAISED:
                continue
            since = self._since.setdefault(place, day)
            ripe = (day - since).days + 1 >= self._waits[place]
            if ripe and place not in self.open:
                self.open[place] = day
                self.raised.append((place, day))
                self.counts[place[2].rule].raised[month] += 1
        for place in [*self._since]:
            if self._seen.get(place, Outcome.SILENT) is Outcome.SILENT:
                del self._since[place]
                if self.open.pop(place, None):
                    self.counts[place[2].rule].cleared[month] += 1
        self._seen.clear()

    def all_rules(self) -> dict[str, Rule]:
        """Return every rule that was in force on any of the days."""
        return {rule.id: rule for rules in self._rules.values() for rule in rules}


def opened(made: AssessmentMade, months_before: int) -> AssessmentMade:
    """Take an assessment as that of an opened day: settled, nothing provisional."""
    findings = tuple(one.model_copy(update={"provisional": False}) for one in made.findings)
    update = {"settled": True, "months_completed_before": months_before, "findings": findings}
    return made.model_copy(update=update)


class Beside:
    """One rule on past days, as it is in force and, if values are given, with other parameters."""

    def __init__(self, rule: str, rules_of: RulesOf, values: Mapping[str, FactValue]) -> None:
        """Begin before the first day; `rule` is its id."""
        self._rule = rule
        self._in_force = rules_of
        self._values = values
        self._changed: dict[int, tuple[Rule, Rule]] = {}
        self.live = Trial(self._alone)
        """The rule as it is in force."""
        self.tried = Trial(self._with_values) if values else None
        """With the other values; null: none are tried."""

    def judge(self, project: str, made: AssessmentMade) -> None:
        """Take in an assessment, as of an opened day."""
        for trial in self.trials:
            trial.judge(project, made)

    def end(self, day: dt.date) -> None:
        """End a day."""
        for trial in self.trials:
            trial.end(day)

    @property
    def trials(self) -> tuple[Trial, ...]:
        """What is tried."""
        return (self.live,) if self.tried is None else (self.live, self.tried)

    def more(self) -> list[tuple[Place, dt.date]]:
        """Return what the other values raise and the ones in force do not, in order of days."""
        return _without(self.tried or self.live, self.live)

    def less(self) -> list[tuple[Place, dt.date]]:
        """Return what the other values do not raise and the ones in force do."""
        return _without(self.live, self.tried or self.live)

    def _alone(self, department: str | None, day: dt.date) -> Sequence[Rule]:
        return [rule for rule in self._in_force(department, day) if rule.id == self._rule]

    def _with_values(self, department: str | None, day: dt.date) -> Sequence[Rule]:
        return [self._change(rule) for rule in self._alone(department, day)]

    def _change(self, rule: Rule) -> Rule:
        """Lay the values upon a rule, once: it is the same on most days."""
        known = self._changed.get(id(rule))
        if known is None:
            # Kept with its original, whose id is nobody else's meanwhile.
            known = self._changed[id(rule)] = rule, with_values(rule, self._values)[0]
        return known[1]


def with_values(rule: Rule, values: Mapping[str, FactValue]) -> tuple[Rule, tuple[Ignored, ...]]:
    """Lay other parameters upon a rule as a pack would: what holds then, and what does not.

    Compliance is not loosened by trying either: where a department's own pack is stricter, that
    holds.
    """
    day = dt.date.min
    override = Override(rule.id, parameters=values)
    layer = Layer(TRIAL, "1", day, None, TRIAL, TRIAL, None, (override,), ())
    laid, ignored = lay({rule.id: rule}, layer)
    return laid[rule.id], ignored


def _without(these: Trial, those: Trial) -> list[tuple[Place, dt.date]]:
    known = set(those.raised)
    return [one for one in these.raised if one not in known]
