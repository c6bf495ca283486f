"""Bytes that are hardly HTTP: headers cut by line breaks, two lengths, heads without an end."""

from typing import Final

from tests.fault.hostile.case import MIB, SINGLE, Case, Form, event, wire

EVENT: Final = wire(event())


def _raw(name: str, head: bytes, status: int, body: bytes = EVENT) -> Case:
    comes = "request_header_fields_too_large" if status == HEAD_TOO_LARGE else "invalid_http"
    return Case(name, "bytes", Form.RAW, head + body, comes, None, (), status, sent=0)


HEAD_TOO_LARGE: Final = 431
_POST: Final = (
    b"POST /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer @key@\r\n"
    b"Content-Type: " + SINGLE.encode() + b"\r\n"
)
_SIZE: Final = b"Content-Length: %d\r\n" % len(EVENT)

CASES: Final = (
    _raw("no HTTP", b"", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n"),
    _raw("lone line feed in a header", _POST + b"ce-id: a\nX-Evil: b\r\n" + _SIZE + b"\r\n", 400),
    _raw("NUL in a header", _POST + b"ce-id: a\x00b\r\n" + _SIZE + b"\r\n", 400),
    _raw("carriage return in a header", _POST + b"ce-id: a\rb\r\n" + _SIZE + b"\r\n", 400),
    _raw("blank before the colon", _POST + b"ce-id : a\r\n" + _SIZE + b"\r\n", 400),
    _raw("two lengths", _POST + _SIZE + b"Content-Length: 5\r\n\r\n", 400),
    _raw("length and chunks", _POST + _SIZE + b"Transfer-Encoding: chunked\r\n\r\n", 400),
    _raw("negative length", _POST + b"Content-Length: -1\r\n\r\n", 400),
    _raw("length in words", _POST + b"Content-Length: ten\r\n\r\n", 400),
    _raw("broken chunk", _POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    _raw("unknown method", _POST.replace(b"POST", b"BREW", 1) + _SIZE + b"\r\n", 400),
    _raw("a header of a mebibyte", _POST + b"ce-id: " + b"x" * MIB + b"\r\n", 431, b""),
    _raw("50,000 headers", _POST + b"ce-a: x\r\n" * 50_000, 431, b""),
    _raw("address of a mebibyte", b"POST /" + b"x" * MIB, 431, b""),
)
