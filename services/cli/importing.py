"""Reading an IATI file for publication: as the jurisdiction it is for is registered."""

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.events.intake import JurisdictionRegistered
from services.cli.client import Client, document
from services.cli.errors import CliError, ExitCode
from services.cli.output import say
from services.cli.places import Service
from services.cli.publishing import AWAY_SECONDS_MAX, Item
from services.intake.files.iati import map_iati
from services.intake.files.options import (
    FISCAL_YEAR_START_DEFAULT,
    TIME_ZONE_DEFAULT,
    ImportOptions,
)
from services.intake.files.xml import FILE_BYTES_MAX, UnreadableFileError

_REGISTERED: Final = JurisdictionRegistered.event_type()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the person said about the jurisdiction; None: as it is registered, else the default."""

    jurisdiction: str | None = None
    fiscal_year_start: str | None = None
    currency: str | None = None
    time_zone: str | None = None


def iati_items(client: Client, file: Path, asked: Asked) -> list[Item]:
    """Map a file's activities; CliError if it is no IATI file or for another fiscal year."""
    left_out: Counter[str] = Counter()
    try:
        with file.open("rb") as stream:
            # One byte more than is read tells the mapper that the file is too large.
            raw = stream.read(FILE_BYTES_MAX + 1)
        options = _options(client, raw, asked)
        events = list(map_iati(raw, options, left_out))
    except UnreadableFileError as error:
        message = f"{file} cannot be read as IATI: {error}"
        raise CliError(message, ExitCode.USAGE) from error
    for what, times in sorted(left_out.items()):
        say(f"{file.name}: {times} × {what} left out: it has no meaning here")
    return [Item(event, f"{file.name}, event {number}") for number, event in enumerate(events, 1)]


def _options(client: Client, raw: bytes, asked: Asked) -> ImportOptions:
    """Complete what the person left out from the registration, which cannot change any more.

    Years reckoned otherwise would enter the ledger for ever, so that is refused here.
    """
    draft = ImportOptions(
        asked.jurisdiction,
        asked.fiscal_year_start or FISCAL_YEAR_START_DEFAULT,
        asked.currency,
        asked.time_zone or TIME_ZONE_DEFAULT,
    )
    codes = set(_jurisdictions(map_iati(raw, draft)))
    known = [one for one in _registered(client) if one["jurisdiction"] in codes]
    start = asked.fiscal_year_start or _common(known, "fiscal_year_start")
    for one in known:
        if one["fiscal_year_start"] != start:
            message = (
                f"{one['jurisdiction']} is registered with the fiscal year from "
                f"{one['fiscal_year_start']} on, not {start}: nothing was sent"
            )
            raise CliError(message, ExitCode.USAGE)
    return ImportOptions(
        asked.jurisdiction,
        start or FISCAL_YEAR_START_DEFAULT,
        asked.currency or _common(known, "currency"),
        asked.time_zone or _common(known, "time_zone") or TIME_ZONE_DEFAULT,
    )


def _jurisdictions(events: Iterable[bytes]) -> list[str]:
    """Return the jurisdictions a file is for; their registrations come first."""
    heads = itertools.takewhile(
        lambda event: event["type"] == _REGISTERED, (json.loads(event) for event in events)
    )
    return [head["subject"] for head in heads]


def _registered(client: Client) -> list[Mapping[str, Any]]:
    answer = client.send(
        Service.INTAKE, "GET", "/v1/jurisdictions", patience_seconds=AWAY_SECONDS_MAX
    )
    found: list[Mapping[str, Any]] = document(Service.INTAKE, answer)["items"]
    return found


def _common(known: Iterable[Mapping[str, Any]], field: str) -> str | None:
    return next((str(one[field]) for one in known), None)
