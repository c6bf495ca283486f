"""A monitoring form with everything on it, as a unit hands it in."""

import dataclasses
import datetime as dt

from contracts.vocabulary import CauseArea, FormLayout, Light, Possibility, ReasonType, rate_bp
from services.reporting.domain.form import (
    Contact,
    DisputedFigure,
    ExecutionCause,
    FundingRow,
    IndicatorRow,
    MonitoringForm,
    Provenance,
    RelatedAlert,
)

PAPER = "610100/2026-07/form/61010026P101000000001"


def funding() -> tuple[FundingRow, ...]:
    """Four rows that add up: two budgets, other funds, carryover within."""

    def row(key: str, label: str, level: int, *fen: int) -> FundingRow:
        original, adjusted, spent, declared, foreseen = fen
        return FundingRow(
            label,
            level,
            original,
            adjusted,
            spent,
            rate_bp(spent, adjusted),
            key=key,
            execution_rate_original_bp=rate_bp(spent, original),
            declared_spent=declared,
            foreseen_spent=foreseen,
        )

    general = (1_850_000_000, 1_930_000_001, 312_000_033, 1_900_000_000, 1_610_000_000)
    funds = (600_000_000, 600_000_000, 150_000_050, 600_000_000, 590_000_000)
    other = (45_760_000, 45_760_000, 27_130_017, 45_760_000, 45_760_000)
    total = tuple(sum(parts) for parts in zip(general, funds, other, strict=True))
    return (
        row("total", "年度资金总额", 0, *total),
        row("general_public", "一般公共预算", 1, *general),
        row("government_funds", "政府性基金预算", 1, *funds),
        row("other_funds", "其他资金", 1, *other),
        FundingRow("其中: 上年结转", 2, None, 80_000_001, None, None),
    )


def indicators() -> tuple[IndicatorRow, ...]:
    """A row of each kind, ahead and behind."""
    ahead = IndicatorRow(
        "产出指标",
        "数量指标",
        "改造老旧小区数量",
        "≥ 42 个",
        "23",
        5476,
        Light.GREEN,
        cause_required=False,
        indicator="K1",
        expected_result="42",
        foreseen_result="44",
        possibility=Possibility.CERTAIN,
        foreseen_possibility=Possibility.CERTAIN,
        evidence=("竣工验收单.pdf", "现场照片.jpg"),
    )
    behind = IndicatorRow(
        "产出指标",
        "时效指标",
        "外墙保温工程完成时间",
        "2026-09-30",
        "未完成",
        0,
        Light.RED,
        cause_required=True,
        indicator="K2",
        expected_result="2026年11月中旬完成",
        areas=(CauseArea.FUNDING, CauseArea.OTHER),
        reason_type=ReasonType.PROCUREMENT_PROCEDURE,
        reason="施工图审查意见反复, 招标公告延后四十日, 中标单位六月中旬方进场。",
        possibility=Possibility.POSSIBLE,
        foreseen_possibility=Possibility.IMPOSSIBLE,
        measure="增派作业班组, 雨季后两班制施工; 每周向主管部门报送进度。",
    )
    satisfied = dataclasses.replace(
        ahead,
        level_1="满意度指标",
        level_2="服务对象满意度指标",
        level_3="居民满意度",
        target="≥ 90 %",
        actual="92.5",
        indicator="K3",
        evidence=(),
        expected_result="92",
        foreseen_result=None,
    )
    return (ahead, behind, satisfied)


def filled(**changes: object) -> MonitoringForm:
    """Give a form as handed in, or with other fields."""
    form = MonitoringForm(
        project_id="610100/61010026P101000000001",
        project_name="老旧小区综合改造(二期)",
        department="101",
        department_name="市住房和城乡建设局",
        lead_unit="101003",
        lead_unit_name="市城市更新中心",
        fiscal_year=2026,
        as_of=dt.date(2026, 6, 30),
        period="1-6月",
        currency="CNY",
        goal="完成 42 个老旧小区的外墙保温、雨污分流和加装电梯, 居民满意度 90% 以上。",
        funding=funding(),
        indicators=indicators(),
        execution_light=Light.RED,
        attainment_light=Light.RED,
        light=Light.RED,
        attainment_rate_bp=5476,
        alerts=(
            RelatedAlert(
                "a1",
                "execution_behind",
                "执行率低于序时进度 20 个百分点以上",
                "red",
                "open",
                dt.date(2026, 6, 30),
                ("加快支付已完工程款, 2026-08-31 前, 进行中",),
            ),
        ),
        cut="1204-977-1310-1188",
        template="annex1-city-1",
        release="0.1.0",
        carryover=45_760_018,
        surplus=0,
        foreseen_carryover=330_000_000,
        foreseen_surplus=1,
        execution_cause=ExecutionCause(
            (CauseArea.FUNDING,),
            ReasonType.PROCUREMENT_PROCEDURE,
            "上半年完成招标, 合同约定按节点付款。",
            "七月起按月结算。",
        ),
        execution_cause_required=True,
        remarks="二标段因管线迁改, 开工时间另行报告。",
        contact=Contact("张三", "029-8765 4321", "李四", dt.date(2026, 7, 8)),
        disputes=(DisputedFigure("/funding/general_public/spent", "六月一笔退款未入账", None),),
        provenance=Provenance(
            campaign="610100/2026-07",
            campaign_name="2026年上半年绩效运行监控",
            paper=PAPER,
            edition=2,
            results_cut="1204-977-1310-1190",
            packs=("city 4", "reporting 1"),
            layout=FormLayout.CITY,
            code="8f3a61c0b27d94e5",
        ),
    )
    return dataclasses.replace(form, **changes)  # type: ignore[arg-type]


def long_text(signs: int) -> str:
    """Write a text of so many signs, as people do who have much to explain."""
    sentence = "因雨季连续降水, 外墙作业窗口期不足, 已与施工单位商定分段验收、分段支付。"
    return (sentence * (signs // len(sentence) + 1))[:signs]
