"""A process that takes a partition, opens a transaction and never ends it.

Run by path: `python holder.py URL DATABASE [joint]`; it prints a line when it is in the middle.
With `joint` the transaction is one of several partitions.
"""

import asyncio
import sys

from services.chassis.mongo import Mongo, Move, Progress, Session
from services.chassis.settings import MongoSettings


async def main(url: str, database: str, joint: str = "") -> None:
    """Hold the partition for ever."""
    mongo = Mongo(MongoSettings(url=url), database)
    progress = Progress(mongo, "store.v1", "ledger")
    progress.is_joint = bool(joint)
    taken = await progress.take(0)

    async def work(session: Session) -> None:
        await mongo.db["kept"].insert_one({"by": "holder"}, session=session)
        await progress.move([Move(taken, 1, 1, {})], session)
        sys.stdout.write("in the middle\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    await mongo.transaction(work, await progress.joint() if joint else taken.session)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
