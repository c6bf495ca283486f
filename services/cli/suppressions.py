"""`dualwatch suppressions`: nobody is notified of some alerts for a time."""

from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from contracts.codec import encode_json
from contracts.vocabulary import Aspect, Severity
from services.chassis import clock
from services.cli.client import Client, document, segment
from services.cli.options import read_day
from services.cli.output import Column, JsonFlag, print_json, print_rows, say, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(
    help="Suppressions: notify nobody of some alerts for a time.", no_args_is_help=True
)

JSON_TYPE: Final = {"content-type": "application/json"}
PATH: Final = "/v1/suppressions"
COLUMNS: Final = (
    Column("suppression", "suppression_id"),
    Column("jurisdiction", "jurisdiction"),
    Column("matcher", "matcher"),
    Column("reason", "reason"),
    Column("author", "author"),
    Column("from", "from"),
    Column("until", "until"),
    Column("state", "state"),
    Column("ended", "ended_on"),
    Column("by", "ended_by"),
)
HIT_COLUMNS: Final = (
    Column("alert", "alert_id"),
    Column("severity", "severity", "light"),
    Column("rule", "rule_id"),
    Column("project", "project_id"),
    Column("about", "scope_subject"),
    Column("title", "title_en"),
    Column("标题", "title_zh"),
    Column("raised", "raised_as_of"),
)


class State(StrEnum):
    """Which suppressions to list."""

    ACTIVE = "active"
    ENDED = "ended"
    ALL = "all"


Jurisdiction = Annotated[str, typer.Argument(metavar="JURISDICTION", help="Whose alerts.")]
Rule = Annotated[str | None, typer.Option("--rule", help="Only this rule's.")]
OfAspect = Annotated[Aspect | None, typer.Option("--aspect", help="Only of this aspect.")]
Scope = Annotated[str | None, typer.Option("--scope", help="Only of this scope: project, line …")]
Project = Annotated[str | None, typer.Option("--project", help="Only this project's (its code).")]
Organisation = Annotated[
    str | None,
    typer.Option("--organisation", metavar="O", help="Only of this unit or department, and below."),
]
MostGrave = Annotated[
    Severity, typer.Option("--severity-at-most", help="Graver ones are not suppressed.")
]


@app.command("list")
def list_suppressions(
    context: typer.Context,
    *,
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", help="Only this one's.")
    ] = None,
    state: Annotated[State, typer.Option("--state", help="Which ones.")] = State.ACTIVE,
    as_json: JsonFlag = False,
) -> None:
    """List suppressions: who suppressed what, why, until when, and who ended it."""
    params = {"jurisdiction": jurisdiction, "state": state.value}
    with client_of(context) as client:
        found = list(client.items(Service.ALERTS, PATH, params))
    show(found, as_json=as_json, columns=COLUMNS)


@app.command("preview")
def preview(  # noqa: PLR0913 - an option for each thing a matcher is made of
    context: typer.Context,
    jurisdiction: Jurisdiction,
    *,
    rule: Rule = None,
    aspect: OfAspect = None,
    scope: Scope = None,
    project: Project = None,
    organisation: Organisation = None,
    severity_at_most: MostGrave = Severity.RED,
    as_json: JsonFlag = False,
) -> None:
    """Show which open alerts a suppression would hit; changes nothing."""
    matcher = _matcher(rule, aspect, scope, project, organisation, severity_at_most)
    form = {"jurisdiction": jurisdiction, "matcher": matcher}
    with client_of(context) as client:
        found = _send(client, "POST", f"{PATH}/preview", form, {})
    if as_json:
        print_json(found)
        return
    print_rows(found["items"], HIT_COLUMNS)
    counts = ", ".join(f"{number} {severity}" for severity, number in found["by_severity"].items())
    say(f"{found['total']} open alerts: {counts}")


@app.command("add")
def add(  # noqa: PLR0913 - an option for each thing a suppression is made of
    context: typer.Context,
    jurisdiction: Jurisdiction,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, in words.")],
    until: Annotated[
        str,
        typer.Option("--until", metavar="DAY", parser=read_day, help="Its last day, 2026-07-31."),
    ],
    rule: Rule = None,
    aspect: OfAspect = None,
    scope: Scope = None,
    project: Project = None,
    organisation: Organisation = None,
    severity_at_most: MostGrave = Severity.RED,
    note: Annotated[str, typer.Option("--note", help="What else there is to say.")] = "",
    as_json: JsonFlag = False,
) -> None:
    """Suppress; it ends by itself on the opened day after its last one."""
    form = {
        "jurisdiction": jurisdiction,
        "matcher": _matcher(rule, aspect, scope, project, organisation, severity_at_most),
        "reason": reason,
        "until": str(until),
        "note": note,
    }
    key = {"idempotency-key": clock.new_id().hex()}
    with client_of(context) as client:
        found = _send(client, "POST", PATH, form, key)
    show(found, as_json=as_json, title=str(found["suppression_id"]))


@app.command("end")
def end(
    context: typer.Context,
    suppression: Annotated[str, typer.Argument(metavar="SUPPRESSION", help="Its id.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """End a suppression before its last day."""
    with client_of(context) as client:
        answer = client.send(Service.ALERTS, "DELETE", f"{PATH}/{segment(suppression)}")
        found = document(Service.ALERTS, answer)
    show(found, as_json=as_json, title=suppression)


def _matcher(
    rule: str | None,
    aspect: Aspect | None,
    scope: str | None,
    project: str | None,
    organisation: str | None,
    severity_at_most: Severity,
) -> dict[str, Any]:
    given = {
        "rule": rule,
        "aspect": None if aspect is None else aspect.value,
        "scope": scope,
        "project": project,
        "organisation": organisation,
        "severity_at_most": severity_at_most.value,
    }
    return {name: value for name, value in given.items() if value is not None}


def _send(
    client: Client, method: str, path: str, form: dict[str, Any], headers: dict[str, str]
) -> Any:
    answer = client.send(
        Service.ALERTS, method, path, content=encode_json(form), headers={**JSON_TYPE, **headers}
    )
    return document(Service.ALERTS, answer)
