"""Principals in MongoDB: their state, the log of who changed what, and what is to be published.

The state is its own outbox: a change and the mark `unpublished` are one document, so that no
change can be kept and not told; and only the newest state has to be told.
"""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import msgspec
from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError

from services.chassis import clock
from services.chassis.identity import Permission, Principal
from services.chassis.identity_keys import Directory
from services.chassis.identity_topic import principal_of
from services.chassis.mongo import Mongo, Session
from services.intake.domain.principals import Registered, event_of
from services.intake.domain.scopes import NOBODY, Scope, Scopes
from services.intake.domain.tree import OrganisationState
from services.intake.store import documents as docs
from services.intake.store.principal_log import LogEntry, log_document, log_id_of

PRINCIPALS_MAX: Final = 10_000
"""Most principals of a deployment, revoked ones included."""
TREE_MAX: Final = 20_000
"""Most organisations of one jurisdiction that are looked through for subtrees."""


Stamp = tuple[int, str | None, int]
"""Position of a tree's last fact, today, number of principals that are bound to subtrees."""


class PrincipalExistsError(Exception):
    """The id is taken, or was."""


class TooManyPrincipalsError(Exception):
    """PRINCIPALS_MAX are registered."""


class ChangedMeanwhileError(Exception):
    """Somebody else has changed the principal: read it again."""


class MongoPrincipals:
    """Intake's principals."""

    def __init__(self, mongo: Mongo) -> None:
        """Use intake's database; its collections are made by `prepare_store`."""
        self.mongo = mongo
        self._principals = mongo.db[docs.PRINCIPALS]
        self._log = mongo.db[docs.PRINCIPAL_LOG]
        self._uses = mongo.db[docs.KEY_USES]

    async def add(self, principal: Registered, entry: LogEntry) -> None:
        """Keep a new principal and who made it."""
        if await self._principals.estimated_document_count() >= PRINCIPALS_MAX:
            raise TooManyPrincipalsError

        async def work(session: Session) -> None:
            await self._principals.insert_one(_document(principal), session=session)
            await self._log.insert_one(log_document(entry, clock.now()), session=session)

        try:
            await self.mongo.transaction(work)
        except DuplicateKeyError as error:
            raise PrincipalExistsError(principal.id) from error

    async def replace(
        self,
        before: Registered,
        after: Registered,
        entry: LogEntry,
        also: Callable[[Session], Awaitable[None]] | None = None,
    ) -> None:
        """Keep a change, if nobody else has made one since, and who made it.

        `also` is written with it, or not at all.
        """

        async def work(session: Session) -> None:
            found = await self._principals.replace_one(
                {"_id": before.id, "version": before.version}, _document(after), session=session
            )
            if found.matched_count != 1:
                raise ChangedMeanwhileError(before.id)
            await self._log.insert_one(log_document(entry, clock.now()), session=session)
            if also is not None:
                await also(session)

        await self.mongo.transaction(work)

    async def note(self, entry: LogEntry) -> None:
        """Write in the log what has changed nothing."""
        await self._log.insert_one(log_document(entry, clock.now()))

    async def get(self, principal_id: str) -> Registered | None:
        """Find one."""
        found = await self._principals.find_one({"_id": principal_id})
        return None if found is None else _registered(found)

    async def many(self, names: Sequence[str]) -> list[Registered]:
        """Find several."""
        found = self._principals.find({"_id": {"$in": list(names)}})
        return [_registered(document) async for document in found]

    async def all(
        self, *, after: str | None = None, unpublished: bool = False
    ) -> AsyncIterator[Registered]:
        """Walk all of them by id, or those that are to be published."""
        wanted: dict[str, Any] = {"unpublished": True} if unpublished else {}
        if after is not None:
            wanted["_id"] = {"$gt": after}
        async for document in self._principals.find(wanted).sort("_id", 1):
            yield _registered(document)

    async def published(self, principal: Registered) -> None:
        """Note that this state is on the topic; a newer one has to go there behind it.

        It may have been told before this one: compaction keeps what was told last.
        """
        found = await self._principals.update_one(
            {"_id": principal.id, "version": principal.version}, {"$unset": {"unpublished": ""}}
        )
        if not found.matched_count:
            await self._principals.update_one(
                {"_id": principal.id}, {"$set": {"unpublished": True}}
            )

    async def log(
        self,
        principal: str | None,
        after: str | None,
        limit: int,
        *,
        since: dt.date | None = None,
        latest_first: bool = False,
    ) -> Sequence[Mapping[str, Any]]:
        """Read the log from a day on, what follows `after` in the order that is asked for."""
        wanted: dict[str, Any] = {} if principal is None else {"principal": principal}
        places: dict[str, str] = {}
        if since is not None:
            places["$gte"] = log_id_of(since)
        if after is not None:
            places["$lt" if latest_first else "$gt"] = after
        if places:
            wanted["_id"] = places
        found = self._log.find(wanted).sort("_id", -1 if latest_first else 1)
        return await found.limit(limit).to_list(limit)

    async def used(self, uses: Mapping[str, dt.datetime]) -> None:
        """Note when keys were used last."""
        if uses:
            await self._uses.bulk_write(
                [
                    UpdateOne({"_id": key_id}, {"$max": {"at": at}}, upsert=True)
                    for key_id, at in uses.items()
                ],
                ordered=False,
            )

    async def last_uses(self, key_ids: Sequence[str]) -> dict[str, dt.datetime]:
        """Read when keys were used last, as far as they were."""
        found = self._uses.find({"_id": {"$in": list(key_ids)}})
        return {document["_id"]: document["at"] async for document in found}

    async def bound_jurisdictions(self) -> list[str]:
        """Name the jurisdictions in which principals are bound to subtrees."""
        found: list[str] = await self._principals.distinct("bound", {"bound": {"$exists": True}})
        return found

    async def bound(self, jurisdiction: str) -> AsyncIterator[Registered]:
        """Walk the principals that are bound to subtrees of a jurisdiction, and let in."""
        wanted = {"bound": jurisdiction, "revoked": None}
        async for document in self._principals.find(wanted):
            yield _registered(document)

    async def stamp(self, jurisdiction: str) -> Stamp:
        """Tell by what is noticed that subtrees of a jurisdiction have to be resolved anew."""
        bound = await self._principals.count_documents({"bound": jurisdiction})
        organisations = self.mongo.db[docs.ORGANISATIONS]
        newest = organisations.find({"j": jurisdiction}, {"position": 1}).sort("position", -1)
        last = await newest.limit(1).to_list(1)
        position = last[0]["position"] if last else 0
        return position, await self._today(jurisdiction), bound

    async def tree(
        self, jurisdiction: str
    ) -> tuple[dict[str, list[OrganisationState]], dt.date | None]:
        """Read where all organisations of a jurisdiction stand, and its last opened day."""
        found = self.mongo.db[docs.ORGANISATIONS].find({"j": jurisdiction}).limit(TREE_MAX)
        states = {
            document["_id"]["o"]: msgspec.convert(document["states"], list[OrganisationState])
            async for document in found
        }
        today = await self._today(jurisdiction)
        return states, None if today is None else dt.date.fromisoformat(today)

    async def _today(self, jurisdiction: str) -> str | None:
        home = {"code": jurisdiction, "home": True}
        found = await self.mongo.db[docs.JURISDICTIONS].find_one(home, {"today": 1})
        return None if found is None else found["today"]


