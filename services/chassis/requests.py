"""A command as it comes: its headers, its body, read within bounds."""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from services.chassis import refusals

BODY_BYTES_MAX: Final = 256 * 1024
"""Largest body of a command."""
KEY_LENGTH_MAX: Final = 200
"""Longest Idempotency-Key."""
_VISIBLE: Final = re.compile(r"[\x21-\x7e]+", re.ASCII)
_VERSION: Final = re.compile(r'"?([1-9][0-9]{0,8})"?', re.ASCII)

M = TypeVar("M", bound=BaseModel)

KEY_HEADER: Final[Mapping[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX},
    "description": "Repeated with the same command, it gets its first answer, for 30 days.",
}
MATCH_HEADER: Final[Mapping[str, Any]] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "ETag of the version that the command is about; 409 if there is a newer one.",
}


def idempotency_key(request: Request) -> str:
    """Read the Idempotency-Key, quoted (RFC 8941) or plain; 400 without one."""
    given = request.headers.getlist("idempotency-key")
    if not given:
        raise refusals.key_missing()
    key = given[0].strip()
    if len(key) > 1 and key.startswith('"') and key.endswith('"'):
        key = key[1:-1]
    if len(given) > 1 or len(key) > KEY_LENGTH_MAX or not _VISIBLE.fullmatch(key):
        raise refusals.key_unusable(KEY_LENGTH_MAX)
    return key


def expected_version(request: Request) -> int | None:
    """Read If-Match; null if any version will do."""
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return None
    found = _VERSION.fullmatch(given.strip())
    if found is None:
        raise refusals.version_unreadable()
    return int(found.group(1))


async def body_of(request: Request) -> bytes:
    """Read the body; 413 beyond its bound."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > BODY_BYTES_MAX:
            raise refusals.body_too_large()
        pieces.append(piece)
    return b"".join(pieces)


def parsed(form: type[M], body: bytes) -> M:
    """Read a body, none being an empty object; 422 names the field at fault."""
    try:
        return form.model_validate_json(body or b"{}", strict=True)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        told = [{**fault, "loc": ("body", *fault["loc"])} for fault in faults]
        raise RequestValidationError(told) from error


def correlation_id() -> str | None:
    """Give the request's correlation id."""
    found = structlog.contextvars.get_contextvars().get("correlation_id")
    return None if found is None else str(found)


def described(form: type[BaseModel], *headers: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a command's headers and body for /openapi.json."""
    content = {"application/json": {"schema": _inlined(form.model_json_schema())}}
    return {
        "parameters": [dict(header) for header in headers],
        "requestBody": {"required": True, "content": content},
    }


def _inlined(schema: dict[str, Any]) -> Any:
    """Put definitions where they are referred to: a path's schema cannot have its own."""
    known = schema.pop("$defs", {})

    def resolved(node: Any) -> Any:
        if isinstance(node, list):
            return [resolved(each) for each in node]
        if not isinstance(node, dict):
            return node
        name = str(node.get("$ref", "")).removeprefix("#/$defs/")
        if name in known:
            rest = {key: value for key, value in node.items() if key != "$ref"}
            return {**resolved(known[name]), **rest}
        return {key: resolved(value) for key, value in node.items()}

    return resolved(schema)
