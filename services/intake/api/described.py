"""The event door in /openapi.json: its forms, its headers, its answers."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from contracts.codec import INTAKE_TYPES, OWN_FACTS
from services.chassis.described import REFERENCE, problem
from services.intake.api.answers import JSON, Receipt
from services.intake.domain.receipts import Counts, Result
from services.intake.domain.requests import EVENTS_MAX, BodyKind

_TYPES: Final = sorted(INTAKE_TYPES - OWN_FACTS)
_EVENT: Final[dict[str, Any]] = {
    "title": "Event",
    "description": "A CloudEvents 1.0 event; contracts/schemas has one schema for each type.",
    "type": "object",
    "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "description": "Unique within source."},
        "source": {"type": "string", "description": "URI reference of the publisher's system."},
        "type": {"enum": _TYPES},
        "subject": {
            "type": "string",
            "description": "<jurisdiction>/<project>, or the jurisdiction alone.",
        },
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": JSON},
        "data": {"type": "object"},
    },
    "additionalProperties": True,
}


def _schemas() -> dict[str, Any]:
    _, found = msgspec.json.schema_components([Receipt, Result, Counts], ref_template=REFERENCE)
    single = found["Result"]["properties"] | {
        "receipt": {"type": "string"},
        "status": {"enum": ["pending", "decided"]},
        "cut": {"type": "string", "description": "A cut that covers the event."},
    }
    return {
        **found,
        "Event": _EVENT,
        "SingleAnswer": {
            "title": "SingleAnswer",
            "description": "What has become of one event.",
            "type": "object",
            "properties": single,
        },
    }


SCHEMAS: Final[Mapping[str, Any]] = _schemas()
"""What the document's components hold besides FastAPI's own."""


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": REFERENCE.format(name=name)}


def _header(name: str, says: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "description": says,
        "schema": {"type": "string", **schema},
    }


_BODIES: Final[Mapping[BodyKind, dict[str, Any]]] = {
    BodyKind.SINGLE: {"schema": _ref("Event")},
    BodyKind.BATCH: {
        "schema": {
            "type": "array",
            "items": _ref("Event"),
            "minItems": 1,
            "maxItems": EVENTS_MAX,
        }
    },
    BodyKind.LINES: {
        "schema": {"type": "string", "description": f"One event a line, at most {EVENTS_MAX}."}
    },
    BodyKind.BINARY: {
        "schema": {
            "type": "object",
            "description": "The data of one event; its attributes are ce-* headers (binary).",
        }
    },
}
_ATTRIBUTE: Final = "Binary mode alone: attribute of the event, percent-encoded."
REQUEST: Final[dict[str, Any]] = {
    "parameters": [
        _header(
            "Prefer",
            "wait=N: answer once all is decided, after N seconds at the latest (RFC 7240).",
            pattern="wait=[0-9]+",
        ),
        _header("Idempotency-Key", "The same request again gets the same verdicts."),
        _header("Content-Encoding", "gzip, or nothing.", enum=["gzip"]),
        *(
            _header(f"ce-{name}", _ATTRIBUTE)
            for name in ("specversion", "id", "source", "type", "subject", "time")
        ),
    ],
    "requestBody": {
        "required": True,
        "content": {kind.value: body for kind, body in _BODIES.items()},
    },
}
"""What the event door takes."""
RECEIPT_REQUEST: Final[dict[str, Any]] = {"parameters": REQUEST["parameters"][:1]}
_APPLIED: Final[dict[str, Any]] = {
    "Preference-Applied": {
        "description": "The wait that was honoured.",
        "schema": {"type": "string"},
    }
}
RECEIPT_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "What is known by now",
        "content": {JSON: {"schema": _ref("Receipt")}},
        "headers": _APPLIED,
    },
    404: problem("No such receipt; they are kept 30 days"),
}
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    202: {
        "description": "Taken: a single event's verdict, or a receipt with one for each event",
        "content": {JSON: {"schema": {"anyOf": [_ref("SingleAnswer"), _ref("Receipt")]}}},
        "headers": _APPLIED,
    },
    400: problem("Not readable: the event (then it is in quarantine) or the request as a whole"),
    409: problem("A single event: its id or its document is recorded already"),
    413: problem("Too large, too many events, or a body that expands too much"),
    415: problem(
        "A media type or content coding that is not taken",
        {"Accept-Encoding": "The coding that is."},
    ),
    422: problem(
        "A single event that is refused; a batch of which every event is; an Idempotency-Key"
        " that stands for another request"
    ),
    429: problem("Too much of late", {"Retry-After": "Seconds until it may come again."}),
    503: problem("Not available for the moment", {"Retry-After": "Seconds to wait."}),
}
"""What the event door answers."""
