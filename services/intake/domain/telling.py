"""A change of a quarantine entry as the event that the topic `quarantine` carries."""

import datetime as dt
from typing import Any, Final

import msgspec

from contracts.codec import encode, new_event
from contracts.envelope import SUBJECT_LENGTH_MAX, AnyEvent
from contracts.events.quarantine import (
    NOBODY,
    QuarantineDiscarded,
    QuarantineEntered,
    QuarantineReleased,
    RefusalKind,
)
from contracts.vocabulary import (
    DATE_MAX,
    DATE_MIN,
    FISCAL_YEAR_MAX,
    FISCAL_YEAR_MIN,
    ID_LENGTH_MAX,
)
from services.intake.domain.orders import NOTE_LENGTH_MAX, Act, Order
from services.intake.domain.quarantine import About, publisher_id
from services.intake.domain.verdicts import Verdict

SOURCE: Final = "dualwatch:intake"


class Kept(msgspec.Struct, frozen=True):
    """What of an entry is told."""

    entry: str
    change: int
    verdict: Verdict
    code: str
    publisher: str
    door: str
    about: About
    date: dt.date
    """Last opened day of its jurisdiction, else the day it was refused on."""

    @property
    def subject(self) -> str:
        """Subject and key of what is told: the event's own where it has a sound one."""
        found = subject_in(self.about)
        return found or f"{NOBODY}/{publisher_id(self.publisher)}"


def subject_in(about: About) -> str | None:
    """Give the subject of refused bytes if it is one; null if nothing can be made of it."""
    subject = about.subject
    if subject is None or len(subject) > SUBJECT_LENGTH_MAX:
        return None
    parts = subject.split("/", 1)
    plain = subject.isprintable() and all(part and part == part.strip() for part in parts)
    return subject if plain and all(len(part) <= ID_LENGTH_MAX for part in parts) else None


def event_of(kept: Kept, time: dt.datetime, order: Order | None) -> AnyEvent:
    """Say what has happened: entered, unless an order has closed the entry."""
    subject = subject_in(kept.about)
    date = min(max(kept.date, DATE_MIN), DATE_MAX)
    told: dict[str, Any] = {
        "date": date,
        "entry": kept.entry,
        "change": kept.change,
        "reason": RefusalKind(kept.verdict.value),
        "code": kept.code,
        "publisher": publisher_id(kept.publisher),
        "door": kept.door,
        "jurisdiction": None if subject is None else subject.partition("/")[0],
        "about": subject,
        "stated": kept.about.stated,
        "fiscal_year": kept.about.fiscal_year
        or min(max(date.year, FISCAL_YEAR_MIN), FISCAL_YEAR_MAX),
    }
    data: QuarantineEntered | QuarantineReleased | QuarantineDiscarded
    if order is None:
        data = QuarantineEntered(**told)
    elif order.act is Act.RELEASE:
        note = order.note[:NOTE_LENGTH_MAX]
        data = QuarantineReleased(**told, by=order.by, override=order.override, note=note)
    else:
        data = QuarantineDiscarded(**told, by=order.by, note=order.note[:NOTE_LENGTH_MAX])
    return new_event(
        data, event_id=f"{kept.entry}.{kept.change}", source=SOURCE, subject=kept.subject, time=time
    )


def record_of(kept: Kept, time: dt.datetime, order: Order | None) -> tuple[bytes, bytes, str]:
    """Write it as a record: key, value, type."""
    event = event_of(kept, time, order)
    return event.subject.encode(), encode(event), event.type
