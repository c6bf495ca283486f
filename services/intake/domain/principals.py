"""Principals as intake keeps them: what may be registered, and how keys come and go.

Pure: moments and drawn keys are arguments. A secret never comes in here, only its hash.
"""

import datetime as dt
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


class KeyRecord(msgspec.Struct, frozen=True):
    """One key: never its secret."""

    key_id: str
    sha256: str
    created: dt.datetime
    expires: dt.datetime | None = None
    revoked: dt.datetime | None = None

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


class TooManyKeysError(Exception):
    """All keys that may be kept still open doors."""


def with_key(
    before: Registered, key: KeyRecord, at: dt.datetime, overlap: dt.timedelta
) -> Registered:
    """Give a new key; those that open doors now go on doing so for the overlap at most."""
    until = at + overlap
    kept = [_ending(known, until) if known.opens(at) else known for known in before.keys]
    # Dead keys are forgotten, the oldest first: the log goes on telling of them.
    for dead in [known for known in kept if not known.opens(at)]:
        if len(kept) < KEYS_MAX:
            break
        kept.remove(dead)
    if len(kept) >= KEYS_MAX:
        raise TooManyKeysError(before.id)
    return _changed(before, keys=(*kept, key))


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
            keys=tuple(PrincipalKey(**msgspec.structs.asdict(key)) for key in principal.keys),
        )
    return new_event(
        data,
        event_id=f"principal:{principal.id}:{principal.version}",
        source=SOURCE,
        subject=principal.id,
        time=at,
    )


def _ending(key: KeyRecord, until: dt.datetime) -> KeyRecord:
    if key.expires is not None and key.expires <= until:
        return key
    return msgspec.structs.replace(key, expires=until)


def _changed(before: Registered, **changes: object) -> Registered:
    return msgspec.structs.replace(before, version=before.version + 1, **changes)
