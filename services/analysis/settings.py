"""What the analysis service is told by its environment."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from services.analysis.domain import STATE_BYTES_MAX
from services.chassis.settings import Port, ServiceSettings


class AnalysisSettings(ServiceSettings):
    """Settings under DUALWATCH_ANALYSIS__…, beside the shared ones."""

    SERVICE: ClassVar[str] = "analysis"

    port: Port = 8102
    """Port to listen on."""
    rebuild: Annotated[str, Field(pattern=r"^[a-z0-9]{0,20}$")] = ""
    """Name of a rebuild: a projection beside the live one, made anew from the ledger's first entry.

    It has a database (dualwatch_analysis_<name>) and a consumer group of its own, answers on its
    own port, and publishes nothing. Empty: this is the live projection.
    """
    build: Literal["", "compare", "swap", "replace"] = ""
    """Build a generation of the projection beside the live one, then end: `dualwatch analysis
    rebuild` starts such a process.

    `compare` only compares it with the live one, `swap` lets it take over, `replace` also drops
    what it took over from. Empty: this is a service.
    """
    assess_interval_ms: Annotated[int, Field(ge=10, le=10_000)] = 250
    """A project that keeps changing is assessed once per interval; its first change at once."""
    assess_deferral_ms: Annotated[int, Field(ge=100, le=60_000)] = 5_000
    """Under backlog assessing waits for quiet, but never longer than this."""
    backlog_records: Annotated[int, Field(ge=10, le=20_000)] = 500
    """A batch of at least so many records means that there is a backlog."""
    sweep_page: Annotated[int, Field(ge=1, le=2_000)] = 400
    """Projects assessed in one transaction of a day's sweep."""
    cache_projects: Annotated[int, Field(ge=0, le=1_000_000)] = 20_000
    """Decoded projects kept in memory, over all partitions of the process."""
    batch_records: Annotated[int, Field(ge=1, le=50_000)] = 40_000
    """Most records of one partition taken in one batch."""
    batch_bytes: Annotated[int, Field(ge=100_000, le=256 * 1024 * 1024)] = 32 * 1024 * 1024
    """Most bytes of one partition taken in one batch."""
    state_bytes_max: Annotated[int, Field(ge=10_000, le=8 * 1024 * 1024)] = STATE_BYTES_MAX
    """Most bytes that one project's fiscal year may come to as it is kept; what comes after is left
    out of its figures, and said to be. A larger bound counts for what was left out before once the
    projection is rebuilt."""
