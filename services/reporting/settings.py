"""What reporting is told (DUALWATCH_REPORTING__…)."""

from typing import Annotated, ClassVar

from pydantic import Field

from services.chassis.settings import Port, ServiceSettings


class ReportingSettings(ServiceSettings):
    """Settings of reporting."""

    SERVICE: ClassVar[str] = "reporting"

    port: Port = 8104
    """Port to listen on."""
    analysis_url: str = Field(
        default="http://127.0.0.1:8102", validation_alias="DUALWATCH_ANALYSIS__URL"
    )
    """Where analysis answers: figures are asked there."""
    analysis_seconds: Annotated[float, Field(gt=0, le=120)] = 20.0
    """Longest to wait for an answer of analysis."""
    alerts_url: str = Field(
        default="http://127.0.0.1:8103", validation_alias="DUALWATCH_ALERTS__URL"
    )
    """Where alerts answers: rule packs in force are asked there."""
