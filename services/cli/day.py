"""`dualwatch day`: time is a fact; for a manual clock a person states it."""

from typing import Annotated, Final

import typer

from contracts.codec import encode_json
from services.cli.client import Client, document
from services.cli.options import NoWait, read_day
from services.cli.output import JsonFlag, show
from services.cli.passing import wait_until_passed
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Business days of a manual clock.", no_args_is_help=True)

OPENING_SECONDS_MAX: Final = 120
"""Longest wait for intake to enter the days."""


@app.callback()
def days() -> None:
    """Open business days of a manual clock."""


def open_days(client: Client, jurisdiction: str, date: str, *, jump: bool) -> dict[str, object]:
    """Open the days up to a date (or that one alone); says what was opened and the ledger's cut."""
    answer = client.send(
        Service.INTAKE,
        "POST",
        "/v1/days",
        content=encode_json({"jurisdiction": jurisdiction, "date": date, "jump": jump}),
        headers={"Content-Type": "application/json"},
        wait_seconds=OPENING_SECONDS_MAX,
        patience_seconds=OPENING_SECONDS_MAX,
    )
    opened: dict[str, object] = document(Service.INTAKE, answer)
    position = client.get(Service.INTAKE, "/v1/position")["position"]
    return {"jurisdiction": jurisdiction, "date": date, **opened, "position": position}


@app.command("open")
def open_command(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    jurisdiction: Annotated[str, typer.Argument(metavar="J", help="Code of the jurisdiction.")],
    date: Annotated[
        str, typer.Argument(metavar="DATE", parser=read_day, help="Day to open, YYYY-MM-DD.")
    ],
    *,
    jump: Annotated[
        bool, typer.Option("--jump", help="Open this day alone, not those before it.")
    ] = False,
    no_wait: NoWait = False,
    as_json: JsonFlag = False,
) -> None:
    """Open a business day: everything is assessed as of it."""
    with client_of(context) as client:
        opened = open_days(client, jurisdiction, date, jump=jump)
        if not no_wait:
            wait_until_passed(client, str(opened["position"]))
    show(opened, as_json=as_json)
