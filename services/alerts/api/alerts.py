"""HTTP: alerts page by page, one alert, and all that happened to it."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from pydantic import Field

from services.alerts.api import refusals
from services.alerts.api.parameters import CURSOR_MAX, PAGE_DEFAULT, PAGE_MAX, TOKEN_LENGTH_MAX
from services.alerts.domain.alert import Alert
from services.alerts.domain.listing import Filters
from services.alerts.store.documents import listed_item
from services.alerts.store.reading import AlertReader, PageError, history_item
from services.chassis.identity import Caller, Principal
from services.chassis.problems import foreign_token
from services.chassis.segments import Segment

HISTORY_MAX: Final = 1_000
"""Most entries of a page of an alert's history."""


class Listing(Filters):
    """Filters of a list, and which page of it."""

    after: Annotated[str | None, Field(max_length=TOKEN_LENGTH_MAX)] = None
    """`next` of the page before."""
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT
    """Most items in the answer."""
    counts: bool = False
    """Whether to count by severity as well, under all other filters."""


def add_routes(router: APIRouter, reader: AlertReader) -> None:
    """Add the routes."""

    @router.get("/alerts")
    async def alerts(asking: Caller, wanted: Annotated[Listing, Query()]) -> dict[str, Any]:
        """List alerts, last raised first; `next` of a page is `after` of the following one."""
        try:
            page = await reader.page(wanted, wanted.after, wanted.limit, asking)
        except PageError as error:
            raise foreign_token() from error
        frozen = await reader.frozen(alert for _, alert in page.alerts)
        told: dict[str, Any] = {
            "items": [listed_item(alert, frozen) for _, alert in page.alerts],
            "next": page.next,
        }
        if wanted.counts:
            told["counts"] = await reader.counts(wanted, asking)
        return told

    @router.get("/alerts/{alert}")
    async def alert(asking: Caller, alert: Segment, response: Response) -> dict[str, Any]:
        """Show one alert with the figures of its last change, and what was done with it."""
        found = await reader.alert(alert)
        if found is None or not sees(asking, found):
            raise refusals.unknown_alert(alert)
        response.headers["ETag"] = f'"{found.version}"'
        return listed_item(found, await reader.frozen([found]))

    @router.get("/alerts/{alert}/history")
    async def history(
        asking: Caller,
        alert: Segment,
        after: Annotated[int, Query(ge=0, le=CURSOR_MAX, description="Behind a version.")] = 0,
        limit: Annotated[int, Query(ge=1, le=HISTORY_MAX)] = HISTORY_MAX,
    ) -> dict[str, Any]:
        """Tell all that happened to an alert, in order, each once; its versions have no gap."""
        found = await reader.alert(alert)
        if found is None or not sees(asking, found):
            raise refusals.unknown_alert(alert)
        entries, more = await reader.history(alert, after, limit)
        items = [history_item(entry) for entry in entries]
        return {"items": items, "next": items[-1]["version"] if more else None}


def sees(asking: Principal, alert: Alert) -> bool:
    """Tell whether an alert is in somebody's scope: by who leads its project."""
    where = alert.where
    return asking.sees(where.project, where.lead_unit, where.department)
