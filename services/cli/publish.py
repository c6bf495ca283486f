"""`dualwatch publish`: put a file's facts into the ledger, through intake's front door."""

import re
import secrets
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import Progress

from services.cli.client import Client
from services.cli.errors import CliError, ExitCode
from services.cli.importing import Asked, iati_items
from services.cli.options import NoWait
from services.cli.output import JsonFlag, progress_bar, say, show
from services.cli.passing import wait_until_passed
from services.cli.publishing import UNREAD_SHOWN_MAX, Item, Sender, Tally, batches
from services.cli.session import client_of
from services.cli.stream import DayToOpen, control_of, send_stream
from services.intake.files.jsonl import read_jsonl

XML_SUFFIX: Final = ".xml"
RUN_ID_BYTES: Final = 16
_YEAR_START = re.compile(r"(0[1-9]|1[0-2])-01", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


class FileFormat(StrEnum):
    """What a file may be."""

    JSONL = "jsonl"
    IATI = "iati"


def publish(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)
    ],
    *,
    file_format: Annotated[
        FileFormat | None,
        typer.Option("--format", help="Default: iati for .xml, else jsonl."),
    ] = None,
    jurisdiction: Annotated[
        str | None,
        typer.Option(
            "--jurisdiction", metavar="J", help="iati: code; default: the reporting organisation's."
        ),
    ] = None,
    fiscal_year_start: Annotated[
        str | None,
        typer.Option(
            "--fiscal-year-start",
            metavar="MM-01",
            help="iati: its fiscal year; default: as registered, else 01-01.",
        ),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option(
            "--currency", metavar="CODE", help="iati: default: as registered, else the first named."
        ),
    ] = None,
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", metavar="ZONE", help="iati: IANA name; default: UTC."),
    ] = None,
    no_wait: NoWait = False,
    as_json: JsonFlag = False,
) -> None:
    """Publish a file: JSONL (one CloudEvent per line) or IATI activities (XML).

    A line {"open_day": {"jurisdiction": …, "date": …}} opens a day once all before it is decided.
    Everything sent is accepted, a duplicate, or quarantined with a reason; the same file again
    is all duplicates. Returns when analysis, alerts and reporting have passed it.
    """
    asked = _asked(jurisdiction, fiscal_year_start, currency, time_zone)
    is_xml = file.suffix.lower() == XML_SUFFIX
    chosen = file_format or (FileFormat.IATI if is_xml else FileFormat.JSONL)
    with client_of(context) as client, progress_bar() as bar:
        tally = publish_file(client, file, chosen, asked, bar)
        show(tally.summary, as_json=as_json)
        if not no_wait:
            wait_until_passed(client, str(tally.position))
    _tell_unread(tally)


def _asked(
    jurisdiction: str | None,
    fiscal_year_start: str | None,
    currency: str | None,
    time_zone: str | None,
) -> Asked:
    if fiscal_year_start is not None and not _YEAR_START.fullmatch(fiscal_year_start):
        message = f"--fiscal-year-start {fiscal_year_start} is no first day of a month, MM-01"
        raise CliError(message, ExitCode.USAGE)
    if currency is not None and not _CURRENCY.fullmatch(currency):
        message = f"--currency {currency} is no ISO 4217 code such as GBP"
        raise CliError(message, ExitCode.USAGE)
    return Asked(jurisdiction, fiscal_year_start, currency, time_zone)


def publish_file(
    client: Client, file: Path, file_format: FileFormat, asked: Asked, bar: Progress
) -> Tally:
    """Send a file's events in order and count what became of them."""
    sender = Sender(client, secrets.token_hex(RUN_ID_BYTES))
    if file_format is FileFormat.IATI:
        items = iati_items(client, file, asked)
        task = bar.add_task(file.name, total=len(items))
        for batch in batches(items):
            sender.send(batch)
            bar.advance(task, len(batch))
    else:
        # How many lines there are is known at the end only; the bar counts them.
        task = bar.add_task(file.name, total=None)
        stream = _jsonl_items(file, sender.tally)
        send_stream(client, sender, stream, lambda count: bar.advance(task, count))
    bar.update(task, total=bar.tasks[task].completed)
    return sender.finish()


def _jsonl_items(file: Path, tally: Tally) -> Iterator[Item | DayToOpen]:
    with file.open("rb") as stream:
        for line in read_jsonl(stream):
            where = f"{file.name}, line {line.number}"
            if line.complete:
                yield control_of(line.raw, where) or Item(line.raw, where)
            else:
                tally.unread.append(f"{where}: too long to be an event")


def _tell_unread(tally: Tally) -> None:
    for words in tally.unread[:UNREAD_SHOWN_MAX]:
        say(words)
    if tally.unread:
        message = f"{len(tally.unread)} lines are no events and were not taken in"
        raise CliError(message, ExitCode.REFUSED)
