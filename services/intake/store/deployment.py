"""What a deployment was created with, and may never change (architecture 3)."""

from collections.abc import Mapping
from typing import Final

from services.chassis.mongo import Mongo
from services.intake.store.documents import CLUSTERED, DEPLOYMENT, INDEXES

_ID: Final = "deployment"


class PartitionsChangedError(Exception):
    """The number of partitions is not the deployment's: a migration, not a setting."""


async def prepare_store(mongo: Mongo, partitions: int) -> None:
    """Create collections and indexes; record the number of partitions, or assert it."""
    await mongo.create(INDEXES, CLUSTERED)
    deployment = mongo.db[DEPLOYMENT]
    await deployment.update_one(
        {"_id": _ID}, {"$setOnInsert": {"partitions": partitions}}, upsert=True
    )
    found = await deployment.find_one({"_id": _ID})
    recorded = found and found["partitions"]
    if recorded != partitions:
        msg = (
            f"this deployment was created with {recorded} partitions, the setting says "
            f"{partitions}: set DUALWATCH_INTAKE__PARTITIONS={recorded}"
        )
        raise PartitionsChangedError(msg)


def check_partitions(found: Mapping[str, int], partitions: int) -> None:
    """Assert that topics have the deployment's number of partitions.

    A topic that was just made has none for a moment, until the broker that is asked hears of it:
    that is a ConnectionError, which is tried again, and no number that differs.
    """
    unheard = sorted(topic for topic, count in found.items() if not count)
    if unheard:
        msg = f"topics are not there yet: {', '.join(unheard)}"
        raise ConnectionError(msg)
    for topic, count in found.items():
        if count != partitions:
            msg = f"topic {topic} has {count} partitions, not {partitions}"
            raise PartitionsChangedError(msg)
