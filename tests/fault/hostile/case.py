"""One hostile thing, whatever door it comes through, and what must come of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

SINGLE: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
LINES: Final = "application/x-ndjson"
JSON: Final = "application/json"

ID: Final = "@id@"
"""Stands for an id of its own wherever a case is sent: else the second door says *duplicate*."""
JURISDICTION: Final = "J7200"
ACCEPTED: Final = "accepted"
DUPLICATE: Final = "duplicate"
KIB: Final = 1024
MIB: Final = 1024 * KIB

Headers = Sequence[tuple[str, bytes | None]]


class Form(StrEnum):
    """What the bytes of a case are."""

    EVENT = "event"
    """A structured event: sent alone, in a batch, and as a record."""
    DATA = "data"
    """The data of a sound event: also sent behind headers (binary), at both doors."""
    ATTRIBUTES = "attributes"
    """A whole event as a JSON object: sent structured and binary, at both doors."""
    REQUEST = "request"
    """A body with its headers: HTTP alone."""
    RECORD = "record"
    """A value with its headers: Kafka alone."""
    RAW = "raw"
    """All bytes of a connection: HTTP alone."""


@dataclass(frozen=True)
class Case:
    """One hostile thing; `comes` is `accepted`, `duplicate`, or the problem's code."""

    name: str
    family: str
    form: Form
    body: bytes | None
    comes: str
    pointer: str | None = None
    """Where the fault is, of an event told apart; null: nowhere in particular."""
    headers: Headers = ()
    status: int = 0
    """Of a request refused as a whole: its HTTP status. 0: the events are told apart."""
    sent: int = 1
    """Events that are told apart in it."""
    binary: tuple[str, str | None] | None = None
    """What comes of it in the binary form, where that differs: attributes are strings there."""

    def __str__(self) -> str:
        return f"{self.family}: {self.name}"

    def expected(self, *, binary: bool) -> tuple[str, str | None]:
        """Give code and pointer that must come out of a form."""
        if not binary:
            return self.comes, self.pointer
        if self.binary is not None:
            return self.binary
        whole = self.form is Form.DATA and self.comes in WHOLE
        return self.comes, "/data" if whole and self.comes != "too_deep" else self.pointer


WHOLE: Final = frozenset({"malformed_json", "duplicate_key", "too_deep"})
"""Faults of the bytes: behind headers they are faults of the data alone."""


def event(**changes: Any) -> dict[str, Any]:
    """Make a sound payment; a change to None leaves the attribute out."""
    found = {
        "specversion": "1.0",
        "id": ID,
        "source": f"urn:example:{ID}",
        "type": "dualwatch.expenditure.recorded.v1",
        "subject": f"{JURISDICTION}/P1",
        "time": "2026-03-02T09:00:00+08:00",
        "data": payment(),
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def payment(**changes: Any) -> dict[str, Any]:
    """Make the data of a sound payment."""
    return {"date": "2026-03-02", "fiscal_year": 2026, "amount": "12.50", "line": "L1", **changes}


def wire(document: Any) -> bytes:
    """Write JSON as a publisher would; lone surrogates stay escaped."""
    try:
        return json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(document).encode()


def field(
    family: str, name: str, rows: Mapping[str, Any] | Sequence[Any], comes: str = "invalid_value"
) -> tuple[Case, ...]:
    """Make a case of each value that a field of the payment is given."""
    named = rows.items() if isinstance(rows, Mapping) else [(_shown(row), row) for row in rows]
    pointer = None if comes == ACCEPTED else f"/data/{name}"
    return tuple(
        Case(f"{name} {said}", family, Form.DATA, wire(payment(**{name: value})), comes, pointer)
        for said, value in named
    )


def attribute(
    family: str, name: str, rows: Mapping[str, Any], comes: str = "invalid_value"
) -> tuple[Case, ...]:
    """Make a case of each value that an attribute of the event is given."""
    pointer = None if comes == ACCEPTED else f"/{name}"
    return tuple(
        Case(
            f"{name} {said}", family, Form.ATTRIBUTES, wire(event(**{name: value})), comes, pointer
        )
        for said, value in rows.items()
    )


def text(old: str, new: str | bytes) -> bytes:
    """Write the sound payment's data with something put in another's place."""
    body = wire(payment())
    new = new.encode() if isinstance(new, str) else new
    assert old.encode() in body, old
    return body.replace(old.encode(), new)


def _shown(value: Any) -> str:
    shown = value if isinstance(value, str) else f"unquoted {json.dumps(value)}"
    return shown.encode("unicode_escape").decode() or "empty"
