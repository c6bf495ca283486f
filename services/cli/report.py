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
from services.cli.session import client_of

app = typer.Typer(help="Monitoring forms and summaries.", no_args_is_help=True)

FORM_SECONDS_MAX: Final = 60


class FormFormat(StrEnum):
    """How a form is delivered."""

    JSON = "json"
    XLSX = "xlsx"


def fetch_form(
    client: Client,
    project: str,
    *,
    as_of: str | None,
    fiscal_year: int | None,
    form_format: FormFormat,
) -> httpx.Response:
    """Ask reporting for a project's form; a refusal ends the command."""
    answer = client.send(
        Service.REPORTING,
        "GET",
        f"/v1/forms/{segment(project)}",
        params={"as_of": as_of, "fiscal_year": fiscal_year, "format": form_format.value},
        wait_seconds=FORM_SECONDS_MAX,
    )
    if answer.is_error:
        raise problem_error(Service.REPORTING, answer)
    return answer


@app.command("form")
def form(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    project: Project,
    *,
    as_of: AsOf = None,
    fiscal_year: FiscalYear = None,
    form_format: Annotated[
        FormFormat, typer.Option("--format", help="JSON, or a filled spreadsheet.")
    ] = FormFormat.JSON,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", dir_okay=False, help="Write it there."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Fill the monitoring form (annex 1) of a project as of a date."""
    if form_format is FormFormat.XLSX and output is None:
        message = "an .xlsx form goes into a file: say which with -o FILE"
        raise CliError(message, ExitCode.USAGE)
    with client_of(context) as client:
        answer = fetch_form(
            client, project, as_of=as_of, fiscal_year=fiscal_year, form_format=form_format
        )
    if output is None:
        show(document(Service.REPORTING, answer), as_json=as_json, title=project)
        return
    write_file(output, answer.content)
    if as_json:
        print_json({"project_id": project, "format": form_format, "file": str(output)})
    say(f"written: {output}")


def write_file(path: Path, content: bytes) -> None:
    """Write a file; what the system says against it is wrong usage."""
    try:
        path.write_bytes(content)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error


@app.command("summary")
def summary(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    department: Annotated[str, typer.Argument(metavar="DEPARTMENT", help="Department code.")],
    *,
    as_of: AsOf = None,
    fiscal_year: FiscalYear = None,
    jurisdiction: Jurisdiction = None,
    as_json: JsonFlag = False,
) -> None:
    """Sum up a department as of a date."""
    params = {"jurisdiction": jurisdiction, "as_of": as_of, "fiscal_year": fiscal_year}
    with client_of(context) as client:
        found = client.get(Service.REPORTING, f"/v1/summaries/{segment(department)}", params)
    show(found, as_json=as_json, title=department)
