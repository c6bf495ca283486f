"""What a run sends, drawn from its seed alone: two jurisdictions.

The *city* is `dualwatch simulate`'s: every day is opened once all before it is decided. The *town*
takes many payments from senders who may not know what became of them, and to some of its projects
every kind of fact happens; its one day is opened last.

Some of the city's projects are told of by a system of their own. It says nothing for some days, and
then all that it had to say: meanwhile its projects are frozen (domain-rules 17f).
"""

import datetime as dt
import hashlib
import itertools
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.cli.city.chance import Chance
from services.cli.city.city import Plan, simulate
from services.cli.city.wire import OpenDay
from tests.fault.net.chance import chance_of
from tests.support import chronicle
from tests.support.city import SOURCE, TIME, City

YEAR_OF_CITY: Final = 2026
MONTHS: Final = (1, 3, 5, 7, 10)
"""In one of them the city's days begin; what was before comes first, as history."""
REGISTERED: Final = b'"dualwatch.jurisdiction.registered.v1"'
TOWN_DAY: Final = "2026-06-30"
EVENTS_PER_CITY_PROJECT: Final = 33
CITY_SHARE: Final = 0.25
CITY_PROJECTS: Final = (40, 400)
TOWN_PROJECTS_SHARE: Final = 0.01
TOWN_PROJECTS_MIN: Final = 30
PACK_AFTER_DAYS: Final = 8
"""Opened days of the city before it publishes a pack of its own."""
PACK: Final = """\
id: stricter
version: "1"
effective_from: "2026-01-31"
title_zh: 从严
title_en: Stricter
extends: city
overrides:
  - rule: execution_behind_standard
    parameters:
      yellow_below_bp: 9500
      priority_yellow_below_bp: 9800
      months_before: 0
      days_after_approval: 0
  - rule: indicator_behind_standard
    parameters: {yellow_below_bp: 9500, priority_yellow_below_bp: 9800}
  - rule: money_ahead_of_results
    parameters: {yellow_from_bp: 500}
"""
SILENT_DAYS: Final = 2
"""Opened days in which a publisher says nothing before its projects are frozen."""
SILENCE_BEGINS: Final = 4
"""Opened days of the city before its quiet system falls silent."""
SILENCE_LASTS: Final = 4
"""Opened days until it is heard again."""
QUIET_PROJECTS: Final = 4
"""Of so many of the city's projects one is told of by that system."""
PAYMENT: Final = "dualwatch.expenditure.recorded.v1"
CHRONICLE_PROJECTS: Final = 24
"""Projects of the town to which every kind of fact happens."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An event as it is sent."""

    raw: bytes
    subject: str
    quiet: bool = False
    """Whether the system sends it that falls silent."""


@dataclass(frozen=True)
class Day:
    """A run of facts, whose streams may be sent side by side, or a day that is opened."""

    facts: tuple[Fact, ...] = ()
    opens: OpenDay | None = None


class Load:
    """Everything a seed sends."""

    def __init__(self, seed: int, events: int, days: int) -> None:
        """About so many different events; the city has so many days."""
        least, most = CITY_PROJECTS
        projects = min(max(least, int(events * CITY_SHARE / EVENTS_PER_CITY_PROJECT)), most)
        first = dt.date(YEAR_OF_CITY, chance_of(seed, "city").choice(MONTHS), 1)
        self._plan = Plan(seed, projects, first, first + dt.timedelta(days - 1))
        self.days = _with_silence(_with_pack(list(_days(self._plan)), self._plan))
        self.city_facts = sum(len(day.facts) for day in self.days)
        rest = max(0, events - self.city_facts)
        town_projects = max(TOWN_PROJECTS_MIN, int(rest * TOWN_PROJECTS_SHARE))
        town = City(f"990200-{seed}", town_projects, rest).build()
        self.town = town.jurisdiction
        facts = [_fact(event) for event in town.events]
        self.town_setup = tuple(facts[: len(facts) - rest])
        self.payments = tuple(facts[len(facts) - rest :])
        self.chronicle = tuple(map(_fact, chronicle.events(self.town, CHRONICLE_PROJECTS)))

    @property
    def events(self) -> int:
        """How many different events there are."""
        return self.city_facts + len(self.town_setup) + len(self.payments) + len(self.chronicle)

    def payments_of(self, route: int, routes: int) -> list[Fact]:
        """Give the town's payments that take one of several routes: each project has its own."""
        names = sorted({fact.subject for fact in self.payments})
        mine = set(names[route::routes])
        return [fact for fact in self.payments if fact.subject in mine]


