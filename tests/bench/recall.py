"""`python -m tests.bench.recall`: which planted deviations the shipped rules raise, and what else.

Simulated cities, drawn by the first three groups of eight hex digits of the commit's hash, so that
nobody chooses them. The services' own measuring and judging, day by day as facts come and days
open; no store and no transport take part. The truth is the simulator's: of what shows at once it
knows no rule; from which day a result counts as behind it knows by the standard's own bound.
"""

import argparse
import datetime as dt
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from contracts.codec import decode, new_event
from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import Severity
from services.alerts.domain.alert import DataKind
from services.alerts.domain.case import Case, examine
from services.alerts.domain.facts import Scope
from services.alerts.domain.rules import Rule
from services.alerts.packs.cel import CelEvaluator
from services.alerts.packs.loader import load_packs
from services.analysis import domain
from services.cli.city.chance import Chance
from services.cli.city.city import Day, Plan, simulate
from services.cli.city.wire import OpenDay, Truth
from services.cli.rules_truth import Planted, rules_of, true_from
from tests.spec.engines import PureEngine
from tests.support import recorded
from tests.support.builders import day_opened

SEEDS: Final = 3
SEED_DIGITS: Final = 8
HEX: Final = 16
PROJECTS: Final = 100
FIRST: Final = dt.date(2026, 1, 1)
LAST: Final = dt.date(2027, 1, 31)
"""A year and the month in which its last results come and it is closed."""
WITHIN_DAYS: Final = 1
"""An alert is in time if it is there by so many days after the deviation became true."""
PER_PROJECTS: Final = 100
DAYS_OF_MONTH: Final = 365 / 12
BUILDS_UP: Final = frozenset(
    {
        "december_rush",
        "execution_behind_months",
        "execution_behind_plan",
        "money_ahead_of_results",
        "new_project_unprepared",
    }
)
"""Planted kinds whose date says by when they surely are so: a rule may rightly see them before."""
INFORMS: Final = frozenset({"awaiting_budget"})
"""Planted kinds that are to be told for information alone: what is graver has another reason."""
NOT_HERE: Final = frozenset({Scope.UNIT, Scope.DEPARTMENT, Scope.QUARANTINE, Scope.PAPERS})
"""Scopes of which nothing is planted: no project's assessment answers them."""

Mark = tuple[str, int]
"""Project and fiscal year."""


def seeds_of(commit: str) -> list[int]:
    """Return the seeds that a commit's hash stands for."""
    groups = [commit[at : at + SEED_DIGITS] for at in range(0, SEEDS * SEED_DIGITS, SEED_DIGITS)]
    return [int(group, HEX) for group in groups]


def head() -> str:
    """Return the hash of the commit that is checked out."""
    command = ["git", "rev-parse", "HEAD"]
    found = subprocess.run(  # noqa: S603 - our own words
        command, cwd=recorded.ROOT, capture_output=True, text=True, check=True
    )
    return found.stdout.strip()


@dataclass(frozen=True)
class Raised:
    """An alert that came up."""

    mark: Mark
    rule: str
    subject: str
    day: dt.date
    """Day on which it did."""
    severity: Severity


@dataclass
class Seen:
    """What came of a city's year."""

    seed: int
    planted: list[Planted] = field(default_factory=list)
    raised: list[Raised] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    """Evaluations without an answer, by rule."""
    assessments: int = 0
    last: dt.date = FIRST
    """Last day that was opened."""
    cpu_seconds: float = 0.0


