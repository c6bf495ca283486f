"""Packs in force: shipped ones, and what was published, as each partition has been told of it.

A jurisdiction fact reaches every partition in that partition's own order, so what an assessment is
judged by follows from what came before it there: the same order gives the same alerts.
"""

import asyncio
import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from contracts.envelope import AnyEvent
from contracts.events.intake import JurisdictionRegistered, RulePackPublished
from services.alerts.domain.layers import Layer, LayerKey, Published, RuleBook, StoredPack
from services.alerts.domain.rules import Evaluator, Pack, Rule
from services.alerts.packs.loader import PackError, load_layer
from services.alerts.store.packs import PackNames, PackStore, stored_of
from services.chassis import metrics
from services.chassis.log import get_logger
from services.chassis.service import AWAY

log = get_logger(__name__)

LOOK_SECONDS: Final = 5.0
COMPILED_MAX: Final = 2_000
"""Published packs remembered compiled; then it begins anew."""
PUBLISHED: Final = RulePackPublished.event_type()
REGISTERED: Final = JurisdictionRegistered.event_type()

PACKS: Final = metrics.counter(
    "dualwatch_alerts_packs_total",
    "Published rule packs taken in by a partition: in_force, or unreadable and ignored.",
    ("outcome",),
)
IGNORED: Final = metrics.counter(
    "dualwatch_alerts_pack_parts_ignored_total",
    "Parts of published packs that do not hold: they would loosen compliance, or fit no rule.",
    ("code",),
)


class PacksInForce:
    """One book of rules for each partition that is owned here."""

    def __init__(
        self,
        shipped: Sequence[Pack],
        evaluator: Evaluator | None = None,
        store: PackStore | None = None,
    ) -> None:
        """Without a store only the shipped packs judge."""
        self._evaluator = evaluator
        self._store = store
        self._shipped = RuleBook(shipped)
        self._books: dict[int, RuleBook] = {}
        self._layers: dict[str, Layer | None] = {}
        self._spare = self._shipped
        self._read: dict[int, tuple[PackNames, RuleBook]] = {}

    async def follow(self) -> None:
        """Know what was published where no partition is owned here, for ever."""
        for _ in itertools.count():
            try:
                told = await self._store.told(0) if self._store and not self._books else None
            except AWAY as error:
                # What was known judges on; a task that dies would take the service along.
                log.warning("packs_not_read", reason=repr(error))
                told = None
            if told is not None:
                self._spare = self._book_of(*told)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Know what was published before anything is judged: at a start no partition is owned."""
        self._spare = await self.read(0)

    async def load(self, partition: int) -> None:
        """Read what the partition was told before it is judged on."""
        if self._store is not None:
            self._books[partition] = await self.read(partition)

    async def read(self, partition: int) -> RuleBook:
        """Read a partition's book from the store."""
        if self._store is None:
            return self._shipped
        packs = [pack async for pack in self._store.packs(partition)]
        return self._book_of(packs, await self._store.parents(partition))

    async def stored(self, partitions: Iterable[int]) -> dict[int, RuleBook]:
        """Give partitions' books as the store has them, whoever owns them.

        For what is judged beside partitions, by whichever instance, and ends with its rule: it is
        judged by the book that its own partition's days go by, also by an instance that owns none
        or has just been started. Read again only if something was published since.
        """
        found: dict[int, RuleBook] = {}
        for partition in sorted(set(partitions)):
            if self._store is None:
                found[partition] = self._shipped
                continue
            names = await self._store.names(partition)
            known = self._read.get(partition)
            if known is None or known[0] != names:
                # Names first: what is published between the two reads is read again next time.
                known = self._read[partition] = names, await self.read(partition)
            found[partition] = known[1]
        return found

    def _book_of(self, packs: Iterable[StoredPack], parents: Mapping[str, str]) -> RuleBook:
        published = Published(parents=parents)
        for pack in packs:
            published = self._with(published, pack)
        return RuleBook(self._shipped.shipped, published)

    def drop(self, partition: int) -> None:
        """Forget the book of a partition that is another's now.

        The last one stays what is known: what `follow` has read is as old as the first.
        """
        last = self._books.pop(partition, None)
        if last is not None and not self._books:
            self._spare = last

    def book(self, partition: int) -> RuleBook:
        """Return the book by which a partition judges at present."""
        return self._books.get(partition, self._shipped)

    def put(self, partition: int, book: RuleBook) -> None:
        """Judge by this book from now on: what made it is committed."""
        if self._store is not None:
            self._books[partition] = book

    def rules_of(
        self, jurisdiction: str, department: str | None, as_of: dt.date
    ) -> tuple[Rule, ...]:
        """Return the rules for a department at a date, by any book that is owned here.

        For what belongs to no single partition: units, departments, suppressions.
        """
        return self.any_book().at(jurisdiction, department, as_of).rules

    def any_book(self) -> RuleBook:
        """Return the book of the lowest partition that is owned here, else what `follow` knows."""
        return self._books[min(self._books)] if self._books else self._spare

    def after(self, book: RuleBook, event: AnyEvent) -> RuleBook:
        """Return the book after a jurisdiction fact; the same book if it is of no pack."""
        if event.type == REGISTERED:
            known = book.published
            parent = event.data.parent
            if known.parents.get(event.subject) == parent:
                return book
            return RuleBook(book.shipped, known.with_parent(event.subject, parent))
        if event.type != PUBLISHED or self._store is None:
            return book
        pack = stored_of(event)
        published = self._with(book.published, pack)
        if published is book.published:
            PACKS.labels("unreadable").inc()
            return book
        found = RuleBook(book.shipped, published)
        self._count(found, pack)
        return found

    def _with(self, published: Published, pack: StoredPack) -> Published:
        layer = self._layer(pack)
        return published if layer is None else published.with_layer(pack.key, layer)

    def _layer(self, pack: StoredPack) -> Layer | None:
        """Compile a published pack, once for all partitions; None if it cannot be used."""
        name = f"{pack.sha256}:{pack.key.version}:{pack.effective_from}:{pack.effective_to}"
        if name not in self._layers:
            if len(self._layers) >= COMPILED_MAX:
                self._layers.clear()
            self._layers[name] = self._compiled(pack)
        return self._layers[name]

    def _compiled(self, pack: StoredPack) -> Layer | None:
        if self._evaluator is None:
            return None
        try:
            layer = load_layer(pack.content.encode(), self._evaluator, pack.key.pack)
        except PackError as error:
            log.warning(
                "pack_ignored", pack=pack.key.pack, version=pack.key.version, why=str(error)
            )
            return None
        return pack.laid(layer)

    def _count(self, book: RuleBook, pack: StoredPack) -> None:
        PACKS.labels("in_force").inc()
        key: LayerKey = pack.key
        found = book.at(key.jurisdiction, key.organisation or None, pack.effective_from)
        for part in found.ignored:
            if part.layer == f"{key.pack}@{key.version}":
                IGNORED.labels(part.code).inc()
                log.warning("pack_part_ignored", pack=part.layer, rule=part.rule, why=part.why)
