"""Variants of an example: what a schema lets be left out or said otherwise, one at a time."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, Final

VARIANTS_MAX: Final = 2_000
"""Most variants of one example."""

Document = dict[str, Any]
Place = tuple[Any, ...]
_LEFT_OUT: Final = None


def variants(example: Document, schema: Mapping[str, Any]) -> Iterator[Document]:
    """Give an example, it without each of its fields, and with each other word of its lists."""
    yield example
    made = 0
    for place, choices in _places(example, schema, schema, ()):
        for choice in choices:
            if made == VARIANTS_MAX:
                return
            made += 1
            yield _with(example, place, choice)


def _with(example: Document, place: Place, choice: str | None) -> Document:
    variant = copy.deepcopy(example)
    inner: Any = variant
    for step in place[:-1]:
        inner = inner[step]
    if choice is _LEFT_OUT:
        del inner[place[-1]]
    else:
        inner[place[-1]] = choice
    return variant


def _places(
    value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], place: Place
) -> Iterator[tuple[Place, list[str | None]]]:
    """Find what can be varied: a field left out, or another word of its list."""
    schema = _resolved(schema, root)
    for form in schema.get("anyOf", [schema]):
        part = _resolved(form, root)
        if "enum" in part and isinstance(value, str):
            yield place, [word for word in part["enum"] if word != value]
        for step, inner, inner_schema in _inside(value, part):
            if isinstance(step, str):
                yield (*place, step), [_LEFT_OUT]
            yield from _places(inner, inner_schema, root, (*place, step))


def _inside(value: Any, part: Mapping[str, Any]) -> Iterator[tuple[Any, Any, Mapping[str, Any]]]:
    if isinstance(value, dict):
        for name, schema in part.get("properties", {}).items():
            if name in value:
                yield name, value[name], schema
    if isinstance(value, list) and "items" in part:
        for index, item in enumerate(value):
            yield index, item, part["items"]


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return found
