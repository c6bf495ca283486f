"""Assessing project years and saying so, after a change or for an opened day."""

import asyncio
from collections.abc import Iterable
from typing import Final

from services.analysis.domain import assess
from services.analysis.handlers import counting
from services.analysis.handlers.share import Share
from services.analysis.handlers.telling import Cause, tell
from services.analysis.store.rowmaking import row_of
from services.analysis.store.states import Batch, Project, Row, Year, YearKey
from services.chassis.log import get_logger

log = get_logger(__name__)

TURN_YEARS: Final = 8
"""Years assessed before others have their turn: a few milliseconds."""


def assess_into(
    batch: Batch,
    share: Share,
    project: Project,
    year: Year,
    cause: Cause | None = None,
    *,
    settled: bool = False,
    reprojected: bool = False,
) -> bool:
    """Add a year's assessment as of today to a batch, and its row; give whether it could be made.

    `cause`: what it rests on; None: the last entry of the project. `settled`: that is the entry
    which opened today. `reprojected`: nothing new has happened, the projection was made anew.
    """
    head = project.head
    jurisdiction = share.jurisdictions[head.jurisdiction]
    today = jurisdiction.today
    if today is None:
        return False
    year.assessed, year.due = head.sequence, None
    try:
        data = assess(
            jurisdiction,
            head,
            year.state,
            today,
            settled=settled,
            ledger_position=batch.standing.position,
            reprojected=reprojected,
        )
    except Exception:
        # One project must not stop the day of all others: it is marked, and the log says why.
        log.exception("year_not_assessed", project=head.project, fiscal_year=year.state.fiscal_year)
        counting.NOT_ASSESSED.inc()
        project.unmeasured = True
        project.change(batch.standing.position)
        batch.heads[head.project] = project
        return False
    counting.ASSESSED.labels("day" if settled else "round" if cause else "change").inc()
    cause = cause or Cause(
        head.position, year.recorded_ms, context=share.contexts.of(head.position)
    )
    tell(batch, share.partition, head.project, data, cause)
    first = head.registered_on
    registered = first is not None and first <= today.toordinal()
    row = row_of(head.project, data, registered=registered, incomplete=project.incomplete)
    batch.rows[year.key] = Row(batch.standing.out, row)
    return True


def has_today(share: Share, project: str) -> bool:
    """Say whether a project's jurisdiction has an opened day: before it nothing is assessed."""
    jurisdiction = share.jurisdictions.get(project.split("/", 1)[0])
    return jurisdiction is not None and jurisdiction.today is not None


async def turn(place: int) -> None:
    """Let others have their turn after every so many years; people get answers meanwhile."""
    if place % TURN_YEARS == TURN_YEARS - 1:
        await asyncio.sleep(0)


async def assess_due(
    batch: Batch, share: Share, projects: dict[str, Project], keys: Iterable[YearKey]
) -> None:
    """Assess the named years, as far as they are due."""
    for place, key in enumerate(keys):
        await turn(place)
        project = projects.get(key.project)
        year = project.years.get(key.fiscal_year) if project else None
        if project is None or year is None or year.due is None:
            continue
        assess_into(batch, share, project, year)
        if key not in batch.years:
            batch.assessed[key] = year
