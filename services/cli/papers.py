"""`dualwatch papers`: monitoring forms and reports, and their way from hand to hand (Art. 12)."""

from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from contracts.vocabulary import PaperKind, PaperState
from services.cli import papers_steps
from services.cli.client import Params, segment
from services.cli.options import Jurisdiction
from services.cli.output import Column, JsonFlag, print_fields, print_json, print_rows, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="Monitoring forms and reports of campaigns 报送材料.", no_args_is_help=True)
papers_steps.add_commands(app)

COLUMNS: Final = (
    Column("paper", "id"),
    Column("project", "project_name"),
    Column("unit", "unit"),
    Column("department", "department"),
    Column("state", "state"),
    Column("edition", "edition", "number"),
    Column("due", "due"),
    Column("light", "light", "light"),
    Column("late", "late"),
    Column("overdue", "overdue"),
)
GAP_COLUMNS: Final = (
    Column("missing", "pointer"),
    Column("why", "text"),
    Column("说明", "text_zh"),
)
WITHDRAWAL_COLUMNS: Final = (
    Column("taken back", "pointer"),
    Column("why", "text"),
    Column("说明", "text_zh"),
)
DIFFERENCE_COLUMNS: Final = (
    Column("field", "pointer"),
    Column("declared", "declared"),
    Column("foreseen", "model"),
    Column("large", "large"),
)
STEP_COLUMNS: Final = (
    Column("version", "version", "number"),
    Column("step", "kind"),
    Column("by", "by"),
    Column("day", "date"),
    Column("state", "state"),
    Column("edition", "edition", "number"),
    Column("note", "note"),
)
EDITION_COLUMNS: Final = (
    Column("edition", "edition", "number"),
    Column("frozen", "frozen_on"),
    Column("by", "by"),
    Column("late", "late"),
    Column("sha256", "sha256"),
)
CHANGE_COLUMNS: Final = (Column("field", "field"), Column("before", "from"), Column("after", "to"))
SHOWN: Final = (
    "id",
    "campaign_name",
    "project_name",
    "unit",
    "department",
    "state",
    "version",
    "edition",
    "due",
    "late",
    "overdue",
    "assignee",
    "submitted_by",
    "submitted_on",
    "waits_for",
    "yours",
)


class Light(StrEnum):
    """Light of a form's project."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    NONE = "none"


Paper = Annotated[str, typer.Argument(metavar="PAPER", help="Paper id, as `list` prints it.")]


@app.command("list")
def list_papers(  # noqa: PLR0913 - one option for each filter
    context: typer.Context,
    *,
    jurisdiction: Jurisdiction = None,
    campaign: Annotated[
        str | None, typer.Option("--campaign", help="Key: jurisdiction/campaign.")
    ] = None,
    kind: Annotated[PaperKind | None, typer.Option("--kind", help="Forms or reports.")] = None,
    state: Annotated[PaperState | None, typer.Option("--state", help="Whose hands.")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Unit's code.")] = None,
    department: Annotated[
        str | None, typer.Option("--department", help="Department's code.")
    ] = None,
    light: Annotated[Light | None, typer.Option("--light", help="The project's light.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only what waits for you.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
    disputed: Annotated[bool, typer.Option("--disputed", help="Only with open disputes.")] = False,
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="In project or department.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """List forms and reports."""
    chosen = {"kind": kind, "state": state, "light": light}
    params: Params = {
        "jurisdiction": jurisdiction,
        "campaign": campaign,
        "unit": unit,
        "department": department,
        "waiting": "me" if mine else None,
        "overdue": "true" if overdue else None,
        "disputed": "true" if disputed else None,
        "q": search,
        **{name: None if value is None else value.value for name, value in chosen.items()},
    }
    with client_of(context) as client:
        found = list(client.items(Service.REPORTING, "/v1/papers", params))
    show(found, as_json=as_json, columns=COLUMNS)


@app.command("show")
def show_paper(context: typer.Context, paper: Paper, *, as_json: JsonFlag = False) -> None:
    """Show one paper: where it is, what is missing, what differs from the model."""
    with client_of(context) as client:
        found = client.get(Service.REPORTING, f"/v1/papers/{segment(paper)}")
    if as_json:
        print_json(found)
        return
    print_paper(found)


def print_paper(found: dict[str, Any]) -> None:
    """Print a paper for people."""
    print_fields({name: _plain(found[name]) for name in SHOWN}, found["id"])
    for rows, columns in (
        (found["gaps"], GAP_COLUMNS),
        (found["withdrawals"], WITHDRAWAL_COLUMNS),
        (found["differences"], DIFFERENCE_COLUMNS),
        (found["returned"], (Column("returned", "field"), Column("reason", "reason"))),
        (
            found["disputes"],
            (Column("disputed", "field"), Column("reason", "reason"), Column("answer", "answer")),
        ),
    ):
        if rows:
            print_rows(rows, columns)


@app.command("history")
def history(context: typer.Context, paper: Paper, *, as_json: JsonFlag = False) -> None:
    """Tell every step of a paper, oldest first."""
    with client_of(context) as client:
        found = list(client.items(Service.REPORTING, f"/v1/papers/{segment(paper)}/history"))
    show(found, as_json=as_json, columns=STEP_COLUMNS)


@app.command("editions")
def editions(context: typer.Context, paper: Paper, *, as_json: JsonFlag = False) -> None:
    """List what was handed in, each frozen under its hash."""
    with client_of(context) as client:
        found = client.get(Service.REPORTING, f"/v1/papers/{segment(paper)}/editions")
    show(found["items"], as_json=as_json, columns=EDITION_COLUMNS)


@app.command("changes")
def changes(
    context: typer.Context,
    paper: Paper,
    *,
    since: Annotated[
        int | None, typer.Option("--from", min=1, help="Edition; the one before --to if left out.")
    ] = None,
    to: Annotated[
        int | None, typer.Option("--to", min=1, help="Edition; the last if left out.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Tell field by field what an edition has otherwise than an earlier one."""
    params: Params = {"from": since, "to": to}
    with client_of(context) as client:
        found = client.get(Service.REPORTING, f"/v1/papers/{segment(paper)}/changes", params)
    show(found["items"], as_json=as_json, columns=CHANGE_COLUMNS)


def _plain(value: Any) -> Any:
    return ", ".join(value) if isinstance(value, list) else value
