"""What the console is told (DUALWATCH_CONSOLE__…)."""

import ipaddress
from typing import Annotated, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from services.chassis.settings import Port, ServiceSettings


class ConsoleSettings(ServiceSettings):
    """Settings of the console."""

    SERVICE: ClassVar[str] = "console"

    port: Port = 8100
    """Port to listen on."""
    behind_tls: Annotated[bool, Field(validate_default=True)] = False
    """True: a proxy with TLS stands before it, so that it may listen beyond loopback and keys are
    not sent in the clear; cookies then travel over TLS alone. The proxy passes `Host` on as it is,
    and adds the client to `X-Forwarded-For`; if it is on another machine, FORWARDED_ALLOW_IPS names
    its address."""
    open_without_sign_in: Annotated[bool, Field(validate_default=True)] = False
    """True: it may listen beyond loopback without that, and whoever reaches the page sees what the
    guest sees, or everything if there is none."""
    guest_key_file: Annotated[str, Field(validate_default=True)] = ""
    """File with the key of the principal that is shown to whoever has not signed in; on loopback
    alone, unless everybody may see what it sees. Empty: everybody signs in."""
    intake_url: str = Field(
        default="http://127.0.0.1:8101", validation_alias="DUALWATCH_INTAKE__URL"
    )
    """Where intake answers: ledger entries are asked there."""
    analysis_url: str = Field(
        default="http://127.0.0.1:8102", validation_alias="DUALWATCH_ANALYSIS__URL"
    )
    """Where analysis answers: figures are asked there."""
    alerts_url: str = Field(
        default="http://127.0.0.1:8103", validation_alias="DUALWATCH_ALERTS__URL"
    )
    """Where alerts answers: open alerts are asked there."""
    reporting_url: str = Field(
        default="http://127.0.0.1:8104", validation_alias="DUALWATCH_REPORTING__URL"
    )
    """Where reporting answers: forms and organisations' names are asked there."""
    answer_seconds: Annotated[float, Field(gt=0, le=120)] = 20.0
    """Longest to wait for an answer of a service."""

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the page."""
        return is_loopback(self.host)

    @field_validator("open_without_sign_in")
    @classmethod
    def _reachable_by_this_machine_alone(cls, wanted: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's form
        # ADR 10: without TLS in between, keys and what they show would be in the clear.
        host = str(info.data.get("host", ""))
        if not wanted and not info.data.get("behind_tls") and not is_loopback(host):
            msg = (
                f"the console would send keys and figures over {host} in the clear, so it listens "
                "on loopback alone. Put a proxy with TLS before it and set "
                "DUALWATCH_CONSOLE__BEHIND_TLS=true, or set this to true if everybody who can "
                "reach the address may see everything"
            )
            raise ValueError(msg)
        return wanted

    @field_validator("guest_key_file")
    @classmethod
    def _shown_on_this_machine_alone(cls, file: str, info: ValidationInfo) -> str:
        host = str(info.data.get("host", ""))
        reached = info.data.get("behind_tls") or not is_loopback(host)
        if file and not info.data.get("open_without_sign_in") and reached:
            msg = f"a guest would be let in by everybody who can reach {host}; leave this empty"
            raise ValueError(msg)
        return file


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on is reached from its own machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
