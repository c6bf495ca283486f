"""Fields described by the docstring below each of them, read when somebody asks.

pydantic can do that itself (`use_attribute_docstrings`), but reads the source of every class while
the class is made: a quarter of what the start of each process cost, and few ever ask.
"""

import ast
import inspect
import itertools
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Documented(BaseModel):
    """Base of models whose fields have their docstrings as descriptions."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Put each field's docstring into the schema, unless it describes itself otherwise."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in docstrings(cls).items():
            field = cls.model_fields.get(name)
            known = properties.get(name)
            # What the type says of itself is less than what the field says.
            if known is not None and field is not None and not field.description:
                known["description"] = text
        return schema


def description(model: type[BaseModel], name: str) -> str:
    """Say what a field means, by its own description or its docstring; empty: it does not say."""
    field = model.model_fields.get(name)
    if field is not None and field.description:
        return field.description
    return docstrings(model).get(name, "")


@cache
def docstrings(model: type[BaseModel]) -> Mapping[str, str]:
    """Give the docstrings of a model's fields by their names, those of its bases included."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if issubclass(one, BaseModel) and one is not BaseModel:
            # A field that is stated anew is described anew, or not at all.
            for name in inspect.get_annotations(one):
                found.pop(name, None)
            found |= _of_module(one.__module__).get(one.__qualname__, {})
    return found


@cache
def _of_module(name: str) -> Mapping[str, Mapping[str, str]]:
    """Read the docstrings of all classes of a module, by their qualified names."""
    module = sys.modules.get(name)
    try:
        source = inspect.getsource(module) if module is not None else ""
    except (OSError, TypeError):  # Nobody wrote it down: made at run time.
        source = ""
    return dict(_classes(ast.parse(source).body, ""))


def _classes(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            name = prefix + statement.name
            yield name, dict(_fields(statement.body))
            yield from _classes(statement.body, f"{name}.")


def _fields(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement, below in itertools.pairwise(body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = _text(below)
            if text is not None:
                yield statement.target.id, inspect.cleandoc(text)


def _text(statement: ast.stmt) -> Any:
    told = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return statement.value.value if told and isinstance(statement.value.value, str) else None  # type: ignore[attr-defined] # as asked
