"""What a jurisdiction measures by at a date: parameters, standards, models, lists, closings."""

from typing import Final, NamedTuple

from contracts.vocabulary import PriorityListKind, ProjectClass
from services.analysis.domain.state import (
    ClassModel,
    Closing,
    Jurisdiction,
    ModelVersion,
    Parameters,
    PriorityVersion,
    StandardVersion,
)

DEFAULTS: Final = Parameters()


def parameters_at(jurisdiction: Jurisdiction, as_of: int) -> Parameters:
    """Return the parameters that hold at a date; the defaults if none were published."""
    found = DEFAULTS
    for version in jurisdiction.parameters:
        if version.day > as_of:
            break
        found = version.parameters
    return found


def cut_offs_at(jurisdiction: Jurisdiction, as_of: int) -> list[tuple[str, int]]:
    """Return the cut-offs that hold at a date (MM-DD), each with the day since when, unbroken."""
    known = [version for version in jurisdiction.parameters if version.day <= as_of]
    # Of one day the last stands.
    by_day = {version.day: version.parameters.monitoring_cut_offs for version in known}
    since: dict[str, int] = {}
    for day, named in by_day.items():
        since = {text: since.get(text, day) for text in named}
    return list(since.items())


def standard_at(
    jurisdiction: Jurisdiction, fiscal_year: int, project_class: ProjectClass | None, as_of: int
) -> StandardVersion | None:
    """Return the profile of a class, or (class null) the assessment table, of a year at a date."""
    found = None
    for version in jurisdiction.standards:
        if version.day > as_of:
            break
        if (version.fiscal_year, version.project_class) == (fiscal_year, project_class):
            found = version
    return found


def model_at(jurisdiction: Jurisdiction, as_of: int) -> ModelVersion | None:
    """Return the forecast model that holds at a date, whatever years it may foresee."""
    found = None
    for version in jurisdiction.models:
        if version.day > as_of:
            break
        found = version
    return found


def class_model(model: ModelVersion, project_class: ProjectClass | None) -> ClassModel | None:
    """Return how a class is foreseen: its own entry, else that of any class."""
    by_class = {known.project_class: known for known in model.classes}
    return by_class.get(project_class) or by_class.get(None)


class ListedAs(NamedTuple):
    """A project as priority lists know it."""

    code: str
    """Its code within the jurisdiction."""
    department: str | None
    """Its department at the date; None: it is not registered, so nobody's yet."""

    def may_stand_on(self, version: PriorityVersion) -> bool:
        """Tell whether a list is for such projects: a department's for its own alone."""
        bureaus = version.kind is PriorityListKind.BUREAU
        return bureaus or self.department in {None, version.organisation}


def priority_at(
    jurisdiction: Jurisdiction, fiscal_year: int, project: ListedAs, as_of: int
) -> tuple[PriorityListKind, ...]:
    """Say which lists of a year a project stands on at a date (domain-rules 19).

    Whoever states it: a department decides about its own projects, about another's nothing.
    """
    listed: dict[tuple[PriorityListKind, str], bool] = {}
    for version in jurisdiction.lists:
        if version.day > as_of:
            break
        if version.fiscal_year == fiscal_year:
            named = project.code in version.projects
            listed[version.kind, version.organisation] = named and project.may_stand_on(version)
    return tuple(
        kind for kind in PriorityListKind if any(on and of[0] is kind for of, on in listed.items())
    )


def closed_before(jurisdiction: Jurisdiction, fiscal_year: int, position: int) -> int:
    """Return the ledger position of the last closing of a year before another; 0: there is none."""
    return max(
        (
            closing.position
            for closing in jurisdiction.closings
            if closing.fiscal_year == fiscal_year and closing.position < position
        ),
        default=0,
    )


def closing_at(jurisdiction: Jurisdiction, fiscal_year: int, as_of: int) -> Closing | None:
    """Return the closing of a year that holds at a date (domain-rules 5)."""
    found = None
    for closing in jurisdiction.closings:
        if closing.day > as_of:
            break
        if closing.fiscal_year == fiscal_year:
            found = closing
    return found
