"""Settings from the environment: DUALWATCH_ and nested names with `__`.

Every wrong value is told at once, before anything is started.
"""

import sys
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import EnvSettingsSource

EXIT_CONFIG: Final = 78
"""sysexits EX_CONFIG: the settings are wrong; starting again will not help."""

Port = Annotated[int, Field(ge=1, le=65_535)]


class KafkaSettings(BaseModel):
    """Where Kafka is."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    bootstrap_servers: str = "127.0.0.1:19092"
    """Comma-separated host:port of brokers."""

    @property
    def servers(self) -> list[str]:
        """The brokers one by one: FastStream takes a string for one of them."""
        return [server.strip() for server in self.bootstrap_servers.split(",")]


class MongoSettings(BaseModel):
    """Where MongoDB is."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    url: str = "mongodb://127.0.0.1:27117/?replicaSet=rs0"
    """Connection string; must be a replica set (transactions)."""


class LogSettings(BaseModel):
    """How to log."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    format: Literal["json", "console"] = "console"
    """One JSON object a line, or lines for people."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is written."""


class ServiceSettings(BaseSettings):
    """What every service is told; a service adds its own under DUALWATCH_<SERVICE>__."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", use_attribute_docstrings=True, env_nested_delimiter="__"
    )

    SERVICE: ClassVar[str] = "service"

    kafka: KafkaSettings = KafkaSettings()
    """DUALWATCH_KAFKA__…: shared by all services."""
    mongo: MongoSettings = MongoSettings()
    """DUALWATCH_MONGO__…: shared by all services."""
    log: LogSettings = LogSettings()
    """DUALWATCH_LOG__…: shared by all services."""
    key: Annotated[str, Field(min_length=16)]
    """The one API key, at least 16 characters."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Port = 8100
    """Port to listen on."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the service's own prefix first, then the shared one."""
        del env_settings, dotenv_settings, file_secret_settings
        own = EnvSettingsSource(settings_cls, env_prefix=f"DUALWATCH_{cls.SERVICE.upper()}__")
        shared = EnvSettingsSource(settings_cls, env_prefix="DUALWATCH_")
        return init_settings, own, shared


S = TypeVar("S", bound=ServiceSettings)


def load(settings: type[S], **overrides: Any) -> S:
    """Read a service's settings; all errors are told at once and the process exits 78."""
    try:
        return settings(**overrides)
    except ValidationError as error:
        sys.stderr.write(explain(settings, error) + "\n")
        sys.exit(EXIT_CONFIG)


def explain(settings: type[ServiceSettings], error: ValidationError) -> str:
    """Say in plain words which variables are wrong, all of them."""
    lines = [f"{settings.SERVICE} cannot start: its settings are wrong."]
    for problem in error.errors(include_url=False, include_input=False):
        name = "__".join(str(part) for part in problem["loc"]).upper()
        shared = str(problem["loc"][0]) in {"kafka", "mongo", "log", "key"}
        prefix = "DUALWATCH_" if shared else f"DUALWATCH_{settings.SERVICE.upper()}__"
        lines.append(f"  {prefix}{name}: {problem['msg']}")
    return "\n".join(lines)
