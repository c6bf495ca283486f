"""What rules would have raised and cleared on past days: one trial, day after day.

Each day's assessments are judged as those of an opened day. What is raised, ripe and cleared is
reckoned as for real alerts, but that nobody works on them.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import Severity
from services.alerts.domain.facts import Facts, FactValue, Scope, complete
from services.alerts.domain.judging import Key, Outcome, ask
from services.alerts.domain.layers import Ignored, Layer, Override, stack
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
    red: int = 0
    """Of those raised, how many were red on one of the days."""
    errors: int = 0
    """Evaluations without an answer."""
    example: str = ""
    """The last of these, in words."""


Place = tuple[str, int, Key]
"""Project, fiscal year, rule with what it is about."""

Raising = tuple[Place, dt.date]
"""What was raised, and on which day."""

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
        self._red: set[Place] = set()
        self._reddened: set[Place] = set()
        self.open: dict[Place, dt.date] = {}
        """What stands raised, and since which day."""
        self.raised: list[Raising] = []
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
        if verdict.severity is Severity.RED:
            self._red.add(place)
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
            if place in self.open and place in self._red - self._reddened:
                self._reddened.add(place)
                self.counts[place[2].rule].red += 1
        for place in [*self._since]:
            if self._seen.get(place, Outcome.SILENT) is Outcome.SILENT:
                del self._since[place]
                self._reddened.discard(place)
                if self.open.pop(place, None):
                    self.counts[place[2].rule].cleared[month] += 1
        self._seen.clear()
        self._red.clear()

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
        """With the other values; null: none are given."""
        self.held_back: dict[str, Ignored] = {}
        """Values, by parameter, that did not hold on some day or for some department."""

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

    @property
    def differs(self) -> bool:
        """Whether the other values were others on any of the days."""
        return any(
            parameter.value != other.parameters[name].value
            for rule, other in self._changed.values()
            for name, parameter in rule.parameters.items()
        )

    def more(self) -> list[Raising]:
        """Return what the other values raise and the ones in force do not, in order of days."""
        return beyond((self.tried or self.live).raised, self.live.raised)

    def less(self) -> list[Raising]:
        """Return what the other values do not raise and the ones in force do."""
        return beyond(self.live.raised, (self.tried or self.live).raised)

    def _alone(self, department: str | None, day: dt.date) -> Sequence[Rule]:
        return [rule for rule in self._in_force(department, day) if rule.id == self._rule]

    def _with_values(self, department: str | None, day: dt.date) -> Sequence[Rule]:
        return [self._change(rule) for rule in self._alone(department, day)]

    def _change(self, rule: Rule) -> Rule:
        """Lay the values upon a rule, once: it is the same on most days."""
        known = self._changed.get(id(rule))
        if known is None:
            other, ignored = with_values(rule, self._values)
            self.held_back |= {part.parameter: part for part in ignored}
            # Kept with its original, whose id is nobody else's meanwhile.
            known = self._changed[id(rule)] = rule, other
        return known[1]


def with_values(rule: Rule, values: Mapping[str, FactValue]) -> tuple[Rule, tuple[Ignored, ...]]:
    """Lay other parameters upon a rule as a pack would: what holds then, and what does not.

    Compliance is not loosened by trying either: where a department's own pack is stricter, that
    holds, and so do all other values.
    """
    layers = [
        Layer(TRIAL, "1", dt.date.min, None, TRIAL, TRIAL, None, (override,), ())
        for name, value in values.items()
        for override in (Override(rule.id, parameters={name: value}),)
    ]
    laid, ignored = stack([rule], layers)
    return laid[0], ignored


def beyond(these: Iterable[Raising], those: Iterable[Raising]) -> list[Raising]:
    """Return what was raised, on whatever day, more often than it was there."""
    left = Counter(place for place, _ in those)
    found = []
    for place, day in these:
        left[place] -= 1
        if left[place] < 0:
            found.append((place, day))
    return found
