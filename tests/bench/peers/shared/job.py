"""The job's heart in Python: what every Python contender imports, so that none parses better.

It needs msgspec and nothing of ours; each contender's environment has it. `Event` is what is
validated: JSON, the fields that the fold needs with their types, a month, an amount in digits.
"""

import gc
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

MONTHS: Final = 12
ID_BYTES: Final = 16
BATCH_RECORDS: Final = 20_000
"""Records of one batch, where a contender lets them be bounded: as many as are fastest by hand."""
SESSION_MS: Final = 6_000
"""After so long a group gives a killed member's partitions away; said to all that have a group."""
TREASURY: Final = "treasury_payment"
SPENT: Final = "dualwatch.expenditure.recorded.v1"
REVERSED: Final = "dualwatch.expenditure.reversed.v1"
DISBURSED: Final = "dualwatch.funds.disbursed.v1"
MONEY: Final = frozenset({SPENT, REVERSED, DISBURSED})


class Data(msgspec.Struct, gc=False):
    """What of a fact's data the fold looks at."""

    date: str
    fiscal_year: int = 0
    amount: str = "0.00"
    channel: str = TREASURY
    returned: bool = False


class Event(msgspec.Struct, gc=False):
    """One event, validated as far as the fold needs it."""

    id: str
    source: str
    type: str
    subject: str
    data: Data


parse = msgspec.json.Decoder(Event).decode


def settle() -> None:
    """Let Python look for cycles as seldom as our services do, once all is imported."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def digest(event: Event) -> bytes:
    """Give 16 bytes that name an event; two that have them in common are one that came twice."""
    name = f"{event.source}\0{event.id}".encode()
    return hashlib.blake2b(name, digest_size=ID_BYTES).digest()


class Project:
    """One project's totals and months, in fen."""

    __slots__ = ("disbursed", "events", "paid", "spent", "used")

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self.events = self.spent = self.disbursed = 0
        self.used = [0] * MONTHS
        """Spent by month, January first."""
        self.paid = [0] * MONTHS
        """Disbursed by month."""

    @classmethod
    def of(cls, document: dict[str, Any]) -> "Project":
        """Read it back."""
        project = cls()
        project.events = document["n"]
        project.spent, project.disbursed = document["spent"], document["disbursed"]
        project.used, project.paid = list(document["used"]), list(document["paid"])
        return project

    def document(self) -> dict[str, Any]:
        """Write it."""
        return {
            "n": self.events,
            "spent": self.spent,
            "disbursed": self.disbursed,
            "used": self.used,
            "paid": self.paid,
        }

    def apply(self, event: Event) -> None:
        """Count one event."""
        self.events += 1
        month, used, paid = changes(event)
        self.spent += used
        self.used[month] += used
        self.disbursed += paid
        self.paid[month] += paid


def changes(event: Event) -> tuple[int, int, int]:
    """Give the month, January 0, and what an event adds to spent and to disbursed."""
    kind, data = event.type, event.data
    month = int(data.date[5:7]) - 1
    if not 0 <= month < MONTHS:
        message = f"{event.id}: {data.date} is no date"
        raise ValueError(message)
    if kind not in MONEY:
        return month, 0, 0
    fen = int(data.amount.replace(".", ""))
    if kind == REVERSED or data.returned:
        fen = -fen
    paid = fen if kind == DISBURSED or data.channel == TREASURY else 0
    return month, 0 if kind == DISBURSED else fen, paid


@dataclass(frozen=True)
class Place:
    """Where a contender works, as its environment says."""

    kafka: str
    mongo: str
    database: str
    topic: str
    group: str
    """Of Kafka, new for every run."""
    state: Path
    """Folder of its own, empty at first."""
    mark: Path
    """File that it makes when it has its first record: the clock starts there."""
    variant: str
    records: int = BATCH_RECORDS
    """Most records of one batch."""

    @classmethod
    def told(cls) -> "Place":
        """Read the environment."""
        said = os.environ
        return cls(
            said["PEER_KAFKA"],
            said["PEER_MONGO"],
            said["PEER_DATABASE"],
            said["PEER_TOPIC"],
            said["PEER_GROUP"],
            Path(said["PEER_STATE"]),
            Path(said["PEER_MARK"]),
            said["PEER_VARIANT"],
            int(said["PEER_RECORDS"]),
        )

    def environ(self) -> dict[str, str]:
        """Write what `told` reads."""
        return {
            "PEER_KAFKA": self.kafka,
            "PEER_MONGO": self.mongo,
            "PEER_DATABASE": self.database,
            "PEER_TOPIC": self.topic,
            "PEER_GROUP": self.group,
            "PEER_STATE": str(self.state),
            "PEER_MARK": str(self.mark),
            "PEER_VARIANT": self.variant,
            "PEER_RECORDS": str(self.records),
        }
