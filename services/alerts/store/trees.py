"""Which organisation stands below which, and what it is: the tree as it was last stated.

A department stands below its parent and below its counterpart division (domain-rules 9).

Kept by the batch that brings the fact, on the jurisdiction's home partition alone: there the facts
come in their order, once. An organisation that was closed keeps its place; its past has happened.
"""

from collections.abc import Callable, Sequence
from typing import Final

from pymongo import IndexModel, UpdateOne

from contracts.envelope import AnyEvent
from contracts.events.intake import OrganisationMoved, OrganisationRegistered
from services.chassis.mongo import Document, Mongo, Session

INDEXES: Final = {"organisations": [IndexModel([("jurisdiction", 1)])]}


class OrganisationTree:
    """A keeper of organisations (`store/writing.py`)."""

    def __init__(self, mongo: Mongo, home: Callable[[str], int]) -> None:
        """`home` tells the partition of a jurisdiction; collections are there before."""
        self._organisations = mongo.db["organisations"]
        self._home = home

    async def keep(self, session: Session, partition: int, facts: Sequence[AnyEvent]) -> None:
        """Write who stands below whom."""
        writes = [
            UpdateOne({"_id": name}, {"$set": fields}, upsert=True)
            for event in facts
            if self._home(event.subject) == partition
            for name, fields in placed(event)
        ]
        if writes:
            await self._organisations.bulk_write(writes, session=session)


def placed(event: AnyEvent) -> list[tuple[str, Document]]:
    """Read what a fact states of an organisation's place, by the name it is kept under."""
    data = event.data
    if not isinstance(data, OrganisationRegistered | OrganisationMoved):
        return []
    place: Document = {"parent": data.parent, "division": data.counterpart_division}
    if isinstance(data, OrganisationMoved):
        # A move leaves what it does not name.
        place = {name: higher for name, higher in place.items() if higher is not None}
    else:
        place["kind"] = data.kind.value
    place |= {"jurisdiction": event.subject, "code": data.organisation}
    return [(f"{event.subject}/{data.organisation}", place)]


def above(place: Document) -> tuple[str, ...]:
    """Return what a kept organisation stands below: its parent, its counterpart division."""
    return tuple(
        higher for name in ("parent", "division") if (higher := place.get(name)) is not None
    )
