"""Checkpoints on a real store: what they say, and that damage up to the last one is named.

Here whoever does the damage may write everything in the database, and knows how: chains are made
anew as a whole, heads and progress fitted. Only what lies outside can tell.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.topics import SUBMISSIONS, partition_of
from services.chassis.mongo import Progress
from services.intake.domain.chain import GENESIS, Entry, link
from services.intake.domain.checkpoints import FIRST
from services.intake.domain.proofs import check
from services.intake.store import documents as docs
from services.intake.store.archive import Archive, Heads
from services.intake.store.checkpoints import Checkpoints, ForkedError, OvertakenError
from services.intake.store.exporting import PROJECTION, Export
from services.intake.store.lease import Lease
from services.intake.store.proving import NoCheckpointError, NoEntryError, NotCoveredError, prove
from services.intake.store.signing import Signer, verifier
from services.intake.store.verification import verify
from tests.integration.intake.stages import PARTITIONS, Crash, Machine, Store, reader_of
from tests.integration.intake.test_crashes import CODE, machine

pytestmark = pytest.mark.integration

STREAM = f"{CODE}/P1"
SIGNER = Signer(Ed25519PrivateKey.generate())
Found = list[tuple[str, str, int]]


@pytest.fixture
async def ledger(store: Store) -> Machine:
    """A small whole ledger."""
    built = await machine(store)
    await built.run(Crash())
    await store.mongo.db["checkpoints"].delete_many({})
    return built


@pytest.fixture
async def checkpoints(ledger: Machine, store: Store, tmp_path: Path) -> Checkpoints:
    """One checkpoint of it."""
    del ledger
    made = Checkpoints(store.mongo, PARTITIONS, Archive(tmp_path / "outside"), SIGNER)
    await made.prepare()
    await made.make()
    return made


async def test_that_the_ledger_was_found_covered_is_known_to_every_process(
    checkpoints: Checkpoints, store: Store, tmp_path: Path
) -> None:
    """Also where it has not grown since and no checkpoint was made; beside the lease."""
    first = await checkpoints.checked()
    assert await Lease(store.mongo, "checkpoints", 60).take()
    again = await checkpoints.make()
    other = Checkpoints(store.mongo, PARTITIONS, Archive(tmp_path / "elsewhere"), SIGNER)
    then = await other.checked()

    assert first is not None
    assert then is not None
    assert first < then
    assert 1 == again.number
    assert not await Lease(store.mongo, "checkpoints", 60).take()


async def faults(store: Store, checkpoints: Checkpoints) -> Found:
    """Verify and give what is named."""
    found = await verify(reader_of(store.mongo), checkpoints)
    return [(fault.kind.value, fault.stream, fault.sequence) for fault in found.faults]


async def entries_of(store: Store, stream: str) -> list[Entry]:
    """Read a stream."""
    _, found = await reader_of(store.mongo).entries(stream, 0, 1_000)
    return found


async def rewrite(store: Store, stream: str, entries: Sequence[Entry]) -> None:
    """Replace a stream by another, chained anew and with a head that fits."""
    hashed, chained = GENESIS, list[Entry]()
    for sequence, (_, position, recorded, kind, publisher, raw, _) in enumerate(entries, 1):
        hashed = link(hashed, position, recorded, kind, publisher, raw)
        chained.append((sequence, position, recorded, kind, publisher, raw, hashed))
    db = store.mongo.db
    head = await db["streams"].find_one({"_id": stream})
    assert head is not None
    await db["entries"].delete_many({"_id.s": stream})
    await db["streams"].delete_one({"_id": stream})
    if chained:
        await db["entries"].insert_many(docs.entry_documents({stream: chained}, head["p"]))
        await db["streams"].insert_one({**head, "n": len(chained), "h": hashed})


async def fit_progress(store: Store, stream: str, missing: int) -> None:
    """Give a partition fewer positions, as if the last ones never were."""
    partition = partition_of(stream, PARTITIONS)
    key = {"_id": Progress(store.mongo, PROJECTION, SUBMISSIONS.name).id_of(partition)}
    await store.mongo.db["progress"].update_one(key, {"$inc": {"position": -missing}})


async def test_a_checkpoint_says_where_everything_stands(
    checkpoints: Checkpoints, store: Store
) -> None:
    """Positions, heads, the key, the one before: none; and it is in both places."""
    [made] = await checkpoints.page(0, 10)
    standings = await reader_of(store.mongo).standings()
    lines = list(checkpoints.archive.leaves(1))
    streams = await store.mongo.db["streams"].count_documents({})

    assert (1, FIRST, SIGNER.key_id) == (made.number, made.previous, made.key)
    assert "-".join(str(standing.position) for standing in standings) == made.positions
    assert PARTITIONS + streams == made.leaves == len(lines)
    assert [b"partition 0 ", b"partition 1 "] == [line[:12] for line in lines[:2]]
    assert sorted(lines[2:], key=lambda line: line.split(b" ", 4)[4]) == lines[2:]
    assert made == checkpoints.archive.read(1)
    assert made.is_signed(verifier([SIGNER.public_pem]))
    found = await verify(reader_of(store.mongo), checkpoints)
    assert ([], 1, made.made) == (found.faults, found.checkpoint, found.checkpoint_made)


async def test_each_names_the_one_before_and_none_is_made_of_nothing(
    checkpoints: Checkpoints, store: Store
) -> None:
    """While the ledger does not grow, the last one stands."""
    again = await checkpoints.make()
    await grow(store)
    second = await checkpoints.make()
    first = checkpoints.archive.read(1)

    assert first == again
    assert (2, first.link) == (second.number, second.previous)
    assert [1, 2] == checkpoints.archive.numbers()
    assert [] == [kind for kind, _, _ in await faults(store, checkpoints) if kind == "checkpoint"]


async def grow(store: Store) -> None:
    """Let the ledger be something else than before."""
    await fit_progress(store, STREAM, -1)


async def test_a_flipped_byte_is_named_even_if_all_is_made_to_fit(
    checkpoints: Checkpoints, store: Store
) -> None:
    """An amount was changed, the chain made anew, the head fitted: the stream is named."""
    entries = await entries_of(store, STREAM)
    sequence, position, recorded, kind, publisher, raw, hashed = entries[0]
    changed = (sequence, position, recorded, kind, publisher, raw.replace(b'"12.50"', b'"12.51"'))
    assert changed[5] != raw
    await rewrite(store, STREAM, [(*changed, hashed), *entries[1:]])

    assert [] == (await verify(reader_of(store.mongo))).faults
    assert [("changed", STREAM, len(entries))] == await faults(store, checkpoints)


async def test_a_removed_entry_is_named_even_if_all_is_made_to_fit(
    checkpoints: Checkpoints, store: Store
) -> None:
    """The middle one of a stream is gone: its partition lacks a position, its stream an end."""
    entries = await entries_of(store, CODE)
    await rewrite(store, CODE, [*entries[:1], *entries[2:]])
    found = await faults(store, checkpoints)

    assert ("cut", CODE, len(entries)) in found
    assert {"cut", "positions"} == {kind for kind, _, _ in found}


async def test_a_cut_tail_is_named_even_if_all_is_made_to_fit(
    checkpoints: Checkpoints, store: Store
) -> None:
    """The last entry of the partition never was: entries, head, progress agree on that."""
    partition = partition_of(STREAM, PARTITIONS)
    last = (await Export(store.mongo, PARTITIONS).page(partition, 0, 1_000))[-1]
    stream = last[1]
    entries = await entries_of(store, stream)
    await rewrite(store, stream, entries[:-1])
    await fit_progress(store, STREAM, 1)

    assert [] == (await verify(reader_of(store.mongo))).faults
    found = await faults(store, checkpoints)
    kind = "cut" if len(entries) > 1 else "removed"
    assert (kind, stream, len(entries)) in found
    assert ("cut", f"partition {partition}", last[0][1]) in found


async def test_a_removed_stream_is_named(checkpoints: Checkpoints, store: Store) -> None:
    """Entries and head are gone: only the checkpoint still knows its name."""
    await rewrite(store, STREAM, [])

    assert ("removed", STREAM, 1) in await faults(store, checkpoints)


async def test_a_changed_head_is_named(checkpoints: Checkpoints, store: Store) -> None:
    """Its hash; and its number, back to where a checkpoint had seen more."""
    streams = store.mongo.db["streams"]
    head = await streams.find_one({"_id": CODE})
    assert head is not None
    await streams.update_one({"_id": CODE}, {"$set": {"h": bytes(32)}})
    assert ("changed", CODE, head["n"]) in await faults(store, checkpoints)

    first = (await entries_of(store, CODE))[0]
    await streams.update_one({"_id": CODE}, {"$set": {"n": 1, "h": first[6]}})
    assert ("cut", CODE, 2) in await faults(store, checkpoints)


async def test_pages_of_heads_leave_no_leaf_out(
    checkpoints: Checkpoints, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams are compared in the order of their names, page by page."""
    monkeypatch.setattr("services.intake.store.reading.HEADS_PER_PAGE", 2)

    assert [] == await faults(store, checkpoints)

    await rewrite(store, STREAM, [])
    assert ("removed", STREAM, 1) in await faults(store, checkpoints)


