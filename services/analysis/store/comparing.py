"""Two generations of a partition side by side: equal by hash, as far as both are folded.

One snapshot shows both, the live one perhaps some entries ahead. A year or head is compared if
both generations have its last change at or before the position that both have reached: up to there
they folded the same entries. Where both are equally far, that is everything; then also what a
partition knows of jurisdictions and organisations, and what it parked, is compared.
"""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

from services.analysis.store.generations import Generation
from services.chassis.mongo import Document, Mongo, Session

PAGE_DOCUMENTS: Final = 500
"""Documents fetched at once."""


@dataclass(frozen=True)
class Compared:
    """What a comparison of one partition found."""

    partition: int
    position: int
    """Up to here both are compared."""
    documents: int
    """How many heads and years were compared, and what of jurisdictions."""
    moving: int
    """How many were left out: they change at this moment."""
    live_hash: str
    built_hash: str

    @property
    def equal(self) -> bool:
        """Whether both hold the same."""
        return self.live_hash == self.built_hash


@dataclass(frozen=True)
class _Item:
    key: tuple[Any, ...]
    position: int
    """Ledger position of its last change."""
    content: bytes


Read = Callable[[Document], _Item]


async def compare(mongo: Mongo, live: Generation, built: Generation, partition: int) -> Compared:
    """Compare what two generations hold of a partition."""
    async with mongo.snapshot() as session:
        progress = mongo.db["progress"]
        positions = []
        for generation in (live, built):
            key = {"_id": generation.progress_of(partition)}
            found = await progress.find_one(key, session=session)
            positions.append(found["position"] if found else 0)
        tally = _Tally(min(positions))
        # What is not of one project says not where it was changed last.
        at_rest = len(set(positions)) == 1
        for name, (field, read) in (_MOVING | _AT_REST if at_rest else _MOVING).items():
            query = {field: partition}
            ours = _items(mongo, live.name(name), query, read, session)
            theirs = _items(mongo, built.name(name), query, read, session)
            await tally.add(ours, theirs)
    return tally.result(partition)


class _Tally:
    def __init__(self, position: int) -> None:
        self._position = position
        self._hashes = (hashlib.sha256(), hashlib.sha256())
        self._documents = self._moving = 0

    async def add(self, live: AsyncIterator[_Item], built: AsyncIterator[_Item]) -> None:
        """Go through both in order of their keys."""
        one, two = await anext(live, None), await anext(built, None)
        while one is not None or two is not None:
            first = two is None or (one is not None and one.key <= two.key)
            second = one is None or (two is not None and two.key <= one.key)
            self._take(one if first else None, two if second else None)
            one = await anext(live, None) if first else one
            two = await anext(built, None) if second else two

    def _take(self, live: _Item | None, built: _Item | None) -> None:
        if any(item is not None and item.position > self._position for item in (live, built)):
            self._moving += 1
            return
        self._documents += 1
        for item, digest in zip((live, built), self._hashes, strict=True):
            if item is not None:
                digest.update(repr(item.key).encode())
                digest.update(item.content)

    def result(self, partition: int) -> Compared:
        live, built = (digest.hexdigest() for digest in self._hashes)
        return Compared(partition, self._position, self._documents, self._moving, live, built)


async def _items(
    mongo: Mongo, collection: str, query: Document, read: Read, session: Session
) -> AsyncIterator[_Item]:
    cursor = mongo.db[collection].find(query, session=session).sort("_id", 1)
    async for document in cursor.batch_size(PAGE_DOCUMENTS):
        yield read(document)


def _year(document: Document) -> _Item:
    key = document["_id"]
    return _Item((key["p"], key["y"]), document["changed"], document["state"])


def _head(document: Document) -> _Item:
    content = repr((document["incomplete"], document["state"]))
    return _Item((document["_id"],), document["changed"], content.encode())


def _whole(document: Document) -> _Item:
    key = document.pop("_id")
    return _Item(tuple(key.values()), 0, repr(sorted(document.items())).encode())


_MOVING: Final[dict[str, tuple[str, Read]]] = {"heads": ("n", _head), "years": ("n", _year)}
"""Collections that say where each document was changed last; what selects those of a partition."""
_AT_REST: Final[dict[str, tuple[str, Read]]] = {
    "jurisdictions": ("_id.p", _whole),
    "organisations": ("_id.n", _whole),
    "parked": ("_id.n", _whole),
}
"""Those that do not."""
