"""One indicator, given its facts: what the assessment says of it."""

from typing import Any

from contracts.envelope import AnyEvent
from contracts.events.analysis import IndicatorFigures
from contracts.vocabulary import AttainmentState
from tests.spec.engines import folded
from tests.support.builders import jurisdiction, progress, target, targets

JUDGED = AttainmentState.JUDGED
NOT_YET_DUE = AttainmentState.NOT_YET_DUE
NOT_REPORTED = AttainmentState.NOT_REPORTED
NOT_JUDGEABLE = AttainmentState.NOT_JUDGEABLE


def indicator(*events: AnyEvent, as_of: str = "2026-06-30") -> IndicatorFigures:
    (found,) = folded([jurisdiction(), *events]).assessment(as_of=as_of).attainment.indicators
    return found


def due_now(value: str | None, **fields: Any) -> IndicatorFigures:
    """One point-in-time indicator, due and reported at the end of June."""
    promised = {"accumulation": "point_in_time", "due": ["2026-06-30"], **fields}
    return indicator(targets(target("K1", **promised)), progress(value))
