"""Closed lists about what a project promises and what of it is reached."""

from enum import StrEnum


class IndicatorBehaviour(StrEnum):
    """What kind of promise an indicator is; rules use this, never the catalogue's codes."""

    PROGRESS = "progress"
    """数量: output quantity."""
    QUALITY = "quality"
    """质量."""
    TIMELINESS = "timeliness"
    """时效."""
    COST = "cost"
    """成本."""
    OUTCOME = "outcome"
    """效益: economic, social, ecological, sustained impact."""
    SATISFACTION = "satisfaction"
    """服务对象满意度."""


class IndicatorDirection(StrEnum):
    """When a value meets its target (domain-rules 14; computesign ≥ ≤ =)."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EQUAL = "equal"
    RANGE = "range"


class Accumulation(StrEnum):
    """How successive values of an indicator relate (domain-rules 14)."""

    CUMULATIVE = "cumulative"
    POINT_IN_TIME = "point_in_time"
    PER_PERIOD = "per_period"
    ONCE = "once"


class ValueKind(StrEnum):
    """What a target value is made of; the original text is always kept."""

    NUMBER = "number"
    RANGE = "range"
    DATE = "date"
    BOOLEAN = "boolean"
    GRADE = "grade"
    TEXT = "text"


class Grade(StrEnum):
    """Qualitative result: 达成目标 / 部分达成目标并具有一定效果 / 未达成目标且效果较差."""

    MET = "met"
    PARTLY_MET = "partly_met"
    NOT_MET = "not_met"


class Possibility(StrEnum):
    """完成目标可能性 of the monitoring form (annex 1)."""

    CERTAIN = "certain"
    """1 确定能."""
    POSSIBLE = "possible"
    """2 有可能."""
    IMPOSSIBLE = "impossible"
    """3 完全不可能."""
