"""Who was heard: what each partition hears of publishers, and the fact that tells all (17f).

Each owner remembers the last opened day on which a publisher had an entry about a project of its
partition. Where it is asked how long a publisher may be silent, what an owner has heard and no fact
says yet goes to the jurisdiction's home as a fact, which every partition gets. A fact is sent again
until it is there, and the home enters none that says nothing new: at most one stands in the ledger
for a publisher, jurisdiction and opened day.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from contracts.codec import encode, new_event
from contracts.envelope import AnyEvent
from contracts.events.intake import (
    MonitoringParametersPublished,
    MonitoringParametersPublishedV1,
    PublisherHeard,
)
from contracts.vocabulary import Identifier

HEARD: Final = PublisherHeard.event_type()
PARAMETERS: Final = frozenset(
    data.event_type() for data in (MonitoringParametersPublished, MonitoringParametersPublishedV1)
)
"""Facts that may say how long a publisher may be silent."""
SOURCE: Final = "dualwatch:intake"
PUBLISHERS_MAX: Final = 1_000
"""Most publishers of a jurisdiction whose silence is noticed; analysis knows as many."""
_NAME_BYTES: Final = 16
_NEVER: Final = dt.date.min
_NAME: Final[TypeAdapter[str]] = TypeAdapter(Identifier)

Days = Mapping[str, dt.date]
"""Publisher → an opened day."""
NO_DAYS: Final[Days] = {}


class Heard(NamedTuple):
    """What a partition has heard, and no fact says yet."""

    jurisdiction: str
    publisher: str
    day: dt.date


def with_day(days: Days, publisher: str, day: dt.date) -> Days:
    """Remember the latest day of a publisher; the same if that is known, or they are too many."""
    known = days.get(publisher)
    if known is None:
        if len(days) >= PUBLISHERS_MAX or not _sound(publisher):
            return days
    elif known >= day:
        return days
    return {**days, publisher: day}


def untold(spoken: Days, heard: Days) -> Iterator[tuple[str, dt.date]]:
    """Give what was spoken later than facts say; of those that no fact can name, nothing."""
    full = len(heard) >= PUBLISHERS_MAX
    for publisher, day in spoken.items():
        known = heard.get(publisher, _NEVER)
        if day > known and not (full and known is _NEVER):
            yield publisher, day


def says_how_long(event: AnyEvent) -> bool:
    """Whether a fact says after how many opened days a publisher is silent."""
    return event.type in PARAMETERS and event.data.silent_publisher_days is not None


def heard_id(heard: Heard) -> str:
    """Derive the id of the fact: the same whoever states it, however long the names are."""
    about = f"{heard.jurisdiction}\x00{heard.publisher}".encode()
    name = hashlib.blake2b(about, digest_size=_NAME_BYTES).hexdigest()
    return f"heard:{heard.day.isoformat()}:{name}"


def publisher_heard(heard: Heard) -> bytes:
    """Write the fact: always the same bytes."""
    event = new_event(
        PublisherHeard(date=heard.day, publisher=heard.publisher),
        event_id=heard_id(heard),
        source=SOURCE,
        subject=heard.jurisdiction,
        time=dt.datetime.combine(heard.day, dt.time(), dt.UTC),
    )
    return encode(event)


def _sound(publisher: str) -> bool:
    """Whether the contract can name a publisher; whoever writes to our topics may be called so."""
    try:
        _NAME.validate_python(publisher)
    except ValidationError:
        return False
    return True
