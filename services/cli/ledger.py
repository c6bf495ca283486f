"""`dualwatch ledger`: every fact that was accepted, and the proof that none was changed."""

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.cli.client import segment
from services.cli.errors import CliError, ExitCode
from services.cli.ledger_batches import show_batch, show_batches
from services.cli.ledger_export import export
from services.cli.ledger_proofs import PublicKey, check_proof, checkpoint, proof
from services.cli.ledger_rebuilds import republish, restore
from services.cli.ledger_repartition import compare, repartition
from services.cli.options import Project
from services.cli.output import Column, JsonFlag, print_json, print_rows, say, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(help="The facts, and the proof that none was changed.", no_args_is_help=True)
app.command("batches")(show_batches)
app.command("batch")(show_batch)
app.command("proof")(proof)
app.command("checkpoint")(checkpoint)
app.command("export")(export)
app.command("republish")(republish)
app.command("restore")(restore)
app.command("repartition")(repartition)
app.command("compare")(compare)

VERIFY_SECONDS_MAX: Final = 600
"""Longest recomputation of all chains that is waited for."""

ENTRY_COLUMNS: Final = (
    Column("sequence", "sequence", "number"),
    Column("position", "position", "number"),
    Column("date", "date"),
    Column("type", "type"),
    Column("recorded", "recorded"),
    Column("amount", "amount", "money"),
    Column("hash", "hash"),
)


@app.command("show")
def show_stream(context: typer.Context, project: Project, *, as_json: JsonFlag = False) -> None:
    """Show every fact of a project (or, by its code alone, of a jurisdiction) in order."""
    with client_of(context) as client:
        entries = list(client.items(Service.INTAKE, f"/v1/ledger/{segment(project)}"))
    if as_json:
        print_json(entries)
    else:
        print_rows([_flat(entry) for entry in entries], ENTRY_COLUMNS)


@app.command("verify")
def verify(
    context: typer.Context,
    *,
    proof_file: Annotated[
        Path | None,
        typer.Option("--proof", metavar="FILE", help="Check one entry's proof; asks no service."),
    ] = None,
    public_key: PublicKey = None,
    as_json: JsonFlag = False,
) -> None:
    """Recompute every hash chain, compare with heads and checkpoints; exit code 1 if changed."""
    if proof_file is not None:
        check_proof(proof_file, public_key, as_json=as_json)
        return
    with client_of(context) as client:
        found = client.get(
            Service.INTAKE, "/v1/ledger/verification", wait_seconds=VERIFY_SECONDS_MAX
        )
    show(found, as_json=as_json, title="ledger")
    faults = found.get("faults") or []
    if faults:
        for fault in faults:
            say(f"{fault['kind']}: {fault['stream']} at {fault['sequence']}: {fault['detail']}")
        message = f"{found['faults_total']} faults: the ledger is not what was written"
        raise CliError(message, ExitCode.FAILED_CHECK)
    say("the ledger is what was written")
    if found.get("checkpoint") is None:
        say("no checkpoint was at hand: a chain that was cut or made anew as a whole is not found")


def _flat(entry: dict[str, Any]) -> dict[str, Any]:
    event = entry.get("event") or {}
    data = event.get("data") or {}
    return {
        **entry,
        "date": data.get("date"),
        "amount": data.get("amount"),
    }
