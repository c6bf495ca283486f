"""What a container or a pod is told, held against the settings classes."""

from collections.abc import Mapping
from typing import Final

from services.chassis.settings import ServiceSettings
from services.cli.settings_list import (
    own_variables,
    settings_classes,
    shared_variables,
)
from services.cli.setup import SetupSettings

OTHERS: Final = frozenset({"FORWARDED_ALLOW_IPS"})
"""Variables of others that we tell: uvicorn's."""


def known_variables(service: str) -> set[str]:
    """Name every variable that a service reads."""
    shared = {each.name for each in shared_variables()}
    if service == "setup":
        return shared | {"DUALWATCH_INTAKE__PARTITIONS"}
    own = {each.name for each in own_variables(service)}
    return shared | own | {f"DUALWATCH_{service.upper()}__{name}" for name in ("HOST", "PORT")}


def unknown(service: str, environ: Mapping[str, str]) -> set[str]:
    """Name what a service is told and does not read.

    Addresses of all services are told to each alike, as to commands.
    """
    urls = {f"DUALWATCH_{name.upper()}__URL" for name in settings_classes()}
    return set(environ) - known_variables(service) - OTHERS - urls


def missing(service: str, environ: Mapping[str, str]) -> set[str]:
    """Name what a service cannot start without and is not told."""
    settings: type[ServiceSettings] = (
        SetupSettings if service == "setup" else settings_classes()[service]
    )
    required = {name for name, field in settings.model_fields.items() if field.is_required()}
    told = {f"DUALWATCH_{name.upper()}" for name in required}
    return {name for name in told if not {name, f"{name}_FILE"} & set(environ)}