@dataclass
class City:
    """A city as alerts has come to see it."""

    rules: Sequence[Rule]
    seen: Seen
    engine: PureEngine = field(default_factory=PureEngine)
    cases: dict[Mark, Case] = field(default_factory=dict)
    changed: set[Mark] = field(default_factory=set)
    now: dt.date = FIRST
    today: dt.date | None = None
    """Last day that was opened."""

    def take(self, day: Day) -> None:
        """Take the facts of a day in, open days where they say so, judge what changed at its end.

        Each project once a day rather than at each fact: nothing is seen earlier than in use.
        """
        self.now = day.date
        for line in day.lines:
            if isinstance(line, OpenDay):
                self._open(line)
                continue
            event = decode(line)
            self.engine.given(event)
            year = domain.fiscal_year_of(event)
            if year is not None and "/" in event.subject:
                self.changed.add((event.subject, year))
        if self.today is not None:
            for mark in sorted(self.changed):
                self._judge(mark, self.today, settled=False)
            self.changed.clear()
        self.seen.planted += [_planted(truth, day.date) for truth in day.truths]

    def _open(self, line: OpenDay) -> None:
        self.today = self.seen.last = dt.date.fromisoformat(line.date)
        self.engine.given(day_opened(line.date, line.jurisdiction))
        for mark in sorted(self.engine.years):
            # As in use, a year is swept until it is closed and its figures are final.
            self._judge(mark, self.today, settled=True)

    def _judge(self, mark: Mark, day: dt.date, *, settled: bool) -> None:
        project, engine = mark[0], self.engine
        made = domain.assess(
            engine.jurisdiction(project),
            engine.heads.get(project) or domain.new_head(project),
            engine.years[mark],
            day,
            settled=settled,
            ledger_position=engine.position,
        )
        self.seen.assessments += 1
        case = self.cases.get(mark) or Case(*mark)
        found = examine(case, _event(project, made), self.rules)
        self.cases[mark] = found.case
        self.seen.errors.update(failed.rule.id for failed in found.failures)
        self.seen.raised += [
            Raised(mark, change.key.rule, change.key.subject, self.now, change.severity)
            for change in found.changes
            if change.kind is DataKind.RAISED
        ]


def _event(project: str, made: AssessmentMade) -> Any:
    noon = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    return new_event(made, event_id="made", source="dualwatch:analysis", subject=project, time=noon)


@dataclass
class Row:
    """What became of one rule, in all cities."""

    rule: str
    planted: int = 0
    in_time: int = 0
    late: list[str] = field(default_factory=list)
    """Planted deviations that it raised later: named."""
    missed: list[str] = field(default_factory=list)
    """Those that it never raised: named."""
    raised: int = 0
    false: int = 0
    """Alerts without a planted reason."""
    false_information: int = 0
    """Of them those that only inform."""

    def document(self) -> dict[str, Any]:
        """Write it as a figure."""
        return dict(vars(self))


@dataclass
class Table:
    """All rules over all cities."""

    rows: dict[str, Row]
    months: float = 0.0
    """Project months in hundreds: what false alarms are counted by."""
    not_covered: Counter[str] = field(default_factory=Counter)
    false: list[str] = field(default_factory=list)
    """Every alert without a planted reason: named."""

    def add(self, seen: Seen, projects: int) -> None:
        """Hold a city's alerts against its truth."""
        last, planted = seen.last, seen.planted
        # What came up for no planted reason answers no planted deviation that follows.
        by_mark: dict[Mark, list[Raised]] = defaultdict(list)
        for alert in seen.raised:
            if is_planted(alert, planted):
                by_mark[alert.mark].append(alert)
        for one in planted:
            if true_from(one) + dt.timedelta(days=WITHIN_DAYS) <= last:
                self._find(seen.seed, one, by_mark[one.project, one.fiscal_year])
        for alert in seen.raised:
            row = self.rows[alert.rule]
            row.raised += 1
            if not is_planted(alert, planted):
                row.false += 1
                row.false_information += alert.severity is Severity.INFO
                name = f"{seen.seed:08x} {alert.mark[0]} {alert.rule} {alert.subject} {alert.day}"
                self.false.append(name)
        self.months += projects / PER_PROJECTS * ((last - FIRST).days + 1) / DAYS_OF_MONTH

    def _find(self, seed: int, one: Planted, alerts: Sequence[Raised]) -> None:
        rules = rules_of(one.kind)
        if not rules & self.rows.keys():
            self.not_covered[one.kind] += 1
            return
        days = [alert.day for alert in alerts if alert.rule in rules]
        row = self.rows[min(rules & self.rows.keys())]
        row.planted += 1
        name = f"{seed:08x} {one.project} {one.kind} {true_from(one)}"
        if not days:
            row.missed.append(name)
        elif min(days) > true_from(one) + dt.timedelta(days=WITHIN_DAYS):
            row.late.append(f"{name}, raised {min(days)}")
        else:
            row.in_time += 1

    @property
    def recall(self) -> float | None:
        """Share of planted deviations that were raised in time."""
        planted = sum(row.planted for row in self.rows.values())
        return sum(row.in_time for row in self.rows.values()) / planted if planted else None

    @property
    def false_rate(self) -> float:
        """Alerts without a planted reason per 100 projects and month."""
        return sum(row.false for row in self.rows.values()) / self.months


def _planted(truth: Truth, stated: dt.date) -> Planted:
    """Take a planted deviation; what is stated later than it is dated is true from then on."""
    day = max(dt.date.fromisoformat(truth.date), stated)
    return Planted(truth.kind, truth.subject, truth.fiscal_year, day, truth.implies)


