"""Words and codes of the national tables that several mappings read, and what they mean here.

Keys compare as words do (names.word_of). What was not seen in a published code list is marked.
"""

from collections.abc import Callable, Mapping
from typing import Final

from contracts.vocabulary import (
    BudgetAccount,
    BudgetOrigin,
    Channel,
    Grade,
    IndicatorBehaviour,
    IndicatorDirection,
    OrganisationKind,
    ProjectClass,
)
from services.intake.files.expressions import ColumnValue, Scalar
from services.intake.files.names import WORD_LENGTH_MAX, word_of
from services.intake.files.outcomes import CellFaultError, Fault

Words = Mapping[str, Scalar]


def _words(*pairs: tuple[Scalar, str]) -> Words:
    """Write value → words parted by spaces as word → value."""
    return {word: value for value, words in pairs for word in words.split()}


_OWN_FUNDS: Final = (
    "3 31 32 33 34 35 39 单位资金 事业收入资金 上级补助收入资金 附属单位上缴收入资金 "
    "经营收入资金 债务收入资金 其他收入资金 自有资金"
)

LOOKUPS: Final[Mapping[str, Words]] = {
    # fund_type_code 资金性质; 2 and 3x are unverified: money outside the four budgets.
    "account_of_fund_type": _words(
        (
            BudgetAccount.GENERAL_PUBLIC.value,
            "1 11 111 112 一般公共预算资金 一般公共预算 一般公共预算拨款 一般债券",
        ),
        (
            BudgetAccount.GOVERNMENT_FUNDS.value,
            "12 121 122 政府性基金预算资金 政府性基金预算 政府性基金 专项债券",
        ),
        (BudgetAccount.STATE_CAPITAL.value, "13 131 国有资本经营预算资金 国有资本经营预算"),
        (
            BudgetAccount.SOCIAL_INSURANCE.value,
            "14 141 社会保险基金预算资金 社会保险基金预算 社会保险基金 社保基金",
        ),
        (
            BudgetAccount.OTHER_FUNDS.value,
            f"2 21 22 财政专户管理资金 财政专户 其他资金 {_OWN_FUNDS}",
        ),
    ),
    # domain-rules 1: money of the unit itself is never disbursed by the treasury.
    "channel_of_fund_type": _words((Channel.OWN_FUNDS.value, _OWN_FUNDS)),
    "channel": _words(
        (
            Channel.TREASURY_PAYMENT.value,
            (
                "国库集中支付 集中支付 直接支付 授权支付 财政直接支付 财政授权支付 1 01 2 02 "
                "treasury_payment"
            ),
        ),
        (Channel.ALLOCATION.value, "实拨 财政实拨 实拨资金 allocation"),
        (Channel.OWN_FUNDS.value, "单位资金 自有资金 own_funds"),
    ),
    "pay_type": _words(
        ("1", "直接支付 财政直接支付 国库直接支付 1 01"),
        ("2", "授权支付 财政授权支付 国库授权支付 2 02"),
    ),
    "natural_person": _words(
        (True, "个人 自然人 对私 私人 居民"),
        (False, "单位 对公 法人 企业 事业单位 机关 公司"),
    ),
    "budget_origin": _words(
        (BudgetOrigin.CURRENT_YEAR.value, "年初预算 年初批复 当年预算 本年预算 本级 本级安排"),
        (
            BudgetOrigin.TRANSFER_FROM_ABOVE.value,
            "上级转移支付 转移支付 上级补助 上级专款 上级安排 中央 省级",
        ),
    ),
    "organisation_kind": _words(
        (OrganisationKind.BUREAU.value, "财政部门 财政局 财政厅 bureau"),
        (OrganisationKind.BUREAU_DIVISION.value, "业务处室 对口业务处室 处室 科室"),
        (OrganisationKind.DEPARTMENT.value, "主管部门 部门 一级预算单位 一级单位 department"),
        # domain-rules 9: the department's own body is a unit.
        (
            OrganisationKind.UNIT.value,
            (
                "部门本级 本级 预算单位 基层单位 所属单位 单位 二级预算单位 二级单位 三级预算单位 "
                "三级单位 unit"
            ),
        ),
    ),
    # Words of local lists: the national pro_cat_code tells 人员 / 运转 / 特定目标 only.
    "project_class": _words(
        (ProjectClass.RECURRENT.value, "运转类 其他运转类 经常性项目 经常性 recurrent"),
        (ProjectClass.PROCUREMENT.value, "采购类 政府采购 采购 procurement"),
        (ProjectClass.CONSTRUCTION.value, "建设类 工程类 基本建设 基建 工程 construction"),
        (ProjectClass.SUBSIDY.value, "补助类 补贴类 转移支付类 补助 subsidy"),
        (ProjectClass.ONE_OFF.value, "一次性项目 一次性 one_off"),
    ),
    # Both trees: the regulation's, and that of 2021 with cost as level 1 (domain-rules 14).
    "indicator_behaviour": _words(
        (IndicatorBehaviour.PROGRESS.value, "数量指标 数量 11"),
        (IndicatorBehaviour.QUALITY.value, "质量指标 质量 12"),
        (IndicatorBehaviour.TIMELINESS.value, "时效指标 时效 13"),
        (
            IndicatorBehaviour.COST.value,
            # 41 to 43 under cost as level 1: unverified.
            "成本指标 成本 14 经济成本指标 社会成本指标 生态环境成本指标 41 42 43",
        ),
        (
            IndicatorBehaviour.OUTCOME.value,
            (
                "经济效益指标 经济效益 社会效益指标 社会效益 生态效益指标 生态效益 "
                "可持续影响指标 可持续影响 可持续发展指标 21 22 23 24"
            ),
        ),
        (
            IndicatorBehaviour.SATISFACTION.value,
            "服务对象满意度指标 服务对象满意度 满意度指标 满意度 31",
        ),
    ),
    # computesign: 1 >, 2 ≥ (positive), 3 =, 4 <, 5 ≤ (reverse); > is read as ≥ and < as ≤.
    "indicator_direction": _words(
        (
            IndicatorDirection.AT_LEAST.value,
            "≥ >= > 1 2 大于等于 大于 不低于 不少于 正向",
        ),
        (IndicatorDirection.EQUAL.value, "= == 3 等于"),
        (
            IndicatorDirection.AT_MOST.value,
            "≤ <= < 4 5 小于等于 小于 不高于 不超过 反向",
        ),
    ),
    "grade": _words(
        (Grade.MET.value, "达成目标 达成 已完成 完成 met"),
        (
            Grade.PARTLY_MET.value,
            "部分达成目标并具有一定效果 部分达成目标 部分完成 基本完成 partly_met",
        ),
        (Grade.NOT_MET.value, "未达成目标且效果较差 未达成目标 未完成 not_met"),
    ),
}
"""Name → word → value."""


def lookup_reader(expression: ColumnValue) -> Callable[[str], Scalar | None]:
    """Make the reader of a column whose words are looked up."""
    named = expression.lookup
    table = LOOKUPS[named] if isinstance(named, str) else named or {}
    known = {word_of(word): value for word, value in table.items()}
    lenient = expression.default is not None

    def lookup(text: str) -> Scalar | None:
        found = known.get(word_of(text[:WORD_LENGTH_MAX]))
        if found is None and not lenient:
            shown = ", ".join(list(table)[:8])
            raise CellFaultError(
                Fault.UNKNOWN_WORD,
                f"none of the words the mapping knows ({shown} …)",
                f"不在映射的取值表中({shown} …)",
            )
        return found

    return lookup
