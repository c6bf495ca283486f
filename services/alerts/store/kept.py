"""Entries of the quarantine that alerts count, with their own progress on the topic."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pymongo import IndexModel, ReplaceOne
from pymongo.errors import DuplicateKeyError

from contracts.events.quarantine import RefusalKind
from contracts.topics import QUARANTINE
from services.alerts.domain.alert import Alert
from services.alerts.domain.case import Case
from services.alerts.domain.judging import Key
from services.alerts.domain.kept import Group, KeptEntry
from services.alerts.store.batch import Batch
from services.alerts.store.documents import Document, alert_of, case_id, kept_case_id
from services.alerts.store.writing import AlertStore, ConflictError
from services.chassis.mongo import Mongo, Progress, Session, Taken

PROJECTION: Final = "alerts.quarantine.v1"
INDEXES: Final = {
    "kept": [IndexModel([("group", 1), ("reason", 1), ("open", 1)])],
    "kept_groups": [],
}


@dataclass
class Loaded:
    """What a batch of changes meets in the store."""

    entries: dict[str, KeptEntry]
    versions: dict[Group, int] = field(default_factory=dict)
    """Of each group, how often it has been changed."""
    counts: dict[Group, Counter[RefusalKind]] = field(default_factory=dict)
    """Open entries, without those of the batch."""
    cases: dict[str, Case] = field(default_factory=dict)


class KeptStore:
    """The consumer's side of the topic `quarantine`."""

    def __init__(self, mongo: Mongo, alerts: AlertStore) -> None:
        """`alerts` writes what is raised and cleared."""
        self.progress = Progress(mongo, PROJECTION, QUARANTINE.name)
        self.alerts = alerts
        self._mongo = mongo
        self._kept = mongo.db["kept"]
        self._groups = mongo.db["kept_groups"]
        self._alerts = mongo.db["alerts"]

    async def open(self) -> None:
        """Create the collections."""
        await self._mongo.create(INDEXES)

    async def take(self, partition: int) -> Taken:
        """Become the owner of a partition, and publish what anyone left."""
        taken = await self.progress.take(partition)
        await self.alerts.relay_all()
        return taken

    async def load(self, ids: Iterable[str], groups: Iterable[Group]) -> Loaded:
        """Read entries, and of their groups and the given ones what else is open."""
        wanted = sorted(set(ids))
        cursor = self._kept.find({"_id": {"$in": wanted}})
        loaded = Loaded({item["_id"]: _entry_of(item) async for item in cursor})
        named = {*groups, *(entry.group for entry in loaded.entries.values())}
        by_id = {kept_case_id(group.project, group.fiscal_year): group for group in named}
        async for item in self._groups.find({"_id": {"$in": list(by_id)}}):
            loaded.versions[by_id[item["_id"]]] = item["n"]
        loaded.counts = {group: Counter() for group in named}
        chosen = {"group": {"$in": list(by_id)}, "open": True, "_id": {"$not": {"$in": wanted}}}
        steps: list[Document] = [
            {"$match": chosen},
            {"$group": {"_id": {"g": "$group", "r": "$reason"}, "n": {"$sum": 1}}},
        ]
        async for item in self._kept.aggregate(steps):
            found = item["_id"]
            loaded.counts[by_id[found["g"]]][RefusalKind(found["r"])] = item["n"]
        loaded.cases = await self._cases(by_id)
        return loaded

    async def _cases(self, by_id: Mapping[str, Group]) -> dict[str, Case]:
        alerts: dict[str, dict[Key, Alert]] = {name: {} for name in by_id}
        async for document in self._alerts.find({"case": {"$in": list(by_id)}, "latest": True}):
            alert = alert_of(document)
            alerts[document["case"]][alert.key] = alert
        cases = {
            name: Case(group.project, group.fiscal_year, None, alerts[name])
            for name, group in by_id.items()
        }
        owners = await self.alerts.owners.of(cases)
        return {
            case_id(case.project, case.fiscal_year): replace(case, owner=owners.get(name))
            for name, case in cases.items()
        }

    async def commit(
        self, taken: Taken, batch: Batch, entries: Iterable[KeptEntry], loaded: Loaded
    ) -> Taken:
        """Write entries with what they raise and clear; ConflictError if a group was changed."""
        writes = [ReplaceOne({"_id": e.entry}, _document(e), upsert=True) for e in entries]

        async def also(session: Session) -> None:
            if writes:
                await self._kept.bulk_write(writes, ordered=False, session=session)
            for group in loaded.counts:
                await self._move(session, group, loaded.versions.get(group))

        return await self.alerts.commit(taken, batch, also)

    async def _move(self, session: Session, group: Group, version: int | None) -> None:
        name = kept_case_id(group.project, group.fiscal_year)
        try:
            if version is None:
                await self._groups.insert_one({"_id": name, "n": 1}, session=session)
                return
            moved: Any = await self._groups.update_one(
                {"_id": name, "n": version}, {"$inc": {"n": 1}}, session=session
            )
        except DuplicateKeyError as error:
            raise ConflictError from error
        if moved.matched_count != 1:
            raise ConflictError


def _document(entry: KeptEntry) -> Document:
    return {
        "_id": entry.entry,
        "change": entry.change,
        "project": entry.group.project,
        "fiscal_year": entry.group.fiscal_year,
        "group": kept_case_id(entry.group.project, entry.group.fiscal_year),
        "reason": entry.reason.value,
        "open": entry.open,
    }


def _entry_of(item: Document) -> KeptEntry:
    group = Group(item["project"], item["fiscal_year"])
    return KeptEntry(item["_id"], item["change"], group, RefusalKind(item["reason"]), item["open"])
