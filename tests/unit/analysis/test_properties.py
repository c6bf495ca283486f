"""What holds for every history: order, replay, bounds, explanations, roll-ups."""

import datetime as dt

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.envelope import AnyEvent
from contracts.events.analysis import AssessmentMade, BudgetComponents
from contracts.events.intake import ExpenditureRecorded
from contracts.vocabulary import AttainmentState, FindingKind, FindingNature
from services.analysis.domain import (
    FIGURES,
    ProjectYear,
    assess,
    decode_state,
    encode_state,
    evolve,
    new_head,
    new_year,
)
from services.analysis.domain.numbers import RATE_MAX_BP
from services.analysis.domain.state import Entry, Jurisdiction
from tests.spec.engines import folded, read_back
from tests.support.builders import PROJECT, jurisdiction
from tests.unit.analysis.strategies import BY_ASSESSMENTS, dates, facts, money_facts

EXPENDITURE = ExpenditureRecorded.event_type()
PLACE = Jurisdiction("610100")
SOME = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def assessment(events: list[AnyEvent], as_of: dt.date) -> AssessmentMade:
    return folded([jurisdiction(), *events]).assessment(as_of=as_of)


def totals(made: AssessmentMade) -> object:
    """Everything that must not depend on the order of arrival."""
    execution = made.execution
    lines = sorted((line.line, line.money.model_dump_json()) for line in execution.lines)
    return (
        execution.money,
        execution.month_spent,
        execution.approved_on,
        lines,
        [(f.kind, f.subject, f.date, f.amount) for f in made.findings if ":" not in f.subject],
    )


@SOME
@given(events=st.lists(money_facts, max_size=25), as_of=dates, data=st.data())
def test_totals_do_not_depend_on_the_order_of_arrival(
    events: list[AnyEvent], as_of: dt.date, data: st.DataObject
) -> None:
    """Any permutation, at any date."""
    shuffled = data.draw(st.permutations(events))

    assert totals(assessment(events, as_of)) == totals(assessment(shuffled, as_of))


@SOME
@given(events=facts, as_of=dates, cut=st.integers(0, 40))
def test_replay_is_the_same_as_folding_live(
    events: list[AnyEvent], as_of: dt.date, cut: int
) -> None:
    """Stored after some entries and taken up again: the same bytes, the same answer."""
    entries = [Entry(n, n, 0, event) for n, event in enumerate(events, 1)]
    replayed, live = new_year(PROJECT, 2026), new_year(PROJECT, 2026)
    for entry in entries:
        evolve(replayed, entry)
    for entry in entries[:cut]:
        evolve(live, entry)
    live = decode_state(encode_state(live), ProjectYear)
    for entry in entries[cut:]:
        evolve(live, entry)

    assert replayed == live
    assert encode_state(replayed) == encode_state(live)
    head = new_head(PROJECT)
    first, second = (
        assess(PLACE, head, year, as_of, settled=True, ledger_position=1)
        for year in (replayed, live)
    )
    assert first == second


@SOME
@given(events=facts, as_of=dates)
def test_what_is_built_without_validation_is_valid(events: list[AnyEvent], as_of: dt.date) -> None:
    """Written, read with all checks, the same; every field was given."""
    engine = folded([jurisdiction(), *events])
    made = assess(
        engine.jurisdiction(PROJECT),
        new_head(PROJECT),
        engine.year(PROJECT, 2026),
        as_of,
        settled=False,
        ledger_position=1,
    )

    assert made == read_back(PROJECT, made)


