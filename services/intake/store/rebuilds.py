"""Rebuilds that somebody has asked for, and which partitions' owners have done them.

A process does what is asked for the partitions that it owns; so every process looks here.
"""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from services.chassis import clock
from services.chassis.mongo import Mongo
from services.intake.store.documents import DEPLOYMENT


class Rebuild(StrEnum):
    """What is made anew."""

    TOPIC = "topic"
    """The topic `ledger`, from the store."""
    STORE = "store"
    """The store, from the topic `ledger`."""


@dataclass(frozen=True)
class Asked:
    """One rebuild that was asked for."""

    kind: Rebuild
    at: dt.datetime
    """When; it tells one request from the next."""
    everything: bool
    """Whether also what is there is published again."""
    done: Collection[int]
    """Partitions that are done."""


class Rebuilds:
    """The last request of each kind."""

    def __init__(self, mongo: Mongo) -> None:
        """Kept with the facts about the deployment."""
        self.collection = mongo.db[DEPLOYMENT]

    async def ask(self, kind: Rebuild, *, everything: bool) -> Asked:
        """Ask for it; what was asked for before is over."""
        at = clock.now()
        await self.collection.replace_one(
            {"_id": _id(kind)}, {"at": at, "everything": everything, "done": []}, upsert=True
        )
        return Asked(kind, at, everything, ())

    async def asked(self, kind: Rebuild) -> Asked | None:
        """Read what was last asked for."""
        found = await self.collection.find_one({"_id": _id(kind)})
        if found is None:
            return None
        return Asked(kind, found["at"], found["everything"], frozenset(found["done"]))

    async def done(self, asked: Asked, partition: int) -> None:
        """Note that a partition is done."""
        await self.collection.update_one(
            {"_id": _id(asked.kind), "at": asked.at}, {"$addToSet": {"done": partition}}
        )


def _id(kind: Rebuild) -> str:
    return f"rebuild:{kind}"