def _days(plan: Plan) -> Iterator[Day]:
    lines = (line for day in simulate(plan, Chance(plan.seed)) for line in day.lines)
    for kind, run in itertools.groupby(lines, _kind):
        if kind == "day":
            yield from (Day(opens=line) for line in run if isinstance(line, OpenDay))
        else:
            yield Day(tuple(_read(line) for line in run if isinstance(line, bytes)))


def _with_pack(days: list[Day], plan: Plan) -> list[Day]:
    """Have the city publish a stricter pack after some days; it judges from the month's last one.

    On that day every project is looked at anew, whatever was told of it.
    """
    opened = [number for number, day in enumerate(days) if day.opens is not None]
    if len(opened) <= PACK_AFTER_DAYS:
        return days
    place = opened[PACK_AFTER_DAYS] + 1
    opens = days[place - 1].opens
    assert opens is not None
    next_month = (plan.start.replace(day=28) + dt.timedelta(4)).replace(day=1)
    fact = pack_fact(opens.jurisdiction, opens.date, next_month - dt.timedelta(1))
    return [*days[:place], Day((_fact(fact),)), *days[place:]]


def _with_silence(days: Sequence[Day]) -> list[Day]:
    """Have the city ask for how long publishers are silent, and one of them be so for a while."""
    quiet = _quiet_projects(days)
    found: list[Day] = []
    held: list[Fact] = []
    opened = 0
    for day in days:
        if day.opens is not None:
            found.append(day)
            opened += 1
            if opened == 1:
                limit = parameters_fact(day.opens.jurisdiction, day.opens.date)
                found.append(Day((_fact(limit),)))
            if opened == SILENCE_BEGINS + SILENCE_LASTS:
                found.append(Day(tuple(held)))
                held = []
            continue
        facts = [replace(fact, quiet=fact.subject in quiet) for fact in day.facts]
        if SILENCE_BEGINS <= opened < SILENCE_BEGINS + SILENCE_LASTS:
            held += [fact for fact in facts if fact.quiet]
            facts = [fact for fact in facts if not fact.quiet]
        found.append(Day(tuple(facts)))
    return [*found, Day(tuple(held))]


def _quiet_projects(days: Sequence[Day]) -> frozenset[str]:
    """Name a part of the projects of which anything is paid."""
    paid = {fact.subject for day in days for fact in day.facts if PAYMENT.encode() in fact.raw}
    return frozenset(one for one in paid if zlib.crc32(one.encode()) % QUIET_PROJECTS == 0)


def parameters_fact(jurisdiction: str, date: str) -> dict[str, object]:
    """Make the fact that a jurisdiction asks for how long its publishers are silent."""
    return {
        "specversion": "1.0",
        "id": f"{jurisdiction}-silence",
        "source": SOURCE,
        "type": "dualwatch.monitoring_parameters.published.v2",
        "subject": jurisdiction,
        "time": TIME,
        "data": {"date": date, "silent_publisher_days": SILENT_DAYS},
    }


def pack_fact(jurisdiction: str, date: str, effective_from: dt.date) -> dict[str, object]:
    """Make the fact that the stricter pack is published."""
    data = {
        "date": date,
        "pack": "stricter",
        "version": 1,
        "effective_from": effective_from.isoformat(),
        "sha256": hashlib.sha256(PACK.encode()).hexdigest(),
        "content": PACK,
    }
    return {
        "specversion": "1.0",
        "id": f"{jurisdiction}-pack",
        "source": SOURCE,
        "type": "dualwatch.rule_pack.published.v1",
        "subject": jurisdiction,
        "time": TIME,
        "data": data,
    }


def _kind(line: bytes | OpenDay) -> str:
    """What follows a jurisdiction's registration has to wait until it is decided."""
    if isinstance(line, OpenDay):
        return "day"
    return "jurisdiction" if REGISTERED in line else "facts"


def _read(raw: bytes) -> Fact:
    return Fact(raw, str(json.loads(raw)["subject"]))


def _fact(event: dict[str, object]) -> Fact:
    return Fact(json.dumps(event, ensure_ascii=False).encode(), str(event["subject"]))


def cut(facts: Sequence[Fact], sizes: Iterator[int]) -> Iterator[Sequence[Fact]]:
    """Cut facts into batches of the sizes given."""
    start = 0
    while start < len(facts):
        size = next(sizes)
        yield facts[start : start + size]
        start += size
