"""Entries as an explanation shows them."""

import datetime as dt

import msgspec

from contracts.vocabulary import fen_to_wire
from services.analysis.domain.state import Entry
from services.analysis.domain.why.money import Added


class Contribution(msgspec.Struct, frozen=True):
    """One entry and what it adds to a figure."""

    sequence: int
    position: int
    recorded_ms: int
    type: str
    """CloudEvents type."""
    date: dt.date
    """Business date."""
    amount: str | None
    """Signed wire amount that it adds; null for indicators."""
    value: str | None
    """Of an indicator: the result as a number, else as written; null for money, and of what took
    a result back."""
    line: str | None
    """Line on which it counts: of a correction the one it takes from, or gives to."""
    unit: str | None
    document: dict[str, str | None] | None
    """Kind, number and line of its document."""
    event_id: str
    source: str
    note: str
    """Reason, purpose or title that came with it; why it adds less than its amount."""
    late: bool = False
    """Whether it came after the day that it is dated had ended."""
    caused: bool = False
    """Of a finding: whether it brought the finding about."""


def shown(added: Added, *, caused: bool = False) -> Contribution:
    """Show what one entry adds to a money figure."""
    piece = added.piece
    found = contribution(piece.entry, fen_to_wire(added.amount), None, added.remark)
    moved = {"line": piece.line or None} if piece.moved else {}
    return msgspec.structs.replace(found, caused=caused, **moved)


def contribution(
    entry: Entry, amount: str | None, value: str | None, remark: str = ""
) -> Contribution:
    """Show an entry; `remark`: why it adds something else than its amount."""
    event = entry.event
    data = event.data
    document = getattr(data, "document", None) or getattr(data, "original", None)
    notes = (getattr(data, name, "") for name in ("reason", "purpose", "title", "note"))
    own = next((note for note in notes if note), "")
    return Contribution(
        sequence=entry.sequence,
        position=entry.position,
        recorded_ms=entry.recorded_ms,
        type=event.type,
        date=data.date,
        amount=amount,
        value=value,
        line=getattr(data, "line", None),
        unit=getattr(data, "unit", None),
        document=document
        and {"kind": str(document.kind), "number": document.number, "line": document.line},
        event_id=event.id,
        source=event.source,
        note="; ".join(part for part in (own, remark) if part),
        late=entry.late,
    )
