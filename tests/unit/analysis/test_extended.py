"""Extended monitoring, counted and listed at any date (Art. 7, 8(3), 10)."""

import datetime as dt
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.envelope import AnyEvent
from contracts.events.analysis import Extended
from services.analysis.domain import ProjectYear, decode_state, encode_state
from services.analysis.domain.extended.counts import extended
from services.analysis.domain.extended.items import items
from services.analysis.domain.folding import versions
from services.analysis.domain.folding import work as work_folds
from tests.spec.engines import folded
from tests.support.builders import PROJECT, jurisdiction
from tests.support.watching import (
    asset,
    check,
    disposition,
    milestone,
    plan_change,
    problem,
    resolution,
)


def counted(*events: AnyEvent, as_of: str = "2026-12-31") -> dict[str, Any]:
    """What is counted at a date, without what is nothing."""
    found = folded([jurisdiction(), *events]).assessment(as_of=as_of).extended
    return {
        name: value for name, value in found if value != Extended.model_fields[name].get_default()
    }


def test_nothing_watched_is_nothing_counted() -> None:
    """Most projects."""
    assert {} == counted()


@pytest.mark.parametrize(
    ("state", "as_of", "met", "overdue"),
    [
        ("scheduled", "2026-06-30", 0, 0),
        ("scheduled", "2026-07-01", 0, 1),
        ("partly_met", "2026-07-01", 0, 1),
        ("not_met", "2026-07-01", 0, 1),
        ("met", "2026-07-01", 1, 0),
    ],
)
def test_a_milestone_is_overdue_from_the_day_after_it_was_planned(
    state: str, as_of: str, met: int, overdue: int
) -> None:
    """Unless it is met: in part is not."""
    found = folded([jurisdiction(), milestone(state=state, planned_on="2026-06-30")])
    told = found.assessment(as_of=as_of).extended

    assert (1, met, overdue) == (told.milestones, told.milestones_met, told.milestones_overdue)


def test_a_milestone_without_a_day_is_never_overdue() -> None:
    """There is nothing to be late for."""
    assert {"milestones": 1} == counted(milestone(state="not_met"))


def test_the_latest_progress_that_was_reported_is_shown() -> None:
    """By business date, of whatever milestone; what says none takes none away."""
    facts = (
        milestone("M1", date="2026-05-01", progress_bp=4_000),
        milestone("M2", date="2026-03-01", progress_bp=2_500),
        milestone("M1", "met", date="2026-06-01"),
    )

    assert 4_000 == counted(*facts)["progress_bp"]
    assert 2_500 == counted(*facts, as_of="2026-04-30")["progress_bp"]


def test_progress_left_unsaid_later_on_the_same_day_stands_too() -> None:
    """As it does from day to day; said anew, the later entry's stands."""
    first, silent = milestone(progress_bp=4_000), milestone(state="partly_met")

    assert 4_000 == counted(first, silent)["progress_bp"]
    assert 4_500 == counted(first, silent, milestone(progress_bp=4_500))["progress_bp"]


def test_of_one_id_the_later_day_stands_then_the_later_entry() -> None:
    """Whatever comes first: a check is restated, a problem graded anew."""
    facts = (
        check(result="failed", date="2026-03-15"),
        check(result="remarks", date="2026-03-10"),
        check("CH2", "passed"),
        check("CH2", "failed"),
    )

    assert {"checks": 2, "checks_failed": 2} == counted(*facts)
    assert {"checks": 1} == counted(*facts, as_of="2026-03-14")


def test_open_problems_are_counted_with_severity_term_and_money() -> None:
    """Their term's last day is not past it."""
    facts = (
        problem("P1", "red", due="2026-04-30", amount="120.00"),
        problem("P2", amount="30.50"),
        problem("P3", "red", due="2026-04-29"),
        resolution("P3", date="2026-04-30"),
        resolution("P9"),
    )
    everything = {"problems_open": 3, "problems_serious": 2, "problems_amount": 15_050}

    assert everything == counted(*facts, as_of="2026-04-29")
    assert {
        "problems_open": 2,
        "problems_serious": 1,
        "problems_overdue": 1,
        "problems_amount": 15_050,
    } == counted(*facts, as_of="2026-05-01")


