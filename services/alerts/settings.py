"""What the alerts service is told by its environment."""

from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from services.alerts.domain.addresses import (
    AddressRules,
    ForbiddenAddressError,
    read_allowed,
    read_mail,
    read_ports,
)
from services.chassis.settings import Port, ServiceSettings
from services.chassis.settings_secrets import read_file

SMTP_PORT: Final = 587


class WebhookSettings(BaseModel):
    """Where webhooks may go."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    allow: str = ""
    """Hosts (`hooks.example.org`, `.example.org` for all below it), addresses and networks
    (`10.20.0.0/16`), by commas, that are called though they are not public. Public addresses are
    called anyway, unless ONLY_ALLOWED."""
    only_allowed: bool = False
    """True: nothing is called but what ALLOW names."""
    ports: str = "443,8443"
    """Ports and spans of ports (`8000-8999`) that are called."""
    http: bool = False
    """True: plain http as well, to what ALLOW names; for trying things out on one machine."""
    ca_file: str = ""
    """Certificates (PEM) that receivers' certificates go back to; empty: those the machine
    trusts."""

    @property
    def rules(self) -> AddressRules:
        """The same as the domain has it."""
        hosts, networks = read_allowed(self.allow)
        ports = read_ports(self.ports)
        return AddressRules(hosts, networks, ports, self.http, self.only_allowed)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if self.ca_file and not Path(self.ca_file).is_file():
            msg = f"CA_FILE {self.ca_file} is not there"
            raise ValueError(msg)
        # Raises ValueError with what is wrong.
        _ = self.rules
        return self


class SmtpSettings(BaseModel):
    """The mail server that takes our e-mail."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)

    host: str = ""
    """Where it is; empty: there is none, and e-mail subscriptions are refused."""
    port: Port = SMTP_PORT
    """Port."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is encrypted; `none` is for a server on the same machine, without USER."""
    user: str = ""
    """Who we are there; empty: nobody is asked for."""
    password: SecretStr = SecretStr("")
    """Its password; better is PASSWORD_FILE, which does not show in the process's environment."""
    password_file: str = ""
    """File that holds the password and nothing else."""
    ca_file: str = ""
    """Certificates (PEM) that the server's goes back to; empty: those the machine trusts."""
    sender: str = ""
    """Address that mail comes from."""
    domains: str = ""
    """Domains that mail is sent to, by commas (`.example.org` is all below it); empty: the
    sender's."""
    unsubscribe: str = ""
    """Page on which a reader finds his subscriptions (https://…); empty: a mail to SENDER."""
    one_click: str = ""
    """Where mail programs reach this service from outside (https://…): a mail's own link then ends
    its mails by one click (RFC 8058); empty: there is none."""

    @property
    def allowed(self) -> frozenset[str]:
        """The domains that mail is sent to."""
        given = {part.strip().lower() for part in self.domains.split(",")} - {""}
        return frozenset(given or {self.sender.rpartition("@")[2].lower()})

    def secret(self) -> str:
        """Read the password."""
        if not self.password_file:
            return self.password.get_secret_value()
        return read_file(self.password_file)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        wrong = list(self._wrong()) if self.host else []
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _wrong(self) -> list[str]:
        wrong = []
        try:
            read_mail(self.sender, frozenset({self.sender.rpartition("@")[2].lower()}))
        except ForbiddenAddressError:
            wrong.append("SENDER must be the e-mail address that mail comes from")
        if self.security == "none" and self.user:
            wrong.append("SECURITY=none would send the password in the clear")
        if self.password_file and not Path(self.password_file).is_file():
            wrong.append(f"PASSWORD_FILE {self.password_file} is not there")
        if self.unsubscribe and not self.unsubscribe.startswith("https://"):
            wrong.append("UNSUBSCRIBE must be an https address")
        if self.one_click and not self.one_click.startswith("https://"):
            wrong.append("ONE_CLICK must be an https address")
        return wrong


class AlertsSettings(ServiceSettings):
    """Settings under DUALWATCH_ALERTS__…, beside the shared ones."""

    SERVICE: ClassVar[str] = "alerts"

    port: Port = 8103
    """Port to listen on."""
    batch_records: Annotated[int, Field(ge=1, le=20_000)] = 1_000
    """Most assessments of a partition judged and written in one transaction."""
    intake_url: str = Field(
        default="http://127.0.0.1:8101", validation_alias="DUALWATCH_INTAKE__URL"
    )
    """Where intake answers: evidence that an explanation names is looked for there."""
    intake_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    """Longest to wait for an answer of intake."""
    analysis_url: str = Field(
        default="http://127.0.0.1:8102", validation_alias="DUALWATCH_ANALYSIS__URL"
    )
    """Where analysis answers: a backtest asks it for past days."""
    analysis_seconds: Annotated[float, Field(gt=0, le=60)] = 20.0
    """Longest to wait for an answer of analysis."""
    webhooks: WebhookSettings = WebhookSettings()
    """DUALWATCH_ALERTS__WEBHOOKS__…"""
    smtp: SmtpSettings = SmtpSettings()
    """DUALWATCH_ALERTS__SMTP__…"""
    delivery_log_days: Annotated[int, Field(ge=1, le=365)] = 30
    """How long the log of deliveries is kept."""
    delivery_lease_seconds: Annotated[float, Field(ge=1, le=300)] = 10.0
    """How long after its death another process goes on with what a process delivered."""

    def secrets(self) -> list[str]:
        """Give what must not stand in any log, as far as settings hold it."""
        mail = self.smtp.secret() if self.smtp.host else ""
        return [*super().secrets(), *([mail] if mail else [])]
