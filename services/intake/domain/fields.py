"""The fields of facts as people call them, and what each means, for whoever reads a problem.

Chinese names are the glossary's and the national tables'; meanings are the contracts' docstrings.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, get_args

from pydantic import BaseModel

from contracts.codec import ENVELOPES
from contracts.documented import description

MEANINGS_MAX: Final = 4_096
"""Fields whose meaning is remembered."""

_NAMES: Final = """
account 预算类别 | account_hash 账号散列值 | accumulation 累计方式 | adjustment_kind 调整类型
allocation_is_expenditure 拨付即支出 | amount 金额 | batch 批量凭证标志 | batch_number 批次号
behaviour 指标性质 | causationid 起因事件 | channel 支付渠道 | classification 分类科目
clock 开日方式 | contract 合同编号 | control_mode 控制方式 | correlationid 关联标识
counterpart_division 对口业务处室 | currency 币种 | data 事件内容 | datacontenttype 内容类型
dataschema 内容模式 | date 业务日期 | department 主管部门
department_economic 部门预算支出经济分类 | direction 方向 | document 单据 | due 应报日期
end 结束日期 | end_year 结束年度 | entries 撤回的账目序号 | evidence_required 须附佐证材料
fiscal_year 预算年度
fiscal_year_start 预算年度起始日 | from_year 结转来源年度 | function 支出功能分类
fund_type 资金性质 | goal 总体目标 | government_economic 政府预算支出经济分类 | grade 评定等级
id 事件标识 | indicator 绩效指标 | jump 单独开日 | kind 种类 | lead_unit 牵头单位 | level 项目级次
level_1 一级指标 | level_2 二级指标 | line 指标(资金行) | name 名称 | natural_person 自然人标志
new_this_year 当年新增 | note 说明 | number 单据号 | objective_grounds 客观原因
organisation 单位编码 | origin 资金来源 | original 原单据 | parent 上级 | parent_project 上级项目
partitionkey 分区键 | pay_type 支付方式 | payee 收款人 | period 期间 | periods 计划期间
plan 用款计划 | prior_year 以前年度退款 | project_class 项目类别 | purpose 用途 | reason 原因
recordedtime 登记时间 | released 已解除 | returned 已退回 | schedule 付款进度 | sequence 序号
source 来源系统 | source_amount 来源金额 | source_kind 来源类型 | specversion 规范版本
stages 阶段目标 | start 开始日期 | start_year 起始年度 | status 状态 | subject 项目(或财政区划)
supplier 供应商 | target 指标值 | target_date 目标日期 | target_text 指标值原文
target_upper 指标值上限 | targets 绩效目标 | time 发布时间 | time_zone 时区 | title 文件标题
traceparent 追踪标识 | type 事件类型 | undistributed 待分配 | unit 预算单位 | valid_from 生效日期
valid_to 失效日期 | value 完成值 | value_date 完成日期 | value_kind 值类型
value_text 完成情况原文 | weight_bp 权重 | withdrawn 撤销的指标 | working_day 是否工作日
alert 预警 | aspect 变更方面 | asset 资产卡片编号 | body 决定机关 | bytes 字节数
category 资产分类 | change 变更 | check 检查 | checked_by 检查单位 | conclusion 结论
confirmed_by 确认单位 | content 规则内容 | days_off 放假日 | decision 决定 | description 问题描述
disposition 处置 | effective_from 生效日 | effective_to 失效日 | entry 账目序号
evidence 佐证材料 | ground 依据 | last_day 最后一日 | measure 处置措施 | media_type 文件类型
met_on 完成日期 | milestone 里程碑 | mode 监控方式 | notice 更正通知书编号 | outcome 整改结果
pack 规则包 | payment 支付单据 | planned_end 计划完工日期 | planned_on 计划日期
priority_list 重点监控清单 | problem 问题 | procurement_begun 采购已开始 | progress_bp 形象进度
project 项目代码 | projects 项目清单 | quantity 数量 | resolution 整改情况 | result 检查结果
severity 严重程度 | sha256 文件散列值 | standard_amount 配置标准单价
standard_quantity 配置标准数量 | state 状态 | successors 承接方 | summary 变更摘要
topic 检查内容 | until 截止日期 | version 版本 | working_days 调休上班日 | year 年份
measure_unit 计量单位 | document.line 明细行 | original.line 明细行 | payee.name 收款人名称
approved_budget 年初预算数 | adjusted_budget 调整后预算数 | causes 偏差原因
department_name 主管部门 | execution_rate_text 执行率 | expected_spending 全年预计执行数
expected_text 全年预计完成情况 | explanation 原因说明 | filled_on 填报日期 | funding 项目资金
indicators 绩效指标 | label 资金项目 | possibility 完成目标可能性 | project_name 项目名称
remark 备注 | spent 执行数 | unit_name 实施单位
supplier.name 供应商名称 | organisation.name 单位名称 | targets.name 三级指标
stages.value 阶段指标值 | schedule.due 到期日
undistributed_judged_from 待分配开始考核日 | awaiting_working_days 待下达预算宽限工作日
class_function_digits 功能分类比对位数 | class_government_digits 政府经济分类比对位数
silent_publisher_days 报送中断天数 | overdue_working_days 逾期宽限工作日
surplus_after_years 转为结余年数 | duplicate_from 疑似重复起点金额 | split_limit 限额标准
round_from 整数支付起点金额 | round_to 整数单位 | rush_share_bp 年底突击占比 | standard 进度标准
monitoring_cut_offs 监控截止日
months_bp 分月累计进度 | model 预测模型 | years 年度 | simulated 模拟数据 | interval_bp 区间覆盖率
classes 分类预测 | method 预测方法 | seasonal_bp 季节进度 | low_bp 区间下限 | high_bp 区间上限
publisher 发布方 | wape_bp 加权误差 | coverage_bp 实际覆盖率 | project_years 项目年数
"""
_CHINESE: Final[Mapping[str, str]] = dict(
    pair.strip().split(" ", 1) for pair in _NAMES.replace("\n", "|").split("|") if pair.strip()
)
_PLACES: Final = 2
"""A field's name may hang on the structure it stands in: `document.line`."""


