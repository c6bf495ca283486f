"""`dualwatch config`: what each service would run with, and where each value comes from."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Annotated, Any, Final

import typer
from pydantic import ValidationError

from services.chassis.settings import EXIT_CONFIG, ServiceSettings
from services.cli.environment import environment, of_stack
from services.cli.masking import HIDDEN
from services.cli.output import Column, JsonFlag, print_json, print_rows, say
from services.cli.places import Service
from services.cli.settings_list import (
    SERVICES,
    Variable,
    masked,
    own_variables,
    settings_classes,
    shared_variables,
    written,
)

app = typer.Typer(help="Settings: what holds, and where it was said.", no_args_is_help=True)

PREFIX: Final = "DUALWATCH_"
CLIENTS: Final = frozenset(
    {"DUALWATCH_DATA_DIR", "DUALWATCH_KEY", *(service.variable for service in Service)}
)
"""Variables that commands read."""
EVERYBODY: Final = "–"
NOTHING: Final[dict[str, Any]] = {}
"""All is read from the environment."""
COLUMNS: Final = (
    Column("service", "service"),
    Column("variable", "variable"),
    Column("value", "value"),
    Column("from", "origin"),
    Column("wrong", "wrong"),
)


@app.callback()
def _group() -> None:
    """Keep `show` a command of its own."""


@dataclass
class Row:
    """One setting of one service."""

    service: str
    variable: str
    value: str
    origin: str
    """default, env (this shell), stack (what the running stack tells), file (its `…_FILE`)."""
    secret: bool = False
    wrong: str | None = None
    """What is wrong with it, in plain words."""

    def told(self) -> dict[str, Any]:
        """Give it as `--json` tells it."""
        found = asdict(self)
        return {"from" if name == "origin" else name: value for name, value in found.items()}


@app.command("show")
def show_settings(
    *,
    service: Annotated[
        Service | None, typer.Option("--service", help="One service; default: all of them.")
    ] = None,
    only_set: Annotated[
        bool, typer.Option("--set", help="Only what is not the default, or is wrong.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show what each service would run with: value, where it comes from, secrets masked.

    Read from this shell's environment, over what the stack on DUALWATCH_DATA_DIR tells its
    services. Nothing is asked of running services. Exit code 78 if a service would not start.
    """
    wanted = SERVICES if service is None else (service.value,)
    rows = [row for name in wanted for row in effective(name, os.environ, of_stack(name))]
    unread = [_unread(name) for name in unknown(os.environ)]
    shown = [row for row in [*rows, *unread] if not only_set or _is_said(row)]
    if as_json:
        print_json([row.told() for row in shown])
    else:
        print_rows([asdict(row) for row in shown], COLUMNS)
    wrong = [row for row in rows if row.wrong]
    for row in wrong:
        say(f"{row.service}: {row.variable}: {row.wrong}")
    if wrong:
        raise typer.Exit(EXIT_CONFIG)


def _is_said(row: Row) -> bool:
    return row.origin != "default" or row.wrong is not None


def _unread(name: str) -> Row:
    return Row(EVERYBODY, name, HIDDEN, "env", wrong="no service reads it: is it misspelt?")


def effective(service: str, environ: Mapping[str, str], stack: Mapping[str, str]) -> list[Row]:
    """List every setting of a service, with what is wrong about it."""
    said = {name.upper(): value for name, value in {**stack, **environ}.items()}
    here = {name.upper() for name in environ}
    settings, errors = _read(service, said)
    variables = [*shared_variables(), *own_variables(service)]
    rows = [_row(each, service, said, here, settings) for each in variables]
    groups = []
    for place, words in errors.items():
        match = [
            (row, place[len(each.path) :])
            for row, each in zip(rows, variables, strict=True)
            if place == (each.name,) or place[: len(each.path)] == each.path
        ]
        for row, inner in match:
            # Of a value that is a list of pairs, the pair is named.
            told = ": ".join([*inner, words])
            row.wrong = f"{row.wrong}; {told}" if row.wrong else told
        if not match:
            groups.append(Row(service, _group_name(place, variables), "", "", wrong=words))
    return rows + groups


def _group_name(place: tuple[str, ...], variables: list[Variable]) -> str:
    """Name a group of settings that do not fit together."""
    for each in variables:
        if each.path[:1] == place:
            return f"{each.name.rpartition('__')[0]}__…"
    return "…"


def unknown(environ: Mapping[str, str]) -> list[str]:
    """Name variables of ours that nobody reads."""
    known = {
        name
        for service in SERVICES
        for variable in [*shared_variables(), *own_variables(service)]
        for name in chain(_names(variable, service), _groups(variable, service))
    }
    ours = {name for name in environ if name.upper().startswith(PREFIX)}
    return sorted(name for name in ours if name.upper() not in known | CLIENTS)


def _read(
    service: str, said: Mapping[str, str]
) -> tuple[ServiceSettings | None, dict[tuple[str, ...], str]]:
    kind = settings_classes()[service]
    with environment(said):
        try:
            return kind(**NOTHING), {}
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False)
    return None, {
        tuple(str(part) for part in each["loc"]): each["msg"].removeprefix("Value error, ")
        for each in problems
    }


def _names(variable: Variable, service: str) -> Iterator[str]:
    """Give the variables by which a setting may be said, the strongest first."""
    inner = "__".join(variable.path).upper()
    own = f"{PREFIX}{service.upper()}__"
    if variable.name != f"{PREFIX}{inner}" and variable.service is not None:
        yield variable.name
    yield f"{own}{inner}"
    if variable.service is None:
        yield f"{PREFIX}{inner}"


def _groups(variable: Variable, service: str) -> Iterator[str]:
    """Give the variables that say its whole group at once, as JSON."""
    if len(variable.path) > 1:
        yield f"{PREFIX}{service.upper()}__{variable.path[0].upper()}"
        if variable.service is None:
            yield f"{PREFIX}{variable.path[0].upper()}"


def _row(
    variable: Variable,
    service: str,
    said: Mapping[str, str],
    here: set[str],
    settings: ServiceSettings | None,
) -> Row:
    name = next((name for name in _names(variable, service) if name in said), None)
    given = said.get(name or "")
    if name is None:
        name = next((name for name in _groups(variable, service) if name in said), None)
        # As it was written it holds every setting of the group, the secret ones too.
        given = None if name is None else HIDDEN
    value = _value(variable, settings, given)
    origin = "default" if name is None else "env" if name in here else "stack"
    file = _file(variable, service, said)
    if file is not None:
        value, origin = HIDDEN, "file"
    return Row(
        service, name or variable.name, masked(variable, value), origin, secret=variable.secret
    )


def _value(variable: Variable, settings: ServiceSettings | None, given: str | None) -> str:
    """Give what holds; where the service would not start, what was said."""
    if settings is None:
        return given if given is not None else variable.default or ""
    found: Any = settings
    for part in variable.path:
        found = getattr(found, part)
    return written(found)


def _file(variable: Variable, service: str, said: Mapping[str, str]) -> str | None:
    """Give the file that a secret is read from, if one is named."""
    if not variable.secret:
        return None
    names = (f"{name}_FILE" for name in _names(variable, service))
    return next((said[name] for name in names if said.get(name)), None)
