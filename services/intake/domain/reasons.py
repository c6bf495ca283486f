"""Every reason for which an event is refused: status, title and what to do, in both languages."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple


class Verdict(StrEnum):
    """What became of one event (architecture 3); all but the first three are quarantined."""

    PENDING = "pending"
    """Not decided yet."""
    ACCEPTED = "accepted"
    """In the ledger; a jurisdiction fact: in every partition's ledger."""
    DUPLICATE = "duplicate"
    """The same id with the same content has been entered before."""
    CONFLICT = "conflict"
    """The same id with other content has been entered before."""
    DOCUMENT_REPEATED = "document_repeated"
    """Another fact is recorded on the same document (domain-rules 4)."""
    INVALID = "invalid"
    """Not what the contracts or the jurisdiction demand."""
    UNAUTHORISED = "unauthorised"
    """The publisher may not state it."""
    UNKNOWN_JURISDICTION = "unknown_jurisdiction"
    """Nobody has registered the jurisdiction."""


COUNTED_APART: Final = frozenset({Verdict.PENDING, Verdict.ACCEPTED, Verdict.DUPLICATE})
"""Verdicts that are not quarantine."""


class Reason(NamedTuple):
    """What is always the same about one kind of refusal."""

    status: int
    """HTTP status where the event is the whole request."""
    verdict: Verdict
    """How it is counted."""
    title: str
    """English title."""
    title_zh: str
    """Chinese title."""
    hint: str
    """What to do, if the refusal has nothing more precise to say."""
    hint_zh: str
    """The same in Chinese."""


def _invalid(status: int, title: str, title_zh: str, hint: str, hint_zh: str) -> Reason:
    return Reason(status, Verdict.INVALID, title, title_zh, hint, hint_zh)


