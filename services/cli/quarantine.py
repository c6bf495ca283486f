"""`dualwatch quarantine`: what was refused, and what the data desk does with it."""

import base64
import sys
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.codec import encode_json
from contracts.events.quarantine import RefusalKind
from services.chassis import clock
from services.cli.client import Client, document, segment
from services.cli.errors import CliError, ExitCode
from services.cli.grouped import grouped
from services.cli.keys import read_span
from services.cli.output import Column, JsonFlag, print_json, print_rows, say, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Events that were refused and kept.", no_args_is_help=True)

WAIT_SECONDS: Final = 15.0
"""Longest the service itself waits for the ledger."""
BULK_SECONDS: Final = 120.0
ROUNDS_MAX: Final = 10_000
"""Most pages of one bulk command."""
FIX_BYTES_MAX: Final = 1024 * 1024
JSON_TYPE: Final = {"content-type": "application/json"}
EVENT_TYPE: Final = {"content-type": "application/cloudevents+json"}

QUARANTINE_COLUMNS: Final = (
    Column("entry", "id"),
    Column("state", "state"),
    Column("reason", "reason"),
    Column("code", "code"),
    Column("at", "pointer"),
    Column("detail", "detail"),
    Column("publisher", "publisher"),
    Column("subject", "subject"),
    Column("first seen", "first_seen"),
    Column("times", "times", "number"),
)
COUNT_COLUMNS: Final = (Column("code", "code"), Column("entries", "entries", "number"))


class State(StrEnum):
    """Which entries a list shows."""

    OPEN = "open"
    RELEASED = "released"
    DISCARDED = "discarded"
    ALL = "all"


class Act(StrEnum):
    """What is done with many."""

    RELEASE = "release"
    DISCARD = "discard"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which entries are meant."""

    reason: Annotated[RefusalKind | None, typer.Option(help="Only what was refused for this.")] = (
        None
    )
    code: Annotated[str | None, typer.Option(help="Only problems of this code.")] = None
    publisher: Annotated[str | None, typer.Option(help="Only what this publisher stated.")] = None
    jurisdiction: Annotated[str | None, typer.Option(help="Only of this jurisdiction.")] = None
    subject: Annotated[str | None, typer.Option(help="Only about this project.")] = None
    door: Annotated[str | None, typer.Option(help="Only from this door: http, kafka.")] = None
    older_than: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Only older than 7d, 12h, 30m.")
    ] = None

    def named(self) -> dict[str, Any]:
        """Give those that were said, as the interface names them."""
        said = {name: value for name, value in asdict(self).items() if value is not None}
        if span := said.pop("older_than", None):
            said["before"] = (clock.now() - read_span(span)).isoformat()
        return said


Entry = Annotated[str, typer.Argument(metavar="ENTRY", help="Quarantine entry.")]
Entries = Annotated[list[str], typer.Argument(metavar="ENTRY…", help="Quarantine entries.")]
Note = Annotated[str, typer.Option(help="Why; kept with the entry.")]
Override = Annotated[
    bool, typer.Option("--override", help="Enter it though its id or document is taken.")
]


@app.command("list")
@grouped
def list_quarantine(
    context: typer.Context,
    filters: Filters,
    *,
    state: Annotated[State, typer.Option(help="Where entries stand.")] = State.OPEN,
    as_json: JsonFlag = False,
) -> None:
    """List what was refused, with the reason; the oldest first."""
    named = filters.named()
    if state is not State.ALL:
        named["state"] = state.value
    with client_of(context) as client:
        found = list(client.items(Service.INTAKE, "/v1/quarantine", named))
    if as_json:
        print_json(found)
    else:
        print_rows([_flat(entry) for entry in found], QUARANTINE_COLUMNS)


@app.command("show")
def show_quarantine(
    context: typer.Context,
    entry: Entry,
    *,
    event: Annotated[
        bool, typer.Option("--event", help="Print the event's bytes alone, to be edited.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show one refused event with its original bytes, its fix and its history."""
    with client_of(context) as client:
        found = client.get(Service.INTAKE, _path(entry))
    if event:
        edited = found.get("edited")
        raw = base64.b64decode(found["original_base64"]) if edited is None else edited.encode()
        sys.stdout.buffer.write(raw + b"\n")
        sys.stdout.flush()
        return
    show(found, as_json=as_json, title=entry)


