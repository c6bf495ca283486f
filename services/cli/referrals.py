"""`dualwatch referrals`: violations handed over (Art. 16), in packages that one can check."""

from pathlib import Path
from typing import Annotated, Final

import typer

from services.cli import packages
from services.cli.client import segment
from services.cli.dispositions import RequestKey, send
from services.cli.documents import read_json
from services.cli.ledger_proofs import PublicKey
from services.cli.output import Column, JsonFlag, say, show
from services.cli.places import Service
from services.cli.session import client_of

app = typer.Typer(
    help="Referrals 移送 (Art. 16): seen only by those who are named.", no_args_is_help=True
)

PATH: Final = "/v1/referrals"
COLUMNS: Final = (
    Column("referral", "referral_id"),
    Column("kind", "kind"),
    Column("project", "project"),
    Column("year", "fiscal_year"),
    Column("receiver", "receiver"),
    Column("state", "state"),
)

Referral = Annotated[str, typer.Argument(metavar="REFERRAL", help="Its id.")]
JsonFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="JSON as docs/decisions.md shows it; - is stdin.")
]


@app.command("list")
def list_referrals(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """List the referrals in which one is named."""
    with client_of(context) as client:
        found = client.get(Service.ALERTS, PATH)["items"]
    rows = found if as_json else [{**each, "state": each["steps"][-1]["kind"]} for each in found]
    show(rows, as_json=as_json, columns=COLUMNS)


@app.command("show")
def show_referral(context: typer.Context, referral: Referral, *, as_json: JsonFlag = False) -> None:
    """Show one."""
    with client_of(context) as client:
        found = client.get(Service.ALERTS, f"{PATH}/{segment(referral)}")
    show(found, as_json=as_json, title=referral)


@app.command("make")
def make(
    context: typer.Context,
    file: JsonFile,
    *,
    request: RequestKey = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a referral; nothing but those whom it names knows of it."""
    found = send(context, PATH, read_json(file), request)
    show(found, as_json=as_json, title=found["referral_id"])


@app.command("step")
def step(
    context: typer.Context,
    referral: Referral,
    file: JsonFile,
    *,
    request: RequestKey = None,
    as_json: JsonFlag = False,
) -> None:
    """Record what happened: handed over, received, noted, or who may see it from now on."""
    found = send(context, f"{PATH}/{segment(referral)}/steps", read_json(file), request)
    show(found, as_json=as_json, title=referral)


@app.command("package")
def package(
    context: typer.Context,
    referral: Referral,
    *,
    out: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The .zip to write.")],
) -> None:
    """Pack a referral with its alerts, entries, their proofs and its evidence files.

    Its receiver checks it with `dualwatch referrals verify`, without any service.
    """
    with client_of(context) as client:
        found = client.get(Service.ALERTS, f"{PATH}/{segment(referral)}")
        parts = packages.gather(client, found)
    out.write_bytes(packages.pack(parts))
    say(f"{out}: {len(parts)} parts; send the public key that signs checkpoints another way")


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A package.")],
    *,
    public_key: PublicKey = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a package: every part, the chain of its steps, and that the ledger has its entries.

    Exit code 1 if anything was changed.
    """
    found = packages.verify(file, public_key)
    show(found, as_json=as_json, title=str(file))
    say("nothing was changed")
