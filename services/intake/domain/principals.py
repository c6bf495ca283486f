"""Principals as intake keeps them: what may be registered, and how keys come and go.

Pure: moments and drawn keys are arguments. A secret never comes in here, only its hash.
"""

import datetime as dt
from enum import StrEnum
from typing import Final

import msgspec

from contracts.codec import new_event
from contracts.envelope import AnyEvent
from contracts.events.principals import (
    KEYS_MAX,
    PrincipalKey,
    PrincipalRegistered,
    PrincipalRevoked,
)
from contracts.vocabulary import PrincipalKind, Role

SOURCE: Final = "dualwatch:intake"
ID_PATTERN: Final = r"^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$"
"""ASCII in lower case, so that no two ids look alike; no underscore, which Kafka takes for a dot
in topic names (`publish.<id>`)."""
RESERVED: Final = frozenset(
    {"deployment", "dualwatch", "unknown", "intake", "analysis", "alerts", "reporting", "console"}
)
"""Names that stand for parts of the deployment."""


class KeyUse(StrEnum):
    """What a key is for."""

    KEY = "key"
    """To be sent with requests by whoever holds its secret."""
    PASSWORD = "password"  # noqa: S105 - a word, not a secret
    """A credential: it stands for a password, ends with it, and its secret is nobody's."""
    SIGN_IN = "sign_in"
    """A credential of somebody who has signed in at an OpenID provider."""


class KeyRecord(msgspec.Struct, frozen=True):
    """One key: never its secret."""

    key_id: str
    sha256: str
    created: dt.datetime
    expires: dt.datetime | None = None
    revoked: dt.datetime | None = None
    use: KeyUse = KeyUse.KEY

    def opens(self, at: dt.datetime) -> bool:
        """Whether it lets its holder in at a moment."""
        return self.revoked is None and (self.expires is None or at < self.expires)


class Registered(msgspec.Struct, frozen=True):
    """A principal as it is now."""

    id: str
    kind: PrincipalKind
    name: str
    roles: tuple[Role, ...]
    jurisdictions: tuple[str, ...] | None
    """Null: all there are."""
    organisations: tuple[str, ...]
    within: tuple[str, ...]
    """The organisations of those subtrees by today's tree."""
    keys: tuple[KeyRecord, ...]
    version: int
    created: dt.datetime
    revoked: dt.datetime | None = None
    claimed: bool = False
    """Whether name, roles and bounds are what an OpenID provider says of it."""


class Claimed(msgspec.Struct, frozen=True):
    """What an OpenID provider says of somebody, as far as it is believed."""

    id: str
    name: str
    roles: tuple[Role, ...]
    jurisdictions: tuple[str, ...]
    organisations: tuple[str, ...]


class TooManyKeysError(Exception):
    """All keys that may be kept still open doors."""


def with_key(
    before: Registered, key: KeyRecord, at: dt.datetime, overlap: dt.timedelta
) -> Registered:
    """Give a new key; those that open doors now go on doing so for the overlap at most."""
    until = at + overlap
    kept = [
        _ending(known, until) if known.opens(at) and known.use is KeyUse.KEY else known
        for known in before.keys
    ]
    return _changed(before, keys=_added(before.id, kept, key, at))


def with_credential(before: Registered, key: KeyRecord, at: dt.datetime) -> Registered:
    """Give a credential: one for a password replaces the one before, and so ends its sessions."""
    kept = before if key.use is not KeyUse.PASSWORD else without_use(before, key.use, at)
    return _changed(before, keys=_added(before.id, list(kept.keys), key, at))


def without_use(before: Registered, use: KeyUse, at: dt.datetime) -> Registered:
    """Take back all keys of a use."""
    keys = tuple(
        msgspec.structs.replace(key, revoked=at) if key.use is use and key.opens(at) else key
        for key in before.keys
    )
    return _changed(before, keys=keys)


def as_claimed(before: Registered, claimed: Claimed, within: tuple[str, ...]) -> Registered:
    """Follow what the provider says; the same principal where it says nothing new."""
    changes = {**msgspec.structs.asdict(claimed), "within": within}
    after = msgspec.structs.replace(before, **changes)
    return before if after == before else _changed(before, **changes)


def bound_anew(
    before: Registered,
    *,
    name: str,
    roles: tuple[Role, ...],
    jurisdictions: tuple[str, ...] | None,
    organisations: tuple[str, ...],
    within: tuple[str, ...],
) -> Registered:
    """Give other roles and bounds; keys and password stay, and open what these allow.

    The same principal where nothing is new.
    """
    after = msgspec.structs.replace(
        before,
        name=name,
        roles=roles,
        jurisdictions=jurisdictions,
        organisations=organisations,
        within=within,
    )
    return before if after == before else _changed(after)


def without_key(before: Registered, key_id: str, at: dt.datetime) -> Registered:
    """Take a key back; from now on it opens nothing."""
    keys = tuple(
        msgspec.structs.replace(key, revoked=at)
        if key.key_id == key_id and key.revoked is None
        else key
        for key in before.keys
    )
    return _changed(before, keys=keys)


def taken_back(before: Registered, at: dt.datetime) -> Registered:
    """Let a principal in no more, for ever: its id is not given to anybody else."""
    return _changed(before, revoked=at)


def resolved(before: Registered, within: tuple[str, ...]) -> Registered:
    """Follow the tree."""
    return _changed(before, within=within)


def event_of(principal: Registered, at: dt.datetime) -> AnyEvent:
    """Tell the whole state, as the topic `principals` carries it."""
    date = at.date()
    data: PrincipalRegistered | PrincipalRevoked
    if principal.revoked is not None:
        data = PrincipalRevoked(date=date, version=principal.version)
    else:
        data = PrincipalRegistered(
            date=date,
            version=principal.version,
            kind=principal.kind,
            name=principal.name,
            roles=principal.roles,
            jurisdictions=principal.jurisdictions,
            organisations=principal.organisations,
            within=principal.within,
            keys=tuple(
                PrincipalKey(
                    key_id=key.key_id,
                    sha256=key.sha256,
                    created=key.created,
                    expires=key.expires,
                    revoked=key.revoked,
                )
                for key in principal.keys
            ),
        )
    return new_event(
        data,
        event_id=f"principal:{principal.id}:{principal.version}",
        source=SOURCE,
        subject=principal.id,
        time=at,
    )


def _added(
    principal_id: str, known: list[KeyRecord], key: KeyRecord, at: dt.datetime
) -> tuple[KeyRecord, ...]:
    """Add a key; dead ones are forgotten, the oldest first: the log goes on telling of them."""
    kept = list(known)
    for dead in [one for one in kept if not one.opens(at)]:
        if len(kept) < KEYS_MAX:
            break
        kept.remove(dead)
    if len(kept) >= KEYS_MAX:
        raise TooManyKeysError(principal_id)
    return (*kept, key)


def _ending(key: KeyRecord, until: dt.datetime) -> KeyRecord:
    if key.expires is not None and key.expires <= until:
        return key
    return msgspec.structs.replace(key, expires=until)


def _changed(before: Registered, **changes: object) -> Registered:
    return msgspec.structs.replace(before, version=before.version + 1, **changes)
