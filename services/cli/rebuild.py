"""`dualwatch analysis rebuild`: the projection made anew beside the live one, which it replaces."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from typing import IO, Annotated, Any, Final

import typer
from rich.progress import Progress

from services.cli.environment import of_stack
from services.cli.errors import CliError, ExitCode
from services.cli.output import (
    Column,
    JsonFlag,
    print_fields,
    print_json,
    print_rows,
    progress_bar,
    say,
)

ARGV: Final = (sys.executable, "-m", "services.analysis")
MODE: Final = "DUALWATCH_ANALYSIS__BUILD"
PORT: Final = "DUALWATCH_ANALYSIS__PORT"
KAFKA: Final = "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS"
MONGO: Final = "DUALWATCH_MONGO__URL"
ANALYSIS: Final = "analysis"
"""Who a builder is, where the stores ask."""
LOG_LINES_SHOWN: Final = 20
STOP_SECONDS: Final = 15.0
"""Longest a builder takes to end once it has told all."""
COLUMNS: Final = (
    Column("partition", "partition", "number"),
    Column("position", "position", "number"),
    Column("documents", "documents", "number"),
    Column("changing", "moving", "number"),
    Column("equal", "equal"),
    Column("hash", "built_hash"),
)

Said = dict[str, Any]


def rebuild(
    *,
    swap: Annotated[
        bool,
        typer.Option(
            "--swap/--compare-only",
            help="Let the new generation take over once it is equal, or only compare it.",
        ),
    ] = True,
    drop: Annotated[
        bool,
        typer.Option("--drop", help="Drop what was live before, once it is replaced."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make the projection anew from the ledger beside the live one, compare, and swap.

    Readers and publishing go on meanwhile. A rebuild that was broken off is gone on with. Kafka
    and MongoDB are those of the running stack, or of DUALWATCH_KAFKA__BOOTSTRAP_SERVERS and
    DUALWATCH_MONGO__URL. Ends with 1 if the two are not equal: then nothing was swapped.
    """
    mode = ("replace" if drop else "swap") if swap else "compare"
    with _builder(mode) as (process, log):
        done = _follow(process, log)
    _show(done, as_json=as_json)
    if not done["equal"]:
        raise typer.Exit(1)


@contextlib.contextmanager
def _builder(mode: str) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Start a builder's process; end it whatever happens: what it has done is kept."""
    environ = {**_places(os.environ), MODE: mode, PORT: str(_free_port())}
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as log,
        subprocess.Popen(  # noqa: S603 - our own program
            ARGV, env=environ, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        try:
            yield process, log
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _places(environ: Mapping[str, str]) -> dict[str, str]:
    """Name Kafka and MongoDB: as the environment does, else as the running stack does."""
    if KAFKA in environ and MONGO in environ:
        return dict(environ)
    stack = of_stack(ANALYSIS)
    if not stack:
        message = f"no stack runs here: set {KAFKA} and {MONGO}"
        raise CliError(message, ExitCode.UNREACHABLE)
    return {**stack, **environ}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


def _follow(process: subprocess.Popen[str], log: IO[str]) -> Said:
    """Show what the builder tells until it has done all."""
    if process.stdout is None:
        message = "the builder's output cannot be read"
        raise CliError(message, ExitCode.UNREACHABLE)
    with progress_bar() as bar:
        shown = _Shown(bar)
        for line in process.stdout:
            said: Said = json.loads(line)
            if said["stage"] == "done":
                return said
            shown.tell(said)
    log.seek(0)
    for text in log.readlines()[-LOG_LINES_SHOWN:]:
        say(text.rstrip())
    message = "the builder ended before it was done; start it again to go on"
    raise CliError(message, ExitCode.UNREACHABLE)


class _Shown:
    """The progress bar, as the builder goes on."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=None)
        self._first: tuple[int, float] | None = None

    def tell(self, said: Said) -> None:
        """Show one thing that the builder said."""
        if said["stage"] == "folding":
            entries, total = said["entries"], said["total"]
            rate, left = self._speed(entries, total, said["seconds"])
            words = f"folding {rate:,} entries/s, {left}"
            self._bar.update(self._task, description=words, completed=entries, total=total)
        elif said["stage"] == "compared":
            words = f"partition {said['partition']} {'equal' if said['equal'] else 'DIFFERENT'}"
            self._bar.update(self._task, description=words)
        else:
            self._bar.update(
                self._task,
                description="partitions swapped",
                completed=said["swapped"],
                total=said["partitions"],
            )

    def _speed(self, entries: int, total: int, seconds: float) -> tuple[int, str]:
        first, began = self._first = self._first or (entries, seconds)
        rate = round((entries - first) / (seconds - began)) if seconds > began else 0
        return rate, f"{round((total - entries) / rate)} s left" if rate else "… left"


def _show(done: Said, *, as_json: bool) -> None:
    seconds = done["seconds"]
    done["entries_per_second"] = round(done["entries"] / seconds) if seconds else None
    if as_json:
        print_json(done)
        return
    if done["partitions"]:
        print_rows(done["partitions"], COLUMNS)
    fields = {name: value for name, value in done.items() if name not in {"stage", "partitions"}}
    print_fields(fields, "rebuilt")
