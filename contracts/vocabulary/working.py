"""Words of working on alerts: causes, escalation, reviews (Art. 10, 12, 15; domain-rules 18–20)."""

from enum import StrEnum


class CauseArea(StrEnum):
    """Where a deviation comes from, as annex 1 asks it 偏差原因; several may be named."""

    FUNDING = "funding"
    """经费保障."""
    INSTITUTION = "institution"
    """制度保障."""
    PERSONNEL = "personnel"
    """人员保障."""
    EQUIPMENT = "equipment"
    """硬件条件保障."""
    OTHER = "other"
    """其他."""


class ReasonType(StrEnum):
    """What kind of reason it is 原因类型 (Hefei's seven, forms 2.1)."""

    POLICY_CHANGE = "policy_change"
    """政策调整影响: objective."""
    EMERGENCY = "emergency"
    """突发事件(疫情等): objective."""
    PROCUREMENT_PROCEDURE = "procurement_procedure"
    """履行政府采购程序."""
    OTHER_UNCONTROLLABLE = "other_uncontrollable"
    """其他不可控因素: objective."""
    PLANNED_LATER = "planned_later"
    """根据计划项目暂未实施."""
    CONTRACT_NOT_DUE = "contract_not_due"
    """根据合同约定资金暂未支付."""
    OTHER = "other"
    """其他原因."""


class EscalationLevel(StrEnum):
    """Whose matter an alert is 逐级上报, from below."""

    UNIT = "unit"
    """预算单位."""
    DEPARTMENT = "department"
    """主管部门."""
    COUNTERPART_DIVISION = "counterpart_division"
    """对口业务处室."""
    PERFORMANCE_DIVISION = "performance_division"
    """绩效管理处."""


class ReviewOutcome(StrEnum):
    """What a review says of how a deviation was explained and corrected (Art. 15)."""

    ACCEPTED = "accepted"
    """审核通过."""
    RETURNED = "returned"
    """退回: it must be explained or corrected anew."""


class ClosingGround(StrEnum):
    """Why an alert is closed by a person."""

    CORRECTED = "corrected"
    """已整改."""
    ACCEPTED = "accepted"
    """情况属实,予以认可: the deviation stays and is accepted."""
    UNFOUNDED = "unfounded"
    """经核实不属实."""


class MuteGround(StrEnum):
    """Why nobody is notified of an alert, although it stands in the feed."""

    SUPPRESSED = "suppressed"
    """Somebody suppressed it for a time."""
    INHIBITED = "inhibited"
    """A graver alert of the same project says it already."""
    FLAPPING = "flapping"
    """It came and went too often of late."""
