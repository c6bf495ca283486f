"""One log folded by the product's domain and recomputed by the oracle, without anything between."""

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

from contracts.codec import decode
from tests.oracle.assessment import assess
from tests.oracle.dates import fiscal_year
from tests.oracle.figures import compare_assessment, plain, stated
from tests.oracle.log import read
from tests.oracle.report import Report
from tests.oracle.world import World, hear_all, log_order
from tests.spec.engines import PureEngine
from tests.support import builders


def agree(log: Path, days: Iterable[dt.date], subjects: frozenset[str] | None = None) -> Report:
    """Compare every project year (or those of some projects) as of the days."""
    world, engine = _recomputed(log), _folded(log)
    report = Report()
    for jurisdiction in world.jurisdictions.values():
        epoch = len(jurisdiction.days)
        for subject, project in jurisdiction.projects.items():
            if subjects is not None and subject not in subjects:
                continue
            for number in project.years:
                year = fiscal_year(number, jurisdiction.first_day)
                for day in days:
                    if year.start > day:
                        continue
                    found = assess(project, year, day, within=jurisdiction)
                    made = engine.assessment(subject, number, day).model_dump(mode="json")
                    where = f"{subject} {number} {day}"
                    compare_assessment(where, stated(found, epoch), plain(made), report)
    return report


def _recomputed(log: Path) -> World:
    world = hear_all(read(log))
    world.settle(log_order())
    return world


def _folded(log: Path) -> PureEngine:
    engine = PureEngine()
    with log.open(encoding="utf-8") as lines:
        for line in lines:
            opened = json.loads(line).get("open_day")
            if opened is None:
                engine.given(decode(line.encode()))
            else:
                engine.given(builders.day_opened(opened["date"], opened["jurisdiction"]))
    return engine
