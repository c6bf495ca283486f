"""What services would find in their environment: this shell's, over what the running stack says."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from deploy.local.access import OPERATOR as KAFKA_OPERATOR
from deploy.local.datadir import Endpoints, default_data_dir
from deploy.local.mongo_access import OPERATOR as MONGO_OPERATOR
from deploy.local.mongo_secured import environment_of
from services.chassis.settings import KafkaSettings, MongoSettings
from services.chassis.settings_secrets import from_file
from services.cli.errors import CliError, ExitCode

KAFKA: Final = "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS"
MONGO: Final = "DUALWATCH_MONGO__URL"
KEY: Final = "DUALWATCH_KEY"
SECURE: Final = Path("secure")
"""Folder of a data directory with the users of a secured Kafka and the authority they trust."""
OPERATOR: Final = KAFKA_OPERATOR
"""Whose user an operator is in the stack's own Kafka: the one that may read every topic."""


class OperatorSettings(BaseSettings):
    """Where an operator's commands find Kafka and MongoDB; the same variables as the services'."""

    model_config = SettingsConfigDict(
        env_prefix="DUALWATCH_", env_nested_delimiter="__", extra="ignore", frozen=True
    )

    kafka: KafkaSettings = KafkaSettings()
    mongo: MongoSettings = MongoSettings()
    key: Annotated[str, Field(repr=False)] = ""
    key_file: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        return from_file(given, "key")


def of_stack(service: str = OPERATOR) -> dict[str, str]:
    """Give what the stack that runs on the data directory tells a service; empty if none runs."""
    folder = default_data_dir()
    stack = Endpoints.read(folder)
    if stack is None:
        return {}
    names = ("intake", "analysis", "alerts", "reporting", "console")
    urls = {f"DUALWATCH_{name.upper()}__URL": getattr(stack, name) for name in names}
    return {KAFKA: stack.kafka, MONGO: stack.mongo, KEY: stack.key, **urls} | _secured(
        folder, service
    )


def _secured(folder: Path, service: str) -> dict[str, str]:
    """Give who one is in a secured stack: a service in its own name, an operator in his."""
    found: dict[str, str] = {}
    if (folder / SECURE / "users" / service).is_file():
        found = {
            "DUALWATCH_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
            "DUALWATCH_KAFKA__USER": service,
            "DUALWATCH_KAFKA__PASSWORD_FILE": str(folder / SECURE / "users" / service),
            "DUALWATCH_KAFKA__CA_FILE": str(folder / SECURE / "tls" / "ca.pem"),
        }
    return found | environment_of(folder, service)


def operator_settings(environ: Mapping[str, str]) -> OperatorSettings:
    """Read where Kafka and MongoDB are: as the environment says, else as the running stack does.

    CliError if neither says it, or what they say is wrong: a default would be somebody else's.
    """
    stack = of_stack() | environment_of(default_data_dir(), MONGO_OPERATOR)
    if not stack and not (KAFKA in environ and MONGO in environ):
        message = (
            f"no stack runs here: set {KAFKA} and {MONGO}, "
            "or name the stack's directory in DUALWATCH_DATA_DIR"
        )
        raise CliError(message, ExitCode.UNREACHABLE)
    with environment({**stack, **environ}):
        try:
            return OperatorSettings()
        except SettingsError as error:
            # A group that is no JSON; it tells the group's name, not what was said.
            message = f"the settings are wrong: {error}"
            raise CliError(message, ExitCode.USAGE) from error
        except ValidationError as error:
            wrong = "; ".join(
                f"{'__'.join(str(part) for part in each['loc']).upper()}: {each['msg']}"
                for each in error.errors(include_url=False, include_input=False)
            )
            message = f"the settings are wrong: {wrong}"
            raise CliError(message, ExitCode.USAGE) from error


@contextlib.contextmanager
def environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """Let settings be read from this environment for a while."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
