"""A command that takes dataclasses is to typer as if it took their fields."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from services.cli.grouped import grouped


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where."""

    town: Annotated[str, typer.Option("--town", help="Its name.")]
    street: Annotated[str | None, typer.Option("--street")] = None


@dataclass(frozen=True, kw_only=True)
class Time:
    """When."""

    hour: Annotated[int, typer.Option("--hour", min=0, max=23)] = 9


def app() -> typer.Typer:
    """Make an app of one command."""
    made = typer.Typer()

    @made.command()
    @grouped
    def meet(
        context: typer.Context,
        who: Annotated[str, typer.Argument()],
        place: Place,
        time: Time,
        *,
        loudly: Annotated[bool, typer.Option("--loudly")] = False,
    ) -> None:
        """Meet somebody."""
        typer.echo(f"{context.info_name} {who} {place} {time} {loudly}")

    return made


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Li", "--town", "Xi'an"], 'meet Li Place(town="Xi\'an", street=None) Time(hour=9) False'),
        (
            ["--hour", "7", "Li", "--town", "T", "--street", "S", "--loudly"],
            "meet Li Place(town='T', street='S') Time(hour=7) True",
        ),
    ],
    ids=["defaults", "all"],
)
def test_each_field_is_an_option(words: list[str], said: str) -> None:
    """In any order, with its default; arguments and other options as ever."""
    result = CliRunner().invoke(app(), words)

    assert (0, said) == (result.exit_code, result.output.strip())


@pytest.mark.parametrize(
    "words",
    [["Li"], ["Li", "--town", "T", "--hour", "24"], ["Li", "--town", "T", "--village", "V"]],
    ids=["required", "bounds", "unknown"],
)
def test_what_an_option_demands_is_demanded(words: list[str]) -> None:
    """Wrong usage ends with 2."""
    assert 2 == CliRunner().invoke(app(), words).exit_code


def test_help_names_the_fields_and_the_sentence() -> None:
    """The command's own docstring."""
    shown = CliRunner().invoke(app(), ["--help"]).output

    for said in ("Meet somebody.", "--town", "Its name.", "--street", "--hour", "--loudly"):
        assert said in shown
