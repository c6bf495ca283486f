"""`dualwatch alerts acknowledge`, …: what people do with an alert, each step a command."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.vocabulary import CauseArea, ClosingGround, ReasonType, ReviewOutcome
from services.chassis import clock
from services.cli.alerts_show import print_alert
from services.cli.client import Client, document, segment
from services.cli.errors import CliError, ExitCode
from services.cli.evidence import upload
from services.cli.options import read_day
from services.cli.output import Column, JsonFlag, print_json, print_rows, say
from services.cli.places import Service
from services.cli.session import client_of

_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)

Alert = Annotated[str, typer.Argument(metavar="ALERT", help="Alert id.")]
Alerts = Annotated[list[str], typer.Argument(metavar="ALERT…", help="Alert ids, at most 200.")]
Note = Annotated[str, typer.Option("--note", help="In words.")]
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
Evidence = Annotated[
    list[str] | None,
    typer.Option(
        "--evidence",
        metavar="FILE|SHA256",
        help="A file to upload, or one that was uploaded; may be repeated.",
    ),
]
Day = Annotated[str, typer.Option("--due", metavar="DATE", parser=read_day, help="Until when.")]
On = Annotated[str, typer.Option("--on", metavar="DATE", parser=read_day, help="When.")]
BULK_COLUMNS: Final = (
    Column("alert", "alert_id"),
    Column("status", "status", "number"),
    Column("version", "version", "number"),
    Column("why not", "why"),
)


def add_commands(app: typer.Typer) -> None:
    """Add a command for each step."""
    app.command("acknowledge")(acknowledge)
    app.command("assign")(assign)
    app.command("comment")(comment)
    app.command("explain")(explain)
    app.command("plan")(plan)
    app.command("take")(take)
    app.command("urge")(urge)
    app.command("review")(review)
    app.command("close")(close)


def acknowledge(
    context: typer.Context,
    alerts: Alerts,
    *,
    note: Note = "",
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Say that you have seen alerts: no reminders until they become graver or end."""
    _send(context, "acknowledge", alerts, {"note": note}, version, key, as_json=as_json)