@app.command("fix")
def fix(
    context: typer.Context,
    entry: Entry,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The whole event, edited; - reads.")],
    *,
    note: Note = "",
    as_json: JsonFlag = False,
) -> None:
    """Keep an edited event beside the original; `release` then enters the edited one."""
    with client_of(context) as client:
        answer = client.send(
            Service.INTAKE,
            "PUT",
            f"{_path(entry)}/event",
            params={"note": note},
            content=_read(file),
            headers=EVENT_TYPE,
        )
        found = document(Service.INTAKE, answer)
    if as_json:
        print_json(found)
    else:
        columns = (Column("at", "pointer"), Column("before", "before"), Column("after", "after"))
        print_rows(found["diff"], columns)


@app.command("release")
def release(
    context: typer.Context,
    entries: Entries,
    *,
    override: Override = False,
    note: Note = "",
    as_json: JsonFlag = False,
) -> None:
    """Send entries to the ledger; one that is refused again stays open and says why."""
    _each(context, entries, "release", {"override": override, "note": note}, as_json=as_json)


@app.command("discard")
def discard(
    context: typer.Context, entries: Entries, *, note: Note, as_json: JsonFlag = False
) -> None:
    """Say that entries will not be in the ledger, and why; they stay to be read."""
    _each(context, entries, "discard", {"reason": note}, as_json=as_json)


@app.command("bulk")
@grouped
def bulk(
    context: typer.Context,
    act: Annotated[Act, typer.Argument(help="What is done with each.")],
    filters: Filters,
    *,
    override: Override = False,
    note: Note = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else entries are counted.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Release or discard all open entries that fit, page by page."""
    form = {
        "act": act.value,
        "filters": filters.named(),
        "override": override,
        "reason": note,
    }
    with client_of(context) as client:
        if yes:
            _run(client, form, as_json=as_json)
            return
        found = _bulk(client, {**form, "dry_run": True})
    if as_json:
        print_json(found)
    else:
        rows = [{"code": each, "entries": count} for each, count in found["codes"].items()]
        print_rows(rows, COUNT_COLUMNS)
        say(f"{found['matched']} open entries fit; --yes would {act.value} them")


def _run(client: Client, form: dict[str, Any], *, as_json: bool) -> None:
    """Go on until no page brings anything any more."""
    done = refused = 0
    found: dict[str, Any] = {}
    for _ in range(ROUNDS_MAX):
        found = _bulk(client, {**form, "dry_run": False})
        done += found["done"]
        refused = found["refused"]
        say(f"{done} done, {found['refused']} refused again, {found['left']} left")
        # What is refused stays open and would come again: a page of nothing else is the end.
        if not found["left"] or not found["done"]:
            break
    if as_json:
        print_json({**found, "done": done, "refused": refused})
    if found.get("left"):
        message = f"{found['left']} entries stay open"
        raise CliError(message, ExitCode.FAILED_CHECK)


def _bulk(client: Client, form: dict[str, Any]) -> dict[str, Any]:
    answer = client.send(
        Service.INTAKE,
        "POST",
        "/v1/quarantine/bulk",
        content=encode_json(form),
        headers=JSON_TYPE,
        wait_seconds=BULK_SECONDS,
    )
    found: dict[str, Any] = document(Service.INTAKE, answer)
    return found


def _each(
    context: typer.Context, entries: list[str], act: str, form: dict[str, Any], *, as_json: bool
) -> None:
    found = []
    with client_of(context) as client:
        for entry in entries:
            answer = client.send(
                Service.INTAKE,
                "POST",
                f"{_path(entry)}/{act}",
                content=encode_json(form),
                headers=JSON_TYPE,
                wait_seconds=WAIT_SECONDS,
            )
            found.append(document(Service.INTAKE, answer))
    if as_json:
        print_json(found)
    else:
        print_rows([_flat(entry) for entry in found], QUARANTINE_COLUMNS)


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(FIX_BYTES_MAX)
    try:
        with file.open("rb") as opened:
            return opened.read(FIX_BYTES_MAX)
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error


def _path(entry: str) -> str:
    return f"/v1/quarantine/{segment(entry)}"


def _flat(entry: dict[str, Any]) -> dict[str, Any]:
    problem = entry.get("problem") or {}
    return {**{name: problem.get(name) for name in ("pointer", "detail")}, **entry}
