"""Whether evidence that a command names is there: refused, or the problem that intake is away."""

from collections.abc import Sequence

from contracts.events.evidence import Evidence
from services.alerts.api import refusals
from services.chassis.evidence import IntakeAwayError, IntakeClient


class Cabinet(IntakeClient):
    """A client of intake's evidence."""

    async def check(self, authorization: bytes, project: str, files: Sequence[Evidence]) -> None:
        """Find every file among those of a project; 422 names the first that is not there."""
        try:
            index = await self.missing(authorization, project, files)
        except IntakeAwayError as error:
            raise refusals.intake_unreachable() from error
        if index is not None:
            raise refusals.unknown_evidence(index)
