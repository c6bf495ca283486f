"""What is handed out of no edition is kept, so that its files can be checked, however large."""

import hashlib
from types import SimpleNamespace
from typing import Any, Final

import pytest

from services.chassis.identity import Principal
from services.chassis.problems import ProblemError
from services.reporting.api import summaries
from services.reporting.api.summaries import SummaryDesk
from services.reporting.assembly.rendering import Renderer
from services.reporting.outputs.rendering import FileFormat
from services.reporting.store import handed
from services.reporting.store.handed import (
    CONTENT_BYTES_MAX,
    PLAIN_BYTES_MAX,
    Handed,
    HandedStore,
    TooLargeError,
    stored,
    unpacked,
)
from tests.support.looped import looped
from tests.unit.reporting import filings
from tests.unit.reporting.filings import CAMPAIGN
from tests.unit.reporting.test_reports import summary_of

KIB: Final = 1024
LINE: Final = '{"department":"D1","name":"市水务局","spent":123456789}'.encode()


def large(bytes_min: int) -> bytes:
    """Say much, as a summary of many departments does."""
    return LINE * (bytes_min // len(LINE) + 1)


def noise(size: int) -> bytes:
    """Give what cannot be packed."""
    blocks = (hashlib.sha512(b"%d" % number).digest() for number in range(size // 64 + 1))
    return b"".join(blocks)[:size]


def test_what_no_document_could_hold_is_packed() -> None:
    """Read again it is what it was; what fits is kept as it is, as before."""
    content = large(PLAIN_BYTES_MAX + 1)
    kept, packed = stored(content)

    assert (stored(LINE), packed) == ((LINE, False), True)
    assert len(kept) < PLAIN_BYTES_MAX
    assert unpacked(kept) == content


@pytest.mark.parametrize(
    "content", [large(CONTENT_BYTES_MAX), noise(PLAIN_BYTES_MAX + 64 * KIB)], ids=["long", "dense"]
)
def test_what_is_too_large_is_refused_and_not_forgotten(content: bytes) -> None:
    """Beyond the bound, or where packing does not help."""
    with pytest.raises(TooLargeError):
        stored(content)


def test_packed_content_that_was_cut_short_is_told() -> None:
    """Rather an error than half a summary."""
    kept, _ = stored(large(PLAIN_BYTES_MAX + 1))
    with pytest.raises(ValueError, match="packed content"):
        unpacked(kept[:-9])


class Kept:
    """A collection in memory."""

    def __init__(self) -> None:
        """Hold nothing."""
        self.documents: list[dict[str, Any]] = []

    async def insert_one(self, document: dict[str, Any]) -> None:
        """Keep a document."""
        self.documents.append(document)

    async def find_one(self, wanted: dict[str, Any]) -> dict[str, Any] | None:
        """Find it by its id."""
        return next((one for one in self.documents if one["_id"] == wanted["_id"]), None)

    def find(self, *_: Any) -> "Kept":
        """Find all."""
        return self

    def sort(self, *_: Any) -> "Kept":
        """Leave them as they are."""
        return self

    skip = sort

    def limit(self, most: int) -> "Kept":
        """Give so many; of what is beyond the bound there is none."""
        self.most = most
        return self

    async def to_list(self, _: int) -> list[dict[str, Any]]:
        """Give them."""
        return [] if self.most == 1 else self.documents


def store_of(kept: Kept) -> HandedStore:
    """Make a store that keeps in memory."""
    database: Any = SimpleNamespace(db={handed.COLLECTION: kept})
    return HandedStore(database)


async def test_a_large_summary_is_found_again_by_its_code() -> None:
    """It was handed out and not kept: its files were `unknown` to whoever checked them."""
    kept = Kept()
    store = store_of(kept)
    content = large(PLAIN_BYTES_MAX + 1)
    summary = Handed(content, "c", "610100/mid", None, None)
    await store.keep("one", summary)
    await store.keep("two", summary)

    assert all(len(one["content"]) < PLAIN_BYTES_MAX for one in kept.documents)
    assert await store.found("one") == summary
    first, second = await store.of_code("c")
    assert first == second == summary
    # Both scopes say the same: it lies in memory once.
    assert first.content is second.content


async def test_what_an_earlier_release_kept_is_read() -> None:
    """Its documents do not say that they are not packed."""
    kept = Kept()
    await store_of(kept).keep("one", Handed(b"{}", "c", "610100/P1", None, None))
    del kept.documents[0]["packed"]

    found = await store_of(kept).found("one")
    assert found is not None
    assert found.content == b"{}"


def test_of_a_summary_that_cannot_be_kept_no_file_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clear refusal: what is handed out can be checked, or is not handed out."""
    monkeypatch.setattr(summaries, "CONTENT_BYTES_MAX", KIB)
    anything: Any = None
    asking: Any = SimpleNamespace(spec=Principal, narrow=False, within=frozenset())
    kept = Kept()
    desk = SummaryDesk(anything, anything, anything, store_of(kept), Renderer())
    made = summary_of(filings.filings())
    with pytest.raises(ProblemError) as refused:
        looped(desk.handed_out(asking, CAMPAIGN, made, FileFormat.XLSX))

    assert (refused.value.problem.status, refused.value.problem.code) == (422, "summary_too_large")
    assert kept.documents == []
    monkeypatch.undo()
    content, code = looped(desk.handed_out(asking, CAMPAIGN, made, FileFormat.XLSX))
    assert content.startswith(b"PK")
    assert [one["code"] for one in kept.documents] == [code]
