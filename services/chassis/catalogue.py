"""What a service's database holds, and how each collection comes back when the database is lost.

Every service declares its own (`store/catalogue.py`). The backup, the doctor and docs/backup.md go
by it; a test on a running stack holds every collection there is against it.
"""

import re
from collections.abc import Collection as Names
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from pymongo import IndexModel

CLUSTERED: Final[Mapping[str, Any]] = {
    "clusteredIndex": {"key": {"_id": 1}, "unique": True},
    "storageEngine": {
        "wiredTiger": {"configString": "leaf_page_max=8KB,allocation_size=512B"},
    },
}
"""What a collection that is one tree in the order of its ids is created with (ADR 19).

Ids of many projects come in turns, so that nearly every document is put on another page, and all of
a page is read, packed and written for one: small pages are a quarter of the work. Packed they are
smaller than the 4 KB in which files are extended otherwise.
"""
_GENERATION: Final = re.compile(r"_g[0-9]+\Z")


class Kept(StrEnum):
    """How a collection comes back."""

    TOPIC = "topic"
    """It is made again from a topic that is kept."""
    BACKUP = "backup"
    """It is in the backup: no topic holds it."""
    AWAY = "away"
    """It is not missed: leases, sessions, what anybody can ask for again."""


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection."""

    holds: str
    """What is in it, for people."""
    kept: Kept
    again: str = ""
    """From what, and by which command, where it is not in the backup."""


@dataclass(frozen=True)
class Catalogue:
    """One database."""

    database: str
    collections: Mapping[str, Collection]
    indexes: Mapping[str, Sequence[IndexModel]]
    """Those that the stores create, by collection."""
    clustered: Names[str] = ()
    """Collections that are one tree in the order of their ids."""
    restricted: bool = False
    """Whether its backup is for keepers of its own (Art. 16)."""
    generations: Names[str] = field(default=())
    """Collections of which there may be another for each generation: `years_g2` beside `years`."""

    def named(self, name: str) -> str:
        """Return the name under which a collection is entered here."""
        plain = _GENERATION.sub("", name)
        return plain if plain in self.generations else name

    def find(self, name: str) -> Collection | None:
        """Return what is said of a collection; None: nothing is."""
        return self.collections.get(self.named(name))

    def backed_up(self) -> list[str]:
        """Name the collections that a backup holds."""
        return [name for name, each in self.collections.items() if each.kept is Kept.BACKUP]


def merged(*several: Mapping[str, Sequence[IndexModel]]) -> dict[str, list[IndexModel]]:
    """Put what several stores create into one; what two of them create is there once."""
    found: dict[str, list[IndexModel]] = {}
    for indexes in several:
        for name, models in indexes.items():
            known = {each.document["name"] for each in found.setdefault(name, [])}
            found[name] += [each for each in models if each.document["name"] not in known]
    return found
