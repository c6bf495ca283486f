"""What the alerts service is told by its environment."""

from typing import Annotated, ClassVar

from pydantic import Field

from services.chassis.settings import Port, ServiceSettings


class AlertsSettings(ServiceSettings):
    """Settings under DUALWATCH_ALERTS__…, beside the shared ones."""

    SERVICE: ClassVar[str] = "alerts"

    port: Port = 8103
    """Port to listen on."""
    batch_records: Annotated[int, Field(ge=1, le=20_000)] = 1_000
    """Most assessments of a partition judged and written in one transaction."""
