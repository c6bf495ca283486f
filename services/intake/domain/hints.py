"""What to do about a fault that pydantic finds, per kind of fault and in both languages."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from services.intake.domain.fields import fields_of, name_of

FIELDS_LISTED_MAX: Final = 12
"""Most field names that a hint lists."""
FIELD_LENGTH_MAX: Final = 64
"""Longest field name that is compared with those of the contract."""


class Hint(NamedTuple):
    """What to do."""

    english: str
    chinese: str


_AMOUNT: Final = Hint(
    'Write yuan as a string with exactly two decimals, such as "1234.50": no sign, no exponent, no'
    " spaces or separators, ASCII digits. Money that came back is dualwatch.expenditure.reversed.",
    '金额写成恰好两位小数的字符串(单位元),如 "1234.50":不带正负号、指数、空格和千分位,'
    "数字用半角;退回的款项另发 dualwatch.expenditure.reversed。",
)
_DATE: Final = Hint(
    'Write a day that the calendar has as "YYYY-MM-DD", such as "2026-02-28".',
    '请写日历上存在的日期,格式 "YYYY-MM-DD",如 "2026-02-28"。',
)
TIME_HINT: Final = Hint(
    'Write RFC 3339 with the time zone, such as "2026-03-02T09:00:00+08:00".',
    '请按 RFC 3339 写出时间并带时区,如 "2026-03-02T09:00:00+08:00"。',
)
_BY_TYPE: Final[Mapping[str, Hint]] = {
    "string_type": Hint(
        'Write it as a JSON string, in double quotes: "2026" rather than 2026.',
        '请写成 JSON 字符串(加双引号),如 "2026" 而不是 2026。',
    ),
    "string_too_short": Hint(
        "Give it a value, or leave the field out where the contract allows that.",
        "请填写内容;若为选填字段可整个省略。",
    ),
    "string_too_long": Hint(
        "Shorten it to {max_length} characters.", "请缩短到 {max_length} 个字符以内。"
    ),
    "string_pattern_mismatch": Hint(
        "Write it so that it matches {pattern}.", "请按格式 {pattern} 填写。"
    ),
    "int_type": Hint(
        "Write a whole JSON number: 2026, without quotes, fraction or exponent.",
        "请写整数(如 2026),不加引号,不带小数和指数。",
    ),
    "int_parsing_size": Hint(
        "Write a whole number of a sensible size.", "请填写合理范围内的整数。"
    ),
    "bool_type": Hint("Write true or false, without quotes.", "请写 true 或 false,不加引号。"),
    "enum": Hint("Write one of {expected}.", "请填写下列之一:{expected}。"),
    "literal_error": Hint("Write {expected}.", "请填写 {expected}。"),
    "greater_than_equal": Hint("Write a number from {ge} on.", "请填写不小于 {ge} 的数。"),
    "less_than_equal": Hint("Write a number up to {le}.", "请填写不大于 {le} 的数。"),
    "amount_too_small": Hint(
        'Write an amount from "{least}" on.', '请填写不小于 "{least}" 的金额(单位元)。'
    ),
    "timezone_aware": TIME_HINT,
    "datetime_type": TIME_HINT,
    "datetime_parsing": TIME_HINT,
    "datetime_from_date_parsing": TIME_HINT,
    "too_short": Hint("Name at least {min_length}.", "至少填写 {min_length} 项。"),
    "too_long": Hint(
        "Name at most {max_length}; send the rest as a further fact.",
        "至多填写 {max_length} 项,其余另发事件。",
    ),
    "tuple_type": Hint("Write a JSON array: […].", "请写成 JSON 数组:[…]。"),
    "model_type": Hint("Write a JSON object: {{…}}.", "请写成 JSON 对象:{{…}}。"),
    "model_attributes_type": Hint("Write a JSON object: {{…}}.", "请写成 JSON 对象:{{…}}。"),
    "dict_type": Hint("Write a JSON object: {{…}}.", "请写成 JSON 对象:{{…}}。"),
}
_BY_MESSAGE: Final[Sequence[tuple[str, Hint]]] = (
    ("must be a non-negative amount", _AMOUNT),
    (
        "must be an amount",
        Hint(
            'Write yuan as a string with exactly two decimals, such as "-1234.50".',
            '金额写成恰好两位小数的字符串(单位元),如 "-1234.50"。',
        ),
    ),
    ("must be a decimal string", _AMOUNT),
    ("must be a calendar date", _DATE),
    ("day is out of range", _DATE),
    ("month must be in", _DATE),
    ("year 0 is out of range", _DATE),
    (
        "must lie between",
        Hint(
            "Leave an open end out instead of writing a day far away.", "未定的日期请省略该字段。"
        ),
    ),
    (
        "must not contain control characters",
        Hint(
            "Remove line breaks, NUL and other control characters, and spaces at both ends.",
            "请去掉换行、NUL 等控制字符及首尾空格。",
        ),
    ),
    (
        "must be a URI reference",
        Hint(
            "Write a URI such as urn:example:treasury; percent-encode spaces.",
            "请写成 URI,如 urn:example:treasury,空格用百分号编码。",
        ),
    ),
    (
        "must be <jurisdiction>",
        Hint(
            'Write "340100/P1" for a project, "340100" for the jurisdiction itself.',
            '项目写 "340100/P1",财政区划本身写 "340100"。',
        ),
    ),
    ("end must not be before start", Hint("Exchange start and end.", "请核对并对调起止日期。")),
    (
        "virement and distributed need",
        Hint(
            "Give direction (in or out) and the batch_number that both sides share.",
            "请给出 direction(in 或 out)以及双方共用的 batch_number。",
        ),
    ),
    (
        "direction is only for",
        Hint(
            "Leave direction out: the kind gives the sign.", "请去掉 direction,方向由调整类型决定。"
        ),
    ),
    (
        "a number or range target needs",
        Hint("Give target, or another value_kind.", "请给出 target,或改用其他 value_kind。"),
    ),
    (
        "target_upper is given exactly",
        Hint(
            "Give target_upper with direction range, and only then.",
            "direction 为 range 时给出 target_upper,否则不给。",
        ),
    ),
)
_FALLBACK: Final = Hint(
    "Compare the value with the field's description in contracts/schemas.",
    "请对照 contracts/schemas 中该字段的说明。",
)


def hint_of(event_type: str, error: Mapping[str, Any], message: str, pointer: str) -> Hint:
    """Say what to do about one of pydantic's errors."""
    kind = str(error["type"])
    if kind == "missing":
        return _missing(pointer)
    if kind == "extra_forbidden":
        return _unknown(event_type, error["loc"])
    hint = _BY_TYPE.get(kind)
    if hint is not None:
        context = error.get("ctx") or {}
        return Hint(hint.english.format_map(context), hint.chinese.format_map(context))
    return next((hint for start, hint in _BY_MESSAGE if message.startswith(start)), _FALLBACK)


def _missing(pointer: str) -> Hint:
    name = name_of(pointer)
    field = pointer.rpartition("/")[2]
    said = field if name is None else f"{field}({name.chinese})"
    return Hint(f'Add "{field}"; contracts/examples shows the type whole.', f"请补充字段 {said}。")


def _unknown(event_type: str, location: Sequence[str | int]) -> Hint:
    known = fields_of(event_type, location[:-1])
    wrong = str(location[-1])[:FIELD_LENGTH_MAX]
    close = difflib.get_close_matches(wrong.lower().replace("-", "_"), known, n=1)
    if close:
        return Hint(f"Did you mean {close[0]}?", f"是否应为 {close[0]}?")
    listed = ", ".join(known[:FIELDS_LISTED_MAX]) + (" …" if len(known) > FIELDS_LISTED_MAX else "")
    return Hint(f"Remove it; the contract has here: {listed}.", f"请删除;此处可用的字段:{listed}。")