class FieldName(NamedTuple):
    """A field in both languages."""

    english: str
    chinese: str


def name_of(pointer: str) -> FieldName | None:
    """Name the field that an RFC 6901 pointer leads to; null for the event as a whole."""
    steps = [step for step in pointer.split("/")[1:] if not step.isdigit()]
    if not steps:
        return None
    last = steps[-1].replace("~1", "/").replace("~0", "~")
    if not last:
        return FieldName("(empty name)", "(空字段名)")
    place = ".".join(steps[-_PLACES:])
    chinese = _CHINESE.get(place) or _CHINESE.get(last) or last
    return FieldName(last.replace("_", " "), chinese)


def has_name(place: str) -> bool:
    """Whether a field is named in Chinese; `place` is its name, after its structure's and a dot."""
    return place in _CHINESE or place.rpartition(".")[2] in _CHINESE


@lru_cache(MEANINGS_MAX)
def meaning_of(event_type: str, location: tuple[str | int, ...]) -> str | None:
    """Tell what a field means, as its contract says; null where the contract has no such field."""
    model: type[BaseModel] | None = ENVELOPES.get(event_type)
    meaning = ""
    for step in location:
        if isinstance(step, int):
            continue
        field = None if model is None else model.model_fields.get(step)
        if model is None or field is None:
            return None
        meaning = description(model, step)
        model = next(_models(field.annotation), None)
    return " ".join(meaning.split()) or None


def fields_of(event_type: str, location: Sequence[str | int]) -> list[str]:
    """List the fields that the contract has where a location leads to."""
    model: type[BaseModel] | None = ENVELOPES.get(event_type)
    for step in location:
        if isinstance(step, int):
            continue
        field = None if model is None else model.model_fields.get(step)
        model = None if field is None else next(_models(field.annotation), None)
    return [] if model is None else list(model.model_fields)


def _models(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