async def test_changed_checkpoints_are_named(
    checkpoints: Checkpoints, store: Store, tmp_path: Path
) -> None:
    """In the database or in the directory: text, signature, leaves, a missing one."""
    await grow(store)
    await checkpoints.make()
    collection = store.mongo.db["checkpoints"]
    file = tmp_path / "outside" / "000000001.json"
    whole = file.read_bytes()

    file.write_bytes(whole.replace(b'"leaves":', b'"leaves":1'))
    assert ("checkpoint", "checkpoint 1", 1) in await faults(store, checkpoints)
    file.unlink()
    assert ("checkpoint", "checkpoint 1", 1) in await faults(store, checkpoints)
    file.write_bytes(b"{")
    assert ("checkpoint", "checkpoint 1", 1) in await faults(store, checkpoints)
    file.write_bytes(whole)

    await collection.update_one({"_id": 1}, {"$set": {"root": "1" * 64}})
    assert ("checkpoint", "checkpoint 1", 1) in await faults(store, checkpoints)
    await collection.delete_one({"_id": 1})
    assert ("checkpoint", "checkpoint 1", 1) in await faults(store, checkpoints)

    heads = tmp_path / "outside" / "heads-000000002.txt"
    heads.write_bytes(heads.read_bytes().replace(b"partition 0", b"partition 1"))
    assert ("checkpoint", "checkpoint 2", 2) in await faults(store, checkpoints)


