"""`dualwatch dispositions`: what was decided about a project 分类处置 (Art. 14)."""

import json
import secrets
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.vocabulary import Measure
from services.cli.client import document, segment
from services.cli.documents import read_json
from services.cli.options import FiscalYear, Jurisdiction
from services.cli.output import Column, JsonFlag, say, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Dispositions 分类处置 (Art. 14).", no_args_is_help=True)

PATH: Final = "/v1/dispositions"
COLUMNS: Final = (
    Column("disposition", "disposition_id"),
    Column("project", "project_id"),
    Column("year", "fiscal_year"),
    Column("measure", "measure"),
    Column("decided", "decided_on"),
    Column("amount", "amount", "money"),
    Column("ground", "ground"),
    Column("by", "by"),
)

DecisionFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="JSON as docs/decisions.md shows it; - is stdin.")
]
RequestKey = Annotated[
    str | None,
    typer.Option(
        "--request",
        metavar="KEY",
        help="Idempotency-Key: repeat a command with the same one, and it is done once.",
    ),
]


@app.command("list")
def list_dispositions(
    context: typer.Context,
    *,
    jurisdiction: Jurisdiction = None,
    project: Annotated[str | None, typer.Option("--project", help="Only this project's.")] = None,
    fiscal_year: FiscalYear = None,
    measure: Annotated[Measure | None, typer.Option("--measure", help="Only this one.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """List what was decided, last recorded first."""
    params = {
        "jurisdiction": jurisdiction,
        "project": project,
        "fiscal_year": fiscal_year,
        "measure": measure.value if measure else None,
    }
    with client_of(context) as client:
        found = list(client.items(Service.ALERTS, PATH, params))
    show(found, as_json=as_json, columns=COLUMNS)


@app.command("show")
def show_disposition(
    context: typer.Context,
    disposition: Annotated[str, typer.Argument(metavar="DISPOSITION")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Show one."""
    with client_of(context) as client:
        found = client.get(Service.ALERTS, f"{PATH}/{segment(disposition)}")
    show(found, as_json=as_json, title=disposition)


@app.command("record")
def record(
    context: typer.Context,
    file: DecisionFile,
    *,
    request: RequestKey = None,
    as_json: JsonFlag = False,
) -> None:
    """Record a decision: it becomes a fact of the ledger. Dualwatch stops no payment."""
    found = send(context, PATH, read_json(file), request)
    show(found, as_json=as_json, title=found["disposition_id"])
    say("recorded; it is measured once the ledger has it")


def send(context: typer.Context, path: str, body: Any, request: str | None) -> Any:
    """Send a decision under a request key, a new one if none is named."""
    with client_of(context) as client:
        answer = client.send(
            Service.ALERTS,
            "POST",
            path,
            content=json.dumps(body, ensure_ascii=False).encode(),
            headers={
                "content-type": "application/json",
                "idempotency-key": request or secrets.token_hex(16),
            },
        )
        return document(Service.ALERTS, answer)
