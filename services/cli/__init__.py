"""The `dualwatch` command: start it, publish to it, ask it.

Data goes to standard output (tables, or JSON with `--json`), messages to standard error.
Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 a service refused, 4 a service cannot be
reached, 5 it took too long. `dualwatch up` has its own (see its help).
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from services.cli.errors import CliError

if TYPE_CHECKING:
    from services.cli.session import Session


def main(arguments: Sequence[str] | None = None, session: "Session | None" = None) -> None:
    """Run one command and end the process with its exit code."""
    # Only here: `services.cli.errors` and friends stay importable without the whole command.
    from services.cli.app import app  # noqa: PLC0415
    from services.cli.session import Session  # noqa: PLC0415

    try:
        app(args=None if arguments is None else list(arguments), obj=session or Session())
    except CliError as error:
        sys.stderr.write(f"dualwatch: {error}\n")
        sys.exit(error.exit_code)
