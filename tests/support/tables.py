"""Tables of docs/settings.md and docs/metrics.md, from the settings classes and the catalogue."""

import importlib
from typing import Final

from services.chassis.metrics import CATALOGUE, Declared
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
    "traces": "Traces",
    "key": "The key",
    "key_file": "The key",
    "tls": "HTTPS among services",
    "caller_requests_per_second": "Requests of a caller",
    "caller_requests_burst": "Requests of a caller",
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


STAGES: Final = (
    (
        "The way of a fact",
        (
            "dualwatch_accepted_",
            "dualwatch_projected_",
            "dualwatch_assessed_",
            "dualwatch_alerted_",
            "dualwatch_delivered_",
        ),
    ),
    (
        "Freshness, lag and positions",
        (
            "dualwatch_oldest_",
            "dualwatch_analysis_oldest_",
            "dualwatch_intake_day_",
            "dualwatch_record_age_",
            "dualwatch_consumer_lag_",
            "dualwatch_stored_position",
            "dualwatch_end_position",
        ),
    ),
    ("Intake", ("dualwatch_intake_",)),
    ("Analysis", ("dualwatch_analysis_",)),
    ("Alerts", ("dualwatch_alerts_",)),
    ("Reporting", ("dualwatch_reporting_",)),
    ("The console", ("dualwatch_console_", "dualwatch_sign_ins_")),
    (
        "What all stands on",
        (
            "dualwatch_kafka_",
            "dualwatch_mongo_",
            "dualwatch_stores_",
            "dualwatch_certificate_",
            "dualwatch_backup_",
        ),
    ),
    ("Every service", ("dualwatch_",)),
    ("Every process", ("process_", "python_")),
)
"""Headings of docs/metrics.md, and how the names begin that stand below each: the first counts."""


def stage_of(name: str) -> str:
    """Name the heading that a metric stands below."""
    return next(title for title, beginnings in STAGES if name.startswith(beginnings))


def catalogue() -> list[Declared]:
    """List what all services declare, by name."""
    for service in SERVICES:
        importlib.import_module(f"services.{service}.app")
    return sorted(CATALOGUE, key=lambda declared: declared.name)


def metrics_table() -> str:
    """List every metric by stage: its kind, its labels and what it says."""
    groups: dict[str, list[str]] = {title: [] for title, _ in STAGES}
    for m in catalogue():
        labels = ", ".join(m.labels) or "–"
        row = f"| `{m.name}` | {m.kind} | {labels} | {m.says} |"
        groups[stage_of(m.name)].append(row)
    head = "| metric | kind | labels | says |\n|---|---|---|---|"
    parts = ["\n".join([f"## {title}\n", head, *rows]) for title, rows in groups.items()]
    return "\n" + "\n\n".join(parts) + "\n"
