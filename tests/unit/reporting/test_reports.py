"""Reports add up: forms, departments, the city and analysis say the same, to the fen."""

import datetime as dt
import gc
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from contracts.events.analysis import AssessmentMade
from contracts.vocabulary import BudgetAccount, IndicatorBehaviour, PaperState, fen_to_wire
from services.analysis.api.ordering import Chosen
from services.analysis.api.rollup import GroupBy, everything, grouped
from services.analysis.api.tally import tally
from services.analysis.store.rowmaking import row_of
from services.analysis.store.rowstate import RowMoney
from services.reporting.domain.city_summary import Around, CityFold, CitySummary, assemble_summary
from services.reporting.domain.completeness import Known
from services.reporting.domain.correcting import work_of
from services.reporting.domain.exchange import (
    COLUMNS,
    ExchangeTable,
    in_order,
    info_rows,
    levels_of,
    task_row,
)
from services.reporting.domain.filed import Filed
from services.reporting.domain.form import Provenance
from services.reporting.domain.monitoring_work import (
    ReportStanding,
    grade_of,
    score_of,
)
from services.reporting.domain.outline import OutlineError, outline_of
from services.reporting.domain.report_data import DepartmentReport
from services.reporting.domain.results import SuggestionKind, suggestions_of
from services.reporting.domain.rows import MoneyRow
from services.reporting.domain.sharing import foreseen_by_account, shared
from services.reporting.domain.writing import wan
from tests.spec.engines import folded
from tests.support import builders
from tests.unit.reporting import filings
from tests.unit.reporting.filings import ALERTS, CAMPAIGN, CITY, ISSUED, NAMES

COLUMNS_OF_MONEY = ("original", "adjusted", "disbursed", "spent")


WAITING: Final = Known({}, {"610100/P1": 2})


def summary_of(forms: Sequence[Filed], known: Known = WAITING) -> CitySummary:
    """Sum forms up."""
    fold = CityFold(NAMES)
    for filed in forms:
        fold.add(filed)
    work = {"D1": work_of(ALERTS, ISSUED)}
    reports = {
        "D1": ReportStanding(PaperState.ACCEPTED, CAMPAIGN.dues.department, dt.date(2026, 7, 30)),
        "D2": ReportStanding(PaperState.FILLING, CAMPAIGN.dues.department, None),
    }
    return assemble_summary(
        CAMPAIGN,
        fold,
        Around(work, reports, known, "西安市"),
        issued_on=ISSUED,
        release=filings.RELEASE,
        provenance=Provenance(CAMPAIGN.key, CAMPAIGN.name),
    )


def _of_analysis(
    made: dict[str, AssessmentMade], by: GroupBy | None
) -> dict[str | None, tuple[int, ...]]:
    rows = [row_of(name, one, registered=True, incomplete=False) for name, one in made.items()]
    groups = [everything(rows, Chosen())] if by is None else grouped(rows, by, Chosen())
    found: dict[str | None, tuple[int, ...]] = {}
    for group in groups:
        sums = RowMoney(*tally(group.rows, group.amounts).money)
        found[group.key] = tuple(
            getattr(sums, name) for name in ("original", "adjusted_budget", "disbursed", "spent")
        )
    return found


def _of_rows(rows: Sequence[MoneyRow]) -> dict[str | None, tuple[int, ...]]:
    return {row.key or None: tuple(getattr(row, name) for name in COLUMNS_OF_MONEY) for row in rows}


def _added(rows: Sequence[MoneyRow], name: str) -> int:
    return sum(getattr(row, name) for row in rows)


def check_agreement(made: dict[str, AssessmentMade]) -> None:
    """Forms, department reports, the summary and analysis agree for every account."""
    forms = [filings.filed_of(name, one) for name, one in made.items()]
    summary = summary_of(forms)
    whole = summary.whole

    assert _of_rows(whole.accounts) == _of_analysis(made, GroupBy.ACCOUNT)
    assert _of_rows(whole.functions) == _of_analysis(made, GroupBy.FUNCTION)
    assert _of_rows([replace(whole.total, key="")]) == _of_analysis(made, None)
    for name in (*COLUMNS_OF_MONEY, "foreseen_spent", "foreseen_carryover", "foreseen_surplus"):
        total = getattr(whole.total, name)
        assert total == _added(whole.accounts, name)
        assert total == _added([row.money for row in summary.departments], name)
        assert total == sum(_added(row.accounts, name) for row in summary.departments)
    for account in BudgetAccount:
        of_forms = [
            row for filed in forms for row in filed.form.funding if row.key == account.value
        ]
        of_city = [row for row in whole.accounts if row.key == account.value]
        assert sum(row.adjusted_budget or 0 for row in of_forms) == _added(of_city, "adjusted")
        assert sum(row.spent or 0 for row in of_forms) == _added(of_city, "spent")
        assert sum(row.foreseen_spent or 0 for row in of_forms) == _added(of_city, "foreseen_spent")


