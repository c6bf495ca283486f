"""`dualwatch priority`: the two priority lists 重点监控清单 (domain-rules 19)."""

from typing import Annotated, Any, Final

import typer

from contracts.vocabulary import PriorityListKind
from services.cli.dispositions import DecisionFile, RequestKey, send
from services.cli.documents import read_json
from services.cli.options import FiscalYear, Jurisdiction
from services.cli.output import Column, JsonFlag, say, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(
    help="Priority lists 重点监控清单: rules nominate, owners decide.", no_args_is_help=True
)

PATH: Final = "/v1/priority-lists"
LISTED: Final = (
    Column("list", "list"),
    Column("kind", "kind"),
    Column("of", "owner"),
    Column("year", "fiscal_year"),
    Column("since", "date"),
    Column("project", "project"),
    Column("reason", "reason"),
    Column("another's", "foreign"),
)
NOMINATED: Final = (
    Column("project", "project_id"),
    Column("name", "project_name"),
    Column("year", "fiscal_year"),
    Column("department", "department"),
    Column("listed", "listed"),
    Column("alerts", "alerts_total", "number"),
    Column("rules", "rules"),
)


@app.command("list")
def list_lists(
    context: typer.Context,
    *,
    jurisdiction: Jurisdiction = None,
    fiscal_year: FiscalYear = None,
    as_json: JsonFlag = False,
) -> None:
    """List the projects on the lists that hold."""
    params = {"jurisdiction": jurisdiction, "fiscal_year": fiscal_year}
    with client_of(context) as client:
        found = client.get(Service.ALERTS, PATH, params)["items"]
    rows = found if as_json else [row for each in found for row in _rows(each)]
    show(rows, as_json=as_json, columns=LISTED)


@app.command("nominations")
def nominations(
    context: typer.Context,
    *,
    kind: Annotated[PriorityListKind, typer.Option("--kind", help="To which list.")],
    jurisdiction: Jurisdiction = None,
    fiscal_year: FiscalYear = None,
    as_json: JsonFlag = False,
) -> None:
    """List projects that open alerts nominate."""
    params = {"kind": kind.value, "jurisdiction": jurisdiction, "fiscal_year": fiscal_year}
    with client_of(context) as client:
        found = client.get(Service.ALERTS, f"{PATH}/nominations", params)["items"]
    if not as_json:
        found = [{**each, "rules": _rules(each)} for each in found]
    show(found, as_json=as_json, columns=NOMINATED)


@app.command("decide")
def decide(
    context: typer.Context,
    file: DecisionFile,
    *,
    request: RequestKey = None,
    as_json: JsonFlag = False,
) -> None:
    """Decide a list; it replaces the one before once the ledger has it."""
    found = send(context, PATH, read_json(file), request)
    show(found, as_json=as_json, title=found["priority_list"])
    say("decided; it holds once the ledger has it")


def _rows(each: dict[str, Any]) -> list[dict[str, Any]]:
    owner = each["organisation"] or each["jurisdiction"]
    return [{**each, **listed, "owner": owner} for listed in each["projects"]]


def _rules(each: dict[str, Any]) -> str:
    return ", ".join(sorted({alert["rule"] for alert in each["alerts"]}))
