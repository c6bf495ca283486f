"""The forms of a message: a CloudEvent whole in its body, or its attributes beside its data.

What is kept is always the structured event. A binary message becomes one in one way only:
attributes in a fixed order, then the data's own bytes; sent again it is the same event.
"""

import base64
import json
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import jiter

from services.intake.domain.admission import Admitted, admit
from services.intake.domain.strict import refuse_json
from services.intake.domain.texts import pointer_of, shorten
from services.intake.domain.verdicts import Refusal

STRUCTURED: Final = "application/cloudevents+json"
CLOUDEVENTS: Final = "application/cloudevents"
"""What every structured media type begins with; a content type that does is never binary."""
KAFKA_PREFIX: Final = "ce_"
CONTENT_TYPE: Final = "content-type"
UNREADABLE: Final = ("unreadable", b"expands_too_much")
"""The header of an empty record that stands for a batch of which more came out than is taken."""
_JSON: Final = "application/json"
_ORDER: Final = (
    "specversion",
    "id",
    "source",
    "type",
    "subject",
    "time",
    "datacontenttype",
    "dataschema",
)
"""Attributes that come first, in this order; the others follow by name. Fixed for ever."""
_BLANKS: Final = b" \t\r\n"

Told = tuple[str, str | None]
"""An attribute as a header tells it: name and value; null if the value cannot be read."""


class Arrival(NamedTuple):
    """One event as a door got it: the bytes that are kept, and what is wrong with its form."""

    raw: bytes
    refusal: Refusal | None = None

    def judge(self) -> Admitted | Refusal:
        """Judge form and content."""
        return self.refusal or admit(self.raw)


def arrival_of_record(value: bytes | None, headers: Sequence[tuple[str, bytes | None]]) -> Arrival:
    """Read a Kafka record by the CloudEvents Kafka binding."""
    if not headers:
        return Arrival(value) if value else _empty()
    content_type: str | None = None
    told: list[Told] = []
    for name, text in headers:
        lower = name.lower()
        if lower == CONTENT_TYPE:
            content_type = _utf8(text) or ""
        elif lower.startswith(KAFKA_PREFIX):
            told.append((lower.removeprefix(KAFKA_PREFIX), _utf8(text)))
    media_type = media_type_of(content_type)
    if media_type == STRUCTURED or (content_type is None and not told):
        return Arrival(value) if value else _empty(headers)
    if not told or media_type.startswith(CLOUDEVENTS):
        return Arrival(value or b"", _wrong_content(media_type))
    return bound(told, value or b"", content_type)


def bound(told: Iterable[Told], data: bytes, content_type: str | None) -> Arrival:
    """Put attributes and data together to the structured event that is kept."""
    given = list(told)
    if content_type is not None:
        given.append(("datacontenttype", _data_type(content_type)))
    # Sorting is stable and compares names alone: what stands twice stays in its order.
    given.sort(key=lambda pair: _place(pair[0]))
    data = data.strip(_BLANKS)
    fault = _attribute_fault(given)
    written, data_fault = _data(data, content_type)
    members = [f"{_quoted(name)}:{_quoted(value or '')}".encode() for name, value in given]
    if written:
        members.append(written)
    return Arrival(b"{" + b",".join(members) + b"}", fault or data_fault)


def media_type_of(content_type: str | None) -> str:
    """Give the media type without its parameters, in lower case."""
    return (content_type or "").partition(";")[0].strip().lower()


def _place(name: str) -> tuple[int, str]:
    return (_ORDER.index(name), "") if name in _ORDER else (len(_ORDER), name)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _utf8(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _data_type(content_type: str) -> str:
    """Give the attribute that a content type stands for: JSON in UTF-8 has one way to be said."""
    parameters = content_type.partition(";")[2].strip().lower().replace('"', "")
    if media_type_of(content_type) == _JSON and parameters in {"", "charset=utf-8"}:
        return _JSON
    return content_type.strip()


def _data(data: bytes, content_type: str | None) -> tuple[bytes, Refusal | None]:
    """Write the member that holds the data, as the CloudEvents JSON format demands."""
    if not data:
        return b"", None
    media_type = media_type_of(content_type)
    fault: Refusal | None = None
    if content_type is None or media_type == _JSON or media_type.endswith("+json"):
        try:
            jiter.from_json(data, catch_duplicate_keys=True, allow_inf_nan=False)
            return b'"data":' + data, None
        except ValueError as error:
            fault = refuse_json(data, str(error), "/data")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return b'"data_base64":"' + base64.b64encode(data) + b'"', fault
    return b'"data":' + _quoted(text).encode(), fault


def _attribute_fault(given: Sequence[Told]) -> Refusal | None:
    seen: set[str] = set()
    for name, value in given:
        pointer = shorten(pointer_of([name]))
        if value is None:
            return Refusal(
                "invalid_header",
                f"{pointer}: the header's value is not UTF-8",
                f"{pointer}:消息头的值不是合法的 UTF-8",
                pointer,
            )
        if name in seen:
            return Refusal(
                "duplicate_key",
                f"{pointer}: more than one header states this attribute",
                f"{pointer}:该属性在消息头中出现了多次",
                pointer,
            )
        seen.add(name)
    return None


def _empty(headers: Sequence[tuple[str, bytes | None]] = ()) -> Arrival:
    if UNREADABLE in headers:
        # Its bytes are not to be had; an entry of its own, apart from what is merely empty.
        return Arrival(UNREADABLE[1], _too_large())
    return Arrival(
        b"",
        Refusal("no_content", "the record has no value (a tombstone?)", "消息没有内容(墓碑?)"),
    )


def _too_large() -> Refusal:
    return Refusal(
        "batch_too_large",
        "a compressed batch of records expands to more than is taken",
        "压缩的消息批次解压后过大",
    )


def _wrong_content(media_type: str) -> Refusal:
    name = shorten(media_type) or "?"
    return Refusal(
        "unsupported_content",
        f"{name} without ce_ headers is neither a structured nor a binary CloudEvent",
        f"{name} 且没有 ce_ 消息头,既不是结构化也不是二进制 CloudEvent",
    )
