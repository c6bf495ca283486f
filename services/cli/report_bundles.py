"""`dualwatch report bundle` and `workbook`: many papers at once, down and up."""

import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import typer

from services.cli.client import Client, document, problem_error, segment
from services.cli.errors import CliError, ExitCode
from services.cli.output import Column, JsonFlag, print_json, print_rows, say
from services.cli.places import Service
from services.cli.report_files import FileFormat, read_file, write_file
from services.cli.session import client_of

PIECE_BYTES: Final = 8 * 1024 * 1024
"""Bytes of a bundle that are asked for at a time: what breaks off is asked for again."""
PIECES_MAX: Final = 1_000
LOOK_SECONDS: Final = 1.0
WAIT_SECONDS_MAX: Final = 3_600.0
WORKBOOK_BYTES_MAX: Final = 32 * 1024 * 1024
WORKBOOK_SECONDS: Final = 120
CELL_COLUMNS: Final = (
    Column("cell", "cell"),
    Column("fault", "text"),
    Column("问题", "text_zh"),
)

Campaign = Annotated[
    str, typer.Argument(metavar="CAMPAIGN", help="Key of the campaign: <jurisdiction>/<id>.")
]


class Kind(StrEnum):
    """What is bundled."""

    FORM = "form"
    REPORT = "report"


def bundle(
    context: typer.Context,
    campaign: Campaign,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", dir_okay=False, help="Write it there.")
    ],
    file_format: Annotated[FileFormat, typer.Option("--format", help="Kind of files.")] = (
        FileFormat.XLSX
    ),
    kind: Annotated[Kind, typer.Option("--kind", help="Forms or reports.")] = Kind.FORM,
    unit: Annotated[str | None, typer.Option("--unit", help="Of this unit alone.")] = None,
    department: Annotated[
        str | None, typer.Option("--department", help="Of this department alone.")
    ] = None,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="ID", help="Go on with an earlier bundle.")
    ] = None,
) -> None:
    """Bundle the files of a campaign's papers into a zip and fetch it; resumes what broke off."""
    chosen = {"unit": unit, "department": department}
    body = {
        "format": file_format.value,
        "kind": kind.value,
        "filter": {name: value for name, value in chosen.items() if value is not None},
    }
    with client_of(context) as client:
        name = resume or _begun(client, campaign, body)
        found = _waited(client, name)
        _fetched(client, found, output)
    say(f"written: {output} ({found['done']} papers, {found['bytes']} bytes)")
    for skipped in found["skipped"]:
        say(f"left out: {skipped['paper']}: {skipped['reason']}")


def _begun(client: Client, campaign: str, body: dict[str, Any]) -> str:
    answer = client.send(
        Service.REPORTING,
        "POST",
        f"/v1/campaigns/{segment(campaign)}/downloads",
        content=httpx.Request("POST", "http://x", json=body).content,
        headers={"Idempotency-Key": secrets.token_hex(16), "content-type": "application/json"},
    )
    found = str(document(Service.REPORTING, answer)["download_id"])
    say(f"bundle {found}")
    return found


def _waited(client: Client, name: str) -> dict[str, Any]:
    give_up = client.monotonic() + WAIT_SECONDS_MAX
    shown = -1
    while True:
        found: dict[str, Any] = client.get(Service.REPORTING, f"/v1/downloads/{segment(name)}")
        if found["state"] == "ready":
            return found
        if found["state"] == "failed":
            message = f"the bundle cannot be made: {found['reason']}"
            raise CliError(message, ExitCode.REFUSED)
        if found["done"] != shown:
            shown = found["done"]
            say(f"{shown} of {found['total']}")
        if client.monotonic() > give_up:
            message = f"the bundle is not ready yet: go on with --resume {name}"
            raise CliError(message, ExitCode.TIMEOUT)
        client.pause(LOOK_SECONDS)


def _fetched(client: Client, found: dict[str, Any], output: Path) -> None:
    """Fetch it piece by piece into a file beside; what is there already is not fetched again."""
    part = output.with_name(f"{output.name}.{found['download_id'][:8]}.part")
    path, size = f"/v1/downloads/{found['download_id']}/file", int(found["bytes"])
    try:
        with part.open("ab") as file:
            for _ in range(PIECES_MAX):
                here = file.tell()
                if here >= size:
                    break
                last = min(size, here + PIECE_BYTES) - 1
                headers = {"Range": f"bytes={here}-{last}"}
                answer = client.send(
                    Service.REPORTING, "GET", path, headers=headers, wait_seconds=WORKBOOK_SECONDS
                )
                if answer.status_code != httpx.codes.PARTIAL_CONTENT:
                    raise problem_error(Service.REPORTING, answer)
                file.write(answer.content)
        part.replace(output)
    except OSError as error:
        message = f"cannot write {part}: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error


workbook = typer.Typer(help="A unit's forms as one workbook to fill in.", no_args_is_help=True)


@workbook.command("get")
def get_workbook(
    context: typer.Context,
    campaign: Campaign,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="Code of the unit.")],
    *,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", dir_okay=False)],
) -> None:
    """Fetch the forms that a unit is still to fill in."""
    with client_of(context) as client:
        answer = client.send(
            Service.REPORTING,
            "GET",
            f"/v1/campaigns/{segment(campaign)}/workbook",
            params={"unit": unit},
            wait_seconds=WORKBOOK_SECONDS,
        )
    if answer.is_error:
        raise problem_error(Service.REPORTING, answer)
    write_file(output, answer.content)
    say(f"written: {output}")


@workbook.command("put")
def put_workbook(
    context: typer.Context,
    campaign: Campaign,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook, filled in.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Send a filled workbook: everything is saved, or each cell at fault is told."""
    content = read_file(file, WORKBOOK_BYTES_MAX)
    with client_of(context) as client:
        answer = client.send(
            Service.REPORTING,
            "POST",
            f"/v1/campaigns/{segment(campaign)}/workbook",
            content=content,
            headers={
                "Idempotency-Key": secrets.token_hex(16),
                "content-type": "application/octet-stream",
            },
            wait_seconds=WORKBOOK_SECONDS,
        )
    if answer.is_error:
        cells = answer.json().get("cells", [])
        if as_json:
            print_json(answer.json())
        elif cells:
            print_rows(cells, CELL_COLUMNS)
        raise problem_error(Service.REPORTING, answer)
    found = answer.json()
    if as_json:
        print_json(found)
    say(f"saved: {found['fields']} fields of {len(found['papers'])} forms")
