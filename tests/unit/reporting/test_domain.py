"""The monitoring form as data: rows, sums, headings."""

import datetime as dt

import pytest

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import Light, PriorityListKind
from services.reporting import domain
from tests.spec.engines import folded
from tests.support import builders

NAMES = domain.Names({"D1": "水务局"})


def _form(assessment: AssessmentMade) -> domain.MonitoringForm:
    return domain.assemble_form(
        builders.PROJECT, assessment, names=NAMES, alerts=(), cut="1-2-3-4", release="0.1.0"
    )


@pytest.mark.parametrize(
    ("start", "as_of", "label"),
    [
        (dt.date(2026, 1, 1), dt.date(2026, 6, 30), "1-6月"),
        (dt.date(2026, 1, 1), dt.date(2026, 9, 30), "1-9月"),
        (dt.date(2021, 4, 1), dt.date(2022, 3, 31), "2021年4月-2022年3月"),
        (dt.date(2026, 1, 1), dt.date(2026, 7, 15), "2026年1月1日-2026年7月15日"),
        (dt.date(2026, 3, 15), dt.date(2026, 6, 30), "2026年3月15日-2026年6月30日"),
        (dt.date(2026, 6, 1), dt.date(2026, 6, 30), "6月"),
        (dt.date(2025, 6, 1), dt.date(2026, 6, 30), "2025年6月-2026年6月"),
    ],
)
def test_a_form_prints_the_heading_of_its_own_period(
    start: dt.date, as_of: dt.date, label: str
) -> None:
    """Whole months of a calendar year are short, any other span is written out."""
    assert domain.period_label(start, as_of) == label


def test_account_rows_and_unbudgeted_money_add_up_to_the_total() -> None:
    """Art. 3: totals per budget and overall agree to the fen, also with wrong spending."""
    engine = folded(
        [
            builders.budget(line="L1", amount="1000.00", account="general_public"),
            builders.budget(line="L2", amount="500.01", account="government_funds"),
            builders.expenditure(line="L1", amount="300.00"),
            builders.expenditure(line="L2", amount="0.01"),
            builders.expenditure(line="unknown", amount="7.77"),
        ]
    )
    rows = domain.funding_rows(engine.assessment())
    by_label = {row.label: row for row in rows}
    parts = [row for row in rows if row.level == 1]

    assert by_label["年度资金总额"].spent == sum(row.spent or 0 for row in parts) == 30_778
    assert by_label["年度资金总额"].adjusted_budget == sum(
        row.adjusted_budget or 0 for row in parts
    )
    assert by_label["无预算支出"].spent == 777


def test_names_are_printed_where_they_are_registered() -> None:
    """A department without a registered name keeps its code alone."""
    form = _form(folded([builders.budget(amount="1.00")]).assessment())

    assert (form.department_name, form.project_name) == (None, None)


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        ((), "部门自行监控"),
        ((PriorityListKind.DEPARTMENT,), "部门自行监控"),
        ((PriorityListKind.DEPARTMENT, PriorityListKind.BUREAU), "财政重点监控"),
    ],
)
def test_a_form_of_no_campaign_says_who_monitors(
    lists: tuple[PriorityListKind, ...], said: str
) -> None:
    """What is on the bureau's list is the bureau's, asked for or not (domain-rules 19)."""
    made = folded([builders.budget(amount="1.00")]).assessment()
    standing = made.standing.model_copy(update={"priority": lists})

    assert _form(made.model_copy(update={"standing": standing})).monitoring == said


def test_lights_are_counted_with_those_that_have_none() -> None:
    """Every light is named, also those that do not occur."""
    counts = domain.count_lights([Light.RED, None, Light.RED])

    assert counts == {"red": 2, "yellow": 0, "green": 0, "blue": 0, "none": 1}


def test_a_summary_is_the_sum_of_its_lines() -> None:
    """Rates are computed from the sums, not averaged."""
    line = domain.ProjectLine(
        project_id="J/P",
        department="D1",
        original_budget=100,
        adjusted_budget=300,
        disbursed=50,
        spent=100,
        indicators=2,
        judged=1,
        execution_light=Light.RED,
        attainment_light=None,
        light=Light.RED,
        findings=1,
    )
    summary = domain.summarise(
        "D1",
        "J",
        fiscal_year=2026,
        as_of=dt.date(2026, 6, 30),
        lines=[line, line],
        open_alerts_by_rule={"over_budget": 2},
        names=NAMES,
        cut="1",
    )

    assert (summary.adjusted_budget, summary.spent, summary.execution_rate_bp) == (600, 200, 3333)
    assert (summary.department_name, summary.lights["red"], summary.findings) == ("水务局", 2, 2)
