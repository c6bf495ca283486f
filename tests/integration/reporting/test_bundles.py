"""A bundle outlives the process that makes it: nothing twice, nothing missing, the same bytes."""

import asyncio
import contextlib
import dataclasses
import datetime as dt
import io
import zipfile
from typing import Any, Final, cast

import pytest

from contracts.vocabulary import PaperKind
from services.chassis import clock
from services.chassis.mongo import Mongo
from services.reporting.assembly.bundles import PART_PAPERS, Bundler
from services.reporting.assembly.papers import Papers
from services.reporting.assembly.rendering import Renderer
from services.reporting.domain.editions import freeze_form
from services.reporting.domain.paper import Paper
from services.reporting.outputs.rendering import Made
from services.reporting.store import downloads, handed
from services.reporting.store.downloads import BUCKET, Download, DownloadState, DownloadStore
from services.reporting.store.handed import Handed, HandedKind, HandedStore
from tests.support.eventually import eventually_async
from tests.support.forms import filled

pytestmark = pytest.mark.integration

COUNT: Final = 3 * PART_PAPERS + 7
NAMES: Final = [f"610100/mid/form/P{number:03d}" for number in range(COUNT)]


@dataclasses.dataclass
class _Kept:
    """Papers that were all handed in; stands for the store and for what makes papers."""

    read: list[str] = dataclasses.field(default_factory=list)

    @property
    def stores(self) -> Any:
        return self

    @property
    def papers(self) -> Any:
        return self

    async def paper(self, name: str) -> Paper | None:
        self.read.append(name)
        if name.endswith("P005"):
            return None
        due = dt.date(2026, 7, 20)
        project = f"610100/{name.rsplit('/', 1)[1]}"
        return Paper(
            name,
            PaperKind.FORM,
            "610100",
            "mid",
            2026,
            due,
            project,
            department="D/1",
            edition=1,
            handed=(1,),
        )

    async def edition(self, name: str, _number: int) -> Any:
        form = filled(project_id=f"610100/{name.rsplit('/', 1)[1]}")
        return freeze_form(form)


class _Quick(Renderer):
    """Makes files at once, and stops after so many as a process that is killed."""

    def __init__(self, left: int | None = None) -> None:
        super().__init__()
        self.left = left

    async def render(self, content: Any, *_args: Any) -> Made:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise asyncio.CancelledError
        return Made(content.project_id.encode() * 50, "x")


def _download(name: str) -> Download:
    return Download(name * 32, "u", "610100/mid", "xlsx", None, "00", total=COUNT)


async def _whole(store: DownloadStore, name: str) -> bytes:
    found = await store.found(name * 32)
    assert found is not None
    assert found.state is DownloadState.READY
    return b"".join([piece async for piece in store.read(found, 0, found.size)])


