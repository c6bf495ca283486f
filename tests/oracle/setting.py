"""What a jurisdiction measures by at a date: its parameters, profiles, model, calendar, lists."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from tests.oracle.dates import FiscalYear, Weekdays, day
from tests.oracle.exact import fen
from tests.oracle.facts import Fact, Jurisdiction

DEFAULTS: Final[Mapping[str, Any]] = {
    "undistributed_judged_from": None,
    "awaiting_working_days": 20,
    "class_function_digits": 7,
    "class_government_digits": 3,
    "silent_publisher_days": None,
    "overdue_working_days": 10,
    "surplus_after_years": 2,
    "duplicate_from": "10000.00",
    "split_limit": "400000.00",
    "round_from": "1000000.00",
    "round_to": "100000.00",
    "rush_share_bp": 3_000,
    "monitoring_cut_offs": (),
}
"""What holds where nothing is said (`monitoring_parameters.published`)."""
LEAP_YEARS_SEARCHED: Final = 9
"""A 29 February comes again within so many years."""


@dataclass(frozen=True)
class Setting:
    """Everything about a jurisdiction that a figure of its projects rests on, at a date."""

    jurisdiction: Jurisdiction
    as_of: dt.date

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """Parameters in force: of those whose first day has come, the one that came last."""
        stated = self._versions[-1][1].data if self._versions else {}
        return {name: stated.get(name, default) for name, default in DEFAULTS.items()}

    @cached_property
    def _versions(self) -> list[tuple[dt.date, Fact]]:
        """Parameters by the day from which each holds; of one day the later entry comes last."""
        stated = self.jurisdiction.facts.get("monitoring_parameters.published", ())
        in_force = [(_in_force_from(fact), fact) for fact in stated]
        return sorted(
            ((first, fact) for first, fact in in_force if first <= self.as_of),
            key=lambda one: (one[0], one[1].sequence),
        )

    def limit(self, name: str) -> int:
        """Give a parameter that is an amount, in fen."""
        return fen(self.parameters[name])

    def undistributed_from(self, year: FiscalYear) -> dt.date | None:
        """Give the day from which undistributed lines are judged as well; null: never (rule 2)."""
        stated = self.parameters["undistributed_judged_from"]
        return None if stated is None else _first_such_day(stated, year)

    def cut_offs(self, year: FiscalYear) -> tuple[dt.date, ...]:
        """Give the days of a year on which campaigns cut off (rule 14).

        Before a cut-off was named, and has been ever since, nobody could report at it.
        """
        found = set()
        for stated in self.parameters["monitoring_cut_offs"]:
            cut_off = _first_such_day(stated, year)
            if cut_off is not None and cut_off >= self._named_since(stated):
                found.add(cut_off)
        return tuple(sorted(found))

    def _named_since(self, cut_off: str) -> dt.date:
        """Give the day from which parameters have named a cut-off ever since."""
        since = dt.date.max
        # Of those that hold from one day on the last is the one that does.
        in_force = dict(self._versions)
        for first in sorted(in_force, reverse=True):
            if cut_off not in in_force[first].data.get("monitoring_cut_offs", ()):
                break
            since = first
        return since

    def profile(self, year: int, project_class: str | None) -> tuple[int, ...] | None:
        """Give the profile of a class, or the assessment table (no class), of a year."""
        known = [
            fact.data
            for fact in self.jurisdiction.dated("progress_standard.published", self.as_of)
            if fact.data["fiscal_year"] == year and fact.data.get("project_class") == project_class
        ]
        return tuple(known[-1]["months_bp"]) if known else None

    @cached_property
    def model(self) -> Mapping[str, Any] | None:
        """The forecast model that holds: the latest one."""
        known = self.jurisdiction.dated("forecast_model.published", self.as_of)
        return known[-1].data if known else None

    @cached_property
    def calendar(self) -> Weekdays:
        """Working days as published by the date: of each calendar year the latest holds."""
        latest: dict[int, Mapping[str, Any]] = {}
        for fact in self.jurisdiction.dated("calendar.published", self.as_of):
            latest[fact.data["year"]] = fact.data
        return Weekdays(
            off=frozenset(day(d) for data in latest.values() for d in data.get("days_off", ())),
            worked=frozenset(
                day(d) for data in latest.values() for d in data.get("working_days", ())
            ),
        )

    def closing(self, year: int) -> Fact | None:
        """Give the latest closing of a year."""
        known = self.jurisdiction.dated("fiscal_year.closed", self.as_of)
        return next((f for f in reversed(known) if f.data["fiscal_year"] == year), None)

    def priority(self, subject: str, year: int, department: str | None) -> list[str]:
        """Give the kinds of lists a project stands on: each list's latest state counts.

        A department's list is about its own projects alone (domain-rules 19); one that is not
        registered is nobody's, and any list holds for it.
        """
        latest: dict[tuple[str, str | None], Mapping[str, Any]] = {}
        for fact in self.jurisdiction.dated("priority_list.published", self.as_of):
            if fact.data["fiscal_year"] == year:
                latest[fact.data["kind"], fact.data.get("organisation")] = fact.data
        code = subject.partition("/")[2]
        return sorted(
            {
                kind
                for (kind, owner), data in latest.items()
                if owner in {None, department or owner}
                and any(listed["project"] == code for listed in data["projects"])
            }
        )


def _first_such_day(stated: str, year: FiscalYear) -> dt.date | None:
    """Give the first day of a fiscal year, or after its start, that has a month and a day."""
    month, date = map(int, stated.split("-"))
    for number in range(year.start.year, year.start.year + LEAP_YEARS_SEARCHED):
        try:
            first = dt.date(number, month, date)
        except ValueError:
            continue
        if first >= year.start:
            return first
    return None


def _in_force_from(fact: Fact) -> dt.date:
    stated = fact.data.get("effective_from")
    return day(stated) if stated else fact.date
