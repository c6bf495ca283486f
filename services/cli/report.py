"""`dualwatch report`: the monitoring form of a project, the summary of a department."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import httpx
import typer

from services.cli.client import Client, document, problem_error, segment
from services.cli.errors import CliError, ExitCode
from services.cli.options import AsOf, FiscalYear, Jurisdiction, Project
from services.cli.output import JsonFlag, print_json, say, show
from services.cli.places import Service
from services.cli.report_bundles import bundle, workbook
from services.cli.report_files import make, verify, write_file
from services.cli.report_templates import app as templates
from services.cli.session import client_of

__all__ = ["FormFormat", "app", "fetch_form", "write_file"]

app = typer.Typer(help="Monitoring forms, reports, summaries as files.", no_args_is_help=True)
app.command("make")(make)
app.command("verify")(verify)
app.command("bundle")(bundle)
app.add_typer(workbook, name="workbook")
app.add_typer(templates, name="templates")

FORM_SECONDS_MAX: Final = 60


class FormFormat(StrEnum):
    """How a form is delivered."""

    JSON = "json"
    XLSX = "xlsx"
    PDF = "pdf"


PROMISING: Final = frozenset({"csv", "doc", "docx", "ods", "odt", "xls"})
"""Endings that a program goes by, and that no form has: JSON would be damaged for it."""


def fetch_form(
    client: Client,
    project: str,
    *,
    as_of: str | None,
    fiscal_year: int | None,
    form_format: FormFormat,
    at: str | None = None,
) -> httpx.Response:
    """Ask reporting for a project's form; a refusal ends the command."""
    answer = client.send(
        Service.REPORTING,
        "GET",
        f"/v1/forms/{segment(project)}",
        params={
            "as_of": as_of,
            "fiscal_year": fiscal_year,
            "format": form_format.value,
            "at": at,
        },
        wait_seconds=FORM_SECONDS_MAX,
    )
    if answer.is_error:
        raise problem_error(Service.REPORTING, answer)
    return answer


@app.command("form")
def form(
    context: typer.Context,
    project: Project,
    *,
    as_of: AsOf = None,
    fiscal_year: FiscalYear = None,
    wanted: Annotated[
        FormFormat | None,
        typer.Option(
            "--format", help="JSON, a filled spreadsheet, or PDF; default: as FILE ends, else JSON."
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="CUT", help="As it was known at a cut.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", dir_okay=False, help="Write it there."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Fill the monitoring form (annex 1) of a project as of a date."""
    form_format = wanted or _format_of(output)
    if form_format is not FormFormat.JSON and output is None:
        message = f"an .{form_format} form goes into a file: say which with -o FILE"
        raise CliError(message, ExitCode.USAGE)
    with client_of(context) as client:
        answer = fetch_form(
            client, project, as_of=as_of, fiscal_year=fiscal_year, form_format=form_format, at=at
        )
    if output is None:
        show(document(Service.REPORTING, answer), as_json=as_json, title=project)
        return
    write_file(output, answer.content)
    if as_json:
        print_json({"project_id": project, "format": form_format, "file": str(output)})
    say(f"written: {output}")


def _format_of(output: Path | None) -> FormFormat:
    """Return the format that a file's name ends with; JSON where it says none.

    CliError for a name that promises what a form cannot be.
    """
    ending = "" if output is None else output.suffix.removeprefix(".").lower()
    if ending in PROMISING:
        known = ", ".join(FormFormat)
        message = f"no form is a .{ending}, only {known}: name FILE so, or say --format"
        raise CliError(message, ExitCode.USAGE)
    return FormFormat(ending) if ending in set(FormFormat) else FormFormat.JSON


@app.command("summary")
def summary(
    context: typer.Context,
    department: Annotated[str, typer.Argument(metavar="DEPARTMENT", help="Department code.")],
    *,
    as_of: AsOf = None,
    fiscal_year: FiscalYear = None,
    jurisdiction: Jurisdiction = None,
    as_json: JsonFlag = False,
) -> None:
    """Sum up a department as of a date.

    Without --jurisdiction all of them are asked; the department must be of one alone.
    """
    with client_of(context) as client:
        known = client.get(Service.INTAKE, "/v1/jurisdictions")["items"]
        chosen = [one for one in known if jurisdiction in {None, one["jurisdiction"]}]
        if not chosen:
            message = f"there is no jurisdiction {jurisdiction or 'yet'}"
            raise CliError(message, ExitCode.REFUSED)
        answers = [
            _summary_of(client, department, one["jurisdiction"], as_of or one["today"], fiscal_year)
            for one in chosen
        ]
    found = [document(Service.REPORTING, answer) for answer in answers if answer.is_success]
    if len(found) > 1:
        codes = ", ".join(one["jurisdiction"] for one in found)
        message = f"{department} is a department in {codes}: say which with --jurisdiction"
        raise CliError(message, ExitCode.USAGE)
    if not found:
        raise problem_error(Service.REPORTING, answers[0])
    show(found[0], as_json=as_json, title=department)


def _summary_of(
    client: Client, department: str, jurisdiction: str, as_of: str | None, fiscal_year: int | None
) -> httpx.Response:
    if as_of is None:
        message = f"no day of {jurisdiction} has been opened: say as of which with --as-of"
        raise CliError(message, ExitCode.USAGE)
    params = {"jurisdiction": jurisdiction, "as_of": as_of, "fiscal_year": fiscal_year}
    path = f"/v1/summaries/{segment(department)}"
    answer = client.send(
        Service.REPORTING, "GET", path, params=params, wait_seconds=FORM_SECONDS_MAX
    )
    if answer.is_error and answer.status_code != httpx.codes.NOT_FOUND:
        raise problem_error(Service.REPORTING, answer)
    return answer
