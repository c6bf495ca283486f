"""`dualwatch evidence`: files that prove what facts say."""

import hashlib
import mimetypes
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.events.evidence import EVIDENCE_BYTES_MAX
from services.cli.client import Client, document, segment
from services.cli.errors import CliError, ExitCode
from services.cli.output import Column, JsonFlag, say, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Evidence files 佐证材料 of projects.", no_args_is_help=True)

UPLOAD_SECONDS: Final = 120.0
COLUMNS: Final = (
    Column("sha256", "sha256"),
    Column("name", "name"),
    Column("type", "media_type"),
    Column("bytes", "bytes", "number"),
    Column("by", "by"),
    Column("at", "at"),
)

Project = Annotated[str, typer.Argument(metavar="PROJECT", help="jurisdiction/code.")]


@app.command("put")
def put(
    context: typer.Context,
    project: Project,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="PDF, Office or image, ≤ 20 MB.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Upload a file; what it prints is what a fact's `evidence` takes."""
    with client_of(context) as client:
        found = upload(client, project, file)
    show(found, as_json=as_json, title=file.name)


def upload(client: Client, project: str, file: Path) -> dict[str, Any]:
    """Upload a file of a project; give it as a fact's `evidence` takes it."""
    content = _read(file)
    answer = client.send(
        Service.INTAKE,
        "POST",
        "/v1/evidence",
        params={"subject": project, "name": file.name},
        content=content,
        headers={"content-type": mimetypes.guess_type(file.name)[0] or "application/octet-stream"},
        wait_seconds=UPLOAD_SECONDS,
    )
    found: dict[str, Any] = document(Service.INTAKE, answer)
    return found


@app.command("get")
def get(
    context: typer.Context,
    sha256: Annotated[str, typer.Argument(metavar="SHA256", help="Name of the file's content.")],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write it.")],
) -> None:
    """Download a file and check that it is what it is called."""
    path = f"/v1/evidence/{segment(sha256)}"
    with client_of(context) as client:
        answer = client.send(Service.INTAKE, "GET", path, wait_seconds=UPLOAD_SECONDS)
        if answer.is_error:
            document(Service.INTAKE, answer)
    if hashlib.sha256(answer.content).hexdigest() != sha256:
        message = "the bytes that came are not those that were asked for"
        raise CliError(message, ExitCode.FAILED_CHECK)
    output.write_bytes(answer.content)
    say(f"{output}: {len(answer.content)} bytes")


@app.command("list")
def list_evidence(context: typer.Context, project: Project, *, as_json: JsonFlag = False) -> None:
    """List a project's files."""
    with client_of(context) as client:
        found: Any = client.get(Service.INTAKE, "/v1/evidence", {"subject": project})["items"]
    show(found, as_json=as_json, columns=COLUMNS)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            content = opened.read(EVIDENCE_BYTES_MAX + 1)
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error
    if len(content) > EVIDENCE_BYTES_MAX:
        message = f"{file} has more than {EVIDENCE_BYTES_MAX} bytes"
        raise CliError(message, ExitCode.USAGE)
    return content
