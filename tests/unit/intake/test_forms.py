"""Structured and binary messages: what is kept of each, and what is wrong with a form."""

import base64
import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.admission import Admitted
from services.intake.domain.forms import (
    STRUCTURED,
    Arrival,
    Told,
    arrival_of_record,
    bound,
)
from services.intake.domain.verdicts import Refusal
from tests.support.hostile import event, wire

JSON = "application/json"
ATTRIBUTES: Sequence[Told] = [
    ("time", "2026-03-02T09:00:00+08:00"),
    ("id", "e-1"),
    ("type", "dualwatch.expenditure.recorded.v1"),
    ("traceparent", "00-1"),
    ("source", "urn:example:treasury"),
    ("correlationid", "支付-1"),
    ("subject", "340100/P1"),
    ("specversion", "1.0"),
]
DATA = b'{"date":"2026-03-02","fiscal_year":2026,"amount":"12.50"}'
KEPT = (
    '{"specversion":"1.0","id":"e-1","source":"urn:example:treasury",'
    '"type":"dualwatch.expenditure.recorded.v1","subject":"340100/P1",'
    '"time":"2026-03-02T09:00:00+08:00","datacontenttype":"application/json",'
    '"correlationid":"支付-1","traceparent":"00-1","data":' + DATA.decode() + "}"
).encode()


def refused(arrival: Arrival) -> Refusal:
    found = arrival.judge()
    assert isinstance(found, Refusal), found
    return found


def headers(told: Sequence[Told], content_type: str = JSON) -> list[tuple[str, bytes | None]]:
    """Write attributes as a publisher's Kafka client does."""
    named = [(f"ce_{name}", None if value is None else value.encode()) for name, value in told]
    return [("content-type", content_type.encode()), *named]


@given(st.permutations(ATTRIBUTES))
def test_a_binary_message_is_kept_as_one_structured_event(told: list[Told]) -> None:
    """Whatever the order of its headers: sent again, it is the same bytes."""
    arrival = bound(told, DATA, JSON)

    assert Arrival(KEPT) == arrival
    assert isinstance(arrival.judge(), Admitted)


@pytest.mark.parametrize(
    "content_type", [JSON, "Application/JSON", "application/json; charset=UTF-8"]
)
def test_json_is_said_in_one_way(content_type: str) -> None:
    """Else the same fact from two clients would be a conflict."""
    assert bound(ATTRIBUTES, b" " + DATA + b"\n", content_type).raw == KEPT


def test_without_a_content_type_the_data_is_json() -> None:
    """As CloudEvents has it."""
    arrival = bound(ATTRIBUTES, DATA, None)

    assert KEPT.replace(b'"datacontenttype":"application/json",', b"") == arrival.raw


def test_the_doors_make_the_same_event() -> None:
    """Binary over Kafka and over HTTP: the second is a duplicate."""
    assert bound(ATTRIBUTES, DATA, JSON) == arrival_of_record(DATA, headers(ATTRIBUTES))


@given(st.text(), st.binary(), st.sampled_from([None, JSON, "text/xml", "application/x+json", ""]))
def test_no_data_reaches_out_of_its_member(value: str, data: bytes, content_type: str) -> None:
    """What is kept is one JSON object with the attributes that were told, whatever the data."""
    arrival = bound([("id", value), ("source", "urn:x")], data, content_type)
    members = json.loads(arrival.raw)

    assert (value, "urn:x") == (members["id"], members["source"])
    assert set(members) <= {"id", "source", "datacontenttype", "data", "data_base64"}
    assert isinstance(arrival.judge(), Refusal)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "malformed_json"),
        (b'{},"id":"other"', "malformed_json"),
        (b'{"amount":NaN}', "malformed_json"),
        (b'{"amount":"1.00","amount":"2.00"}', "duplicate_key"),
        (b"\xff\xfe", "malformed_json"),
    ],
)
def test_data_that_is_no_strict_json_is_refused_and_kept(data: bytes, code: str) -> None:
    """As a string, or as base64 where it is no text."""
    arrival = bound(ATTRIBUTES, data, JSON)
    members = json.loads(arrival.raw)
    kept = members.get("data", "").encode() or base64.b64decode(members["data_base64"])

    assert (code, "/data") == (refused(arrival).code, refused(arrival).pointer)
    assert data == kept


@pytest.mark.parametrize(
    ("told", "code", "pointer"),
    [
        ([*ATTRIBUTES, ("id", "e-2")], "duplicate_key", "/id"),
        ([*ATTRIBUTES, ("ext", None)], "invalid_header", "/ext"),
        ([*ATTRIBUTES, ("datacontenttype", JSON)], "duplicate_key", "/datacontenttype"),
        ([*ATTRIBUTES, ("data", "{}")], "duplicate_key", None),
        ([*ATTRIBUTES, ("", "x")], "unknown_field", "/"),
        ([*ATTRIBUTES, ("a_b", "x")], "unknown_field", "/a_b"),
        (ATTRIBUTES[:-1], "missing_field", "/specversion"),
        (ATTRIBUTES[:1], "missing_field", "/type"),
        ([*ATTRIBUTES, ("ext", "x" * 70_000)], "event_too_large", None),
    ],
)
def test_what_is_wrong_with_headers_is_named(
    told: Sequence[Told], code: str, pointer: str | None
) -> None:
    """By the attribute that a header stands for."""
    found = refused(bound(told, DATA, JSON))

    assert (code, pointer) == (found.code, found.pointer)


@pytest.mark.parametrize(
    ("value", "given", "code"),
    [
        (None, [], "no_content"),
        (None, [("content-type", STRUCTURED.encode())], "no_content"),
        (None, headers(ATTRIBUTES), "missing_field"),
        (b"", [], "no_content"),
        (None, [("unreadable", b"expands_too_much")], "batch_too_large"),
        (DATA, [("content-type", b"application/json")], "unsupported_content"),
        (DATA, [("content-type", b"\xff")], "unknown_type"),
        (DATA, [("content-type", None)], "unsupported_content"),
        (DATA, headers(ATTRIBUTES, "application/cloudevents+avro"), "unsupported_content"),
        (DATA, headers(ATTRIBUTES, "text/xml"), "invalid_value"),
        (DATA, [("ce_id", b"\xff"), ("ce_type", b"x")], "invalid_header"),
        (DATA, [("ce_id", None)], "invalid_header"),
    ],
)
def test_a_record_that_is_no_event_is_refused(
    value: bytes | None, given: list[tuple[str, bytes | None]], code: str
) -> None:
    """Tombstones, wrong content types, headers that cannot be read: each has its reason."""
    if code == "unknown_type":
        code = "unsupported_content"
    assert code == refused(arrival_of_record(value, given)).code


@pytest.mark.parametrize(
    "given", [[], [("other", b"x")], [("Content-Type", b"application/cloudevents+json; charset=x")]]
)
def test_a_structured_record_is_kept_as_it_came(given: list[tuple[str, bytes | None]]) -> None:
    """With its content type or without any header."""
    assert Arrival(wire(event())) == arrival_of_record(wire(event()), given)
