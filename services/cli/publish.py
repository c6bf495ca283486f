"""`dualwatch publish`: put a file's facts into the ledger, through intake's front door."""

import re
import secrets
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.progress import Progress

from services.cli.client import Client
from services.cli.errors import CliError, ExitCode
from services.cli.options import NoWait
from services.cli.output import JsonFlag, progress_bar, say, show
from services.cli.passing import wait_until_passed
from services.cli.publishing import UNREAD_SHOWN_MAX, Item, Sender, Tally, batches
from services.cli.session import client_of
from services.intake.files.iati import map_iati
from services.intake.files.jsonl import read_jsonl
from services.intake.files.options import (
    FISCAL_YEAR_START_DEFAULT,
    TIME_ZONE_DEFAULT,
    ImportOptions,
)
from services.intake.files.xml import FILE_BYTES_MAX, UnreadableFileError

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
        str, typer.Option("--fiscal-year-start", metavar="MM-01", help="iati: its fiscal year.")
    ] = FISCAL_YEAR_START_DEFAULT,
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CODE", help="iati: default: the first in the file."),
    ] = None,
    time_zone: Annotated[
        str, typer.Option("--time-zone", metavar="ZONE", help="iati: IANA name.")
    ] = TIME_ZONE_DEFAULT,
    no_wait: NoWait = False,
    as_json: JsonFlag = False,
) -> None:
    """Publish a file: JSONL (one CloudEvent per line) or IATI activities (XML).

    Everything sent is accepted, a duplicate, or quarantined with a reason; the same file again
    is all duplicates. Returns when analysis, alerts and reporting have passed it.
    """
    options = _options(jurisdiction, fiscal_year_start, currency, time_zone)
    is_xml = file.suffix.lower() == XML_SUFFIX
    chosen = file_format or (FileFormat.IATI if is_xml else FileFormat.JSONL)
    with client_of(context) as client, progress_bar() as bar:
        tally = publish_file(client, file, chosen, options, bar)
        show(tally.summary, as_json=as_json)
        if not no_wait:
            wait_until_passed(client, str(tally.position))
    _tell_unread(tally)


def _options(
    jurisdiction: str | None, fiscal_year_start: str, currency: str | None, time_zone: str
) -> ImportOptions:
    if not _YEAR_START.fullmatch(fiscal_year_start):
        message = f"--fiscal-year-start {fiscal_year_start} is no first day of a month, MM-01"
        raise CliError(message, ExitCode.USAGE)
    if currency is not None and not _CURRENCY.fullmatch(currency):
        message = f"--currency {currency} is no ISO 4217 code such as GBP"
        raise CliError(message, ExitCode.USAGE)
    return ImportOptions(jurisdiction, fiscal_year_start, currency, time_zone)


def publish_file(
    client: Client, file: Path, file_format: FileFormat, options: ImportOptions, bar: Progress
) -> Tally:
    """Send a file's events in order and count what became of them."""
    sender = Sender(client, secrets.token_hex(RUN_ID_BYTES))
    if file_format is FileFormat.IATI:
        items = _iati_items(file, options)
        task = bar.add_task(file.name, total=len(items))
        stream = iter(items)
    else:
        # How many lines there are is known at the end only; the bar counts them.
        task = bar.add_task(file.name, total=None)
        stream = _jsonl_items(file, sender.tally)
    for batch in batches(stream):
        sender.send(batch)
        bar.advance(task, len(batch))
    bar.update(task, total=bar.tasks[task].completed)
    return sender.finish()


def _iati_items(file: Path, options: ImportOptions) -> list[Item]:
    left_out: Counter[str] = Counter()
    try:
        with file.open("rb") as stream:
            # One byte more than is read tells the mapper that the file is too large.
            raw = stream.read(FILE_BYTES_MAX + 1)
        events = list(map_iati(raw, options, left_out))
    except UnreadableFileError as error:
        message = f"{file} cannot be read as IATI: {error}"
        raise CliError(message, ExitCode.USAGE) from error
    for what, times in sorted(left_out.items()):
        say(f"{file.name}: {times} × {what} left out: it has no meaning here")
    return [Item(raw, f"{file.name}, event {number}") for number, raw in enumerate(events, 1)]


def _jsonl_items(file: Path, tally: Tally) -> Iterator[Item]:
    with file.open("rb") as stream:
        for line in read_jsonl(stream):
            where = f"{file.name}, line {line.number}"
            if line.complete:
                yield Item(line.raw, where)
            else:
                tally.unread.append(f"{where}: too long to be an event")


def _tell_unread(tally: Tally) -> None:
    for words in tally.unread[:UNREAD_SHOWN_MAX]:
        say(words)
    if tally.unread:
        message = f"{len(tally.unread)} lines are no events and were not taken in"
        raise CliError(message, ExitCode.REFUSED)
