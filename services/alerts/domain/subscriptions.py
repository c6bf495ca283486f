"""Subscriptions: who wants to be told what of a jurisdiction's feed, and by which way.

A subscription never widens what its owner may see: what he wants is asked here, what he may see
is asked anew for every entry when it goes out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from contracts.vocabulary import Aspect, Code, Identifier, Severity
from services.alerts.domain.alert import ChangeKind, DataKind
from services.alerts.domain.judging import SEVERITY_ORDER
from services.alerts.domain.work import StepKind

SUBSCRIPTIONS_MAX: Final = 2_000
"""Most subscriptions of a deployment: each has at most one connection open."""
OF_PRINCIPAL_MAX: Final = 20
"""Most subscriptions of one principal."""
OVERLAP_MS: Final = 86_400_000
"""How long a former secret signs beside a new one."""
FORMER_SECRETS_MAX: Final = 9
"""Most former secrets that sign: with the present one, ten signatures of a message."""
VALUES_MAX: Final = 200
"""Most values of one filter."""
WINDOW_SECONDS_DEFAULT: Final = 900
WINDOW_SECONDS_MAX: Final = 86_400
LINE_CHARACTERS_MAX: Final = 120
"""Longest name of a subscription."""
DEPTH_MAX: Final = 20
"""Levels of organisations that are looked through."""
NO_TREE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
KINDS: Final = frozenset(kind.value for kinds in (DataKind, StepKind) for kind in kinds)
"""What can happen to an alert."""


class Channel(StrEnum):
    """How an entry goes out."""

    WEBHOOK = "webhook"
    EMAIL = "email"


class Language(StrEnum):
    """In which language people are written to."""

    ZH = "zh"
    EN = "en"


class State(StrEnum):
    """Whether a subscription is delivered."""

    ACTIVE = "active"
    PAUSED = "paused"
    """Its owner paused it, or may not have it any more."""
    DISABLED = "disabled"
    """Its receiver did not take anything for so long that it is left in peace."""


class Reason(StrEnum):
    """Why a subscription is not delivered."""

    OWNER = "paused_by_owner"
    REVOKED = "owner_may_not"
    """Its owner was revoked, or may not subscribe or enter the jurisdiction any more."""
    GONE = "receiver_gone"
    """The receiver answered 410."""
    EXHAUSTED = "retries_exhausted"
    RECIPIENT = "recipient_unsubscribed"
    """Whoever gets its mails asked for no more of them (RFC 8058)."""
    SECRET = "key_unreadable"  # noqa: S105 - a word
    """Its secret was sealed with another key of the deployment: rotate it."""


class Wanted(BaseModel):
    """What of a feed is wanted: of each list that is not empty, one of its values."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    organisations: Annotated[tuple[Code, ...], Field(max_length=VALUES_MAX)] = ()
    """Roots of subtrees: the project's lead unit or its competent department is in one of them."""
    rules: Annotated[tuple[Code, ...], Field(max_length=VALUES_MAX)] = ()
    """Rules."""
    aspects: Annotated[tuple[Aspect, ...], Field(max_length=len(Aspect))] = ()
    """Aspects (Art. 10)."""
    severity_at_least: Severity = Severity.INFO
    """Least severity."""
    projects: Annotated[tuple[Identifier, ...], Field(max_length=VALUES_MAX)] = ()
    """Projects."""
    kinds: Annotated[tuple[DataKind | StepKind, ...], Field(max_length=len(KINDS))] = ()
    """What happened: raised, cleared, escalated …"""
    muted: bool = False
    """Also what nobody else is notified of (suppressed, inhibited, flapping)."""


EVERYTHING: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a jurisdiction's feed, as it is needed to send it on."""

    jurisdiction: str
    cursor: int
    """Gapless number in the feed."""
    project: str
    lead_unit: str | None
    department: str | None
    rule: str
    aspect: str
    severity: str
    kind: str
    muted: bool
    event: bytes
    """The CloudEvent, as the topic `alerts` carries it."""


def wants(wanted: Wanted, entry: Entry, above: Mapping[str, tuple[str, ...]] = NO_TREE) -> bool:
    """Tell whether a subscription asks for an entry; its owner's scope is another question.

    `above` names the organisations above each in the entry's jurisdiction.
    """
    if entry.muted and not wanted.muted:
        return False
    if _rank(entry.severity) < _rank(wanted.severity_at_least):
        return False
    if wanted.organisations and not _below(wanted.organisations, entry, above):
        return False
    return (
        _one_of(entry.rule, wanted.rules)
        and _one_of(entry.aspect, wanted.aspects)
        and _one_of(entry.project, wanted.projects)
        and _one_of(entry.kind, wanted.kinds)
    )


