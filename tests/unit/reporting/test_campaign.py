"""Campaigns: planned, changed, opened; what they ask for; when they remind (Art. 12)."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from contracts.vocabulary import (
    BudgetAccount,
    Dueness,
    Light,
    PaperKind,
    PaperState,
    PriorityListKind,
)
from services.reporting.assembly.opening import form_made
from services.reporting.domain.asked import active, asked_for, lagging, scopes
from services.reporting.domain.board import Count, board_of
from services.reporting.domain.campaign import (
    Campaign,
    CampaignState,
    Dues,
    Scope,
    ScopeKind,
    default_dues,
    reminded,
)
from services.reporting.domain.filled import Figures
from services.reporting.domain.planning import (
    Unfit,
    UnfitError,
    begin,
    change,
    check,
    close,
    opened,
    year_of,
)
from services.reporting.domain.reminding import Owing, Reminded, dueness_of, to_tell
from tests.unit.alerts.builders import PROJECT, assessment, indicator, line

JUNE = dt.date(2026, 6, 30)
YEAR = year_of(2026, 1)
ABOVE = {"A": "D1", "B": "D1", "C": "D2", "D1": None, "D2": None}


def campaign(**changes: Any) -> Campaign:
    """Make the usual one."""
    usual = Campaign(
        "340700",
        "2026-07",
        "2026年1-6月绩效运行监控",
        2026,
        dt.date(2026, 1, 1),
        JUNE,
        default_dues(JUNE),
        "bureau",
    )
    return replace(usual, **changes)


def test_the_usual_due_dates_are_those_of_article_12() -> None:
    """31 July for departments; for September as many days later."""
    assert default_dues(JUNE) == Dues(
        dt.date(2026, 7, 20), dt.date(2026, 7, 31), dt.date(2026, 8, 31)
    )
    assert default_dues(dt.date(2026, 9, 30)).department == dt.date(2026, 10, 31)


def test_a_fiscal_year_may_begin_in_any_month() -> None:
    """It is named by the year it begins in."""
    assert (YEAR.first, YEAR.last) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    april = year_of(2026, 4)
    assert (april.first, april.last) == (dt.date(2026, 4, 1), dt.date(2027, 3, 31))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": "a/b"}, Unfit.INVALID_ID),
        ({"cut_off": dt.date(2027, 1, 1)}, Unfit.CUT_OFF_OUTSIDE_YEAR),
        ({"period_from": dt.date(2026, 7, 1)}, Unfit.CUT_OFF_OUTSIDE_YEAR),
        ({"dues": Dues(JUNE, dt.date(2026, 6, 29), JUNE)}, Unfit.DUES_OUT_OF_ORDER),
        ({"scope": Scope(ScopeKind.ORGANISATIONS)}, Unfit.SCOPE_UNFIT),
        ({"scope": Scope(ScopeKind.ALL, ("A",))}, Unfit.SCOPE_UNFIT),
        ({"scope": Scope(ScopeKind.ORGANISATIONS, ("A", "A"))}, Unfit.SCOPE_UNFIT),
        ({"scope": Scope(ScopeKind.LAGGING)}, Unfit.SCOPE_UNFIT),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(changes: dict[str, Any], code: Unfit) -> None:
    """With the reason, and nothing is changed."""
    with pytest.raises(UnfitError) as refused:
        check(campaign(**changes), YEAR)
    assert refused.value.code is code


def test_it_is_opened_once_its_cut_off_is_reached_and_closed_once() -> None:
    """Planned, opening, open, closed; each step from the one before alone."""
    planned = check(campaign(), YEAR)
    with pytest.raises(UnfitError, match=Unfit.CUT_OFF_NOT_REACHED):
        begin(planned, dt.date(2026, 6, 29))
    began = begin(planned, JUNE)
    with pytest.raises(UnfitError, match=Unfit.NOT_OPEN):
        change(began, "x", None, None)
    running = opened(began, "1-2", 10, 2, ("city 4",))
    ended = close(running, dt.date(2026, 9, 1))
    with pytest.raises(UnfitError, match=Unfit.NOT_PLANNED):
        begin(running, JUNE)
    with pytest.raises(UnfitError, match=Unfit.NOT_OPEN):
        close(ended, JUNE)
    with pytest.raises(UnfitError, match=Unfit.ENDED):
        change(ended, "x", None, None)
    assert (running.state, running.version, ended.version) == (CampaignState.OPEN, 3, 4)
    again = change(running, None, None, "annex1-city-1")
    assert (again.template, again.version, again.name) == ("annex1-city-1", 4, running.name)


@pytest.mark.parametrize(
    ("scope", "bounds", "expected"),
    [
        ((), (), ("340700",)),
        (("A", "D1"), (), ("340700/D1",)),
        ((), ("D1",), ("340700/D1",)),
        (("A", "C"), ("D1",), ("340700/A",)),
        (("D1",), ("A", "B"), ("340700/A", "340700/B")),
        (("C",), ("D1",), ()),
    ],
)
def test_it_asks_within_its_scope_and_its_planners_bounds(
    scope: tuple[str, ...], bounds: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    """Disjoint subtrees: nobody is asked twice."""
    kind = ScopeKind.ORGANISATIONS if scope else ScopeKind.ALL
    assert scopes(campaign(scope=Scope(kind, scope), bounds=bounds), ABOVE) == expected


@pytest.mark.parametrize(
    ("scope", "lags", "expected"),
    [
        (Scope(), False, True),
        (Scope(ScopeKind.ACCOUNTS, accounts=(BudgetAccount.GENERAL_PUBLIC,)), False, True),
        (Scope(ScopeKind.ACCOUNTS, accounts=(BudgetAccount.STATE_CAPITAL,)), False, False),
        (Scope(ScopeKind.PROJECTS, projects=("P-1",)), False, True),
        (Scope(ScopeKind.PROJECTS, projects=(PROJECT,)), False, True),
        (Scope(ScopeKind.PROJECTS, projects=("P-2",)), False, False),
        (Scope(ScopeKind.PRIORITY), False, False),
        (Scope(ScopeKind.LAGGING, campaign="x"), True, True),
        (Scope(ScopeKind.LAGGING, campaign="x"), False, False),
    ],
)
def test_it_asks_for_what_its_scope_names(*, scope: Scope, lags: bool, expected: bool) -> None:
    """Budgets, projects, lists, what lagged."""
    made = assessment(of_execution={"lines": (line(100),)}).data
    assert asked_for(campaign(scope=scope), PROJECT, made, lags=lags) is expected


def test_a_form_has_the_light_of_its_project() -> None:
    """Lists are filtered by it."""
    found = assessment(light=Light.RED).data
    made = form_made(campaign(), "340700/2026-07/form/1", PROJECT, found)

    assert made.paper.light is Light.RED


def test_the_bureaus_own_monitoring_asks_for_its_list_alone() -> None:
    """Whatever the scope: 财政重点监控."""
    made = assessment().data
    standing = made.standing.model_copy(update={"priority": (PriorityListKind.BUREAU,)})
    listed = made.model_copy(update={"standing": standing})
    only = campaign(priority_only=True)
    assert not asked_for(only, PROJECT, made, lags=False)
    assert asked_for(only, PROJECT, listed, lags=False)
    assert asked_for(campaign(scope=Scope(ScopeKind.PRIORITY)), PROJECT, listed, lags=False)
    assert active(made)


@pytest.mark.parametrize(
    ("changes", "ratio", "expected"),
    [
        ({}, 10_000, False),
        ({"light": Light.RED}, 10_000, True),
        ({}, 7_000, False),
        ({}, 6_999, True),
        ({}, 13_001, True),
        ({}, None, False),
    ],
)
def test_red_or_more_than_30_percent_off_lags(
    *, changes: dict[str, Any], ratio: int | None, expected: bool
) -> None:
    """A quantity indicator's deviation counts to either side (domain-rules 23)."""
    made = assessment(indicators=(indicator(ratio_bp=ratio),), **changes).data
    assert lagging(Figures(made, "1")) is expected


