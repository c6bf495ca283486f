"""Guards broken on purpose, one each, in a process of a test: services have no such switch."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from unittest import mock

from pymongo.write_concern import WriteConcern

from services.analysis.store.states import Standing
from services.chassis import mongo
from services.chassis.mongo import Session, Taken
from services.chassis.outbox import Marked, Outbox
from services.intake.handlers.ledger import LedgerOwner
from services.intake.store import documents
from services.intake.store.ledger import Held


@dataclass(frozen=True)
class Break:
    """One guard and how it is broken."""

    name: str
    guard: str
    """What it is there for."""
    how: str
    """What is put in its place."""
    service: str
    """The service that is broken where whole ones run."""
    target: Any
    attribute: str
    replacement: Any

    @contextlib.contextmanager
    def broken(self) -> Iterator[None]:
        """Break it until the end of the block."""
        with mock.patch.object(self.target, self.attribute, self.replacement):
            yield


def _guarded_by_nothing(self: Taken) -> dict[str, Any]:
    """Select the progress whoever owns it and wherever it stands."""
    return {"_id": self.progress.id_of(self.partition)}


_add: Final = Outbox.add
_publish: Final = Outbox.publish


async def _add_and_publish(
    self: Outbox, session: Session, partition: int, records: Sequence[Marked]
) -> None:
    """Publish within the transaction."""
    await _add(self, session, partition, records)
    await self.publisher.publish(self.topic, partition, [record.out() for record in records])


async def _publish_backwards(self: Outbox, partition: int, records: Sequence[Marked]) -> None:
    """Publish the last first."""
    await _publish(self, partition, list(reversed(records)))


async def _publish_no_tail(_self: LedgerOwner, _held: Held, _above: int) -> None:
    """Leave unpublished what a former owner committed."""


def _no_claims(_decision: object) -> list[dict[str, Any]]:
    """Claim nothing."""
    return []


def _without_sweep(self: Standing) -> dict[str, Any]:
    """Keep no cursor of a sweep."""
    return {"out": self.out, "sweep": None}


BREAKS: Final = (
    Break(
        "progress",
        "progress is compared and set: epoch and position must be the owner's",
        "`Taken.guard` asks for the partition only",
        "analysis",
        Taken,
        "guard",
        property(_guarded_by_nothing),
    ),
    Break(
        "write-concern",
        "a commit counts when a majority has it in its journal",
        "`mongo.WRITE` is w=1 without journal",
        "intake",
        mongo,
        "WRITE",
        WriteConcern(w=1, j=False),
    ),
    Break(
        "publish-before-commit",
        "what is told is committed first",
        "`Outbox.add` publishes within the transaction",
        "analysis",
        Outbox,
        "add",
        _add_and_publish,
    ),
    Break(
        "dedupe",
        "each (source, id) is claimed in the transaction that enters it",
        "`claim_documents` makes none",
        "intake",
        documents,
        "claim_documents",
        _no_claims,
    ),
    Break(
        "republication",
        "a new owner publishes what the former one had only committed",
        "`LedgerOwner._publish_tail` does nothing",
        "intake",
        LedgerOwner,
        "_publish_tail",
        _publish_no_tail,
    ),
    Break(
        "outbox-order",
        "the outbox is published in the order of its positions",
        "`Outbox.publish` begins with the last",
        "analysis",
        Outbox,
        "publish",
        _publish_backwards,
    ),
    Break(
        "sweep-cursor",
        "a day's sweep keeps its cursor with the progress",
        "`Standing.extra` leaves it out",
        "analysis",
        Standing,
        "extra",
        _without_sweep,
    ),
)


def break_of(name: str) -> Break:
    """Find a break by its name; LookupError if there is none."""
    found = {known.name: known for known in BREAKS}
    if name not in found:
        msg = f"no guard is called {name}; there are {', '.join(found)}"
        raise LookupError(msg)
    return found[name]
