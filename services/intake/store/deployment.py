"""What a deployment was created with, and may never change (architecture 3)."""

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
