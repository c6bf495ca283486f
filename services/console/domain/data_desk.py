"""What the data desk's pages show of files, quarantine, disputes and publishers."""

import datetime as dt
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.console.domain.figures import MoneyUnit, money
from services.console.domain.lists import kind_of

Item = Mapping[str, Any]

REASONS: Final = (
    "conflict",
    "document_repeated",
    "unauthorised",
    "unknown_jurisdiction",
    "invalid",
)
"""Why something is refused; what money depends on comes first."""
OVERRIDABLE: Final = ("conflict", "document_repeated", "unauthorised")
"""What may be entered although the ledger refuses it."""
STATES: Final = ("open", "releasing", "discarding", "released", "discarded", "all")
DOORS: Final = ("http", "kafka", "file", "clock")
AGES: Final[Mapping[str, int]] = {"day": 1, "week": 7, "month": 30}
"""Ages by which entries are counted and filtered, in days."""
FILTERS: Final = ("reason", "code", "publisher", "subject", "door", "tenant", "older")
"""What chooses among entries, by the names that addresses of pages have for it."""
BATCH_KINDS: Final = ("virement", "distributed")
BATCH_STATES: Final = ("unbalanced", "settling")
"""What a list of batches can be of; what balances is no work."""
OPEN: Final = "open"
ALL: Final = "all"
UNDER_WAY: Final = ("reading", "ready", "running")
"""States of a file that somebody still waits for."""
OVERLAPS: Final = (0, 1, 7, 30)
"""How many days the keys before a new one may go on working."""
OVERLAP_DAYS: Final = 7
"""How many they do unless it is said otherwise."""


def asked(given: Mapping[str, str], now: dt.datetime) -> dict[str, str]:
    """Write the filters of an address as intake names them."""
    found = {
        name: given[name]
        for name in ("reason", "code", "publisher", "subject", "door")
        if name in given
    }
    if "tenant" in given:
        found["jurisdiction"] = given["tenant"]
    days = AGES.get(given.get("older", ""))
    if days is not None:
        found["before"] = (now - dt.timedelta(days=days)).isoformat()
    return found


def state_of(given: Mapping[str, str]) -> str | None:
    """Return which state an address asks for; open ones unless it says otherwise."""
    wanted = given.get("state", OPEN)
    return None if wanted == ALL else wanted


def by_reason(counts: Item) -> list[Item]:
    """Order counts by how much depends on them; what is not there is left out."""
    known = {str(one["reason"]): one for one in counts["items"]}
    return [known[name] for name in REASONS if name in known] + [
        one for name, one in known.items() if name not in REASONS
    ]


def summed(rows: Sequence[Item]) -> dict[str, int]:
    """Add up the columns of counts."""
    names = ("entries", *(f"older_than_{age}" for age in AGES))
    return {name: sum(int(row[name]) for row in rows) for name in names}


def progress(file: Item) -> tuple[int, int]:
    """Tell how many of a file's events are decided, of how many."""
    return int(file["counts"]["sent"]), int(file["rows"]["events"])


def first_events(file: Item) -> list[dict[str, Any]]:
    """Tell what the first rows of a file become."""
    return [_event(one) for one in (file.get("preview") or {}).get("events", ())]


def _event(one: Item) -> dict[str, Any]:
    text = str(one["event"])
    event = json.loads(text)
    data = event.get("data") or {}
    document = data.get("document") or {}
    amount = data.get("amount")
    return {
        "line": one["line"],
        "kind": kind_of(str(event.get("type", ""))),
        "subject": event.get("subject"),
        "date": data.get("date"),
        "amount": money(amount, MoneyUnit.YUAN) if isinstance(amount, str) else None,
        "document": document.get("number"),
        "redacted": event.get("redacted"),
        "text": text,
    }


def columns(file: Item, preset: Item | None) -> list[dict[str, Any]]:
    """Tell of each column of a file what the preset reads from it, by the names it knows."""
    heading = [str(name) for name in (file.get("preview") or {}).get("heading", ())]
    known = {_plain(name): one for one in _columns(preset) for name in (one["name"], *_names(one))}
    return [{"name": name, "read": known.get(_plain(name))} for name in heading]


