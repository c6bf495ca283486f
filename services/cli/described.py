"""Events and their fields as the contracts describe them, for `dualwatch contracts`."""

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any, Final, get_args

from pydantic import BaseModel

from contracts.envelope import Data
from contracts.handbook import kind_of, meaning_of
from services.intake.domain.fields import name_of

_LINK: Final = re.compile(r"\[(\w+)\]\(#\w+\)")


@dataclass(frozen=True)
class FieldShown:
    """One field of an event's data, or of a structure in it."""

    path: str
    """`payee.name`; `[]` stands for each item of a list."""
    name_zh: str
    required: bool
    kind: str
    """What values it takes."""
    words: tuple[str, ...]
    """Of a closed list: its words."""
    meaning: str
    national: str

    def members(self) -> dict[str, Any]:
        """Write it as JSON."""
        return {
            "field": self.path,
            "field_zh": self.name_zh,
            "required": self.required,
            "is": self.kind,
            "words": list(self.words),
            "meaning": self.meaning,
            "national": self.national,
        }


def says(data: type[Data]) -> str:
    """Tell in a sentence what an event says."""
    return inspect.cleandoc(data.__doc__ or "").splitlines()[0]


def fields_of(data: type[Data]) -> list[FieldShown]:
    """List an event's fields, those of its structures behind the field that holds them."""
    return list(_fields(data, ""))


def example_of(data: type[Data]) -> Any:
    """Give a real-looking event of this type; None if none is there."""
    folder = resources.files("contracts") / "examples" / data.TYPE / f"v{data.VERSION}"
    names = sorted(path.name for path in folder.iterdir() if path.name.endswith(".json"))
    return json.loads((folder / names[0]).read_bytes()) if names else None


def _fields(model: type[BaseModel], within: str) -> Iterator[FieldShown]:
    for name, field in model.model_fields.items():
        path = f"{within}{name}"
        yield _shown(path, model, name)
        for part, many in _parts(field.annotation, many=False):
            if issubclass(part, BaseModel):
                yield from _fields(part, f"{path}[]." if many else f"{path}.")


def _shown(path: str, model: type[BaseModel], name: str) -> FieldShown:
    field = model.model_fields[name]
    meaning, national = meaning_of(model, name)
    found = name_of("/data/" + path.replace("[]", "").replace(".", "/"))
    words = [
        word.value
        for part, _ in _parts(field.annotation, many=False)
        if issubclass(part, StrEnum)
        for word in part
    ]
    kind = _LINK.sub(r"\1", kind_of(field.annotation, field.metadata))
    return FieldShown(
        path,
        found.chinese if found else "",
        field.is_required(),
        kind,
        tuple(words),
        meaning,
        national,
    )


def _parts(annotation: Any, *, many: bool) -> Iterator[tuple[type[Any], bool]]:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum | BaseModel):
        yield annotation, many
    many = many or getattr(annotation, "__origin__", None) is tuple
    for inner in get_args(annotation):
        yield from _parts(inner, many=many)
