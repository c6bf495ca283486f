"""`dualwatch analysis`: execution and attainment of projects, and why a figure is what it is."""

from typing import Final

import typer

from services.cli import analysis_options as options
from services.cli.analysis_together import COMMANDS
from services.cli.analysis_why import why
from services.cli.backtest import backtest
from services.cli.client import Client, segment
from services.cli.grouped import grouped
from services.cli.options import AsOf, FiscalYear, Jurisdiction, Project
from services.cli.output import Column, JsonFlag, show
from services.cli.places import Service
from services.cli.rebuild import rebuild
from services.cli.session import client_of

app = typer.Typer(help="Execution and attainment of projects.", no_args_is_help=True)
app.command("backtest")(backtest)
app.command("rebuild")(rebuild)
app.command("why")(why)
for name, command in COMMANDS.items():
    app.command(name)(command)

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


@app.command("list")
@grouped
def list_projects(
    context: typer.Context,
    when: options.When,
    filters: options.ProjectFilters,
    order: options.Order,
    *,
    jurisdiction: Jurisdiction = None,
    as_json: JsonFlag = False,
) -> None:
    """List projects with their figures of a fiscal year as of a date.

    Without --jurisdiction those of all jurisdictions, one after the other.
    """
    asked = {**when.named(), **filters.named(), **order.named()}
    with client_of(context) as client:
        codes = [jurisdiction] if jurisdiction else _jurisdictions(client)
        rows = [
            row
            for code in codes
            for row in client.items(
                Service.ANALYSIS, "/v1/projects", {**asked, "jurisdiction": code}
            )
        ]
    show(rows, as_json=as_json, columns=ROW_COLUMNS)


def _jurisdictions(client: Client) -> list[str]:
    found = client.get(Service.ANALYSIS, "/v1/jurisdictions")["items"]
    return [one["jurisdiction"] for one in found]


@app.command("show")
def show_project(
    context: typer.Context,
    project: Project,
    *,
    fiscal_year: FiscalYear = None,
    as_of: AsOf = None,
    as_json: JsonFlag = False,
) -> None:
    """Show one project's figures; with --json its whole assessment too."""
    path = f"/v1/projects/{segment(project)}"
    with client_of(context) as client:
        found = client.get(Service.ANALYSIS, path, {"fiscal_year": fiscal_year, "as_of": as_of})
    if not as_json:
        found = {name: value for name, value in found.items() if name != "assessment"}
    show(found, as_json=as_json, title=project)
