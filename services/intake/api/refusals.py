"""Requests that are refused as a whole: they have sent nothing and are only counted."""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from services.chassis import metrics
from services.chassis.problems import Problem, ProblemError
from services.intake.api import encodings
from services.intake.domain.requests import BodyKind, UnreadableError

REFUSED = metrics.counter(
    "dualwatch_intake_requests_refused_total",
    "Requests to the event door that were refused as a whole, by problem.",
    ("code",),
)


class _Words(NamedTuple):
    status: int
    title: str
    title_zh: str
    hint: str
    hint_zh: str


_UNREADABLE: Final[Mapping[str, _Words]] = {
    "empty": _Words(
        400,
        "The request holds no event",
        "请求中没有事件",
        "Send at least one event.",
        "请至少发送一个事件。",
    ),
    "malformed_json": _Words(
        400,
        "The batch cannot be read",
        "批量数据无法读取",
        "Send a JSON array of events, or one event a line as application/x-ndjson.",
        "请发送由事件组成的 JSON 数组,或按 application/x-ndjson 每行一个事件。",
    ),
    "too_many_events": _Words(
        413,
        "The batch holds too many events",
        "批量中事件过多",
        "Send fewer events at once; dualwatch publish cuts files by itself.",
        "请减少每次发送的事件数;dualwatch publish 会自动分批。",
    ),
}


def unreadable(error: UnreadableError) -> ProblemError:
    """Refuse a body whose events cannot be told apart."""
    words = _UNREADABLE[error.code]
    return _counted(error.code, words, error.detail, error.detail_zh)


def media_type(given: str) -> ProblemError:
    """Refuse a media type that holds no CloudEvent."""
    name = given or "no media type"
    kinds = [kind.value for kind in BodyKind if kind is not BodyKind.BINARY]
    return _counted(
        "unsupported_media_type",
        _Words(
            415,
            "The media type is not one of CloudEvents",
            "内容类型不是 CloudEvents",
            f"Send {', '.join(kinds)} in UTF-8, or application/json with ce-* headers.",
            f"请以 UTF-8 发送 {'、'.join(kinds)},或用 application/json 加 ce-* 请求头。",
        ),
        f"{name} is not taken here.",
        f"此处不接受 {given or '未注明的内容类型'}。",
    )


def content_encoding(given: str) -> ProblemError:
    """Refuse a content coding that is not known."""
    return _counted(
        "unsupported_encoding",
        _Words(
            415,
            "The Content-Encoding is not known",
            "不支持该内容编码",
            "Send the body with Content-Encoding: gzip, or without one.",
            "请用 Content-Encoding: gzip 发送,或不压缩。",
        ),
        f"Content-Encoding {given[:64]} is not taken here.",
        f"此处不接受 Content-Encoding {given[:64]}。",
        {"Accept-Encoding": encodings.ACCEPTED},
    )


def too_large(bytes_max: int) -> ProblemError:
    """Refuse a body that is larger than its kind may be."""
    return _counted(
        "too_large",
        _Words(
            413,
            "The request is too large",
            "请求过大",
            "Send fewer events at once.",
            "请减少每次发送的事件数。",
        ),
        f"At most {bytes_max} bytes, expanded, are taken in one request of this form.",
        f"这种形式的请求(解压后)最多 {bytes_max} 字节。",
    )


def expands_too_much(ratio_max: int) -> ProblemError:
    """Refuse a body that grows out of all proportion."""
    return _counted(
        "expands_too_much",
        _Words(
            413,
            "The body expands far too much",
            "压缩比异常",
            "Send it with another compression level, in smaller requests, or not compressed.",
            "请更换压缩级别、缩小请求,或不压缩发送。",
        ),
        f"More than {ratio_max} bytes came out of each byte that was sent.",
        f"解压后超过原始大小的 {ratio_max} 倍。",
    )


