"""`dualwatch ledger proof` and `checkpoint`, and the check of a proof without any service."""

import re
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from deploy.local.datadir import PUBLIC_KEY, default_data_dir
from services.cli.client import document, segment
from services.cli.errors import CliError, ExitCode
from services.cli.output import JsonFlag, print_json, say, show
from services.cli.places import Service
from services.cli.session import client_of
from services.intake.domain.proofs import PROOF_BYTES_MAX, ProofError, Proved, check, read_proof
from services.intake.store.signing import KeyFileError, verifier

MAKE_SECONDS_MAX: Final = 300
"""Longest wait for a checkpoint: it reads the heads of all streams."""
_ENTRY: Final = re.compile(r"(.+)#([1-9][0-9]{0,17})")

PublicKey = Annotated[
    Path | None,
    typer.Option(
        "--public-key",
        metavar="FILE",
        help="The key (PEM) that signed checkpoints; default: that of the data directory.",
    ),
]


def read_entry(text: str) -> tuple[str, int]:
    """Read PROJECT#SEQUENCE; anything else is wrong usage."""
    found = _ENTRY.fullmatch(text)
    if found is None:
        message = f"{text!r} is no entry: write PROJECT#SEQUENCE, such as 610100/P1#12"
        raise typer.BadParameter(message)
    return found[1], int(found[2])


Entry = Annotated[
    str, typer.Argument(metavar="ENTRY", help="PROJECT#SEQUENCE, as `ledger show` numbers them.")
]


def proof(
    context: typer.Context,
    entry: Entry,
    *,
    out: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write it to a file.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove that an entry is in the ledger that the last checkpoint signed.

    The proof is JSON; `dualwatch ledger verify --proof FILE` checks it without any service.
    """
    del as_json  # it is JSON either way
    stream, sequence = read_entry(entry)
    path = f"/v1/proofs/{segment(stream)}/{sequence}"
    with client_of(context) as client:
        answer = client.send(Service.INTAKE, "GET", path, wait_seconds=MAKE_SECONDS_MAX)
        found = document(Service.INTAKE, answer)
    if out is None:
        print_json(found)
        return
    out.write_bytes(answer.content)
    say(f"{out}: leads to checkpoint {found['checkpoint']['number']}")


def checkpoint(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Make a signed checkpoint now; the last one again if the ledger has not grown since."""
    with client_of(context) as client:
        answer = client.send(
            Service.INTAKE, "POST", "/v1/checkpoints", wait_seconds=MAKE_SECONDS_MAX
        )
        found = document(Service.INTAKE, answer)
    show(found, as_json=as_json, title=f"checkpoint {found['number']}")


def check_proof(file: Path, public_key: Path | None, *, as_json: bool) -> None:
    """Check a proof file alone; exit code 1 if it proves nothing."""
    found = proved(_read(file, PROOF_BYTES_MAX), key_of(public_key))
    show(msgspec.to_builtins(found), as_json=as_json, title="proved")
    say(f"entry {found.sequence} of {found.stream} is in checkpoint {found.checkpoint}")


def proved(content: bytes, key: bytes) -> Proved:
    """Check a proof alone; CliError with exit code 1 if it proves nothing."""
    try:
        return check(read_proof(content), verifier([key]))
    except KeyFileError as error:
        message = f"the public key cannot be used: {error}"
        raise CliError(message, ExitCode.USAGE) from error
    except ProofError as error:
        raise CliError(str(error), ExitCode.FAILED_CHECK) from error


def key_of(file: Path | None) -> bytes:
    """Read the key that signed checkpoints: a named one, else that of the data directory."""
    chosen = file or default_data_dir() / PUBLIC_KEY
    if file is None and not chosen.is_file():
        message = "which key signed it? Name a copy that you trust with --public-key FILE."
        raise CliError(message, ExitCode.USAGE)
    return _read(chosen, PROOF_BYTES_MAX)


def _read(file: Path, bytes_max: int) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(bytes_max + 1)
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error
