"""Faults that pydantic finds, said in the words of the people who read them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.intake.domain.fields import meaning_of
from services.intake.domain.hints import hint_of
from services.intake.domain.verdicts import ERRORS_MAX, Fault, Refusal

DETAIL_LENGTH_MAX: Final = 300
"""Longest text of a fault; values are the publisher's and may be long."""

_VALUE_ERROR: Final = "Value error, "

_CODES: Final[Mapping[str, str]] = {"missing": "missing_field", "extra_forbidden": "unknown_field"}

_BY_TYPE: Final[Mapping[str, str]] = {
    "missing": "缺少必填字段",
    "extra_forbidden": "事件定义中没有这个字段",
    "string_type": "必须是字符串",
    "string_too_short": "不能为空",
    "string_too_long": "长度不能超过 {max_length} 个字符",
    "string_pattern_mismatch": "格式不符,应匹配 {pattern}",
    "int_type": "必须是整数",
    "bool_type": "必须是 true 或 false",
    "enum": "必须是下列之一:{expected}",
    "literal_error": "必须是下列之一:{expected}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "amount_too_small": "不能小于 {least} 元",
    "timezone_aware": "必须带时区",
    "datetime_type": "必须是 RFC 3339 时间",
    "datetime_parsing": "必须是 RFC 3339 时间",
    "datetime_from_date_parsing": "必须是 RFC 3339 时间",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "至多 {max_length} 项",
    "tuple_type": "必须是数组",
    "model_type": "必须是对象",
    "model_attributes_type": "必须是对象",
    "dict_type": "必须是对象",
}

_BY_MESSAGE: Final[Sequence[tuple[str, str]]] = (
    (
        "must be a non-negative amount",
        '金额必须是恰好两位小数的非负十进制字符串,如 "1234.50";方向由事件种类表示,不用正负号',
    ),
    ("must be an amount", '金额必须是恰好两位小数的十进制字符串,如 "-1234.50"'),
    ("must be a calendar date", "日期必须写成 YYYY-MM-DD"),
    ("day is out of range", "没有这一天"),
    ("month must be in", "没有这个月"),
    ("must lie between", "日期超出允许的范围"),
    ("must not contain control characters", "不能含控制字符,首尾不能有空格"),
    ("must be <jurisdiction>", "必须是 <财政区划> 或 <财政区划>/<项目代码>"),
    ("end must not be before start", "结束日期不能早于开始日期"),
    ("virement and distributed need", "调剂和分配必须给出 direction 和 batch_number"),
    ("direction is only for", "只有调剂和分配才有 direction,其他种类自带正负"),
    ("a number or range target needs", "数值或区间指标必须给出 target"),
    ("target_upper is given exactly", "当且仅当 direction 为 range 时给出 target_upper"),
    ("a move names", "隶属变更必须给出 parent 或 counterpart_division"),
    ("an amendment names", "变更必须至少给出一个有变化的字段"),
    ("split has two", "拆分要有两个以上互不相同的承接项目,合并、划转只有一个"),
    ("a calendar is of one", "日历只含本年度的日期"),
    ("days_off names", "days_off 只列周一至周五的放假日"),
    ("working_days names", "working_days 只列周六、周日的调休上班日"),
    ("met_on is given", "当且仅当 state 为 met 时给出 met_on"),
    ("organisation is given", "当且仅当 kind 为 department 时给出 organisation"),
    ("a project stands on", "同一项目在清单中只能出现一次"),
    ("sha256 is not", "sha256 不是 content(UTF-8)的散列值"),
    ("effective_to must not", "失效日不能早于生效日"),
    ("a correction names", "更正必须给出 line、unit、account 或 classification"),
)

_FALLBACK: Final = "字段值不符合要求"


def pointer_of(location: Sequence[str | int]) -> str:
    """Write a place within an event as an RFC 6901 pointer."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)


def shorten(text: str) -> str:
    """Cut a text that quotes the publisher to a bearable length."""
    if len(text) <= DETAIL_LENGTH_MAX:
        return text
    return text[: DETAIL_LENGTH_MAX - 1] + "…"


def refusal_of(errors: Sequence[Mapping[str, Any]], event_type: str) -> Refusal:
    """Turn pydantic's errors (`ValidationError.errors()`) into a refusal led by the first."""
    faults = tuple(_fault(error, event_type) for error in errors[:ERRORS_MAX])
    first = faults[0]
    return Refusal(
        code=_CODES.get(errors[0]["type"], "invalid_value"),
        detail=f"{first.pointer or 'the event'}: {first.detail}",
        detail_zh=f"{first.pointer or '事件'}:{first.detail_zh}",
        pointer=first.pointer,
        hint=first.hint,
        hint_zh=first.hint_zh,
        meaning=first.meaning,
        errors=faults if len(faults) > 1 else (),
    )


def _fault(error: Mapping[str, Any], event_type: str) -> Fault:
    message = str(error["msg"]).removeprefix(_VALUE_ERROR)
    pointer = shorten(pointer_of(error["loc"]))
    hint = hint_of(event_type, error, message, pointer)
    return Fault(
        pointer=pointer,
        detail=shorten(message),
        detail_zh=shorten(_chinese(error, message)),
        hint=shorten(hint.english),
        hint_zh=shorten(hint.chinese),
        meaning=meaning_of(event_type, error["loc"]),
    )


def _chinese(error: Mapping[str, Any], message: str) -> str:
    template = _BY_TYPE.get(error["type"])
    if template is not None:
        return template.format_map(error.get("ctx") or {})
    return next((zh for start, zh in _BY_MESSAGE if message.startswith(start)), _FALLBACK)
