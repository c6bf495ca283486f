"""What readers ask for, and what they are given."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from services.analysis.domain import Jurisdiction
from services.analysis.store.documents import Document
from services.analysis.store.states import Project, Year


@dataclass(frozen=True)
class Position:
    """How far the projection is."""

    ledger: list[int]
    """Last folded position of every ledger partition."""
    assessments: list[int]
    """Last position given on every partition of `assessments`."""
    due: int
    """Years and days that are changed or opened and not assessed yet."""


@dataclass(frozen=True)
class Found:
    """A project as it is stored, and what measuring it takes."""

    project: Project
    jurisdiction: Jurisdiction | None
    """Its partition's copy."""
    partition: int


@dataclass(frozen=True)
class Asked:
    """Which projects are asked for."""

    jurisdiction: str
    fiscal_year: int
    department: str | None = None
    within: AbstractSet[str] | None = None
    """Organisations that may lead them; None: any. One that nobody leads goes by its code."""
    project: str | None = None
    """This one alone."""

    def holds(self, project: Project) -> bool:
        """Say whether a project that was folded again is one of them."""
        known = project.head.registration()
        unit, department = (known.lead_unit, known.department) if known else (None, None)
        if self.department is not None and department != self.department:
            return False
        leads = unit or department or project.head.code
        return self.within is None or leads in self.within

    def query(self) -> Document:
        """Select their heads."""
        query: Document = {"j": self.jurisdiction}
        if self.project is not None:
            query["_id"] = self.project
        if self.department is not None:
            query["department"] = self.department
        if self.within is not None:
            codes = sorted(self.within)
            streams = [f"{self.jurisdiction}/{code}" for code in codes]
            query["$or"] = [
                {"unit": {"$in": codes}},
                {"unit": None, "department": {"$in": codes}},
                {"unit": None, "department": None, "_id": {"$in": streams}},
            ]
        return query


@dataclass
class Page:
    """Some projects of a jurisdiction, each with a given fiscal year."""

    cut: list[int]
    items: list[Found] = field(default_factory=list)
    years: list[Year | None] = field(default_factory=list)
    """The year asked for, of each item; None where no fact belongs to it."""
    after: str | None = None
    """The last project looked at, if there are more."""
