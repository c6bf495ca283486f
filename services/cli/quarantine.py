"""`dualwatch quarantine`: what was refused, and why."""

from typing import Annotated, Any, Final

import typer

from services.cli.client import segment
from services.cli.output import Column, JsonFlag, print_json, print_rows, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Events that were refused and kept.", no_args_is_help=True)

QUARANTINE_COLUMNS: Final = (
    Column("entry", "id"),
    Column("reason", "reason"),
    Column("code", "code"),
    Column("at", "pointer"),
    Column("detail", "detail"),
    Column("first seen", "first_seen"),
    Column("times", "times", "number"),
)


@app.command("list")
def list_quarantine(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List what was refused, with the reason."""
    with client_of(context) as client:
        found = list(client.items(Service.INTAKE, "/v1/quarantine"))
    if as_json:
        print_json(found)
    else:
        print_rows([_flat(entry) for entry in found], QUARANTINE_COLUMNS)


@app.command("show")
def show_quarantine(
    context: typer.Context,
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="Quarantine entry.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Show one refused event with its original bytes."""
    with client_of(context) as client:
        found = client.get(Service.INTAKE, f"/v1/quarantine/{segment(entry)}")
    show(found, as_json=as_json, title=entry)


def _flat(entry: dict[str, Any]) -> dict[str, Any]:
    problem = entry.get("problem") or {}
    return {**{name: problem.get(name) for name in ("pointer", "detail")}, **entry}
