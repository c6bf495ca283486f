"""Entries of the quarantine: what they are about, what a fix changes, the event of a release."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import jiter
import msgspec

from contracts.envelope import SUBJECT_LENGTH_MAX
from contracts.vocabulary import FISCAL_YEAR_MAX, FISCAL_YEAR_MIN, ID_LENGTH_MAX
from services.intake.domain.json_strings import quoted, values
from services.intake.domain.orders import Order
from services.intake.domain.redacting import splice
from services.intake.domain.texts import pointer_of

DERIVED_PREFIX: Final = "quarantine:"
"""Begins the id under which an entry is released that the ledger refuses."""
CHANGES_MAX: Final = 200
"""Most changes of a fix that are listed."""
VALUE_LENGTH_MAX: Final = 400
DEPTH_MAX: Final = 40


class About(msgspec.Struct, frozen=True):
    """What refused bytes say they are, as far as they can be read."""

    subject: str | None = None
    stated: str | None = None
    """Event type."""
    fiscal_year: int | None = None


def about(raw: bytes) -> About:
    """Read what bytes are about; nothing if they cannot be read."""
    try:
        parsed = jiter.from_json(raw)
    except ValueError:
        return About()
    if not isinstance(parsed, dict):
        return About()
    data = parsed.get("data")
    year = data.get("fiscal_year") if isinstance(data, dict) else None
    known = isinstance(year, int) and FISCAL_YEAR_MIN <= year <= FISCAL_YEAR_MAX
    return About(_short(parsed.get("subject")), _short(parsed.get("type")), year if known else None)


def _short(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return value.encode("utf-8", "replace").decode()[:SUBJECT_LENGTH_MAX]


def derived(raw: bytes, order: Order) -> bytes:
    """Give an event the id that derives from its entry, and say who released it and as what.

    The original id stays in the extension `originalid`.
    """
    text = raw.decode()
    places = {value.path: value for value in values(text) if not value.is_name}
    at = places[("id",)]
    notes = {"originalid": at.text, "releasedby": order.by, "releasedfrom": order.entry}
    members = "".join(f',"{name}":{quoted(said)}' for name, said in notes.items())
    end = len(text.rstrip()) - 1
    changes = [(at.start, at.end, quoted(DERIVED_PREFIX + order.entry)), (end, end, members)]
    return splice(text, changes).encode()


class Changed(msgspec.Struct, frozen=True):
    """One difference between an event as it came and as it was fixed."""

    pointer: str
    before: str | None
    """JSON of the value, cut if it is long; null: it was not there."""
    after: str | None
    """The same of the fixed event; null: it was taken out."""


def differences(before: bytes, after: bytes) -> list[Changed]:
    """List what a fix changes; the whole event where the original cannot be read."""
    new = jiter.from_json(after)
    try:
        old = jiter.from_json(before)
    except ValueError:
        whole = before.decode("utf-8", "replace")[:VALUE_LENGTH_MAX]
        return [Changed("", whole, _said(new))]
    found = _differences(old, new, ())
    return [change for change, _ in zip(found, range(CHANGES_MAX), strict=False)]


def _differences(old: Any, new: Any, path: tuple[str | int, ...]) -> Iterator[Changed]:
    if old == new and type(old) is type(new):
        return
    if len(path) < DEPTH_MAX and isinstance(old, dict) and isinstance(new, dict):
        yield from _between(old, new, path)
    elif len(path) < DEPTH_MAX and isinstance(old, list) and isinstance(new, list):
        yield from _between(dict(enumerate(old)), dict(enumerate(new)), path)
    else:
        yield Changed(pointer_of(path), _said(old), _said(new))


def _between(
    old: Mapping[Any, Any], new: Mapping[Any, Any], path: tuple[str | int, ...]
) -> Iterator[Changed]:
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in new:
            yield Changed(pointer_of((*path, name)), _said(old[name]), None)
        elif name not in old:
            yield Changed(pointer_of((*path, name)), None, _said(new[name]))
        else:
            yield from _differences(old[name], new[name], (*path, name))


def _said(value: Any) -> str:
    text = msgspec.json.encode(value).decode("utf-8", "replace")
    return text if len(text) <= VALUE_LENGTH_MAX else text[: VALUE_LENGTH_MAX - 1] + "…"


def publisher_id(publisher: str) -> str:
    """Write a publisher's name as the contracts allow it."""
    return publisher.strip()[:ID_LENGTH_MAX] or "unknown"
