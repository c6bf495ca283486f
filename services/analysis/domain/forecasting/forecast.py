"""Spending at the year's end: a method, a point, an interval (domain-rules 3, 6).

Which method, and how wide the interval is, comes from a model that was tested on past years and
published as a fact (`backtest`); it never foresees a year that it was fitted on. Without one the
method follows from the project's facts, and there is no interval.
"""

from contracts.events.analysis import Attainment, Execution, Forecast
from contracts.vocabulary import ForecastMethod, NoInterval
from services.analysis.domain.earned_value.year import value_earned
from services.analysis.domain.execution.standard import expected_spending
from services.analysis.domain.forecasting.carrying import carrying, has_ended
from services.analysis.domain.forecasting.methods import (
    Outlook,
    interval_of,
    point_of,
    usual_method,
)
from services.analysis.domain.measures import class_model, model_at
from services.analysis.domain.money.commitments import committed_due
from services.analysis.domain.money.figures import bounded_rate_bp
from services.analysis.domain.snapshot import Snapshot
from services.analysis.domain.state import ClassModel, ModelVersion
from services.analysis.domain.unchecked import unchecked


def forecast(now: Snapshot, money: Execution, results: Attainment) -> Forecast | None:
    """Foresee spending at the year's end from facts dated by the day; null without budget."""
    if now.adjusted <= 0:
        return None
    known = outlook(now, money, results)
    if now.day >= now.calendar.last_day:
        method = usual_method(known)
        return _written(now, known, (method, now.whole.spent), NoInterval.YEAR_OVER, None)
    model, found = _model(now)
    if isinstance(found, NoInterval):
        return _written(now, known, point_of(known, usual_method(known)), found, None)
    return _written(now, known, point_of(known, found.method, found.seasonal_bp), found, model)


def outlook(now: Snapshot, money: Execution, results: Attainment) -> Outlook:
    """Gather what forecasts go by; after the year's end nothing is due any more in it."""
    over = now.day >= now.calendar.last_day
    completed = now.calendar.completed(now.day)
    planned = None if over else expected_spending(now, now.calendar.last_day)
    return Outlook(
        now.adjusted,
        now.whole.spent,
        sum(now.whole.months[: completed + 1]),
        completed,
        money.money.committed,
        0 if over else committed_due(now),
        money.money.requested,
        money.expected_spent or 0,
        planned.fen if planned else 0,
        _earned(now, results),
        money.expected_basis,
        has_ended(now),
    )


def _earned(now: Snapshot, results: Attainment) -> int | None:
    if now.effect is None or results.effect_rate_bp is None:
        return None
    return value_earned(now.adjusted, now.effect)


def _model(now: Snapshot) -> tuple[ModelVersion | None, ClassModel | NoInterval]:
    """Return the model that holds and its entry for the project's class, or why there is none."""
    model = model_at(now.jurisdiction, now.day)
    if model is None:
        return None, NoInterval.NO_MODEL
    if model.last_year >= now.year.fiscal_year:
        return None, NoInterval.YEAR_IN_MODEL
    found = class_model(model, now.known.project_class if now.known else None)
    return (None, NoInterval.CLASS_NOT_IN_MODEL) if found is None else (model, found)


def _written(
    now: Snapshot,
    known: Outlook,
    foreseen: tuple[ForecastMethod, int],
    found: ClassModel | NoInterval,
    model: ModelVersion | None,
) -> Forecast:
    method, point = foreseen
    low = high = None
    if isinstance(found, ClassModel):
        month = known.completed
        low, high = interval_of(known, point, found.low_bp[month], found.high_bp[month])
    carryover, surplus = carrying(now, point, ended=known.ended)
    return unchecked(
        Forecast,
        method=method,
        point=point,
        low=low,
        high=high,
        interval_bp=model.interval_bp if model else None,
        no_interval=found if isinstance(found, NoInterval) else None,
        model=model.model if model else None,
        committed_due=known.committed_due,
        rate_bp=bounded_rate_bp(max(0, point), now.adjusted),
        carryover=carryover,
        surplus=surplus,
    )
