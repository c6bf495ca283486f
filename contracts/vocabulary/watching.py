"""Closed lists about checking, problems and what is decided about them."""

from enum import StrEnum


class ExtendedTopic(StrEnum):
    """What extended monitoring 延伸监控 looks at (Art. 8(3))."""

    TASKS = "tasks"
    """具体工作任务开展."""
    TREND = "trend"
    """发展趋势."""
    IMPLEMENTATION_PLAN = "implementation_plan"
    """实施计划调整."""
    PROCUREMENT = "procurement"
    """政府采购."""
    TENDERING = "tendering"
    """工程招标."""
    SUPERVISION_AND_ACCEPTANCE = "supervision_and_acceptance"
    """监理和验收."""
    DISCLOSURE = "disclosure"
    """信息公示."""
    ASSETS = "assets"
    """资产管理."""
    ACCOUNTING = "accounting"
    """预算资金会计核算."""


class MilestoneState(StrEnum):
    """How far a milestone is (OCDS milestone status)."""

    SCHEDULED = "scheduled"
    """Still to come."""
    MET = "met"
    """Reached."""
    PARTLY_MET = "partly_met"
    """Reached in part."""
    NOT_MET = "not_met"
    """Not reached by its date."""


class MonitoringMode(StrEnum):
    """In which kind of monitoring something was done (Art. 8(3), 11)."""

    ROUTINE = "routine"
    """日常监控 of the department."""
    PRIORITY = "priority"
    """重点监控 of a list."""
    EXTENDED = "extended"
    """延伸监控 of a key policy or major project."""


class CheckResult(StrEnum):
    """What a check found."""

    PASSED = "passed"
    """Nothing to object to."""
    REMARKS = "remarks"
    """Passed, with something to improve."""
    FAILED = "failed"
    """Something must be put right."""


class ProblemOrigin(StrEnum):
    """Who found a problem: the sources of Art. 7."""

    INSPECTION = "inspection"
    """巡视巡察."""
    AUDIT = "audit"
    """审计."""
    SUPERVISION = "supervision"
    """有关监督检查."""
    EVALUATION = "evaluation"
    """绩效评价."""
    ROUTINE_MANAGEMENT = "routine_management"
    """日常管理."""
    MONITORING = "monitoring"
    """绩效监控 itself (Art. 2, 14)."""


class ProblemKind(StrEnum):
    """What a problem is about (Art. 10)."""

    WITHOUT_BUDGET = "without_budget"
    """无预算开支."""
    OVER_BUDGET = "over_budget"
    """超预算开支."""
    DIVERSION = "diversion"
    """挤占挪用预算资金."""
    ABOVE_STANDARD_ASSETS = "above_standard_assets"
    """超标准配置资产."""
    PROCEDURE = "procedure"
    """未落实预算管理制度."""
    SLOW_EXECUTION = "slow_execution"
    """预算执行进度慢."""
    PERFORMANCE = "performance"
    """绩效目标执行偏差、绩效水平不高."""
    LOSS_OR_RISK = "loss_or_risk"
    """已经或预计造成重大损失浪费或风险 (Art. 14(2))."""
    OTHER = "other"


class ProblemOutcome(StrEnum):
    """How a problem ended."""

    CORRECTED = "corrected"
    """已整改."""
    UNFOUNDED = "unfounded"
    """经核实不属实."""
    ACCEPTED = "accepted"
    """Cannot be put right any more; recorded as it is."""


class Measure(StrEnum):
    """What is decided about a project 分类处置 (Art. 14)."""

    BUDGET_CUT = "budget_cut"
    """调减预算 (Art. 14(1), (2))."""
    TARGETS_ADJUSTED = "targets_adjusted"
    """同步调整绩效目标 (Art. 14(1))."""
    PROJECT_SUSPENDED = "project_suspended"
    """暂停项目实施 (Art. 14(2))."""
    DISBURSEMENT_STOPPED = "disbursement_stopped"
    """停止拨付资金 (Art. 14(2))."""
    DISBURSEMENT_RESUMED = "disbursement_resumed"
    """恢复拨付: ends an earlier stop."""
    CORRECTION_ORDERED = "correction_ordered"
    """责令整改 (Art. 15)."""


class PriorityListKind(StrEnum):
    """Whose priority list it is (domain-rules 19)."""

    BUREAU = "bureau"
    """财政重点监控 (Art. 11)."""
    DEPARTMENT = "department"
    """部门重点监控 (Art. 7, 12)."""
