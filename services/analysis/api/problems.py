"""What analysis refuses, in both languages: each problem once, under its stable code."""

from collections.abc import Iterable
from typing import Final

from contracts.vocabulary import FISCAL_YEAR_MAX, FISCAL_YEAR_MIN
from services.chassis.problems import (
    RETRY_AFTER_SECONDS,
    Problem,
    ProblemError,
    foreign_token,
    invalid_parameter,
)

__all__ = ["foreign_token", "invalid"]

invalid = invalid_parameter

NOT_FOUND: Final = "Not found"
NAMED_MAX: Final = 40
"""Most names that a hint lists."""


def no_day_opened(*, then: bool = False) -> ProblemError:
    """Say that a question without a date cannot be answered yet; `then`: nor could it at a cut."""
    detail, detail_zh = (
        ("At that cut no day had been opened in this jurisdiction.", "截至该账本位置,")
        if then
        else ("No day has been opened in this jurisdiction.", "")
    )
    return ProblemError(
        Problem(
            409,
            "no_day_opened",
            "There is no today yet",
            detail,
            pointer="/as_of",
            hint="Say as_of, or open a day.",
            title_zh="尚无当前日期",
            detail_zh=f"{detail_zh}该财政区划尚未开启任何工作日。",
            hint_zh="请给出 as_of,或先开启工作日。",
        )
    )


def no_such_fiscal_year(day: object, year: int) -> ProblemError:
    """Say that a date lies in no fiscal year that there is."""
    return ProblemError(
        Problem(
            422,
            "no_such_fiscal_year",
            "No such fiscal year",
            f"{day} is in {year}; there are {FISCAL_YEAR_MIN} to {FISCAL_YEAR_MAX}.",
            pointer="/as_of",
            hint="Ask as of another day.",
            title_zh="没有该财政年度",
            detail_zh=f"{day} 属于 {year} 年度;可用年度为 {FISCAL_YEAR_MIN} 至 {FISCAL_YEAR_MAX}。",
            hint_zh="请改用其他日期。",
        )
    )


def unknown_jurisdiction(code: str) -> ProblemError:
    """Make the 404 for a jurisdiction that is not registered, or not the caller's."""
    return ProblemError(
        Problem(
            404,
            "unknown_jurisdiction",
            NOT_FOUND,
            f"Jurisdiction {code!r} is not registered.",
            pointer="/jurisdiction",
            hint="/v1/jurisdictions lists those that your key may see.",
            title_zh="未找到",
            detail_zh=f"财政区划 {code!r} 未登记。",
            hint_zh="该密钥可见的财政区划见 /v1/jurisdictions。",
        )
    )


def unknown_project(name: str) -> ProblemError:
    """Make the 404 for a project that there is not, or that is not the caller's to see."""
    return ProblemError(
        Problem(
            404,
            "unknown_project",
            NOT_FOUND,
            f"No entry of the ledger is about project {name!r}.",
            pointer="/project",
            hint="An id is <jurisdiction>/<code>, its slash percent-encoded (%2F) in a path.",
            title_zh="未找到",
            detail_zh=f"账本中没有关于项目 {name!r} 的记录。",
            hint_zh="项目标识为 <财政区划>/<项目代码>,在路径中斜杠须编码为 %2F。",
        )
    )


def unknown_organisation(code: str) -> ProblemError:
    """Make the 404 for an organisation that there is not at the date."""
    return ProblemError(
        Problem(
            404,
            "unknown_organisation",
            NOT_FOUND,
            f"There is no organisation {code!r} in this jurisdiction at the date.",
            pointer="/subtree",
            hint="Ask for an organisation that was registered by then.",
            title_zh="未找到",
            detail_zh=f"该财政区划在该日期没有组织机构 {code!r}。",
            hint_zh="请使用该日期已登记的组织机构代码。",
        )
    )


