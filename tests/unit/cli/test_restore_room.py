"""Room for a restore, of one that was broken off among others."""

from typing import Any, Final, cast

import pytest

from services.cli.store import restoring
from services.cli.store.client import Client
from services.cli.store.parts import Manifest, Part

ID: Final = "1" * 32
DATABASES: Final = ("dualwatch_alerts", "dualwatch_intake")
Documents = list[dict[str, Any]]


class Collection:
    """What is asked of one."""

    def __init__(self, documents: Documents) -> None:
        """Hold documents."""
        self.documents = documents

    def find_one(self, query: dict[str, Any], _: Any = None) -> dict[str, Any] | None:
        """Give the first that fits."""
        return next((one for one in self.documents if query.items() <= one.items()), None)


class Database:
    """What is asked of one."""

    def __init__(self, collections: dict[str, Documents]) -> None:
        """Hold collections."""
        self.collections = collections

    def __getitem__(self, name: str) -> Collection:
        """Give one, empty if it is not there."""
        return Collection(self.collections.get(name, []))

    def list_collection_names(self) -> list[str]:
        """Name those that are there."""
        return list(self.collections)

    def drop_collection(self, name: str) -> None:
        """Drop one."""
        del self.collections[name]


def store(**collections: dict[str, Documents]) -> dict[str, Database]:
    """Make a MongoDB with these databases, all others empty."""
    names = ("alerts", "intake", "analysis")
    return {f"dualwatch_{name}": Database(collections.get(name, {})) for name in names}


def backup() -> Manifest:
    """Make a list with a part of each database."""
    parts = [
        Part(
            database=database,
            collection="progress",
            documents=1,
            plain_bytes=1,
            sha256="0" * 64,
            content_sha256="0" * 64,
        )
        for database in DATABASES
    ]
    return Manifest(
        format=1,
        id=ID,
        release="0.1.0",
        made="2026-11-30",
        cluster_time="",
        restricted=False,
        positions={},
        parts=parts,
    )


def full(marker: str | None = None) -> dict[str, Documents]:
    """Make a database that is full, or half of a restore."""
    mine: dict[str, Documents] = {"progress": [{"_id": "a"}]}
    return mine | ({restoring.MARKER: [{"_id": marker}]} if marker else {})


@pytest.mark.parametrize(
    ("there", "kept"),
    [
        (store(intake=full(ID)), True),
        (store(intake=full(ID), alerts=full(ID)), True),
        (store(intake=full()), False),
        (store(intake=full("2" * 32)), False),
        # Broken off after it had let go of the first database.
        (store(intake=full(ID), alerts=full()), False),
        (store(analysis=full()), False),
    ],
)
def test_room_is_made_by_dropping_what_is_not_of_this_restore(
    there: dict[str, Database], *, kept: bool
) -> None:
    """Afterwards there is room in any case."""
    client = cast("Client", there)
    restoring.make_room(client, backup())

    assert any(database.collections for database in there.values()) is kept
    restoring.require_room(client, backup())


def test_what_is_there_is_named() -> None:
    """Nothing is dropped without being told to."""
    client = cast("Client", store(intake=full("2" * 32), alerts=full()))

    with pytest.raises(restoring.OccupiedError, match=r"dualwatch_alerts, dualwatch_intake .half"):
        restoring.require_room(client, backup())
