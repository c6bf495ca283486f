"""Settings from the environment: DUALWATCH_ and nested names with `__`.

Every wrong value is told at once, before anything is started.
"""

import ssl
import sys
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Final, Literal, Self, TypeVar
from urllib.parse import urlsplit

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import EnvSettingsSource

from contracts.vocabulary import Role
from services.chassis.settings_mongo import MongoPlace
from services.chassis.settings_observing import LogSettings, TraceSettings
from services.chassis.settings_secrets import from_file, read_file
from services.chassis.settings_tls import TlsSettings

EXIT_CONFIG: Final = 78
"""sysexits EX_CONFIG: the settings are wrong; starting again will not help."""

Port = Annotated[int, Field(ge=1, le=65_535)]


_SASL: Final = {
    "PLAIN": SASLPlaintext,
    "SCRAM-SHA-256": SASLScram256,
    "SCRAM-SHA-512": SASLScram512,
}


class KafkaSettings(BaseModel):
    """Where Kafka is, and who we are there."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)

    bootstrap_servers: str = "127.0.0.1:19092"
    """Comma-separated host:port of brokers."""
    security_protocol: Annotated[
        Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"],
        BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
    ] = "PLAINTEXT"
    """How to speak to the brokers, in Kafka's own words; anything with SSL is encrypted."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """How to prove who we are, with SASL; PLAIN sends the password itself and needs SSL."""
    user: str = ""
    """Name of our Kafka user, with SASL."""
    password: SecretStr = SecretStr("")
    """Its password; better is PASSWORD_FILE, which does not show in the process's environment."""
    password_file: str = ""
    """File that holds the password and nothing else."""
    ca_file: str = ""
    """Certificates (PEM) that brokers' certificates go back to; empty: those the machine trusts."""
    certificate_file: str = ""
    """Our own certificate (PEM), where brokers ask for one."""
    certificate_key_file: str = ""
    """Its private key (PEM, not encrypted)."""

    @property
    def servers(self) -> list[str]:
        """The brokers one by one: FastStream takes a string for one of them."""
        return [server.strip() for server in self.bootstrap_servers.split(",")]

    @property
    def sasl(self) -> bool:
        """Whether we say who we are."""
        return self.security_protocol.startswith("SASL_")

    @property
    def encrypted(self) -> bool:
        """Whether the connection is encrypted and the broker's certificate is checked."""
        return self.security_protocol.endswith("SSL")

    @property
    def client(self) -> dict[str, Any]:
        """What every client of aiokafka is made with: where the brokers are, and how to get in."""
        found: dict[str, Any] = {
            "bootstrap_servers": self.servers,
            "security_protocol": self.security_protocol,
        }
        if self.encrypted:
            found["ssl_context"] = self._ssl_context()
        if self.sasl:
            found["sasl_mechanism"] = self.sasl_mechanism
            found["sasl_plain_username"] = self.user
            found["sasl_plain_password"] = self._password()
        return found

    @property
    def security(self) -> BaseSecurity | None:
        """The same for FastStream's broker; None where nothing is secured."""
        context = self._ssl_context() if self.encrypted else None
        if self.sasl:
            return _SASL[self.sasl_mechanism](self.user, self._password(), ssl_context=context)
        return None if context is None else BaseSecurity(ssl_context=context)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """Tell everything that does not fit together, before anything is connected."""
        wrong = [*self._wrong_names(), *self._wrong_files()]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _wrong_names(self) -> list[str]:
        wrong = []
        given = bool(self.password.get_secret_value()) + bool(self.password_file)
        if self.sasl and not self.user:
            wrong.append(f"{self.security_protocol} needs USER")
        if self.sasl and not given:
            wrong.append(f"{self.security_protocol} needs PASSWORD_FILE or PASSWORD")
        if given > 1:
            wrong.append("give PASSWORD or PASSWORD_FILE, not both")
        if not self.sasl and (self.user or given):
            wrong.append(
                f"USER and PASSWORD are not used with SECURITY_PROTOCOL={self.security_protocol}: "
                "SASL_SSL is meant"
            )
        if not self.encrypted and (self.ca_file or self.certificate_file):
            wrong.append(
                "CA_FILE and CERTIFICATE_FILE are not used with "
                f"SECURITY_PROTOCOL={self.security_protocol}: SASL_SSL or SSL is meant"
            )
        if self.sasl and not self.encrypted and self.sasl_mechanism == "PLAIN":
            wrong.append("SASL_MECHANISM=PLAIN without SSL would send the password in the clear")
        if bool(self.certificate_file) != bool(self.certificate_key_file):
            wrong.append("CERTIFICATE_FILE and CERTIFICATE_KEY_FILE belong together")
        return wrong

    def _wrong_files(self) -> list[str]:
        wrong = []
        if self.sasl and self.password_file:
            try:
                if not self._password():
                    wrong.append(f"PASSWORD_FILE {self.password_file} is empty")
            except (OSError, ValueError) as error:
                wrong.append(f"PASSWORD_FILE {self.password_file} cannot be read: {error}")
        if self.encrypted:
            try:
                self._ssl_context()
            except (OSError, ValueError) as error:
                wrong.append(f"the certificates cannot be used: {error}")
        return wrong

    def secrets(self) -> list[str]:
        """Give what must not stand in any log."""
        return [self._password()] if self.sasl else []

    def _password(self) -> str:
        if not self.password_file:
            return self.password.get_secret_value()
        return read_file(self.password_file)

    def _ssl_context(self) -> ssl.SSLContext:
        """Read the certificates anew, so that renewed ones hold from the next connection on."""
        context = ssl.create_default_context(cafile=self.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate_file:
            context.load_cert_chain(self.certificate_file, self.certificate_key_file or None)
        return context


class MongoSettings(MongoPlace):
    """Where MongoDB is, and who we are there."""


class OidcSettings(BaseModel):
    """Which OpenID provider's tokens are taken beside keys; without an issuer, none are."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)

    issuer: str = ""
    """Who must have issued a token (`iss`), exactly."""
    audience: str = ""
    """For whom a bearer token must be (`aud`), exactly."""
    jwks_url: str = ""
    """Where the provider's public keys are; https, or http on loopback."""
    claim: str = "sub"
    """Claim that names the principal: its id here. The provider must never give it to another."""
    leeway_seconds: Annotated[int, Field(ge=0, le=120)] = 30
    """How far the provider's clock may be from ours."""
    client_id: str = ""
    """Our name at the provider, for signing in at the console; ID tokens must be for it. Empty:
    nobody signs in there."""
    client_secret: Annotated[SecretStr, Field(repr=False)] = SecretStr("")
    """Our secret there; better is CLIENT_SECRET_FILE. Without one we are a public client."""
    client_secret_file: str = ""
    """File that holds the secret and nothing else."""
    scope: str = "openid profile"
    """What is asked for at the provider, so that a token holds the claims that are read."""
    roles_claim: str = ""
    """Claim that names somebody's roles. With it, whoever signs in at the provider is registered
    here, and follows what it says; without it, only who was registered before is let in."""
    roles: dict[str, Role] = {}
    """What a word of that claim gives, as JSON: `{"finance-performance": "performance_division"}`.
    Any other word gives nothing."""
    jurisdictions_claim: str = ""
    """Claim that names the codes of somebody's jurisdictions; needed with ROLES_CLAIM."""
    organisations_claim: str = ""
    """Claim that names the roots of somebody's subtrees in his one jurisdiction."""
    name_claim: str = "name"
    """Claim that holds somebody's name for people."""

    def secret(self) -> str:
        """Read our secret at the provider; empty if we have none."""
        if not self.client_secret_file:
            return self.client_secret.get_secret_value()
        return read_file(self.client_secret_file)

    def secrets(self) -> list[str]:
        """Give what must not stand in any log."""
        return [word for word in (self.secret(),) if word]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        wrong = [*self._wrong_places(), *self._wrong_sign_in()]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _wrong_places(self) -> list[str]:
        given = [bool(self.issuer), bool(self.audience), bool(self.jwks_url)]
        wrong = []
        if any(given) and not all(given):
            wrong.append("ISSUER, AUDIENCE and JWKS_URL belong together")
        if self.jwks_url and not is_safe(self.jwks_url):
            wrong.append("JWKS_URL must be https: whoever changes the keys on the way is let in")
        return wrong

    def _wrong_sign_in(self) -> list[str]:
        wrong = []
        if self.client_id and not is_safe(self.issuer):
            wrong.append("CLIENT_ID needs an ISSUER at https: its description is read there")
        if self.client_id and self.client_id == self.audience:
            wrong.append(
                "AUDIENCE is CLIENT_ID: an ID token, which any page of the provider's may be told, "
                "would open the services as a key does. Register an audience of its own"
            )
        if self.client_secret.get_secret_value() and self.client_secret_file:
            wrong.append("give CLIENT_SECRET or CLIENT_SECRET_FILE, not both")
        needed = [bool(self.client_id), bool(self.roles), bool(self.jurisdictions_claim)]
        if self.roles_claim and not all(needed):
            wrong.append("ROLES_CLAIM needs CLIENT_ID, ROLES and JURISDICTIONS_CLAIM")
        if Role.PUBLISHER in self.roles.values():
            wrong.append("ROLES gives `publisher`, which is a system and signs in nowhere")
        try:
            self.secret()
        except (OSError, ValueError) as error:
            wrong.append(f"CLIENT_SECRET_FILE cannot be read: {error}")
        return wrong


def is_safe(url: str) -> bool:
    """Whether nobody on the way can change what is read there: https, or http on loopback."""
    place = urlsplit(url)
    loopback = place.hostname in {"127.0.0.1", "localhost", "::1"}
    return place.scheme == "https" or (place.scheme == "http" and loopback)


class Environment(EnvSettingsSource):
    """The environment, in which a group that is no JSON is a wrong value like any other.

    pydantic would end at it, before the other values are looked at.
    """

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Read JSON; leave what is none as it is, so that the check of values refuses it."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


class ServiceSettings(BaseSettings):
    """What every service is told; a service adds its own under DUALWATCH_<SERVICE>__."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", use_attribute_docstrings=True, env_nested_delimiter="__"
    )

    SERVICE: ClassVar[str] = "service"
    SECRETS: ClassVar[tuple[str, ...]] = ("key",)
    """Settings that are secret; each may come from the file that <NAME>_FILE names."""

    kafka: KafkaSettings = KafkaSettings()
    """DUALWATCH_KAFKA__…: shared by all services."""
    mongo: MongoSettings = MongoSettings()
    """DUALWATCH_MONGO__…: shared by all services."""
    log: LogSettings = LogSettings()
    """DUALWATCH_LOG__…: shared by all services."""
    traces: TraceSettings = TraceSettings()
    """DUALWATCH_TRACES__…: shared by all services."""
    oidc: OidcSettings = OidcSettings()
    """DUALWATCH_OIDC__…: shared by all services."""
    tls: TlsSettings = TlsSettings()
    """DUALWATCH_TLS__…: shared by all services."""
    key: Annotated[str, Field(min_length=16, repr=False)]
    """The one API key, at least 16 characters."""
    caller_requests_per_second: Annotated[float, Field(gt=0)] = 300.0
    """Requests that one principal may go on sending to a process; the deployment's key any."""
    caller_requests_burst: Annotated[int, Field(ge=1)] = 5_000
    """Requests that it may send at once before that."""
    key_file: str = ""
    """File that holds it and nothing else; better than KEY, which shows in the environment."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Port = 8100
    """Port to listen on."""

    def secrets(self) -> list[str]:
        """Give what must not stand in any log, as far as settings hold it."""
        own = _texts(getattr(self, name) for name in self.SECRETS)
        return [*own, *self.kafka.secrets(), *self.mongo.secrets(), *self.oidc.secrets()]

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        for name in cls.SECRETS:
            given = from_file(given, name)
        return given

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
        own = Environment(settings_cls, env_prefix=f"DUALWATCH_{cls.SERVICE.upper()}__")
        shared = Environment(settings_cls, env_prefix="DUALWATCH_")
        return init_settings, own, shared


def _texts(values: Iterable[SecretStr | str | None]) -> list[str]:
    plain = (v.get_secret_value() if isinstance(v, SecretStr) else v for v in values)
    return [value for value in plain if value]


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
        # Several that do not fit together have no name of their own.
        place = problem["loc"] or ("…",)
        name = "__".join(str(part) for part in place).upper()
        if place == ("kafka",):
            name += "__…"
        shared = str(place[0]) in {
            "kafka",
            "mongo",
            "log",
            "traces",
            "oidc",
            "tls",
            "key",
            "key_file",
        }
        prefix = "DUALWATCH_" if shared else f"DUALWATCH_{settings.SERVICE.upper()}__"
        lines.append(f"  {prefix}{name}: {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)
