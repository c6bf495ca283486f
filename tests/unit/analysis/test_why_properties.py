"""Why, of any history: value and sum are one figure, of the project and of each line."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import AnyEvent
from services.analysis.domain import DERIVED, FIGURES, explain
from tests.spec.engines import folded
from tests.support.builders import PROJECT, jurisdiction, project
from tests.support.measuring import correction
from tests.unit.analysis.strategies import any_line, facts, histories

corrections = st.builds(
    lambda entry, line, day: correction(
        entry, line=line, unit="U2", date=dt.date(2026, 1, 1) + dt.timedelta(days=day)
    ),
    st.integers(1, 40),
    any_line,
    st.integers(0, 360),
)
days = st.integers(0, 380).map(lambda n: dt.date(2026, 1, 1) + dt.timedelta(days=n))


@given(facts, st.lists(corrections, max_size=6), days)
def test_entries_sum_to_every_figure_of_project_and_lines(
    stated: list[AnyEvent], corrected: list[AnyEvent], as_of: dt.date
) -> None:
    """Whatever was stated and corrected, in whatever order, at any date."""
    engine = folded([jurisdiction(), project(), *stated, *corrected])
    entries, known = engine.entries[PROJECT], engine.jurisdiction(PROJECT)
    lines = engine.year(PROJECT, 2026).lines
    for figure in FIGURES:
        why = explain(known, entries, 2026, figure, as_of)
        assert why.value == why.sum, figure
        for line in lines:
            of_line = explain(known, entries, 2026, figure, as_of, line)
            assert of_line.value == of_line.sum, (figure, line)


@given(histories, days)
def test_parts_sum_to_what_is_expected_foreseen_and_attained(
    stated: list[AnyEvent], as_of: dt.date
) -> None:
    """With plans, contracts, standstills; and line by line what is expected."""
    engine = folded([jurisdiction(), project(), *stated])
    entries, known = engine.entries[PROJECT], engine.jurisdiction(PROJECT)
    for figure in DERIVED:
        why = explain(known, entries, 2026, figure, as_of)
        assert why.value == why.sum, figure
    for line in engine.year(PROJECT, 2026).lines:
        of_line = explain(known, entries, 2026, "expected_spent", as_of, line)
        assert of_line.value == of_line.sum, line


@given(histories, days)
def test_every_finding_names_the_entry_that_brought_it_about(
    stated: list[AnyEvent], as_of: dt.date
) -> None:
    """And where it is a difference of figures, the entries sum to it."""
    engine = folded([jurisdiction(), project(), *stated])
    entries, known = engine.entries[PROJECT], engine.jurisdiction(PROJECT)
    for finding in engine.assessment(as_of=as_of).findings:
        figure = f"finding:{finding.kind}:{finding.subject}"
        why = explain(known, entries, 2026, figure, as_of)
        assert why.sum in {why.value, None}
        assert any(entry.caused for entry in why.entries), figure
