"""`dualwatch alerts feed`: what happened to a jurisdiction's alerts, behind a cursor, in order."""

import json
import sys
from typing import Annotated, Any, Final

import typer

from services.cli.client import Client, Params, segment
from services.cli.errors import CliError, ExitCode
from services.cli.output import say
from services.cli.places import Service
from services.cli.session import client_of

WAIT_SECONDS: Final = 30
"""How long one question waits for news, with --follow."""
LIMIT: Final = 500

FILTERS: Final = ("rule", "severity", "aspect", "kind", "project", "unit")
NAMES: Final = ", ".join(FILTERS)


def feed(
    context: typer.Context,
    jurisdiction: Annotated[str, typer.Argument(metavar="J", help="Code of the jurisdiction.")],
    *,
    cursor: Annotated[
        str, typer.Option("--cursor", metavar="N", help="Begin behind this cursor; or `now`.")
    ] = "0",
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on until interrupted (Ctrl-C).")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME=VALUE", help=f"Only entries with it: {NAMES}."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each entry as one line of JSON.")
    ] = False,
) -> None:
    """Print a jurisdiction's feed, oldest first; the last line on stderr says where to go on."""
    filters = _filters(only or [])
    reached = cursor
    with client_of(context) as client:
        try:
            while True:
                page = _page(client, jurisdiction, reached, filters, follow=follow)
                for item in page["items"]:
                    _print(item, as_json=as_json)
                reached = str(page["next_cursor"])
                if not follow and "next_url" not in page:
                    break
        except KeyboardInterrupt:
            if not follow:
                raise
    say(f"--cursor {reached}")


def _filters(only: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in only:
        name, given, value = text.partition("=")
        if not given or name not in FILTERS:
            msg = f"--only {text}: write NAME=VALUE, NAME one of {NAMES}"
            raise CliError(msg, ExitCode.USAGE)
        found.setdefault(name, []).append(value)
    return found


def _page(
    client: Client, jurisdiction: str, cursor: str, filters: dict[str, list[str]], *, follow: bool
) -> Any:
    wait = WAIT_SECONDS if follow else 0
    asked: Params = {"cursor": cursor, "limit": LIMIT, "wait": wait, **filters}
    path = f"/v1/feeds/{segment(jurisdiction)}"
    return client.get(Service.ALERTS, path, asked, wait_seconds=wait)


def _print(item: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        line = json.dumps(item, ensure_ascii=False)
    else:
        kind, severity, *_ = item["tags"]
        said = [item["cursor"], item["data"]["date"], severity, kind, item["subject"]]
        said += [item["title"], item["data"]["alert"]]
        # What people wrote must not move the cursor of the terminal.
        line = "  ".join(_printable(str(part)) for part in said)
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
