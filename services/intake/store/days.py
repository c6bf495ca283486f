"""Submitting the days that a clock or a person opens."""

import datetime as dt
from collections.abc import Sequence

from services.chassis import clock
from services.intake.domain.admission import Admitted
from services.intake.domain.days import day_id, day_opened
from services.intake.domain.jurisdictions import DAY_OPENED, Jurisdiction
from services.intake.domain.submissions import Origin
from services.intake.store.documents import moment
from services.intake.store.reading import Request
from services.intake.store.submissions import Submission, Submissions

PUBLISHER = "dualwatch"
DOOR = "clock"


class Days:
    """Turns dates into submissions of the jurisdiction's home partition."""

    def __init__(self, submissions: Submissions) -> None:
        """`submissions` is where they go, in order."""
        self.submissions = submissions

    async def submit(self, known: Jurisdiction, days: Sequence[dt.date], *, jump: bool) -> Request:
        """Submit the opening of days, by the calendars known; the request can be waited for."""
        jurisdiction = known.code
        request_id, received_ms = clock.new_id(), clock.now_ms()
        ids = [day_id(jurisdiction, date) for date in days]
        submissions = []
        for index, date in enumerate(days):
            raw = day_opened(jurisdiction, date, known.calendars, jump=jump)
            origin = Origin(PUBLISHER, DOOR, request_id, index, received_ms, len(raw))
            admission = Admitted(ids[index], DAY_OPENED, jurisdiction, jurisdiction_fact=True)
            submissions.append(Submission(raw, admission, origin))
        await self.submissions.put(submissions)
        return Request(request_id, b"", [*ids], list(range(len(days))), moment(received_ms))
