"""What is wrong with a request, as alerts says it."""

from typing import Final

from services.chassis.problems import RETRY_AFTER_SECONDS, Problem, ProblemError

SHOWN_MAX: Final = 40
"""Most characters of a wrong value that are shown."""


def invalid_cursor(text: str) -> ProblemError:
    """Refuse what is no cursor of a feed."""
    shown = text[:SHOWN_MAX]
    return ProblemError(
        Problem(
            422,
            "invalid_cursor",
            "Not a cursor",
            f"{shown!r} is neither a cursor of a feed nor `now`.",
            pointer="/cursor",
            hint="A cursor is `next_cursor` of an earlier answer, or `id` of an event.",
            title_zh="不是有效的游标",
            detail_zh=f"{shown!r} 既不是信息流游标,也不是 `now`。",
            hint_zh="游标取自先前应答的 `next_cursor`,或事件的 `id`。",
        )
    )


def cursor_ahead(cursor: int, last: int) -> ProblemError:
    """Refuse a cursor that a feed has not come to."""
    return ProblemError(
        Problem(
            409,
            "cursor_ahead",
            "The cursor is ahead of the feed",
            f"Cursor {cursor} was asked for, the last one is {last}.",
            pointer="/cursor",
            hint="It is another deployment's or jurisdiction's, or the store was put back: "
            f"go on behind {last}, or from 0 to compare.",
            extra={"last_cursor": last},
            title_zh="游标超前",
            detail_zh=f"请求的游标为 {cursor},最后一个游标为 {last}。",
            hint_zh="该游标属于其他部署或财政区划,或存储曾被恢复:"
            f"请从 {last} 之后继续,或从 0 开始核对。",
        )
    )


def too_many_streams() -> ProblemError:
    """Send away who would follow beside as many as a process holds."""
    return ProblemError(
        Problem(
            503,
            "too_many_streams",
            "Too many follow already",
            "As many streams and waiting questions are open as one process holds.",
            hint="Come back in a moment, ask another instance, or pull without `wait`.",
            title_zh="订阅连接过多",
            detail_zh="本进程打开的数据流与等待中的请求已达上限。",
            hint_zh="请稍后再试、改用其他实例,或不带 `wait` 拉取。",
        ),
        {"Retry-After": RETRY_AFTER_SECONDS},
    )
