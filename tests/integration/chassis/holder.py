"""A process that takes a partition, opens a transaction and never ends it.

Run by path: `python holder.py URL DATABASE`; it prints a line when it is in the middle.
"""

import asyncio
import sys

from services.chassis.mongo import Mongo, Progress, Session
from services.chassis.settings import MongoSettings


async def main(url: str, database: str) -> None:
    """Hold the partition for ever."""
    mongo = Mongo(MongoSettings(url=url), database)
    taken = await Progress(mongo, "store.v1", "ledger").take(0)

    async def work(session: Session) -> None:
        await mongo.db["kept"].insert_one({"by": "holder"}, session=session)
        await taken.advance(session, position=1, offset=1, extra={})
        sys.stdout.write("in the middle\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    await taken.transaction(work)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
