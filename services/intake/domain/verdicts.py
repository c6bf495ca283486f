"""What can become of an event, and why it may be refused."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

ERRORS_MAX: Final = 20
"""Most faults of one event that a problem lists."""
PROBLEM_PREFIX: Final = "urn:dualwatch:problem:"


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


REASONS: Final[Mapping[str, Reason]] = {
    "event_too_large": Reason(
        413, Verdict.INVALID, "The event is too large", "事件过大", "Split it, or send less text."
    ),
    "invalid_utf8": Reason(
        400, Verdict.INVALID, "The event is not UTF-8", "事件不是 UTF-8 编码", "Encode it in UTF-8."
    ),
    "malformed_json": Reason(
        400,
        Verdict.INVALID,
        "The event is not JSON",
        "事件不是合法的 JSON",
        "Write it with a JSON library; NaN, Infinity and comments are not JSON.",
    ),
    "duplicate_key": Reason(
        400,
        Verdict.INVALID,
        "A key stands twice in one object",
        "同一对象中的键重复",
        "Name every key once.",
    ),
    "too_deep": Reason(
        400, Verdict.INVALID, "The event is nested too deeply", "嵌套层数过多", "Nest less deeply."
    ),
    "not_an_event": Reason(
        400,
        Verdict.INVALID,
        "This is not one CloudEvent",
        "不是单个 CloudEvent",
        "Send one JSON object, or an array as application/cloudevents-batch+json.",
    ),
    "unknown_type": Reason(
        422,
        Verdict.INVALID,
        "The event type is unknown",
        "未知的事件类型",
        "Use a type of contracts/README.md.",
    ),
    "newer_type": Reason(
        422,
        Verdict.INVALID,
        "The version of the event type is unknown",
        "未知的事件类型版本",
        "Send a version this deployment knows, or upgrade it first.",
    ),
    "not_publishable": Reason(
        422,
        Verdict.INVALID,
        "Publishers do not state this type",
        "发布方不能发布此类事件",
        "Send only the facts that contracts/README.md lists for intake.",
    ),
    "missing_field": Reason(
        422, Verdict.INVALID, "A field is missing", "缺少字段", "Add the field."
    ),
    "unknown_field": Reason(
        422,
        Verdict.INVALID,
        "A field is not in the contract",
        "字段不在事件定义中",
        "Remove the field or correct its name.",
    ),
    "invalid_value": Reason(
        422, Verdict.INVALID, "A field has a wrong value", "字段值有误", "Correct the field."
    ),
    "wrong_subject": Reason(
        422,
        Verdict.INVALID,
        "The subject does not fit the event type",
        "subject 与事件类型不符",
        "Project facts name <jurisdiction>/<project>, jurisdiction facts <jurisdiction> alone.",
    ),
    "registration_fixed": Reason(
        422,
        Verdict.INVALID,
        "What a jurisdiction was registered with cannot change",
        "财政区划登记的该项内容不可更改",
        "Keep fiscal_year_start, currency and clock; everything else may be amended.",
    ),
    "wrong_currency": Reason(
        422,
        Verdict.INVALID,
        "The amounts are in another currency",
        "币种与财政区划不符",
        "State amounts in the jurisdiction's currency.",
    ),
    "day_out_of_order": Reason(
        422,
        Verdict.INVALID,
        "A day was left out",
        "开日顺序有误",
        "Open the days in order, or open one alone with jump.",
    ),
    "unknown_jurisdiction": Reason(
        422,
        Verdict.UNKNOWN_JURISDICTION,
        "The jurisdiction is not registered",
        "财政区划未登记",
        "Publish dualwatch.jurisdiction.registered.v1 for it first, then send the event again.",
    ),
    "conflict": Reason(
        409,
        Verdict.CONFLICT,
        "The id is taken by other content",
        "事件标识已被其他内容占用",
        "Give a new fact a new id; correct a recorded one by a reversal or adjustment.",
    ),
    "document_repeated": Reason(
        409,
        Verdict.DOCUMENT_REPEATED,
        "The document is already recorded",
        "该单据已登记",
        "Several payments on one number need different document.line values.",
    ),
}
"""Every reason for a refusal, by the problem's code."""


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is wrong with a field."""

    pointer: str
    """RFC 6901 pointer into the event."""
    detail: str
    """What is wrong, in English."""
    detail_zh: str
    """What is wrong, in Chinese."""


class Refusal(msgspec.Struct, frozen=True):
    """Why an event is refused, in both languages; becomes an RFC 9457 problem."""

    code: str
    """Key of `REASONS`."""
    detail: str
    """What is wrong with this one."""
    detail_zh: str
    """The same in Chinese."""
    pointer: str | None = None
    """The field at fault, RFC 6901."""
    hint: str | None = None
    """What to do; null: the reason's own hint."""
    errors: tuple[Fault, ...] = ()
    """All faults, if there are several (at most `ERRORS_MAX`)."""

    @property
    def reason(self) -> Reason:
        """What is always the same about this kind of refusal."""
        return REASONS[self.code]

    def problem(self) -> dict[str, Any]:
        """Write it as the members of an RFC 9457 problem."""
        reason = self.reason
        problem: dict[str, Any] = {
            "type": PROBLEM_PREFIX + self.code,
            "status": reason.status,
            "code": self.code,
            "title": reason.title,
            "title_zh": reason.title_zh,
            "detail": self.detail,
            "detail_zh": self.detail_zh,
            "hint": self.hint or reason.hint,
        }
        if self.pointer is not None:
            problem["pointer"] = self.pointer
        if self.errors:
            problem["errors"] = msgspec.to_builtins(self.errors)
        return problem
