"""`dualwatch papers fill`, `submit`, …: what people do with a paper, each step a command."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.chassis import clock
from services.cli.client import Client, document, segment
from services.cli.errors import CliError, ExitCode
from services.cli.evidence import upload
from services.cli.output import Column, JsonFlag, print_json, print_rows, say
from services.cli.places import Service
from services.cli.session import client_of

_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PARTS: Final = ("sha256", "name", "media_type", "bytes")
BULK_COLUMNS: Final = (
    Column("paper", "paper"),
    Column("status", "status", "number"),
    Column("version", "version", "number"),
    Column("why not", "why"),
)

Paper = Annotated[str, typer.Argument(metavar="PAPER", help="Paper id, as `list` prints it.")]
Papers = Annotated[list[str], typer.Argument(metavar="PAPER…", help="Paper ids, at most 200.")]
Note = Annotated[str, typer.Option("--note", help="In words.")]
Why = Annotated[str, typer.Option("--note", help="Why, in words.")]
Version = Annotated[
    int | None,
    typer.Option("--if-version", metavar="N", min=1, help="Only if it still has this version."),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        metavar="KEY",
        help="Idempotency-Key: the same command with the same key is carried out once.",
    ),
]
Scan = Annotated[
    str, typer.Option("--scan", metavar="FILE|SHA256", help="Scan to upload, or one uploaded.")
]
Figure = Annotated[
    str, typer.Option("--field", metavar="POINTER", help="Figure, such as /funding/total/spent.")
]


def add_commands(app: typer.Typer) -> None:
    """Add a command for each step."""
    app.command("fill")(fill)
    app.command("submit")(submit)
    app.command("approve")(approve)
    app.command("return")(give_back)
    app.command("withdraw")(withdraw)
    app.command("reopen")(reopen)
    app.command("delegate")(delegate)
    app.command("dispute")(dispute)
    app.command("settle")(settle)
    app.command("seal")(seal)
    app.command("enter")(enter)
    app.command("refresh")(refresh)


def fill(
    context: typer.Context,
    paper: Paper,
    values: Annotated[
        list[str],
        typer.Argument(
            metavar="POINTER=VALUE…|FILE.json",
            help="Fields: a VALUE is JSON, else text; or a file with an object of them.",
        ),
    ],
    *,
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Save fields of a draft, in the versions they have now: all of them, or none."""
    given = _values(values)
    with client_of(context) as client:
        path = f"/v1/papers/{segment(paper)}"
        draft = client.get(Service.REPORTING, path)["draft"]
        fields = [
            {"field": name, "value": value, "version": draft.get(name, {}).get("version", 0)}
            for name, value in given.items()
        ]
        found = _sent(client, "PATCH", f"{path}/draft", {"fields": fields}, version, key)
    _told(found, "fill", as_json=as_json)


