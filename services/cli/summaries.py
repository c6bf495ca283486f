"""`dualwatch summaries`: a campaign added up and exported (Art. 13, 15)."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.cli.client import document, problem_error, segment
from services.cli.errors import CliError, ExitCode
from services.cli.output import Column, JsonFlag, say, show
from services.cli.places import Service
from services.cli.report import write_file
from services.cli.session import client_of

app = typer.Typer(
    help="Campaigns added up: summary, results, monitoring work, exchange tables (Art. 13, 15).",
    no_args_is_help=True,
)

PATH: Final = "/v1/campaigns"
WAIT_SECONDS: Final = 120
"""Longest wait for a summary of a large city."""
DEPARTMENTS: Final = (
    Column("department", "department"),
    Column("name", "department_name"),
    Column("forms", "forms", "number"),
    Column("original", "original", "money"),
    Column("adjusted", "adjusted", "money"),
    Column("disbursed", "disbursed", "money"),
    Column("spent", "spent", "money"),
    Column("rate", "rate_bp", "rate"),
    Column("attainment", "mean_bp", "rate"),
    Column("coverage", "coverage_bp", "rate"),
)
RESULTS: Final = (
    Column("project", "project"),
    Column("name", "project_name"),
    Column("department", "department"),
    Column("suggestion", "label"),
    Column("article", "article"),
    Column("amount", "amount", "money"),
)
WORK: Final = (
    Column("rank", "rank", "number"),
    Column("department", "department"),
    Column("name", "department_name"),
    Column("coverage", "coverage_bp", "rate"),
    Column("timeliness", "timeliness_bp", "rate"),
    Column("completeness", "completeness_bp", "rate"),
    Column("correction", "correction_bp", "rate"),
    Column("score", "score_bp", "rate"),
    Column("grade", "grade"),
)

Campaign = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", help="Its key: JURISDICTION/ID, as `list` shows it.")
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", dir_okay=False, help="Write it there."),
]


class SummaryFormat(StrEnum):
    """How a summary is delivered."""

    JSON = "json"
    XLSX = "xlsx"
    DOCX = "docx"
    PDF = "pdf"


class ListFormat(StrEnum):
    """How a list is delivered."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


class TableFormat(StrEnum):
    """How an exchange table is delivered."""

    JSON = "json"
    CSV = "csv"


class Table(StrEnum):
    """National exchange tables of monitoring."""

    INFO = "PAY_PERF_MONITOR_INFO"
    TASK = "PAY_PERF_MONITOR_TASK"


@app.command("show")
def show_summary(
    context: typer.Context,
    campaign: Campaign,
    *,
    summary_format: Annotated[
        SummaryFormat, typer.Option("--format", help="JSON, or a file to hand out.")
    ] = SummaryFormat.JSON,
    output: Output = None,
    as_json: JsonFlag = False,
) -> None:
    """Add a campaign up: by department, account and class, with ranked risks (Art. 15)."""
    found = _fetched(context, campaign, "summary", summary_format, output)
    if found is None:
        return
    if as_json:
        show(found, as_json=True)
        return
    rows = [
        {
            **row["money"],
            "department": row["department"],
            "department_name": row["department_name"],
            "forms": row["filing"]["forms"],
            "mean_bp": row["mean_bp"],
            "coverage_bp": row["filing"]["coverage_bp"],
        }
        for row in found["departments"]
    ]
    filing, whole = found["whole"]["filing"], found["whole"]
    rows.append(
        {
            **whole["total"],
            "department": "",
            "department_name": "合计",
            "forms": filing["forms"],
            "mean_bp": whole["mean_bp"],
            "coverage_bp": filing["coverage_bp"],
        }
    )
    show(rows, as_json=False, columns=DEPARTMENTS)
    say(f"{filing['frozen']} frozen forms and {filing['live']} live ones, at cut {found['cut']}")


@app.command("results")
def results(
    context: typer.Context,
    campaign: Campaign,
    *,
    list_format: Annotated[ListFormat, typer.Option("--format")] = ListFormat.JSON,
    output: Output = None,
    as_json: JsonFlag = False,
) -> None:
    """Suggest what follows for budgets, each suggestion with its evidence (Art. 13)."""
    if list_format is ListFormat.JSON and output is None:
        with client_of(context) as client:
            items = list(client.items(Service.REPORTING, _path(campaign, "results"), {}))
        show(items, as_json=as_json, columns=RESULTS)
        return
    _fetched(context, campaign, "results", list_format, output)


@app.command("work")
def work(
    context: typer.Context,
    campaign: Campaign,
    *,
    list_format: Annotated[ListFormat, typer.Option("--format")] = ListFormat.JSON,
    output: Output = None,
    as_json: JsonFlag = False,
) -> None:
    """Assess each department's monitoring work, the best first (Art. 13)."""
    found = _fetched(context, campaign, "monitoring-work", list_format, output)
    if found is not None:
        show(found["items"], as_json=as_json, columns=WORK)


@app.command("completeness")
def completeness(context: typer.Context, campaign: Campaign, *, as_json: JsonFlag = False) -> None:
    """Tell how complete the data are that a campaign rests on."""
    found = _fetched(context, campaign, "completeness", SummaryFormat.JSON, None)
    show(found, as_json=as_json, title=campaign)


@app.command("exchange")
def exchange(
    context: typer.Context,
    campaign: Campaign,
    table: Annotated[Table, typer.Argument(help="Which table.")],
    *,
    table_format: Annotated[TableFormat, typer.Option("--format")] = TableFormat.CSV,
    output: Output = None,
) -> None:
    """Give a national exchange table with exactly its columns."""
    if table_format is TableFormat.JSON and output is None:
        with client_of(context) as client:
            path = _path(campaign, f"exchange/{table.value}")
            show(list(client.items(Service.REPORTING, path, {})), as_json=True)
        return
    _fetched(context, campaign, f"exchange/{table.value}", table_format, output)


def _path(campaign: str, what: str) -> str:
    return f"{PATH}/{segment(campaign)}/{what}"


def _fetched(
    context: typer.Context, campaign: str, what: str, wanted: StrEnum, output: Path | None
) -> Any:
    """Fetch something: a file is written, JSON is returned."""
    if wanted.value != "json" and output is None:
        message = f"a .{wanted.value} goes into a file: say which with -o FILE"
        raise CliError(message, ExitCode.USAGE)
    with client_of(context) as client:
        answer = client.send(
            Service.REPORTING,
            "GET",
            _path(campaign, what),
            params={} if what == "completeness" else {"format": wanted.value},
            wait_seconds=WAIT_SECONDS,
        )
    if answer.is_error:
        raise problem_error(Service.REPORTING, answer)
    if output is None:
        return document(Service.REPORTING, answer)
    write_file(output, answer.content)
    say(f"written: {output}")
    return None
