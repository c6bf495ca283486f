"""The filters that lists, overviews, rankings and comparisons share."""

from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal

from fastapi import Depends, Query

from contracts.vocabulary import (
    ID_LENGTH_MAX,
    BudgetAccount,
    FindingKind,
    Light,
    PriorityListKind,
    ProjectClass,
    ProjectState,
    Quadrant,
)
from services.analysis.api.asking import Department
from services.analysis.api.ordering import Chosen, Order, Sort

SEARCH_LENGTH_MAX: Final = 200
CODE_LENGTH_MAX: Final = 20

Code = Annotated[
    str | None,
    Query(
        max_length=CODE_LENGTH_MAX,
        pattern=r"^[0-9]+$",
        description="Functional class, or its first digits.",
    ),
]
Unit = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=ID_LENGTH_MAX,
        description="Projects that it leads or that have a line of it.",
    ),
]
Subtree = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=ID_LENGTH_MAX,
        description="An organisation: projects led by it or by what stands below it at the day.",
    ),
]
ByLight = Annotated[
    Light | Literal["none"] | None, Query(description="`none`: nothing to judge yet.")
]
ByQuadrant = Annotated[
    Quadrant | Literal["none"] | None, Query(description="`none`: not both are judged.")
]
ByClass = Annotated[
    ProjectClass | Literal["none"] | None,
    Query(alias="class", description="`none`: no class is known."),
]
ByPriority = Annotated[
    PriorityListKind | Literal["any", "none"] | None,
    Query(description="On the bureau's list, its department's, on any, on none."),
]
Account = Annotated[
    BudgetAccount | None, Query(description="Projects that have a line of this budget.")
]
State = Annotated[ProjectState | None, Query(description="State of the project at the day.")]
Finding = Annotated[
    FindingKind | None, Query(description="Projects in which a finding of this kind holds.")
]
Search = Annotated[
    str | None, Query(max_length=SEARCH_LENGTH_MAX, description="Part of a name or id.")
]
WithFindings = Annotated[
    bool | None, Query(description="Only projects with findings, or only those without.")
]
Lacking = Annotated[
    Literal["registration", "budget", "targets", "judgement"] | None,
    Query(description="Projects of which this is not known: what `coverage` does not count."),
]
Frozen = Annotated[
    bool | None, Query(description="Whether the project's publisher has been silent too long.")
]


@dataclass(frozen=True)
class Filters:
    """What was asked for, before the tree is known that a subtree means."""

    chosen: Chosen
    subtree: str | None

    @property
    def plain(self) -> bool:
        """Whether nothing but a department is asked for: the store alone can list it."""
        return self.subtree is None and replace(self.chosen, department=None) == Chosen()


# A coroutine although nothing is awaited: a function would be run in a thread of its own.
async def _filters(  # noqa: PLR0913 - one parameter for each of the query's
    *,
    department: Department = None,
    unit: Unit = None,
    subtree: Subtree = None,
    account: Account = None,
    function: Code = None,
    light: ByLight = None,
    quadrant: ByQuadrant = None,
    state: State = None,
    project_class: ByClass = None,
    priority: ByPriority = None,
    frozen: Frozen = None,
    with_findings: WithFindings = None,
    finding: Finding = None,
    lacking: Lacking = None,
    search: Search = None,
) -> Filters:
    chosen = Chosen(
        department=department,
        light=_text(light),
        search=search,
        unit=unit,
        account=_text(account),
        function=function,
        quadrant=_text(quadrant),
        state=_text(state),
        project_class=_text(project_class),
        priority=_text(priority),
        frozen=frozen,
        with_findings=with_findings,
        finding=_text(finding),
        lacking=lacking,
    )
    return Filters(chosen, subtree)


def _text(value: str | None) -> str | None:
    return None if value is None else str(value)


Filtered = Annotated[Filters, Depends(_filters)]
"""A route's parameter: its filters."""

SortBy = Annotated[Sort | None, Query(description="By id if left out.")]


def ordered(chosen: Chosen, sort: Sort | None, order: Order) -> Chosen:
    """Put an order to a choice."""
    return replace(chosen, sort=sort or Sort.PROJECT, order=order)