def broken_encoding() -> ProblemError:
    """Refuse a body that is not what its Content-Encoding says."""
    return _counted(
        "broken_encoding",
        _Words(
            400,
            "The body is not gzip",
            "请求体不是完整的 gzip",
            "Compress the whole body once, or leave Content-Encoding out.",
            "请将整个请求体压缩一次,或去掉 Content-Encoding。",
        ),
        "It cannot be expanded, is cut off, or something follows it.",
        "无法解压,或被截断,或末尾有多余内容。",
    )


def cut_off() -> ProblemError:
    """Refuse a body whose sender has gone before its end."""
    return _counted(
        "cut_off",
        _Words(
            400,
            "The request is cut off",
            "请求中断",
            "Send the request again.",
            "请重新发送。",
        ),
        "The connection ended before the body did.",
        "请求体尚未传完,连接已断开。",
    )


def idempotency_key(length_max: int) -> ProblemError:
    """Refuse a key that cannot be used."""
    return _counted(
        "invalid_idempotency_key",
        _Words(
            400,
            "The Idempotency-Key cannot be used",
            "Idempotency-Key 不可用",
            "Draw a new key for every new request, and repeat it with the request.",
            "每个新请求生成一个新的键,重发时沿用。",
        ),
        f"There must be one, of 1 to {length_max} printable characters.",
        f"只能给出一个,长度 1 至 {length_max} 个可打印字符。",
    )


def too_fast(seconds: float) -> ProblemError:
    """Refuse a request of a publisher who has sent too much of late."""
    wait = max(1, math.ceil(seconds))
    return _counted(
        "too_many_requests",
        _Words(
            429,
            "Too much at once",
            "发送过快",
            f"Send the same request again in {wait} s; larger batches need fewer requests.",
            f"请在 {wait} 秒后重发;加大每批的事件数可以减少请求。",
        ),
        "This publisher has used up what it may send for now; nothing of this request was taken.",
        "该发布方已用完当前的发送额度;本请求未被受理。",
        {"Retry-After": str(wait)},
    )


def no_room() -> ProblemError:
    """Refuse a request because others hold the memory that there is for bodies."""
    return _counted(
        "no_room",
        _Words(
            503,
            "Too many requests in hand",
            "正在处理的请求过多",
            "Send the same request again in a moment.",
            "请稍后重发同一请求。",
        ),
        "The memory for bodies is taken; nothing of this request was.",
        "请求体占用的内存已满;本请求未被受理。",
        {"Retry-After": "1"},
    )


def key_reused() -> ProblemError:
    """Refuse a key that stands for another request."""
    return _counted(
        "idempotency_key_reused",
        _Words(
            422,
            "The Idempotency-Key stands for another request",
            "Idempotency-Key 已用于另一请求",
            "Draw a new key for every new request.",
            "每个新请求请生成新的键。",
        ),
        "A request with this key but another body was taken before.",
        "此前已受理过使用该键、但内容不同的请求。",
    )


def not_settled(receipt: str) -> ProblemError:
    """Tell that what follows a jurisdiction fact could not be taken yet."""
    return ProblemError(
        Problem(
            503,
            "not_settled",
            "A jurisdiction fact is not in every partition yet",
            "What follows it in the request was not taken.",
            hint="Send the request again, best with the same Idempotency-Key.",
            extra={"receipt": receipt},
            title_zh="财政区划类事实尚未在所有分区入账",
            detail_zh="请求中排在其后的事件未被受理。",
            hint_zh="请重发该请求,最好沿用同一 Idempotency-Key。",
        ),
        {"Retry-After": "1"},
    )


def _counted(
    code: str, words: _Words, detail: str, detail_zh: str, headers: dict[str, str] | None = None
) -> ProblemError:
    REFUSED.labels(code).inc()
    problem = Problem(
        words.status,
        code,
        words.title,
        detail,
        hint=words.hint,
        title_zh=words.title_zh,
        detail_zh=detail_zh,
        hint_zh=words.hint_zh,
    )
    return ProblemError(problem, headers)
