"""`dualwatch ledger republish` and `restore`: topic and store made from each other."""

import json
from typing import Annotated, Any, Final

import typer

from services.cli.client import Client, document
from services.cli.errors import CliError, ExitCode
from services.cli.output import JsonFlag, progress_bar, show
from services.cli.places import Service
from services.cli.session import client_of

WAIT_SECONDS_MAX: Final = 3_600.0
PAUSE_SECONDS: Final = 0.5
LOOKS_MAX: Final = 100_000


def republish(
    context: typer.Context,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what the topic has; readers pass over it.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Publish on the topic `ledger` what the store has and the topic lacks; make it if it is gone.

    Returns when every partition's owner has done it.
    """
    _rebuild(context, "topic", everything=everything, as_json=as_json)


def restore(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Fill a store that lost entries from the topic `ledger`: equal, to the last hash.

    Until then intake enters nothing, for it would give the same numbers out again.
    """
    _rebuild(context, "store", everything=False, as_json=as_json)


def _rebuild(context: typer.Context, kind: str, *, everything: bool, as_json: bool) -> None:
    path = f"/v1/rebuilds/{kind}"
    with client_of(context) as client:
        wanted = json.dumps({"everything": everything}).encode()
        headers = {"content-type": "application/json"}
        answer = client.send(Service.INTAKE, "POST", path, content=wanted, headers=headers)
        found = _done(client, path, document(Service.INTAKE, answer))
    show(found, as_json=as_json, title="rebuilt")


def _done(client: Client, path: str, found: dict[str, Any]) -> dict[str, Any]:
    give_up = client.monotonic() + WAIT_SECONDS_MAX
    with progress_bar() as bar:
        task = bar.add_task("partitions", total=found["partitions"])
        for _ in range(LOOKS_MAX):
            bar.update(task, completed=len(found["done"]))
            if len(found["done"]) == found["partitions"]:
                return found
            if client.monotonic() > give_up:
                break
            client.pause(PAUSE_SECONDS)
            found = client.get(Service.INTAKE, path)
    message = "not all partitions are done; `dualwatch doctor` and intake's log say why"
    raise CliError(message, ExitCode.TIMEOUT)
