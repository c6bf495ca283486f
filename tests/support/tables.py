"""Tables of docs/settings.md and docs/metrics.md, from the settings classes and the catalogue."""

import importlib
from typing import Final

from services.chassis.metrics import CATALOGUE
from services.cli.settings_list import (
    EXAMPLES,
    SERVICES,
    Variable,
    own_variables,
    shared_variables,
)

HEAD: Final = "| variable | what it may be | default | says |\n|---|---|---|---|"
TITLES: Final = {
    "kafka": "Kafka",
    "mongo": "MongoDB",
    "log": "Logs",
    "oidc": "Signing in at an OpenID provider",
    "key": "The key",
}
"""Headings of what all services are told; anything else is called by its own name."""


def settings_table() -> str:
    """List every variable by who reads it: what it may be, its default and what it says."""
    groups: dict[str, list[Variable]] = {}
    for variable in shared_variables():
        first = variable.path[0]
        groups.setdefault(f"For all services: {TITLES.get(first, first)}", []).append(variable)
    groups |= {service.capitalize(): own_variables(service) for service in SERVICES}
    parts = [f"## {title}\n\n{_table(variables)}" for title, variables in groups.items()]
    return "\n" + "\n\n".join(parts) + "\n"


def _table(variables: list[Variable]) -> str:
    return "\n".join([HEAD, *(_setting(variable) for variable in variables)])


def _setting(variable: Variable) -> str:
    default = "**required**" if variable.default is None else f"`{variable.default}`"
    kind = f"secret: {variable.kind}" if variable.secret else variable.kind
    example = EXAMPLES.get(variable.name)
    says = f"{variable.says} Example: `{example}`" if example else variable.says
    cells = (f"`{variable.name}`", kind, default if default != "``" else "–", says)
    # A bar would end the cell, within code too.
    escaped = (cell.replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def metrics_table() -> str:
    """List every metric, its kind, its labels and what it says."""
    for service in SERVICES:
        importlib.import_module(f"services.{service}.app")
    rows = ["| metric | kind | labels | says |", "|---|---|---|---|"]
    rows += [
        f"| `{m.name}` | {m.kind} | {', '.join(m.labels) or '–'} | {m.says} |"
        for m in sorted(CATALOGUE, key=lambda declared: declared.name)
    ]
    return "\n".join(rows)
