"""`dualwatch analysis`: many projects together, and how things went."""

from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from services.cli.analysis_options import Department, Light, Subtree, SumFilters, When, given
from services.cli.errors import CliError, ExitCode
from services.cli.grouped import grouped
from services.cli.options import AsOf, FiscalYear, read_day
from services.cli.output import Column, JsonFlag, say, show
from services.cli.places import Service
from services.cli.session import client_of

FIGURES: Final = (
    Column("adjusted budget", "adjusted_budget", "money"),
    Column("disbursed", "disbursed", "money"),
    Column("spent", "spent", "money"),
    Column("execution", "execution_rate_bp", "rate"),
    Column("expected", "expected_rate_bp", "rate"),
    Column("attainment", "attainment_rate_bp", "rate"),
)
GROUP_COLUMNS: Final = (Column("group", "key"), Column("projects", "projects", "number"), *FIGURES)
POINT_COLUMNS: Final = (Column("date", "date"), *FIGURES, Column("light", "light", "light"))
RANK_COLUMNS: Final = (
    Column("rank", "rank", "number"),
    Column("who", "key"),
    Column("name", "name"),
    Column("value", "value"),
    Column("ties", "ties", "number"),
    Column("projects", "projects", "number"),
)
CHANGE_COLUMNS: Final = (
    Column("project", "project_id"),
    Column("figure", "figure"),
    Column("from", "from"),
    Column("to", "to"),
    Column("change", "change"),
)

Jurisdiction = Annotated[str, typer.Option("--jurisdiction", metavar="J", help="Its code.")]
One = Annotated[str | None, typer.Option("--project", metavar="P", help="This project alone.")]
Day = Annotated[
    str | None, typer.Option("--from", metavar="DATE", parser=read_day, help="First day.")
]
Until = Annotated[
    str | None, typer.Option("--to", metavar="DATE", parser=read_day, help="Last day.")
]


@grouped
def overview(
    context: typer.Context,
    filters: SumFilters,
    when: When,
    *,
    jurisdiction: Jurisdiction,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            help="Figures by department, unit, account, function, government_economic, class, "
            "line, light, quadrant or state.",
        ),
    ] = None,
    light: Light = None,
    as_json: JsonFlag = False,
) -> None:
    """Add up a jurisdiction's projects; with --by a line for each group.

    With --json the whole answer is one object, with --by the groups are one array.
    """
    params = given(
        jurisdiction=jurisdiction,
        group_by=by,
        light=light,
        points=False,
        **filters.named(),
        **when.named(),
    )
    with client_of(context) as client:
        found = client.get(Service.ANALYSIS, "/v1/overview", params)
    if by is None:
        show(found, as_json=as_json, title=jurisdiction)
    else:
        show(found["groups"], as_json=as_json, columns=GROUP_COLUMNS)


def history(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    *,
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", metavar="J", help="All its projects together.")
    ] = None,
    project: One = None,
    first: Day = None,
    last: Until = None,
    every: Annotated[str, typer.Option("--every", help="month, or of one project day.")] = "month",
    department: Department = None,
    subtree: Subtree = None,
    fiscal_year: FiscalYear = None,
    as_json: JsonFlag = False,
) -> None:
    """Show how a year went, by month's end or opened day; with --json one array of points."""
    if (jurisdiction is None) == (project is None):
        message = "give --jurisdiction or --project"
        raise CliError(message, ExitCode.USAGE)
    params = given(
        jurisdiction=jurisdiction,
        project=project,
        every=every,
        department=department,
        subtree=subtree,
        fiscal_year=fiscal_year,
        **given(**{"from": first, "to": last}),
    )
    with client_of(context) as client:
        found = client.get(Service.ANALYSIS, "/v1/history", params)
    show(found["items"], as_json=as_json, columns=POINT_COLUMNS)


def ranking(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    *,
    jurisdiction: Jurisdiction,
    by: Annotated[str, typer.Option("--by", help="The figure.")] = "execution_rate_bp",
    level: Annotated[
        str, typer.Option("--level", help="department, unit or project.")
    ] = "department",
    ascending: Annotated[bool, typer.Option("--asc", help="The smallest first.")] = False,
    department: Department = None,
    subtree: Subtree = None,
    fiscal_year: FiscalYear = None,
    as_of: AsOf = None,
    as_json: JsonFlag = False,
) -> None:
    """Rank departments, units or projects by a figure; with --json one array."""
    params = given(
        jurisdiction=jurisdiction,
        by=by,
        level=level,
        order="asc" if ascending else "desc",
        department=department,
        subtree=subtree,
        fiscal_year=fiscal_year,
        as_of=as_of,
    )
    with client_of(context) as client:
        rows = list(client.items(Service.ANALYSIS, "/v1/ranking", params))
    show(rows, as_json=as_json, columns=RANK_COLUMNS)


def compare(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    before: Annotated[str, typer.Argument(metavar="FROM", help="A date, a cut or a time.")],
    then: Annotated[str, typer.Argument(metavar="TO", help="The same.")],
    *,
    jurisdiction: Jurisdiction,
    project: One = None,
    department: Department = None,
    subtree: Subtree = None,
    fiscal_year: FiscalYear = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what differs between two dates or cuts; with --json one array, an item a project."""
    params = given(
        jurisdiction=jurisdiction,
        project=project,
        department=department,
        subtree=subtree,
        fiscal_year=fiscal_year,
        **{"from": before, "to": then},
    )
    with client_of(context) as client:
        pages = list(client.pages(Service.ANALYSIS, "/v1/compare", params))
    items = [item for page in pages for item in page["items"]]
    if as_json:
        show(items, as_json=True)
        return
    rows = [
        {"project_id": item["project_id"], "figure": figure, **sides}
        for item in items
        for figure, sides in item["figures"].items()
    ]
    show(rows, as_json=False, columns=CHANGE_COLUMNS)
    say(f"{pages[0]['changed']} projects differ, {pages[0]['unchanged']} do not")


COMMANDS: Final[dict[str, Callable[..., Any]]] = {
    "overview": overview,
    "history": history,
    "ranking": ranking,
    "compare": compare,
}
"""Commands by name."""
