"""`dualwatch report make` and `verify`: papers as files, made again and checked."""

import hashlib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from services.cli.client import document, problem_error, segment
from services.cli.errors import CliError, ExitCode
from services.cli.options import AsOf
from services.cli.output import Column, JsonFlag, print_json, print_rows, say
from services.cli.places import Service
from services.cli.session import client_of

FILE_SECONDS_MAX: Final = 120
FILE_BYTES_MAX: Final = 32 * 1024 * 1024
GENUINE: Final = "genuine"
DIFFERENCE_COLUMNS: Final = (
    Column("cell", "cell"),
    Column("expected", "expected"),
    Column("found", "found"),
)


class FileFormat(StrEnum):
    """How a paper is handed out."""

    XLSX = "xlsx"
    PDF = "pdf"
    DOCX = "docx"


class Layout(StrEnum):
    """How the money block of a form is printed."""

    CITY = "city"
    NATIONAL = "national"


LayoutOption = Annotated[
    Layout | None,
    typer.Option("--layout", help="Money block of a form; default: the campaign's."),
]


def make(
    context: typer.Context,
    paper: Annotated[
        str,
        typer.Argument(metavar="PAPER", help="Id of a paper; with --at: of a project."),
    ],
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", dir_okay=False, help="Write it there.")
    ],
    file_format: Annotated[FileFormat, typer.Option("--format", help="Kind of file.")] = (
        FileFormat.XLSX
    ),
    edition: Annotated[
        int | None, typer.Option("--edition", min=1, help="Frozen edition; default: the last.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="CUT", help="A form of no campaign, as known at a cut."),
    ] = None,
    as_of: AsOf = None,
    layout: LayoutOption = None,
) -> None:
    """Make a paper's file again: the same edition, or the same cut, gives the same bytes."""
    if at is not None and edition is not None:
        message = "--at makes a project's form, --edition a paper's: give one of them"
        raise CliError(message, ExitCode.USAGE)
    route = "forms" if at is not None else "papers"
    path = f"/v1/{route}/{segment(paper)}" + ("" if at is not None else "/file")
    params = {
        "format": file_format.value,
        "edition": edition,
        "at": at,
        "as_of": as_of,
        "layout": layout.value if layout else None,
    }
    with client_of(context) as client:
        answer = client.send(
            Service.REPORTING, "GET", path, params=params, wait_seconds=FILE_SECONDS_MAX
        )
    if answer.is_error:
        raise problem_error(Service.REPORTING, answer)
    write_file(output, answer.content)
    code = answer.headers.get("x-verification-code", "")
    say(f"sha256: {hashlib.sha256(answer.content).hexdigest()}")
    say(f"written: {output}" + (f" (校验码 {code})" if code else ""))


def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of ours: xlsx, pdf, docx.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Check a file: it is made again and compared; ends with 0 only if it is genuine."""
    content = read_file(file, FILE_BYTES_MAX)
    headers = {"content-type": "application/octet-stream"}
    with client_of(context) as client:
        answer = client.send(
            Service.REPORTING,
            "POST",
            "/v1/verify",
            content=content,
            headers=headers,
            wait_seconds=FILE_SECONDS_MAX,
        )
    found = document(Service.REPORTING, answer)
    if as_json:
        print_json(found)
    else:
        made = found["provenance"] or {}
        named = " ".join(f"{name}={value}" for name, value in made.items() if value)
        say(f"{found['verdict']}: {found['reason']} ({found['reason_zh']})")
        if named:
            say(named)
        if found["differences"]:
            print_rows(found["differences"], DIFFERENCE_COLUMNS)
    if found["verdict"] != GENUINE:
        message = f"{file} is {found['verdict']}"
        raise CliError(message, ExitCode.FAILED_CHECK)


def write_file(path: Path, content: bytes) -> None:
    """Write a file; what the system says against it is wrong usage."""
    try:
        path.write_bytes(content)
    except OSError as error:
        message = f"cannot write {path}: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error


def read_file(path: Path, bytes_max: int) -> bytes:
    """Read a file that is not larger than it may be."""
    try:
        with path.open("rb") as opened:
            content = opened.read(bytes_max + 1)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error
    if len(content) > bytes_max:
        message = f"{path} has more than {bytes_max} bytes"
        raise CliError(message, ExitCode.USAGE)
    return content
