"""Options that belong together, as the fields of a dataclass that a command takes whole."""

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take dataclasses: typer sees each of their fields as an option.

    A field is annotated as an option of a command is: `Annotated[type, typer.Option(…)]`.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if is_dataclass(hint)}

    @functools.wraps(command)
    def taken(**given: Any) -> None:
        for name, group in groups.items():
            said = {field.name: given.pop(field.name) for field in fields(group)}
            given[name] = group(**said)
        command(**given)

    parameters = [
        shown
        for each in inspect.signature(command).parameters.values()
        for shown in (
            _options(groups[each.name])
            if each.name in groups
            else [each.replace(annotation=hints[each.name])]
        )
    ]
    taken.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    taken.__annotations__ = {each.name: each.annotation for each in parameters}
    return taken


def _options(group: Any) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for field in fields(group):
        yield inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=_default(field),
            annotation=hints[field.name],
        )


def _default(field: Field[Any]) -> Any:
    return inspect.Parameter.empty if field.default is MISSING else field.default