def submit(
    context: typer.Context,
    paper: Paper,
    *,
    note: Note = "",
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Hand it in: what was typed goes to the ledger, an edition is frozen."""
    _step(context, "submit", paper, {"note": note}, version, key, as_json=as_json)


def approve(
    context: typer.Context,
    papers: Papers,
    *,
    note: Note = "",
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Let papers pass to the next who has to look at them; after the last they are accepted."""
    _steps(context, "approve", papers, {"note": note}, version, key, as_json=as_json)


def give_back(
    context: typer.Context,
    papers: Papers,
    *,
    reason: Annotated[
        list[str],
        typer.Option("--reason", metavar="POINTER=WHY", help="Field, `/` for the whole; and why."),
    ],
    note: Note = "",
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Return papers to whoever fills them in, with reasons per field."""
    pairs = [_pair(each) for each in reason]
    reasons = [{"field": name, "reason": why} for name, why in pairs]
    body = {"reasons": reasons, "note": note}
    _steps(context, "return", papers, body, version, key, as_json=as_json)


def withdraw(
    context: typer.Context,
    paper: Paper,
    *,
    note: Note = "",
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Take it back before anybody has let it pass."""
    _step(context, "withdraw", paper, {"note": note}, version, key, as_json=as_json)


def reopen(
    context: typer.Context,
    paper: Paper,
    *,
    note: Why,
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Begin a new edition of what was accepted 更正."""
    _step(context, "reopen", paper, {"note": note}, version, key, as_json=as_json)


def delegate(
    context: typer.Context,
    paper: Paper,
    *,
    to: Annotated[str, typer.Option("--to", help="A principal, `me`, or `nobody`.")],
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Say who is to fill it in."""
    body = {"to": None if to == "nobody" else to}
    _step(context, "delegate", paper, body, version, key, as_json=as_json)


def dispute(
    context: typer.Context,
    paper: Paper,
    *,
    field: Figure,
    reason: Annotated[str, typer.Option("--reason", help="Why it is wrong.")],
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Dispute a figure before the data desk."""
    body = {"field": field, "reason": reason}
    _step(context, "dispute", paper, body, version, key, as_json=as_json)


def settle(
    context: typer.Context,
    paper: Paper,
    *,
    field: Figure,
    answer: Annotated[str, typer.Option("--answer", help="What the data desk says.")],
    corrected: Annotated[
        bool, typer.Option("--corrected/--not-corrected", help="Whether the figure was wrong.")
    ],
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Answer a disputed figure."""
    body = {"field": field, "answer": answer, "corrected": corrected}
    _step(context, "settle", paper, body, version, key, as_json=as_json)


def seal(
    context: typer.Context,
    paper: Paper,
    *,
    scan: Scan,
    edition: Annotated[
        int | None, typer.Option("--edition", min=1, help="The last if left out.")
    ] = None,
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Bind a sealed scan 盖章件 to a frozen edition."""
    with client_of(context) as client:
        found = client.get(Service.REPORTING, f"/v1/papers/{segment(paper)}")
        body = {"edition": edition or found["edition"], "scan": _file(client, found, scan)}
        path = f"/v1/papers/{segment(paper)}/seal"
        done = _sent(client, "POST", path, body, version, key)
    _told(done, "seal", as_json=as_json)


def enter(
    context: typer.Context,
    paper: Paper,
    *,
    scan: Scan,
    received_on: Annotated[
        str | None,
        typer.Option(
            "--received-on",
            metavar="YYYY-MM-DD",
            help="Day the paper was received; default: the last opened day.",
        ),
    ] = None,
    note: Note = "",
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Enter what came on paper 线下报送, with its scan."""
    with client_of(context) as client:
        found = client.get(Service.REPORTING, f"/v1/papers/{segment(paper)}")
        file = _file(client, found, scan)
        body = {"scan": file, "received_on": received_on, "note": note}
        path = f"/v1/papers/{segment(paper)}/enter"
        done = _sent(client, "POST", path, body, version, key)
    _told(done, "enter", as_json=as_json)


def refresh(
    context: typer.Context, paper: Paper, *, key: Key = None, as_json: JsonFlag = False
) -> None:
    """Read results and own funds of a form anew from the ledger."""
    _step(context, "refresh", paper, {}, None, key, as_json=as_json)


def _step(
    context: typer.Context,
    step: str,
    paper: str,
    body: Mapping[str, Any],
    version: int | None,
    key: str | None,
    *,
    as_json: bool,
) -> None:
    with client_of(context) as client:
        path = f"/v1/papers/{segment(paper)}/{step}"
        found = _sent(client, "POST", path, body, version, key)
    _told(found, step, as_json=as_json)


def _steps(
    context: typer.Context,
    step: str,
    papers: Sequence[str],
    body: Mapping[str, Any],
    version: int | None,
    key: str | None,
    *,
    as_json: bool,
) -> None:
    """Send a step of one paper, or of several at once."""
    if len(papers) == 1:
        _step(context, step, papers[0], body, version, key, as_json=as_json)
        return
    if version is not None:
        message = "--if-version is for one paper"
        raise CliError(message, ExitCode.USAGE)
    with client_of(context) as client:
        wanted = {"step": step, "papers": list(papers), **body}
        items = _sent(client, "POST", "/v1/papers/bulk", wanted, None, key)["items"]
    if as_json:
        print_json(items)
    else:
        rows = [{**item, "why": item.get("problem", {}).get("title")} for item in items]
        print_rows(rows, BULK_COLUMNS)
    refused = sum("problem" in item for item in items)
    if refused:
        message = f"{refused} of {len(items)} papers were refused"
        raise CliError(message, ExitCode.REFUSED)


def _sent(
    client: Client,
    method: str,
    path: str,
    body: Mapping[str, Any],
    version: int | None,
    key: str | None,
) -> Any:
    # Repeated while the service is away, it is carried out once: the key stays the same.
    headers = {"Idempotency-Key": key or clock.new_id().hex(), "Content-Type": "application/json"}
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    content = json.dumps(body, ensure_ascii=False).encode()
    answer = client.send(Service.REPORTING, method, path, content=content, headers=headers)
    return document(Service.REPORTING, answer)


def _told(found: Mapping[str, Any], step: str, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    missing = f", {len(found['gaps'])} missing" if found["gaps"] else ""
    edition = f", edition {found['edition']}" if found["edition"] else ""
    say(f"{step}: {found['id']} is {found['state']}, version {found['version']}{edition}{missing}")


def _values(given: Sequence[str]) -> dict[str, Any]:
    """Read fields: POINTER=VALUE, or JSON files with an object of them."""
    found: dict[str, Any] = {}
    for each in given:
        if each.startswith("/") and "=" in each:
            name, text = each.split("=", 1)
            found[name] = _value(text)
        else:
            found |= _object(Path(each))
    return found


def _value(text: str) -> Any:
    """Read JSON; what is none, and numbers (amounts are text), is text as it stands."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path} is neither POINTER=VALUE nor a JSON file: {error}"
        raise CliError(message, ExitCode.USAGE) from error
    if not isinstance(found, dict):
        message = f"{path} must hold an object of fields by pointer"
        raise CliError(message, ExitCode.USAGE)
    return found


def _pair(text: str) -> tuple[str, str]:
    name, equals, why = text.partition("=")
    if not equals or not name.startswith("/"):
        message = f"{text!r} is not POINTER=WHY, such as /remarks=unclear"
        raise CliError(message, ExitCode.USAGE)
    return name, why


def _file(client: Client, paper: Mapping[str, Any], named: str) -> dict[str, Any]:
    """Name a scan as a step takes it: looked up by its hash, or uploaded."""
    subject = paper["project"] or f"{paper['jurisdiction']}/{paper['department']}"
    if not _SHA256.fullmatch(named):
        found: Mapping[str, Any] = upload(client, subject, Path(named))
        return {name: found[name] for name in _PARTS}
    items = client.get(Service.INTAKE, "/v1/evidence", {"subject": subject})["items"]
    for item in items:
        if item["sha256"] == named:
            return {name: item[name] for name in _PARTS}
    message = f"{subject} has no evidence {named}"
    raise CliError(message, ExitCode.REFUSED)
