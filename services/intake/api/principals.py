"""Giving out keys and taking them back; who did so is in a log that is only added to."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from contracts.events.principals import WITHIN_MAX
from contracts.topics import PUBLISH_PREFIX
from contracts.vocabulary import PrincipalKind, Role
from services.chassis import clock
from services.chassis.identity import Caller, Principal
from services.chassis.identity_keys import Directory, Drawn, draw
from services.chassis.identity_topic import principal_of
from services.chassis.log import get_logger
from services.chassis.publisher import PublishError
from services.intake.api import principal_problems as problems
from services.intake.api.answers import answer
from services.intake.api.principal_forms import KEY_DAYS_DEFAULT, NewKey, NewPrincipal
from services.intake.domain.principals import (
    ID_PATTERN,
    RESERVED,
    KeyRecord,
    Registered,
    TooManyKeysError,
    event_of,
    taken_back,
    with_key,
    without_key,
)
from services.intake.store.principal_log import LogEntry
from services.intake.store.principals import (
    ChangedMeanwhileError,
    MongoPrincipals,
    PrincipalExistsError,
    TooManyPrincipalsError,
)
from services.intake.store.telling import Principals

log = get_logger(__name__)

PAGE_MAX: Final = 1_000
PAGE_DEFAULT: Final = 100
LOG_ID_LENGTH_MAX: Final = 64
SECRET_HEADERS: Final = {"Cache-Control": "no-store"}

PrincipalId = Annotated[str, Path(pattern=ID_PATTERN)]
KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


@dataclass(frozen=True)
class Desk:
    """Where keys are given out."""

    store: MongoPrincipals
    telling: Principals
    directory: Directory
    make_topic: Callable[[str], Awaitable[None]]
    """Creates a publisher's own topic; it may exist."""
    names: frozenset[str]
    """Names that the deployment itself publishes under."""

    async def spread(self, principal: Registered) -> bool:
        """Let this process know at once and tell the others; False if that has to wait."""
        if principal.revoked is not None:
            self.directory.forget(principal.id)
        else:
            self.directory.put(principal_of(event_of(principal, clock.now())))
        try:
            await self.telling.tell(principal)
        except PublishError as error:
            # It is kept and marked: told as soon as Kafka is back.
            log.warning("principal_not_told_yet", principal=principal.id, reason=repr(error))
            return False
        return True

    async def find(self, principal_id: str, asking: Principal) -> Registered:
        """Find a principal that the caller may manage; 404 otherwise."""
        found = await self.store.get(principal_id)
        if found is None or not manages(asking, found):
            raise problems.unknown(principal_id)
        return found

    async def change(self, before: Registered, after: Registered, entry: LogEntry) -> bool:
        """Keep a change with its log entry; 409 if somebody was faster."""
        try:
            await self.store.replace(before, after, entry)
        except ChangedMeanwhileError as error:
            raise problems.changed_meanwhile(before.id) from error
        return await self.spread(after)


def manages(asking: Principal, principal: Registered) -> bool:
    """Whether a principal lies within the bounds of one who gives out keys."""
    if asking.jurisdictions is None:
        return True
    if principal.jurisdictions is None or not asking.jurisdictions >= set(principal.jurisdictions):
        return False
    if not asking.narrow:
        return True
    return bool(principal.organisations) and asking.within >= set(principal.organisations)


def me_router() -> APIRouter:
    """Make the route that tells a caller who it is."""
    routes = APIRouter(tags=["principals"])

    @routes.get("/v1/me")
    async def me(asking: Caller) -> Response:
        """Tell whose key this is and what it allows."""
        return answer(
            {
                "id": asking.id,
                "kind": asking.kind,
                "roles": sorted(asking.roles),
                "permissions": sorted(asking.permissions),
                "jurisdictions": None
                if asking.jurisdictions is None
                else sorted(asking.jurisdictions),
                "organisations": asking.organisations,
                "within_total": len(asking.within),
            }
        )

    return routes


