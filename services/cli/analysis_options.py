"""Filters that the commands of `dualwatch analysis` share."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from services.cli.options import AsOf, FiscalYear

Department = Annotated[
    str | None, typer.Option("--department", help="Only projects of this department.")
]
Unit = Annotated[
    str | None, typer.Option("--unit", help="Only projects that it leads or has a line of.")
]
Subtree = Annotated[
    str | None, typer.Option("--subtree", metavar="ORG", help="Led from within this subtree.")
]
Account = Annotated[
    str | None, typer.Option("--account", help="With a line of this budget: general_public, …")
]
Function = Annotated[
    str | None, typer.Option("--function", help="With a line of this class, or its first digits.")
]
Light = Annotated[str | None, typer.Option("--light", help="red, yellow, green, blue or none.")]
Quadrant = Annotated[
    str | None,
    typer.Option("--quadrant", help="on_track, money_behind, results_behind, both_behind, none."),
]
State = Annotated[
    str | None, typer.Option("--state", help="active, suspended, completed or terminated.")
]
ProjectClass = Annotated[
    str | None, typer.Option("--class", help="procurement, construction, … or none.")
]
Priority = Annotated[
    str | None, typer.Option("--priority", help="On a list: bureau, department, any or none.")
]
WithFindings = Annotated[
    bool | None, typer.Option("--with-findings/--without-findings", help="Whether any is found.")
]
Search = Annotated[str | None, typer.Option("--search", help="Part of a name or id.")]
Sort = Annotated[str | None, typer.Option("--sort", help="By this field, for example spi_bp.")]
Descending = Annotated[bool, typer.Option("--desc", help="The greatest first.")]
KnownAt = Annotated[
    str | None,
    typer.Option("--as-known-at", metavar="CUT", help="A cut, or a time with its offset."),
]


def given(**named: Any) -> dict[str, Any]:
    """Keep what was said; whether is written as JSON writes it."""
    return {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in named.items()
        if value is not None
    }


@dataclass(frozen=True, kw_only=True)
class When:
    """As of which day, and as was known when."""

    fiscal_year: FiscalYear = None
    as_of: AsOf = None
    as_known_at: KnownAt = None

    def named(self) -> dict[str, Any]:
        """Give what was said, as the interface names it."""
        return given(**asdict(self))


@dataclass(frozen=True, kw_only=True)
class SumFilters:
    """Whose money is added up."""

    department: Department = None
    unit: Unit = None
    subtree: Subtree = None
    account: Account = None
    function: Function = None

    def named(self) -> dict[str, Any]:
        """Give what was said, as the interface names it."""
        return given(**asdict(self))


@dataclass(frozen=True, kw_only=True)
class ProjectFilters(SumFilters):
    """Which projects are meant."""

    light: Light = None
    quadrant: Quadrant = None
    state: State = None
    project_class: ProjectClass = None
    priority: Priority = None
    with_findings: WithFindings = None
    search: Search = None

    def named(self) -> dict[str, Any]:
        """Give what was said, as the interface names it."""
        said = asdict(self)
        return given(**{"class": said.pop("project_class")}, **said)


@dataclass(frozen=True, kw_only=True)
class Order:
    """In which order."""

    sort: Sort = None
    descending: Descending = False

    def named(self) -> dict[str, Any]:
        """Give what was said, as the interface names it."""
        return given(sort=self.sort, order="desc" if self.descending else None)
