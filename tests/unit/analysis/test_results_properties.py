"""What holds for the second monitor, earned value and what is watched, in every history."""

import datetime as dt

from hypothesis import HealthCheck, given, settings

from contracts.envelope import AnyEvent
from contracts.events.analysis import AssessmentMade, IndicatorFigures
from contracts.vocabulary import AttainmentState, Possibility, Trend
from tests.spec.engines import folded
from tests.support.builders import jurisdiction
from tests.unit.analysis.strategies import dates, histories

SOME = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
CLASSES = {
    None: range(0),
    Possibility.CERTAIN: range(8_000, 10_001),
    Possibility.POSSIBLE: range(2_000, 8_000),
    Possibility.IMPOSSIBLE: range(2_000),
}


def assessment(events: list[AnyEvent], as_of: dt.date) -> AssessmentMade:
    """As a reader of the wire gets it: all validation is done."""
    return folded([jurisdiction(), *events]).assessment(as_of=as_of)


@SOME
@given(events=histories, as_of=dates)
def test_every_indicators_figures_hang_together(events: list[AnyEvent], as_of: dt.date) -> None:
    """State, outlook and dates say the same."""
    for found in assessment(events, as_of).attainment.indicators:
        _hangs_together(found, as_of)


def _hangs_together(found: IndicatorFigures, as_of: dt.date) -> None:
    judged = found.state is AttainmentState.JUDGED
    assert found.raw_attainment_bp is None or judged
    if found.raw_attainment_bp is not None and found.attainment_bp != 10_000:
        assert found.attainment_bp is not None
        assert found.raw_attainment_bp < 0 or found.raw_attainment_bp >= found.attainment_bp
    if found.probability_bp is None:
        assert found.possibility is None
    else:
        assert found.probability_bp in CLASSES[found.possibility]
    assert (found.slope is None) == (found.trend in {None, Trend.NOT_ENOUGH_DATA})
    assert (found.forecast is None) == (found.slope is None)
    assert found.next_due is None or found.next_due > as_of
    assert found.reported_on is None or found.reported_on <= as_of
    if found.state is AttainmentState.NOT_YET_DUE and found.reported_on is None:
        assert found.overdue_on is None
    if found.state is AttainmentState.NOT_REPORTED:
        assert found.overdue_on is not None


@SOME
@given(events=histories, as_of=dates)
def test_earned_values_figures_hang_together(events: list[AnyEvent], as_of: dt.date) -> None:
    """Identities of the published figures; null exactly where it is not available."""
    made = assessment(events, as_of)
    found, money = made.earned_value, made.execution
    available = (
        money.money.adjusted_budget > 0
        and money.expected_spent is not None
        and made.attainment.effect_rate_bp is not None
    )
    assert available == (found is not None)
    if found is None:
        return
    assert (found.bac, found.pv, found.ac) == (
        money.money.adjusted_budget,
        money.expected_spent,
        money.money.spent,
    )
    assert 0 <= found.ev <= found.bac
    assert (found.ev - found.ac, found.ev - found.pv) == (found.cv, found.sv)
    assert found.at_bp == 10_000 * made.months_completed
    if found.eac is not None:
        assert (found.eac - found.ac, found.bac - found.eac) == (found.etc, found.vac)
    if found.es_bp is not None:
        assert 0 <= found.es_bp <= 120_000
        assert found.sv_t_bp == found.es_bp - found.at_bp
    assert (found.es_bp is None) == (found.at_bp == 0)


@SOME
@given(events=histories, as_of=dates)
def test_parts_of_what_is_watched_are_no_more_than_the_whole(
    events: list[AnyEvent], as_of: dt.date
) -> None:
    """Met, failed, serious, overdue: of those that are counted."""
    found = assessment(events, as_of).extended

    assert found.milestones_met + found.milestones_overdue <= found.milestones
    assert found.checks_failed <= found.checks
    assert max(found.problems_serious, found.problems_overdue) <= found.problems_open
    assert found.problems_amount == 0 or found.problems_open > 0
    assert found.dispositions > 0 or not found.disbursement_stopped


@SOME
@given(events=histories, as_of=dates)
def test_what_is_dated_later_changes_nothing_that_was_said(
    events: list[AnyEvent], as_of: dt.date
) -> None:
    """Any date can be asked for again: both answers rest on facts dated by then."""
    known = [event for event in events if event.data.date <= as_of]
    then, now = assessment(known, as_of), assessment(events, as_of)

    assert then.attainment == now.attainment
    assert then.extended == now.extended
    assert then.earned_value == now.earned_value


@SOME
@given(events=histories, as_of=dates)
def test_the_result_that_is_shown_is_the_one_that_is_explained(
    events: list[AnyEvent], as_of: dt.date
) -> None:
    """Of every indicator, also of one that stood still meanwhile."""
    engine = folded([jurisdiction(), *events])
    for found in engine.assessment(as_of=as_of).attainment.indicators:
        why = engine.why(f"indicator:{found.indicator}", as_of=as_of)
        shown = found.actual if found.actual is not None else found.actual_text
        assert why.value == shown
        assert (len(why.entries) == 1) == (shown is not None)