def missing(file: Item, preset: Item | None) -> list[str]:
    """List the columns that a preset must have and a file has not."""
    there = {_plain(str(name)) for name in (file.get("preview") or {}).get("heading", ())}
    return [
        str(one["name"])
        for one in _columns(preset)
        if one.get("required")
        and there.isdisjoint({_plain(n) for n in (one["name"], *_names(one))})
    ]


def _columns(preset: Item | None) -> Sequence[Item]:
    return (preset or {}).get("columns") or ()


def _names(column: Item) -> Iterable[str]:
    national = str(column.get("national") or "").rpartition(".")[2]
    return (*(column.get("aliases") or ()), *((national,) if national else ()))


def _plain(name: str) -> str:
    """Write a heading as it is compared: without blanks, and without its unit in brackets."""
    joined = "".join(unicodedata.normalize("NFKC", name).split()).lower()
    return joined.partition("(")[0] or joined


def open_disputes(paper: Item) -> list[Item]:
    """List the disputes of a paper that nobody has answered."""
    return [one for one in paper.get("disputes") or () if one.get("answer") is None]


def figure_of(field: str) -> tuple[str, str]:
    """Part a disputed figure's pointer into where it stands and which figure it is."""
    parts = [one.replace("~1", "/").replace("~0", "~") for one in field.split("/")[1:]]
    return " · ".join(parts[1:-1]), parts[-1] if parts else field


def batch(found: Item, address: str) -> dict[str, Any]:
    """Write a batch's sums to the fen, and where it is shown."""
    sums = ("amount_in", "amount_out", "difference")
    exact = {name: money(str(found[name]), MoneyUnit.YUAN) for name in sums}
    return {**found, **exact, "address": address}


def side(found: Item) -> dict[str, Any]:
    """Write the amount of a batch's entry to the fen."""
    return {**found, "amount": money(str(found["amount"]), MoneyUnit.YUAN)}


def silent_days(jurisdiction: Item) -> int | None:
    """Return after how many opened days without facts a jurisdiction has a publisher silent.

    Its own parameter `silent_publisher_days`, which freezes alerts (domain-rules 17f); None: it
    has set none, and nobody is.
    """
    found: int | None = jurisdiction.get("silent_publisher_days")
    return found


def heard(jurisdiction: Item) -> list[dict[str, Any]]:
    """Tell of each source when it was heard of last, in opened days; the longest silent first."""
    passed, limit = jurisdiction.get("publishers_silent") or {}, silent_days(jurisdiction)
    found = []
    for source, day in (jurisdiction.get("publishers") or {}).items():
        days: int | None = passed.get(source)
        silent = limit is not None and days is not None and days >= limit
        found.append({"source": source, "day": day, "days": days, "silent": silent})
    return sorted(found, key=lambda one: (one["day"], one["source"]))


def silent(rows: Sequence[Item]) -> int:
    """Count those that are silent."""
    return sum(row["silent"] for row in rows)


def key_state(key: Item, now: dt.datetime) -> str:
    """Tell whether a key opens doors: open, ending (within its overlap), ended, revoked."""
    if key.get("revoked"):
        return "revoked"
    if key.get("expires") is None:
        return "open"
    expires = dt.datetime.fromisoformat(str(key["expires"]))
    if expires <= now:
        return "ended"
    return "ending" if expires - now <= dt.timedelta(days=max(OVERLAPS)) else "open"


def with_keys(principal: Item) -> dict[str, Any]:
    """Leave out of a principal's keys what sessions rest on: nobody holds those."""
    keys = [key for key in principal["keys"] if key.get("use", "key") == "key"]
    return {**principal, "keys": keys}


def newest(principal: Item) -> str:
    """Name the key that was given out last; empty: there is none."""
    keys = sorted(principal.get("keys") or (), key=lambda one: str(one["created"]))
    return str(keys[-1]["key_id"]) if keys else ""


def last_used(principal: Item) -> str | None:
    """Tell when one of the keys was used last."""
    return max((str(k["last_used"]) for k in principal["keys"] if k.get("last_used")), default=None)


def ending(day: str) -> dict[str, str]:
    """Write the end of a key: the end of that day in UTC; nothing said, a year from now."""
    return {"expires": f"{day}T23:59:59+00:00"} if day else {}
