"""What people are told when a command cannot be carried out, in both languages."""

from collections.abc import Mapping
from typing import Final

from services.alerts.domain.commands import COMMENTS_MAX, Refusal, RefusedError
from services.chassis.problems import RETRY_AFTER_SECONDS, ProblemError, not_found
from services.chassis.refusals import Words

WORDS: Final[Mapping[Refusal, Words]] = {
    Refusal.ALERT_ENDED: Words(
        409,
        "The alert has ended",
        "预警已结束",
        "It was cleared by the data, closed by a person, or its year was closed.",
        "该预警已由数据解除、人工关闭或随年度关闭。",
        "It can still be commented, explained and reviewed, and its measures reported.",
        "仍可添加备注、说明原因、审核,并报告整改措施的落实情况。",
    ),
    Refusal.TOO_MANY_COMMENTS: Words(
        409,
        "The alert has all the comments it may have",
        "备注数量已达上限",
        f"An alert has at most {COMMENTS_MAX} comments.",
        f"每条预警最多 {COMMENTS_MAX} 条备注。",
        "Write what is left into the explanation.",
        "请将其余内容写入原因说明。",
    ),
    Refusal.TOO_MANY_MEASURES: Words(
        409,
        "The alert has all the measures it may have",
        "整改措施数量已达上限",
        "A measure that is planned again under its number replaces the one before.",
        "使用已有编号再次填报,将替换原措施。",
        "Use the number of a measure that you no longer need.",
        "请使用不再需要的措施的编号。",
    ),
    Refusal.REPEATED_AREA: Words(
        422,
        "An area of causes is named twice",
        "偏差原因重复",
        "Each area is named at most once.",
        "每类原因只能填写一次。",
        "Leave the second one out.",
        "请删去重复的一项。",
    ),
    Refusal.DUE_IN_PAST: Words(
        422,
        "The day is over",
        "完成期限已过",
        "A measure cannot be planned for a day before the last opened one.",
        "整改措施的完成期限不得早于最近开启的业务日。",
        "Give a later day.",
        "请填写较晚的日期。",
    ),
    Refusal.UNKNOWN_MEASURE: Words(
        422,
        "No such measure is planned",
        "没有该整改措施",
        "A measure is planned before it is reported as carried out.",
        "整改措施须先计划,再报告落实。",
        "GET the alert: `work.measures` has the numbers. Plan the measure first.",
        "查看预警的 `work.measures` 可知编号;请先填报计划。",
    ),
    Refusal.TAKEN_IN_FUTURE: Words(
        422,
        "The day is not opened yet",
        "日期尚未到来",
        "A measure cannot have been carried out after the last opened day.",
        "落实日期不得晚于最近开启的业务日。",
        "Report it when it is done.",
        "请在落实之后报告。",
    ),
    Refusal.URGED_TODAY: Words(
        409,
        "It was urged today",
        "今日已催办",
        "An alert is urged at most once a day.",
        "每条预警每日最多催办一次。",
        "Urge again on the next opened day.",
        "请于下一业务日再催办。",
    ),
    Refusal.NOTHING_TO_REVIEW: Words(
        409,
        "There is nothing to review yet",
        "尚无可审核的内容",
        "The deviation is not explained yet.",
        "尚未说明偏差原因。",
        "Urge it, or wait for the explanation.",
        "可先催办,或等待原因说明。",
    ),
    Refusal.NOTE_REQUIRED: Words(
        422,
        "A return needs its reasons",
        "退回须写明理由",
        "Whoever explains anew must know what was missing.",
        "须告知需要补充或更正的内容。",
        "Say in `note` what is missing.",
        "请在 `note` 中写明理由。",
    ),
    Refusal.NOT_EXPLAINED: Words(
        409,
        "It is not explained yet",
        "尚未说明原因",
        "Only an unfounded alert can be closed without an explanation.",
        "除经核实不属实外,未说明原因的预警不能关闭。",
        "Explain it first, or close it as `unfounded`.",
        "请先说明原因,或以 `unfounded`(不属实)关闭。",
    ),
}
"""Every refusal of the domain."""

_STALE: Final = Words(
    409,
    "The alert was changed meanwhile",
    "预警已被更新",
    "It has another version than the one named by If-Match.",
    "当前版本与 If-Match 所指的版本不同。",
    "GET it again, look at what changed, and send the command with its ETag.",
    "请重新读取,核对变化后携带新的 ETag 再提交。",
)
_BUSY: Final = Words(
    503,
    "The alert is being changed again and again",
    "预警正被频繁更新",
    "The command could not be carried out between the changes of others; nothing was done.",
    "未能在其他更新之间执行;操作未执行。",
    "Send it again with the same Idempotency-Key.",
    "请沿用同一 Idempotency-Key 重发。",
)
_ASSIGNEE: Final = Words(
    422,
    "Nobody of this name can work on it",
    "无法指派给该用户",
    "There is no such principal, or it may not work on this alert.",
    "没有该用户,或其无权处理此预警。",
    "Name a principal with a working role in whose scope the alert is, `me`, or null.",
    "请填写有权处理且在其范围内的用户、`me` 或 null。",
)
_EVIDENCE: Final = Words(
    422,
    "There is no such evidence",
    "没有该佐证材料",
    "The file is not attached to the alert's project, or has another size or type.",
    "该文件未附于预警所涉项目,或其大小、类型不符。",
    "Upload it first: `dualwatch evidence put PROJECT FILE` prints what to name here.",
    "请先上传:`dualwatch evidence put 项目 文件` 会输出此处应填写的内容。",
)
_INTAKE: Final = Words(
    503,
    "Evidence cannot be checked for the moment",
    "暂时无法核对佐证材料",
    "Evidence lies at intake, which does not answer; nothing was done.",
    "佐证材料存于 intake,目前没有应答;操作未执行。",
    "Send the command again with the same Idempotency-Key; `dualwatch doctor` shows what is down.",
    "请沿用同一 Idempotency-Key 重发;`dualwatch doctor` 会显示故障部分。",
)


def refused(error: RefusedError) -> ProblemError:
    """Tell why a command cannot be carried out."""
    return ProblemError(WORDS[error.code].problem(error.code.value, error.pointer))


def stale(version: int) -> ProblemError:
    """Tell that somebody was faster, and the present version."""
    problem = _STALE.problem("stale_version", extra={"version": version})
    return ProblemError(problem, {"ETag": f'"{version}"'})


def busy() -> ProblemError:
    """Tell that it could not be done for the moment."""
    return ProblemError(_BUSY.problem("alert_busy"), {"Retry-After": RETRY_AFTER_SECONDS})


def unknown_assignee() -> ProblemError:
    """Refuse an assignee who could not work on it, and say no more about whom there is."""
    return ProblemError(_ASSIGNEE.problem("unknown_assignee", "/assignee"))


def unknown_evidence(index: int) -> ProblemError:
    """Refuse evidence that is not there, or not where the caller may see it."""
    return ProblemError(_EVIDENCE.problem("unknown_evidence", f"/evidence/{index}"))


def intake_unreachable() -> ProblemError:
    """Tell that intake does not answer."""
    problem = _INTAKE.problem("intake_unreachable")
    return ProblemError(problem, {"Retry-After": RETRY_AFTER_SECONDS})


def unknown_alert(alert: str) -> ProblemError:
    """Tell that there is no such alert: the same where there is one that is out of scope."""
    return not_found(
        code="unknown_alert", what=f"There is no alert {alert}.", what_zh=f"没有预警 {alert}。"
    )
