"""HTTP: feeds by cursor, pulled, waited for or streamed."""

import asyncio
import re
from contextlib import ExitStack
from dataclasses import replace
from typing import Annotated, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import JSONResponse, Response

from contracts.events.alerts import ALERT_EVENTS
from contracts.vocabulary import Aspect, Severity
from services.alerts.api.feed_items import atom_document, feed_document
from services.alerts.api.parameters import PAGE_DEFAULT, SUBJECT_LENGTH_MAX, Limit
from services.alerts.api.problems import cursor_ahead, invalid_cursor, too_many_streams
from services.alerts.api.streaming import (
    CHECK_SECONDS,
    DELIVERED,
    SSE,
    EventStream,
    events,
    frame,
)
from services.alerts.domain.feed import FILTER_VALUES_MAX, Wanted
from services.alerts.store.feeding import FeedPage
from services.alerts.store.following import AwayError, FeedHub, FullError, Reading, Tail
from services.chassis import clock
from services.chassis.cuts import Wait
from services.chassis.identity import UNAUTHORISED, Permission, Principal
from services.chassis.identity_leave import Leave
from services.chassis.problems import (
    RETRY_AFTER_SECONDS,
    UNAVAILABLE,
    ProblemError,
    invalid_parameter,
    not_found,
)
from services.chassis.segments import Segment

FEED_MEDIA_TYPE: Final = "application/feed+json"
ATOM_MEDIA_TYPE: Final = "application/atom+xml"
NOW: Final = "now"
AGAIN: Final = {"Retry-After": RETRY_AFTER_SECONDS}
KINDS: Final = frozenset(event.event_type().split(".")[-2] for event in ALERT_EVENTS)
_NUMBER: Final = re.compile(r"[0-9]{1,19}", re.ASCII)

Values = Annotated[list[str] | None, Query(max_length=FILTER_VALUES_MAX)]


def wanted_of(
    *,
    rule: Values = None,
    severity: Values = None,
    aspect: Values = None,
    kind: Values = None,
    project: Values = None,
    unit: Values = None,
) -> Wanted:
    """Read filters, each as often as there are values; 422 for a value that cannot be."""
    for name, values, known in (
        ("severity", severity, {one.value for one in Severity}),
        ("aspect", aspect, {one.value for one in Aspect}),
        ("kind", kind, KINDS),
    ):
        if unknown := sorted(set(values or ()) - known):
            there_are = ", ".join(sorted(known))
            raise invalid_parameter(
                name,
                f"there is no {unknown[0]!r}; there are {there_are}",
                f"没有 {unknown[0]!r};可用:{there_are}",
            )
    for name, values in (("rule", rule), ("project", project), ("unit", unit)):
        if any(len(value) > SUBJECT_LENGTH_MAX for value in values or ()):
            raise invalid_parameter(
                name,
                f"longer than {SUBJECT_LENGTH_MAX} characters",
                f"超过 {SUBJECT_LENGTH_MAX} 个字符",
            )
    return Wanted(
        rule=frozenset(rule or ()),
        severity=frozenset(severity or ()),
        aspect=frozenset(aspect or ()),
        kind=frozenset(kind or ()),
        project=frozenset(project or ()),
        units=frozenset(unit or ()),
    )


def add_routes(router: APIRouter, hub: FeedHub) -> None:
    """Add the route; streams and waiting questions end when the hub's service stops."""

    @router.get(
        "/feeds/{jurisdiction}",
        response_model=None,
        responses={
            200: {
                "content": {
                    FEED_MEDIA_TYPE: {"schema": {"type": "object"}},
                    ATOM_MEDIA_TYPE: {"schema": {"type": "string"}},
                    SSE: {"schema": {"type": "string"}},
                }
            }
        },
    )
    async def feed(
        request: Request,
        *,
        jurisdiction: Segment,
        wanted: Annotated[Wanted, Depends(wanted_of)],
        cursor: Annotated[
            str,
            Query(
                description="Go on behind this: `next_cursor` of an earlier answer, `id` of an "
                "event, `now`; 0: from the beginning."
            ),
        ] = "0",
        last_event_id: Annotated[
            str | None,
            Header(description="As `cursor`, before it: what a browser sends by itself."),
        ] = None,
        limit: Limit = PAGE_DEFAULT,
        wait: Wait = 0,
    ) -> Response:
        """Read a jurisdiction's feed behind a cursor, in order.

        A page of it as JSON Feed 1.1 (or Atom, `Accept: application/atom+xml`), after up to `wait`
        seconds if there is nothing yet; or, with `Accept: text/event-stream`, a stream of events
        that goes on (`id` is the cursor).
        Gapless for whoever sees the whole jurisdiction; others get the entries in their scope.
        """
        leave = Leave(request, lambda one: _may_read(one, jurisdiction))
        asked = await _asked(hub, leave, jurisdiction, wanted, last_event_id or cursor)
        accepted = request.headers.get("accept", "")
        if SSE in accepted:
            return asked.stream()
        page = await asked.page(limit, wait)
        return await _written(request, hub, jurisdiction, page, atom=ATOM_MEDIA_TYPE in accepted)


