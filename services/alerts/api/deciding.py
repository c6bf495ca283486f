"""What recording a decision has in common: its key, its day, whose project it is."""

import datetime as dt
from typing import Annotated

from fastapi import Depends, Request

from services.alerts.api.decision_problems import not_opened, out_of_scope
from services.alerts.domain.decisions import Taken
from services.alerts.store.decisions import DecisionStore, Whose
from services.chassis import clock
from services.chassis.identity import Principal
from services.chassis.requests import idempotency_key

RequestKey = Annotated[str, Depends(idempotency_key)]
"""A route's parameter: the request's Idempotency-Key."""


def taken(asking: Principal, request: Request) -> Taken:
    """Tell who takes a decision, by which request, when."""
    return Taken(asking.id, idempotency_key(request), clock.now())


async def opened(store: DecisionStore, jurisdiction: str, day: dt.date, pointer: str) -> None:
    """Refuse a day later than the last one opened: business time is what was opened."""
    last = await store.last_day(jurisdiction)
    if last is None or day > dt.date.fromisoformat(last):
        raise not_opened(pointer, last)


async def whose(store: DecisionStore, asking: Principal, project: str, fiscal_year: int) -> Whose:
    """Tell who leads a project in the caller's scope; refused if it is not in it.

    Who sees the whole jurisdiction may decide about projects that alerts knows nothing of.
    """
    found = await store.whose(project, fiscal_year) or Whose(None, None)
    if not asking.sees(project, found.lead_unit, found.department):
        raise out_of_scope(pointer="/project")
    return found
