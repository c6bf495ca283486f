"""HTTP: one's own subscriptions, their secrets, tests, and the log of what was delivered."""

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Response

from contracts.codec import encode_json
from services.alerts.api import subscription_problems as problems
from services.alerts.api.parameters import PAGE_DEFAULT, Limit
from services.alerts.api.subscription_forms import NOTHING, Change, NewSubscription, changed
from services.alerts.domain import signing
from services.alerts.domain.addresses import (
    ForbiddenAddressError,
    read_mail,
)
from services.alerts.domain.delivery import LogKind, LogStatus
from services.alerts.domain.subscriptions import (
    Channel,
    Sealed,
    Standing,
    State,
    Subscription,
    item_of,
)
from services.alerts.store.sealing import Seal
from services.alerts.store.subscriptions import (
    StaleError,
    SubscriptionStore,
    TooManyError,
    line_of,
    shard_of,
)
from services.chassis import clock
from services.chassis.identity import Caller, Principal
from services.chassis.problems import ProblemError
from services.chassis.segments import Segment

REPEAT_MS: Final = 600_000
"""How long a repeated request (Idempotency-Key) is told the secret once more."""
WAITING_MAX: Final = 20
"""Most tests and repetitions of one subscription that wait."""
_VERSION: Final = re.compile(r'"([0-9]{1,10})"', re.ASCII)
_PAGE: Final = re.compile(r"([0-9]{1,15})\.([0-9A-Za-z_]{1,120})", re.ASCII)
_KEY_PATTERN: Final = r"^[!-~]{1,200}$"

IfMatch = Annotated[str | None, Header(description='`"<version>"`: change only this version.')]
Key = Annotated[
    str | None,
    Header(pattern=_KEY_PATTERN, description="Of your choice: repeated, it makes nothing twice."),
]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes need."""

    store: SubscriptionStore
    seal: Seal
    check_webhook: Callable[[str], Awaitable[None]]
    """Raises ForbiddenAddressError if a URL may not be called."""
    mail_domains: frozenset[str] | None
    """Domains that mail is sent to; None: none is sent at all."""

    async def check(self, channel: Channel, address: str) -> None:
        """Refuse an address to which nothing may go."""
        try:
            if channel is Channel.WEBHOOK:
                await self.check_webhook(address)
            elif self.mail_domains is None:
                raise ProblemError(problems.NO_MAIL)
            else:
                read_mail(address, self.mail_domains)
        except ForbiddenAddressError as error:
            raise problems.forbidden(error, webhook=channel is Channel.WEBHOOK) from error

    async def own(self, asking: Principal, name: str) -> Subscription:
        """Find one of the caller's; 404 otherwise."""
        found = await self.store.get(asking.id, name)
        if found is None:
            raise problems.unknown(name)
        return found

    async def head(self, jurisdiction: str, after: int | None) -> int:
        """Tell behind which cursor to begin."""
        head = await self.store.head(jurisdiction)
        if head is None:
            raise problems.unknown_jurisdiction(jurisdiction)
        if after is not None and after > head:
            detail = f"after: the feed has only come to {head}"
            raise problems.invalid(
                pointer="/after", detail=detail, detail_zh=f"after:目前最大游标为 {head}"
            )
        return head if after is None else after


def create_subscription_router(desk: Desk) -> APIRouter:
    """Make the routes of those who may subscribe."""
    router = APIRouter(prefix="/v1")
    _add_list(router, desk)
    _add_changes(router, desk)
    _add_secrets(router, desk)
    _add_deliveries(router, desk)
    _add_requests(router, desk)
    return router