@pytest.mark.parametrize(("shown", "later"), [(Light.GREEN, Light.RED), (Light.RED, Light.GREEN)])
def test_what_lags_is_what_forms_show(shown: Light, later: Light) -> None:
    """Treasury money that came after the campaign's cut is on no form of it (domain-rules 23)."""
    made = assessment(of_execution={"light": shown}, light=shown).data
    execution = made.execution.model_copy(update={"light": later})
    results = made.model_copy(update={"light": later, "execution": execution})
    figures = Figures(made, "1", results, "2")

    assert figures.shown.light is shown
    assert lagging(figures) is (shown is Light.RED)


@pytest.mark.parametrize(
    ("before", "day", "expected"),
    [
        ("2026-07-05", "2026-07-06", True),
        ("2026-07-06", "2026-07-07", False),
        ("2026-07-11", "2026-07-14", True),
        ("2026-07-16", "2026-07-17", True),
        ("2026-07-19", "2026-07-20", True),
        ("2026-07-20", "2026-07-21", True),
        ("2026-07-21", "2026-07-22", False),
        ("2026-07-27", "2026-07-28", True),
    ],
)
def test_it_reminds_14_7_3_0_days_before_and_after(
    *, before: str, day: str, expected: bool
) -> None:
    """A holiday's reminder is made up on the next opened day."""
    due = dt.date(2026, 7, 20)
    found = reminded(due, dt.date.fromisoformat(before), dt.date.fromisoformat(day))
    assert found is expected


