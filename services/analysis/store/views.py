"""Everything as it was at one moment, each partition from the generation that answers for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.analysis.store.generations import Generation
from services.analysis.store.states import Standing
from services.chassis.mongo import Database, Document, Session


@dataclass(frozen=True)
class Part:
    """The partitions that one generation answers for; nearly always there is one part."""

    db: Database
    generation: Generation
    partitions: tuple[int, ...]
    whole: bool
    """Whether these are all."""

    def __getitem__(self, collection: str) -> Any:
        """Return one of the generation's collections."""
        return self.db[self.generation.name(collection)]

    def filter(self) -> Document:
        """Select documents with an `n` that this generation answers for."""
        return {} if self.whole else {"n": {"$in": list(self.partitions)}}

    def of_id(self, field: str) -> Document:
        """Select documents whose id names a partition that this generation answers for."""
        return {} if self.whole else {f"_id.{field}": {"$in": list(self.partitions)}}


@dataclass(frozen=True)
class View:
    """Everything as it was at one moment."""

    session: Session
    standings: list[Standing]
    """Of every partition, in order."""
    parts: list[Part]
    found: list[list[Document]] = field(default_factory=list)
    """What was asked for in the same breath, question by question."""

    @property
    def cut(self) -> list[int]:
        """How far every partition is folded."""
        return [standing.position for standing in self.standings]

    async def find(
        self,
        collection: str,
        query: Document,
        *,
        fields: Document | None = None,
        sort: Sequence[tuple[str, int]] | None = None,
        limit: int = 0,
    ) -> list[Document]:
        """Find documents that have an `n`, in every part; those of several parts by id."""
        found: list[Document] = []
        for part in self.parts:
            cursor = part[collection].find({**query, **part.filter()}, fields, session=self.session)
            if sort is not None:
                cursor = cursor.sort(list(sort))
            found += await cursor.limit(limit).to_list(None)
        if len(self.parts) > 1:
            found.sort(key=by_id)
        return found[:limit] if limit else found

    def part_of(self, partition: int) -> Part:
        """Return the part that answers for a partition."""
        return next(part for part in self.parts if partition in part.partitions)


def by_id(document: Document) -> tuple[Any, ...]:
    """Order documents by their ids as the store does: ids that are documents by their values."""
    return tuple(_values(document["_id"]))


def _values(key: Any) -> Iterable[Any]:
    return key.values() if isinstance(key, dict) else (key,)
