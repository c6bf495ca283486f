"""The corpus of hostile input: malformed, and well-formed but insane. Used at every door.

Plain bytes and expectations; no code of Dualwatch, so that no layer can agree with its own bug.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LINES = "application/x-ndjson"

JURISDICTION = "340100"
SOURCE = "urn:example:treasury"
KIB = 1024
MIB = 1024 * KIB


def event(
    event_id: str = "e-1",
    subject: str = f"{JURISDICTION}/P1",
    thing: str = "expenditure.recorded",
    data: Mapping[str, Any] | None = None,
    **attributes: Any,
) -> dict[str, Any]:
    """Make a sound payment, or what the arguments make of it."""
    payment = {"date": "2026-03-02", "fiscal_year": 2026, "amount": "12.50", "line": "L1"}
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": f"dualwatch.{thing}.v1",
        "subject": subject,
        "time": "2026-03-02T09:00:00+08:00",
        "data": {**payment} if data is None else dict(data),
        **attributes,
    }


def registered(jurisdiction: str = JURISDICTION, **data: Any) -> dict[str, Any]:
    """Make the fact that a jurisdiction exists, with a manual clock."""
    return event(
        f"jur-{jurisdiction}",
        jurisdiction,
        "jurisdiction.registered",
        {"date": "2026-01-01", "name": jurisdiction, "clock": "manual", **data},
    )


def organisation(jurisdiction: str = JURISDICTION, code: str = "U1") -> dict[str, Any]:
    """Make the fact that an organisation exists."""
    return event(
        f"org-{jurisdiction}-{code}",
        jurisdiction,
        "organisation.registered",
        {"date": "2026-01-01", "organisation": code, "name": code, "kind": "unit"},
    )


def wire(document: Any) -> bytes:
    """Write JSON as a publisher would."""
    return json.dumps(document, ensure_ascii=False).encode()


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in event().items() if key != name}


def _data(**changes: Any) -> bytes:
    return wire(event(data={**event()["data"], **changes}))


def _text(old: str, new: str) -> bytes:
    body = wire(event())
    assert old.encode() in body, old
    return body.replace(old.encode(), new.encode())


@dataclass(frozen=True)
class Hostile:
    """One bad event: told apart in a readable request, so it is refused and kept."""

    name: str
    body: bytes
    status: int
    code: str
    pointer: str | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Unreadable:
    """One bad request: refused as a whole, nothing is kept, nothing counted as sent."""

    name: str
    body: bytes
    media_type: str
    status: int
    code: str

    def __str__(self) -> str:
        return self.name


JUR = "dualwatch.jurisdiction.registered.v1"

EVENTS: tuple[Hostile, ...] = (
    # --- not JSON, or JSON that two readers could read differently
    Hostile("prose", b"hello", 400, "malformed_json"),
    Hostile("cut off", wire(event())[:-7], 400, "malformed_json"),
    Hostile("two events", wire(event()) + wire(event()), 400, "malformed_json"),
    Hostile("NaN", _text('"12.50"', "NaN"), 400, "malformed_json"),
    Hostile("minus Infinity", _text('"12.50"', "-Infinity"), 400, "malformed_json"),
    Hostile("trailing comma", _text('"L1"}', '"L1",}'), 400, "malformed_json"),
    Hostile("comment", _text('"L1"}', '"L1"/*?*/}'), 400, "malformed_json"),
    Hostile("byte order mark", b"\xef\xbb\xbf" + wire(event()), 400, "malformed_json"),
    Hostile("raw control character", _text("L1", "L\x011"), 400, "malformed_json"),
    Hostile("lone high surrogate", _text("L1", "\\ud800"), 400, "malformed_json"),
    Hostile("lone low surrogate", _text("L1", "\\udc00"), 400, "malformed_json"),
    Hostile("5000 digits", _text("2026,", "9" * 5_000 + ","), 400, "malformed_json"),
    Hostile("Latin-1", _text("L1", "L\u00e9").replace(b"\xc3\xa9", b"\xe9"), 400, "invalid_utf8"),
    Hostile("UTF-8 surrogate", wire(event()).replace(b"L1", b"\xed\xa0\x80"), 400, "invalid_utf8"),
    Hostile("duplicate key", _text('"12.50"', '"12.50","amount":"99.99"'), 400, "duplicate_key"),
    Hostile("duplicate id", _text('"id":', '"id": "e-0", "id":'), 400, "duplicate_key"),
    Hostile("escaped duplicate", _text('"id":', '"i\\u0064": "e-0", "id":'), 400, "duplicate_key"),
    Hostile("40 deep", _data(line=json.loads("[" * 40 + "]" * 40)), 400, "too_deep"),
    Hostile("3000 deep", _text('"L1"', "[" * 3_000 + "]" * 3_000), 400, "too_deep"),
    Hostile("10000 braces", _text('"L1"', '{"a":' * 10_000 + "1" + "}" * 10_000), 400, "too_deep"),
    Hostile("70 KiB", _data(purpose="x" * 70 * KIB), 413, "event_too_large"),
    # --- JSON that is no event
    Hostile("number", b"5", 400, "not_an_event", ""),
    Hostile("null", b"null", 400, "not_an_event", ""),
    Hostile("empty object", b"{}", 422, "missing_field", "/type"),
    # --- type
    Hostile("no type", wire(_without("type")), 422, "missing_field", "/type"),
    Hostile("type is a number", wire(event(type=5)), 422, "invalid_value", "/type"),
    Hostile("unknown type", wire(event(thing="money.burnt")), 422, "unknown_type", "/type"),
    Hostile("foreign type", wire(event(type="com.example.paid")), 422, "unknown_type", "/type"),
    Hostile("long type", wire(event(type="x" * 5_000)), 422, "unknown_type", "/type"),
    Hostile(
        "newer version",
        wire(event(type="dualwatch.expenditure.recorded.v9")),
        422,
        "newer_type",
        "/type",
    ),
    Hostile("our own word", wire(event(thing="assessment.made")), 422, "not_publishable", "/type"),
    Hostile(
        "day through the door",
        wire(
            event(
                subject=JURISDICTION,
                thing="day.opened",
                data={"date": "2026-03-02", "working_day": True},
            )
        ),
        422,
        "not_publishable",
        "/type",
    ),
    # --- attributes
    Hostile("no id", wire(_without("id")), 422, "missing_field", "/id"),
    Hostile("empty id", wire(event(id="")), 422, "invalid_value", "/id"),
    Hostile("id with a line break", wire(event(id="a\nb")), 422, "invalid_value", "/id"),
    Hostile("id of 200", wire(event(id="x" * 200)), 422, "invalid_value", "/id"),
    Hostile("no source", wire(_without("source")), 422, "missing_field", "/source"),
    Hostile("no subject", wire(_without("subject")), 422, "missing_field", "/subject"),
    Hostile("no data", wire(_without("data")), 422, "missing_field", "/data"),
    Hostile("data is text", wire(event() | {"data": "x"}), 422, "invalid_value", "/data"),
    Hostile("version 0.3", wire(event(specversion="0.3")), 422, "invalid_value", "/specversion"),
    Hostile("local time", wire(event(time="2026-03-02T09:00:00")), 422, "invalid_value", "/time"),
    Hostile("prose as time", wire(event(time="last Monday")), 422, "invalid_value", "/time"),
    Hostile("time is a number", wire(event(time=1_750_000_000)), 422, "invalid_value", "/time"),
    Hostile("XML", wire(event(datacontenttype="text/xml")), 422, "invalid_value",
            "/datacontenttype"),
    Hostile("other key", wire(event(partitionkey="x")), 422, "invalid_value", "/partitionkey"),
    Hostile("upper-case name", wire(event(Trace="x")), 422, "unknown_field", "/Trace"),
    Hostile("name with a slash", wire(event() | {"a/b~": "x"}), 422, "unknown_field", "/a~1b~0"),
    Hostile("binary data", wire(event(data_base64="eA==")), 422, "unknown_field", "/data_base64"),
    Hostile("object extension", wire(event(ext={"a": 1})), 422, "invalid_value", "/ext"),
    Hostile("float extension", wire(event(ext=1.5)), 422, "invalid_value", "/ext"),
    Hostile("huge extension", wire(event(ext=2**40)), 422, "invalid_value", "/ext"),
    # --- subject
    Hostile("no project", wire(event(subject=JURISDICTION)), 422, "wrong_subject", "/subject"),
    Hostile("empty project", wire(event(subject="340100/")), 422, "invalid_value", "/subject"),
    Hostile("separator", wire(event(subject="340100/a\x1f1")), 422, "invalid_value", "/subject"),
    Hostile(
        "jurisdiction fact about a project",
        wire(registered() | {"subject": "340100/P1"}),
        422,
        "wrong_subject",
        "/subject",
    ),
    # --- fields
    Hostile("no amount", wire(event(data={"date": "2026-03-02", "fiscal_year": 2026})), 422,
            "missing_field", "/data/amount"),
    Hostile("amount is a number", _data(amount=12.5), 422, "invalid_value", "/data/amount"),
    Hostile("negative amount", _data(amount="-1.00"), 422, "invalid_value", "/data/amount"),
    Hostile("three decimals", _data(amount="1.005"), 422, "invalid_value", "/data/amount"),
    Hostile("exponent", _data(amount="1e3"), 422, "invalid_value", "/data/amount"),
    Hostile("Arabic digits", _data(amount="\u0661.00"), 422, "invalid_value", "/data/amount"),
    Hostile("line break behind", _data(amount="1.00\n"), 422, "invalid_value", "/data/amount"),
    Hostile("20 digits", _data(amount="9" * 20 + ".00"), 422, "invalid_value", "/data/amount"),
    Hostile("30 February", _data(date="2026-02-30"), 422, "invalid_value", "/data/date"),
    Hostile("prose as date", _data(date="Q1 or so"), 422, "invalid_value", "/data/date"),
    Hostile("date is a number", _data(date=46_000), 422, "invalid_value", "/data/date"),
    Hostile("with time", _data(date="2026-03-02T00:00:00"), 422, "invalid_value", "/data/date"),
    Hostile("year 1", _data(date="0001-01-01"), 422, "invalid_value", "/data/date"),
    Hostile("year 9999", _data(date="9999-12-31"), 422, "invalid_value", "/data/date"),
    Hostile("year as text", _data(fiscal_year="2026"), 422, "invalid_value", "/data/fiscal_year"),
    Hostile("year with fraction", _data(fiscal_year=2026.0), 422, "invalid_value",
            "/data/fiscal_year"),
    Hostile("year 2^63", _data(fiscal_year=2**63), 422, "invalid_value", "/data/fiscal_year"),
    Hostile("year 1e400", _text("2026,", "1e400,"), 422, "invalid_value", "/data/fiscal_year"),
    Hostile("truth as text", _data(batch="yes"), 422, "invalid_value", "/data/batch"),
    Hostile("unknown field", _data(colour="red"), 422, "unknown_field", "/data/colour"),
    Hostile("operator as field", _data(**{"$where": "1"}), 422, "unknown_field", "/data/$where"),
    Hostile("unknown channel", _data(channel="cash"), 422, "invalid_value", "/data/channel"),
    Hostile("control character", _data(purpose="a\x00b"), 422, "invalid_value", "/data/purpose"),
    Hostile(
        "unknown paper",
        _data(document={"kind": "napkin", "number": "1"}),
        422,
        "invalid_value",
        "/data/document/kind",
    ),
    Hostile("unknown zone", wire(registered(time_zone="Mars/Base")), 422, "invalid_value",
            "/data/time_zone"),
    Hostile("zone is a path", wire(registered(time_zone="../../etc/passwd")), 422,
            "invalid_value", "/data/time_zone"),
)  # fmt: skip
"""Events that the door refuses, each by itself."""

REQUESTS: tuple[Unreadable, ...] = (
    Unreadable("empty body", b"", SINGLE, 400, "empty"),
    Unreadable("blank body", b" \n", SINGLE, 400, "empty"),
    Unreadable("empty batch", b"[]", BATCH, 400, "empty"),
    Unreadable("empty batch body", b"", BATCH, 400, "malformed_json"),
    Unreadable("blank lines", b"\n\n", LINES, 400, "empty"),
    Unreadable("object as batch", wire(event()), BATCH, 400, "malformed_json"),
    Unreadable("prose as batch", b"hello", BATCH, 400, "malformed_json"),
    Unreadable("open array", b"[" + wire(event()), BATCH, 400, "malformed_json"),
    Unreadable("array of arrays", b"[" * 100_000, BATCH, 400, "malformed_json"),
    Unreadable("a million strings", b"[" + b'"",' * MIB + b"NaN]", BATCH, 400, "malformed_json"),
    Unreadable("missing comma", b"[" + wire(event()) * 2 + b"]", BATCH, 400, "malformed_json"),
    Unreadable("2001 events", b"[" + b"{}," * 2_000 + b"{}]", BATCH, 413, "too_many_events"),
    Unreadable("5 MB event", _data(purpose="x" * 5 * MIB), SINGLE, 413, "too_large"),
    Unreadable("5 MB batch", b"[" + _data(purpose="x" * 5 * MIB) + b"]", BATCH, 413, "too_large"),
    Unreadable("form", b"a=b", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    Unreadable("plain JSON", wire(event()), "application/json", 415, "unsupported_media_type"),
    Unreadable("no type", wire(event()), "", 415, "unsupported_media_type"),
    Unreadable("UTF-16", wire(event()), f"{SINGLE}; charset=utf-16", 415, "unsupported_media_type"),
)
"""Requests whose events cannot be told apart, or that are too much."""
