"""`dualwatch campaigns`: collect forms and reports (Art. 12), see how far it is, urge 催办."""

import json
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.vocabulary import (
    FISCAL_YEAR_MAX,
    FISCAL_YEAR_MIN,
    FormLayout,
    PaperKind,
)
from services.cli.client import Client, document, problem_error, segment
from services.cli.dispositions import RequestKey
from services.cli.errors import CliError, ExitCode
from services.cli.options import read_day
from services.cli.output import Column, JsonFlag, say, show
from services.cli.places import Service
from services.cli.report import write_file
from services.cli.session import client_of

app = typer.Typer(
    help="Campaigns 集中监控: forms and reports asked for, handed in, urged (Art. 12).",
    no_args_is_help=True,
)

PATH: Final = "/v1/campaigns"
WAIT_SECONDS: Final = 600
"""Longest that `open` waits until the papers are there."""
UNKNOWN_MAX: Final = 50
"""Most projects without a form that are named one by one."""
LOOK_SECONDS: Final = 0.5
LISTED: Final = (
    Column("campaign", "key"),
    Column("name", "name"),
    Column("year", "fiscal_year"),
    Column("cut-off", "cut_off"),
    Column("state", "state"),
    Column("forms", "forms", "number"),
    Column("reports", "reports", "number"),
    Column("forms due", "unit_due"),
    Column("reports due", "department_due"),
)
BOARD: Final = (
    Column("department", "department"),
    Column("name", "department_name"),
    Column("unit", "unit"),
    Column("asked", "asked", "number"),
    Column("missing", "missing", "number"),
    Column("overdue", "overdue", "number"),
    Column("late", "late", "number"),
    Column("accepted", "accepted", "number"),
    Column("coverage", "coverage_bp", "rate"),
    Column("report", "report_state"),
)
OVERDUE: Final = (
    Column("organisation", "organisation"),
    Column("name", "organisation_name"),
    Column("what", "kind"),
    Column("due", "due"),
    Column("days", "days", "number"),
    Column("missing", "missing", "number"),
    Column("urged", "urged_on"),
    Column("times", "urged_times", "number"),
)

CampaignKey = Annotated[
    str,
    typer.Argument(metavar="CAMPAIGN", help="Its key: <jurisdiction>/<id>, as `list` shows it."),
]
Due = Annotated[
    tuple[str, str, str] | None,
    typer.Option(
        "--due",
        metavar="UNIT DEPARTMENT BUREAU",
        help="Days on which forms, reports and the bureau's summary are due.",
    ),
]
LEVELS: Final = ("unit", "department", "bureau")
SCOPE_HELP: Final = (
    "all, priority, organisations=O,O, accounts=A,A, projects=P,P or lagging=ID "
    "(red or >30 % off in that campaign)."
)


class ScopeKind(StrEnum):
    """What a campaign asks for."""

    ALL = "all"
    PRIORITY = "priority"
    ORGANISATIONS = "organisations"
    ACCOUNTS = "accounts"
    PROJECTS = "projects"
    LAGGING = "lagging"


ALONE: Final = frozenset({ScopeKind.ALL, ScopeKind.PRIORITY})
"""Scopes that name nothing."""


