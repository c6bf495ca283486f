"""HTTP: alerts page by page."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from services.alerts.api.parameters import PAGE_DEFAULT, TOKEN_LENGTH_MAX, Limit, Name, Year
from services.alerts.api.problems import invalid
from services.alerts.domain.alert import Alert
from services.alerts.store.documents import alert_item
from services.alerts.store.reading import AlertReader, PageError, scope_query
from services.chassis.identity import Caller, Principal
from services.chassis.problems import not_found
from services.chassis.segments import Segment


def add_routes(router: APIRouter, reader: AlertReader) -> None:
    """Add the routes."""

    @router.get("/alerts")
    async def alerts(
        *,
        asking: Caller,
        jurisdiction: Name = None,
        state: Literal["open", "cleared", "all"] = "open",
        project: Name = None,
        rule: Name = None,
        fiscal_year: Year = None,
        after: Annotated[str | None, Query(max_length=TOKEN_LENGTH_MAX)] = None,
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """List alerts, last raised first; `next` of a page is `after` of the following one."""
        filters = {
            "jurisdiction": jurisdiction,
            "state": None if state == "all" else state,
            "project": project,
            "rule": rule,
            "fiscal_year": fiscal_year,
        }
        wanted = {name: value for name, value in filters.items() if value is not None}
        try:
            page = await reader.page(wanted, after, limit, scope_query(asking))
        except PageError as error:
            raise invalid(
                parameter="after", detail="is not a page token that this service gave"
            ) from error
        return {"items": [alert_item(alert) for alert in page.alerts], "next": page.next}

    @router.get("/alerts/{alert}")
    async def alert(asking: Caller, alert: Segment) -> dict[str, Any]:
        """Show one alert with the figures of its last change."""
        found = await reader.alert(alert)
        if found is None or not sees(asking, found):
            raise not_found(code="unknown_alert", what=f"There is no alert {alert}.")
        return alert_item(found)


def sees(asking: Principal, alert: Alert) -> bool:
    """Tell whether an alert is in somebody's scope: by who leads its project."""
    where = alert.where
    return asking.sees(where.project, where.lead_unit, where.department)
