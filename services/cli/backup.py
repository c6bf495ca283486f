"""`dualwatch backup` and `dualwatch restore`: what no topic holds, kept and brought back."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.output import JsonFlag

Place = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the backup.")]


def backup(
    place: Place,
    *,
    referrals: Annotated[
        bool,
        typer.Option("--referrals", help="The restricted store of referrals, and nothing else."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write what no topic holds of all services: one moment, hashed, signed with our key.

    Services may go on. MongoDB is that of the running stack, or of DUALWATCH_MONGO__URL. It holds
    hashes of passwords and keys: only you can read it. What the ledger holds is on its topic.
    """
    # The stores of all services take a second to import: not before they are needed.
    from services.cli import backup_work  # noqa: PLC0415

    backup_work.backup(place, referrals=referrals, as_json=as_json)


def restore(
    context: typer.Context,
    place: Place,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing: judge it, and compare with MongoDB.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Drop what is in the databases first.")
    ] = False,
    another_key: Annotated[
        bool,
        typer.Option("--another-key", help="Though it was made under another DUALWATCH_KEY."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Bring a backup back into empty databases; stop the services first.

    All of it is judged before anything is written. Broken off, it goes on when it is called again.
    Says afterwards what is to be done next.
    """
    # The stores of all services take a second to import: not before they are needed.
    from services.cli import backup_work  # noqa: PLC0415

    wanted = backup_work.Wanted(check=check, replace=replace, another_key=another_key)
    backup_work.restore(context, place, wanted, as_json=as_json)