def _add_list(router: APIRouter, desk: Desk) -> None:
    @router.get("/subscriptions")
    async def subscriptions(
        asking: Caller,
        after: Annotated[str, Query(max_length=64)] = "",
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """List one's own; `next` of a page is `after` of the following one."""
        found = await desk.store.of(asking.id, after, limit)
        more = len(found) > limit
        items = [item_of(one, moment) for one in found[:limit]]
        return {"items": items, "next": found[limit - 1].id if more else None}

    @router.post("/subscriptions", status_code=201)
    async def subscribe(
        asking: Caller, wanted: NewSubscription, response: Response, idempotency_key: Key = None
    ) -> dict[str, Any]:
        """Subscribe; the secret of a webhook is told here, this once."""
        fingerprint = hashlib.sha256(encode_json(wanted.model_dump(mode="json"))).hexdigest()
        if idempotency_key is not None:
            former = await desk.store.again(asking.id, idempotency_key)
            if former is not None:
                return _repeated(desk, former, fingerprint, response)
        if not asking.may_enter(wanted.jurisdiction):
            raise problems.unknown_jurisdiction(wanted.jurisdiction)
        cursor = await desk.head(wanted.jurisdiction, wanted.after)
        await desk.check(wanted.channel, wanted.address)
        made, secret = _make(desk, asking, wanted, cursor)
        try:
            await desk.store.add(made, idempotency_key, fingerprint)
        except TooManyError as error:
            raise problems.too_many(error.most, waiting=False) from error
        return _told(made, response, secret)

    @router.get("/subscriptions/{subscription}")
    async def subscription(
        asking: Caller, subscription: Segment, response: Response
    ) -> dict[str, Any]:
        """Show one's own; its secret is shown to nobody."""
        return _told(await desk.own(asking, subscription), response)


def _add_changes(router: APIRouter, desk: Desk) -> None:
    @router.patch("/subscriptions/{subscription}")
    async def change(
        asking: Caller,
        subscription: Segment,
        response: Response,
        wanted: Change = NOTHING,
        if_match: IfMatch = None,
    ) -> dict[str, Any]:
        """Change, pause or resume one."""
        known = _expected(await desk.own(asking, subscription), if_match)
        if not asking.may_enter(known.jurisdiction):
            raise problems.unknown(subscription)
        if wanted.address is not None:
            await desk.check(known.channel, wanted.address)
        after, moved = changed(known, wanted, clock.now_ms())
        if wanted.after is not None:
            cursor = await desk.head(known.jurisdiction, wanted.after)
            after = replace(after, standing=replace(after.standing, cursor=cursor))
        return _told(await _save(desk, known, after, moved=moved), response)

    @router.delete("/subscriptions/{subscription}", status_code=204)
    async def remove(asking: Caller, subscription: Segment, if_match: IfMatch = None) -> None:
        """Remove one with its log."""
        known = _expected(await desk.own(asking, subscription), if_match)
        try:
            await desk.store.remove(known)
        except StaleError as error:
            raise problems.stale(error.version) from error


def _add_secrets(router: APIRouter, desk: Desk) -> None:
    @router.post("/subscriptions/{subscription}/rotate")
    async def rotate(
        asking: Caller, subscription: Segment, response: Response, if_match: IfMatch = None
    ) -> dict[str, Any]:
        """Draw a new secret, told here, this once; for a day each former one signs as well."""
        known = _expected(await desk.own(asking, subscription), if_match)
        if known.channel is not Channel.WEBHOOK:
            raise ProblemError(problems.NOT_WEBHOOK)
        now_ms, secret = clock.now_ms(), secrets.token_bytes(signing.SECRET_BYTES)
        changed = known.rotated(desk.seal.close(secret, known.id), now_ms)
        return _told(await _save(desk, known, changed, moved=False), response, secret)


def _add_deliveries(router: APIRouter, desk: Desk) -> None:
    @router.get("/subscriptions/{subscription}/deliveries")
    async def deliveries(
        asking: Caller,
        subscription: Segment,
        status: LogStatus | None = None,
        after: Annotated[str | None, Query(max_length=150)] = None,
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """List what was delivered, the last first; `next` is `after` of the following page."""
        known = await desk.own(asking, subscription)
        token = None if after is None else _token(after)
        found = await desk.store.deliveries(known.id, token, status, limit)
        last = found[limit - 1] if len(found) > limit else None
        following = None if last is None else f"{last['updated_ms']}.{last['_id']}"
        return {"items": [_delivery(one) for one in found[:limit]], "next": following}


def _add_requests(router: APIRouter, desk: Desk) -> None:
    @router.post("/subscriptions/{subscription}/test", status_code=202)
    async def test(asking: Caller, subscription: Segment) -> dict[str, Any]:
        """Have a test sent, whatever waits in the line; its outcome is in the log."""
        known = await desk.own(asking, subscription)
        if known.channel is Channel.EMAIL and desk.mail_domains is None:
            raise ProblemError(problems.NO_MAIL)
        name = f"{known.id}_t{clock.new_id().hex()}"
        return await _ask(desk, known, name, LogKind.TEST, [])

    @router.post("/subscriptions/{subscription}/deliveries/{delivery}/replay", status_code=202)
    async def replay(asking: Caller, subscription: Segment, delivery: Segment) -> dict[str, Any]:
        """Have a delivery sent once more, under the same id."""
        known = await desk.own(asking, subscription)
        found = await desk.store.delivery(known.id, delivery)
        if found is None:
            raise problems.unknown_delivery(delivery)
        kind = LogKind(found["kind"])
        if kind not in {LogKind.EVENT, LogKind.MAIL}:
            raise ProblemError(problems.NOT_SENT)
        return await _ask(desk, known, delivery, kind, found["entries"])


def _token(text: str) -> tuple[int, str]:
    """Read a page's token."""
    parts = _PAGE.fullmatch(text)
    if parts is None:
        raise problems.invalid(
            pointer="/after", detail="after: is no page token", detail_zh="after:分页标记无效"
        )
    return int(parts[1]), parts[2]


async def _ask(
    desk: Desk, known: Subscription, name: str, kind: LogKind, entries: list[Any]
) -> dict[str, Any]:
    document = {
        "_id": name,
        "subscription": known.id,
        "shard": known.shard,
        "kind": kind.value,
        "entries": entries,
        "asked_ms": clock.now_ms(),
    }
    try:
        await desk.store.request(document, WAITING_MAX)
    except TooManyError as error:
        raise problems.too_many(error.most, waiting=True) from error
    return {"delivery_id": name, "status": "asked"}


def _make(
    desk: Desk, asking: Principal, wanted: NewSubscription, cursor: int
) -> tuple[Subscription, bytes | None]:
    name, now_ms = clock.new_id().hex(), clock.now_ms()
    webhook = wanted.channel is Channel.WEBHOOK
    secret = secrets.token_bytes(signing.SECRET_BYTES) if webhook else None
    line = line_of(wanted.channel, name, asking.id, wanted.address, wanted.language)
    made = Subscription(
        id=name,
        owner=asking.id,
        name=wanted.name,
        jurisdiction=wanted.jurisdiction,
        wanted=wanted.filter,
        channel=wanted.channel,
        address=wanted.address,
        language=wanted.language,
        window_seconds=wanted.window_seconds,
        state=State.ACTIVE,
        reason=None,
        version=1,
        created_ms=now_ms,
        changed_ms=now_ms,
        line=line,
        shard=shard_of(line),
        secrets=() if secret is None else (Sealed(desk.seal.close(secret, name)),),
        standing=Standing(cursor),
    )
    return made, secret


def _repeated(
    desk: Desk, former: tuple[Subscription, str], fingerprint: str, response: Response
) -> dict[str, Any]:
    """Answer a repeated request as the first time: its answer may have been lost."""
    made, body = former
    if body != fingerprint:
        raise ProblemError(problems.KEY_REUSED)
    young = clock.now_ms() - made.created_ms < REPEAT_MS and len(made.secrets) == 1
    secret = desk.seal.open(made.secrets[0].sealed, made.id) if young else None
    return _told(made, response, secret)


async def _save(
    desk: Desk, known: Subscription, changed: Subscription, *, moved: bool
) -> Subscription:
    try:
        return await desk.store.change(known, changed, moved=moved)
    except StaleError as error:
        raise problems.stale(error.version) from error


def _expected(known: Subscription, if_match: str | None) -> Subscription:
    """Refuse a change of a version that is not the present one."""
    if if_match is None:
        return known
    given = _VERSION.fullmatch(if_match.strip())
    if given is None or int(given[1]) != known.version:
        raise problems.stale(known.version)
    return known


def _told(found: Subscription, response: Response, secret: bytes | None = None) -> dict[str, Any]:
    response.headers["ETag"] = f'"{found.version}"'
    response.headers["Cache-Control"] = "no-store"
    item = item_of(found, moment)
    return item if secret is None else {**item, "secret": signing.secret_text(secret)}


def moment(milliseconds: int) -> str:
    """Write a moment."""
    found = dt.datetime.fromtimestamp(milliseconds / 1_000, dt.UTC)
    return found.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _delivery(found: dict[str, Any]) -> dict[str, Any]:
    attempts = [
        {**attempt, "at": moment(attempt["at_ms"])} for attempt in found.get("attempts", ())
    ]
    return {
        "delivery_id": found["_id"],
        "kind": found["kind"],
        "status": found["status"],
        "note": found["note"],
        "updated": moment(found["updated_ms"]),
        "tries": found["tries"],
        "attempts": [{k: v for k, v in one.items() if k != "at_ms"} for one in attempts],
        "entries": [
            {"jurisdiction": where, "cursor": number} for where, number in found["entries"]
        ],
    }
