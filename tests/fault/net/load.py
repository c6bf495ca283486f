"""What a run sends, drawn from its seed alone: two jurisdictions.

The *city* is `dualwatch simulate`'s: every day is opened once all before it is decided. The *town*
takes many payments from senders who may not know what became of them; its one day is opened last.
"""

import datetime as dt
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.cli.city.chance import Chance
from services.cli.city.city import Plan, simulate
from services.cli.city.wire import OpenDay
from tests.support.city import City

FIRST_DAY: Final = dt.date(2026, 1, 1)
LAST_DAY: Final = dt.date(2026, 6, 30)
EVENTS_PER_CITY_PROJECT: Final = 33
CITY_SHARE: Final = 0.25
CITY_PROJECTS: Final = (40, 400)
TOWN_PROJECTS_SHARE: Final = 0.01
TOWN_PROJECTS_MIN: Final = 30


@dataclass(frozen=True, slots=True)
class Fact:
    """An event as it is sent."""

    raw: bytes
    subject: str


@dataclass(frozen=True)
class Day:
    """A run of facts, whose streams may be sent side by side, or a day that is opened."""

    facts: tuple[Fact, ...] = ()
    opens: OpenDay | None = None


class Load:
    """Everything a seed sends."""

    def __init__(self, seed: int, events: int) -> None:
        """About so many different events."""
        least, most = CITY_PROJECTS
        projects = min(max(least, int(events * CITY_SHARE / EVENTS_PER_CITY_PROJECT)), most)
        self._plan = Plan(seed, projects, FIRST_DAY, LAST_DAY)
        self.days = list(_days(self._plan))
        self.city_facts = sum(len(day.facts) for day in self.days)
        rest = max(0, events - self.city_facts)
        town_projects = max(TOWN_PROJECTS_MIN, int(rest * TOWN_PROJECTS_SHARE))
        town = City(f"990200-{seed}", town_projects, rest).build()
        self.town = town.jurisdiction
        facts = [_fact(event) for event in town.events]
        self.town_setup = tuple(facts[: len(facts) - rest])
        self.payments = tuple(facts[len(facts) - rest :])

    @property
    def events(self) -> int:
        """How many different events there are."""
        return self.city_facts + len(self.town_setup) + len(self.payments)

    def payments_of(self, route: int, routes: int) -> list[Fact]:
        """Give the town's payments that take one of several routes: each project has its own."""
        names = sorted({fact.subject for fact in self.payments})
        mine = set(names[route::routes])
        return [fact for fact in self.payments if fact.subject in mine]


def _days(plan: Plan) -> Iterator[Day]:
    for day in simulate(plan, Chance(plan.seed)):
        for kind, lines in itertools.groupby(day.lines, lambda line: _kind(line, plan)):
            if kind == "day":
                yield from (Day(opens=line) for line in lines if isinstance(line, OpenDay))
            else:
                yield Day(tuple(_read(line) for line in lines if isinstance(line, bytes)))


def _kind(line: bytes | OpenDay, plan: Plan) -> str:
    """What follows a jurisdiction's fact has to wait until it is decided."""
    if isinstance(line, OpenDay):
        return "day"
    return "jurisdiction" if _read(line).subject == plan.jurisdiction else "projects"


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