class ListFormat(StrEnum):
    """How a list is written."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


def _day(name: str, what: str) -> Any:
    return typer.Option(name, metavar="DATE", parser=read_day, help=what)


@app.command("plan")
def plan(  # noqa: PLR0913 - one option for each field of the form
    context: typer.Context,
    jurisdiction: Annotated[str, typer.Argument(metavar="JURISDICTION", help="Its code.")],
    campaign: Annotated[str, typer.Argument(metavar="ID", help="Such as 2026-07.")],
    *,
    name: Annotated[str, typer.Option("--name", help="What people call it.")],
    fiscal_year: Annotated[
        int, typer.Option("--fiscal-year", min=FISCAL_YEAR_MIN, max=FISCAL_YEAR_MAX)
    ],
    cut_off: Annotated[str, _day("--cut-off", "Figures are as of this day.")],
    period_from: Annotated[
        str | None, _day("--from", "First day of the period; default: the year's.")
    ] = None,
    dues: Due = None,
    scope: Annotated[str, typer.Option("--scope", metavar="SCOPE", help=SCOPE_HELP)] = "all",
    layout: Annotated[FormLayout, typer.Option("--layout")] = FormLayout.CITY,
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="ID", help="Of its forms, see `report templates`."),
    ] = None,
    evidence_required: Annotated[
        bool, typer.Option("--evidence-required", help="Typed results need a file.")
    ] = False,
    priority_only: Annotated[
        bool, typer.Option("--priority-only", help="The bureau's own 财政重点监控.")
    ] = False,
    request: RequestKey = None,
    as_json: JsonFlag = False,
) -> None:
    """Plan a campaign; without a scope it asks for every project."""
    form = {
        "jurisdiction": jurisdiction,
        "id": campaign,
        "name": name,
        "fiscal_year": fiscal_year,
        "cut_off": cut_off,
        "period_from": period_from,
        "dues": dues_of(dues),
        "scope": scope_of(scope),
        "layout": layout.value,
        "template": template,
        "evidence_required": evidence_required,
        "priority_only": priority_only,
    }
    with client_of(context) as client:
        made = command(client, "POST", PATH, form, request)
    show(made, as_json=as_json, title=made["key"])
    say(f"planned; open it with: dualwatch campaigns open {made['key']}")


def dues_of(given: tuple[str, str, str] | None) -> dict[str, str] | None:
    """Put due dates together; null: the usual ones."""
    if given is None:
        return None
    return dict(zip(LEVELS, map(read_day, given), strict=True))


def scope_of(text: str) -> dict[str, Any]:
    """Read a scope: its kind and, behind an equals sign, what it names."""
    kind, _, names = text.partition("=")
    if kind not in set(ScopeKind) or bool(names) is (kind in ALONE):
        message = f"{text!r} is no scope: {SCOPE_HELP}"
        raise CliError(message, ExitCode.USAGE)
    if kind in ALONE:
        return {"kind": kind}
    if kind == ScopeKind.LAGGING:
        return {"kind": kind, "campaign": names}
    return {"kind": kind, kind: names.split(",")}


@app.command("open")
def open_campaign(
    context: typer.Context,
    campaign: CampaignKey,
    *,
    request: RequestKey = None,
    as_json: JsonFlag = False,
) -> None:
    """Open it: its forms and reports are made; waits until they are there."""
    with client_of(context) as client:
        command(client, "POST", f"{PATH}/{segment(campaign)}/open", {}, request)
        found = _until_open(client, campaign)
    show(found, as_json=as_json, title=campaign)
    unknown = (found.get("opening") or {}).get("unknown") or ()
    for name in unknown[:UNKNOWN_MAX]:
        say(f"no form: {name}: not known at the cut-off, or nothing to ask for")
    if len(unknown) > UNKNOWN_MAX:
        say(f"no form: {len(unknown) - UNKNOWN_MAX} more; all of them: --json, at opening.unknown")
    say(f"open: {found['forms']} forms, {found['reports']} reports")


def _until_open(client: Client, campaign: str) -> Any:
    give_up = client.monotonic() + WAIT_SECONDS
    while True:
        found = client.get(Service.REPORTING, f"{PATH}/{segment(campaign)}")
        if found["state"] != "opening":
            return found
        if client.monotonic() > give_up:
            waits = (found["opening"] or {}).get("waits_for") or "its papers are being made"
            message = f"{campaign} is not open yet: {waits}"
            raise CliError(message, ExitCode.TIMEOUT)
        client.pause(LOOK_SECONDS)


@app.command("list")
def list_campaigns(
    context: typer.Context,
    jurisdiction: Annotated[str, typer.Argument(metavar="JURISDICTION", help="Its code.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """List a jurisdiction's campaigns, the latest cut-off first."""
    with client_of(context) as client:
        found = client.get(Service.REPORTING, PATH, {"jurisdiction": jurisdiction})
    rows = found["items"]
    if not as_json:
        rows = [
            {**one, **{f"{level}_due": day for level, day in one["dues"].items()}} for one in rows
        ]
    show(rows, as_json=as_json, columns=LISTED)


@app.command("show")
def show_campaign(
    context: typer.Context, campaign: CampaignKey, *, as_json: JsonFlag = False
) -> None:
    """Show one: period, dues, scope, cut, packs, how far its opening is."""
    with client_of(context) as client:
        found = client.get(Service.REPORTING, f"{PATH}/{segment(campaign)}")
    show(found, as_json=as_json, title=campaign)


