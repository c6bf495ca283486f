"""Admission: the bytes of one event → what it is, or why it is refused.

Strict where a lenient reader would let two readers see two things: duplicate keys, lone
surrogates, NaN, numbers as strings. What passes here every later reader may take for granted.
"""

import difflib
import re
import zoneinfo
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import jiter
from pydantic import ValidationError

from contracts.codec import DATA_BY_TYPE, INTAKE_TYPES, JURISDICTION_TYPES, OWN_FACTS, adapter
from contracts.envelope import AnyEvent, CloudEvent
from contracts.events.intake import DayOpened, JurisdictionRegistered
from contracts.vocabulary import CODE_LENGTH_MAX
from services.intake.domain.hints import TIME_HINT
from services.intake.domain.strict import read_object
from services.intake.domain.texts import pointer_of, refusal_of, shorten
from services.intake.domain.verdicts import Refusal

TYPE_LENGTH_MAX: Final = 128
INT32_MIN: Final = -(2**31)
INT32_MAX: Final = 2**31 - 1

_ATTRIBUTES: Final = frozenset(CloudEvent.model_fields)
_ATTRIBUTE_NAME: Final = re.compile(r"[a-z0-9]+", re.ASCII)
_TIMES: Final = ("time", "recordedtime")
_VERSION: Final = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_RFC_3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
).fullmatch
_PUBLISHABLE: Final = INTAKE_TYPES - OWN_FACTS
_DAY_OPENED: Final = DayOpened.event_type()
_JURISDICTION_REGISTERED: Final = JurisdictionRegistered.event_type()


class Admitted(NamedTuple):
    """An event that may go to the ledger's owner."""

    event_id: str
    event_type: str
    subject: str
    jurisdiction_fact: bool
    """Whether every partition gets a copy."""


def admit(raw: bytes) -> Admitted | Refusal:
    """Judge one event by itself: form, type, fields; nothing that needs history."""
    parsed = read_object(raw)
    if isinstance(parsed, Refusal):
        return parsed
    event_type = parsed.get("type")
    refusal = _refuse_type(event_type)
    if refusal is not None:
        return refusal
    try:
        event = adapter(str(event_type)).validate_json(raw, strict=True)
    except ValidationError as error:
        return refusal_of(error.errors(include_url=False, include_input=False), str(event_type))
    return _refuse_meaning(event, parsed) or Admitted(
        event.id, event.type, event.subject, event.type in JURISDICTION_TYPES
    )


def subject_of(raw: bytes) -> str | None:
    """Find the subject of an event that was refused, if it can be read at all."""
    try:
        parsed = jiter.from_json(raw)
    except ValueError:
        return None
    subject = parsed.get("subject") if isinstance(parsed, dict) else None
    return subject if isinstance(subject, str) else None


def event_id_of(raw: bytes) -> str | None:
    """Find the id of an event that was refused, if it can be read at all."""
    try:
        parsed = jiter.from_json(raw)
    except ValueError:
        return None
    event_id = parsed.get("id") if isinstance(parsed, dict) else None
    return shorten(event_id) if isinstance(event_id, str) else None


def _refuse_type(event_type: object) -> Refusal | None:
    if event_type is None:
        return Refusal(
            "missing_field",
            "/type: Field required",
            "/type:缺少必填字段",
            "/type",
            'Add "type", such as "dualwatch.expenditure.recorded.v1".',
            '请补充 "type",如 "dualwatch.expenditure.recorded.v1"。',
        )
    if not isinstance(event_type, str):
        return Refusal(
            "invalid_value",
            "/type: must be a string",
            "/type:必须是字符串",
            "/type",
            'Write a type as a string, such as "dualwatch.expenditure.recorded.v1".',
            '请以字符串写出类型,如 "dualwatch.expenditure.recorded.v1"。',
        )
    if event_type == _DAY_OPENED:
        return Refusal(
            "not_publishable",
            "days are opened by the jurisdiction's clock",
            "开日由财政区划的时钟决定,不接受直接发布",
            "/type",
            "POST /v1/days opens days of a jurisdiction with a manual clock.",
            "手动时钟的财政区划请用 POST /v1/days 开日。",
        )
    if event_type in _PUBLISHABLE:
        return None
    if event_type in DATA_BY_TYPE:
        return Refusal(
            "not_publishable",
            f"{event_type} is stated by Dualwatch itself",
            f"{event_type} 由系统自身产生",
            "/type",
        )
    return _unknown_type(event_type)


def _unknown_type(event_type: str) -> Refusal:
    name = shorten(event_type)
    thing, _, version = event_type.rpartition(".v")
    # Only what can be a version may come to be known: other ends are mistakes of the sender's.
    if _VERSION.fullmatch(version) and any(
        known.rpartition(".v")[0] == thing for known in INTAKE_TYPES
    ):
        return Refusal(
            "newer_type",
            f"{name} is a version that this release does not know",
            f"本版本不认识 {name} 这一版事件",
            "/type",
        )
    close = difflib.get_close_matches(event_type[:TYPE_LENGTH_MAX], sorted(_PUBLISHABLE), n=1)
    return Refusal(
        "unknown_type",
        f"there is no event type {name}",
        f"没有 {name} 这一事件类型",
        "/type",
        f"Did you mean {close[0]}?" if close else None,
        f"是否应为 {close[0]}?" if close else None,
    )


