"""`dualwatch logs`: how much each module writes into the log, at run time."""

import datetime as dt
from typing import Annotated, Any, Final

import typer

from contracts.codec import encode_json
from services.cli.client import Client, document
from services.cli.keys import read_span
from services.cli.output import Column, JsonFlag, print_json, print_rows
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Log levels at run time.", no_args_is_help=True)

PATH: Final = "/v1/log-levels"
COLUMNS: Final = (
    Column("service", "service"),
    Column("module", "module"),
    Column("level", "level"),
    Column("for", "for"),
)
Only = Annotated[
    Service | None, typer.Option("--service", help="This service alone; otherwise all of them.")
]


@app.command("level")
def level(
    context: typer.Context,
    module: Annotated[
        str, typer.Argument(help="Module of ours, such as services.alerts; all below it follow.")
    ],
    chosen: Annotated[
        str, typer.Argument(metavar="LEVEL", help="debug, info, warning, error, or `reset`.")
    ],
    *,
    span: Annotated[
        dt.timedelta,
        typer.Option(
            "--for", parser=read_span, help="How long it holds, at most 1d: 90s, 10m, 2h."
        ),
    ] = dt.timedelta(minutes=10),
    service: Only = None,
    as_json: JsonFlag = False,
) -> None:
    """Let a module write from a level on, for a while; each answering process is told.

    Of several processes of a service the one that answers at its address is told; name another by
    DUALWATCH_<SERVICE>__URL.
    """
    form = {
        "module": module,
        "level": None if chosen == "reset" else chosen,
        "seconds": int(span.total_seconds()),
    }
    with client_of(context) as client:
        found = {one: _put(client, one, form) for one in _wanted(module, service)}
    _show(found, as_json=as_json)


@app.command("levels")
def levels(context: typer.Context, *, service: Only = None, as_json: JsonFlag = False) -> None:
    """Show the levels of all services."""
    with client_of(context) as client:
        found = {one: client.get(one, PATH) for one in _wanted("services", service)}
    _show(found, as_json=as_json)


def _wanted(module: str, service: Service | None) -> list[Service]:
    """Tell which services have the module: `services.alerts` is of alerts alone."""
    if service is not None:
        return [service]
    parts = module.split(".")
    own = parts[1] if len(parts) > 1 else ""
    return [one for one in Service if own in {one.value, "chassis", ""}] or list(Service)


def _put(client: Client, service: Service, form: dict[str, Any]) -> Any:
    headers = {"Content-Type": "application/json"}
    answer = client.send(service, "PUT", PATH, content=encode_json(form), headers=headers)
    return document(service, answer)


def _show(found: dict[Service, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    rows = []
    for service, told in found.items():
        rows += [
            {"service": service, "module": module, "level": level, "for": ""}
            for module, level in told["settings"].items()
        ]
        rows += [
            {
                "service": service,
                "module": module,
                "level": one["level"],
                "for": f"{one['seconds']} s",
            }
            for module, one in told["set"].items()
        ]
    print_rows(rows, COLUMNS)
