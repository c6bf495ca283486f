"""What intake is told: its own settings under DUALWATCH_INTAKE__."""

from typing import Annotated, ClassVar

from pydantic import Field, SecretStr

from services.chassis.settings import Port, ServiceSettings
from services.intake.domain.requests import EVENTS_MAX

PARTITIONS_MAX = 256


class IntakeSettings(ServiceSettings):
    """Settings of intake."""

    SERVICE: ClassVar[str] = "intake"

    port: Port = 8101
    """Port to listen on."""
    partitions: Annotated[int, Field(ge=1, le=PARTITIONS_MAX)] = 4
    """Partitions of every topic, fixed for the deployment."""
    publisher: Annotated[str, Field(pattern=r"^[a-z0-9._-]{1,64}$")] = "demo"
    """Name of the publisher who holds the key."""
    people_key: Annotated[SecretStr, Field(min_length=16)] | None = None
    """Secret under which payees' account numbers are hashed, at least 16 characters, never the API
    key; without one they are taken away and no hash stands for them (docs/people.md)."""
    requests_per_second: Annotated[float, Field(gt=0)] = 200.0
    """Requests a publisher may go on sending to the event door."""
    requests_burst: Annotated[int, Field(ge=1)] = 2_000
    """Requests a publisher may send at once before that."""
    events_per_second: Annotated[float, Field(gt=0)] = 10_000.0
    """Events a publisher may go on sending over HTTP: above what one process admits today."""
    events_burst: Annotated[int, Field(ge=EVENTS_MAX)] = 100_000
    """Events a publisher may send at once before that; at least one full batch."""
    hold_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    """Longest wait for a jurisdiction fact to be everywhere."""
    clock_seconds: Annotated[float, Field(gt=0, le=3_600)] = 5.0
    """How often live clocks are looked at."""
