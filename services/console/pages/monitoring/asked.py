"""What all pages of figures ask for: the jurisdiction, the year, the day and who is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.console.pages.frame.asking import (
    Parameters,
    RefusedError,
    ServiceAwayError,
    Services,
    segment,
)
from services.console.pages.frame.scope import Scope
from services.console.pages.frame.trail import Crumb, named
from services.console.pages.frame.view import FILTERS, View

METHODS: Final = ["GET", "HEAD"]
CITY: Final = "city"
DEPARTMENT: Final = "department"
UNIT: Final = "unit"
PATHS: Final = {DEPARTMENT: "/departments/", UNIT: "/units/"}
GROUPS: Final = {
    CITY: ("department", "unit", "account", "function", "class"),
    DEPARTMENT: ("unit", "account", "function", "class"),
    UNIT: ("account", "function", "class"),
}
"""What the projects of a level may be put together by, the first if nothing is asked for."""


@dataclass(frozen=True)
class Level:
    """Who is looked at: the whole jurisdiction, a department, or a unit."""

    kind: str = CITY
    code: str | None = None

    @property
    def filters(self) -> dict[str, str]:
        """Say it as the services understand it."""
        return {} if self.code is None else {self.kind: self.code}

    @property
    def groups(self) -> tuple[str, ...]:
        """What its projects may be put together by."""
        return GROUPS[self.kind]

    @property
    def path(self) -> str:
        """Where its page is."""
        return "/" if self.code is None else f"{PATHS[self.kind]}{segment(self.code)}"

    def group_by(self, view: View) -> str:
        """Return what is asked for, or the first."""
        by = view.get("by")
        return by if by in self.groups else self.groups[0]


WHOLE: Final = Level()


def level_of(view: View) -> Level:
    """Read whom a page beside the levels is about: a unit goes before a department."""
    for kind in (UNIT, DEPARTMENT):
        code = view.get(kind)
        if code is not None:
            return Level(kind, code)
    return WHOLE


def scoped_parameters(view: View, scope: Scope) -> dict[str, str | None]:
    """Say which jurisdiction, year and day, as the services understand it."""
    return {
        "jurisdiction": scope.jurisdiction["jurisdiction"],
        "fiscal_year": view.get("fiscal_year"),
        "as_of": view.get("as_of"),
    }


def chosen(view: View, level: Level, names: tuple[str, ...] = FILTERS) -> dict[str, str | None]:
    """Say which projects: what the address chooses, within the level."""
    return {**{name: view.get(name) for name in names}, **level.filters}


def link_of(view: View, scope: Scope, kind: str, code: str, **more: Any) -> str:
    """Return the address of a department's or unit's page, for the same year and day."""
    code_of = scope.jurisdiction["jurisdiction"]
    return view.scoped(Level(kind, code).path, jurisdiction=code_of, **more)


def way_of(scope: Scope, level: Level, way: list[Mapping[str, Any]]) -> tuple[Crumb, ...]:
    """Step from the departments down to whom the page is about, as far as they may be seen."""
    above = [
        named(one["name"] or one["code"], Level(DEPARTMENT, one["code"]).path)
        for one in way
        if one["kind"] == DEPARTMENT and one["code"] != level.code
    ]
    if level.code is None:
        return ()
    return (*above, named(scope.name(level.code), level.path))


async def name_of(services: Services, project: str) -> str:
    """Ask what a project is called, for the way to a page; its id if nobody says."""
    try:
        found = await services.get("analysis", f"/v1/projects/{segment(project)}")
    except (RefusedError, ServiceAwayError):
        return project
    return str(found["project_name"] or project)


async def opened_days(services: Services, view: View, scope: Scope) -> Mapping[str, Any]:
    """Ask which days were opened, for the slider."""
    asked: Parameters = {**scoped_parameters(view, scope)}
    found: Mapping[str, Any] = await services.get("analysis", "/v1/days", asked)
    return found


@dataclass(frozen=True)
class Days:
    """Opened days of the year, and where the day that is shown stands among them."""

    items: list[str]
    shown: str
    today: str | None

    @property
    def at(self) -> int:
        """Index of the last day that is not after the one shown; 0 where there is none."""
        return max(0, sum(day <= self.shown for day in self.items) - 1)

    @property
    def before(self) -> str | None:
        """The opened day before it."""
        earlier = [day for day in self.items if day < self.shown]
        return earlier[-1] if earlier else None

    @property
    def after(self) -> str | None:
        """The opened day after it."""
        return next((day for day in self.items if day > self.shown), None)


def days_of(found: Mapping[str, Any], shown: str) -> Days:
    """Put together what the slider shows."""
    return Days(list(found["items"]), shown, found["today"])
