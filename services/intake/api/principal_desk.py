"""The desk where keys are given out: what may be given, to whom, and how it is shown."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from fastapi.responses import Response

from contracts.events.principals import WITHIN_MAX
from contracts.topics import PUBLISH_PREFIX
from contracts.vocabulary import PrincipalKind, Role
from services.chassis import clock
from services.chassis.identity import Principal
from services.chassis.identity_keys import Directory, Drawn
from services.chassis.identity_topic import principal_of
from services.chassis.log import get_logger
from services.chassis.mongo import Session
from services.chassis.publisher import PublishError
from services.intake.api import principal_problems as problems
from services.intake.api.answers import answer
from services.intake.api.principal_forms import KEY_DAYS_DEFAULT, Bounds, NewKey, NewPrincipal
from services.intake.domain.principals import (
    RESERVED,
    KeyRecord,
    Registered,
    bound_anew,
    event_of,
)
from services.intake.store.accounts import Account, MongoAccounts
from services.intake.store.principal_log import LogEntry
from services.intake.store.principals import ChangedMeanwhileError, MongoPrincipals
from services.intake.store.telling import Principals

log = get_logger(__name__)

Also = Callable[[Session], Awaitable[None]]
"""What is written in the same transaction as a change."""
SECRET_HEADERS: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Desk:
    """Where keys are given out."""

    store: MongoPrincipals
    accounts: MongoAccounts
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

    async def change(
        self, before: Registered, after: Registered, entry: LogEntry, also: Also | None = None
    ) -> bool:
        """Keep a change with its log entry and what else it means; 409 if somebody was faster."""
        try:
            await self.store.replace(before, after, entry, also)
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


async def new_principal(
    desk: Desk, wanted: NewPrincipal, asking: Principal, drawn: Drawn, now: dt.datetime
) -> Registered:
    """Make a principal within the caller's bounds, its subtrees resolved."""
    if wanted.id in RESERVED | desk.names:
        raise problems.exists(wanted.id)
    within = await _resolved(desk, wanted)
    principal = Registered(
        id=wanted.id,
        kind=wanted.kind or _kind_of(wanted.roles),
        name=wanted.name,
        roles=tuple(sorted(set(wanted.roles))),
        jurisdictions=wanted.jurisdictions,
        organisations=wanted.organisations,
        within=within,
        keys=(record_of(drawn, wanted, now),),
        version=1,
        created=now,
    )
    if not manages(asking, principal):
        raise problems.beyond_bounds()
    return principal


async def changed(desk: Desk, before: Registered, wanted: Bounds, asking: Principal) -> Registered:
    """Give other roles and bounds, within the caller's own; refused where they are not ours."""
    if before.revoked is not None:
        raise problems.is_revoked(before.id)
    if before.claimed:
        raise problems.follows_the_provider(before.id)
    if (Role.PUBLISHER in wanted.roles) != (before.kind is PrincipalKind.PUBLISHER):
        raise problems.other_kind(before.id)
    after = bound_anew(
        before,
        name=wanted.name,
        roles=tuple(sorted(set(wanted.roles))),
        jurisdictions=wanted.jurisdictions,
        organisations=wanted.organisations,
        within=await _resolved(desk, wanted),
    )
    if not manages(asking, after):
        raise problems.beyond_bounds()
    return after


async def _resolved(desk: Desk, wanted: Bounds) -> tuple[str, ...]:
    """Find the organisations of the subtrees that are asked for."""
    if not wanted.organisations or not wanted.jurisdictions:
        return ()
    within = await desk.telling.within(wanted.jurisdictions[0], wanted.organisations)
    if len(within) > WITHIN_MAX:
        raise problems.too_wide(len(within))
    return within


def _kind_of(roles: tuple[Role, ...]) -> PrincipalKind:
    return PrincipalKind.PUBLISHER if Role.PUBLISHER in roles else PrincipalKind.STAFF


def record_of(drawn: Drawn, wanted: NewKey | NewPrincipal, now: dt.datetime) -> KeyRecord:
    """Make the record of a drawn key; its end has to be ahead."""
    expires = wanted.expires
    if expires is None and "expires" not in wanted.model_fields_set:
        expires = now + dt.timedelta(days=KEY_DAYS_DEFAULT)
    if expires is not None and expires <= now:
        raise problems.expired_already()
    return KeyRecord(drawn.key_id, drawn.sha256, now, expires)


def given(principal: Registered, drawn: Drawn, *, spread: bool, status: int) -> Response:
    """Answer with a new key: the one time that it is shown."""
    found = answer(
        {
            "principal": shown(principal, {}),
            "key_id": drawn.key_id,
            "key": drawn.secret,
            "spread": spread,
        },
        status,
    )
    found.headers.update(SECRET_HEADERS)
    return found


def shown(
    principal: Registered,
    uses: dict[str, dt.datetime],
    account: Account | None = None,
) -> dict[str, Any]:
    """Write a principal; of its keys and its password only what is no secret."""
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
        "claimed": principal.claimed,
        "password": told(account),
        "keys": [
            {
                "key_id": key.key_id,
                "use": key.use,
                "created": key.created,
                "expires": key.expires,
                "revoked": key.revoked,
                "last_used": uses.get(key.key_id),
            }
            for key in principal.keys
        ],
    }


def told(account: Account | None) -> dict[str, Any] | None:
    """Say of a password what is no secret."""
    if account is None:
        return None
    return {"set_on": account.set_on, "set_by": account.set_by, "credential": account.key_id}
