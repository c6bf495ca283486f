"""Extended monitoring 延伸监控, counted (Art. 7, 8(3), 10)."""

from contracts.events.analysis import Extended
from services.analysis.domain.state import ProjectYear


def extended(year: ProjectYear, as_of: int) -> Extended:
    """Count milestones, checks, problems, changes of plan, assets and measures at a date."""
    del year, as_of
    return Extended()
