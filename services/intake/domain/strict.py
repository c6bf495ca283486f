"""Strict JSON: one object, in UTF-8, no name twice, not too deep, not too large."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import jiter

from services.intake.domain.texts import shorten
from services.intake.domain.verdicts import Refusal

EVENT_BYTES_MAX: Final = 64 * 1024
"""Largest event (CloudEvents: what every intermediary forwards)."""
DEPTH_MAX: Final = 32
"""Deepest nesting of objects and arrays, the event itself being 1."""


def read_object(raw: bytes) -> dict[str, Any] | Refusal:
    """Read strict JSON: one object, UTF-8, no key twice, not too deep."""
    if len(raw) > EVENT_BYTES_MAX:
        return Refusal(
            "event_too_large",
            f"the event has {len(raw)} bytes, at most {EVENT_BYTES_MAX} are taken",
            f"事件有 {len(raw)} 字节,上限为 {EVENT_BYTES_MAX} 字节",
        )
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return _not_utf8(raw, error.start)
    try:
        parsed = jiter.from_json(raw, catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError as error:
        return refuse_json(raw, str(error))
    if not isinstance(parsed, dict):
        return _not_an_object(parsed)
    # Few brackets cannot nest deeply: spares the walk for nearly every event.
    if raw.count(b"{") + raw.count(b"[") > DEPTH_MAX and _deeper(parsed, DEPTH_MAX):
        return _too_deep()
    return parsed


def _not_utf8(raw: bytes, place: int) -> Refusal:
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    return Refusal(
        "invalid_utf8",
        f"byte {place} does not continue a UTF-8 text",
        f"第 {place} 个字节不是合法的 UTF-8",
        None,
        "This is UTF-16: encode it in UTF-8, without a byte order mark." if utf16 else None,
        "这是 UTF-16,请以 UTF-8 编码发送,不带 BOM。" if utf16 else None,
    )


def refuse_json(raw: bytes, message: str, pointer: str | None = None) -> Refusal:
    """Refuse bytes that are no strict JSON; `message` is the parser's."""
    text = shorten(message)
    if message.startswith("Detected duplicate key"):
        return Refusal("duplicate_key", text, f"对象中的键重复:{text}", pointer)
    if message.startswith("recursion limit"):
        return _too_deep()
    hint = next((hint for sign, hint in _JSON_HINTS if sign(raw, message)), (None, None))
    return Refusal("malformed_json", text, f"不是合法的 JSON:{text}", pointer, *hint)


_Sign = Callable[[bytes, str], bool]
_JSON_HINTS: Final[Sequence[tuple[_Sign, tuple[str, str]]]] = (
    (
        lambda raw, _: raw.startswith(b"\xef\xbb\xbf"),
        ("Leave the byte order mark at the start out.", "请去掉开头的 BOM(字节顺序标记)。"),
    ),
    (
        lambda raw, _: raw[:2].count(0) == 1,
        ("This looks like UTF-16: encode it in UTF-8.", "看起来是 UTF-16,请以 UTF-8 编码发送。"),
    ),
    (
        lambda _, message: message.startswith("trailing characters"),
        (
            "Nothing may follow the closing brace: send several events as a batch or as lines.",
            "右括号之后不能再有内容;多个事件请用批量数组或逐行(NDJSON)发送。",
        ),
    ),
    (
        lambda _, message: message.startswith("EOF"),
        ("It is cut off: send it whole.", "内容被截断,请完整发送。"),
    ),
    (
        lambda _, message: "surrogate" in message or "hex escape" in message,
        (
            "A character beyond \\uFFFF needs both of its surrogates, or write it as UTF-8.",
            "\\uFFFF 以上的字符须成对写出代理项,或直接写成 UTF-8。",
        ),
    ),
    (
        lambda _, message: message.startswith("control character"),
        (
            "Escape control characters in strings: a line break is \\n.",
            "字符串中的控制字符须转义,如换行写作 \\n。",
        ),
    ),
    (
        lambda _, message: message.startswith(("invalid number", "number out of range")),
        (
            "Write numbers as JSON has them: no NaN or Infinity, no leading zero, no sign +.",
            "数字须符合 JSON 写法:没有 NaN、Infinity、前导零和正号。",
        ),
    ),
)


def _not_an_object(parsed: object) -> Refusal:
    if isinstance(parsed, list):
        return Refusal("not_an_event", "an event is a JSON object", "事件必须是 JSON 对象", "")
    return Refusal(
        "not_an_event",
        "an event is a JSON object",
        "事件必须是 JSON 对象",
        "",
        "Send the object itself, not a text that holds it.",
        "请直接发送 JSON 对象,不要再包一层字符串。",
    )


def _too_deep() -> Refusal:
    return Refusal(
        "too_deep",
        f"objects and arrays nest more than {DEPTH_MAX} deep",
        f"对象和数组的嵌套超过 {DEPTH_MAX} 层",
    )


def _deeper(value: object, limit: int) -> bool:
    level: list[object] = [value]
    for _ in range(limit):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = below
    return any(isinstance(item, dict | list) for item in level)
