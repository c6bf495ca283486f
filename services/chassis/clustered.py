"""Finding many documents of a clustered collection by their ids.

MongoDB 6 finds one id in the collection's tree, but reads the whole collection for a list of ids.
Joined with a list of documents it looks up one after the other. Which is less work hangs on how
many there are; where documents are rarely made, an index that begins with `_id` is the simpler way.
"""

from collections.abc import Sequence
from typing import Any, Final

from services.chassis.mongo import Database, Document, Session

READ_PER_LOOKUP: Final = 50
"""Documents that are read one after the other in the time that one is looked up by itself."""


async def by_ids(
    db: Database,
    collection: str,
    ids: Sequence[Any],
    session: Session,
    *,
    read_per_lookup: int = READ_PER_LOOKUP,
) -> list[Document]:
    """Return those documents that there are, in no order."""
    if not ids:
        return []
    # Of the collection's description: no document is read for it.
    stored = await db[collection].estimated_document_count()
    if stored <= len(ids) * read_per_lookup:
        cursor: Any = db[collection].find({"_id": {"$in": list(ids)}}, session=session)
    else:
        join = {"from": collection, "localField": "k", "foreignField": "_id", "as": "found"}
        pipeline: list[Document] = [
            {"$documents": [{"k": wanted} for wanted in ids]},
            {"$lookup": join},
            {"$unwind": "$found"},
            {"$replaceRoot": {"newRoot": "$found"}},
        ]
        cursor = db.aggregate(pipeline, session=session)
    documents: list[Document] = await cursor.to_list(None)
    return documents
