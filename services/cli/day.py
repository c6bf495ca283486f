"""`dualwatch day`: time is a fact; for a manual clock a person states it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from contracts.codec import encode_json
from services.cli.client import Client, document, in_words
from services.cli.errors import CliError, ExitCode
from services.cli.options import NoWait, read_day
from services.cli.output import JsonFlag, show
from services.cli.passing import wait_until_passed
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Business days of a manual clock.", no_args_is_help=True)

OPENING_SECONDS_MAX: Final = 120.0
"""Longest wait for intake to enter the days."""
HELD_SECONDS: Final = 30
"""How long intake is asked to hold its answer at a time."""
AWAY_SECONDS_MAX: Final = 60.0
"""How long opening is tried again while intake is away."""


@app.callback()
def days() -> None:
    """Open business days of a manual clock."""


def open_days(client: Client, jurisdiction: str, date: str, *, jump: bool) -> dict[str, Any]:
    """Open the days up to a date (or that one alone) and return them with the ledger's cut."""
    give_up = client.monotonic() + OPENING_SECONDS_MAX
    opened: list[str] = []
    while True:
        answer = client.send(
            Service.INTAKE,
            "POST",
            "/v1/days",
            content=encode_json({"jurisdiction": jurisdiction, "date": date, "jump": jump}),
            headers={"Content-Type": "application/json", "Prefer": f"wait={HELD_SECONDS}"},
            wait_seconds=HELD_SECONDS,
            patience_seconds=AWAY_SECONDS_MAX,
        )
        found = document(Service.INTAKE, answer)
        _require_taken(found)
        # Asked again, what is open by now comes back as a duplicate.
        opened += [day for day in found["opened"] if day not in opened]
        if not found["counts"]["pending"]:
            break
        if client.monotonic() > give_up:
            message = f"intake has not opened all days up to {date} yet; it goes on by itself"
            raise CliError(message, ExitCode.TIMEOUT)
    position = client.get(Service.INTAKE, "/v1/position")["position"]
    return {"jurisdiction": jurisdiction, "date": date, "opened": opened, "position": position}


def _require_taken(found: Mapping[str, Any]) -> None:
    """End the command if a day was refused: the first refusal says why."""
    for result in found["results"]:
        if problem := result.get("problem"):
            message = f"intake: {in_words(problem, problem['status'])}"
            raise CliError(message, ExitCode.REFUSED)


@app.command("open")
def open_command(
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
