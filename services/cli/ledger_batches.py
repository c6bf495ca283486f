"""`dualwatch ledger batches` and `batch`: virements and distributions that do not balance."""

from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from contracts.vocabulary import FISCAL_YEAR_MAX, FISCAL_YEAR_MIN
from services.cli.client import segment
from services.cli.output import Column, JsonFlag, print_json, print_rows, say
from services.cli.places import Service
from services.cli.session import client_of

PATH: Final = "/v1/adjustment-batches"

BATCH_COLUMNS: Final = (
    Column("batch", "id"),
    Column("jurisdiction", "jurisdiction"),
    Column("year", "fiscal_year", "number"),
    Column("kind", "kind"),
    Column("number", "batch_number"),
    Column("state", "state"),
    Column("in", "amount_in", "money"),
    Column("out", "amount_out", "money"),
    Column("difference", "difference", "money"),
    Column("since", "since"),
    Column("sides", "sides", "number"),
)
SIDE_COLUMNS: Final = (
    Column("project", "project"),
    Column("sequence", "sequence", "number"),
    Column("direction", "direction"),
    Column("amount", "amount", "money"),
    Column("line", "line"),
    Column("date", "date"),
    Column("opened day", "opened"),
    Column("publisher", "publisher"),
)


class BatchKind(StrEnum):
    """Kinds of adjustments that have two sides."""

    VIREMENT = "virement"
    DISTRIBUTED = "distributed"


class BatchState(StrEnum):
    """Which batches a list shows."""

    UNBALANCED = "unbalanced"
    SETTLING = "settling"


def show_batches(
    context: typer.Context,
    *,
    jurisdiction: Annotated[
        str, typer.Option("--jurisdiction", metavar="J", help="Code of the jurisdiction.")
    ],
    fiscal_year: Annotated[
        int | None,
        typer.Option(
            "--fiscal-year",
            metavar="Y",
            min=FISCAL_YEAR_MIN,
            max=FISCAL_YEAR_MAX,
            help="Only of this fiscal year.",
        ),
    ] = None,
    kind: Annotated[BatchKind | None, typer.Option(help="Only of this kind.")] = None,
    state: Annotated[
        BatchState, typer.Option(help="To be looked at, or until the next day is opened.")
    ] = BatchState.UNBALANCED,
    as_json: JsonFlag = False,
) -> None:
    """List batches of virements and distributions that do not balance, the longest first."""
    said = {
        "jurisdiction": jurisdiction,
        "fiscal_year": fiscal_year,
        "kind": kind,
        "state": state.value,
    }
    asked = {name: value for name, value in said.items() if value is not None}
    found: list[Any] = []
    behind = 0
    with client_of(context) as client:
        for page in client.pages(Service.INTAKE, PATH, asked):
            found += page["items"]
            behind = page["behind"]
    if as_json:
        print_json(found)
    else:
        print_rows(found, BATCH_COLUMNS)
    if behind:
        say(f"{behind:,} positions of the ledger are not counted yet")


def show_batch(
    context: typer.Context,
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="Batch, as `batches` lists it.")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Show one batch with the entries of which it consists, whether or not it balances."""
    path = f"{PATH}/{segment(batch)}"
    with client_of(context) as client:
        found = client.get(Service.INTAKE, path)
        sides = list(client.items(Service.INTAKE, f"{path}/sides"))
    if as_json:
        print_json({**found, "entries": sides})
    else:
        print_rows([found], BATCH_COLUMNS)
        print_rows(sides, SIDE_COLUMNS)
