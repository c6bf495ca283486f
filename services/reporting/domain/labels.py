"""Words that reports print for closed lists, in Chinese as the forms of the bureau say them."""

from typing import Final

from contracts.vocabulary import (
    CauseArea,
    FindingKind,
    IndicatorBehaviour,
    Light,
    Measure,
    PaperState,
    Possibility,
    Quadrant,
    ReasonType,
    ReviewOutcome,
    Trend,
)

AREAS: Final[dict[CauseArea, str]] = {
    CauseArea.FUNDING: "经费保障",
    CauseArea.INSTITUTION: "制度保障",
    CauseArea.PERSONNEL: "人员保障",
    CauseArea.EQUIPMENT: "硬件条件保障",
    CauseArea.OTHER: "其他",
}
"""偏差原因: the form's five areas."""

REASONS: Final[dict[ReasonType, str]] = {
    ReasonType.POLICY_CHANGE: "政策调整影响",
    ReasonType.EMERGENCY: "突发事件影响",
    ReasonType.PROCUREMENT_PROCEDURE: "履行政府采购程序",
    ReasonType.OTHER_UNCONTROLLABLE: "其他不可控因素",
    ReasonType.PLANNED_LATER: "根据计划项目暂未实施",
    ReasonType.CONTRACT_NOT_DUE: "根据合同约定资金暂未支付",
    ReasonType.OTHER: "其他原因",
}
"""原因类型."""

OBJECTIVE: Final = frozenset(
    {ReasonType.POLICY_CHANGE, ReasonType.EMERGENCY, ReasonType.OTHER_UNCONTROLLABLE}
)
"""Reason types on objective grounds (Art. 14(1))."""

BEHAVIOURS: Final[dict[IndicatorBehaviour, str]] = {
    IndicatorBehaviour.PROGRESS: "数量指标",
    IndicatorBehaviour.QUALITY: "质量指标",
    IndicatorBehaviour.TIMELINESS: "时效指标",
    IndicatorBehaviour.COST: "成本指标",
    IndicatorBehaviour.OUTCOME: "效益指标",
    IndicatorBehaviour.SATISFACTION: "满意度指标",
}
"""Kinds of indicators in the order of Art. 8(1)."""

GROUPS: Final[dict[IndicatorBehaviour, str]] = {
    IndicatorBehaviour.PROGRESS: "产出",
    IndicatorBehaviour.QUALITY: "产出",
    IndicatorBehaviour.TIMELINESS: "产出",
    IndicatorBehaviour.COST: "产出",
    IndicatorBehaviour.OUTCOME: "效益",
    IndicatorBehaviour.SATISFACTION: "满意度",
}
"""What a kind belongs to: 产出, 效益 or 满意度."""

POSSIBILITIES: Final[dict[Possibility, str]] = {
    Possibility.CERTAIN: "确定能",
    Possibility.POSSIBLE: "有可能",
    Possibility.IMPOSSIBLE: "完全不可能",
}
POSSIBILITY_CODES: Final[dict[Possibility, str]] = {
    Possibility.CERTAIN: "1",
    Possibility.POSSIBLE: "2",
    Possibility.IMPOSSIBLE: "3",
}
"""Codes of the national table."""

LIGHTS: Final[dict[Light, str]] = {
    Light.RED: "红",
    Light.YELLOW: "黄",
    Light.GREEN: "绿",
    Light.BLUE: "蓝",
}
NO_LIGHT: Final = "none"
"""Key under which those without a light are counted."""

QUADRANTS: Final[dict[Quadrant, str]] = {
    Quadrant.ON_TRACK: "执行与目标均达标",
    Quadrant.MONEY_BEHIND: "目标达标、执行滞后",
    Quadrant.RESULTS_BEHIND: "执行达标、目标滞后",
    Quadrant.BOTH_BEHIND: "执行与目标均滞后",
}

TRENDS: Final[dict[Trend, str]] = {
    Trend.RISING: "上升",
    Trend.STEADY: "平稳",
    Trend.FALLING: "下降",
    Trend.NOT_ENOUGH_DATA: "数据不足",
}

STATES: Final[dict[PaperState, str]] = {
    PaperState.FILLING: "填报中",
    PaperState.UNIT_APPROVAL: "单位审核",
    PaperState.DEPARTMENT_REVIEW: "主管部门审核",
    PaperState.COUNTERPART_REVIEW: "对口业务处室审核",
    PaperState.PERFORMANCE_REVIEW: "绩效管理处审核",
    PaperState.ACCEPTED: "已接收",
}

MEASURES: Final[dict[Measure, str]] = {
    Measure.BUDGET_CUT: "调减预算",
    Measure.TARGETS_ADJUSTED: "调整绩效目标",
    Measure.PROJECT_SUSPENDED: "暂停项目实施",
    Measure.DISBURSEMENT_STOPPED: "停止拨付资金",
    Measure.DISBURSEMENT_RESUMED: "恢复拨付资金",
    Measure.CORRECTION_ORDERED: "责令整改",
}
"""分类处置 (Art. 14)."""

REVIEWS: Final[dict[ReviewOutcome, str]] = {
    ReviewOutcome.ACCEPTED: "审核通过",
    ReviewOutcome.RETURNED: "退回",
}

SEVERITIES: Final = {"red": "红色", "yellow": "黄色", "info": "提示"}
ALERT_STATES: Final = {
    "open": "未整改完成",
    "cleared": "已消除",
    "closed": "已关闭",
    "year_closed": "年度已结",
}

FINDINGS: Final[dict[FindingKind, str]] = {
    FindingKind.SPENDING_WITHOUT_BUDGET: "无预算开支",
    FindingKind.AWAITING_BUDGET: "待批复预算的支出",
    FindingKind.OVER_BUDGET: "超预算开支",
    FindingKind.NEGATIVE_NET_SPEND: "净支出为负",
    FindingKind.BUDGET_PERIOD_SPANS_YEARS: "预算期间跨年度",
    FindingKind.ABOVE_PLAN: "超用款计划支付",
    FindingKind.ABOVE_DISBURSEMENT: "支出超过拨付",
    FindingKind.DIVERSION: "挤占挪用预算资金",
    FindingKind.ASSET_ABOVE_STANDARD: "超标准配置资产",
    FindingKind.SPENDING_AFTER_END: "项目结束后支出",
    FindingKind.SPENDING_WHILE_SUSPENDED: "暂停或停拨期间支出",
    FindingKind.DUPLICATE_PAYMENT: "疑似重复支付",
    FindingKind.SPLIT_PAYMENT: "疑似拆分支付",
    FindingKind.ROUND_PAYMENT: "疑似整数支付",
    FindingKind.YEAR_END_RUSH: "年底突击花钱",
    FindingKind.PAYMENT_OVER_CONTRACT: "疑似超合同支付",
    FindingKind.PAYEE_OUTSIDE_CONTRACT: "疑似向合同外主体付款",
    FindingKind.DISBURSED_WHILE_STOPPED: "暂停、停拨期间或结束后拨付",
}
"""Art. 10."""

UNNAMED: Final = "未指明"
"""Printed for a class, account or department that nobody has named."""