def test_a_problem_registered_anew_after_its_end_is_open_again() -> None:
    """The same id in a later fact replaces what was said; an end that is older ends nothing."""
    facts = (problem(), resolution(date="2026-05-15"), problem(date="2026-06-01"))

    assert {"problems_open": 1} == counted(*facts, as_of="2026-05-14")
    assert {} == counted(*facts, as_of="2026-05-15")
    assert {"problems_open": 1} == counted(*facts, as_of="2026-06-01")
    assert {"problems_open": 1} == counted(problem(date="2026-06-01"), resolution())


def test_the_last_decision_in_effect_stops_disbursing_or_lets_it_go_on() -> None:
    """Art. 14(2); other measures say nothing about it."""
    facts = (
        disposition(effective_from="2026-07-15"),
        disposition("correction_ordered", "D2", date="2026-08-01"),
        disposition("disbursement_resumed", "D3", date="2026-09-01"),
    )

    assert {"dispositions": 1} == counted(*facts, as_of="2026-07-14")
    assert {"dispositions": 1, "disbursement_stopped": True} == counted(*facts, as_of="2026-07-15")
    assert {"dispositions": 2, "disbursement_stopped": True} == counted(*facts, as_of="2026-08-31")
    assert {"dispositions": 3} == counted(*facts, as_of="2026-09-01")


def test_a_decision_about_one_line_says_nothing_of_another() -> None:
    """Stopped is what is stopped on some line; bound from the day on which it was first decided."""
    of_l1 = disposition(date="2026-07-10", line="L1", effective_from="2026-07-01")
    resumed = disposition("disbursement_resumed", "D2", date="2026-07-20", line="L2")
    stopped = {"dispositions": 1, "disbursement_stopped": True}

    assert {} == counted(of_l1, as_of="2026-07-09")
    assert stopped == counted(of_l1, as_of="2026-07-10")
    assert stopped | {"dispositions": 2} == counted(of_l1, resumed, as_of="2026-07-31")
    of_all = disposition(date="2026-07-10")
    assert stopped | {"dispositions": 2} == counted(of_all, resumed, as_of="2026-07-31")
    same = disposition("disbursement_resumed", "D2", date="2026-07-20", line="L1")
    assert {"dispositions": 2} == counted(of_l1, same, as_of="2026-07-31")
    every = disposition("disbursement_resumed", "D2", date="2026-07-20")
    assert {"dispositions": 2} == counted(of_l1, every, as_of="2026-07-31")


def test_assets_and_changes_of_plan_are_counted() -> None:
    """Cards once each, changes every one."""
    facts = (asset(), asset(amount="4900.00"), asset("A2"), plan_change(), plan_change("scope"))

    assert {"assets": 2, "plan_changes": 2} == counted(*facts)


def test_a_year_with_such_facts_alone_is_assessed() -> None:
    """Without budget and targets: null, never a division."""
    made = folded([jurisdiction(), milestone(), problem("P1", "red")]).assessment()

    assert (1, 1) == (made.extended.milestones, made.extended.problems_serious)
    assert (None, None, None, None) == (
        made.execution.money.execution_rate_bp,
        made.execution.expected_spent,
        made.execution.forecast,
        made.attainment.attainment_rate_bp,
    )
    assert (None, None, None, None) == (
        made.light,
        made.quadrant,
        made.money_ahead_bp,
        made.earned_value,
    )


FACTS = (
    milestone(planned_on="2026-06-30", progress_bp=1_000),
    milestone(state="met", date="2026-07-05"),
    check(result="failed"),
    problem("P1", "red", amount="7.00", due="2026-04-01"),
    resolution(),
    asset(line="L1", standard_amount="4000.00", standard_quantity=1),
    plan_change(planned_end="2027-01-31"),
    disposition(amount="3.00"),
)


def test_what_is_watched_is_listed_as_it_stands() -> None:
    """Every item names its entry; amounts as on the wire."""
    year = folded([jurisdiction(), *FACTS]).year(PROJECT, 2026)
    listed = items(year, dt.date(2026, 12, 31).toordinal())
    (node,), (found,), (bought,) = listed.milestones, listed.problems, listed.assets

    assert ("met", dt.date(2026, 7, 5), False, 2) == (
        node.state,
        node.met_on,
        node.overdue,
        node.sequence,
    )
    assert ("7.00", False, False, "corrected", dt.date(2026, 5, 15)) == (
        found.amount,
        found.open,
        found.overdue,
        found.outcome,
        found.resolved_on,
    )
    assert ("5000.00", "4000.00", 1, "L1") == (
        bought.amount,
        bought.standard_amount,
        bought.standard_quantity,
        bought.line,
    )
    assert (1, 1, 1) == (len(listed.checks), len(listed.plan_changes), len(listed.dispositions))
    assert dt.date(2027, 1, 31) == listed.plan_changes[0].planned_end