def _may_read(one: Principal, jurisdiction: str) -> bool:
    return one.may(Permission.READ) and one.may_enter(jurisdiction)


async def _asked(
    hub: FeedHub, leave: Leave, jurisdiction: str, wanted: Wanted, cursor: str
) -> "Asked":
    """Read a question; 404 for a feed there is not, or none that the caller may enter."""
    asking = leave.holder()
    head = None
    if asking is not None and asking.may_enter(jurisdiction):
        head = await hub.reader.head(jurisdiction)
    if head is None:
        what = f"There is no jurisdiction {jurisdiction}."
        raise not_found(
            code="unknown_jurisdiction", what=what, what_zh=f"没有财政区划 {jurisdiction}。"
        )
    if wanted.units:
        wanted = replace(wanted, units=await hub.reader.below(jurisdiction, wanted.units))
    after = await _begin(hub, jurisdiction, cursor, head)
    return Asked(hub, leave, jurisdiction, wanted, after, max(head, after))


async def _begin(hub: FeedHub, jurisdiction: str, text: str, head: int) -> int:
    """Read a cursor; 422 for what is none, 409 for one that this feed never gave."""
    if text == NOW:
        return head
    if not _NUMBER.fullmatch(text):
        raise invalid_cursor(text)
    after = int(text)
    if after > head:
        # Another process gave it a moment ago, perhaps: asked so that nobody can know more.
        head = await hub.reader.head(jurisdiction, surely=True) or 0
    if after > head:
        raise cursor_ahead(after, head)
    return after


class Asked:
    """One question to a feed."""

    def __init__(
        self,
        hub: FeedHub,
        leave: Leave,
        jurisdiction: str,
        wanted: Wanted,
        after: int,
        head: int,
    ) -> None:
        """`head` was read just now."""
        self._hub = hub
        self._leave = leave
        self._jurisdiction = jurisdiction
        self._wanted = wanted
        self._after = after
        self._head = head

    def stream(self) -> EventStream:
        """Stream what comes."""
        held = ExitStack()
        reading = self._reading(self._follow(held), self._after)
        return EventStream(events(reading, self._leave, self._hub.stopping), held.close)

    async def page(self, limit: int, wait_seconds: float) -> FeedPage:
        """Read a page; if there is nothing on it, wait until there is something."""
        asking = self._leave.holder()
        if asking is None:
            raise ProblemError(UNAUTHORISED)
        page = await self._hub.reader.page(
            self._jurisdiction, self._after, self._head, limit, self._wanted, asking
        )
        if page.entries or page.more or not wait_seconds:
            return page
        with ExitStack() as held:
            tail = self._follow(held)
            return await self._waited(tail, page, limit, wait_seconds)

    async def _waited(
        self, tail: Tail, page: FeedPage, limit: int, wait_seconds: float
    ) -> FeedPage:
        reading = self._reading(tail, page.upto)
        deadline = clock.monotonic() + wait_seconds
        while True:
            asking = self._leave.holder()
            if asking is None:
                raise ProblemError(UNAUTHORISED)
            try:
                found = await reading.next(asking, limit, frame)
            except AwayError as error:
                raise ProblemError(UNAVAILABLE, AGAIN) from error
            left = deadline - clock.monotonic()
            if found or left <= 0 or self._hub.stopping.is_set():
                head = max(tail.head, reading.cursor)
                return FeedPage([held.entry for held in found], reading.cursor, head)
            await reading.news(min(left, CHECK_SECONDS))

    def _follow(self, held: ExitStack) -> Tail:
        try:
            return held.enter_context(self._hub.follow(self._jurisdiction, self._head))
        except FullError as error:
            raise too_many_streams() from error

    def _reading(self, tail: Tail, after: int) -> Reading:
        return Reading(self._hub.reader, tail, self._wanted, after)


async def _written(
    request: Request, hub: FeedHub, jurisdiction: str, page: FeedPage, *, atom: bool
) -> Response:
    name = await hub.reader.name(jurisdiction)
    address = f"{request.base_url}v1/feeds/{quote(jurisdiction, safe='')}"
    following = f"{address}?{_following(request.query_params.multi_items(), page.upto)}"
    DELIVERED.labels("atom" if atom else "json").inc(len(page.entries))
    if atom:
        body = await asyncio.to_thread(atom_document, page, name, address, following)
        return Response(body, media_type=ATOM_MEDIA_TYPE)
    document = feed_document(page, name, address, following)
    return JSONResponse(document, media_type=FEED_MEDIA_TYPE)


def _following(given: list[tuple[str, str]], cursor: int) -> str:
    """Ask for the next page in the same words."""
    return urlencode([("cursor", cursor), *(pair for pair in given if pair[0] != "cursor")])
