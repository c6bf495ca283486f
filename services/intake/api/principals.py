"""Giving out keys and taking them back; who did so is in a log that is only added to."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from contracts.vocabulary import PrincipalKind
from services.chassis import clock
from services.chassis.identity import Caller
from services.chassis.identity_keys import draw
from services.chassis.mongo import Session
from services.intake.api import principal_problems as problems
from services.intake.api.answers import answer
from services.intake.api.principal_desk import (
    Desk,
    changed,
    given,
    manages,
    new_principal,
    record_of,
    shown,
    told,
)
from services.intake.api.principal_forms import Bounds, NewKey, NewPrincipal
from services.intake.domain.principals import (
    ID_PATTERN,
    Registered,
    TooManyKeysError,
    taken_back,
    with_key,
    without_key,
)
from services.intake.store.accounts import MongoAccounts
from services.intake.store.principal_log import LogEntry
from services.intake.store.principals import (
    MongoPrincipals,
    PrincipalExistsError,
    TooManyPrincipalsError,
)

__all__ = ["Desk", "log_router", "me_router", "router"]

PAGE_MAX: Final = 1_000
PAGE_DEFAULT: Final = 100
LOG_ID_LENGTH_MAX: Final = 64
BOUND: Final = ("name", "roles", "jurisdictions", "organisations")
"""What is given anew together."""


class Order(StrEnum):
    """Which end of the log comes first."""

    ASC = "asc"
    DESC = "desc"


PrincipalId = Annotated[str, Path(pattern=ID_PATTERN)]
KeyId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


def me_router(accounts: MongoAccounts) -> APIRouter:
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
                "password": told(await accounts.get(asking.id)),
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
        after: Annotated[
            str | None, Query(max_length=LOG_ID_LENGTH_MAX, description="As `next` was given.")
        ] = None,
        since: Annotated[
            dt.date | None, Query(description="Nothing from before this day (UTC).")
        ] = None,
        order: Annotated[Order, Query(description="The oldest first, or the latest.")] = Order.ASC,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
    ) -> Response:
        """List who gave and took which keys when; never a secret."""
        found = await store.log(
            principal, after, limit, since=since, latest_first=order is Order.DESC
        )
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
    _add_bounds(routes, desk)

    @routes.post("/v1/principals", status_code=201)
    async def create(wanted: NewPrincipal, asking: Caller) -> Response:
        """Register a principal and give out its first key; the key is shown this once."""
        now, drawn = clock.now(), draw()
        principal = await new_principal(desk, wanted, asking, drawn, now)
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
        return given(principal, drawn, spread=spread, status=201)

    @routes.delete("/v1/principals/{principal_id}")
    async def revoke(principal_id: PrincipalId, asking: Caller) -> Response:
        """Let a principal in no more, for ever."""
        before = await desk.find(principal_id, asking)
        if before.revoked is not None:
            return answer({"principal": shown(before, {}), "spread": True})

        async def also(session: Session) -> None:
            await desk.accounts.forget(before.id, session)

        after = taken_back(before, clock.now())
        spread = await desk.change(before, after, LogEntry(asking.id, "revoked", before.id), also)
        return answer({"principal": shown(after, {}), "spread": spread})

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
        accounts = await desk.accounts.many([one.id for one in items])
        following = items[-1].id if len(items) == limit else None
        rows = [shown(one, uses, accounts.get(one.id)) for one in items]
        return answer({"items": rows, "next": following})

    @routes.get("/v1/principals/{principal_id}")
    async def one(principal_id: PrincipalId, asking: Caller) -> Response:
        """Show one principal; of its keys only what is no secret."""
        found = await desk.find(principal_id, asking)
        uses = await desk.store.last_uses([key.key_id for key in found.keys])
        return answer(shown(found, uses, await desk.accounts.get(found.id)))


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
            after = with_key(before, record_of(drawn, wanted, now), now, overlap)
        except TooManyKeysError as error:
            raise problems.too_many_keys(principal_id) from error
        detail = {"overlap_seconds": wanted.overlap_seconds}
        entry = LogEntry(asking.id, "rotated", before.id, drawn.key_id, detail)
        spread = await desk.change(before, after, entry)
        return given(after, drawn, spread=spread, status=201)

    @routes.delete("/v1/principals/{principal_id}/keys/{key_id}")
    async def revoke_key(principal_id: PrincipalId, key_id: KeyId, asking: Caller) -> Response:
        """Take one key back; it opens nothing from now on."""
        before = await desk.find(principal_id, asking)
        if key_id not in {key.key_id for key in before.keys}:
            raise problems.unknown_key(principal_id, key_id)
        after = without_key(before, key_id, clock.now())
        entry = LogEntry(asking.id, "key_revoked", before.id, key_id)
        spread = await desk.change(before, after, entry)
        account = await desk.accounts.get(before.id)
        return answer({"principal": shown(after, {}, account), "spread": spread})


def _add_bounds(routes: APIRouter, desk: Desk) -> None:
    @routes.put("/v1/principals/{principal_id}/bounds")
    async def rebind(principal_id: PrincipalId, wanted: Bounds, asking: Caller) -> Response:
        """Give a principal another name, other roles and bounds; they hold at once everywhere."""
        before = await desk.find(principal_id, asking)
        after = await changed(desk, before, wanted, asking)
        spread = True
        if after != before:
            names = [one for one in BOUND if getattr(before, one) != getattr(after, one)]
            detail = {
                **{name: getattr(after, name) for name in names},
                "before": {name: str(getattr(before, name)) for name in names},
            }
            entry = LogEntry(asking.id, "bound_anew", before.id, None, detail)
            spread = await desk.change(before, after, entry)
        account = await desk.accounts.get(before.id)
        return answer({"principal": shown(after, {}, account), "spread": spread})


def _without(entry: Any, name: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != name}