@pytest.mark.parametrize("as_of", ["2026-03-31", "2026-05-14", "2026-06-30", "2026-12-31"])
def test_the_lists_are_what_is_counted(as_of: str) -> None:
    """At any date."""
    year = folded([jurisdiction(), *FACTS]).year(PROJECT, 2026)
    on = dt.date.fromisoformat(as_of).toordinal()
    told, listed = extended(year, on), items(year, on)

    assert (told.milestones, told.milestones_overdue) == (
        len(listed.milestones),
        sum(known.overdue for known in listed.milestones),
    )
    assert (told.problems_open, told.problems_overdue) == (
        sum(known.open for known in listed.problems),
        sum(known.overdue for known in listed.problems),
    )
    assert (told.checks, told.assets, told.plan_changes, told.dispositions) == (
        len(listed.checks),
        len(listed.assets),
        len(listed.plan_changes),
        len(listed.dispositions),
    )


DATES = st.integers(0, 3).map(lambda n: dt.date(2026, 3, 1 + n))


@given(
    st.lists(
        st.one_of(
            st.builds(milestone, st.sampled_from("AB"), st.sampled_from(["met", "not_met"]), DATES),
            st.builds(problem, st.sampled_from("AB"), st.sampled_from(["red", "info"]), DATES),
            st.builds(resolution, st.sampled_from("AB"), DATES),
            st.builds(check, st.sampled_from("AB"), st.sampled_from(["passed", "failed"]), DATES),
        ),
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_different_days_does_not_matter(facts: list[AnyEvent], random: Any) -> None:
    """Facts of one item and day answer to their entry, all others to their day."""
    by_key = {(fact.type, _name(fact), fact.data.date): fact for fact in facts}
    known = sorted(by_key.values(), key=lambda fact: fact.data.date)
    ended = {(_name(fact), fact.data.date) for fact in known if "resolved" in fact.type}
    known = [
        fact
        for fact in known
        if "registered" not in fact.type or (_name(fact), fact.data.date) not in ended
    ]
    shuffled = random.sample(known, len(known))

    assert counted(*known) == counted(*shuffled)


def _name(fact: AnyEvent) -> str:
    data = fact.data
    for field in ("milestone", "problem", "check"):
        if hasattr(data, field):
            return str(getattr(data, field))
    raise AssertionError(fact.type)


def test_every_permutation_of_a_story_ends_alike() -> None:
    """Different days: the whole of it."""
    story = (
        problem(date="2026-03-01"),
        resolution(date="2026-03-02"),
        problem("P1", "red", date="2026-03-03"),
        resolution(date="2026-03-04"),
        problem("P1", "red", date="2026-03-05", amount="1.00"),
    )
    expected = {"problems_open": 1, "problems_serious": 1, "problems_amount": 100}

    assert all(expected == counted(*order) for order in permutations(story))


def test_items_and_versions_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond, facts are kept as entries; of versions the oldest go."""
    monkeypatch.setattr(work_folds, "ITEMS_MAX", 2)
    monkeypatch.setattr(versions, "ITEMS_MAX", 2)
    monkeypatch.setattr(versions, "VERSIONS_MAX", 2)
    engine = folded(
        [
            *(check(name) for name in ("C1", "C2", "C3")),
            *(plan_change() for _ in range(3)),
            *(milestone(date=f"2026-02-0{n}") for n in (3, 1, 2)),
        ]
    )
    work = engine.year(PROJECT, 2026).work

    assert (["C1", "C2"], 2) == (list(work.checks), len(work.plan_changes))
    assert [2, 3] == [dt.date.fromordinal(known.day).day for known in work.milestones["M1"]]


def test_what_is_watched_is_read_as_it_was_written() -> None:
    """State with every kind of it."""
    year = folded([jurisdiction(), *FACTS]).year(PROJECT, 2026)

    assert year == decode_state(encode_state(year), ProjectYear)
