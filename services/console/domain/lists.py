"""What tables and lists show: columns and their order, alerts by weight, entries in words."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

LIGHTS: Final = ("red", "yellow", "green", "blue", "none")
"""Worst first; `none` where there is nothing to judge."""
SEVERITIES: Final = ("red", "yellow", "info")
SORTS: Final = {
    "light": "asc",
    "project_id": "asc",
    "project_name": "asc",
    "department": "asc",
    "lead_unit": "asc",
    "adjusted_budget": "desc",
    "spent": "desc",
    "execution_rate_bp": "asc",
    "attainment_rate_bp": "asc",
    "findings": "desc",
}
"""What the table can be ordered by, and which end is asked for first: what needs attention."""
SORT_DEFAULT: Final = "light"

ENTRIES_PAGE: Final = 25
"""Ledger entries on a project's page."""

Item = Mapping[str, Any]


def turned(sort: str, order: str, column: str) -> str:
    """Return the order that a click on a column's head asks for."""
    if column != sort:
        return SORTS[column]
    return "desc" if order == "asc" else "asc"


def by_weight(alerts: Iterable[Item]) -> list[Item]:
    """Order alerts: the severest first, then the newest, then as they came."""
    newest = sorted(alerts, key=lambda alert: str(alert["raised_as_of"]), reverse=True)
    return sorted(newest, key=lambda alert: _weight(str(alert["severity"])))


def _weight(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


@dataclass(frozen=True)
class EntryWords:
    """A ledger entry as a line of a table."""

    sequence: int
    recorded: str
    """When the ledger took it, in the jurisdiction's own time: YYYY-MM-DD hh:mm:ss."""
    kind: str
    """Its type without prefix and version: `expenditure.recorded`."""
    date: str | None
    amount: str | None
    """On the wire; negative where money goes back."""
    document: str | None
    subject: str | None
    """Line, indicator or whatever else it is about."""
    hash: str


def entry_words(entry: Item, time_zone: str) -> EntryWords:
    """Read what a line shows of an entry, whatever its type."""
    data = entry["event"].get("data") or {}
    document = data.get("document") or {}
    about = (
        data.get("line") or data.get("indicator") or data.get("plan") or data.get("organisation")
    )
    return EntryWords(
        sequence=entry["sequence"],
        recorded=local_time(str(entry["recorded"]), time_zone),
        kind=kind_of(entry["type"]),
        date=_text(data.get("date")),
        amount=_amount(entry["type"], data),
        document=_text(document.get("number")),
        subject=_text(about),
        hash=entry["hash"],
    )


def local_time(moment: str, time_zone: str) -> str:
    """Write a moment in a time zone; UTC if the zone is not known here."""
    known = dt.datetime.fromisoformat(moment)
    try:
        return f"{known.astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M:%S}"
    except (ZoneInfoNotFoundError, ValueError):
        return f"{known.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"


def kind_of(event_type: str) -> str:
    """Take prefix and version from a type: dualwatch.budget.approved.v1 is budget.approved."""
    parts = event_type.split(".")
    return ".".join(parts[1:-1]) if len(parts) > 2 else event_type  # noqa: PLR2004 - prefix, version


def _amount(event_type: str, data: Item) -> str | None:
    amount = data.get("amount")
    if not isinstance(amount, str):
        return None
    back = ".reversed." in event_type or data.get("returned") is True
    back = back or data.get("direction") == "out"
    back = back or data.get("adjustment_kind") in {"cut", "recovery"}
    return f"-{amount}" if back else amount


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def page_before(last: int, page: int = ENTRIES_PAGE) -> tuple[int, int]:
    """Return `after` and `limit` of the page of entries that ends with number `last`."""
    first = max(0, last - page)
    return first, max(1, last - first)


def series(months: Sequence[Item], budget: str) -> dict[str, list[str | None]]:
    """Return the lines of the plan/actual chart, as wire amounts by month."""
    found: dict[str, list[str | None]] = {
        name: [month[name] for month in months]
        for name in ("expected_spent", "disbursed", "spent", "adjusted_budget")
    }
    # The budget in force goes on to the end of the year.
    found["adjusted_budget"] = [amount or budget for amount in found["adjusted_budget"]]
    return found


class _Entry(msgspec.Struct):
    sequence: int
    event: msgspec.Raw


class _Page(msgspec.Struct):
    items: list[_Entry]


def raw_event(page: bytes, sequence: int) -> bytes | None:
    """Cut one event's bytes out of a page of entries, as the ledger keeps them."""
    items = msgspec.json.decode(page, type=_Page).items
    return next((bytes(entry.event) for entry in items if entry.sequence == sequence), None)