def assign(
    context: typer.Context,
    alerts: Alerts,
    *,
    to: Annotated[str, typer.Option("--to", help="A principal, `me`, or `nobody`.")],
    note: Note = "",
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Give alerts to somebody to work on."""
    body = {"assignee": None if to == "nobody" else to, "note": note}
    _send(context, "assign", alerts, body, version, key, as_json=as_json)


def urge(
    context: typer.Context,
    alerts: Alerts,
    *,
    note: Note = "",
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Urge 催办 alerts, at most once a day (Art. 15)."""
    _send(context, "urge", alerts, {"note": note}, version, key, as_json=as_json)


def comment(
    context: typer.Context,
    alert: Alert,
    note: Annotated[str, typer.Argument(metavar="TEXT", help="In words.")],
    *,
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Say something of an alert."""
    _send(context, "comment", [alert], {"note": note}, version, key, as_json=as_json)


def explain(  # noqa: PLR0913 - one option for each field of the form
    context: typer.Context,
    alert: Alert,
    *,
    reason: Annotated[ReasonType, typer.Option("--reason", help="Kind of reason 原因类型.")],
    objective: Annotated[
        bool, typer.Option("--objective/--not-objective", help="On objective grounds (Art. 14(1)).")
    ],
    text: Annotated[str, typer.Option("--text", help="原因说明.")],
    area: Annotated[
        list[CauseArea] | None, typer.Option("--area", help="偏差原因 of annex 1; repeatable.")
    ] = None,
    evidence: Evidence = None,
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Explain why it deviates; a later explanation replaces it."""
    body = {
        "areas": [one.value for one in area or ()],
        "reason": reason.value,
        "objective": objective,
        "text": text,
    }
    _send(context, "explain", [alert], body, version, key, evidence=evidence, as_json=as_json)


def plan(  # noqa: PLR0913 - one option for each field of the form
    context: typer.Context,
    alert: Alert,
    *,
    measure: Annotated[str, typer.Option("--measure", help="Its number within the alert.")],
    text: Annotated[str, typer.Option("--text", help="What will be done.")],
    owner: Annotated[str, typer.Option("--owner", help="Principal or organisation.")],
    due: Day,
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Plan a corrective measure 整改措施; under a known number it replaces that one."""
    body = {"measure": measure, "text": text, "owner": owner, "due": due}
    _send(context, "plan", [alert], body, version, key, as_json=as_json)


def take(  # noqa: PLR0913 - one option for each field of the form
    context: typer.Context,
    alert: Alert,
    *,
    measure: Annotated[str, typer.Option("--measure", help="Its number within the alert.")],
    on: On,
    note: Note = "",
    evidence: Evidence = None,
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Report a planned measure as carried out."""
    body = {"measure": measure, "taken_on": on, "note": note}
    _send(context, "take", [alert], body, version, key, evidence=evidence, as_json=as_json)


def review(
    context: typer.Context,
    alert: Alert,
    *,
    outcome: Annotated[ReviewOutcome, typer.Option("--outcome", help="What you say.")],
    note: Note = "",
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Accept or return explanation and measures (Art. 15)."""
    body = {"outcome": outcome.value, "note": note}
    _send(context, "review", [alert], body, version, key, as_json=as_json)


def close(
    context: typer.Context,
    alert: Alert,
    *,
    ground: Annotated[ClosingGround, typer.Option("--ground", help="Why.")],
    note: Annotated[str, typer.Option("--note", help="In words.")],
    version: Version = None,
    key: Key = None,
    as_json: JsonFlag = False,
) -> None:
    """Close an alert; clear of it once, or graver, the data raise a new one."""
    body = {"ground": ground.value, "note": note}
    _send(context, "close", [alert], body, version, key, as_json=as_json)


def _send(
    context: typer.Context,
    step: str,
    alerts: Sequence[str],
    body: dict[str, Any],
    version: int | None,
    key: str | None,
    *,
    evidence: Sequence[str] | None = None,
    as_json: bool,
) -> None:
    """Send a step of one alert, or of several at once."""
    headers = {"Idempotency-Key": key or clock.new_id().hex(), "Content-Type": "application/json"}
    with client_of(context) as client:
        if len(alerts) > 1:
            if version is not None:
                message = "--if-version is for one alert"
                raise CliError(message, ExitCode.USAGE)
            _bulk(client, {"step": step, "alerts": list(alerts), **body}, headers, as_json=as_json)
            return
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        path = f"/v1/alerts/{segment(alerts[0])}"
        if evidence:
            project = client.get(Service.ALERTS, path)["project_id"]
            body["evidence"] = [_file(client, project, each) for each in evidence]
        found = _post(client, f"{path}/{step}", body, headers)
    if as_json:
        print_json(found)
        return
    say(f"{step}: done, version {found['version']}")
    print_alert(found, ())


def _bulk(client: Client, body: dict[str, Any], headers: dict[str, str], *, as_json: bool) -> None:
    """Send a step of several alerts; those that were refused make the command fail."""
    items = _post(client, "/v1/alerts/bulk", body, headers)["items"]
    if as_json:
        print_json(items)
    else:
        rows = [{**item, "why": item.get("problem", {}).get("title")} for item in items]
        print_rows(rows, BULK_COLUMNS)
    refused = sum("problem" in item for item in items)
    if refused:
        message = f"{refused} of {len(items)} alerts were refused"
        raise CliError(message, ExitCode.REFUSED)


def _post(client: Client, path: str, body: dict[str, Any], headers: dict[str, str]) -> Any:
    # Repeated while the service is away, it is carried out once: the key stays the same.
    content = json.dumps(body, ensure_ascii=False).encode()
    answer = client.send(Service.ALERTS, "POST", path, content=content, headers=headers)
    return document(Service.ALERTS, answer)


def _file(client: Client, project: str, named: str) -> dict[str, Any]:
    """Name a file as a command takes it: looked up by its hash, or uploaded."""
    if not _SHA256.fullmatch(named):
        return _plain(upload(client, project, Path(named)))
    items = client.get(Service.INTAKE, "/v1/evidence", {"subject": project})["items"]
    for item in items:
        if item["sha256"] == named:
            return _plain(item)
    message = f"{project} has no evidence {named}"
    raise CliError(message, ExitCode.REFUSED)


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("sha256", "name", "media_type", "bytes")}
