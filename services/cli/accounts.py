"""`dualwatch accounts`: who signs in at the console with a password."""

import sys
from typing import Annotated, Any, Final

import typer

from contracts.codec import encode_json
from deploy.local.principals import draw_password
from services.cli.client import document, segment
from services.cli.keys import PrincipalName
from services.cli.output import Column, JsonFlag, print_json, print_rows, say, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Principals' passwords for the console.", no_args_is_help=True)

LINE_LENGTH_MAX: Final = 1_001
"""Longest line that is read as a password, its end included."""
COLUMNS: Final = (
    Column("principal", "id"),
    Column("name", "name"),
    Column("roles", "roles"),
    Column("set on", "set_on"),
    Column("by", "set_by"),
    Column("state", "state"),
)


@app.command("list")
def list_accounts(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List who has a password, since when and from whom."""
    with client_of(context) as client:
        found = list(client.items(Service.INTAKE, "/v1/principals"))
    having = [one for one in found if one.get("password")]
    if as_json:
        print_json(having)
    else:
        print_rows([_row(one) for one in having], COLUMNS)


@app.command("set")
def set_password(
    context: typer.Context,
    principal: PrincipalName,
    *,
    drawn: Annotated[
        bool, typer.Option("--draw", help="Draw a password and print it: this once.")
    ] = False,
    from_stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the password from a line of standard input.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Set a password; sessions that began with the one before end within about a second."""
    if drawn and from_stdin:
        message = "say --draw or --stdin, not both"
        raise typer.BadParameter(message)
    password = draw_password() if drawn else _typed(from_stdin=from_stdin)
    path = f"/v1/principals/{segment(principal)}/password"
    with client_of(context) as client:
        answer = client.send(
            Service.INTAKE,
            "PUT",
            path,
            content=encode_json({"password": password}),
            headers={"Content-Type": "application/json"},
        )
        found = document(Service.INTAKE, answer)
    _tell(found)
    if drawn:
        say(f"Password of {principal}; it is not shown again:")
        typer.echo(password)
    else:
        show(found["principal"], as_json=as_json, title=principal)


@app.command("remove")
def remove(context: typer.Context, principal: PrincipalName, *, as_json: JsonFlag = False) -> None:
    """Remove a password, and end its sessions; keys stay."""
    path = f"/v1/principals/{segment(principal)}/password"
    with client_of(context) as client:
        found = document(Service.INTAKE, client.send(Service.INTAKE, "DELETE", path))
    _tell(found)
    show(found["principal"], as_json=as_json, title=principal)


def _typed(*, from_stdin: bool) -> str:
    """Read a password: never from the command line, where others could read it."""
    if from_stdin:
        return sys.stdin.readline(LINE_LENGTH_MAX).rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed


def _tell(found: dict[str, Any]) -> None:
    if not found["spread"]:
        say("Kafka does not answer: sessions at the other services end once it is back.")


def _row(principal: dict[str, Any]) -> dict[str, Any]:
    credential = principal["password"]["credential"]
    opening = [key for key in principal["keys"] if key["key_id"] == credential]
    works = opening and opening[0]["revoked"] is None and principal["revoked"] is None
    return {
        **principal,
        **principal["password"],
        "roles": ", ".join(principal["roles"]),
        "state": "in use" if works else "taken back",
    }
