"""What /openapi.json says besides FastAPI's own: that every error is a problem, and its members."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import FastAPI

PROBLEM_TYPE: Final = "application/problem+json"
PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "What is wrong, where, and what to do (RFC 9457), in English and Chinese.",
    "type": "object",
    "required": ["type", "status", "code", "title"],
    "properties": {
        "type": {"type": "string", "description": "urn:dualwatch:problem:<code>"},
        "status": {"type": "integer", "description": "HTTP status."},
        "code": {"type": "string", "description": "Stable and language-free."},
        "title": {"type": "string"},
        "title_zh": {"type": "string"},
        "detail": {"type": "string", "description": "What is wrong with this request or event."},
        "detail_zh": {"type": "string"},
        "hint": {"type": "string", "description": "What to do."},
        "hint_zh": {"type": "string"},
        "pointer": {"type": "string", "description": "Where (RFC 6901), in what was sent."},
        "field": {"type": "string", "description": "Name of the field at fault."},
        "field_zh": {"type": "string"},
        "meaning": {"type": "string", "description": "What the field means, by its contract."},
        "errors": {
            "type": "array",
            "description": "All faults, if there are several.",
            "items": {"type": "object"},
        },
    },
    "additionalProperties": True,
}
REFERENCE: Final = "#/components/schemas/{name}"
_OPERATIONS: Final = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})
_OF_FASTAPI: Final = ("HTTPValidationError", "ValidationError")


def problem(description: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Describe an answer that is a problem; `headers` are names and what they say."""
    found: dict[str, Any] = {
        "description": description,
        "content": {PROBLEM_TYPE: {"schema": {"$ref": REFERENCE.format(name="Problem")}}},
    }
    if headers:
        found["headers"] = {
            name: {"description": says, "schema": {"type": "string"}}
            for name, says in headers.items()
        }
    return found


def describe(app: FastAPI, schemas: Mapping[str, Any] | None = None) -> None:
    """Complete an app's OpenAPI document: schemas of its own, and problems everywhere."""
    made: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        known = document.setdefault("components", {}).setdefault("schemas", {})
        known |= {"Problem": PROBLEM, **(schemas or {})}
        for path in document["paths"].values():
            for name, operation in path.items():
                if name in _OPERATIONS:
                    _describe(operation["responses"])
        for name in _OF_FASTAPI:
            known.pop(name, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign] # FastAPI's own way to extend it


def _describe(responses: dict[str, Any]) -> None:
    if "HTTPValidationError" in str(responses.get("422")):
        responses["422"] = problem("A parameter or the body is wrong")
    for status, answer in responses.items():
        if status.startswith(("4", "5")) and "content" not in answer:
            answer.update(problem(answer["description"]))
    responses.setdefault("default", problem("Any other error"))
