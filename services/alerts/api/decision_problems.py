"""What is wrong with a decision that somebody wants to record."""

from services.chassis.problems import ProblemError, refused


def not_opened(pointer: str, last: str | None) -> ProblemError:
    """Refuse a day that is not opened yet."""
    known = last or "-"
    return refused(
        422,
        "day_not_opened",
        ("That day is not opened yet", "该日期尚未开启"),
        (
            f"A decision is recorded on or before the last day opened, which is {known}.",
            f"决定日期不得晚于最近开启的工作日 {known}。",
        ),
        ("Give the day on which it was decided.", "请填写作出决定的日期。"),
        pointer=pointer,
    )


def unknown_alert(alert: str) -> ProblemError:
    """Refuse an answer to an alert that there is not, or of another project."""
    return refused(
        422,
        "unknown_alert",
        ("No such alert of this project", "该项目没有此预警"),
        (
            f"There is no alert {alert} of this project and year that your key may see.",
            f"该项目该年度没有您有权查看的预警 {alert}。",
        ),
        ("Name an alert of the project, or none.", "请填写该项目的预警编号,或留空。"),
        pointer="/alert",
    )


def out_of_scope(*, pointer: str) -> ProblemError:
    """Refuse what is not the caller's to decide; it does not tell what exists."""
    return refused(
        404,
        "out_of_scope",
        ("Not found", "未找到"),
        (
            "There is no such project or organisation in the scope of your key.",
            "您的密钥范围内没有该项目或单位。",
        ),
        ("Check how it is written, and that your key may see it.", "请核对写法及密钥范围。"),
        pointer=pointer,
    )


def misfit(detail: str) -> ProblemError:
    """Refuse a list whose parts do not fit each other."""
    return refused(
        422,
        "invalid_priority_list",
        ("The list does not fit together", "清单内容不一致"),
        (detail, "部门清单须注明主管部门,财政清单不得注明;每个项目只列一次。"),
        (
            "Give organisation exactly for a department's list, and each project once.",
            "部门清单请填写 organisation,财政清单请留空;项目不得重复。",
        ),
        pointer="/organisation",
    )


def no_department(organisation: str) -> ProblemError:
    """Refuse a department's list of what is none."""
    return refused(
        422,
        "not_a_department",
        ("Only a department has a list of its own", "只有主管部门有自己的清单"),
        (
            f"{organisation} is registered, but not as a department.",
            f"{organisation} 登记的不是主管部门。",
        ),
        (
            "Give the department that the projects are of.",
            "请填写项目所属主管部门。",
        ),
        pointer="/organisation",
    )


def foreign_project(project: str, organisation: str, pointer: str) -> ProblemError:
    """Refuse a project that is another department's, or that nobody knows; it does not tell."""
    return refused(
        422,
        "not_its_project",
        ("A department lists its own projects", "部门清单只列本部门项目"),
        (
            f"{project} is not known as a project of {organisation}.",
            f"{project} 不是 {organisation} 的已知项目。",
        ),
        ("Check how it is written, or leave it out.", "请核对写法,或从清单中删除。"),
        pointer=pointer,
    )
