"""`dualwatch keys`: who is let in, to what, and of whom."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from contracts.codec import encode_json
from contracts.vocabulary import PrincipalKind, Role
from services.chassis import clock
from services.cli.client import Client, document, segment
from services.cli.options import read_day
from services.cli.output import Column, JsonFlag, print_json, print_rows, say, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Principals and their keys.", no_args_is_help=True)

NEVER: Final = "never"
_SPAN: Final = re.compile(r"([0-9]{1,6})([smhd])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

KEY_COLUMNS: Final = (
    Column("principal", "id"),
    Column("kind", "kind"),
    Column("roles", "roles"),
    Column("jurisdictions", "jurisdictions"),
    Column("organisations", "organisations"),
    Column("key", "key_id"),
    Column("state", "state"),
    Column("expires", "expires"),
    Column("last used", "last_used"),
)
LOG_COLUMNS: Final = (
    Column("at", "at"),
    Column("by", "actor"),
    Column("did", "action"),
    Column("to", "principal"),
    Column("key", "key_id"),
    Column("detail", "detail"),
)

PrincipalName = Annotated[
    str, typer.Argument(metavar="ID", help="The principal; a publisher's topic is publish.ID.")
]


def read_end(text: str) -> str:
    """Accept a day (its beginning in UTC), a span from now such as 90d, or `never`."""
    if text == NEVER:
        return text
    if _SPAN.fullmatch(text):
        return (clock.now() + read_span(text)).isoformat()
    return f"{read_day(text)}T00:00:00+00:00"


def read_span(text: str) -> dt.timedelta:
    """Accept a span of time such as 7d, 12h, 30m, 0s."""
    found = _SPAN.fullmatch(text)
    if not found:
        message = f"{text!r} is not a span of time such as 7d, 12h, 30m or 0s"
        raise typer.BadParameter(message)
    return dt.timedelta(**{_UNITS[found[2]]: int(found[1])})


Expires = Annotated[
    str | None,
    typer.Option(
        "--expires",
        metavar="DAY|SPAN|never",
        parser=read_end,
        help="When the key ends: a day, a span such as 90d, or never; default: in a year.",
    ),
]


@app.command("create")
def create(  # noqa: PLR0913 - one argument for each thing a principal is made of
    context: typer.Context,
    principal: PrincipalName,
    *,
    role: Annotated[list[Role], typer.Option("--role", help="What it may do; may be repeated.")],
    jurisdiction: Annotated[
        list[str] | None,
        typer.Option("--jurisdiction", metavar="J", help="What it is bound to; may be repeated."),
    ] = None,
    everywhere: Annotated[
        bool, typer.Option("--all-jurisdictions", help="Do not bind it to jurisdictions.")
    ] = False,
    organisation: Annotated[
        list[str] | None,
        typer.Option(
            "--organisation",
            metavar="O",
            help="Root of a subtree it is bound to in its one jurisdiction; may be repeated.",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="Its name for people.")] = None,
    kind: Annotated[
        PrincipalKind | None, typer.Option("--kind", help="Default: publisher or staff, by role.")
    ] = None,
    expires: Expires = None,
    as_json: JsonFlag = False,
) -> None:
    """Register a principal and print its key: this once, it is kept nowhere."""
    if bool(jurisdiction) == everywhere:
        message = "say --jurisdiction J, or --all-jurisdictions if nothing shall bound it"
        raise typer.BadParameter(message)
    wanted: dict[str, Any] = {
        "id": principal,
        "name": name or principal,
        "roles": [one.value for one in role],
        "jurisdictions": jurisdiction or None,
        "organisations": organisation or [],
        **({"kind": kind.value} if kind else {}),
        **_ending(expires),
    }
    with client_of(context) as client:
        given = register(client, wanted)
    _print_key(given, as_json=as_json)


@app.command("list")
def list_keys(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List principals with their keys: when they end and when they were used last."""
    with client_of(context) as client:
        found = list(client.items(Service.INTAKE, "/v1/principals"))
    if as_json:
        print_json(found)
    else:
        rows = [_row(one, key) for one in found for key in _keys_of(one) or [{}]]
        print_rows(rows, KEY_COLUMNS)


@app.command("rotate")
def rotate(
    context: typer.Context,
    principal: PrincipalName,
    *,
    overlap: Annotated[
        dt.timedelta,
        typer.Option(
            "--overlap",
            metavar="SPAN",
            parser=read_span,
            help="How long the keys before it go on working; 0s: they end now.",
        ),
    ] = "7d",  # type: ignore[assignment]  # typer parses the default
    expires: Expires = None,
    as_json: JsonFlag = False,
) -> None:
    """Print a new key of a principal; those before it end after the overlap."""
    wanted = {"overlap_seconds": int(overlap.total_seconds()), **_ending(expires)}
    with client_of(context) as client:
        given = _post(client, f"/v1/principals/{segment(principal)}/keys", wanted)
    _print_key(given, as_json=as_json)


@app.command("revoke")
def revoke(
    context: typer.Context,
    principal: PrincipalName,
    *,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="KEY_ID", help="Only this key; default: all, for ever."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Let a principal in no more, or take one of its keys back."""
    path = f"/v1/principals/{segment(principal)}"
    with client_of(context) as client:
        whole = path if key is None else f"{path}/keys/{segment(key)}"
        answer = client.send(Service.INTAKE, "DELETE", whole)
        found = document(Service.INTAKE, answer)
    if not found["spread"]:
        say("Kafka does not answer: the other services will hear of it once it is back.")
    show(found["principal"], as_json=as_json, title=principal)


@app.command("log")
def print_log(
    context: typer.Context,
    principal: Annotated[
        str | None, typer.Argument(metavar="ID", help="Of this principal; default: of all.")
    ] = None,
    *,
    as_json: JsonFlag = False,
) -> None:
    """List who gave and took which keys when, and who tried to publish out of scope."""
    with client_of(context) as client:
        found = list(client.items(Service.INTAKE, "/v1/audit", {"principal": principal}))
    if as_json:
        print_json(found)
    else:
        print_rows(found, LOG_COLUMNS)


def register(client: Client, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Register a principal; the answer holds its key."""
    return _post(client, "/v1/principals", wanted)


def _post(client: Client, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    # Not repeated by itself: each time would give out another key.
    answer = client.send(
        Service.INTAKE,
        "POST",
        path,
        content=encode_json(dict(body)),
        headers={"Content-Type": "application/json"},
        patience_seconds=0,
    )
    found: dict[str, Any] = document(Service.INTAKE, answer)
    return found


def _ending(expires: str | None) -> dict[str, Any]:
    if expires is None:
        return {}
    return {"expires": None if expires == NEVER else expires}


def _print_key(given: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(given)
        return
    say(f"Key {given['key_id']} of {given['principal']['id']}; it is not shown again:")
    typer.echo(given["key"])


def _keys_of(principal: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the keys that somebody holds: what sessions rest on is none of those."""
    return [key for key in principal["keys"] if key.get("use", "key") == "key"]


def _row(principal: Mapping[str, Any], key: Mapping[str, Any]) -> dict[str, Any]:
    joined = {
        name: ", ".join(principal[name]) if principal[name] else None
        for name in ("roles", "jurisdictions", "organisations")
    }
    dead = principal["revoked"] or key.get("revoked")
    return {**principal, **joined, **key, "state": "revoked" if dead else "given out"}
