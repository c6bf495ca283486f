"""What intake is told: its own settings under DUALWATCH_INTAKE__."""

from typing import Annotated, ClassVar

from pydantic import Field

from services.chassis.settings import Port, ServiceSettings

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
    hold_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    """Longest wait for a jurisdiction fact to be everywhere."""
    clock_seconds: Annotated[float, Field(gt=0, le=3_600)] = 5.0
    """How often live clocks are looked at."""
