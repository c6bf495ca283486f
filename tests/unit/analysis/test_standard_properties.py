"""What holds for every standard and every correction: sums, order, bounds, replay."""

import datetime as dt
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.envelope import AnyEvent
from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import ExpectedBasis
from services.analysis.domain import (
    ProjectYear,
    decode_state,
    encode_state,
    evolve,
    explain,
    new_year,
)
from services.analysis.domain.calendar import fiscal_calendar
from services.analysis.domain.corrections import link
from services.analysis.domain.execution.standard import expected_spending, planned_values
from services.analysis.domain.money.commitments import committed_due
from services.analysis.domain.money.contract_sums import unpaid_commitments
from services.analysis.domain.snapshot import Snapshot, snapshot
from services.analysis.domain.state import Entry
from tests.spec.engines import PureEngine, folded
from tests.support import builders
from tests.support.builders import PROJECT, jurisdiction, project
from tests.support.measuring import correction, parameters, standard, state_changed
from tests.unit.analysis.strategies import (
    LINES,
    amounts,
    any_line,
    contracts,
    dates,
    lines,
    money_facts,
    plans,
)

SOME = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

shares = st.lists(st.integers(0, 10_000), min_size=12, max_size=12).map(sorted)
standards = st.builds(
    lambda months, last, project_class, date: standard(
        [*months[:11], max(months[-1], last)], project_class, date, fiscal_year=2026
    ),
    shares,
    st.sampled_from([0, 10_000]),
    st.sampled_from([None, "construction", "procurement"]),
    dates,
)
instalments = st.lists(
    st.builds(lambda due, amount: {"due": str(due), "amount": amount}, dates, amounts), max_size=3
)
scheduled = st.builds(
    builders.commitment,
    amounts,
    dates,
    line=any_line,
    released=st.booleans(),
    contract=contracts,
    schedule=instalments,
    fiscal_year=st.just(2026),
)
changes = st.builds(
    state_changed,
    st.sampled_from(["started", "suspended", "resumed", "completed", "terminated"]),
    dates,
)
undistributed = st.builds(
    builders.budget,
    amount=amounts,
    date=dates,
    line=lines,
    undistributed=st.booleans(),
    fiscal_year=st.just(2026),
)
bearing = st.one_of(
    money_facts, undistributed, undistributed, scheduled, plans(), changes, standards
)
histories = st.lists(bearing, max_size=20)
starts = st.sampled_from([None, "01-01", "06-30", "11-15"])


def engine_of(events: list[AnyEvent], judged_from: str | None = None) -> PureEngine:
    return folded(
        [
            jurisdiction(),
            parameters(undistributed_judged_from=judged_from),
            project(project_class="construction"),
            *events,
        ]
    )


def at(engine: PureEngine, as_of: dt.date) -> Snapshot:
    head, year = engine.heads[PROJECT], engine.year(PROJECT, 2026)
    return snapshot(engine.jurisdiction(PROJECT), head, year, as_of)


@MANY
@given(events=histories, as_of=dates, judged_from=starts)
def test_what_lines_are_expected_to_spend_makes_the_whole(
    events: list[AnyEvent], as_of: dt.date, judged_from: str | None
) -> None:
    """To the fen, on every basis; what is not judged has neither amount nor basis."""
    found = engine_of(events, judged_from).assessment(as_of=as_of).execution
    parts = [line.expected_spent for line in found.lines if line.expected_spent is not None]

    assert all(
        (line.expected_spent is None) == (line.expected_basis is None) for line in found.lines
    )
    if found.expected_spent is None:
        assert not parts
    elif {line.line for line in found.lines} >= set(LINES):
        # A line that was adjusted and never approved is judged and not shown.
        assert found.expected_spent == sum(parts)
        assert found.expected_spent >= 0


@MANY
@given(events=histories, as_of=dates, judged_from=starts)
def test_planned_values_follow_from_the_standard(
    events: list[AnyEvent], as_of: dt.date, judged_from: str | None
) -> None:
    """Twelve, none below the one before it, none below what is due by then."""
    now = at(engine_of(events, judged_from), as_of)
    planned = planned_values(now)

    assert list(planned) == sorted(planned)
    assert len(planned) in {0, 12}
    for end, value in zip(now.calendar.ends, planned, strict=False):
        due = expected_spending(now, end)
        assert due is None or 0 <= due.fen <= value
    assert expected_spending(now) == expected_spending(now, now.day)


@MANY
@given(events=histories, as_of=dates)
def test_no_more_falls_due_than_is_owed(events: list[AnyEvent], as_of: dt.date) -> None:
    """Of commitments, by the year's end (domain-rules 3)."""
    now = at(engine_of(events), as_of)
    committed = now.whole.columns[12] - now.whole.columns[13]
    owed = unpaid_commitments(committed, now.whole.spent, now.whole.contracts)

    assert 0 <= committed_due(now) <= owed


