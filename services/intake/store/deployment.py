"""What a deployment was created with, and may never change (architecture 3)."""

from typing import Final

from pymongo.errors import OperationFailure

from services.chassis.mongo import Mongo
from services.intake.store.documents import CLUSTERED, DEPLOYMENT, INDEXES

_ID: Final = "deployment"


NAMESPACE_EXISTS: Final = 48


class PartitionsChangedError(Exception):
    """The number of partitions is not the deployment's: a migration, not a setting."""


async def prepare_store(mongo: Mongo, partitions: int) -> None:
    """Create collections and indexes; record the number of partitions, or assert it."""
    await _create_clustered(mongo)
    await mongo.create(INDEXES)
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


async def _create_clustered(mongo: Mongo) -> None:
    """Create the large collections as one tree each, in the order of their ids.

    A plain collection keeps a second tree from ids to records: twice the work of every insert.
    """
    known = await mongo.db.list_collection_names()
    for name in CLUSTERED:
        if name in known:
            continue
        try:
            await mongo.db.create_collection(
                name, clusteredIndex={"key": {"_id": 1}, "unique": True}
            )
        except OperationFailure as error:
            # Two processes may create it at once.
            if error.code != NAMESPACE_EXISTS:
                raise
