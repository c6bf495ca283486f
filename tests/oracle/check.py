"""Compare a running system, at rest, with the recomputation from the log of what was sent."""

import datetime as dt
import gc
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from tests.oracle.alerts import compare_alerts
from tests.oracle.api import Api
from tests.oracle.batches import compare_batches, compare_documents
from tests.oracle.dates import fiscal_year_of
from tests.oracle.facts import Jurisdiction
from tests.oracle.figures import compare_figures
from tests.oracle.forms import compare_reporting
from tests.oracle.ledger import compare_ledger
from tests.oracle.log import read
from tests.oracle.moment import Parameters
from tests.oracle.report import Endpoints, Report
from tests.oracle.rules import read_pack
from tests.oracle.silence import compare_heard
from tests.oracle.world import World, hear_all

MONTH_ENDS_MAX: Final = 14


@dataclass(frozen=True)
class Scope:
    """How much is asked of a running system; alerts are compared at every day whatever it is."""

    days: tuple[dt.date, ...] | None = None
    """Days as of which figures are compared; None: the last opened one and the month ends."""
    reporting: bool = True
    """Whether forms and summaries are compared too, as of the last opened day."""


EVERYTHING: Final = Scope()


class Part(StrEnum):
    """What of a jurisdiction is compared on its own."""

    FIGURES = "figures"
    """And what of the ledger is counted over many projects."""
    ALERTS = "alerts"
    """And what rests on them: forms and summaries."""


@dataclass(frozen=True)
class Known:
    """What all parts of a comparison share."""

    world: World
    endpoints: Endpoints
    scope: Scope
    pack: Mapping[str, Parameters]


def compare(
    log_path: Path, endpoints: Endpoints, scope: Scope = EVERYTHING, processes: int = 1
) -> Report:
    """Compare all that a system says with what the log implies.

    The system should be at rest: nothing waits, and every service has passed the one before it.
    `processes`: how many work side by side once the ledger is compared.
    """
    report = Report()
    world = hear_all(read(log_path))
    with _open(endpoints) as (intake, *_):
        places = compare_ledger(world, intake, report)
    world.settle(lambda key, _: places.get(key))
    # It is all entered: what was sent is the larger part of what is held.
    world.told.clear()
    known = Known(world, endpoints, scope, read_pack())
    codes = [code for code, found in world.jurisdictions.items() if found.days]
    parts = [(part, code) for part in (Part.ALERTS, Part.FIGURES) for code in codes]
    for found in _side_by_side(known, parts, processes):
        report.merge(found)
    return report


def _side_by_side(
    known: Known, parts: Sequence[tuple[Part, str]], processes: int
) -> Iterator[Report]:
    if processes <= 1:
        yield from (_compare(known, *part) for part in parts)
        return
    # What is known is shared with the processes as it is, pages and all, not written out for them.
    gc.freeze()
    _shared.append(known)
    try:
        with ProcessPoolExecutor(processes, get_context("fork")) as pool:
            yield from pool.map(_compare_shared, parts)
    finally:
        _shared.clear()
        gc.unfreeze()


_shared: Final[list[Known]] = []
"""What the processes of the comparison that is going on have been given by being forked."""


def _compare_shared(part: tuple[Part, str]) -> Report:
    return _compare(_shared[0], *part)


def _compare(known: Known, part: Part, code: str) -> Report:
    report, jurisdiction = Report(), known.world.jurisdictions[code]
    with _open(known.endpoints) as (intake, analysis, alerts, reporting):
        if part is Part.FIGURES:
            compare_documents(jurisdiction, report)
            compare_heard(jurisdiction, report)
            compare_batches(jurisdiction, intake, report)
            days = known.scope.days or _days(jurisdiction)
            compare_figures(jurisdiction, days, analysis, report)
            return report
        last = compare_alerts(jurisdiction, known.pack, alerts, report)
        if known.scope.reporting and last is not None:
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