def _below(roots: tuple[str, ...], entry: Entry, above: Mapping[str, tuple[str, ...]]) -> bool:
    """Tell whether an entry is of a subtree; one of an organisation itself is called by it."""
    own = (entry.lead_unit, entry.department)
    level = {code for code in own if code} or {entry.project.partition("/")[2]}
    for _ in range(DEPTH_MAX):
        if level.intersection(roots):
            return True
        level = {higher for code in level for higher in above.get(code, ())}
    return False


def _rank(severity: str) -> int:
    return SEVERITY_ORDER.index(Severity(severity))


def _one_of(value: str, values: tuple[str | ChangeKind, ...]) -> bool:
    return not values or value in values


@dataclass(frozen=True, slots=True)
class Sealed:
    """A secret as it is kept, and until when it signs."""

    sealed: bytes
    until_ms: int | None = None
    """When it ends; None: it is the present one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a subscription has come: moved by whoever delivers it, and by its owner."""

    cursor: int = 0
    """Last entry of the feed that was delivered or passed over."""
    attempt: int = 0
    """Failures of the entry that is next, since it was last delivered to."""
    next_ms: int = 0
    """When it is tried again."""
    failing_since_ms: int | None = None
    turn: int = 0
    """Grows when its owner moves it: what was under way then does not count."""
    epoch: int = 0
    """Lease under which it was last moved."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription."""

    id: str
    owner: str
    """Principal."""
    name: str
    jurisdiction: str
    wanted: Wanted
    channel: Channel
    address: str
    """URL or e-mail address."""
    language: Language
    window_seconds: int
    """E-mail: how long entries are gathered for one message."""
    state: State
    reason: Reason | None
    version: int
    """Number of its last change, from 1."""
    created_ms: int
    changed_ms: int
    line: str
    """What is delivered together: the subscription itself, or all of one recipient."""
    shard: int
    secrets: tuple[Sealed, ...] = ()
    standing: Standing = Standing()

    def keys_at(self, now_ms: int) -> tuple[Sealed, ...]:
        """Give the secrets that sign at a moment, the present one first."""
        return tuple(s for s in self.secrets if s.until_ms is None or now_ms < s.until_ms)

    def rotated(self, sealed: bytes, now_ms: int) -> "Subscription":
        """Return it with a new secret; those before it sign on until each has ended.

        Beyond `FORMER_SECRETS_MAX` the oldest end at once: each is a signature of every message.
        """
        known = self.keys_at(now_ms)
        former = (replace(known[0], until_ms=now_ms + OVERLAP_MS), *known[1:])
        secrets = (Sealed(sealed), *former[:FORMER_SECRETS_MAX])
        return replace(self, secrets=secrets, changed_ms=now_ms)


def item_of(found: Subscription, moment: Any) -> dict[str, Any]:
    """Write it as its owner sees it: without secrets; `moment` writes milliseconds as a time."""
    standing = found.standing
    webhook = found.channel is Channel.WEBHOOK
    return {
        "subscription_id": found.id,
        "name": found.name,
        "jurisdiction": found.jurisdiction,
        "filter": found.wanted.model_dump(mode="json"),
        "channel": found.channel.value,
        "address": found.address,
        "language": found.language.value,
        "window_seconds": None if webhook else found.window_seconds,
        "state": found.state.value,
        "reason": None if found.reason is None else found.reason.value,
        "version": found.version,
        "created": moment(found.created_ms),
        "changed": moment(found.changed_ms),
        "cursor": standing.cursor,
        "attempts_failed": standing.attempt,
        "failing_since": _maybe(moment, standing.failing_since_ms),
        "next_attempt": _maybe(moment, standing.next_ms if standing.attempt else None),
    }


def _maybe(moment: Any, value: int | None) -> Any:
    return None if value is None else moment(value)


def entry_of(document: Mapping[str, Any]) -> Entry:
    """Read an entry as the feed keeps it."""
    event = bytes(document["event"])
    return Entry(
        jurisdiction=document["jurisdiction"],
        cursor=document["cursor"],
        project=document["project"],
        lead_unit=document["lead_unit"],
        department=document["department"],
        event=event,
        **(_named(document) if "kind" in document else _told(json.loads(event))),
    )


def _named(document: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: document[name] for name in ("rule", "aspect", "severity", "kind")}
    return {**plain, "muted": document["muted"] is not None}


def _told(event: Mapping[str, Any]) -> dict[str, Any]:
    """Read the same out of the event: entries of the first release have it nowhere else."""
    data = event["data"]
    plain = {name: data[name] for name in ("rule", "aspect", "severity")}
    return {**plain, "kind": event["type"].split(".")[-2], "muted": False}
