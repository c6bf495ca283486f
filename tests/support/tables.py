"""Tables of docs/settings.md and docs/metrics.md, from the settings classes and the catalogue."""

import importlib
from typing import Final

from services.chassis.metrics import CATALOGUE
from services.chassis.settings import ServiceSettings

SERVICES: Final = ("intake", "analysis", "alerts", "reporting", "console")
SHARED: Final = ("kafka", "mongo", "log", "oidc", "key")


def settings_classes() -> list[type[ServiceSettings]]:
    """Return every service's settings class."""
    for service in SERVICES:
        importlib.import_module(f"services.{service}.settings")
    # Tests make services of their own.
    classes = [found for found in ServiceSettings.__subclasses__() if found.SERVICE in SERVICES]
    return sorted(classes, key=lambda found: SERVICES.index(found.SERVICE))


def settings_table() -> str:
    """List every variable, its default and what it says."""
    rows = ["| variable | default | says |", "|---|---|---|"]
    for name in SHARED:
        field = ServiceSettings.model_fields[name]
        nested = getattr(field.annotation, "model_fields", None)
        if nested is None:
            rows.append(_row(f"DUALWATCH_{name.upper()}", None, field.description))
            continue
        for inner, part in nested.items():
            variable = f"DUALWATCH_{name.upper()}__{inner.upper()}"
            rows.append(_row(variable, part.default, part.description))
    for settings in settings_classes():
        for name, field in settings.model_fields.items():
            if name not in SHARED:
                own = f"DUALWATCH_{settings.SERVICE.upper()}__{name.upper()}"
                if parts := getattr(field.annotation, "model_fields", None):
                    rows += [
                        _row(f"{own}__{inner.upper()}", part.default, part.description)
                        for inner, part in parts.items()
                    ]
                    continue
                alias = field.validation_alias
                variable = alias if isinstance(alias, str) else own
                rows.append(_row(variable, field.default, field.description))
    return "\n".join(rows)


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


def _row(variable: str, default: object, says: str | None) -> str:
    shown = "required" if default is None else f"`{default}`"
    return f"| `{variable}` | {shown} | {' '.join((says or '').split())} |"
