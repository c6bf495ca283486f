"""Where the services are: the environment first, then the data directory of a running stack."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from deploy.local.datadir import Endpoints, default_data_dir
from services.chassis.settings_secrets import read_secret
from services.cli.errors import CliError, ExitCode

KEY_VARIABLE = "DUALWATCH_KEY"
KEY_FILE_VARIABLE = "DUALWATCH_KEY_FILE"
CA_VARIABLE = "DUALWATCH_TLS__CA_FILE"


class Service(StrEnum):
    """The services a command talks to, and the staff's page, which it only looks after."""

    INTAKE = "intake"
    ANALYSIS = "analysis"
    ALERTS = "alerts"
    REPORTING = "reporting"
    CONSOLE = "console"

    @property
    def variable(self) -> str:
        """Environment variable that holds its base URL."""
        return f"DUALWATCH_{self.value.upper()}__URL"


@dataclass(frozen=True, slots=True)
class Places:
    """Base URLs by service, and the key that opens them."""

    urls: Mapping[str, str]
    key: str

    def url(self, service: Service) -> str:
        """Return a service's base URL, or say how to name it."""
        if found := self.urls.get(service):
            return found.rstrip("/")
        message = (
            f"where is {service}? Start the stack with `dualwatch up`, name its directory in "
            f"DUALWATCH_DATA_DIR, or set {service.variable}."
        )
        raise CliError(message, ExitCode.UNREACHABLE)


def find_places(environ: Mapping[str, str]) -> Places:
    """Read the environment and, for what it does not say, the running stack's file."""
    stack = Endpoints.read(default_data_dir())
    written: dict[str, str] = _urls(stack) if stack else {}
    named: dict[str, str] = {
        service: environ[service.variable] for service in Service if service.variable in environ
    }
    return Places({**written, **named}, _key(environ) or (stack.key if stack else ""))


def _key(environ: Mapping[str, str]) -> str:
    """Read the key, or the file that it lies in."""
    file = environ.get(KEY_FILE_VARIABLE)
    if environ.get(KEY_VARIABLE) or not file:
        return environ.get(KEY_VARIABLE, "")
    try:
        return read_secret(KEY_VARIABLE, file)
    except ValueError as error:
        raise CliError(str(error), ExitCode.USAGE) from error


def trusted(environ: Mapping[str, str]) -> ssl.SSLContext | bool:
    """Return what services' certificates are held to; True: what the machine trusts."""
    file = environ.get(CA_VARIABLE)
    if not file:
        return True
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ValueError) as error:
        message = f"{CA_VARIABLE}: the certificates in {file} cannot be used: {error}"
        raise CliError(message, ExitCode.USAGE) from error


def places_of(endpoints: Endpoints) -> Places:
    """Turn a stack's endpoints into places."""
    return Places(_urls(endpoints), endpoints.key)


def _urls(endpoints: Endpoints) -> dict[str, str]:
    return {service: getattr(endpoints, service) for service in Service}
