"""`dualwatch doctor`: whether every part is well, in plain words, and what to do about it."""

from typing import Final

import typer

from services.cli.errors import CliError, ExitCode
from services.cli.output import Column, JsonFlag, print_json, print_rows, say
from services.cli.session import client_of

COLUMNS: Final = (
    Column("", "state"),
    Column("check", "check"),
    Column("part", "part"),
    Column("found", "words"),
    Column("do", "do"),
    Column("see", "page"),
)


def doctor(context: typer.Context, *, as_json: JsonFlag = False) -> None:
    """Look at services, Kafka and MongoDB, and say what is wrong and what to do about it.

    Services are asked over HTTP; Kafka and MongoDB are those of the running stack, or of the
    settings DUALWATCH_KAFKA__… and DUALWATCH_MONGO__…. Nothing is changed. Exit code 1 on a fault;
    what only warns, or cannot be looked at from here, leaves 0.
    """
    # The stores of all services take a second to import: not before they are needed.
    from services.cli import doctor_work  # noqa: PLC0415
    from services.cli.findings import State  # noqa: PLC0415

    with client_of(context) as client:
        findings = doctor_work.findings(client)
    if as_json:
        print_json([each.told() for each in findings])
    else:
        print_rows([each.told() for each in findings], COLUMNS)
    counts = {state: sum(each.state is state for each in findings) for state in State}
    say(", ".join(f"{count} {state.value}" for state, count in counts.items() if count))
    if counts[State.FAULT]:
        message = "not everything is well"
        raise CliError(message, ExitCode.FAILED_CHECK)