@app.command("board")
def board(
    context: typer.Context,
    campaign: CampaignKey,
    *,
    units: Annotated[bool, typer.Option("--units", help="Each unit too.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show how far it is: asked, missing, overdue, late, accepted, coverage."""
    with client_of(context) as client:
        found = client.get(Service.REPORTING, f"{PATH}/{segment(campaign)}/board")
    show(found if as_json else board_rows(found, units=units), as_json=as_json, columns=BOARD)


def board_rows(found: dict[str, Any], *, units: bool) -> list[dict[str, Any]]:
    """Write a board line by line: departments, their units if wanted, the total."""
    rows: list[dict[str, Any]] = []
    for one in found["departments"]:
        states = [state for state, papers in one["report"]["by_state"].items() if papers]
        rows.append({**one, "report_state": states[0] if states else None})
        if units:
            rows += one["units"]
    return [*rows, {"department": "total", **found["totals"]}]


@app.command("overdue")
def overdue(
    context: typer.Context,
    campaign: CampaignKey,
    *,
    kind: Annotated[PaperKind | None, typer.Option("--kind", help="Only these.")] = None,
    list_format: Annotated[
        ListFormat, typer.Option("--format", help="csv and xlsx: one line a paper.")
    ] = ListFormat.JSON,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", dir_okay=False, help="Write it there."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List what is overdue: whom to urge 催办, whom to name 通报."""
    if (list_format is ListFormat.JSON) is (output is not None):
        message = "a csv or xlsx list goes into a file, and only those do: -o FILE"
        raise CliError(message, ExitCode.USAGE)
    params = {"kind": kind.value if kind else None, "format": list_format.value}
    with client_of(context) as client:
        path = f"{PATH}/{segment(campaign)}/overdue"
        answer = client.send(Service.REPORTING, "GET", path, params=params)
    if output is None:
        found = document(Service.REPORTING, answer)
        show(found["items"], as_json=as_json, columns=OVERDUE)
        return
    if answer.is_error:
        raise problem_error(Service.REPORTING, answer)
    write_file(output, answer.content)
    say(f"written: {output}")


@app.command("urge")
def urge(
    context: typer.Context,
    campaign: CampaignKey,
    *,
    kind: Annotated[PaperKind, typer.Option("--kind", help="form: units; report: departments.")],
    organisation: Annotated[
        list[str] | None,
        typer.Option("--organisation", metavar="O", help="These alone; default: all who owe."),
    ] = None,
    note: Annotated[str, typer.Option("--note", help="In words.")] = "",
    request: RequestKey = None,
    as_json: JsonFlag = False,
) -> None:
    """Urge what is missing 催办, at most once a day and organisation over all campaigns."""
    form = {"kind": kind.value, "organisations": organisation or None, "note": note}
    with client_of(context) as client:
        found = command(client, "POST", f"{PATH}/{segment(campaign)}/urge", form, request)
    show(found, as_json=as_json, title=campaign)
    for left in found["not_urged"]:
        before = left.get("urged_for") or {}
        papers = f" ({before.get('campaign') or '-'} {before['kind']})" if before else ""
        say(f"not urged: {left['organisation']}: {left['reason']}{papers}")
    say(f"urged {len(found['urged'])}, not urged {len(found['not_urged'])}")


@app.command("change")
def change(
    context: typer.Context,
    campaign: CampaignKey,
    *,
    name: Annotated[str | None, typer.Option("--name", help="What people call it.")] = None,
    dues: Due = None,
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="ID", help="Of its forms, see `report templates`."),
    ] = None,
    usual_template: Annotated[
        bool, typer.Option("--usual-template", help="Of its forms: that of new forms.")
    ] = False,
    request: RequestKey = None,
    as_json: JsonFlag = False,
) -> None:
    """Change its name, due dates or template (Art. 12: the bureau may).

    Forms that are filled in take the template at once, what was handed in keeps what it had.
    """
    if usual_template and template is not None:
        message = "--template names one, --usual-template none: say one of them"
        raise CliError(message, ExitCode.USAGE)
    form: dict[str, Any] = {"name": name, "dues": dues_of(dues)}
    if usual_template or template is not None:
        form["template"] = template
    with client_of(context) as client:
        found = command(client, "PATCH", f"{PATH}/{segment(campaign)}", form, request)
    show(found, as_json=as_json, title=campaign)


@app.command("close")
def close(
    context: typer.Context,
    campaign: CampaignKey,
    *,
    request: RequestKey = None,
    as_json: JsonFlag = False,
) -> None:
    """Close it: nothing more is taken in, everything stays readable."""
    with client_of(context) as client:
        found = command(client, "POST", f"{PATH}/{segment(campaign)}/close", {}, request)
    show(found, as_json=as_json, title=campaign)


def command(client: Client, method: str, path: str, body: Any, request: str | None) -> Any:
    """Send a command under a request key, a new one if none is named."""
    answer = client.send(
        Service.REPORTING,
        method,
        path,
        content=json.dumps(body, ensure_ascii=False).encode(),
        headers={
            "content-type": "application/json",
            "idempotency-key": request or secrets.token_hex(16),
        },
    )
    return document(Service.REPORTING, answer)
