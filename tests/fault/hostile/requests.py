"""Whole requests: headers, media types, sizes, codings, batches."""

import gzip
import hashlib
import zlib
from collections.abc import Sequence
from typing import Final

from tests.fault.hostile.case import (
    ACCEPTED,
    BATCH,
    ID,
    JSON,
    JURISDICTION,
    KIB,
    LINES,
    MIB,
    SINGLE,
    Case,
    Form,
    Headers,
    event,
    payment,
    wire,
)

EVENT: Final = wire(event())
OTHER: Final = wire(event(id="packed in two members"))
DATA: Final = wire(payment())
TYPED: Final = (("content-type", JSON.encode()),)
BOUND: Final[Headers] = (
    *TYPED,
    ("ce-specversion", b"1.0"),
    ("ce-id", ID.encode()),
    ("ce-source", b"urn:example:" + ID.encode()),
    ("ce-type", b"dualwatch.expenditure.recorded.v1"),
    ("ce-subject", f"{JURISDICTION}/P1".encode()),
    ("ce-time", b"2026-03-02T09:00:00%2B08:00"),
)


def _with(**changes: bytes | None) -> Headers:
    """Give the headers of a sound binary request, changed; None leaves one out."""
    wanted = {"ce-" + name: value for name, value in changes.items()}
    kept = [(name, wanted.pop(name, value)) for name, value in BOUND]
    return [(n, v) for n, v in [*kept, *wanted.items()] if v is not None]


def _typed(content_type: str, *more: tuple[str, bytes]) -> Headers:
    return (("content-type", content_type.encode("utf-8")), *more)


def _binary(
    name: str, headers: Headers, comes: str, pointer: str | None = None, body: bytes = DATA
) -> Case:
    return Case(name, "headers", Form.REQUEST, body, comes, pointer, headers)


def _refused(
    family: str, name: str, body: bytes, headers: Headers, status: int, comes: str
) -> Case:
    return Case(name, family, Form.REQUEST, body, comes, None, headers, status, sent=0)


def _gzip(name: str, body: bytes, status: int, comes: str, *more: tuple[str, bytes]) -> Case:
    headers = _typed(SINGLE, ("content-encoding", b"gzip"), *more)
    if status:
        return _refused("coding", name, body, headers, status, comes)
    return Case(name, "coding", Form.REQUEST, body, comes, None, headers)


