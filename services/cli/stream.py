"""A stream of events with days between them: a day is opened once all before it is decided.

Intake takes no `day.opened` at its doors, so a file says with a control line of its own when a
day begins: `{"open_day": {"jurisdiction": "…", "date": "YYYY-MM-DD"}}`.
"""

import itertools
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import typer

from services.cli.client import Client
from services.cli.day import open_days
from services.cli.errors import CliError, ExitCode
from services.cli.options import read_day
from services.cli.publishing import Item, Sender, batches

OPEN_DAY: Final = "open_day"
_MARK: Final = b'"open_day"'
CONTROL_BYTES_MAX: Final = 1_024
"""Longest line that is looked at as a control line."""


@dataclass(frozen=True, slots=True)
class DayToOpen:
    """A control line: the day that begins here."""

    jurisdiction: str
    date: str


def control_of(raw: bytes, where: str) -> DayToOpen | None:
    """Read a control line; None if the line is none, CliError if it is a broken one."""
    if len(raw) > CONTROL_BYTES_MAX or _MARK not in raw:
        return None
    try:
        found = json.loads(raw)
    except ValueError:
        return None
    if not isinstance(found, dict) or set(found) != {OPEN_DAY}:
        return None
    return _read(found[OPEN_DAY], where)


def _read(found: Any, where: str) -> DayToOpen:
    message = f'{where}: open_day needs {{"jurisdiction": "CODE", "date": "YYYY-MM-DD"}} alone'
    if not isinstance(found, dict) or set(found) != {"jurisdiction", "date"}:
        raise CliError(message, ExitCode.USAGE)
    jurisdiction, date = found["jurisdiction"], found["date"]
    if not isinstance(jurisdiction, str) or not isinstance(date, str) or not jurisdiction:
        raise CliError(message, ExitCode.USAGE)
    try:
        return DayToOpen(jurisdiction, read_day(date))
    except typer.BadParameter as error:
        raise CliError(message, ExitCode.USAGE) from error


def send_stream(
    client: Client,
    sender: Sender,
    stream: Iterable[Item | DayToOpen],
    sent: Callable[[int], None],
) -> None:
    """Send events in batches and open days between them, in order; `sent` hears how many."""
    for _, part in itertools.groupby(stream, key=lambda line: isinstance(line, DayToOpen)):
        events = _events(client, sender, part)
        for batch in batches(events):
            sender.send(batch)
            sent(len(batch))


def _events(
    client: Client, sender: Sender, part: Iterable[Item | DayToOpen]
) -> Iterable[Item]:  # fmt: skip
    """Yield the events of a part that holds nothing else; open the days of one that does."""
    for line in part:
        if isinstance(line, Item):
            yield line
        else:
            # Everything sent before is decided: the sender waits for each batch's verdicts.
            open_days(client, line.jurisdiction, line.date, jump=False)
            sender.tally.days += 1
