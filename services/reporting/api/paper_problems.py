"""What people are told when something cannot be done with a paper, in both languages."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.chassis.problems import RETRY_AFTER_SECONDS, ProblemError, not_found
from services.chassis.refusals import Words
from services.reporting.domain.draft import STALE, UNREADABLE, DraftFault
from services.reporting.domain.gaps import Gap
from services.reporting.domain.paper import DISPUTES_MAX, EDITIONS_MAX, Refusal, RefusedError
from services.reporting.domain.stating import RefusedRow

WORDS: Final[Mapping[Refusal, Words]] = {
    Refusal.NOT_IN_YOUR_HANDS: Words(
        403,
        "It is not your turn",
        "目前不由您办理",
        "In its present state somebody else acts on this paper.",
        "该材料当前环节应由其他角色办理。",
        "`waits_for` names the roles whose turn it is, `yours` what you may do.",
        "`waits_for` 为当前应办理的角色,`yours` 为您可执行的操作。",
    ),
    Refusal.NOT_FILLING: Words(
        409,
        "It was handed in",
        "材料已提交",
        "What was handed in is changed only after a return, a withdrawal or a reopening.",
        "已提交的材料须经退回、撤回或更正后方可修改。",
        "Withdraw it while nobody has looked at it, or ask for a return.",
        "尚未审核的可撤回;否则请联系审核方退回。",
    ),
    Refusal.CAMPAIGN_NOT_OPEN: Words(
        409,
        "The campaign is not open",
        "监控活动未开放",
        "It takes nothing in yet, or nothing any more.",
        "该监控活动尚未开始或已经结束,不再接收材料。",
        "GET the campaign: `state` and `dues` tell how it stands.",
        "请查看该活动的 `state` 与 `dues`。",
    ),
    Refusal.OWN_SUBMISSION: Words(
        403,
        "You have handed it in yourself",
        "不能审核本人提交的材料",
        "Four eyes: whoever hands a paper in does not let it pass.",
        "提交人与审核人不得为同一人。",
        "Somebody else of the same role has to look at it.",
        "请由同一角色的其他人员审核。",
    ),
    Refusal.REASONS_REQUIRED: Words(
        422,
        "A return needs its reasons",
        "退回须写明理由",
        "Whoever fills it in anew must know what was missing, field by field.",
        "须逐项告知需要补充或更正的内容。",
        "Give at least one of `reasons`: a field (`/` for the whole) and why.",
        "请在 `reasons` 中至少写明一项及理由(整体问题用 `/`)。",
    ),
    Refusal.NOT_ACCEPTED: Words(
        409,
        "It is not accepted yet",
        "材料尚未接收",
        "Only what was accepted is reopened; before, it is returned or withdrawn.",
        "仅已接收的材料可更正;此前请退回或撤回。",
        "Ask whoever has it in hand to return it.",
        "请联系当前审核方退回。",
    ),
    Refusal.ALREADY_LOOKED_AT: Words(
        409,
        "Somebody has let it pass",
        "材料已通过审核",
        "It is withdrawn only before anybody has looked at it.",
        "仅在无人审核之前可撤回。",
        "Ask whoever has it in hand to return it.",
        "请联系当前审核方退回。",
    ),
    Refusal.SCAN_REQUIRED: Words(
        422,
        "The scan is missing",
        "缺少扫描件",
        "What came on paper is entered together with its scan.",
        "线下报送的材料须随扫描件代录。",
        "Upload the scan as evidence, and name it in `scan`.",
        "请先将扫描件作为佐证材料上传,并在 `scan` 中引用。",
    ),
    Refusal.RECEIVED_OUTSIDE: Words(
        422,
        "It was not received on that day",
        "收到日期不在范围内",
        "What came on paper was received between the day the campaign was opened and the last "
        "opened day.",
        "线下报送材料的收到日期不早于监控任务开启日,不晚于当前业务日。",
        "Give the day the paper was received in `received_on`; left out, it is today.",
        "请在 `received_on` 中填写收到日期;不填即为当前业务日。",
    ),
    Refusal.UNKNOWN_EDITION: Words(
        422,
        "There is no such edition",
        "没有该版本",
        "Only what was handed in is frozen as an edition.",
        "仅已提交的材料才有冻结版本。",
        "GET …/editions lists them.",
        "请查看 …/editions 列出的版本。",
    ),
    Refusal.TOO_MANY: Words(
        409,
        "It has as many as it may have",
        "数量已达上限",
        f"A paper has at most {EDITIONS_MAX} editions, {DISPUTES_MAX} disputes and 10,000 fields.",
        f"每份材料最多 {EDITIONS_MAX} 个版本、{DISPUTES_MAX} 项异议、10,000 个填报项。",
        "Ask the performance division.",
        "请联系绩效管理处。",
    ),
    Refusal.UNKNOWN_DISPUTE: Words(
        422,
        "Nothing is disputed there",
        "该数据没有待处理的异议",
        "The figure is not disputed, or its dispute is answered.",
        "该数据没有异议,或异议已答复。",
        "`disputes` of the paper names what is open.",
        "请查看材料的 `disputes`。",
    ),
    Refusal.INCOMPLETE: Words(
        422,
        "Something is missing",
        "填报不完整",
        "What must be there before it is handed in is not there yet.",
        "提交前必须填写的内容尚未填写。",
        "`gaps` names every field that is missing, and why it is needed.",
        "`gaps` 列出所缺的每一项及原因。",
    ),
}
"""Every refusal of the domain."""

_STALE: Final = Words(
    409,
    "The paper was changed meanwhile",
    "材料已被更新",
    "It has another version than the one named by If-Match.",
    "当前版本与 If-Match 所指的版本不同。",
    "GET it again, look at what changed, and send the command with its ETag.",
    "请重新读取,核对变化后携带新的 ETag 再提交。",
)
_STALE_FIELDS: Final = Words(
    409,
    "Some fields were saved by somebody else meanwhile",
    "部分填报项已被他人更新",
    "Nothing was saved; `fields` has their present values and versions.",
    "本次未保存;`fields` 为各项的现值与版本。",
    "Look at the present values, and save with their versions.",
    "请核对现值,携带新的版本再保存。",
)
_FIELD: Final = Words(
    422,
    "There is no such field",
    "没有该填报项",
    "The paper has no field of this name, or it cannot be filled in.",
    "该材料没有此填报项,或此项不可填写。",
    "docs/papers.md lists the fields.",
    "填报项见 docs/papers.md。",
)
_UNREADABLE: Final = _FIELD._replace(
    title="A field's value cannot be read",
    title_zh="填报值无法识别",
)
_TOO_LARGE: Final = Words(
    413,
    "The draft is too large",
    "草稿过大",
    "A paper's fields have at most 4 MiB together.",
    "一份材料的填报内容合计最大 4 MiB。",
    "Attach files as evidence instead of long texts.",
    "较长的内容请作为佐证材料上传。",
)
_BUSY: Final = Words(
    503,
    "The paper is being changed again and again",
    "材料正被频繁更新",
    "The command could not be carried out between the changes of others; nothing was done.",
    "未能在其他更新之间执行;操作未执行。",
    "Send it again with the same Idempotency-Key.",
    "请沿用同一 Idempotency-Key 重发。",
)
_ON_THEIR_WAY: Final = Words(
    503,
    "What was typed is on its way through the ledger",
    "填报的数据正在入账",
    "Results and own funds become facts before an edition is frozen; nothing was frozen yet.",
    "填报的完成情况与单位资金须先入账再冻结版本;本次尚未冻结。",
    "Send it again with the same Idempotency-Key in a moment; nothing is stated twice. If it stays,"
    " the quarantine may have refused a fact.",
    "请稍后沿用同一 Idempotency-Key 重发,不会重复入账;若持续如此,请查看隔离区。",
)
_REFUSED: Final = Words(
    422,
    "What was typed was refused",
    "填报的数据未能入账",
    "The ledger refused what the form states; it is in the quarantine, and nothing was frozen.",
    "填报的数据未通过入账校验,已转入隔离区;本次未冻结版本。",
    "`refused` names each field with the reason. Correct the field and hand in again; own funds"
    " that are still open wait until the data desk has released or discarded them.",
    "`refused` 逐项列出字段与原因。请更正后重新提交;单位资金尚未处理的,须待数据台放行或作废。",
)
_EVIDENCE: Final = Words(
    422,
    "There is no such evidence",
    "没有该佐证材料",
    "The file is not attached to the paper's project, or has another size or type.",
    "该文件未附于该材料所涉项目,或其大小、类型不符。",
    "Upload it first: `dualwatch evidence put PROJECT FILE` prints what to name here.",
    "请先上传:`dualwatch evidence put 项目 文件` 会输出此处应填写的内容。",
)
_INTAKE: Final = Words(
    503,
    "Intake does not answer",
    "数据接收服务没有应答",
    "What is stated, and evidence, lies at intake; nothing was done, or it is not known.",
    "填报数据与佐证材料由 intake 保存,目前没有应答;操作未执行或结果未知。",
    "Send it again with the same Idempotency-Key; `dualwatch doctor` shows what is down.",
    "请沿用同一 Idempotency-Key 重发;`dualwatch doctor` 会显示故障部分。",
)
_ASSIGNEE: Final = Words(
    422,
    "Nobody of this name can fill it in",
    "无法转办给该用户",
    "There is no such principal, or it may not fill this paper in.",
    "没有该用户,或其无权填报此材料。",
    "Name a principal with a filling role in whose scope the paper is, `me`, or null.",
    "请填写有权填报且在其范围内的用户、`me` 或 null。",
)


def refused(error: RefusedError) -> ProblemError:
    """Tell why a step cannot be done."""
    return ProblemError(WORDS[error.code].problem(error.code.value, error.pointer))


def incomplete(gaps: Sequence[Gap]) -> ProblemError:
    """Tell everything that is missing."""
    told = [gap_document(gap) for gap in gaps]
    words = WORDS[Refusal.INCOMPLETE]
    return ProblemError(words.problem("incomplete", gaps[0].pointer, {"gaps": told}))


def gap_document(gap: Gap) -> dict[str, str]:
    """Write a gap as answers have it."""
    return {
        "pointer": gap.pointer,
        "code": gap.code.value,
        "text": gap.text,
        "text_zh": gap.text_zh,
    }


def stale(version: int) -> ProblemError:
    """Tell that somebody was faster, and the present version."""
    problem = _STALE.problem("stale_version", extra={"version": version})
    return ProblemError(problem, {"ETag": f'"{version}"'})


def faulty(faults: Sequence[DraftFault]) -> ProblemError:
    """Tell why fields cannot be saved: what there is not before what is stale."""
    told = [fault_document(fault) for fault in faults]
    unfit = [fault for fault in faults if fault.code != STALE]
    if not unfit:
        fields = [_present(fault) for fault in faults]
        return ProblemError(_STALE_FIELDS.problem("stale_fields", extra={"fields": fields}))
    first = unfit[0]
    words = _UNREADABLE if first.code == UNREADABLE else _FIELD
    words = words._replace(
        detail=f"{first.field}: {first.text}.", detail_zh=f"{first.field}:{first.text_zh}。"
    )
    return ProblemError(words.problem(first.code, f"/fields/{first.index}/field", {"faults": told}))


def fault_document(fault: DraftFault) -> dict[str, Any]:
    """Write what is wrong with a field as answers have it."""
    return {
        "paper": fault.paper,
        "field": fault.field,
        "code": fault.code,
        "text": fault.text,
        "text_zh": fault.text_zh,
    }


def _present(fault: DraftFault) -> dict[str, Any]:
    if fault.present is None:
        return {"field": fault.field, "value": None, "version": 0, "by": None, "at": None}
    return {"field": fault.field, **fault.present.model_dump(mode="json")}


def unknown_field(field: str, reason: str, reason_zh: str) -> ProblemError:
    """Tell that there is no such figure."""
    words = _FIELD._replace(detail=f"{field}: {reason}.", detail_zh=f"{field}:{reason_zh}。")
    return ProblemError(words.problem("unknown_field", "/field"))


def too_large() -> ProblemError:
    """Tell that a draft would be too large."""
    return ProblemError(_TOO_LARGE.problem("draft_too_large"))


def busy() -> ProblemError:
    """Tell that it could not be done for the moment."""
    return ProblemError(_BUSY.problem("paper_busy"), {"Retry-After": RETRY_AFTER_SECONDS})


def on_their_way() -> ProblemError:
    """Tell that what was typed is not in the figures yet."""
    problem = _ON_THEIR_WAY.problem("results_on_their_way")
    return ProblemError(problem, {"Retry-After": RETRY_AFTER_SECONDS})


def refused_statements(rows: Sequence[RefusedRow]) -> ProblemError:
    """Tell what intake refused of what was typed, field by field."""
    told = [
        {
            "pointer": row.pointer,
            "state": row.kept.state,
            "code": row.kept.code,
            "text": row.kept.title,
            "text_zh": row.kept.title_zh,
            "entry": row.kept.entry,
        }
        for row in rows
    ]
    first = rows[0]
    words = _REFUSED._replace(
        detail=f"{_REFUSED.detail} {first.pointer}: {first.kept.title}.",
        detail_zh=f"{_REFUSED.detail_zh}{first.pointer}:{first.kept.title_zh}。",
    )
    return ProblemError(words.problem("statement_refused", first.pointer, {"refused": told}))


def unknown_evidence(pointer: str) -> ProblemError:
    """Refuse evidence that is not there, or not where the caller may see it."""
    return ProblemError(_EVIDENCE.problem("unknown_evidence", pointer))


def intake_unreachable() -> ProblemError:
    """Tell that intake does not answer."""
    problem = _INTAKE.problem("intake_unreachable")
    return ProblemError(problem, {"Retry-After": RETRY_AFTER_SECONDS})


def unknown_assignee() -> ProblemError:
    """Refuse somebody who could not fill it in, and say no more about whom there is."""
    return ProblemError(_ASSIGNEE.problem("unknown_assignee", "/to"))


def unknown_paper(paper: str) -> ProblemError:
    """Tell that there is no such paper: the same where there is one that is out of scope."""
    return not_found(
        "unknown_paper", f"There is no paper {paper[:200]}.", f"没有材料 {paper[:200]}。"
    )


def unknown_edition(paper: str, edition: int) -> ProblemError:
    """Tell that there is no such edition."""
    return not_found(
        "unknown_edition",
        f"{paper[:200]} has no edition {edition}.",
        f"{paper[:200]} 没有第 {edition} 版。",
    )