def _bomb(size: int) -> bytes:
    deflate = zlib.compressobj(9, wbits=31)
    zeros = b" " * MIB
    return b"".join(deflate.compress(zeros) for _ in range(size // MIB)) + deflate.flush()


HEADERS: Final = (
    _binary("sound", BOUND, ACCEPTED),
    _binary("sound, without a content type", BOUND[1:], ACCEPTED),
    _binary("sound, names in capitals", [(n.upper(), v) for n, v in BOUND], ACCEPTED),
    _binary("sound, with charset", (*_typed(f"{JSON}; charset=utf-8"), *BOUND[1:]), ACCEPTED),
    _binary("sound, extension percent-encoded", _with(ext=b"%E6%94%AF%E4%BB%98"), ACCEPTED),
    _binary("sound, extension quoted", _with(ext=b'"a \\"b\\" %25"'), ACCEPTED),
    _binary("sound, percent sign that encodes nothing", _with(ext=b"100%"), ACCEPTED),
    _binary("sound, 60 extensions", _with(**{f"e{n}": b"x" for n in range(60)}), ACCEPTED),
    *(
        _binary(f"no {name}", _with(**{name: None}), "missing_field", f"/{name}")
        for name in ("specversion", "id", "source", "type", "subject", "time")
    ),
    *(
        _binary(f"two {name}", (*BOUND, (f"ce-{name}", value)), "duplicate_key", f"/{name}")
        for name, value in (
            ("id", b"other"), ("type", b"x"), ("specversion", b"1.0"), ("subject", b"J7200/P2"),
        )
    ),
    _binary("twice in two cases", (*BOUND, ("CE-Id", b"other")), "duplicate_key", "/id"),
    *(
        _binary(f"empty {name}", _with(**{name: b""}), code, f"/{name}")
        for name, code in (
            ("id", "invalid_value"), ("source", "invalid_value"), ("type", "unknown_type"),
            ("subject", "invalid_value"), ("time", "invalid_value"),
        )
    ),
    _binary("version 0.3", _with(specversion=b"0.3"), "invalid_value", "/specversion"),
    _binary("version 1.1", _with(specversion=b"1.1"), "invalid_value", "/specversion"),
    _binary("id in raw UTF-8", _with(id="支付".encode()), "invalid_header", "/id"),
    _binary("id in Latin-1", _with(id=b"\xe9"), "invalid_header", "/id"),
    _binary("id is 0xff, encoded", _with(id=b"%FF"), "invalid_header", "/id"),
    _binary("id is an encoded surrogate", _with(id=b"%ED%A0%80"), "invalid_header", "/id"),
    _binary("id with an encoded NUL", _with(id=b"x%00"), "invalid_value", "/id"),
    _binary("id with an encoded line break", _with(id=b"x%0D%0AX-Evil: 1"), "invalid_value", "/id"),
    _binary("id encoded twice", _with(id=b"%2541" + ID.encode()), ACCEPTED),
    _binary("id of 8 KiB", _with(id=b"x" * 8 * KIB), "invalid_value", "/id"),
    _binary("type of 8 KiB", _with(type=b"x" * 8 * KIB), "unknown_type", "/type"),
    _binary("extension of 300", _with(correlationid=b"x" * 300), "invalid_value", "/correlationid"),
    _binary("name with an underscore", _with(a_b=b"x"), "unknown_field", "/a_b"),
    _binary("name with a hyphen", _with(**{"a-b": b"x"}), "unknown_field", "/a-b"),
    _binary("no name", (*BOUND, ("ce-", b"x")), "unknown_field", "/"),
    _binary("data as a header", _with(data=b"{}"), "duplicate_key"),
    _binary(
        "content type as an attribute", _with(datacontenttype=b"text/xml"),
        "duplicate_key", "/datacontenttype",
    ),
    _binary("partition key of another", _with(partitionkey=b"x"), "invalid_value", "/partitionkey"),
    _binary("no body", BOUND, "missing_field", "/data", b""),
    _binary("blank body", BOUND, "missing_field", "/data", b" \r\n"),
    _binary(
        "data that closes the event", BOUND, "malformed_json", "/data", DATA + b',"id":"other"'
    ),
    _binary(
        "data in XML", (*_typed("text/xml"), *BOUND[1:]), "invalid_value", "/datacontenttype",
        b"<a/>",
    ),
    _binary(
        "data in UTF-16", (*_typed(f"{JSON}; charset=utf-16"), *BOUND[1:]),
        "invalid_value", "/datacontenttype",
    ),
    _binary(
        "data in bytes", (*_typed("application/octet-stream"), *BOUND[1:]),
        "invalid_value", "/datacontenttype", bytes(range(256)),
    ),
)  # fmt: skip

MEDIA_TYPES: Final = (
    *(
        _refused("content type", name or "none", EVENT, _typed(name), 415, "unsupported_media_type")
        for name in (
            "", JSON, "text/json", "text/plain", "application/xml", "multipart/form-data",
            "application/x-www-form-urlencoded", "application/cloudevents", "application/*", "*/*",
            "application/cloudevents+xml", "application/cloudevents+avro",
            "application/cloudevents-batch", f"{SINGLE}; charset=utf-16",
            f"{SINGLE}; charset=gbk", f"{SINGLE}, {BATCH}", "x" * 4_000, f"{SINGLE}\u00a0",
            f"\uff1b{JSON}",
        )
    ),
    *(
        Case(name, "content type", Form.REQUEST, EVENT, ACCEPTED, None, _typed(name))
        for name in (
            SINGLE.upper(), f"{SINGLE};charset=UTF-8", f'{SINGLE}; charset="utf-8"', f" {SINGLE} ",
            f"{SINGLE}; x=y",
        )
    ),
    _refused(
        "content type", "structured with headers of another kind", EVENT,
        (*_typed("application/cloudevents+protobuf"), *BOUND[1:]), 415, "unsupported_media_type",
    ),
    Case(
        "structured wins over ce-headers", "content type", Form.REQUEST, EVENT, ACCEPTED, None,
        (*_typed(SINGLE), *BOUND[1:]),
    ),
    _refused(
        "content type", "two content types", EVENT, (*_typed(SINGLE), *_typed(JSON)), 415,
        "unsupported_media_type",
    ),
)  # fmt: skip

CODINGS: Final = (
    _gzip("gzip", gzip.compress(EVENT), 0, ACCEPTED),
    _gzip("two members", gzip.compress(OTHER[:50]) + gzip.compress(OTHER[50:]), 0, ACCEPTED),
    _gzip("not gzip", EVENT, 400, "broken_encoding"),
    _gzip("zlib", zlib.compress(EVENT), 400, "broken_encoding"),
    _gzip("cut off", gzip.compress(EVENT)[:-9], 400, "broken_encoding"),
    _gzip("wrong checksum", gzip.compress(EVENT)[:-8] + b"\0" * 8, 400, "broken_encoding"),
    _gzip("garbage behind", gzip.compress(EVENT) + b"garbage", 400, "broken_encoding"),
    _gzip("empty", b"", 400, "broken_encoding"),
    _gzip("5,000 empty members", gzip.compress(b"") * 5_000, 400, "broken_encoding"),
    _gzip("of nothing", gzip.compress(b""), 400, "empty"),
    _gzip("bomb that would just fit", _bomb(MIB), 413, "expands_too_much"),
    _gzip("bomb of 64 MiB", _bomb(64 * MIB), 413, "too_large"),
    _gzip("2 MiB that do not shrink", gzip.compress(hashlib.shake_256().digest(2 * MIB)), 413,
          "too_large"),
    _gzip("gzip in gzip", gzip.compress(gzip.compress(EVENT)), 0, "invalid_utf8"),
    *(
        _refused("coding", name, body, _typed(SINGLE, ("content-encoding", name.encode())), 415,
                 "unsupported_encoding")
        for name, body in (
            ("br", EVENT), ("deflate", zlib.compress(EVENT)), ("zstd", EVENT), ("compress", EVENT),
            ("gzip, gzip", gzip.compress(gzip.compress(EVENT))), ("gzip;q=1", gzip.compress(EVENT)),
            ("x" * 2_000, EVENT), ("*", EVENT),
        )
    ),
)  # fmt: skip


def _batch(name: str, events: Sequence[bytes], comes: str, sent: int, kind: str = BATCH) -> Case:
    body = b"[" + b",".join(events) + b"]" if kind == BATCH else b"\n".join(events)
    return Case(name, "batches", Form.REQUEST, body, comes, None, _typed(kind), sent=sent)


def _unread(name: str, body: bytes, status: int, comes: str, kind: str = BATCH) -> Case:
    return _refused("batches", name, body, _typed(kind), status, comes)


def _paper(number: int) -> bytes:
    document = {"kind": "payment_certificate", "number": ID}
    return wire(event(id=f"{ID}-{number}", data=payment(document=document)))


BATCHES: Final = (
    _unread("empty array", b"[]", 400, "empty"),
    _unread("empty array in gzip of blanks", b" [ ] ", 400, "empty"),
    _unread("nothing", b"", 400, "malformed_json"),
    _unread("object", EVENT, 400, "malformed_json"),
    _unread("open array", b"[" + EVENT, 400, "malformed_json"),
    _unread("closed twice", b"[" + EVENT + b"]]", 400, "malformed_json"),
    _unread("missing comma", b"[" + EVENT * 2 + b"]", 400, "malformed_json"),
    _unread("100,000 brackets", b"[" * 100_000, 400, "malformed_json"),
    _unread("a million empty strings", b"[" + b'"",' * MIB + b"NaN]", 400, "malformed_json"),
    _unread("2,001 events", b"[" + b",".join([b"{}"] * 2_001) + b"]", 413, "too_many_events"),
    _unread("100,000 events", b"[" + b",".join([b"{}"] * 100_000) + b"]", 413, "too_many_events"),
    _unread("100,000 lines", b"{}\n" * 100_000, 413, "too_many_events", LINES),
    _unread("blank lines", b"\n \r\n\n", 400, "empty", LINES),
    _unread("no lines", b"", 400, "empty", LINES),
    _batch("2,000 empty objects", [b"{}"] * 2_000, "missing_field", 2_000),
    _batch("numbers and nulls", [b"1", b"null", b'"x"', b"true", b"[]"], "not_an_event", 5),
    _batch("the same event three times over", [EVENT] * 3, "accepted duplicate duplicate", 3),
    _batch("another amount under the same id", [EVENT, EVENT.replace(b"12.50", b"12.51")],
           "accepted conflict", 2),
    _batch("one document twice", [_paper(1), _paper(2)], "accepted document_repeated", 2),
    _batch("bad ones around a good one", [b"{}", EVENT, b'{"a":NaN}', b'{"a":"\\ud800"}'],
           "missing_field accepted malformed_json malformed_json", 4),
    _batch("bad lines around a good one", [b"{}", EVENT, b"null", b'{"a":NaN}', b"[", b"\xff"],
           "missing_field accepted not_an_event malformed_json malformed_json invalid_utf8", 6,
           LINES),
    _batch("lines of garbage", [b"garbage", b"\x00", b"\xff\xfe", b"{"],
           "malformed_json malformed_json invalid_utf8 malformed_json", 4, LINES),
    _batch("one that is nearly the whole batch", [wire(event(ext="x" * 3 * MIB))],
           "event_too_large", 1),
)  # fmt: skip

SIZES: Final = (
    Case("event of 64 KiB", "sizes", Form.REQUEST,
         EVENT[:-1] + b" " * (64 * KIB - len(EVENT) - 100) + b"}", ACCEPTED, None, _typed(SINGLE)),
    Case("event of 64 KiB and some", "sizes", Form.REQUEST, EVENT[:-1] + b" " * 64 * KIB + b"}",
         "event_too_large", None, _typed(SINGLE)),
    Case("event of 1 MiB", "sizes", Form.REQUEST,
         EVENT[:-1] + b" " * (MIB - len(EVENT) - 100) + b"}", "event_too_large", None,
         _typed(SINGLE)),
    _refused("sizes", "2 MiB alone", b" " * 2 * MIB, _typed(SINGLE), 413, "too_large"),
    _refused("sizes", "5 MiB batch", b"[" + b" " * 5 * MIB + b"]", _typed(BATCH), 413, "too_large"),
    _refused("sizes", "5 MiB of lines", b"\n" * 5 * MIB, _typed(LINES), 413, "too_large"),
    _refused("sizes", "2 MiB binary", b" " * 2 * MIB, BOUND, 413, "too_large"),
    _refused("sizes", "nothing", b"", _typed(SINGLE), 400, "empty"),
    _refused("sizes", "blanks", b" \r\n\t", _typed(SINGLE), 400, "empty"),
    _refused("sizes", "key of 256", EVENT, _typed(SINGLE, ("idempotency-key", b"k" * 256)), 400,
             "invalid_idempotency_key"),
    _refused("sizes", "empty key", EVENT, _typed(SINGLE, ("idempotency-key", b'""')), 400,
             "invalid_idempotency_key"),
    _refused("sizes", "two keys", EVENT,
             _typed(SINGLE, ("idempotency-key", b"a"), ("idempotency-key", b"b")), 400,
             "invalid_idempotency_key"),
)  # fmt: skip

CASES: Final = (*HEADERS, *MEDIA_TYPES, *CODINGS, *BATCHES, *SIZES)
