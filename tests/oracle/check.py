"""Compare a running system, at rest, with the recomputation from the log of what was sent."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.oracle.alerts import compare_alerts
from tests.oracle.api import Api
from tests.oracle.dates import fiscal_year_of
from tests.oracle.facts import Jurisdiction
from tests.oracle.figures import compare_figures
from tests.oracle.forms import compare_reporting
from tests.oracle.ledger import compare_ledger
from tests.oracle.log import read
from tests.oracle.report import Endpoints, Report
from tests.oracle.rules import read_pack
from tests.oracle.world import hear_all

MONTH_ENDS_MAX: Final = 14


@dataclass(frozen=True)
class Scope:
    """How much is asked of a running system; alerts are compared at every day whatever it is."""

    days: tuple[dt.date, ...] | None = None
    """Days as of which figures are compared; None: the last opened one and the month ends."""
    reporting: bool = True
    """Whether forms and summaries are compared too, as of the last opened day."""


EVERYTHING: Final = Scope()


def compare(log_path: Path, endpoints: Endpoints, scope: Scope = EVERYTHING) -> Report:
    """Compare all that a system says with what the log implies.

    The system should be at rest: nothing waits, and every service has passed the one before it.
    """
    report = Report()
    world = hear_all(read(log_path))
    with _open(endpoints) as (intake, analysis, alerts, reporting):
        places = compare_ledger(world, intake, report)
        world.settle(lambda key, _: places.get(key))
        pack = read_pack()
        for jurisdiction in world.jurisdictions.values():
            if not jurisdiction.days:
                continue
            days = scope.days or _days(jurisdiction)
            compare_figures(jurisdiction, days, analysis, report)
            last = compare_alerts(jurisdiction, pack, alerts, report)
            if scope.reporting and last is not None:
                compare_reporting(jurisdiction, last, reporting, report)
    return report


def _days(jurisdiction: Jurisdiction) -> list[dt.date]:
    """Give the last opened day and the latest month ends among the opened days."""
    days = jurisdiction.days
    ends = set(fiscal_year_of(days[0], jurisdiction.first_day).month_ends)
    ends |= set(fiscal_year_of(days[-1], jurisdiction.first_day).month_ends)
    return sorted({*[day for day in days if day in ends][-MONTH_ENDS_MAX:], days[-1]})


@contextmanager
def _open(endpoints: Endpoints) -> Iterator[tuple[Api, Api, Api, Api]]:
    bases = (endpoints.intake, endpoints.analysis, endpoints.alerts, endpoints.reporting)
    intake, analysis, alerts, reporting = (Api(base, endpoints.key) for base in bases)
    try:
        yield intake, analysis, alerts, reporting
    finally:
        for api in (intake, analysis, alerts, reporting):
            api.close()
