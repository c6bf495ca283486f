"""Documents of a clustered collection by a list of ids: the same whichever way they are found."""

import os

import pytest

from services.chassis.clustered import by_ids
from services.chassis.mongo import Mongo, Session

pytestmark = pytest.mark.integration
COLLECTION = "claims"
KNOWN = 300


@pytest.fixture
async def ids(mongo: Mongo) -> list[bytes]:
    """Store some documents; give their ids and some that are not there."""
    await mongo.create({COLLECTION: []}, [COLLECTION])
    known = [os.urandom(16) for _ in range(KNOWN)]
    await mongo.db[COLLECTION].insert_many([{"_id": key, "v": key[:4]} for key in known])
    return [*known[::3], *(os.urandom(16) for _ in range(5))]


@pytest.mark.parametrize("read_per_lookup", [0, 1_000], ids=["looked up", "read"])
async def test_a_list_of_ids_finds_those_that_there_are(
    mongo: Mongo, ids: list[bytes], read_per_lookup: int
) -> None:
    """Within a transaction too, with what it has written itself."""
    own = os.urandom(16)

    async def work(session: Session) -> list[dict[str, object]]:
        await mongo.db[COLLECTION].insert_one({"_id": own, "v": own[:4]}, session=session)
        wanted = [*ids, own]
        return await by_ids(mongo.db, COLLECTION, wanted, session, read_per_lookup=read_per_lookup)

    found = await mongo.transaction(work)

    expected = {*ids[: KNOWN // 3], own}
    assert {document["_id"] for document in found} == expected
    assert all(document["v"] == document["_id"][:4] for document in found)  # type: ignore[index]


async def test_no_ids_find_nothing(mongo: Mongo, ids: list[bytes]) -> None:
    """And nothing is asked."""
    assert ids

    async def work(session: Session) -> list[dict[str, object]]:
        return await by_ids(mongo.db, COLLECTION, [], session)

    assert [] == await mongo.transaction(work)