def is_planted(alert: Raised, planted: Sequence[Planted]) -> bool:
    """Tell whether something was planted, by then or building up, that this rule is to raise."""
    return any(
        (one.project, one.fiscal_year) == alert.mark
        and (one.date <= alert.day or one.kind in BUILDS_UP)
        and alert.rule in one.rules()
        and (one.kind not in INFORMS or alert.severity is Severity.INFO)
        for one in planted
    )


def lived(seed: int, projects: int) -> Seen:
    """Let a city live its year."""
    began = time.process_time()
    seen = Seen(seed)
    city = City(shipped(), seen)
    for day in simulate(Plan(seed, projects, FIRST, LAST), Chance(seed)):
        city.take(day)
    seen.cpu_seconds = time.process_time() - began
    return seen


def shipped() -> tuple[Rule, ...]:
    """Return all shipped rules; always the same ones, for they are sorted out once."""
    return tuple(rule for pack in load_packs(CelEvaluator()) for rule in pack.rules)


def lines(table: Table) -> Iterator[str]:
    """Write the table, what was missed or late, and what it comes to."""
    yield "| rule | planted | in time | late | missed | raised | false | false a month |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for row in table.rows.values():
        counts = (row.planted, row.in_time, len(row.late), len(row.missed), row.raised, row.false)
        cells = " | ".join(map(str, counts))
        yield f"| `{row.rule}` | {cells} | {row.false / table.months:.2f} |"
    for row in table.rows.values():
        yield from (f"missed: {name}" for name in row.missed)
        yield from (f"late: {name}" for name in row.late)
    for kind, count in sorted(table.not_covered.items()):
        yield f"no rule is about {kind}: {count} planted"
    recall = "nothing was planted" if table.recall is None else f"{table.recall:.4f}"
    yield f"recall within {WITHIN_DAYS} day: {recall}"
    yield f"false alarms per {PER_PROJECTS} projects and month: {table.false_rate:.2f}"


def measured(seeds: Sequence[int], projects: int) -> tuple[Table, list[Seen]]:
    """Let every seed's city live, side by side; give the table, and what it was made of."""
    rows = {rule.id: Row(rule.id) for rule in shipped() if rule.scope not in NOT_HERE}
    table, cities = Table(rows), []
    with ProcessPoolExecutor(len(seeds), mp_context=get_context("spawn")) as pool:
        for seen in pool.map(lived, seeds, [projects] * len(seeds)):
            table.add(seen, projects)
            cities.append(seen)
            print(
                f"city {seen.seed:08x}: {seen.assessments:,} assessments, "
                f"{len(seen.planted)} planted, {seen.cpu_seconds:.0f} s of CPU",
                flush=True,
            )
    return table, cities


def main() -> int:
    """Print the table; 1 where something planted was not raised in time, or a rule failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commit", help="hash that the seeds are taken from; default: HEAD")
    parser.add_argument("--seeds", type=int, nargs="+", help="seeds instead")
    parser.add_argument("--projects", type=int, default=PROJECTS)
    parser.add_argument("--false", action="store_true", help="name every false alarm")
    parser.add_argument("--record", type=Path, help="append a line to this file")
    options = parser.parse_args()
    seeds = options.seeds or seeds_of(options.commit or head())
    # As it was when the run began: others may commit meanwhile.
    ran = recorded.commit()
    table, cities = measured(seeds, options.projects)
    print("\n".join(lines(table)))
    for seen in cities:
        for rule, count in seen.errors.items():
            print(f"without an answer: {rule} {count} times in {seen.seed:08x}")
    if options.false:
        print("\n".join(table.false))
    if options.record:
        about = {
            "bench": "recall",
            "commit": ran,
            "seeds": [f"{seed:08x}" for seed in seeds],
            "projects": options.projects,
            "first": FIRST.isoformat(),
            "last": LAST.isoformat(),
            "assessments": sum(seen.assessments for seen in cities),
            "cpu_seconds": round(sum(seen.cpu_seconds for seen in cities), 1),
            "hundred_project_months": round(table.months, 2),
            "not_covered": dict(table.not_covered),
        }
        recorded.record(options.record, [row.document() for row in table.rows.values()], **about)
    unanswered = any(seen.errors for seen in cities)
    return int(table.recall != 1 or bool(table.not_covered) or unanswered)


if __name__ == "__main__":
    raise SystemExit(main())
