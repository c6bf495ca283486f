"""`dualwatch alerts`: where execution or results deviate, and what is done about it."""

from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from contracts.vocabulary import Aspect, EscalationLevel, Severity
from services.cli import alerts_work
from services.cli.alerts_feed import feed
from services.cli.alerts_show import history_of, print_alert, print_history
from services.cli.client import Params, segment
from services.cli.options import FiscalYear, Jurisdiction
from services.cli.output import Column, JsonFlag, print_json, print_rows, say, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Alerts: where money or results deviate.", no_args_is_help=True)
app.command("feed")(feed)

ALERT_COLUMNS: Final = (
    Column("alert", "alert_id"),
    Column("severity", "severity", "light"),
    Column("rule", "rule_id"),
    Column("project", "project_id"),
    Column("about", "scope_subject"),
    Column("year", "fiscal_year"),
    Column("title", "title_en"),
    Column("标题", "title_zh"),
    Column("state", "state"),
    Column("raised", "raised_as_of"),
    Column("muted", "muted"),
)


class AlertState(StrEnum):
    """Which alerts to list."""

    OPEN = "open"
    CLEARED = "cleared"
    CLOSED = "closed"
    YEAR_CLOSED = "year_closed"
    ALL = "all"


class Muted(StrEnum):
    """Whether to list alerts of which nobody is notified."""

    SHOW = "show"
    HIDE = "hide"
    ONLY = "only"


class Order(StrEnum):
    """What comes first."""

    RAISED = "raised"
    SEVERITY = "severity"
    CHANGED = "changed"


@app.command("list")
def list_alerts(  # noqa: PLR0913 - one option for each filter
    context: typer.Context,
    *,
    jurisdiction: Jurisdiction = None,
    state: Annotated[AlertState, typer.Option("--state", help="Which ones.")] = AlertState.OPEN,
    project: Annotated[str | None, typer.Option("--project", help="Only this project's.")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only this rule's.")] = None,
    fiscal_year: FiscalYear = None,
    severity: Annotated[Severity | None, typer.Option("--severity", help="Only these.")] = None,
    aspect: Annotated[Aspect | None, typer.Option("--aspect", help="Art. 10's three.")] = None,
    department: Annotated[
        str | None, typer.Option("--department", help="Competent department's code.")
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Lead unit's code.")] = None,
    assignee: Annotated[
        str | None, typer.Option("--assignee", help="A principal, `me` or `none`.")
    ] = None,
    muted: Annotated[
        Muted, typer.Option("--muted", help="Those nobody is notified of.")
    ] = Muted.SHOW,
    level: Annotated[
        EscalationLevel | None, typer.Option("--level", help="Whose matter it is.")
    ] = None,
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="In title or project.")
    ] = None,
    sort: Annotated[Order, typer.Option("--sort", help="What comes first.")] = Order.RAISED,
    as_json: JsonFlag = False,
) -> None:
    """List alerts; open ones unless --state says otherwise."""
    chosen = {"severity": severity, "aspect": aspect, "level": level}
    params: Params = {
        "jurisdiction": jurisdiction,
        "state": state.value,
        "project": project,
        "rule": rule,
        "fiscal_year": fiscal_year,
        "department": department,
        "unit": unit,
        "assignee": assignee,
        "muted": muted.value,
        "q": search,
        "sort": sort.value,
        **{name: None if value is None else value.value for name, value in chosen.items()},
    }
    with client_of(context) as client:
        found = list(client.items(Service.ALERTS, "/v1/alerts", params))
    show(found, as_json=as_json, columns=ALERT_COLUMNS)


Alert = Annotated[str, typer.Argument(metavar="ALERT", help="Alert id.")]


@app.command("show")
def show_alert(context: typer.Context, alert: Alert, *, as_json: JsonFlag = False) -> None:
    """Show one alert: the figures that made it, rule and article, work and history."""
    with client_of(context) as client:
        found = client.get(Service.ALERTS, f"/v1/alerts/{segment(alert)}")
        history = history_of(client, alert)
    if as_json:
        print_json({**found, "history": history})
    else:
        print_alert(found, history)


@app.command("history")
def history(context: typer.Context, alert: Alert, *, as_json: JsonFlag = False) -> None:
    """Tell all that happened to an alert, oldest first."""
    with client_of(context) as client:
        found = history_of(client, alert)
    if as_json:
        print_json(found)
    else:
        print_history(found)


TASK_COLUMNS: Final = (Column("waits for", "task"), *ALERT_COLUMNS, Column("late", "late"))


@app.command("tasks")
def tasks(
    context: typer.Context,
    *,
    jurisdiction: Jurisdiction = None,
    as_json: JsonFlag = False,
) -> None:
    """List what waits for you: to explain, to review, to carry out or late, assigned to you."""
    counts: dict[str, int] = {}
    items: list[dict[str, Any]] = []
    with client_of(context) as client:
        asked: Params = {"jurisdiction": jurisdiction}
        for page in client.pages(Service.ALERTS, "/v1/tasks", asked):
            counts = page["counts"]
            items += page["items"]
    if as_json:
        print_json({"counts": counts, "items": items})
        return
    say(", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items()))
    rows = [
        {"task": item["task"], **item["alert"], "late": " ".join(item.get("late", ()))}
        for item in items
    ]
    print_rows(rows, TASK_COLUMNS)


alerts_work.add_commands(app)
