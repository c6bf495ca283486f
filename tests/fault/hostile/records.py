"""Kafka records: tombstones, content types, headers, sizes."""

from typing import Final

from tests.fault.hostile.case import (
    ACCEPTED,
    BATCH,
    JSON,
    KIB,
    SINGLE,
    Case,
    Form,
    Headers,
    event,
    payment,
    wire,
)
from tests.fault.hostile.requests import BOUND, DATA

EVENT: Final = wire(event())
RECORD: Final[Headers] = [
    (name.replace("ce-", "ce_"), (value or b"").replace(b"%2B", b"+")) for name, value in BOUND
]


def _record(
    name: str,
    body: bytes | None,
    headers: Headers,
    comes: str,
    pointer: str | None = None,
) -> Case:
    return Case(name, "records", Form.RECORD, body, comes, pointer, headers)


def _typed(content_type: str) -> Headers:
    return [("content-type", content_type.encode())]


def _without(name: str) -> Headers:
    return [pair for pair in RECORD if pair[0] != f"ce_{name}"]


CASES: Final = (
    _record("tombstone", None, [], "no_content"),
    _record("tombstone, structured", None, _typed(SINGLE), "no_content"),
    _record("tombstone, binary", None, RECORD, "missing_field", "/data"),
    _record("empty value", b"", [], "no_content"),
    _record("empty value, binary", b"", RECORD, "missing_field", "/data"),
    _record("structured, without headers", EVENT, [], ACCEPTED),
    _record("structured, other headers", EVENT, [("trace", b"\xff")], ACCEPTED),
    _record("structured, with charset", EVENT, _typed(f"{SINGLE}; charset=utf-8"), ACCEPTED),
    _record("structured, and ce_ headers", EVENT, [*_typed(SINGLE), *RECORD[1:]], ACCEPTED),
    _record("binary", DATA, RECORD, ACCEPTED),
    _record("binary, without a content type", DATA, RECORD[1:], ACCEPTED),
    _record("binary, Content-Type in capitals", DATA,
            [("Content-Type", JSON.encode()), *RECORD[1:]], ACCEPTED),
    _record("binary, Chinese extension", DATA, [*RECORD, ("ce_ext", "支付".encode())], ACCEPTED),
    _record("binary, percent sign kept", DATA, [*RECORD, ("ce_ext", b"%41%")], ACCEPTED),
    *(
        _record(f"content type {name}", EVENT, _typed(name), "unsupported_content")
        for name in (
            JSON, "text/plain", BATCH, "application/cloudevents+avro", "application/cloudevents",
            "application/octet-stream", "",
        )
    ),
    _record("content type no text", EVENT, [("content-type", b"\xff")], "unsupported_content"),
    _record("binary, XML", b"<a/>", [*_typed("text/xml"), *RECORD[1:]], "invalid_value",
            "/datacontenttype"),
    _record("binary, structured of another kind", DATA,
            [*_typed("application/cloudevents+protobuf"), *RECORD[1:]], "unsupported_content"),
    *(
        _record(f"no {name}", DATA, _without(name), "missing_field", f"/{name}")
        for name in ("specversion", "id", "source", "type", "subject", "time")
    ),
    _record("two ids", DATA, [*RECORD, ("ce_id", b"other")], "duplicate_key", "/id"),
    _record("two content types", DATA, [*RECORD, *_typed(JSON)], ACCEPTED),
    _record("id no text", DATA, [*_without("id"), ("ce_id", b"\xff\xfe")], "invalid_header", "/id"),
    _record("id in GBK", DATA, [*_without("id"), ("ce_id", "支付".encode("gbk"))],
            "invalid_header", "/id"),
    _record("id null", DATA, [*_without("id"), ("ce_id", None)],
            "invalid_header", "/id"),
    _record("id empty", DATA, [*_without("id"), ("ce_id", b"")], "invalid_value", "/id"),
    _record("id with NUL", DATA, [*_without("id"), ("ce_id", b"x\x00")], "invalid_value", "/id"),
    _record("id of 10 KiB", DATA, [*_without("id"), ("ce_id", b"x" * 10 * KIB)],
            "invalid_value", "/id"),
    _record("1,000 extensions", DATA, [*RECORD, *((f"ce_e{n}", b"x") for n in range(1_000))],
            ACCEPTED),
    _record("extensions of 100 KiB", DATA, [*RECORD, ("ce_ext", b"x" * 100 * KIB)],
            "event_too_large"),
    _record("name in capitals", DATA, [*RECORD, ("ce_EXT", b"x")], ACCEPTED),
    _record("name in Chinese", DATA, [*RECORD, ("ce_支付", b"x")], "unknown_field", "/支付"),
    _record("compressed bomb", b"expands_too_much", [("@bomb@", b"x")], "batch_too_large"),
    _record("header name no text", EVENT, [("@unreadable@", b"x")], ACCEPTED),
    _record("no name", DATA, [*RECORD, ("ce_", b"x")], "unknown_field", "/"),
    _record("attribute data", DATA, [*RECORD, ("ce_data", b"x")], "duplicate_key"),
    _record("value of 64 KiB and some", wire(event(ext="x" * 64 * KIB)), [], "event_too_large"),
    _record("value of 900 KiB", wire(event(ext="x" * 900 * KIB)), [], "event_too_large"),
    _record("binary value of 900 KiB", wire(payment(purpose="x" * 900 * KIB)), RECORD,
            "event_too_large"),
    _record("two events in one value", EVENT + EVENT, [], "malformed_json"),
    _record("a batch in one value", b"[" + EVENT + b"]", [], "not_an_event", ""),
)  # fmt: skip