def test_form_report_summary_and_analysis_agree_to_the_fen() -> None:
    """Art. 3: for every account, with spending above budget among it."""
    check_agreement(filings.assessed())


LINE = st.tuples(
    st.sampled_from(list(BudgetAccount)),
    st.sampled_from(["2130305", "2050204"]),
    st.integers(0, 10**11),
    st.integers(0, 10**11),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["D1", "D2"]), st.lists(LINE, max_size=4)), max_size=4))
def test_sums_agree_whatever_is_budgeted_and_spent(
    projects: list[tuple[str, list[tuple[BudgetAccount, str, int, int]]]],
) -> None:
    """Any lines of any accounts, spending without budget too."""
    events, names = [], []
    for number, (department, lines) in enumerate(projects):
        subject = f"{CITY}/Q{number}P{number}"
        names.append(subject)
        events.append(builders.project(subject, department=department))
        for place, (account, function, budget, spent) in enumerate(lines):
            if budget:
                events.append(
                    builders.budget(
                        subject,
                        fen_to_wire(budget),
                        line=f"L{place}",
                        account=account.value,
                        classification={"function": function},
                    )
                )
            if spent:
                events.append(
                    builders.expenditure(
                        subject, fen_to_wire(spent), "2026-05-12", line=f"L{place}"
                    )
                )
    engine = folded(events)

    check_agreement({name: engine.assessment(name) for name in names})


@given(st.integers(-(10**15), 10**15), st.lists(st.integers(0, 10**13), min_size=1, max_size=9))
def test_shares_add_up(total: int, weights: list[int]) -> None:
    """Whatever is shared out by whatever weights, nothing is lost or made."""
    parts = shared(total, weights)

    assert (len(weights), total) == (len(parts), sum(parts))


def test_what_is_foreseen_is_shared_by_what_is_open() -> None:
    """A project of two budgets: its carryover lies where money is left."""
    made = filings.assessed()[f"{CITY}/P1"]
    forecast = made.execution.forecast
    assert forecast is not None
    found = foreseen_by_account(made)

    assert sum(one.spent for one in found.values()) == forecast.point
    assert sum(one.carryover for one in found.values()) == forecast.carryover


def test_a_report_is_read_back_as_it_was_written() -> None:
    """Frozen as JSON with money as decimal strings: the same report comes back."""
    adapter, report = TypeAdapter(DepartmentReport), filings.report_of()
    content = adapter.dump_json(report)

    assert report == adapter.validate_json(content)
    assert '"adjusted":"7350000.66"' in content.decode()


def test_a_report_says_how_many_forms_were_handed_in() -> None:
    """Frozen editions and live figures are counted apart; coverage wants timely forms."""
    filing = filings.report_of().filing

    assert (3, 2, 1) == (filing.forms, filing.frozen, filing.live)
    assert (1, 1, 1, 3333) == (filing.timely, filing.late, filing.missing, filing.coverage_bp)
    assert (filing.missing,) == (len(filings.report_of().missing),)


def test_causes_and_possibilities_are_those_that_were_declared() -> None:
    """The five areas, several at once, and the reason type (domain-rules 18)."""
    report = filings.report_of()

    assert {"funding": 1, "institution": 2} == report.areas
    assert {"planned_later": 1, "procurement_procedure": 1} == report.reasons
    assert {"impossible": 1} == report.possibilities


def test_people_write_sections_and_figures_the_rest() -> None:
    """What was written is kept as it is; what was not follows from the figures."""
    written = {"problems": "  招标组织不力。\n合同管理薄弱。 "}
    sections = {s.key: s for s in filings.report_of(sections=written).sections}

    assert (True, "招标组织不力。\n合同管理薄弱。") == (
        sections["problems"].edited,
        sections["problems"].text,
    )
    assert not sections["execution"].edited
    assert "调整后预算735.00万元" in sections["execution"].text


