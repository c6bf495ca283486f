"""`dualwatch analysis`: execution and attainment of projects, and why a figure is what it is."""

from typing import Annotated, Final

import typer

from services.cli.client import segment
from services.cli.options import AsOf, FiscalYear, Jurisdiction, Project
from services.cli.output import Column, JsonFlag, say, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Execution and attainment of projects.", no_args_is_help=True)

ROW_COLUMNS: Final = (
    Column("project", "project_id"),
    Column("name", "project_name"),
    Column("year", "fiscal_year"),
    Column("as of", "as_of"),
    Column("adjusted budget", "adjusted_budget", "money"),
    Column("disbursed", "disbursed", "money"),
    Column("spent", "spent", "money"),
    Column("execution", "execution_rate_bp", "rate"),
    Column("expected", "expected_rate_bp", "rate"),
    Column("attainment", "attainment_rate_bp", "rate"),
    Column("light", "light", "light"),
)

ENTRY_COLUMNS: Final = (
    Column("sequence", "sequence", "number"),
    Column("position", "position", "number"),
    Column("date", "date"),
    Column("type", "type"),
    Column("amount", "amount", "money"),
    Column("document", "document"),
)


@app.command("list")
def list_projects(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    *,
    jurisdiction: Jurisdiction = None,
    fiscal_year: FiscalYear = None,
    as_of: AsOf = None,
    department: Annotated[
        str | None, typer.Option("--department", help="Only projects of this department.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List projects with their figures of a fiscal year as of a date."""
    params = {
        "jurisdiction": jurisdiction,
        "fiscal_year": fiscal_year,
        "as_of": as_of,
        "department": department,
    }
    with client_of(context) as client:
        rows = list(client.pages(Service.ANALYSIS, "/v1/projects", params))
    show(rows, as_json=as_json, columns=ROW_COLUMNS)


@app.command("show")
def show_project(
    context: typer.Context,
    project: Project,
    *,
    fiscal_year: FiscalYear = None,
    as_of: AsOf = None,
    as_json: JsonFlag = False,
) -> None:
    """Show one project's figures and its whole assessment."""
    path = f"/v1/projects/{segment(project)}"
    with client_of(context) as client:
        found = client.get(Service.ANALYSIS, path, {"fiscal_year": fiscal_year, "as_of": as_of})
    show(found, as_json=as_json, title=project)


@app.command("why")
def why(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    project: Project,
    figure: Annotated[
        str,
        typer.Argument(
            metavar="FIGURE",
            help="spent, disbursed, adjusted_budget, original_budget, committed, requested, "
            "reversed or indicator:<id>.",
        ),
    ],
    *,
    fiscal_year: FiscalYear = None,
    as_of: AsOf = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the ledger entries that make a figure; with --json they are one array."""
    path = f"/v1/projects/{segment(project)}/why/{segment(figure)}"
    with client_of(context) as client:
        found = client.get(Service.ANALYSIS, path, {"fiscal_year": fiscal_year, "as_of": as_of})
    show(found["entries"], as_json=as_json, columns=ENTRY_COLUMNS)
    if not as_json:
        say(f"{figure} = {found['value']}, the sum of the entries is {found['sum']}")
