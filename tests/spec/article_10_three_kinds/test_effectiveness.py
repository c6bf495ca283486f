"""第十条: 有效性监控重点关注项目执行是否与绩效目标一致、执行效果能否达到预期 (also Art. 2)."""

from typing import Any

from contracts.vocabulary import (
    Aspect,
    AttainmentState,
    IndicatorBehaviour,
    IndicatorDirection,
    Light,
    Severity,
)
from tests.unit.alerts.builders import assessment, indicator
from tests.unit.alerts.rules import rule, said

title = "Effectiveness: indicators against their targets, money against results"


def alert(**changes: Any) -> Severity | None:
    """Return what an indicator raises."""
    return said("indicator_behind_standard", assessment(indicators=(indicator(**changes),)))


def test_quantities_are_compared_with_what_is_expected_at_the_date() -> None:
    """实际完成 ÷ 应完成.

    | actual ÷ expected | alert  |
    |-------------------|--------|
    | 120 %             | none   |
    | 80 %              | none   |
    | 79.99 %           | yellow |
    | 60 %              | yellow |
    | 59.99 %           | red    |
    """
    table = {
        12_000: None,
        8_000: None,
        7_999: Severity.YELLOW,
        6_000: Severity.YELLOW,
        5_999: Severity.RED,
    }

    assert table == {ratio: alert(ratio_bp=ratio) for ratio in table}


def test_quality_time_cost_and_reverse_indicators_are_in_range_or_red() -> None:
    """质量、时效、成本、反向指标: in range or not."""
    cases: tuple[dict[str, Any], ...] = (
        {"behaviour": IndicatorBehaviour.QUALITY},
        {"behaviour": IndicatorBehaviour.TIMELINESS},
        {"behaviour": IndicatorBehaviour.COST},
        {"direction": IndicatorDirection.AT_MOST},
    )
    for changes in cases:
        assert Severity.RED == alert(**changes, light=Light.RED)
        assert alert(**changes, light=Light.GREEN, ratio_bp=1) is None


def test_qualitative_results_speak_by_their_grade() -> None:
    """达成 / 部分达成 / 未达成."""
    graded: dict[str, Any] = {"ratio_bp": None, "expected": None, "actual": None}

    assert alert(**graded, grade="met", light=Light.GREEN) is None
    assert Severity.YELLOW == alert(**graded, grade="partly_met", light=Light.YELLOW)
    assert Severity.RED == alert(**graded, grade="not_met", light=Light.RED)


def test_what_is_not_yet_due_is_no_failure() -> None:
    """尚未到期: grey, no alert."""
    assert alert(ratio_bp=0, light=None, state=AttainmentState.NOT_YET_DUE) is None


def test_money_ahead_of_results_is_a_question() -> None:
    """花了钱没办成事: 20 points between execution and attainment are yellow, never red."""
    ahead = {1_999: None, 2_000: Severity.YELLOW, 10_000: Severity.YELLOW, None: None}

    assert ahead == {
        points: said("money_ahead_of_results", assessment(money_ahead_bp=points))
        for points in ahead
    }


def test_these_rules_are_the_effectiveness_of_article_10() -> None:
    """The kind of monitoring stands on every alert."""
    names = ("indicator_behind_standard", "money_ahead_of_results")

    assert {Aspect.EFFECTIVENESS} == {rule(name).aspect for name in names}
