"""`dualwatch publish`: put a file's facts into the ledger, through intake's front door."""

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer
from rich.progress import Progress

from services.cli.client import Client
from services.cli.errors import CliError, ExitCode
from services.cli.grouped import grouped
from services.cli.importing import Asked, iati_items
from services.cli.options import NoWait
from services.cli.output import JsonFlag, print_fields, print_json, progress_bar, say, show
from services.cli.passing import wait_until_passed
from services.cli.publishing import HEAD_BYTES, UNREAD_SHOWN_MAX, Item, Sender, Tally, batches
from services.cli.session import client_of
from services.cli.stream import DayToOpen, control_of, send_stream
from services.cli.table_files import TableAsked, read_asked
from services.cli.table_sending import preview_table, publish_table
from services.intake.files.jsonl import read_jsonl
from services.intake.files.presets import preset_names

XML_SUFFIX: Final = ".xml"
TABLE_SUFFIXES: Final = frozenset({".csv", ".tsv", ".xlsx", ".xls", ".xlsm"})
RUN_ID_BYTES: Final = 16
_YEAR_START = re.compile(r"(0[1-9]|1[0-2])-01", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


class FileFormat(StrEnum):
    """What a file may be."""

    JSONL = "jsonl"
    IATI = "iati"


@dataclass(frozen=True, kw_only=True)
class ActivityOptions:
    """What an IATI file leaves open."""

    fiscal_year_start: Annotated[
        str | None,
        typer.Option(
            "--fiscal-year-start",
            metavar="MM-01",
            help="iati: its fiscal year; default: as registered, else 01-01.",
        ),
    ] = None
    currency: Annotated[
        str | None,
        typer.Option(
            "--currency", metavar="CODE", help="iati: default: as registered, else the first named."
        ),
    ] = None
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", metavar="ZONE", help="iati: IANA name; default: UTC."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """How the rows of a table become events, and what is done with those that do not."""

    mapping: Annotated[
        str | None,
        typer.Option("--mapping", metavar="FILE|PRESET", help="csv, xlsx: how rows become events."),
    ] = None
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="S", help="xlsx: default: the one that fits.")
    ] = None
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Options of the mapping."),
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="csv, xlsx: show what would be sent, send nothing.")
    ] = False
    rejects: Annotated[
        Path | None,
        typer.Option(
            "--rejects", metavar="FILE", dir_okay=False, help="csv, xlsx: rejected rows go here."
        ),
    ] = None
    resume: Annotated[
        bool, typer.Option("--resume", help="csv, xlsx: go on where an earlier run stopped.")
    ] = False


@grouped
def publish(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)
    ],
    activities: ActivityOptions,
    table: TableOptions,
    *,
    file_format: Annotated[
        FileFormat | None,
        typer.Option("--format", help="Default: iati for .xml, else jsonl."),
    ] = None,
    jurisdiction: Annotated[
        str | None,
        typer.Option(
            "--jurisdiction", metavar="J", help="Code; iati: default: the reporting organisation's."
        ),
    ] = None,
    no_wait: NoWait = False,
    as_json: JsonFlag = False,
) -> None:
    """Publish a file: JSONL (one CloudEvent per line), IATI activities (XML), a table by --mapping.

    A line {"open_day": {"jurisdiction": …, "date": …}} opens a day once all before it is decided.
    Everything sent is accepted, a duplicate, or quarantined with a reason; the same file again
    is all duplicates. Returns when analysis, alerts and reporting have passed it.
    Exits with 6 if rows of a table were rejected, with 2 if the file or mapping is wrong.
    """
    if table.mapping is not None:
        said = table.settings or []
        read = read_asked(file, table.mapping, jurisdiction, table.sheet, said)
        ways = Ways(table.dry_run, table.resume, no_wait, as_json)
        _publish_table(context, replace(read, rejects=table.rejects), ways)
        return
    _refuse_table_options(file, file_format, table)
    asked = _asked(jurisdiction, activities)
    is_xml = file.suffix.lower() == XML_SUFFIX
    chosen = file_format or (FileFormat.IATI if is_xml else FileFormat.JSONL)
    with client_of(context) as client, progress_bar() as bar:
        tally = publish_file(client, file, chosen, asked, bar)
        show(tally.summary, as_json=as_json)
        if not no_wait:
            wait_until_passed(client, str(tally.position))
    _tell_unread(tally)


class Ways(NamedTuple):
    """How a table is published."""

    dry_run: bool
    resume: bool
    no_wait: bool
    as_json: bool


def _refuse_table_options(file: Path, file_format: FileFormat | None, table: TableOptions) -> None:
    if file_format is None and file.suffix.lower() in TABLE_SUFFIXES:
        message = (
            f"{file.name} is a table: say with --mapping how its rows become events "
            f"(a file, or one of {', '.join(preset_names())})"
        )
        raise CliError(message, ExitCode.USAGE)
    if table.dry_run or table.resume or table.rejects is not None:
        message = "--dry-run, --resume and --rejects need --mapping"
        raise CliError(message, ExitCode.USAGE)


def _publish_table(context: typer.Context, asked: TableAsked, ways: Ways) -> None:
    if ways.dry_run:
        preview = preview_table(asked)
        _show_preview(preview, as_json=ways.as_json)
        rejected = int(preview["rejected"])
    else:
        with client_of(context) as client, progress_bar() as bar:
            tally, report = publish_table(client, asked, bar, resume=ways.resume)
            tally.rejected, tally.passed = report.rejected, report.passed
            show(tally.summary, as_json=ways.as_json)
            _tell_problems(report.problems())
            if not ways.no_wait:
                wait_until_passed(client, str(tally.position))
        rejected = report.rejected
        _tell_unread(tally)
    if rejected:
        where = f"; they are in {asked.rejects}" if asked.rejects else "; --rejects FILE keeps them"
        message = f"{rejected:,} rows were rejected and not sent{where}"
        raise CliError(message, ExitCode.REJECTED)


def _show_preview(preview: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(preview)
        return
    print_fields({name: part for name, part in preview.items() if name not in _LISTS})
    for number, event in enumerate(preview["preview"], 1):
        print_fields(event, title=f"event {number}")
    _tell_problems(preview["problems"])


_LISTS: Final = {"preview", "problems"}


def _tell_problems(problems: Sequence[Mapping[str, Any]]) -> None:
    for one in problems[:UNREAD_SHOWN_MAX]:
        examples = ", ".join(
            f"line {example['line']}" + (f" ({example['value']})" if example["value"] else "")
            for example in one["examples"]
        )
        column = f"{one['column']}: " if one["column"] else ""
        say(f"{one['rows']:,} × {one['kind']}: {column}{one['reason']} / {one['reason_zh']}"
            f" [{examples}]")  # fmt: skip


def _asked(jurisdiction: str | None, said: ActivityOptions) -> Asked:
    start, currency = said.fiscal_year_start, said.currency
    if start is not None and not _YEAR_START.fullmatch(start):
        message = f"--fiscal-year-start {start} is no first day of a month, MM-01"
        raise CliError(message, ExitCode.USAGE)
    if currency is not None and not _CURRENCY.fullmatch(currency):
        message = f"--currency {currency} is no ISO 4217 code such as GBP"
        raise CliError(message, ExitCode.USAGE)
    return Asked(jurisdiction, start, currency, said.time_zone)


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
        stream = _jsonl_items(file)
        send_stream(client, sender, stream, lambda count: bar.advance(task, count))
    bar.update(task, total=bar.tasks[task].completed)
    return sender.finish()


def _jsonl_items(file: Path) -> Iterator[Item | DayToOpen]:
    with file.open("rb") as stream:
        for line in read_jsonl(stream):
            where = f"{file.name}, line {line.number}"
            if line.complete and len(line.raw) <= HEAD_BYTES:
                yield control_of(line.raw, where) or Item(line.raw, where)
            else:
                # Its head is refused as it would be, and kept: so it is counted as any other.
                size = f"{len(line.raw) / 1e6:,.1f} MB" if line.complete else "too long"
                say(f"{where}: {size}, no event is so large; its beginning goes to quarantine")
                yield Item(line.raw[:HEAD_BYTES], where)


def _tell_unread(tally: Tally) -> None:
    for words in tally.unread[:UNREAD_SHOWN_MAX]:
        say(words)
    if tally.unread:
        message = f"{len(tally.unread)} lines are no events and were not taken in"
        raise CliError(message, ExitCode.REFUSED)