async def _run(store: DownloadStore, kept: _Kept, renderer: Renderer, name: str) -> None:
    bundler = Bundler(store, cast("Papers", kept), renderer)
    task = asyncio.create_task(bundler.run())

    async def over() -> bool:
        found = await store.found(name * 32)
        return task.done() or (found is not None and found.state is DownloadState.READY)

    await eventually_async(over)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_killed_bundle_is_gone_on_with(
    mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parts that are there are not made again; what was half written is deleted."""
    await mongo.create(downloads.INDEXES)
    monkeypatch.setattr(downloads, "LEASE_MS", 0)
    store = DownloadStore(mongo)
    await store.begin(_download("a"), NAMES)
    first, second = _Kept(), _Kept()
    await _run(store, first, _Quick(2 * PART_PAPERS + 3), "a")
    await mongo.bucket(BUCKET).upload_from_stream(
        "half", b"half written", metadata={"download": "a" * 32}
    )
    stopped = await store.found("a" * 32)
    assert stopped is not None
    assert (stopped.state, stopped.done) == (DownloadState.MAKING, 2 * PART_PAPERS)
    await _run(store, second, _Quick(), "a")
    await store.begin(_download("b"), NAMES)
    await _run(store, _Kept(), _Quick(), "b")

    assert second.read == NAMES[2 * PART_PAPERS :]
    whole = await _whole(store, "a")
    assert whole == await _whole(store, "b")
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert len(names) == len(set(names)) == COUNT - 1
    assert not [name for name in names if ".." in name or name.startswith("/")]
    found = await store.found("a" * 32)
    assert found is not None
    assert [each["paper"] for each in found.skipped] == ["610100/mid/form/P005"]
    parts = await mongo.db["download_parts"].count_documents({"download": "a" * 32})
    files = await mongo.db[f"{BUCKET}.files"].count_documents({"metadata.download": "a" * 32})
    assert parts == files == 5


async def test_ranges_of_a_bundle_are_read_across_its_parts(mongo: Mongo) -> None:
    """Whatever is asked for is what stands there."""
    await mongo.create(downloads.INDEXES)
    store = DownloadStore(mongo)
    await store.begin(_download("c"), NAMES)
    await _run(store, _Kept(), _Quick(), "c")
    whole = await _whole(store, "c")
    found = await store.found("c" * 32)
    assert found is not None
    for start, end in ((0, 1), (5, len(whole)), (len(whole) - 3, len(whole)), (20_000, 40_000)):
        pieces = [piece async for piece in store.read(found, start, end)]
        assert b"".join(pieces) == whole[start:end]


async def test_bundles_whose_time_is_over_are_deleted(mongo: Mongo) -> None:
    """With all their parts; others stay."""
    await mongo.create(downloads.INDEXES)
    store = DownloadStore(mongo)
    for name in "de":
        await store.begin(dataclasses.replace(_download(name), total=3), NAMES[:3])
        await _run(store, _Kept(), _Quick(), name)
    late = clock.now() - downloads.KEPT * 2
    await mongo.db["downloads"].update_one({"_id": "d" * 32}, {"$set": {"at": late}})

    assert await store.sweep() == 1
    assert await store.found("d" * 32) is None
    left = await mongo.db["download_parts"].distinct("download")
    files = await mongo.db[f"{BUCKET}.files"].distinct("metadata.download")
    assert left == files == ["e" * 32]
    assert len(await _whole(store, "e")) > 100


async def test_forms_of_no_campaign_are_kept_up_to_a_bound(mongo: Mongo) -> None:
    """The last of each project; what was handed out first under a key stays what it was."""
    await mongo.create(handed.INDEXES)
    store = HandedStore(mongo, per_project_max=2)
    for number in range(4):
        form = Handed(b"%d" % number, f"code-{number}", "610100/P1", None, None)
        assert form == await store.keep(f"key-{number}", form)
    other = Handed(b"x", "code-x", "610100/P2", "A", "D1")
    await store.keep("key-x", other)

    assert [await store.found(f"key-{n}") is None for n in range(4)] == [True, True, False, False]
    assert await store.of_code("code-x") == [other]
    assert await store.keep("key-3", other) == await store.found("key-3") != other


async def test_a_summary_that_no_document_could_hold_is_kept(mongo: Mongo) -> None:
    """Packed: a file of it is checked against what it was made of."""
    await mongo.create(handed.INDEXES)
    store = HandedStore(mongo)
    content = b'{"department":"D1"}' * 1_000_000
    kept = Handed(content, "c", "610100/mid", None, None, HandedKind.SUMMARY)
    await store.keep("s", kept)

    assert len(content) > handed.PLAIN_BYTES_MAX
    assert await store.of_code("c") == [kept]


async def test_summaries_are_kept_beside_forms_up_to_the_same_bound(mongo: Mongo) -> None:
    """One of the same code for each scope; neither takes the other's room, though called alike."""
    await mongo.create(handed.INDEXES)
    store = HandedStore(mongo, per_project_max=2)
    for number in range(3):
        await store.keep(f"f-{number}", Handed(b"f", "f", "610100/mid", None, None))
        within = frozenset({f"D{number}", "D9"}) if number else None
        kept = Handed(b"s", "s", "610100/mid", None, None, HandedKind.SUMMARY, within)
        assert kept == await store.keep(f"s-{number}", kept)

    assert len(await store.of_code("f")) == 2
    scopes = {each.within for each in await store.of_code("s")}
    assert scopes == {frozenset({"D1", "D9"}), frozenset({"D2", "D9"})}