async def test_a_history_of_another_key_is_not_taken_over(
    checkpoints: Checkpoints, store: Store, tmp_path: Path
) -> None:
    """An empty directory learns from the database only what our key has signed."""
    fresh = Checkpoints(store.mongo, PARTITIONS, Archive(tmp_path / "fresh"), SIGNER)
    await fresh.prepare()
    assert checkpoints.archive.read(1) == await fresh.make()

    thief = Signer(Ed25519PrivateKey.generate())
    forged = Checkpoints(store.mongo, PARTITIONS, Archive(tmp_path / "forged"), thief)
    await forged.prepare()
    with pytest.raises(ForkedError):
        await forged.make()


async def test_two_processes_do_not_make_the_same_one(
    checkpoints: Checkpoints, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is told; afterwards both go on from the same."""
    other = Checkpoints(store.mongo, PARTITIONS, Archive(tmp_path / "other"), SIGNER)
    await other.prepare()
    await other.make()
    await grow(store)
    snapshot = other._snapshot

    async def overtaken(heads: Heads) -> list[int]:
        positions = await snapshot(heads)
        await checkpoints.make()
        return positions

    monkeypatch.setattr(other, "_snapshot", overtaken)
    with pytest.raises(OvertakenError):
        await other.make()
    monkeypatch.undo()

    assert await checkpoints.make() == await other.make()
    assert [1, 2] == other.archive.numbers()
    assert not list((tmp_path / "other").glob("*.tmp"))


async def test_one_process_holds_the_lease(store: Store) -> None:
    """Another gets it when it is let go, or has not been renewed."""
    await store.mongo.db["leases"].delete_many({})
    first, second = (Lease(store.mongo, "t", 60) for _ in range(2))

    assert (True, False, True) == (await first.take(), await second.take(), await first.take())
    await first.release()
    assert (True, False) == (await second.take(), await first.take())
    lapsing = Lease(store.mongo, "lapsing", -1)
    assert (True, True) == (await lapsing.take(), await Lease(store.mongo, "lapsing", 60).take())


async def test_every_entry_can_be_proved(checkpoints: Checkpoints, store: Store) -> None:
    """Each partition's copies too; by the public key alone."""
    reader, archive = reader_of(store.mongo), checkpoints.archive
    export, proved = Export(store.mongo, PARTITIONS), 0
    trusted = verifier([SIGNER.public_pem])
    for partition in range(PARTITIONS):
        for entry, stream in await export.page(partition, 0, 1_000):
            found = check(await prove(reader, archive, stream, entry[0]), trusted)
            assert (stream, entry[0], entry[1]) == (found.stream, found.sequence, found.position)
            proved += 1

    assert 16 == proved


async def test_what_cannot_be_proved_is_told(
    checkpoints: Checkpoints, store: Store, tmp_path: Path
) -> None:
    """No such entry, none in a checkpoint yet, no checkpoint at all."""
    reader = reader_of(store.mongo)
    with pytest.raises(NoEntryError):
        await prove(reader, checkpoints.archive, STREAM, 99)
    with pytest.raises(NoEntryError):
        await prove(reader, checkpoints.archive, "nothing", 1)
    with pytest.raises(NoCheckpointError):
        await prove(reader, Archive(tmp_path / "none"), STREAM, 1)
    entries = await entries_of(store, STREAM)
    last = entries[-1]
    await rewrite(store, STREAM, [*entries, (0, 99, *last[2:])])
    with pytest.raises(NotCoveredError):
        await prove(reader, checkpoints.archive, STREAM, len(entries) + 1)


async def test_the_directory_can_be_checked_with_other_tools(
    checkpoints: Checkpoints, tmp_path: Path
) -> None:
    """Plain text and JSON; only the last leaves are kept."""
    del checkpoints
    folder = tmp_path / "outside"
    names = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    written: dict[str, Any] = json.loads((folder / "000000001.json").read_text("utf-8"))

    assert ["000000001.json", "heads-000000001.txt", f"keys/{SIGNER.key_id}.pem"] == names
    assert {"number", "previous", "made", "positions", "leaves", "root", "key", "signature"} == set(
        written
    )