def test_measures_taken_and_planned_are_listed() -> None:
    """Art. 12(4), 14: what was done, what is next, what was decided."""
    report = filings.report_of()
    text = next(section.text for section in report.sections if section.key == "measures")

    assert (2, 1, 1, 0) == (
        report.correction.planned,
        report.correction.taken,
        report.correction.in_time,
        report.correction.overdue,
    )
    assert "重新发布招标公告" in text
    assert "调减预算1项" in text


def test_a_project_that_will_not_spend_is_suggested_to_be_cut_with_its_targets() -> None:
    """Art. 13, 14: zero execution, an impossible target; the evidence stands beside it."""
    filed = next(one for one in filings.filings() if one.project == f"{CITY}/P2")
    found = {one.kind: one for one in suggestions_of(filed)}

    assert {
        SuggestionKind.CUT_BUDGET,
        SuggestionKind.ADJUST_TARGETS,
        SuggestionKind.CORRECT,
        SuggestionKind.NEXT_YEAR_LESS,
    } == set(found)
    assert 80_000_000 == found[SuggestionKind.CUT_BUDGET].amount
    evidence = {f.name: f.value for f in found[SuggestionKind.CUT_BUDGET].evidence}
    assert ("800000.00", "0.00%", "完全不可能") == (
        evidence["adjusted_budget"],
        evidence["execution_rate_bp"],
        evidence["possibility"],
    )


def test_risks_are_ranked_the_gravest_first() -> None:
    """Art. 15: red before yellow, findings before money."""
    summary = summary_of(filings.filings())

    assert [1, *range(2, len(summary.risks) + 1)] == [risk.rank for risk in summary.risks]
    assert {f"{CITY}/P2", f"{CITY}/P5"} <= {risk.project for risk in summary.risks}


def test_departments_are_assessed_the_best_first() -> None:
    """Art. 13: coverage, timeliness, completeness, quality of correction."""
    first, second = summary_of(filings.filings()).work

    assert (1, 2) == (first.rank, second.rank)
    assert (first.score_bp or 0) >= (second.score_bp or 0)
    department = {row.department: row for row in (first, second)}["D1"]
    assert (3333, 6667) == (department.coverage_bp, department.timeliness_bp)


def test_what_does_not_apply_has_no_weight() -> None:
    """A department without deviations is not marked down for lack of causes."""
    assert 8000 == score_of(
        {"coverage": 8000, "timeliness": 8000, "completeness": None, "correction": None}
    )
    assert score_of(dict.fromkeys(("coverage", "timeliness"))) is None
    assert ["优", "良", "中", "差"] == [grade_of(bp) for bp in (9000, 8999, 6000, 5999)]


def test_exchange_rows_have_exactly_the_columns_of_their_tables() -> None:
    """forms.md 2.1: names and order of PAY_PERF_MONITOR_INFO and _TASK."""
    rows = [
        in_order(ExchangeTable.INFO, row)
        for filed in filings.filings()
        for row in info_rows(CAMPAIGN, filed)
    ]
    task = in_order(ExchangeTable.TASK, task_row(CAMPAIGN))

    assert {COLUMNS[ExchangeTable.INFO]} == {tuple(row) for row in rows}
    assert ("2026-07", "20260731235959999") == (task["perf_task_no"], task["task_end_date"])
    assert {"2"} == {row["is_deleted"] for row in rows}
    handed_in = [filed for filed in filings.filings() if filed.frozen]
    assert len(rows) == len({row["perf_mon_id"] for row in rows}) == 3 * len(handed_in)
    assert {filed.project.partition("/")[2] for filed in handed_in} == {
        row["pro_code"] for row in rows
    }
    accepted = {f.project.partition("/")[2] for f in handed_in if f.state is PaperState.ACCEPTED}
    assert accepted
    assert accepted == {row["pro_code"] for row in rows if row["is_last_inst"] == "1"}
    assert {"1", "2"} == {row["is_last_inst"] for row in rows}
    sent = {row["perf_send_date"] for row in rows}
    assert {f"{f.submitted_on:%Y%m%d}000000000" for f in handed_in} == sent
    first = next(row for row in rows if row["pro_code"] == "P1")
    assert ("3120000.40", "6000000.00", "11", "62.00") == (
        first["pro_bgt_comp"],
        first["est_pro_bgt_annual"],
        first["lv2_perf_ind_code"],
        first["complete_rate"],
    )


