"""Words of reporting: campaigns, papers, who has them in hand (Art. 12; domain-rules 19–24)."""

from enum import StrEnum


class PaperKind(StrEnum):
    """What is handed in 报送材料."""

    FORM = "form"
    """监控表: annex 1, of one project."""
    REPORT = "report"
    """部门绩效监控报告: annex 2, of one department."""


class PaperState(StrEnum):
    """In whose hands a paper is, in the order of its way (Art. 5, 6, 12(4); domain-rules 21)."""

    FILLING = "filling"
    """填报中: a form with its unit, a report with its department."""
    UNIT_APPROVAL = "unit_approval"
    """单位审核: the unit's approver; forms alone."""
    DEPARTMENT_REVIEW = "department_review"
    """主管部门审核; forms alone."""
    COUNTERPART_REVIEW = "counterpart_review"
    """对口业务处室: content first."""
    PERFORMANCE_REVIEW = "performance_review"
    """绩效管理处: completeness and final acceptance."""
    ACCEPTED = "accepted"
    """已接收."""


class PaperStepKind(StrEnum):
    """What people do with a paper."""

    SUBMITTED = "submitted"
    """提交: a new edition is frozen and goes on its way."""
    PASSED = "passed"
    """审核通过: it goes to the next who has to look at it, or is accepted."""
    RETURNED = "returned"
    """退回, with reasons."""
    WITHDRAWN = "withdrawn"
    """撤回: its unit takes it back before anybody has looked at it."""
    REOPENED = "reopened"
    """更正: after acceptance a new edition is begun; the last one holds until then."""
    DELEGATED = "delegated"
    """转办: somebody else is to fill it in."""
    ENTERED = "entered"
    """代录: the bureau entered what came on paper (线下报送)."""
    SEALED = "sealed"
    """盖章件: a sealed scan was bound to an edition."""
    DISPUTED = "disputed"
    """对数据有异议: a figure is disputed before the data desk (domain-rules 20)."""
    SETTLED = "settled"
    """异议处理: the data desk answered a dispute."""


class Dueness(StrEnum):
    """How papers stand to the day they are due on."""

    COMING = "coming"
    """将到期."""
    OVERDUE = "overdue"
    """逾期未报."""
    DONE = "done"
    """已报齐: nothing is missing any more."""


class FormLayout(StrEnum):
    """How the money block of annex 1 is printed (domain-rules 20)."""

    CITY = "city"
    """市级格式: 年初预算数, 调整后预算数, 执行数, 执行率 on the adjusted budget."""
    NATIONAL = "national"
    """国家格式 (财预〔2019〕136号): the rate on 年初预算数, with a note."""
