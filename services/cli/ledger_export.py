"""`dualwatch ledger export`: the whole ledger as JSONL, in constant memory, and to be gone on with.

Lines come partition by partition, in the order of positions; what a line says is all that its
entry's hash covers. A file that was begun is gone on with behind its last whole line.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Final

import httpx
import typer

from contracts.record import parse_cut
from services.cli.client import Client, document
from services.cli.errors import CliError, ExitCode
from services.cli.output import progress_bar, say
from services.cli.places import Service
from services.cli.session import client_of

ENTRIES_AT_ONCE: Final = 500
PAGES_MAX: Final = 10_000_000
LINE_BYTES_MAX: Final = 1024 * 1024
"""Longest line: an event has at most 64 KiB, which escaping can make several times as many."""

Place = tuple[int, int]
"""Partition, and position in it."""


def export(
    context: typer.Context,
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write there; a file that was begun goes on."
        ),
    ] = None,
) -> None:
    """Write every entry as a line of JSON, up to where the ledger stands now."""
    with client_of(context) as client, _opened(out) as (stream, begun):
        cut = parse_cut(client.get(Service.INTAKE, "/v1/position")["position"])
        written = _write(client, stream, cut, begun)
    say(f"{written:,} entries written, up to {'-'.join(map(str, cut))}")


def _write(client: Client, stream: IO[bytes], cut: list[int], begun: Place) -> int:
    written = 0
    with progress_bar() as bar:
        done = sum(cut[: begun[0]]) + begun[1]
        task = bar.add_task("entries", total=sum(cut), completed=done)
        for partition in range(begun[0], len(cut)):
            after = begun[1] if partition == begun[0] else 0
            for lines in _pages(client, partition, after, cut[partition]):
                stream.write(lines)
                count = lines.count(b"\n")
                written += count
                bar.advance(task, count)
    return written


def _pages(client: Client, partition: int, after: int, end: int) -> Iterator[bytes]:
    """Ask for a partition's entries behind a position, up to its end; positions have no gaps."""
    for _ in range(PAGES_MAX):
        limit = min(ENTRIES_AT_ONCE, end - after)
        if limit <= 0:
            return
        params = {"partition": partition, "after": after, "limit": limit}
        answer = client.send(Service.INTAKE, "GET", "/v1/entries", params=params)
        if answer.status_code != httpx.codes.OK:
            document(Service.INTAKE, answer)
        count = answer.content.count(b"\n")
        if count != limit:
            message = f"partition {partition} has {count} entries behind {after}, not {limit}"
            raise CliError(message, ExitCode.FAILED_CHECK)
        after += count
        yield answer.content


@contextmanager
def _opened(out: Path | None) -> Iterator[tuple[IO[bytes], Place]]:
    """Open what is written to, and say behind which entry."""
    if out is None:
        yield sys.stdout.buffer, (0, 0)
        return
    try:
        stream = out.open("r+b" if out.exists() else "w+b")
    except OSError as error:
        message = f"{out} cannot be written: {error.strerror}"
        raise CliError(message, ExitCode.USAGE) from error
    with stream:
        begun = _continue(out, stream)
        if begun != (0, 0):
            say(f"{out} goes on behind position {begun[1]} of partition {begun[0]}")
        yield stream, begun


def _continue(out: Path, stream: IO[bytes]) -> Place:
    """Cut half a line off the end of a file, and give the place of the last whole one."""
    size = stream.seek(0, os.SEEK_END)
    start = max(0, size - 2 * LINE_BYTES_MAX)
    stream.seek(start)
    tail = stream.read()
    whole = tail.rfind(b"\n") + 1
    stream.truncate(start + whole)
    stream.seek(0, os.SEEK_END)
    if not whole:
        if start:
            message = f"{out} is not an export of the ledger"
            raise CliError(message, ExitCode.USAGE)
        return 0, 0
    last = tail[:whole].splitlines()[-1]
    try:
        found = json.loads(last)
        return int(found["partition"]), int(found["position"])
    except (ValueError, KeyError, TypeError):
        message = f"{out} is not an export of the ledger"
        raise CliError(message, ExitCode.USAGE) from None
