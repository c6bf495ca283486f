"""uvicorn's HTTP protocol with a bound on the head of a request, which it has none of its own for.

Nobody is let in by then: without a bound, anybody who can connect could fill the memory. What is no
HTTP is answered with a problem as well.
"""

import json
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from services.chassis.guarded import HEADERS
from services.chassis.problems import MEDIA_TYPE, Problem

HEAD_BYTES_MAX: Final = 64 * 1024
"""Longest request line and headers; a head is looked at as its pieces come (at most 256 KiB)."""
LINGER_SECONDS: Final = 1.0
"""How long what still comes is read and dropped before the connection is closed."""
DRAINED_BYTES_MAX: Final = 4 * 1024 * 1024
TOO_LARGE: Final = Problem(
    431,
    "request_header_fields_too_large",
    "The head of the request is too large",
    f"Request line and headers have at most {HEAD_BYTES_MAX} bytes.",
    hint="Send what is long in the body: an event as application/cloudevents+json.",
    title_zh="请求头过大",
    detail_zh=f"请求行和请求头合计最多 {HEAD_BYTES_MAX} 字节。",
    hint_zh="较长的内容请放在请求体中,例如以 application/cloudevents+json 发送事件。",
)

NO_HTTP: Final = Problem(
    400,
    "invalid_http",
    "This is not a request as HTTP has it",
    "A header holds a line break or NUL, the length is given twice, or it is no HTTP at all.",
    hint="Send it with an HTTP library; line breaks and what is no ASCII are percent-encoded.",
    title_zh="请求不符合 HTTP 协议",
    detail_zh="请求头含换行或 NUL,或重复给出了请求体长度,或根本不是 HTTP。",
    hint_zh="请用 HTTP 库发送;换行和非 ASCII 字符须百分号编码。",
)


class BoundedProtocol(HttpToolsProtocol):
    """One connection; a head that grows too long is answered with 431 and the end."""

    _head_bytes = 0
    _in_head = True
    _refused = False

    def data_received(self, data: bytes) -> None:
        """Read a piece of a request."""
        if self.transport.is_closing():
            return
        if self._refused:
            self._drain(len(data))
            return
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX and not self._refused:
                self._refuse(TOO_LARGE)

    def send_400_response(self, _msg: str) -> None:
        """Say that the parser could not read it."""
        self._refuse(NO_HTTP)

    def _refuse(self, problem: Problem) -> None:
        """Answer, and read a little longer: closed at once, its sender would not hear why."""
        self._refused = True
        self.transport.write(_answer(problem))
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _drain(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > DRAINED_BYTES_MAX:
            self.transport.close()

    def on_message_begin(self) -> None:
        """Begin with a head."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Go on with a body."""
        self._in_head = False
        super().on_headers_complete()


def _answer(problem: Problem) -> bytes:
    body = json.dumps(problem.document(), ensure_ascii=False).encode()
    head = (
        f"HTTP/1.1 {problem.status} {problem.title}\r\ncontent-type: {MEDIA_TYPE}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n"
    )
    more = b"".join(name + b": " + value + b"\r\n" for name, value in HEADERS)
    return head.encode() + more + b"\r\n" + body
