"""Every environment variable that a service reads: what it says, what it may be, what it is.

The page of settings and `dualwatch config show` are made from it, and it from the classes.
"""

import enum
import importlib
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from services.chassis.settings import ServiceSettings
from services.cli.masking import HIDDEN, masked_address

SERVICES: Final = ("intake", "analysis", "alerts", "reporting", "console")
OWN: Final = frozenset({"host", "port"})
"""Settings that all services have and each has for itself."""
SHARED: Final = tuple(name for name in ServiceSettings.model_fields if name not in OWN)
"""Settings that one environment says for all; a service's own prefix may say otherwise."""

EXAMPLES: Final[Mapping[str, str]] = {
    "DUALWATCH_KAFKA__BOOTSTRAP_SERVERS": "kafka-1:9093,kafka-2:9093,kafka-3:9093",
    "DUALWATCH_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
    "DUALWATCH_KAFKA__USER": "intake",
    "DUALWATCH_KAFKA__PASSWORD_FILE": "/run/secrets/kafka-intake",
    "DUALWATCH_KAFKA__CA_FILE": "/etc/dualwatch/ca.pem",
    "DUALWATCH_MONGO__URL": (
        "mongodb://intake:PASSWORD@mongo-1,mongo-2,mongo-3/"
        "?replicaSet=rs0&tls=true&tlsCAFile=/etc/dualwatch/ca.pem"
    ),
    "DUALWATCH_OIDC__ISSUER": "https://id.example.gov.cn/realms/finance",
    "DUALWATCH_OIDC__ROLES": '{"finance-performance": "performance_division"}',
    "DUALWATCH_INTAKE__CHECKPOINTS": "/srv/checkpoints",
    "DUALWATCH_INTAKE__CHECKPOINT_KEY_FILE": "/run/secrets/checkpoint.key",
    "DUALWATCH_ALERTS__WEBHOOKS__ALLOW": "hooks.example.gov.cn,10.20.0.0/16",
    "DUALWATCH_ALERTS__SMTP__HOST": "mail.example.gov.cn",
    "DUALWATCH_ALERTS__SMTP__SENDER": "dualwatch@example.gov.cn",
    "DUALWATCH_CONSOLE__BEHIND_TLS": "true",
}
"""What a value looks like, where its sentence alone does not show it."""
_SIGNS: Final = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_PLAIN: Final[Mapping[Any, str]] = {
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    str: "text",
    SecretStr: "text",
}


@dataclass(frozen=True)
class Variable:
    """One environment variable of one service, or of all of them."""

    name: str
    path: tuple[str, ...]
    """Where its value stands in the settings: `("kafka", "user")`."""
    service: str | None
    """None: it says the same to all services."""
    field: FieldInfo

    @property
    def says(self) -> str:
        """What its docstring says, on one line."""
        return " ".join((self.field.description or "").split())

    @property
    def secret(self) -> bool:
        """Whether its value is shown to nobody."""
        return not self.field.repr or SecretStr in _parts(self.field.annotation)

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return self.field.is_required()

    @property
    def default(self) -> str | None:
        """The default as one would write it in the environment; None: it is required."""
        return None if self.required else written(self.field.default)

    @property
    def kind(self) -> str:
        """What a value may be, in Markdown: its words or its type, and its bounds."""
        bounds = [words for each in _bounds(self.field) if (words := _bound(each))]
        return ", ".join([_type(self.field.annotation), *bounds])

    @property
    def own_name(self) -> str:
        """The variable by which one service is told something of its own."""
        prefix = f"DUALWATCH_{self.service.upper()}__" if self.service else "DUALWATCH_"
        return prefix + "__".join(self.path).upper()


def settings_classes() -> dict[str, type[ServiceSettings]]:
    """Return every service's settings class, by the service's name."""
    for service in SERVICES:
        importlib.import_module(f"services.{service}.settings")
    # Tests make services of their own.
    found = {each.SERVICE: each for each in ServiceSettings.__subclasses__()}
    return {service: found[service] for service in SERVICES}


def shared_variables() -> list[Variable]:
    """List what all services are told alike."""
    fields = ServiceSettings.model_fields
    return [each for name in SHARED for each in _variables(name, fields[name], None)]


def own_variables(service: str) -> list[Variable]:
    """List what one service is told beside that."""
    fields = settings_classes()[service].model_fields
    return [
        each
        for name, field in fields.items()
        if name not in SHARED
        for each in _variables(name, field, service)
    ]


def _variables(name: str, field: FieldInfo, service: str | None) -> Iterator[Variable]:
    prefix = f"DUALWATCH_{service.upper()}__" if service else "DUALWATCH_"
    nested = field.annotation
    if isinstance(nested, type) and issubclass(nested, BaseModel):
        for inner, part in nested.model_fields.items():
            variable = f"{prefix}{name}__{inner}".upper()
            yield Variable(variable, (name, inner), service, part)
        return
    alias = field.validation_alias
    variable = alias if isinstance(alias, str) else f"{prefix}{name}".upper()
    yield Variable(variable, (name,), service, field)


def written(value: Any) -> str:
    """Write a value as one would in the environment."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{}" if not value else str(value)
    return "" if value is None else f"{value}"


def _parts(annotation: Any) -> tuple[Any, ...]:
    """Give the types that a value may be of."""
    if get_origin(annotation) in {Union, types.UnionType}:
        given = (part for part in get_args(annotation) if part is not type(None))
        return tuple(each for part in given for each in _parts(part))
    if get_origin(annotation) is Annotated:
        return _parts(get_args(annotation)[0])
    return (annotation,)


def _bounds(field: FieldInfo) -> Iterator[Any]:
    """Give what bounds a value, also where it may be left out (`Annotated[…] | None`)."""
    yield from field.metadata
    for part in get_args(field.annotation):
        if get_origin(part) is Annotated:
            for each in get_args(part)[1:]:
                yield from each.metadata if isinstance(each, FieldInfo) else (each,)


def _type(annotation: Any) -> str:
    words = []
    for part in _parts(annotation):
        if get_origin(part) is Literal:
            words += [f"`{value}`" if value else "empty" for value in get_args(part)]
        elif isinstance(part, type) and issubclass(part, enum.Enum):
            words += [f"`{member.value}`" for member in part]
        elif get_origin(part) is dict:
            words.append("JSON object")
        else:
            words.append(_PLAIN.get(part, "text"))
    return ", ".join(dict.fromkeys(words))


def _bound(found: Any) -> str | None:
    """Say what an annotation bounds; by its attributes, as pydantic takes any that has them."""
    for name, sign in _SIGNS.items():
        if (limit := getattr(found, name, None)) is not None:
            return f"{sign} {_number(limit)}"
    if (least := getattr(found, "min_length", None)) is not None:
        return f"at least {least} characters"
    pattern = getattr(found, "pattern", None)
    return f"`{pattern}`" if isinstance(pattern, str) else None


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def masked(variable: Variable, value: str) -> str:
    """Hide what is secret: all of it, or what is secret within an address."""
    if variable.secret and (variable.path[-1] != "url" or "://" not in value):
        return HIDDEN if value else value
    return masked_address(value)
