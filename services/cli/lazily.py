"""Commands that are read when they are asked for: one that asks a service needs no Kafka client.

All modules of the command line together take seconds to import; a list of commands needs a line
of each, which stands beside its place and is tested to be the command's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command as command_of
from typer.main import get_group as group_of

APP: Final = "app"
"""What a module calls its group of commands."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command, or a group of them, stands."""

    module: str
    """Within `services.cli`."""
    says: str
    """First sentence of its help."""
    name: str = APP
    """Function of the command; `app`: the module's group."""

    def load(self, name: str) -> Any:
        """Read the module, and return the command as it is called."""
        found = getattr(import_module(f"services.cli.{self.module}"), self.name)
        if isinstance(found, typer.Typer):
            command: Any = group_of(found)
        else:
            alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            alone.command(name)(found)
            command = command_of(alone)
        command.name = name
        return command


def group(places: Mapping[str, Place]) -> type[TyperGroup]:
    """Make the class of a group whose commands are read when they are run."""

    class LazyGroup(TyperGroup):
        """Commands by name, in the order of the list; until one is run, a line stands for it."""

        def __init__(self, **settings: Any) -> None:
            """Put a line in the place of each."""
            super().__init__(**settings)
            self.commands = {
                name: TyperCommand(name, help=place.says) for name, place in places.items()
            }

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            """Return the command that is to be run, or completed."""
            place = places.get(args[0])
            if place is None:
                return super().resolve_command(ctx, args)
            return args[0], place.load(args[0]), args[1:]

    return LazyGroup
