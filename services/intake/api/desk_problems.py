"""What the data desk is told where a command cannot be carried out."""

from typing import Any, Final

from services.chassis.problems import Problem, ProblemError
from services.intake.domain.desk import Hindrance
from services.intake.store.documents import Document


def hindered(why: Hindrance, entry: Document) -> ProblemError:
    """Say why an entry cannot be what was ordered."""
    return refusal(409, why, {"quarantine": entry["_id"], "state": entry["state"]})


def refusal(status: int, why: Hindrance, extra: dict[str, Any] | None = None) -> ProblemError:
    """Make the problem of a hindrance."""
    return ProblemError(
        Problem(
            status,
            why.code,
            why.title,
            why.detail,
            hint=why.hint,
            extra=extra or {},
            title_zh=why.title_zh,
            hint_zh=why.hint_zh,
        )
    )


CHANGED: Final = Hindrance(
    "entry_changed",
    "Somebody else has changed the entry",
    "该隔离条目已被他人处理",
    "It is not what it was when this command came.",
    "Read it again, then decide.",
    "请重新查询后再处理。",
)
ONE_EVENT: Final = Hindrance(
    "one_event",
    "A fix is one event",
    "更正只能提交一个事件",
    "The body holds another number of events.",
    "Send the whole edited event as application/cloudevents+json.",
    "请以 application/cloudevents+json 提交完整的更正事件。",
)
NO_FILTER: Final = Hindrance(
    "filter_needed",
    "Say which entries",
    "请指定筛选条件",
    "A bulk command needs at least one filter.",
    "Filter by reason, code, publisher, jurisdiction, subject, door or age.",
    "请按原因、代码、发布方、财政区划、项目、入口或时间筛选。",
)
NO_REASON: Final = Hindrance(
    "reason_needed",
    "Say why",
    "请说明原因",
    "Discarding needs a reason.",
    "Give `reason`; it is kept with every entry.",
    "请填写 reason,将随每个条目保存。",
)
