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
    intake_url: str = Field(
        default="http://127.0.0.1:8101", validation_alias="DUALWATCH_INTAKE__URL"
    )
    """Where intake answers: evidence, and what forms stated, is looked for there."""
    intake_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    """Longest to wait for an answer of intake."""
    fonts: str = ""
    """Folder that is looked through for Chinese fonts before the machine's own."""
    templates: str = ""
    """Folder with templates of one's own, beside those that come along; it has to be there."""
    results_seconds: Annotated[float, Field(gt=0, le=60)] = 15.0
    """Longest that handing in waits for what was typed to come back through the ledger."""
