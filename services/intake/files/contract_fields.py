"""What a contract says of a field's place: whether it is there, and whether it must be given."""

import types
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from contracts.codec import DATA_BY_TYPE

INPUT_ONLY: Final = frozenset({("payee", "account"), ("supplier", "account")})
"""Fields that the door takes and replaces by their keyed hash (domain-rules 7)."""


@cache
def model_of(event_type: str, path: tuple[str, ...]) -> type[BaseModel] | None:
    """Return the model of a structure within an event's data; None if there is none."""
    model: type[BaseModel] | None = DATA_BY_TYPE[event_type]
    for step in path:
        field = model.model_fields.get(step) if model is not None else None
        model = next(_models(field.annotation), None) if field is not None else None
    return model


def is_required(event_type: str, path: tuple[str, ...]) -> bool:
    """Whether the contract wants the field wherever its structure is given."""
    model = model_of(event_type, path[:-1])
    field = model.model_fields.get(path[-1]) if model is not None else None
    return field is not None and field.is_required()


def carries_money(event_type: str) -> bool:
    """Whether equal rows are separate facts: payments are, registrations are not."""
    return "amount" in DATA_BY_TYPE[event_type].model_fields


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in {Annotated, Union, types.UnionType, tuple}:
        for part in get_args(annotation):
            yield from _models(part)
