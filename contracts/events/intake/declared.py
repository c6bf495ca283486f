"""What units declared on forms of earlier campaigns: history, never figures (domain-rules 20).

Nothing is measured by it: vouchers alone are money, and results are `target_progress.reported`.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.envelope import Data, Part
from contracts.events.intake.parts import Period
from contracts.vocabulary import Amount, BusinessDate, Code, FiscalYear, Name, Possibility, Text

FUNDING_ROWS_MAX = 40
INDICATOR_ROWS_MAX = 200
CAUSES_MAX = 10


class DeclaredFunding(Part):
    """One row of the money block 项目资金, as it was filled in."""

    label: Name
    """What the row is: 年度资金总额, 其中:本年一般公共预算拨款, 其他资金 …"""
    approved_budget: Amount | None = None
    """年初预算数."""
    adjusted_budget: Amount | None = None
    """调整后预算数, of local variants."""
    spent: Amount | None = None
    """1-6月执行数."""
    execution_rate_text: Code | None = None
    """1-6月执行率, as written."""
    expected_spending: Amount | None = None
    """全年预计执行数."""


class DeclaredIndicator(Part):
    """One indicator row, as it was filled in."""

    level_1: Code | None = None
    """一级指标."""
    level_2: Code | None = None
    """二级指标."""
    name: Name
    """三级指标."""
    target_text: Text = ""
    """年度指标值."""
    value_text: Text = ""
    """1-6月执行情况 [perf_comp]."""
    expected_text: Text = ""
    """全年预计完成情况 [est_perf_annual]."""
    causes: Annotated[tuple[Code, ...], Field(max_length=CAUSES_MAX)] = ()
    """Ticked areas of 偏差原因分析: 经费保障, 制度保障, 人员保障, 硬件条件保障, 其他."""
    explanation: Text = ""
    """原因说明 [ana_dev_reasons]."""
    possibility: Possibility | None = None
    """完成目标可能性."""
    remark: Text = ""
    """备注: why it is missed, and what will be done."""


class MonitoringFormDeclared(Data):
    """A unit filled in the monitoring form 监控表 of an earlier campaign (Art. 12(3), annex 1).

    `date` is the day it was filled in, else the period's last. Names of persons and telephone
    numbers of the form are not taken over.
    """

    TYPE: ClassVar[str] = "monitoring_form.declared"

    fiscal_year: FiscalYear
    """Year of the form [fiscal_year(4)]."""
    period: Period
    """What it is about, usually 1-6月."""
    project_name: Name | None = None
    """项目名称, as written."""
    department_name: Name | None = None
    """主管部门及代码, as written."""
    unit_name: Name | None = None
    """实施单位, as written."""
    goal: Text = ""
    """年度总体目标 [kpi_target]."""
    funding: Annotated[tuple[DeclaredFunding, ...], Field(max_length=FUNDING_ROWS_MAX)] = ()
    """The money block, in the order of the form."""
    indicators: Annotated[tuple[DeclaredIndicator, ...], Field(max_length=INDICATOR_ROWS_MAX)] = ()
    """The indicators, in the order of the form."""
    filled_on: BusinessDate | None = None
    """填报日期, if it is given."""
    source_kind: Code = "unit_form_history"
    """Where it comes from."""