@SOME
@given(events=facts, as_of=dates)
def test_rates_stay_in_bounds(events: list[AnyEvent], as_of: dt.date) -> None:
    """Shares are 0 to 100 %, judged indicators have all their figures, others none."""
    made = assessment(events, as_of)
    money = made.execution.money

    for rate in (money.execution_rate_bp, money.execution_rate_original_bp):
        assert rate is None or 0 <= rate <= RATE_MAX_BP
    for rate in (made.attainment.attainment_rate_bp, made.attainment.effect_rate_bp):
        assert rate is None or 0 <= rate <= 10_000
    for figure in made.attainment.indicators:
        judged = figure.state is AttainmentState.JUDGED
        assert judged == (figure.light is not None) == (figure.attainment_bp is not None)
        assert figure.attainment_bp is None or 0 <= figure.attainment_bp <= 10_000
    assert made.attainment.judged == sum(
        figure.state is AttainmentState.JUDGED for figure in made.attainment.indicators
    )
    expected = made.execution.expected_spent
    assert expected is None or expected >= 0
    assert all(finding.amount >= 0 for finding in made.findings)


@SOME
@given(events=facts, as_of=dates, figure=st.sampled_from(FIGURES))
def test_every_figure_is_the_sum_of_its_entries(
    events: list[AnyEvent], as_of: dt.date, figure: str
) -> None:
    """`why` adds up facts by other code than the fold."""
    why = folded([jurisdiction(), *events]).why(figure, as_of=as_of)

    assert why.value == why.sum


SUMMED = (
    "adjusted_budget",
    "committed",
    "requested",
    "disbursed",
    "spent",
    "reversed",
    "prior_year_refunds",
    "balance",
)


@SOME
@given(events=st.lists(money_facts, max_size=25), as_of=dates)
def test_lines_roll_up_to_their_project(events: list[AnyEvent], as_of: dt.date) -> None:
    """To the fen, where every fact names a line that is approved (Art. 3, 7)."""
    known = {line.line for line in assessment(events, as_of).execution.lines}
    on_lines = [event for event in events if event.data.line in known]
    execution = assessment(on_lines, as_of).execution

    def added(name: str) -> int:
        return sum(getattr(line.money, name) for line in execution.lines)

    for name in SUMMED:
        assert getattr(execution.money, name) == added(name), name
    parts = [line.money.components for line in execution.lines]
    for name in BudgetComponents.model_fields:
        assert getattr(execution.money.components, name) == sum(
            getattr(part, name) for part in parts
        )
    assert execution.money.spent == sum(execution.month_spent)


@SOME
@given(events=facts, as_of=dates)
def test_facts_of_the_future_change_nothing(events: list[AnyEvent], as_of: dt.date) -> None:
    """As of a date is as if later facts did not exist."""
    past = [event for event in events if event.data.date <= as_of]
    all_known, only_past = assessment(events, as_of), assessment(past, as_of)
    numbering = {"stream_sequence", "ledger_position", "findings", "findings_total"}

    assert all_known.model_dump(exclude=numbering) == only_past.model_dump(exclude=numbering)
    assert _claims(all_known) == _claims(only_past)


def _claims(made: AssessmentMade) -> list[tuple[str, str, int]]:
    """What is found; suspicions rest on the last few days, whatever their dates."""
    return [
        (f.kind, f.subject.split(":")[0], f.amount)
        for f in made.findings
        if f.nature is not FindingNature.SUSPICION
    ]


@SOME
@given(events=facts)
def test_what_is_found_at_once_is_found_by_the_assessment(events: list[AnyEvent]) -> None:
    """The plain case is never an omission: after every entry, both tell the same of it.

    Only that more came back than was spent is told of the reversal, not again of a payment of
    the same day.
    """
    engine = folded([jurisdiction()])
    place = engine.jurisdiction(PROJECT)
    place.today = dt.date(2026, 6, 30)
    for event in events:
        engine.detected.clear()
        engine.given(event)
        made = engine.assessment(as_of=place.today)
        named = {f.kind.value for f in made.findings if f.entry_sequence == made.stream_sequence}
        named -= BY_ASSESSMENTS
        detected = {detection.finding.kind.value for detection in engine.detected}
        if event.type == EXPENDITURE:
            named.discard(FindingKind.NEGATIVE_NET_SPEND)
            detected.discard(FindingKind.NEGATIVE_NET_SPEND)

        assert named == detected