REASONS: Final[Mapping[str, Reason]] = {
    # --- the bytes
    "event_too_large": _invalid(
        413,
        "The event is too large",
        "事件过大",
        "Shorten its texts, or split it into several facts with ids of their own.",
        "请缩短文本字段,或拆分为多个事件(各用各的 id)。",
    ),
    "batch_too_large": _invalid(
        413,
        "The batch of records expands too much",
        "消息批次解压后过大",
        "Send smaller batches (batch.size), or compress them less; none of its events was taken.",
        "请缩小批次(batch.size)或降低压缩率;该批次中的事件均未受理。",
    ),
    "no_content": _invalid(
        400,
        "The record holds nothing",
        "消息内容为空",
        "Put the event into the record's value; what a fact takes back is another fact, never a"
        " tombstone.",
        "请把事件写入消息体;撤销事实应另发冲销事件,不能用空消息(墓碑)。",
    ),
    "invalid_utf8": _invalid(
        400,
        "The event is not UTF-8",
        "事件不是 UTF-8 编码",
        "Encode it in UTF-8; GBK or UTF-16 is converted before it is sent.",
        "请以 UTF-8 编码发送;GBK、UTF-16 请先转换。",
    ),
    "malformed_json": _invalid(
        400,
        "The event is not JSON",
        "事件不是合法的 JSON",
        "Write it with a JSON library; NaN, Infinity, comments, trailing commas and a byte order"
        " mark are not JSON.",
        "请用 JSON 库生成;NaN、Infinity、注释、末尾逗号和 BOM 都不是合法的 JSON。",
    ),
    "duplicate_key": _invalid(
        400,
        "A name stands twice in one object",
        "同一对象中的键重复",
        "Name every field and every attribute once: two readers would read two things.",
        "每个字段、每个属性只写一次,否则不同系统会读出不同的内容。",
    ),
    "too_deep": _invalid(
        400,
        "The event is nested too deeply",
        "嵌套层数过多",
        "No fact of the contracts nests so deeply; compare it with contracts/examples.",
        "事件定义没有这么深的层次,请对照 contracts/examples 中的样例。",
    ),
    "not_an_event": _invalid(
        400,
        "This is not one CloudEvent",
        "不是单个 CloudEvent",
        "Send one JSON object, or an array as application/cloudevents-batch+json.",
        "请发送单个 JSON 对象;多个事件请用 application/cloudevents-batch+json 数组。",
    ),
    "unsupported_content": _invalid(
        415,
        "The content type holds no event",
        "内容类型不是事件",
        "Set content-type to application/cloudevents+json, or send the attributes as headers.",
        "请把 content-type 设为 application/cloudevents+json,或用消息头给出各属性。",
    ),
    "invalid_header": _invalid(
        400,
        "A header cannot be read",
        "消息头无法读取",
        "Header values are UTF-8; over HTTP everything but printable ASCII is percent-encoded.",
        "消息头的值须为 UTF-8;HTTP 中除可打印 ASCII 外一律百分号编码。",
    ),
    # --- what it is
    "unknown_type": _invalid(
        422,
        "The event type is unknown",
        "未知的事件类型",
        "Use a type that contracts/README.md lists for intake.",
        "请使用 contracts/README.md 中 intake 一栏所列的类型。",
    ),
    "newer_type": _invalid(
        422,
        "The version of the event type is unknown",
        "未知的事件类型版本",
        "Send a version that this deployment knows, or upgrade it first.",
        "请发送本系统已支持的版本,或先升级系统。",
    ),
    "not_publishable": _invalid(
        422,
        "Publishers do not state this type",
        "发布方不能发布此类事件",
        "Send only the facts that contracts/README.md lists for intake.",
        "只能发送 contracts/README.md 中 intake 一栏所列的事实。",
    ),
    "wrong_subject": _invalid(
        422,
        "The subject does not fit the event type",
        "subject 与事件类型不符",
        "Project facts name <jurisdiction>/<project>, jurisdiction facts <jurisdiction> alone.",
        "项目类事件写 <财政区划>/<项目代码>,财政区划类事件只写 <财政区划>。",
    ),
    # --- its fields
    "missing_field": _invalid(
        422,
        "A field is missing",
        "缺少字段",
        "Add the field; contracts/schemas names all that a type needs.",
        "请补充该字段;contracts/schemas 列出了每类事件的必填字段。",
    ),
    "unknown_field": _invalid(
        422,
        "A field is not in the contract",
        "字段不在事件定义中",
        "Remove the field or correct its name.",
        "请删除该字段,或改正字段名。",
    ),
    "invalid_value": _invalid(
        422,
        "A field has a wrong value",
        "字段值有误",
        "Compare the value with the field's description in contracts/schemas.",
        "请对照 contracts/schemas 中该字段的说明。",
    ),
    # --- what is known already
    "registration_fixed": _invalid(
        422,
        "What a jurisdiction was registered with cannot change",
        "财政区划登记的该项内容不可更改",
        "Keep fiscal_year_start, currency and clock; everything else may be amended.",
        "fiscal_year_start、currency 和 clock 须保持不变,其他内容可以修改。",
    ),
    "too_many_jurisdictions": _invalid(
        422,
        "As many jurisdictions are registered as may be",
        "登记的财政区划已达上限",
        "Look whether something registers codes that are no jurisdictions; a deployment for each"
        " province holds more.",
        "请检查是否有系统误把其他代码登记为财政区划;如确需更多,请按省分别部署。",
    ),
    "wrong_currency": _invalid(
        422,
        "The amounts are in another currency",
        "币种与财政区划不符",
        "State amounts in the jurisdiction's currency.",
        "请按财政区划登记的币种填报金额。",
    ),
    "day_out_of_order": _invalid(
        422,
        "A day was left out",
        "开日顺序有误",
        "Open the days in order, or open one alone with jump.",
        "请按顺序逐日开日,或用 jump 单独开某一日。",
    ),
    "entry_not_before": _invalid(
        422,
        "It is about an entry that is not before it",
        "所指账目不在本事实之前",
        "Name the entry by the sequence that its verdict or the ledger gave, in this project's"
        " stream; what is about a fact to come is sent after it.",
        "请填写回执或账本给出的该项目账目序号(sequence);针对尚未入账事实的,应待其入账后再报送。",
    ),
    "unknown_jurisdiction": Reason(
        422,
        Verdict.UNKNOWN_JURISDICTION,
        "The jurisdiction is not registered",
        "财政区划未登记",
        "Publish dualwatch.jurisdiction.registered.v1 for it first, then send the event again.",
        "请先发布 dualwatch.jurisdiction.registered.v1 登记该财政区划,再重发本事件。",
    ),
    "unauthorised": Reason(
        403,
        Verdict.UNAUTHORISED,
        "The publisher may not state this",
        "发布方无权发布该事实",
        "Send facts of your own organisations only, or ask the operator for a wider scope.",
        "只能发布本单位范围内的事实;如需扩大范围,请联系运维人员。",
    ),
    "conflict": Reason(
        409,
        Verdict.CONFLICT,
        "The id is taken by other content",
        "事件标识已被其他内容占用",
        "Give a new fact a new id; correct a recorded one by a reversal or adjustment.",
        "新的事实请用新的 id;已入账的事实请用冲销或调整事件更正。",
    ),
    "document_repeated": Reason(
        409,
        Verdict.DOCUMENT_REPEATED,
        "The document is already recorded",
        "该单据已登记",
        "Several payments on one number need different document.line values.",
        "同一单据号下的多笔支付须用不同的 document.line 区分。",
    ),
}
"""Every reason for a refusal, by the problem's code."""
