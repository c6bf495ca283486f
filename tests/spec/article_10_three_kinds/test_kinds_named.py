"""第十条: the kinds that the article names, each with a rule of its own."""

import datetime as dt

import pytest

from contracts.events.analysis import ProjectStanding
from contracts.vocabulary import (
    Aspect,
    Channel,
    FindingKind,
    FindingNature,
    Severity,
    fen_to_wire,
)
from services.alerts.domain.facts import Scope
from tests.spec.tables import rows
from tests.unit.alerts.builders import BUDGET, assessment, finding, indicator, line, money
from tests.unit.alerts.rules import PACKS, rule, said

title = "Every kind that the article names is watched"

NAMED = rows("""
    | 第十条                       | rule                        | kind       |
    |------------------------------|-----------------------------|------------|
    | 上年结转资金较大             | carryover_unused            | timeliness |
    | 当年新增预算且前期准备不充分 | new_project_unprepared      | timeliness |
    | 预算执行环境发生重大变化     | large_budget_adjustment     | timeliness |
    | 相关预算管理制度落实情况     | problem_overdue             | compliance |
    | 无预算开支                   | spending_without_budget     | compliance |
    | 超预算开支                   | over_budget                 | compliance |
    | 挤占挪用预算资金             | diversion                   | compliance |
    | 超标准配置资产               | asset_above_standard        | compliance |
    | 项目执行是否与绩效目标一致   | indicator_behind_standard   | effectiveness |
    | 执行效果能否达到预期         | forecast_misses_target      | effectiveness |
""")


@pytest.mark.parametrize("row", NAMED, ids=lambda row: str(row["rule"]))
def test_each_kind_has_its_rule(row: dict[str, str]) -> None:
    """With the aspect that the article gives it."""
    assert Aspect(row["kind"]) == rule(row["rule"]).aspect


def test_every_finding_is_some_rules_matter() -> None:
    """Exactly one rule of the shipped packs raises each kind of finding, when it is confirmed."""
    raised: dict[FindingKind, list[str]] = {kind: [] for kind in FindingKind}
    for kind in FindingKind:
        made = assessment(findings=(finding(kind),))
        for known in PACKS[0].rules:
            if known.scope is Scope.FINDING and said(known.id, made):
                raised[kind].append(known.id)

    silent = {kind for kind, rules in raised.items() if len(rules) != 1}
    # The builder's assessment rests on a plan, where nothing is a rush.
    assert {FindingKind.YEAR_END_RUSH} == silent


def test_a_suspicion_is_never_more_than_information() -> None:
    """疑点 are for a person to look at, no violation (domain-rules 17d)."""
    kinds = (FindingKind.DUPLICATE_PAYMENT, FindingKind.SPLIT_PAYMENT, FindingKind.ROUND_PAYMENT)
    for kind in kinds:
        made = assessment(findings=(finding(kind, nature=FindingNature.SUSPICION),))
        assert Severity.INFO == said("payment_to_review", made)
    assert "疑点" in rule("payment_to_review").title_zh


def carried(part: int, used: int, months: int = 6) -> Severity | None:
    """Judge a project of which a part was carried over, some of it used."""
    figures = money(budget=BUDGET, spent=used)
    parts = {
        **dict.fromkeys(type(figures.components).model_fields, "0.00"),
        "original": fen_to_wire(BUDGET - part),
        "carryover": fen_to_wire(part),
    }
    components = type(figures.components).model_validate(parts)
    own = figures.model_copy(update={"components": components})
    lines = (line(BUDGET).model_copy(update={"money": own, "channel": Channel.TREASURY_PAYMENT}),)
    made = assessment(
        spent=used, months_completed=months, of_execution={"money": own, "lines": lines}
    )
    return said("carryover_unused", made)


def test_large_carryover_is_to_be_used() -> None:
    """More than 30 % of the budget, less than half of it used by mid-year."""
    third = BUDGET * 3 // 10

    assert carried(third, 0) is None
    assert Severity.YELLOW == carried(third + 10_000, 0)
    assert carried(third + 10_000, (third + 10_000) // 2) is None
    assert carried(third + 10_000, 0, months=5) is None


def test_who_is_new_prepares() -> None:
    """No request, contract, plan or spending by the end of March, of April."""

    def alert(months: int, approved: dt.date, committed: int = 0) -> Severity | None:
        basis = {"expected_basis": "months", "approved_on": approved}
        made = assessment(
            spent=0,
            months_completed=months,
            of_execution=basis,
            standing=ProjectStanding(new_this_year=True),
            date=dt.date(2026, months + 1, 1),
            unpaid_committed=committed,
        )
        return said("new_project_unprepared", made)

    january = dt.date(2026, 1, 15)
    assert alert(2, january) is None
    assert Severity.INFO == alert(3, january)
    assert Severity.YELLOW == alert(4, january)
    assert alert(4, january, committed=1) is None
    assert alert(4, dt.date(2026, 4, 10)) is None


def test_a_target_that_will_be_missed_is_said_before_the_year_is_over() -> None:
    """Art. 12(2) too: below 50 % likely yellow, below 20 % red; who keeps pace is left alone."""

    def alert(probability_bp: int, ratio_bp: int = 9_000) -> Severity | None:
        one = indicator(probability_bp=probability_bp, ratio_bp=ratio_bp)
        return said("forecast_misses_target", assessment(indicators=(one,)))

    assert alert(5_000) is None
    assert Severity.YELLOW == alert(4_999)
    assert Severity.RED == alert(1_999)
    assert alert(0, ratio_bp=10_000) is None