@SOME
@given(events=st.lists(st.one_of(money_facts, scheduled), max_size=15), as_of=dates, data=st.data())
def test_the_standard_does_not_depend_on_the_order_of_arrival(
    events: list[AnyEvent], as_of: dt.date, data: st.DataObject
) -> None:
    """Any permutation: the same instalments, the same amounts, the same basis."""
    shuffled = data.draw(st.permutations(events))
    one, other = (at(engine_of(order), as_of) for order in (events, shuffled))

    assert expected_spending(one) == expected_spending(other)
    assert planned_values(one) == planned_values(other)
    assert committed_due(one) == committed_due(other)


@MANY
@given(
    supplements=st.lists(
        st.builds(
            lambda amount, date: builders.adjustment("supplement", amount, date, fiscal_year=2026),
            amounts,
            dates,
        ),
        max_size=3,
    ),
    table=shares,
    as_of=dates,
)
def test_a_table_is_followed_as_it_is_written(
    supplements: list[AnyEvent], table: list[int], as_of: dt.date
) -> None:
    """Original money by P(c), a supplement of month m by (P(c) − P(m)) ÷ (1 − P(m))."""
    events = [builders.budget(amount="100.00", date="2025-12-01", fiscal_year=2026)]
    published = standard(table, date="2025-12-01", fiscal_year=2026)
    found = expected_spending(at(engine_of([*events, published, *supplements]), as_of))
    calendar = fiscal_calendar(2026, 1)
    profile, completed = [0, *table], calendar.completed(as_of.toordinal())
    due = Fraction(10_000 * profile[completed], 10_000)
    for event in supplements:
        if event.data.date > as_of:
            continue
        month = max(0, calendar.month_of(event.data.date.toordinal()) + 1)
        left = 10_000 - profile[month]
        share = (
            Fraction(max(0, profile[completed] - profile[month]), left) if left else completed // 12
        )
        due += event.data.amount * share

    assert found is not None
    assert (Fraction(found.part, found.whole), found.basis) == (
        due,
        ExpectedBasis.ASSESSMENT_TABLE,
    )


corrections = st.builds(
    correction,
    st.integers(2, 18),
    dates,
    line=st.none() | lines,
    unit=st.just("U9"),
    classification=st.sampled_from([None, {"function": "2130305"}]),
    fiscal_year=st.just(2026),
)
"""The first entry is the project's registration."""


def figures(made: AssessmentMade) -> dict[str, Any]:
    """What of the whole project no correction may change."""
    shown = made.execution.money.model_dump()
    # What is owed, and what a quota covers, is reckoned by line and contract.
    return {name: shown[name] for name in shown if name not in {"uncommitted_balance", "disbursed"}}


@SOME
@given(
    events=st.lists(money_facts, max_size=15),
    corrected=st.lists(corrections, max_size=5),
    as_of=dates,
)
def test_a_correction_changes_no_total(
    events: list[AnyEvent], corrected: list[AnyEvent], as_of: dt.date
) -> None:
    """Where no line's allocations are expenditure at once (domain-rules 4)."""
    plain = [
        event for event in events if not getattr(event.data, "allocation_is_expenditure", False)
    ]
    stated = engine_of(plain).assessment(as_of=as_of)
    moved = engine_of([*plain, *corrected]).assessment(as_of=as_of)

    assert figures(stated) == figures(moved)


@SOME
@given(
    events=st.lists(money_facts, max_size=15),
    corrected=st.lists(corrections, max_size=5),
    as_of=dates,
    figure=st.sampled_from(["adjusted_budget", "disbursed", "spent", "reversed", "committed"]),
    line=st.none() | lines,
)
def test_corrected_figures_are_the_sums_of_their_entries(
    events: list[AnyEvent],
    corrected: list[AnyEvent],
    as_of: dt.date,
    figure: str,
    line: str | None,
) -> None:
    """`why` adds up corrections by other code than the fold."""
    engine = engine_of([*events, *corrected])
    if line not in engine.year(PROJECT, 2026).lines:
        line = None
    place, entries = engine.jurisdiction(PROJECT), engine.entries[PROJECT]
    why = explain(place, entries, 2026, figure, as_of, line)

    assert why.value == why.sum


@SOME
@given(
    events=st.lists(money_facts, max_size=15),
    corrected=st.lists(corrections, max_size=5),
    cut=st.integers(0, 25),
)
def test_corrections_are_replayed_as_they_were_folded(
    events: list[AnyEvent], corrected: list[AnyEvent], cut: int
) -> None:
    """Stored after some entries and taken up again: the same bytes."""
    entries = link([Entry(n, n, 0, event) for n, event in enumerate([*events, *corrected], 2)])
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
