"""Closed lists about who is let in."""

from enum import StrEnum


class PrincipalKind(StrEnum):
    """Who can be let in."""

    PUBLISHER = "publisher"
    """A finance system that states facts."""
    STAFF = "staff"
    """A person of a unit, a department or the bureau."""
    SERVICE = "service"
    """A program of the deployment itself."""


class Role(StrEnum):
    """What somebody is in dual monitoring (Art. 4 to 6, 12); it gives permissions, never scope."""

    PUBLISHER = "publisher"
    """发布系统: states facts, sees what became of its own."""
    UNIT_FILLER = "unit_filler"
    """单位填报人: a unit's person who fills in forms (Art. 12)."""
    UNIT_APPROVER = "unit_approver"
    """单位负责人: answers for a unit's forms (Art. 6)."""
    DEPARTMENT_REVIEWER = "department_reviewer"
    """主管部门审核人: reviews the forms of a department's units (Art. 6)."""
    COUNTERPART_DIVISION = "counterpart_division"
    """业务处(室): the bureau's division that a department belongs to (Art. 5)."""
    PERFORMANCE_DIVISION = "performance_division"
    """预算绩效管理处: leads monitoring in the finance bureau (Art. 5)."""
    BUREAU_LEADER = "bureau_leader"
    """局领导: reads everything of the bureau's jurisdictions."""
    DATA_DESK = "data_desk"
    """数据管理岗: imports files, fixes and releases what was refused, opens days."""
    AUDITOR = "auditor"
    """审计监督: reads everything within its scope, verifies the ledger, changes nothing."""
    OPERATOR = "operator"
    """运维: keys and days; sees no figures."""
