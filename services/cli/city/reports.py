"""What the units report of their indicators, and what is missing or late."""

import datetime as dt
from typing import Any, Final

from services.cli.city.agenda import Phase
from services.cli.city.chance import Chance
from services.cli.city.indicators import QUARTER_ENDS, Indicator, expected, is_short, result
from services.cli.city.town import Town
from services.cli.city.wire import iso
from services.cli.city.year import Year

LAG_DAYS: Final = (0, 6)
"""Days from a due date to the report that answers it."""
EARLY_DAYS: Final = (1, 5)
"""Days by which a stage is reached and reported before its due date."""
LATE_DAYS: Final = (28, 45)
"""The same of a report that is late."""
SILENT: Final = "report_missing"
LATE: Final = "report_late"
STAGE_MONTHS: Final = frozenset(month for month, _ in QUARTER_ENDS)
CHECKPOINT: Final = 6
"""The month whose reports fail to come, or come late."""


def plan_month(town: Town, year: Year, month: int, first: int) -> None:
    """Plan the reports on what stands at the end of a month (or is done in it)."""
    end = _end_of(first)
    if year.approved >= end:
        return
    for indicator in year.indicators:
        bad = _goes_wrong(year, indicator)
        if indicator.shape.rhythm == "finish":
            if first <= indicator.finish <= end:
                _report_finish(town, year, indicator, bad=bad)
        elif due_in(indicator, month):
            _plan_report(town, year, indicator, month, end, bad=bad)


def due_in(indicator: Indicator, month: int) -> bool:
    """Say whether a result is reported for a month's end."""
    shape = indicator.shape
    if shape.rhythm == "stages":
        return expected(indicator, month) > 0
    return shape.rhythm == "months" or any(due == month for due, _ in shape.dues)


def _end_of(first: int) -> int:
    date = dt.date.fromordinal(first)
    after = dt.date(date.year + date.month // 12, date.month % 12 + 1, 1)
    return after.toordinal() - 1


def _goes_wrong(year: Year, indicator: Indicator) -> bool:
    plant = year.plant
    if plant is None or plant.indicator is None or plant.kind in {SILENT, LATE}:
        return False
    return plant.indicator == indicator.shape.key


def _plan_report(
    town: Town, year: Year, indicator: Indicator, month: int, end: int, *, bad: bool
) -> None:
    kind, plant = year.kind, year.plant
    meant = plant is not None and plant.indicator == indicator.shape.key
    if kind == SILENT and meant and month >= CHECKPOINT:
        if month == CHECKPOINT:
            town.later(end, Phase.NIGHT, _note, town, year, indicator, end)
        return
    lag, due = town.chance.between(*LAG_DAYS), end
    if indicator.shape.rhythm == "stages":
        # Stages are reported as they are reached: at their due date the result is known.
        end, lag = end - town.chance.between(*EARLY_DAYS), 0
    if kind == LATE and meant and month == CHECKPOINT:
        lag = town.chance.between(*LATE_DAYS)
        town.later(end, Phase.NIGHT, _note, town, year, indicator, end)
    town.later(end + lag, Phase.DAY, _report, town, year, indicator, month, end, bad)
    if bad and plant is not None and plant.seen is None and _first(indicator, month, year):
        town.later(max(due, end + lag), Phase.DAY, _note, town, year, indicator, due)


def _first(indicator: Indicator, month: int, year: Year) -> bool:
    """Whether this is the first result of the year that is held against a promise."""
    begun = dt.date.fromordinal(year.approved).month
    earlier = range(begun, month)
    return _compared_in(indicator, month) and not any(_compared_in(indicator, m) for m in earlier)


def _compared_in(indicator: Indicator, month: int) -> bool:
    """Say whether a month's result is behind: of staged work those at the end of a stage."""
    if indicator.shape.rhythm == "stages" and month not in STAGE_MONTHS:
        return False
    if indicator.shape.rhythm == "months" and not is_short(indicator, month):
        return False
    return due_in(indicator, month)


def _note(town: Town, year: Year, indicator: Indicator, day: int) -> None:
    town.planted(year, day, indicator=indicator.indicator)


def _report(
    town: Town, year: Year, indicator: Indicator, month: int, end: int, bad: bool  # noqa: FBT001
) -> None:  # fmt: skip
    current = _current(year, indicator)
    data: dict[str, Any] = {
        "date": iso(end),
        "fiscal_year": year.year,
        "indicator": indicator.indicator,
        **_value(current, month, town.chance, bad=bad),
        "source_kind": "unit_form",
    }
    if indicator.shape.dues and indicator.shape.rhythm == "dues":
        data["due"] = iso(end)
    town.writer.fact("performance", "target_progress.reported", year.subject, data)


def _current(year: Year, indicator: Indicator) -> Indicator:
    """Return the promise as it stands now: it may have been adjusted since."""
    return next(one for one in year.indicators if one.indicator == indicator.indicator)


def _value(indicator: Indicator, month: int, chance: Chance, *, bad: bool) -> dict[str, Any]:
    return result(indicator, month, chance, bad=bad)


def _report_finish(town: Town, year: Year, indicator: Indicator, *, bad: bool) -> None:
    """Report what was done when it was done: before its date, or well after."""
    value = result(indicator, 1, town.chance, bad=bad)
    done = dt.date.fromisoformat(value["value_date"]).toordinal()
    day = max(done, indicator.finish - 1) if not bad else done
    data = {
        "date": iso(done),
        "fiscal_year": year.year,
        "indicator": indicator.indicator,
        **value,
        "source_kind": "unit_form",
    }
    town.later(day, Phase.DAY, town.writer.fact, "performance", "target_progress.reported",
               year.subject, data)  # fmt: skip
    if bad:
        town.later(day, Phase.DAY, _note, town, year, indicator, indicator.finish)
