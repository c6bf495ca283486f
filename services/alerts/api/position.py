"""HTTP: how far we have come."""

from typing import Annotated

from fastapi import APIRouter, Query

from contracts.record import format_cut
from services.alerts.api.parameters import CUT_LENGTH_MAX
from services.alerts.store.reading import AlertReader
from services.alerts.store.writing import AlertStore
from services.chassis.cuts import Wait, wait_until_reached


def add_routes(router: APIRouter, store: AlertStore, reader: AlertReader) -> None:
    """Add the route."""

    @router.get("/position")
    async def position(
        at_least: Annotated[str | None, Query(max_length=CUT_LENGTH_MAX)] = None,
        wait: Wait = 0,
    ) -> dict[str, str]:
        """Tell which assessments are judged; wait until `at_least` is, else 409."""
        assessments = await wait_until_reached(store.progress, at_least, wait)
        told = await reader.told(store.progress.partitions)
        return {"assessments": assessments, "alerts": format_cut(told)}