def unknown_figure(figure: str, figures: Iterable[str]) -> ProblemError:
    """Make the 404 for a figure that nobody can explain."""
    names = ", ".join(figures)
    return ProblemError(
        Problem(
            404,
            "unknown_figure",
            NOT_FOUND,
            f"There is no figure {figure!r}.",
            pointer="/figure",
            hint=f"Figures are {names}, indicator:<id> and finding:<kind>:<subject>.",
            title_zh="未找到",
            detail_zh=f"没有指标 {figure!r}。",
            hint_zh=f"可说明的指标:{names}、indicator:<id>、finding:<kind>:<subject>。",
        )
    )


def too_many_entries(most: int) -> ProblemError:
    """Refuse to explain a project that has more entries than an answer is made from."""
    return ProblemError(
        Problem(
            422,
            "too_many_entries",
            "Too many entries",
            f"The project has more than {most} entries.",
            hint="Ask the ledger itself: intake's /v1/ledger/{project}.",
            title_zh="记录过多",
            detail_zh=f"该项目的记录超过 {most} 条。",
            hint_zh="请直接查询账本:intake 的 /v1/ledger/{project}。",
        )
    )


def too_many_projects(most: int) -> ProblemError:
    """Refuse to order or add up more projects than are held at once."""
    return ProblemError(
        Problem(
            422,
            "too_many_projects",
            "Too many projects",
            f"More than {most} projects cannot be put in order at once.",
            hint="List them by id: with no filter but department, and no sort.",
            title_zh="项目过多",
            detail_zh=f"一次不能对超过 {most} 个项目排序或汇总。",
            hint_zh="请按标识列出:除 department 外不加筛选,也不排序。",
        )
    )


def too_much_to_measure(what: str, what_zh: str, hint: str, hint_zh: str) -> ProblemError:
    """Refuse a question that takes more measuring than one answer may."""
    return ProblemError(
        Problem(
            422,
            "too_much_to_measure",
            "Too much for one answer",
            what,
            hint=hint,
            title_zh="一次查询的计算量过大",
            detail_zh=what_zh,
            hint_zh=hint_zh,
        )
    )


def unknown_names(parameter: str, unknown: Iterable[str], known: Iterable[str]) -> ProblemError:
    """Refuse names that are none of those that may be given."""
    wrong, all_known = ", ".join(list(unknown)[:NAMED_MAX]), ", ".join(known)
    return invalid(
        parameter,
        f"there is no {wrong}",
        f"没有 {wrong}",
        f"There are {all_known}.",
        f"可用:{all_known}。",
    )


def invalid_cut(pointer: str, detail: str) -> ProblemError:
    """Refuse what is not a cut of this deployment."""
    return ProblemError(
        Problem(
            422,
            "invalid_cut",
            "Not a cut",
            detail,
            pointer=pointer,
            hint="A cut is what `position` or `cut` of an earlier answer said, such as 12-40-7-0.",
            title_zh="不是有效的账本位置",
            detail_zh=detail,
            hint_zh="账本位置取自先前应答的 `position` 或 `cut`,形如 12-40-7-0。",
        )
    )


def not_reached_yet(asked: str, position: str) -> ProblemError:
    """Say that the ledger is not folded so far yet."""
    return ProblemError(
        Problem(
            409,
            "not_reached",
            "Not there yet",
            f"Position {asked} was asked for, {position} is reached.",
            hint="Ask again, with a longer wait.",
            extra={"position": position},
            title_zh="尚未到达",
            detail_zh=f"请求的位置为 {asked},目前到达 {position}。",
            hint_zh="请稍后再问,或延长等待时间。",
        )
    )


def too_many_streams(most: int) -> ProblemError:
    """Send away who would open one stream more than a process holds."""
    return ProblemError(
        Problem(
            503,
            "too_many_streams",
            "Too many streams are open",
            f"{most} streams are open already.",
            hint="Come back in a moment, or pull with `Accept: application/json`.",
            title_zh="打开的数据流过多",
            detail_zh=f"已有 {most} 个数据流。",
            hint_zh="请稍后再试,或用 `Accept: application/json` 拉取。",
        ),
        {"Retry-After": RETRY_AFTER_SECONDS},
    )
