"""What the data desk may do with an entry of the quarantine, and why not."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from services.intake.domain.orders import NEEDS_OVERRIDE, OVERRIDABLE, Act, Order, State
from services.intake.domain.strict import EVENT_BYTES_MAX
from services.intake.domain.verdicts import Verdict


class Hindrance(NamedTuple):
    """Why an entry cannot be released or discarded."""

    code: str
    title: str
    title_zh: str
    detail: str
    hint: str
    hint_zh: str


CLOSED: Final = Hindrance(
    "entry_closed",
    "The entry is closed",
    "该隔离条目已关闭",
    "It was released or discarded before.",
    "Look at its history; what is in the ledger is taken back by another fact.",
    "请查看处理记录;已入账的事实须另发冲销或更正事件。",
)
MOVING: Final = Hindrance(
    "entry_moving",
    "The entry is on its way",
    "该隔离条目正在处理",
    "An earlier order is being carried out.",
    "Ask for the entry again in a moment.",
    "请稍后重新查询该条目。",
)
CUT: Final = Hindrance(
    "entry_cut",
    "Only the beginning was kept",
    "仅保留了开头部分",
    "The event was too large to be kept whole, so it cannot be released as it is.",
    "Let its publisher send it again, or fix the entry with the whole event.",
    "请由发布方重新发送,或提交完整的更正事件。",
)
OVERRIDE_NEEDED: Final = Hindrance(
    "override_needed",
    "The ledger would refuse it again",
    "账本会再次拒收",
    "Its id or its document is taken by another fact.",
    "If both are true, release it with override; else fix it, or discard it.",
    "若两者均属实,请以 override 放行;否则请更正或作废。",
)
NOT_OVERRIDABLE: Final = Hindrance(
    "not_overridable",
    "An invalid event cannot be overridden",
    "无效事件不能强制放行",
    "Only conflicts, repeated documents and what is out of a publisher's scope can be.",
    "Fix it first, then release it.",
    "请先更正,再放行。",
)


def hindrance(entry: Mapping[str, Any], act: Act, *, override: bool) -> Hindrance | None:
    """Say why an entry cannot be what is ordered; None if it can."""
    state = State(entry["state"])
    if state is not State.OPEN:
        return MOVING if state in {State.RELEASING, State.DISCARDING} else CLOSED
    return None if act is Act.DISCARD else _unreleasable(entry, override=override)


def _unreleasable(entry: Mapping[str, Any], *, override: bool) -> Hindrance | None:
    verdict = Verdict(entry["verdict"])
    if override:
        return None if verdict in OVERRIDABLE else NOT_OVERRIDABLE
    if entry.get("edited") is not None:
        return None
    if is_cut(entry):
        return CUT
    return OVERRIDE_NEEDED if verdict in NEEDS_OVERRIDE else None


def is_cut(entry: Mapping[str, Any]) -> bool:
    """Whether only the beginning of what was sent is kept."""
    return bool(entry["size"] > EVENT_BYTES_MAX)


def done_already(entry: Mapping[str, Any], act: Act) -> bool:
    """Whether an entry is where an order would bring it: ordered twice is ordered once."""
    wanted = State.RELEASED if act is Act.RELEASE else State.DISCARDED
    return bool(entry["state"] == wanted)


def order_for(
    entry: Mapping[str, Any], act: Act, by: str, note: str, *, override: bool = False
) -> Order:
    """Make the order."""
    derived = override and Verdict(entry["verdict"]) in NEEDS_OVERRIDE
    return Order(entry["_id"], entry["attempt"] + 1, act, by, override, derived, note)
