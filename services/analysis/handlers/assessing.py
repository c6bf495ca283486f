"""Assessing project years and saying so, after a change or for an opened day."""

from collections.abc import Iterable

from services.analysis.domain import assess
from services.analysis.handlers import counting
from services.analysis.handlers.share import Share
from services.analysis.handlers.telling import Cause, tell
from services.analysis.store.states import Batch, Project, Year, YearKey
from services.chassis.log import get_logger

log = get_logger(__name__)


def assess_into(
    batch: Batch, share: Share, project: Project, year: Year, opened: Cause | None = None
) -> bool:
    """Add a year's assessment as of today to a batch; give whether it could be made.

    `opened`: the entry that opened today, of a sweep: the assessment is settled.
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
            settled=opened is not None,
            ledger_position=batch.standing.position,
        )
    except Exception:
        # One project must not stop the day of all others: it is marked, and the log says why.
        log.exception("year_not_assessed", project=head.project, fiscal_year=year.state.fiscal_year)
        counting.NOT_ASSESSED.inc()
        project.incomplete = True
        batch.heads[head.project] = project
        return False
    counting.ASSESSED.labels("day" if opened else "change").inc()
    cause = opened or Cause(head.position, year.recorded_ms)
    tell(batch, share.partition, head.project, data, cause)
    return True


def has_today(share: Share, project: str) -> bool:
    """Say whether a project's jurisdiction has an opened day: before it nothing is assessed."""
    jurisdiction = share.jurisdictions.get(project.split("/", 1)[0])
    return jurisdiction is not None and jurisdiction.today is not None


def assess_due(
    batch: Batch, share: Share, projects: dict[str, Project], keys: Iterable[YearKey]
) -> None:
    """Assess the named years, as far as they are due."""
    for key in keys:
        project = projects.get(key.project)
        year = project.years.get(key.fiscal_year) if project else None
        if project is None or year is None or year.due is None:
            continue
        assess_into(batch, share, project, year)
        if key not in batch.years:
            batch.assessed[key] = year