@pytest.mark.parametrize(
    ("missing", "before", "marked", "ended", "expected"),
    [
        (2, None, True, False, True),
        (2, None, False, False, False),
        (0, None, True, False, False),
        (0, Dueness.OVERDUE, False, False, True),
        (0, Dueness.DONE, True, False, False),
        (2, Dueness.COMING, True, True, True),
        (2, None, True, True, False),
    ],
)
def test_who_is_told_how_papers_stand(
    *, missing: int, before: Dueness | None, marked: bool, ended: bool, expected: bool
) -> None:
    """Who is missing something, and once who is not any more."""
    due = dt.date(2026, 7, 20)
    last = None if before is None else Reminded(before, due, 1)
    owing = Owing("A", PaperKind.FORM, missing, 3)
    assert to_tell(owing, last, due, marked=marked, ended=ended) is expected


def test_who_was_reminded_is_told_that_the_date_has_moved() -> None:
    """At once, not with the next reminder."""
    owing = Owing("A", PaperKind.FORM, 1, 1)
    last = Reminded(Dueness.OVERDUE, dt.date(2026, 7, 10), 1)
    due = campaign().dues.unit
    assert to_tell(owing, last, due, marked=False, ended=False)
    assert dueness_of(campaign(), owing, due) is Dueness.COMING
    assert dueness_of(campaign(), owing, dt.date(2026, 7, 21)) is Dueness.OVERDUE
    assert dueness_of(campaign(state=CampaignState.CLOSED), owing, due) is Dueness.DONE


def counted(
    department: str | None, unit: str | None, state: PaperState, papers: int, *flags: str
) -> Count:
    """Count papers of a unit, or the report of a department."""
    kind = PaperKind.REPORT if unit is None else PaperKind.FORM
    names = ("missing", "overdue", "late", "covered")
    return Count(
        kind, department, unit, state, papers=papers, **{name: name in flags for name in names}
    )


def test_the_board_adds_up() -> None:
    """Units to departments, departments to the whole; coverage is in time with targets."""
    board = board_of(
        (
            counted("D1", "A", PaperState.ACCEPTED, 3, "covered"),
            counted("D1", "B", PaperState.FILLING, 1, "missing", "overdue"),
            counted(None, "C", PaperState.UNIT_APPROVAL, 4, "late"),
            counted("D1", None, PaperState.FILLING, 1, "missing"),
        )
    )
    first, last = board.departments
    assert (first.department, list(first.units), last.department) == ("D1", ["A", "B"], None)
    assert (first.forms.asked, first.forms.overdue, first.report.missing) == (4, 1, 1)
    assert (board.forms.asked, board.forms.late, board.forms.accepted) == (8, 4, 3)
    assert board.forms.coverage_bp == 3_750
    assert board.reports.asked == 1
    assert board_of(()).forms.coverage_bp is None
