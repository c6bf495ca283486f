"""HTTP: feeds by cursor."""

from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from services.alerts.api.parameters import PAGE_DEFAULT, Cursor, Limit
from services.alerts.store.reading import AlertReader, FeedPage, scope_query
from services.chassis.identity import Caller
from services.chassis.problems import not_found
from services.chassis.segments import Segment

JSON_FEED: Final = "https://jsonfeed.org/version/1.1"
FEED_MEDIA_TYPE: Final = "application/feed+json"


def add_routes(router: APIRouter, reader: AlertReader) -> None:
    """Add the routes."""

    @router.get("/feeds/{jurisdiction}")
    async def feed(
        request: Request,
        asking: Caller,
        jurisdiction: Segment,
        cursor: Cursor = 0,
        limit: Limit = PAGE_DEFAULT,
    ) -> JSONResponse:
        """Read a jurisdiction's feed after a cursor: JSON Feed 1.1, in order.

        Gapless for whoever sees the whole jurisdiction; others get the entries in their scope.
        """
        page = None
        if asking.may_enter(jurisdiction):
            page = await reader.feed(jurisdiction, cursor, limit, scope_query(asking))
        if page is None:
            what = f"There is no jurisdiction {jurisdiction}."
            raise not_found(code="unknown_jurisdiction", what=what)
        address = f"{request.base_url}v1/feeds/{quote(jurisdiction, safe='')}"
        return JSONResponse(feed_document(page, address, cursor), media_type=FEED_MEDIA_TYPE)


def feed_document(page: FeedPage, address: str, cursor: int) -> dict[str, Any]:
    """Write a page of a feed; `next_cursor` is where the reader is now, also on an empty page."""
    following = page.entries[-1][0] if page.entries else cursor
    document: dict[str, Any] = {
        "version": JSON_FEED,
        "title": f"预警 Alerts: {page.name}",
        "feed_url": address,
        "items": [feed_item(number, event) for number, event in page.entries],
        "next_cursor": following,
    }
    if page.more:
        document["next_url"] = f"{address}?cursor={following}"
    return document


def feed_item(cursor: int, event: dict[str, Any]) -> dict[str, Any]:
    """Write an entry: the event itself, and what a feed reader shows of it."""
    data = event["data"]
    figures = [f"{fact['name']}: {fact['value']}" for fact in data.get("facts", [])]
    kind = event["type"].split(".")[-2]
    return {
        **event,
        "cursor": cursor,
        "title": f"{data['title_zh']} / {data['title_en']}",
        "content_text": "\n".join(
            [f"{kind}: {event['subject']} {data['scope_subject']}", *figures]
        ),
        "date_published": event["time"],
        "tags": [kind, data["severity"], data["aspect"], data["rule"]],
    }
