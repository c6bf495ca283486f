"""`dualwatch analysis why`: the entries that make a figure, of a project or of many together."""

from typing import Annotated, Any, Final

import typer

from services.cli.analysis_options import SumFilters, When, given
from services.cli.client import segment
from services.cli.errors import CliError, ExitCode
from services.cli.grouped import grouped
from services.cli.options import Jurisdiction
from services.cli.output import Column, JsonFlag, say, show
from services.cli.places import Service
from services.cli.session import client_of

ENTRY_COLUMNS: Final = (
    Column("sequence", "sequence", "number"),
    Column("position", "position", "number"),
    Column("date", "date"),
    Column("type", "type"),
    Column("amount", "amount", "money"),
    Column("line", "line"),
    Column("late", "late"),
    Column("document", "document"),
    Column("note", "note"),
)
PART_COLUMNS: Final = (
    Column("part", "kind"),
    Column("date", "date"),
    Column("amount", "amount", "money"),
    Column("points", "points_bp", "rate"),
    Column("line", "line"),
    Column("of", "label"),
    Column("entries", "sequences"),
    Column("share of", "rests_on"),
)
PROJECT_COLUMNS: Final = (
    Column("project", "project_id"),
    Column("name", "project_name"),
    Column("amount", "amount", "money"),
)

Names = Annotated[
    list[str],
    typer.Argument(
        metavar="[PROJECT] FIGURE",
        help="FIGURE: any money figure (spent, disbursed, adjusted_budget, original_budget, "
        "carryover, supplement, balance, uncommitted_balance, committed, …), expected_spent, "
        "forecast, attainment_rate_bp, indicator:<id> or finding:<kind>:<subject>. Without "
        "PROJECT: what each project of --jurisdiction adds to its sum.",
    ),
]


@grouped
def why(
    context: typer.Context,
    names: Names,
    filters: SumFilters,
    when: When,
    *,
    jurisdiction: Jurisdiction = None,
    line: Annotated[
        str | None, typer.Option("--line", help="The figure of this funding line alone.")
    ] = None,
    entries: Annotated[
        bool, typer.Option("--entries", help="Of many projects: their entries themselves.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show the ledger entries that make a figure; with --json they are one array.

    They sum exactly to it: of a project, of one of its lines, or of a jurisdiction's overview
    with the same filters. Derived figures show the parts they are made of, and their entries.
    """
    *project, figure = names
    if bool(project) == (jurisdiction is not None) or len(project) > 1:
        message = "give a project and a figure, or --jurisdiction and a figure"
        raise CliError(message, ExitCode.USAGE)
    if project:
        asked = {**when.named(), **given(line=line)}
        _show_project(context, project[0], figure, asked, as_json=as_json)
        return
    asked = {
        **when.named(),
        **filters.named(),
        "jurisdiction": jurisdiction,
        "entries": "true" if entries else None,
    }
    path = f"/v1/why/{segment(figure)}"
    with client_of(context) as client:
        pages = list(client.pages(Service.ANALYSIS, path, asked))
    rows = [row for page in pages for row in page["entries" if entries else "items"]]
    columns = (PROJECT_COLUMNS[0], *ENTRY_COLUMNS) if entries else PROJECT_COLUMNS
    show(rows, as_json=as_json, columns=columns)
    if not as_json:
        say(f"{figure} = {pages[-1]['value']}, over {pages[-1]['projects']} projects")


def _show_project(
    context: typer.Context, project: str, figure: str, params: dict[str, Any], *, as_json: bool
) -> None:
    path = f"/v1/projects/{segment(project)}/why/{segment(figure)}"
    with client_of(context) as client:
        pages = list(client.pages(Service.ANALYSIS, path, params))
    entries = [entry for page in pages for entry in page["entries"]]
    parts, last = pages[0].get("parts", []), pages[-1]
    if parts and not as_json:
        show(parts, as_json=False, columns=PART_COLUMNS)
    show(entries, as_json=as_json, columns=ENTRY_COLUMNS)
    if not as_json:
        what = "entries and parts" if parts else "entries"
        say(f"{figure} = {last['value']}, the sum of the {what} is {last['sum']}")