class PublisherScopes:
    """Who may publish what: from the directory, and from the store where it knows nobody."""

    def __init__(
        self, store: MongoPrincipals, directory: Directory, unbounded: AbstractSet[str]
    ) -> None:
        """`unbounded` are the deployment's own names."""
        self._store = store
        self._directory = directory
        self._unbounded = unbounded

    async def scopes(self, names: AbstractSet[str]) -> Scopes:
        """Return the bounds of each; whoever is not known may publish nothing."""
        found: dict[str, Scope | None] = {}
        missing: list[str] = []
        for name in names:
            if name in self._unbounded:
                found[name] = None
            elif (known := self._directory.get(name)) is not None:
                found[name] = scope_of(known)
            else:
                found[name] = NOBODY
                missing.append(name)
        # One who was registered a moment ago: the topic has not told this process yet.
        for registered in await self._store.many(missing) if missing else ():
            if registered.revoked is None:
                known = principal_of(event_of(registered, clock.now()))
                found[registered.id] = scope_of(known)
        return found


def scope_of(principal: Principal) -> Scope | None:
    """Return a publisher's bounds; None if it has none."""
    if not principal.may(Permission.PUBLISH):
        return NOBODY
    if not principal.bounded:
        return None
    return Scope(principal.jurisdictions, principal.within if principal.narrow else None)


def _document(principal: Registered) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(principal, builtin_types=(dt.datetime,))
    bound = {"bound": plain["jurisdictions"][0]} if principal.organisations else {}
    return {"_id": plain.pop("id"), **plain, **bound, "unpublished": True}


def _registered(document: Mapping[str, Any]) -> Registered:
    plain = {
        name: value for name, value in document.items() if name not in {"bound", "unpublished"}
    }
    return msgspec.convert({"id": plain.pop("_id"), **plain}, Registered)
