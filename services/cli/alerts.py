"""`dualwatch alerts`: where execution or results deviate."""

from enum import StrEnum
from typing import Annotated, Final

import typer

from services.cli.alerts_feed import feed
from services.cli.client import segment
from services.cli.options import FiscalYear, Jurisdiction
from services.cli.output import Column, JsonFlag, show
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
)


class AlertState(StrEnum):
    """Which alerts to list."""

    OPEN = "open"
    CLEARED = "cleared"
    ALL = "all"


@app.command("list")
def list_alerts(
    context: typer.Context,
    *,
    jurisdiction: Jurisdiction = None,
    state: Annotated[AlertState, typer.Option("--state", help="Which ones.")] = AlertState.OPEN,
    project: Annotated[str | None, typer.Option("--project", help="Only this project's.")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only this rule's.")] = None,
    fiscal_year: FiscalYear = None,
    as_json: JsonFlag = False,
) -> None:
    """List alerts; open ones unless --state says otherwise."""
    params = {
        "jurisdiction": jurisdiction,
        "state": state.value,
        "project": project,
        "rule": rule,
        "fiscal_year": fiscal_year,
    }
    with client_of(context) as client:
        found = list(client.items(Service.ALERTS, "/v1/alerts", params))
    show(found, as_json=as_json, columns=ALERT_COLUMNS)


@app.command("show")
def show_alert(
    context: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="Alert id.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Show one alert with the figures that made it."""
    with client_of(context) as client:
        found = client.get(Service.ALERTS, f"/v1/alerts/{segment(alert)}")
    show(found, as_json=as_json, title=alert)
