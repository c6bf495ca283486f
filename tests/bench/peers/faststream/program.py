"""FastStream with a per-message subscriber, as its first pages show it.

Guarantee of `default ack`: at most once for what its consumer has been given; offsets are
committed as records come (AckPolicy.ACK_FIRST), whatever becomes of them.
Guarantee of `ack after`: exact; offsets are committed when the handler is done, and a message that
comes again finds its id.

Both write id and totals of one message in one MongoDB transaction (majority, journalled), for a
handler has nothing else to make two writes one. Nothing is tuned: our services use batch
subscribers of the same library, which is how it is made fast.
"""

import asyncio
from typing import Annotated

from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from job import SESSION_MS, Data, Event, Place, changes, digest
from pydantic import BaseModel, Field
from pymongo import AsyncMongoClient
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

place = Place.told()
broker = KafkaBroker(place.kafka, logger=None)
app = FastStream(broker, logger=None)
client: AsyncMongoClient = AsyncMongoClient(place.mongo)
store = client[place.database]
WRITE = WriteConcern(w="majority", j=True)
POLICY = AckPolicy.NACK_ON_ERROR if place.variant == "ack after" else AckPolicy.ACK_FIRST


class Fact(BaseModel):
    """What of a fact's data the fold looks at."""

    date: str
    amount: Annotated[str, Field(pattern=r"^\d+\.\d\d$")] = "0.00"
    channel: str = "treasury_payment"
    returned: bool = False


class Message(BaseModel):
    """One event."""

    id: str
    source: str
    type: str
    subject: str
    data: Fact


@app.on_startup
async def prepare() -> None:
    """Make the collections: MongoDB makes none within a transaction that others wait for."""
    known = await store.list_collection_names()
    for name in ("ids", "projects"):
        if name not in known:
            await store.create_collection(name)


@broker.subscriber(
    place.topic,
    group_id=place.group,
    auto_offset_reset="earliest",
    ack_policy=POLICY,
    session_timeout_ms=SESSION_MS,
    heartbeat_interval_ms=2_000,
)
async def fold(message: Message) -> None:
    """Fold one event."""
    place.mark.touch()
    data = Data(message.data.date, 0, message.data.amount, message.data.channel)
    data.returned = message.data.returned
    event = Event(message.id, message.source, message.type, message.subject, data)
    month, used, paid = changes(event)
    added = {"n": 1, "spent": used, f"used.{month}": used, "disbursed": paid, f"paid.{month}": paid}
    async with client.start_session() as session:

        async def both(session: object) -> None:
            key = {"_id": digest(event)}
            if await store["ids"].find_one(key, session=session):
                return
            await store["ids"].insert_one(key, session=session)
            project = {"_id": event.subject}
            await store["projects"].update_one(
                project, {"$inc": added}, upsert=True, session=session
            )

        await session.with_transaction(both, ReadConcern("snapshot"), WRITE)


if __name__ == "__main__":
    asyncio.run(app.run())