def _refuse_meaning(event: AnyEvent, parsed: Mapping[str, Any]) -> Refusal | None:
    return (
        _refuse_subject(event)
        or _refuse_partition_key(event)
        or _refuse_extensions(parsed)
        or _refuse_times(parsed)
        or _refuse_time_zone(event)
    )


def _refuse_subject(event: AnyEvent) -> Refusal | None:
    is_jurisdiction_fact = event.type in JURISDICTION_TYPES
    if len(event.jurisdiction) > CODE_LENGTH_MAX:
        return Refusal(
            "wrong_subject",
            f"the code of a jurisdiction has at most {CODE_LENGTH_MAX} characters",
            f"财政区划代码最多 {CODE_LENGTH_MAX} 个字符",
            "/subject",
            "Write the division's code (mof_div_code), such as 610100, before the slash.",
            "斜杠之前请写财政区划代码(mof_div_code),如 610100。",
        )
    if is_jurisdiction_fact == (event.project is None):
        return None
    if is_jurisdiction_fact:
        return Refusal(
            "wrong_subject",
            "a jurisdiction fact has the jurisdiction alone as its subject",
            "财政区划类事件的 subject 只能是财政区划本身",
            "/subject",
        )
    return Refusal(
        "wrong_subject",
        "a project fact has <jurisdiction>/<project code> as its subject",
        "项目类事件的 subject 必须是 <财政区划>/<项目代码>",
        "/subject",
    )


def _refuse_partition_key(event: AnyEvent) -> Refusal | None:
    if event.partitionkey is None or event.partitionkey == event.subject:
        return None
    return Refusal(
        "invalid_value",
        "/partitionkey: must equal subject",
        "/partitionkey:必须与 subject 相同",
        "/partitionkey",
        "Leave it out: the subject is the key.",
        "请省略该属性,系统以 subject 为键。",
    )


def _refuse_extensions(parsed: Mapping[str, Any]) -> Refusal | None:
    for name, value in parsed.items():
        if name in _ATTRIBUTES:
            continue
        if not _ATTRIBUTE_NAME.fullmatch(name):
            return Refusal(
                "unknown_field",
                f"{shorten(name)} is no CloudEvents attribute name (lower-case letters, digits)",
                f"{shorten(name)} 不是合法的 CloudEvents 属性名(只能用小写字母和数字)",
                shorten(pointer_of([name])),
                *_attribute_hint(name),
            )
        if not _simple(value):
            return Refusal(
                "invalid_value",
                f"/{shorten(name)}: an extension is a string, a boolean or a 32-bit integer",
                f"/{shorten(name)}:扩展属性只能是字符串、布尔值或 32 位整数",
                "/" + shorten(name),
                "Write a string, true or false, or a number within 32 bits; what is larger or"
                " structured belongs into data.",
                "请写字符串、true/false 或 32 位以内的整数;更大或有结构的内容应放在 data 中。",
            )
    return None


def _attribute_hint(name: str) -> tuple[str, str]:
    if name == "data_base64":
        return (
            "Put the fact as JSON into data; bytes are evidence files.",
            "请把事实以 JSON 写入 data;二进制内容请作为佐证材料上传。",
        )
    close = difflib.get_close_matches(name.lower()[:TYPE_LENGTH_MAX], sorted(_ATTRIBUTES), n=1)
    if close:
        return f"Did you mean {close[0]}?", f"是否应为 {close[0]}?"
    return (
        "Name extensions with lower-case letters and digits alone; facts belong into data.",
        "扩展属性名只能用小写字母和数字;业务字段应放在 data 中。",
    )


def _simple(value: object) -> bool:
    if isinstance(value, int):
        return INT32_MIN <= value <= INT32_MAX
    return value is None or isinstance(value, str)


def _refuse_times(parsed: Mapping[str, Any]) -> Refusal | None:
    # pydantic also takes seconds since 1970 for a time when they stand in a string.
    for name in _TIMES:
        text = parsed.get(name)
        if text is not None and not _RFC_3339(text):
            return Refusal(
                "invalid_value",
                f"/{name}: must be a time as RFC 3339 has it",
                f"/{name}:必须是 RFC 3339 时间",
                f"/{name}",
                *TIME_HINT,
            )
    return None


def _refuse_time_zone(event: AnyEvent) -> Refusal | None:
    if event.type != _JURISDICTION_REGISTERED:
        return None
    try:
        zoneinfo.ZoneInfo(event.data.time_zone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return Refusal(
            "invalid_value",
            "/data/time_zone: must be an IANA time zone such as Asia/Shanghai",
            "/data/time_zone:必须是 IANA 时区,如 Asia/Shanghai",
            "/data/time_zone",
            "Write Asia/Shanghai, or another name of the IANA time zone database.",
            "请写 Asia/Shanghai 等 IANA 时区数据库中的名称。",
        )
    return None
