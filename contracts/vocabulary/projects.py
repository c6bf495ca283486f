"""Closed lists about projects, organisations and time."""

from enum import StrEnum


class ProjectClass(StrEnum):
    """Class whose spending profile is the standard where no plan is (domain-rules 8, 10)."""

    RECURRENT = "recurrent"
    PROCUREMENT = "procurement"
    CONSTRUCTION = "construction"
    SUBSIDY = "subsidy"
    ONE_OFF = "one_off"


class OrganisationKind(StrEnum):
    """Levels of the tree of Art. 5 and 6 (domain-rules 9)."""

    BUREAU = "bureau"
    BUREAU_DIVISION = "bureau_division"
    DEPARTMENT = "department"
    UNIT = "unit"


class Clock(StrEnum):
    """Who opens a jurisdiction's days: intake's scheduler, or a person or simulation."""

    LIVE = "live"
    MANUAL = "manual"


class StateChange(StrEnum):
    """What happens to a project as a whole."""

    STARTED = "started"
    """开工、启动: work has begun."""
    SUSPENDED = "suspended"
    """暂停实施 (Art. 14(2))."""
    RESUMED = "resumed"
    """恢复实施."""
    COMPLETED = "completed"
    """完成: what is unspent is surplus, no longer carryover (domain-rules 6)."""
    TERMINATED = "terminated"
    """终止: given up before it was completed."""


class SuccessionKind(StrEnum):
    """How one project becomes another (domain-rules 8)."""

    SPLIT = "split"
    """拆分: one becomes several."""
    MERGED = "merged"
    """合并: it becomes part of one other."""
    TRANSFERRED = "transferred"
    """划转: the same work goes on under another unit or code."""


class PlanAspect(StrEnum):
    """What of an implementation plan changes 实施计划调整 (Art. 8(3))."""

    SCHEDULE = "schedule"
    """进度安排."""
    SCOPE = "scope"
    """建设内容、规模."""
    PROCUREMENT = "procurement"
    """采购或招标方式."""
    METHOD = "method"
    """实施方式、地点、主体."""
    OTHER = "other"