@pytest.mark.parametrize(
    ("behaviour", "named", "codes", "names"),
    [
        ("outcome", ("效益指标", "经济效益指标"), ("2", "21"), ("效益指标", "经济效益指标")),
        ("outcome", ("效益", "社会效益"), ("2", "22"), ("效益", "社会效益")),
        ("outcome", ("效益指标", "生态效益指标"), ("2", "23"), ("效益指标", "生态效益指标")),
        ("outcome", ("效益指标", "可持续影响指标"), ("2", "24"), ("效益指标", "可持续影响指标")),
        ("outcome", ("效益指标", "可持续发展指标"), ("2", "24"), ("效益指标", "可持续发展指标")),
        ("outcome", ("2", "22"), ("2", "22"), ("效益指标", "社会效益指标")),
        ("outcome", ("效益指标", "本市特色指标"), ("2", ""), ("效益指标", "本市特色指标")),
        ("cost", ("产出指标", "成本指标"), ("1", "14"), ("产出指标", "成本指标")),
        ("cost", ("成本指标", "经济成本指标"), ("4", "41"), ("成本指标", "经济成本指标")),
        ("cost", ("成本指标", "生态环境成本指标"), ("4", "43"), ("成本指标", "生态环境成本指标")),
        ("cost", ("成本指标", "成本指标"), ("4", ""), ("成本指标", "成本指标")),
        ("cost", ("成本指标", "人工成本"), ("4", ""), ("成本指标", "人工成本")),
        ("progress", ("本市一级", "里程"), ("1", "11"), ("本市一级", "里程")),
        ("satisfaction", ("满意度指标", "满意度"), ("3", "31"), ("满意度指标", "满意度")),
    ],
)
def test_levels_have_the_codes_of_their_names(
    behaviour: str, named: tuple[str, str], codes: tuple[str, str], names: tuple[str, str]
) -> None:
    """forms.md 2.1: 一级 1 产出…, 二级 11 数量…; both trees of domain-rules 14."""
    figures = filings.filings()[0].money.attainment.indicators[0]
    level_1, level_2 = named
    given = {"behaviour": IndicatorBehaviour(behaviour), "level_1": level_1, "level_2": level_2}
    found = levels_of(figures.model_copy(update=given))

    assert codes == (found["lv1_perf_ind_code"], found["lv2_perf_ind_code"])
    assert names == (found["lv1_perf_ind_name"], found["lv2_perf_ind_name"])


def test_a_city_is_summed_up_in_bounded_memory() -> None:
    """Ten times the forms, the same memory: sums per department are kept, no forms."""
    forms = filings.filings()

    def grown(times: int) -> int:
        fold = CityFold(NAMES)
        for number in range(210):
            fold.add(replace(forms[number % len(forms)], project=f"{CITY}/X{number}"))
        tracemalloc.start()
        for number in range(times):
            fold.add(replace(forms[number % len(forms)], project=f"{CITY}/Y{number:05d}"))
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return size

    assert grown(1_000) < 2 * grown(100) + 100_000


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ([], "/: an outline is"),
        ({"id": "x", "title": "t", "sections": []}, "/sections: must be"),
        ({"id": "x", "title": "", "sections": [{"key": "a", "title": "t"}]}, "/title"),
        ({"id": "x", "title": "t", "sections": [{"key": "A", "title": "t"}]}, "/sections/0/key"),
        (
            {"id": "x", "title": "t", "sections": [{"key": "a", "title": "t", "shows": ["z"]}]},
            "/sections/0/shows: 'z'",
        ),
    ],
)
def test_an_outline_is_checked_before_it_is_used(document: object, fault: str) -> None:
    """Every fault says where it is."""
    with pytest.raises(OutlineError) as caught:
        outline_of(document)

    assert any(found.startswith(fault) for found in caught.value.faults)


def test_wan_is_rounded_half_up_once() -> None:
    """元→万元: ROUND_HALF_UP (forms 2.3)."""
    assert ["0.01", "0.00", "-0.01", "0.00", "1,234.57"] == [
        wan(fen) for fen in (5_000, 4_999, -5_000, -4_999, 1_234_565_000)
    ]