def log_router(store: MongoPrincipals) -> APIRouter:
    """Make the route of those who look at what was done."""
    routes = APIRouter(tags=["principals"])

    @routes.get("/v1/audit")
    async def entries(
        asking: Caller,
        principal: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
        after: Annotated[str | None, Query(max_length=LOG_ID_LENGTH_MAX)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
    ) -> Response:
        """List who gave and took which keys when, the oldest first; never a secret."""
        found = await store.log(principal, after, limit)
        visible = found
        if asking.bounded:
            known = {one.id: one for one in await store.many([e["principal"] for e in found])}
            visible = [
                entry
                for entry in found
                if entry["principal"] in known and manages(asking, known[entry["principal"]])
            ]
        items = [{"id": entry["_id"], **_without(entry, "_id")} for entry in visible]
        return answer({"items": items, "next": found[-1]["_id"] if len(found) == limit else None})

    return routes


def router(desk: Desk) -> APIRouter:
    """Make the routes of those who give out keys."""
    routes = APIRouter(tags=["principals"])
    _add_reading(routes, desk)
    _add_keys(routes, desk)

    @routes.post("/v1/principals", status_code=201)
    async def create(wanted: NewPrincipal, asking: Caller) -> Response:
        """Register a principal and give out its first key; the key is shown this once."""
        now, drawn = clock.now(), draw()
        principal = await _new(desk, wanted, asking, drawn, now)
        if principal.kind is PrincipalKind.PUBLISHER:
            # Before the principal: a publisher without its topic would have only two doors.
            await desk.make_topic(principal.id)
        detail = {
            "roles": [role.value for role in principal.roles],
            "jurisdictions": principal.jurisdictions,
            "organisations": principal.organisations,
        }
        entry = LogEntry(asking.id, "created", principal.id, drawn.key_id, detail)
        try:
            await desk.store.add(principal, entry)
        except PrincipalExistsError as error:
            raise problems.exists(principal.id) from error
        except TooManyPrincipalsError as error:
            raise problems.too_many() from error
        spread = await desk.spread(principal)
        return _given(principal, drawn, spread=spread, status=201)

    @routes.delete("/v1/principals/{principal_id}")
    async def revoke(principal_id: PrincipalId, asking: Caller) -> Response:
        """Let a principal in no more, for ever."""
        before = await desk.find(principal_id, asking)
        if before.revoked is not None:
            return answer({"principal": _shown(before, {}), "spread": True})
        after = taken_back(before, clock.now())
        spread = await desk.change(before, after, LogEntry(asking.id, "revoked", before.id))
        return answer({"principal": _shown(after, {}), "spread": spread})

    return routes


def _add_reading(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/v1/principals")
    async def listing(
        asking: Caller,
        after: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
    ) -> Response:
        """List the principals by id."""
        items: list[Registered] = []
        async for principal in desk.store.all(after=after):
            if manages(asking, principal):
                items.append(principal)
            if len(items) == limit:
                break
        uses = await desk.store.last_uses([key.key_id for one in items for key in one.keys])
        following = items[-1].id if len(items) == limit else None
        return answer({"items": [_shown(one, uses) for one in items], "next": following})

    @routes.get("/v1/principals/{principal_id}")
    async def one(principal_id: PrincipalId, asking: Caller) -> Response:
        """Show one principal; of its keys only what is no secret."""
        found = await desk.find(principal_id, asking)
        return answer(_shown(found, await desk.store.last_uses([k.key_id for k in found.keys])))


def _add_keys(routes: APIRouter, desk: Desk) -> None:
    @routes.post("/v1/principals/{principal_id}/keys", status_code=201)
    async def rotate(principal_id: PrincipalId, wanted: NewKey, asking: Caller) -> Response:
        """Give out a new key, shown this once; those before it end after the overlap."""
        before = await desk.find(principal_id, asking)
        if before.revoked is not None:
            raise problems.is_revoked(principal_id)
        now, drawn = clock.now(), draw()
        overlap = dt.timedelta(seconds=wanted.overlap_seconds)
        try:
            after = with_key(before, _record(drawn, wanted, now), now, overlap)
        except TooManyKeysError as error:
            raise problems.too_many_keys(principal_id) from error
        detail = {"overlap_seconds": wanted.overlap_seconds}
        entry = LogEntry(asking.id, "rotated", before.id, drawn.key_id, detail)
        spread = await desk.change(before, after, entry)
        return _given(after, drawn, spread=spread, status=201)

    @routes.delete("/v1/principals/{principal_id}/keys/{key_id}")
    async def revoke_key(principal_id: PrincipalId, key_id: KeyId, asking: Caller) -> Response:
        """Take one key back; it opens nothing from now on."""
        before = await desk.find(principal_id, asking)
        if key_id not in {key.key_id for key in before.keys}:
            raise problems.unknown_key(principal_id, key_id)
        after = without_key(before, key_id, clock.now())
        entry = LogEntry(asking.id, "key_revoked", before.id, key_id)
        spread = await desk.change(before, after, entry)
        return answer({"principal": _shown(after, {}), "spread": spread})


async def _new(
    desk: Desk, wanted: NewPrincipal, asking: Principal, drawn: Drawn, now: dt.datetime
) -> Registered:
    if wanted.id in RESERVED | desk.names:
        raise problems.exists(wanted.id)
    within: tuple[str, ...] = ()
    if wanted.organisations and wanted.jurisdictions:
        within = await desk.telling.within(wanted.jurisdictions[0], wanted.organisations)
    if len(within) > WITHIN_MAX:
        raise problems.too_wide(len(within))
    principal = Registered(
        id=wanted.id,
        kind=wanted.kind or _kind_of(wanted.roles),
        name=wanted.name,
        roles=tuple(sorted(set(wanted.roles))),
        jurisdictions=wanted.jurisdictions,
        organisations=wanted.organisations,
        within=within,
        keys=(_record(drawn, wanted, now),),
        version=1,
        created=now,
    )
    if not manages(asking, principal):
        raise problems.beyond_bounds()
    return principal


def _kind_of(roles: tuple[Role, ...]) -> PrincipalKind:
    return PrincipalKind.PUBLISHER if Role.PUBLISHER in roles else PrincipalKind.STAFF


def _record(drawn: Drawn, wanted: NewKey | NewPrincipal, now: dt.datetime) -> KeyRecord:
    expires = wanted.expires
    if expires is None and "expires" not in wanted.model_fields_set:
        expires = now + dt.timedelta(days=KEY_DAYS_DEFAULT)
    if expires is not None and expires <= now:
        raise problems.expired_already()
    return KeyRecord(drawn.key_id, drawn.sha256, now, expires)


def _given(principal: Registered, drawn: Drawn, *, spread: bool, status: int) -> Response:
    found = answer(
        {
            "principal": _shown(principal, {}),
            "key_id": drawn.key_id,
            "key": drawn.secret,
            "spread": spread,
        },
        status,
    )
    found.headers.update(SECRET_HEADERS)
    return found


def _shown(principal: Registered, uses: dict[str, dt.datetime]) -> dict[str, Any]:
    publishes = principal.kind is PrincipalKind.PUBLISHER
    return {
        "id": principal.id,
        "kind": principal.kind,
        "name": principal.name,
        "roles": principal.roles,
        "jurisdictions": principal.jurisdictions,
        "organisations": principal.organisations,
        "within_total": len(principal.within),
        "topic": f"{PUBLISH_PREFIX}{principal.id}" if publishes else None,
        "created": principal.created,
        "revoked": principal.revoked,
        "keys": [
            {
                "key_id": key.key_id,
                "created": key.created,
                "expires": key.expires,
                "revoked": key.revoked,
                "last_used": uses.get(key.key_id),
            }
            for key in principal.keys
        ],
    }


def _without(entry: Any, name: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != name}
