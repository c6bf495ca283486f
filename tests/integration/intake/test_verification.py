import pytest

from services.intake.domain.decision import COPY_MARK
from services.intake.store.documents import entries_of, pack_entries
from services.intake.store.ledger import MongoLedger
from services.intake.store.verification import verify
from tests.integration.intake.stages import Crash, Store, reader_of
from tests.integration.intake.test_crashes import CODE, machine

pytestmark = pytest.mark.integration

STREAM = f"{CODE}/P1"


@pytest.fixture
async def ledger(store: Store) -> Store:
    """A small whole ledger."""
    built = await machine(store)
    await built.run(Crash())
    return store


async def faults(store: Store) -> list[tuple[str, str, int]]:
    found = await verify(reader_of(store.mongo))
    assert found.faults_total == len(found.faults)
    return [(fault.kind.value, fault.stream, fault.sequence) for fault in found.faults]


async def test_a_whole_ledger_has_no_fault(ledger: Store) -> None:
    """Every entry is recomputed, each partition's copies too."""
    found = await verify(reader_of(ledger.mongo))
    streams = await ledger.mongo.db["streams"].count_documents({})

    assert [] == found.faults
    assert (16, streams) == (found.entries, found.streams)


async def tamper(store: Store, wanted: dict, old: bytes, new: bytes) -> dict:
    """Change bytes of the first document that matches, and give it as it was."""
    entries = store.mongo.db["entries"]
    document = await entries.find_one(wanted, sort=[("_id", 1)])
    assert document is not None
    first, *rest = entries_of(document)
    changed = (*first[:5], first[5].replace(old, new, 1), first[6])
    assert changed != first
    packed = pack_entries([changed, *rest])
    await entries.update_one({"_id": document["_id"]}, {"$set": {"e": packed}})
    return document


async def test_a_flipped_byte_is_found_and_named(ledger: Store) -> None:
    """In the original bytes of one entry."""
    await tamper(ledger, {"_id.s": STREAM}, b'"12.50"', b'"12.51"')

    assert [("changed", STREAM, 1)] == await faults(ledger)


async def test_a_document_that_cannot_be_read_is_found_and_named(ledger: Store) -> None:
    """Whoever writes at random meets the frame sooner or later."""
    await ledger.mongo.db["entries"].update_one(
        {"_id": {"s": STREAM, "n": 1}}, {"$set": {"e": b"?"}}
    )
    found = await faults(ledger)

    assert ("changed", STREAM, 1) in found


async def test_a_removed_entry_is_found_and_named(ledger: Store) -> None:
    """The first of two; its position is missed as well."""
    entries = ledger.mongo.db["entries"]
    document = await entries.find_one({"_id.s": CODE, "_id.n": 1})
    assert document is not None
    await entries.delete_one({"_id": document["_id"]})
    found = await faults(ledger)

    assert ("missing", CODE, 1) in found
    assert ["missing", "positions"] == sorted(kind for kind, _, _ in found)


async def test_a_cut_tail_is_found_and_named(ledger: Store) -> None:
    """The head says how far the stream went."""
    entries = ledger.mongo.db["entries"]
    last = await entries.find_one({"_id.s": CODE}, sort=[("_id", -1)])
    head = await ledger.mongo.db["streams"].find_one({"_id": CODE})
    assert last is not None
    assert head is not None
    await entries.delete_one({"_id": last["_id"]})

    assert ("cut", CODE, last["_id"]["n"]) in await faults(ledger)


async def test_a_stream_cut_off_whole_is_found(ledger: Store) -> None:
    """With its head: the positions tell; without: the head tells."""
    partition = (await ledger.mongo.db["streams"].find_one({"_id": STREAM}) or {})["p"]
    await ledger.mongo.db["entries"].delete_many({"_id.s": STREAM})

    assert ("cut", STREAM, 1) in await faults(ledger)

    await ledger.mongo.db["streams"].delete_one({"_id": STREAM})
    assert ["positions"] == [kind for kind, _, _ in await faults(ledger)]
    assert f"partition {partition}" == (await faults(ledger))[0][1]


async def test_a_head_that_was_taken_away_or_set_back_is_found(ledger: Store) -> None:
    """Entries go on where the head says they do not."""
    streams = ledger.mongo.db["streams"]
    await streams.delete_one({"_id": STREAM})

    assert ("beyond", STREAM, 1) in await faults(ledger)


async def test_a_changed_copy_is_found_and_named(ledger: Store) -> None:
    """Each partition's copy of a jurisdiction's stream is a chain too."""
    copy = await tamper(ledger, {"_id.s": {"$regex": COPY_MARK}}, b"340100", b"340101")

    assert [("changed", copy["_id"]["s"], 1)] == await faults(ledger)


async def test_verification_pages_leave_nothing_out(
    ledger: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heads are read in pages; a stream without a head between two pages is met too."""
    monkeypatch.setattr("services.intake.store.reading.HEADS_PER_PAGE", 2)
    assert [] == await faults(ledger)

    await ledger.mongo.db["streams"].delete_many({})
    found = await verify(reader_of(ledger.mongo))
    assert 16 == found.entries


async def test_a_tail_is_read_in_pages_in_order(
    ledger: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is published again after a long absence."""
    monkeypatch.setattr("services.intake.store.ledger.PAGE_POSITIONS", 2)
    store = MongoLedger(ledger.mongo, 2)
    for partition in range(2):
        held = await store.take(partition)
        pages = [page async for page in store.tail(held, 1)]
        marks = [int(mark.split(b" ")[0]) for page in pages for _, _, mark in page]

        assert list(range(2, held.position + 1)) == marks
        assert all(len(page) <= 2 for page in pages)
        await held.taken.release()
