"""HTTP: what waits for whoever asks."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.alerts.api.parameters import PAGE_DEFAULT, TOKEN_LENGTH_MAX, Limit, Name
from services.alerts.domain.alert import Alert
from services.alerts.store.documents import listed_item
from services.alerts.store.reading import AlertReader, PageError, task_queries
from services.chassis.identity import Caller
from services.chassis.problems import foreign_token


class Task(StrEnum):
    """What somebody is waited for."""

    ASSIGNED = "assigned"
    """Open and assigned to the caller."""
    TO_EXPLAIN = "to_explain"
    """Open at the caller's level and in his scope, and not explained, returned, or graver than
    what was explained; not what only informs."""
    TO_REVIEW = "to_review"
    """Open and explained in the caller's scope, not reviewed since."""
    MEASURES_LATE = "measures_late"
    """At the caller's level and in his scope, with a measure whose day is over and that was not
    carried out."""
    TO_CARRY_OUT = "to_carry_out"
    """With a measure of the caller's, or his organisation's, that was not carried out."""


def add_routes(router: APIRouter, reader: AlertReader) -> None:
    """Add the route."""

    @router.get("/tasks")
    async def tasks(
        asking: Caller,
        *,
        jurisdiction: Name = None,
        kind: Task | None = None,
        after: Annotated[str | None, Query(max_length=TOKEN_LENGTH_MAX)] = None,
        limit: Limit = PAGE_DEFAULT,
    ) -> dict[str, Any]:
        """Tell what waits for the caller: how many of each kind, and the alerts, kind by kind.

        An alert may wait for several things. Alerts of which nobody is notified wait only for
        whom they are assigned to. `late` names measures that are late.
        """
        queries = task_queries(asking, jurisdiction)
        counts = {one.value: 0 for one in Task}
        for name, query in queries.items():
            counts[name] = await reader.count(query)
        kinds = [name for name in queries if kind is None or name == kind]
        try:
            page = await reader.tasks([queries[name] for name in kinds], after, limit)
        except PageError as error:
            raise foreign_token() from error
        frozen = await reader.frozen(alert for _, alert in page.alerts)
        items = [
            {"task": kinds[part], "alert": listed_item(alert, frozen), "late": late_of(alert)}
            for part, alert in page.alerts
        ]
        return {"counts": counts, "items": items, "next": page.next}


def late_of(alert: Alert) -> list[str]:
    """Name the measures of an alert that are late, by their numbers."""
    return [measure.plan.measure for measure in alert.work.unfinished if measure.late]
